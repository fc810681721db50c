//! Products in pages, permissions, teams, and the user object.

use super::*;
use crate::text::MAX_NAMES;

/// What comes of Ann's token when her products are answered by `pages`, and how many pages were
/// asked for.
async fn products(
    pages: impl Fn(Option<&str>) -> String + Send + Sync + 'static,
) -> (Outcome, usize) {
    let server = Server::start(move |_, request| {
        let Some((_, query)) = target(request).split_once("/payments/products/") else {
            return nothing(request);
        };
        assert!(query.contains("?limit=100"), "{query}");
        Reply::json(&pages(
            query.split_once("&cursor=").map(|(_, cursor)| cursor),
        ))
    })
    .await;
    let stack = start(&server, REST_ALWAYS, &with_key()).await;
    let outcome = verify(&stack, &token(&server), &needs(&[FactKind::Products], &[])).await;
    (outcome, server.requests().len() - 1)
}

#[tokio::test]
async fn every_page_of_products_is_read() {
    for (count, pages) in [
        (0, 1),
        (1, 1),
        (99, 1),
        (100, 1),
        (101, 2),
        (200, 2),
        (201, 3),
        (MAX_NAMES, 10),
    ] {
        let (outcome, asked) = products(move |cursor| {
            let from: usize = cursor.map_or(0, |cursor| cursor.parse().unwrap());
            let to = count.min(from + 100);
            page(from..to, (to < count).then(|| to.to_string()).as_deref())
        })
        .await;
        let listed = identity(&outcome).user.products.known().unwrap();
        let expected: Vec<String> = (0..count).map(|number| format!("p-{number}")).collect();
        assert_eq!((listed, asked), (&expected, pages), "{count}");
    }
}

#[tokio::test]
async fn a_cursor_is_sent_back_as_it_came() {
    let (outcome, asked) = products(|cursor| match cursor {
        None => page(0..1, Some("a b&limit=1/ü")),
        Some("a+b%26limit%3D1%2F%C3%BC") => page(1..2, None),
        Some(other) => panic!("{other}"),
    })
    .await;
    assert_eq!(identity(&outcome).user.products.known().unwrap().len(), 2);
    assert_eq!(asked, 2);
}

#[tokio::test]
async fn more_products_than_anybody_has_are_unknown() {
    // One page too many; a list without an end; one page that holds too many.
    let endless = |cursor: Option<&str>| {
        let from: usize = cursor.map_or(0, |cursor| cursor.parse().unwrap());
        page(from..from + 100, Some(&(from + 100).to_string()))
    };
    let (outcome, asked) = products(endless).await;
    assert_eq!(identity(&outcome).user.products, Fact::Unknown);
    assert_eq!(asked, 10);
    let empty = |cursor: Option<&str>| page(0..0, Some(&format!("{}x", cursor.unwrap_or("x"))));
    let (outcome, asked) = products(empty).await;
    assert_eq!(identity(&outcome).user.products, Fact::Unknown);
    assert_eq!(asked, 10);
    let (outcome, asked) = products(|_| page(0..MAX_NAMES + 1, None)).await;
    assert_eq!(identity(&outcome).user.products, Fact::Unknown);
    assert_eq!(asked, 1);
}

#[tokio::test]
async fn a_page_that_leads_to_itself_is_the_servers_fault() {
    let (outcome, asked) = products(|_| page(0..100, Some("again"))).await;
    assert!(unavailable(&outcome).contains("leads to itself"));
    assert_eq!(asked, 2);
}

#[tokio::test]
async fn a_later_page_that_fails_fails_the_whole() {
    let (outcome, _) = products(|cursor| match cursor {
        None => page(0..100, Some("100")),
        Some(_) => "{}".to_owned(),
    })
    .await;
    unavailable(&outcome);
}

#[tokio::test]
async fn permissions_in_teams_have_the_team_in_front() {
    let server = Server::start(|_, request| {
        let items = if target(request).starts_with("/api/v1/project-permissions") {
            json!([{"id": "admin", "user_id": ANN}, {"id": "$delete_team", "user_id": ANN}])
        } else if target(request).starts_with("/api/v1/team-permissions") {
            json!([{"id": "admin", "team_id": TEAM, "user_id": ANN}])
        } else {
            return nothing(request);
        };
        Reply::json(&json!({"is_paginated": false, "items": items}).to_string())
    })
    .await;
    let stack = start(&server, REST_ALWAYS, &with_key()).await;
    let needs = needs(&[FactKind::Permissions], &[]);
    let outcome = verify(&stack, &token(&server), &needs).await;
    let listed = identity(&outcome).user.permissions.known().unwrap();
    let of_team = format!("{TEAM}/admin");
    assert_eq!(listed, &["admin", "$delete_team", of_team.as_str()]);
}

#[tokio::test]
async fn more_teams_than_anybody_has_are_unknown() {
    for (count, known) in [(MAX_NAMES, true), (MAX_NAMES + 1, false)] {
        let server = Server::start(move |_, request| {
            if !target(request).starts_with("/api/v1/teams") {
                return nothing(request);
            }
            let items = vec![json!({"id": "t"}); count];
            Reply::json(&json!({"is_paginated": false, "items": items}).to_string())
        })
        .await;
        let stack = start(&server, REST_ALWAYS, &with_key()).await;
        let outcome = verify(&stack, &token(&server), &needs(&[FactKind::Teams], &[])).await;
        let listed = identity(&outcome).user.teams.known().map(Vec::len);
        assert_eq!(listed, known.then_some(count));
    }
}

#[tokio::test]
async fn what_the_browser_can_write_is_not_among_the_claims() {
    let server = Server::start(|_, request| nothing(request)).await;
    let stack = start(&server, REST_ALWAYS, &with_key()).await;
    let outcome = verify(&stack, &token(&server), &Needs::default()).await;
    let claims = claims_of(&outcome);
    assert!(!claims.contains_key("client_metadata"));
    assert_eq!(
        claims["selected_team"],
        json!({"id": TEAM, "server_metadata": {"b": 2}})
    );
    assert_eq!(claims["server_metadata"], json!({"plan": "free"}));
    assert_eq!(
        claims["client_read_only_metadata"],
        json!({"plan": "light"})
    );
}

#[tokio::test]
async fn a_claim_means_the_same_whichever_way_the_token_is_verified() {
    let server = Server::start(|_, request| nothing(request)).await;
    let stack = start(&server, REST_ALWAYS, &with_key()).await;
    let host = server.url();
    let sent = with(
        claims(&host, UserKind::Normal),
        &json!({"client_metadata": {"plan": "pro"}, "server_metadata": {"plan": "pro"}}),
    );
    let outcome = verify(&stack, &KEY.token(&sent), &Needs::default()).await;
    let told = claims_of(&outcome);
    for name in ["sub", "iss", "role", "name", "email", "email_verified"] {
        assert_eq!(told[name], sent[name], "{name}");
    }
    // Of what both have, the server's word is newer; and no more is taken than a token has.
    assert_eq!(told["selected_team_id"], TEAM);
    assert_eq!(told["requires_totp_mfa"], true);
    assert_eq!(told["server_metadata"], json!({"plan": "free"}));
    assert!(!told.contains_key("client_metadata"));
}
