//! What users have: teams, permissions and products, in pages.

use serde_json::json;
use tollgate_local::stack_auth::StackAuthStandIn;
use tollgate_local::users::Users;

use crate::{body, get, options, refusal, server_headers, start};

#[tokio::test]
async fn team_permissions_are_direct_unless_asked_for_all() {
    let stack = start().await;
    let token = stack.token("team-admin").unwrap();
    let headers = server_headers(&token);
    let ids = async |query: &str| {
        let answer = body(&stack, &format!("/team-permissions?{query}"), &headers).await;
        assert_eq!(answer["is_paginated"], false);
        let items = answer["items"].as_array().unwrap().clone();
        items
            .iter()
            .map(|item| format!("{} {}", item["team_id"], item["id"]).replace('"', ""))
            .collect::<Vec<_>>()
    };
    assert_eq!(
        ids("user_id=me").await,
        ["team-red team_admin", "team-blue team_member"]
    );
    assert_eq!(
        ids("user_id=u-pro&team_id=team-red").await,
        ["team-red team_member"]
    );
    assert_eq!(
        ids("user_id=me&team_id=team-blue&recursive=true").await,
        [
            "team-blue $invite_members",
            "team-blue $read_members",
            "team-blue team_member"
        ]
    );
    let wanted = "user_id=me&team_id=team-red&permission_id=%24delete_team";
    assert_eq!(ids(wanted).await, [""; 0], "not granted directly");
    assert_eq!(
        ids(&format!("{wanted}&recursive=true")).await,
        ["team-red $delete_team"]
    );
    assert_eq!(ids("user_id=me&permission_id=misspelt").await, [""; 0]);
    assert_eq!(ids("user_id=nobody").await, [""; 0]);
    assert_eq!(ids("team_id=team-red").await.len(), 2, "of all users");
    for query in ["permission_id=A%20b", "recursive=1"] {
        let response = get(&stack, &format!("/team-permissions?{query}"), &headers).await;
        assert_eq!(refusal(response).await.1, "SCHEMA_ERROR", "{query}");
    }
    let response = get(&stack, "/team-permissions?user_id=me", &server_headers("")).await;
    assert_eq!(
        refusal(response).await.1,
        "CANNOT_GET_OWN_USER_WITHOUT_USER"
    );
}

#[tokio::test]
async fn project_permissions_and_teams_are_those_of_the_user() {
    let stack = start().await;
    let token = stack.token("team-admin").unwrap();
    let headers = server_headers(&token);
    let permissions = body(&stack, "/project-permissions?user_id=me", &headers).await;
    assert_eq!(
        permissions["items"],
        json!([{ "id": "manage_articles", "user_id": "u-team-admin" }])
    );
    let none = "/project-permissions?user_id=u-free&recursive=true";
    assert_eq!(body(&stack, none, &headers).await["items"], json!([]));
    let teams = body(&stack, "/teams?user_id=me", &headers).await;
    let names: Vec<_> = teams["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|team| team["display_name"].clone())
        .collect();
    assert_eq!(names, ["Red", "Blue"]);
    let teams = body(&stack, "/teams?user_id=u-free", &headers).await;
    assert_eq!(teams["items"], json!([]));
    assert_eq!(stack.counts().listed, 4);
}

#[tokio::test]
async fn contained_permissions_may_go_round_in_circles() {
    let mut options = options();
    options.contained_permissions = [("a", "b"), ("b", "a")]
        .map(|(a, b)| (a.to_owned(), vec![b.to_owned()]))
        .into();
    options.users = Users::parse("live: {a: {id: u-a, permissions: [a]}}", "users.yaml").unwrap();
    let stack = StackAuthStandIn::start(options).await.unwrap();
    let path = "/project-permissions?user_id=u-a&recursive=true";
    let items = body(&stack, path, &server_headers("")).await["items"].clone();
    assert_eq!(items.as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn products_come_in_pages() {
    let stack = start().await;
    let products: Vec<String> = (0..25).map(|n| format!("p-live-{n}")).collect();
    let yaml = format!(
        "live: {{a: {{id: u-a, products: [{}]}}}}",
        products.join(", ")
    );
    stack.set_users(Users::parse(&yaml, "users.yaml").unwrap());
    let headers = server_headers("");
    for (limit, pages) in [
        ("", 3),
        ("&limit=25", 1),
        ("&limit=100", 1),
        ("&limit=1", 25),
    ] {
        let (mut seen, mut count, mut cursor) = (Vec::new(), 0, String::new());
        loop {
            let path = format!("/payments/products/user/u-a?{cursor}{limit}");
            let page = body(&stack, &path, &headers).await;
            assert_eq!(page["is_paginated"], true);
            let items = page["items"].as_array().unwrap().clone();
            seen.extend(
                items
                    .iter()
                    .map(|item| item["id"].as_str().unwrap().to_owned()),
            );
            count += 1;
            let Some(next) = page["pagination"]["next_cursor"].as_str() else {
                break;
            };
            cursor = format!("cursor={next}");
        }
        assert_eq!((&seen, count), (&products, pages), "{limit}");
    }
    stack.set_users(Users::parse("live: {a: {id: u-a}}", "users.yaml").unwrap());
    let page = body(&stack, "/payments/products/user/u-a", &headers).await;
    assert_eq!(page["items"], json!([]), "products change at run time");
    for (path, code) in [
        ("user/me", "CUSTOMER_DOES_NOT_EXIST"),
        ("user/u-b", "CUSTOMER_DOES_NOT_EXIST"),
        ("team/t", "SCHEMA_ERROR"),
        ("user/u-a?limit=0", "SCHEMA_ERROR"),
        ("user/u-a?limit=101", "SCHEMA_ERROR"),
        ("user/u-a?cursor=x", "SCHEMA_ERROR"),
    ] {
        let response = get(&stack, &format!("/payments/products/{path}"), &headers).await;
        let (status, given, _) = refusal(response).await;
        assert_eq!((status, given.as_str()), (400, code), "{path}");
    }
}
