//! The tiun stand-in over HTTP: what a verification client meets, in order and out of it.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use std::time::{Duration, Instant};

use reqwest::{Client, Response, redirect};
use serde_json::{Value, json};
use tollgate_local::tiun::{
    AbsentUser, Fault, TiunOptions, TiunStandIn, VERIFICATION_PATH, development_key,
};
use tollgate_local::users::{Environment, Users};

async fn start(environment: Environment) -> TiunStandIn {
    TiunStandIn::start(TiunOptions::development(environment).unwrap())
        .await
        .unwrap()
}

fn client() -> Client {
    Client::builder()
        .no_proxy()
        .redirect(redirect::Policy::none())
        .timeout(Duration::from_secs(5))
        .build()
        .unwrap()
}

async fn send(tiun: &TiunStandIn, token: &str) -> reqwest::Result<Response> {
    let key = development_key(tiun.environment());
    let body = json!({ "userVerificationToken": token });
    client()
        .post(tiun.url() + VERIFICATION_PATH)
        .header("X-TIUN-API-KEY", key)
        .json(&body)
        .send()
        .await
}

async fn verify(tiun: &TiunStandIn, token: &str) -> Value {
    let response = send(tiun, token).await.unwrap();
    assert_eq!(response.status(), 200);
    response.json().await.unwrap()
}

#[tokio::test]
async fn a_good_token_gives_the_user_and_more_than_is_documented() {
    let tiun = start(Environment::Live).await;
    let answer = verify(&tiun, &tiun.token("light").unwrap()).await;
    assert_eq!(answer["isAuthenticated"], true);
    assert_eq!(answer["userInfo"]["userId"], "u-light");
    assert_eq!(answer["userInfo"]["email"], "light@example.com");
    assert_eq!(answer["userInfo"]["productAccess"], json!(["p-live-light"]));
    assert!(
        answer.get("apiVersion").is_some() && answer["userInfo"].get("locale").is_some(),
        "{answer}"
    );
    assert_eq!(
        verify(&tiun, &tiun.token("free").unwrap()).await["userInfo"]["productAccess"],
        json!([])
    );
}

#[tokio::test]
async fn a_development_token_outlives_a_restart() {
    let before = start(Environment::Live)
        .await
        .development_token("pro")
        .unwrap();
    let tiun = start(Environment::Live).await;
    assert_eq!(tiun.development_token("pro").unwrap(), before);
    assert_eq!(verify(&tiun, &before).await["isAuthenticated"], true);
}

#[tokio::test]
async fn nobody_is_signed_in_with_a_token_that_is_not_good_in_three_shapes() {
    let tiun = start(Environment::Live).await;
    let mut tokens: Vec<String> = ["expired", "signed-out"]
        .iter()
        .flat_map(|name| {
            [
                tiun.token(name).unwrap(),
                tiun.development_token(name).unwrap(),
            ]
        })
        .collect();
    tokens.extend(["", "nonsense", "eyJhbGciOiJub25lIn0.e30.", "é\u{0}"].map(str::to_owned));
    tokens.push(start(Environment::Sandbox).await.token("pro").unwrap());
    for (shape, expected) in [
        (
            AbsentUser::Null,
            json!({ "isAuthenticated": false, "userInfo": null }),
        ),
        (AbsentUser::Missing, json!({ "isAuthenticated": false })),
        (
            AbsentUser::Empty,
            json!({ "isAuthenticated": false, "userInfo": {} }),
        ),
    ] {
        tiun.set_absent_user(shape);
        for token in &tokens {
            assert_eq!(verify(&tiun, token).await, expected);
        }
    }
}

#[tokio::test]
async fn a_token_ends_after_five_minutes_or_with_the_session() {
    let tiun = start(Environment::Live).await;
    let token = tiun.token("pro").unwrap();
    tiun.advance(Duration::from_secs(290));
    assert_eq!(verify(&tiun, &token).await["isAuthenticated"], true);
    tiun.advance(Duration::from_secs(11));
    assert_eq!(verify(&tiun, &token).await["isAuthenticated"], false);

    let token = tiun.token("pro").unwrap();
    assert_eq!(verify(&tiun, &token).await["isAuthenticated"], true);
    tiun.set_users(Users::parse("live: {pro: {id: u-pro, session: ended}}", "users.yaml").unwrap());
    assert_eq!(verify(&tiun, &token).await["isAuthenticated"], false);
    tiun.set_users(Users::parse("live: {other: {id: u-other}}", "users.yaml").unwrap());
    assert_eq!(
        verify(&tiun, &token).await["isAuthenticated"],
        false,
        "a deleted user"
    );
}

#[tokio::test]
async fn the_key_is_checked_before_the_body() {
    let tiun = start(Environment::Live).await;
    let url = tiun.url() + VERIFICATION_PATH;
    let key = development_key(Environment::Live);
    for headers in [
        vec![],
        vec![("X-TIUN-API-KEY", "")],
        vec![("X-TIUN-API-KEY", "wrong")],
        vec![("X-TIUN-API-KEY", development_key(Environment::Sandbox))],
        vec![("X-TIUN-API-KEY", key), ("X-TIUN-API-KEY", key)],
        vec![("X-ACCESS-TOKEN", key)],
        vec![("Authorization", key)],
    ] {
        let request = headers
            .iter()
            .fold(client().post(&url), |request, (name, value)| {
                request.header(*name, *value)
            });
        let response = request.body("not json").send().await.unwrap();
        assert_eq!(response.status(), 401, "{headers:?}");
        assert!(
            response.headers()["content-type"]
                .to_str()
                .unwrap()
                .starts_with("application/problem+json")
        );
        assert_eq!(response.json::<Value>().await.unwrap()["status"], 401);
    }
    assert_eq!(tiun.counts().wrong_key, 7);
}

#[tokio::test]
async fn environments_share_nothing_but_the_path() {
    let live = start(Environment::Live).await;
    let sandbox = start(Environment::Sandbox).await;
    let answer = verify(&sandbox, &sandbox.token("pro").unwrap()).await;
    assert_eq!(answer["userInfo"]["productAccess"], json!(["p-test-pro"]));
    for path in [
        "/sandbox_api/s2s/v1/users/verification",
        "/",
        "/live_api/s2s/v1/users/verification/",
        "//live_api/s2s/v1/users/verification",
    ] {
        let key = development_key(Environment::Live);
        let request = client()
            .post(live.url() + path)
            .header("X-TIUN-API-KEY", key)
            .json(&json!({ "userVerificationToken": "t" }));
        assert_eq!(request.send().await.unwrap().status(), 404, "{path}");
    }
}

#[tokio::test]
async fn a_careless_client_is_told_so() {
    let tiun = start(Environment::Live).await;
    let post = || {
        client()
            .post(tiun.url() + VERIFICATION_PATH)
            .header("X-TIUN-API-KEY", development_key(Environment::Live))
    };
    let json_post = || post().header("Content-Type", "application/json");
    let get = client()
        .get(tiun.url() + VERIFICATION_PATH)
        .header("X-TIUN-API-KEY", development_key(Environment::Live));
    let cases = [
        (405, get),
        (415, post().body("{}")),
        (400, json_post()),
        (400, json_post().body("{")),
        (400, json_post().body("{}")),
        (400, json_post().body(r#"{"userVerificationToken":null}"#)),
        (
            400,
            json_post().body(r#"{"userVerificationToken":"t","more":1}"#),
        ),
        (413, json_post().body(vec![b' '; 100_000])),
    ];
    for (expected, request) in cases {
        let response = request.send().await.unwrap();
        assert_eq!(response.status(), expected);
    }
    assert_eq!(tiun.counts().rejected, 8);
}

#[tokio::test]
async fn a_rotated_key_is_refused_and_the_new_one_accepted() {
    let tiun = start(Environment::Live).await;
    tiun.set_keys(["new"]);
    assert_eq!(send(&tiun, "t").await.unwrap().status(), 401);
    tiun.set_keys(["new", development_key(Environment::Live)]);
    assert_eq!(send(&tiun, "t").await.unwrap().status(), 200);
}

#[tokio::test]
async fn users_may_get_odd_answers() {
    let tiun = start(Environment::Live).await;
    tiun.set_users(
        Users::parse(
            "live:\n  nulls: {id: u-1, products: null}\n  twice: {id: u-2, products: [p-live-a, p-live-a]}\n  odd: {id: u-3, answer: {isAuthenticated: 'true', userInfo: [1, {a: null}]}}\n  zoë: {id: u-é用, name: Zoë}",
            "users.yaml",
        )
        .unwrap(),
    );
    let answer = async |name: &str| verify(&tiun, &tiun.token(name).unwrap()).await;
    assert_eq!(
        answer("nulls").await["userInfo"]["productAccess"],
        Value::Null
    );
    assert_eq!(
        answer("twice").await["userInfo"]["productAccess"],
        json!(["p-live-a", "p-live-a"])
    );
    assert_eq!(
        answer("odd").await,
        json!({ "isAuthenticated": "true", "userInfo": [1, { "a": null }] })
    );
    assert_eq!(answer("zoë").await["userInfo"]["userId"], "u-é用");
}

#[tokio::test]
async fn faults_with_a_status() {
    let tiun = start(Environment::Live).await;
    for status in [400, 401, 404, 429, 500, 503] {
        tiun.fail(Fault::Status(status));
        let response = send(&tiun, "t").await.unwrap();
        assert_eq!(response.status(), status);
        assert_eq!(
            response.headers().contains_key("retry-after"),
            status == 429 || status == 503
        );
    }
    tiun.fail(Fault::Html);
    let response = send(&tiun, "t").await.unwrap();
    assert_eq!(
        (
            response.status().as_u16(),
            response.headers()["content-type"].to_str().unwrap()
        ),
        (503, "text/html")
    );
    assert!(response.text().await.unwrap().starts_with("<html>"));
    tiun.recover();
    assert_eq!(send(&tiun, "t").await.unwrap().status(), 200);
    assert_eq!((tiun.counts().requests, tiun.counts().faulted), (8, 7));
}

#[tokio::test]
async fn a_fault_may_pass_by_itself() {
    let tiun = start(Environment::Live).await;
    tiun.fail_times(2, Fault::Status(500));
    let mut statuses = Vec::new();
    for _ in 0..3 {
        statuses.push(send(&tiun, "t").await.unwrap().status().as_u16());
    }
    assert_eq!(statuses, [500, 500, 200]);
}

#[tokio::test]
async fn faults_in_time() {
    let tiun = start(Environment::Live).await;
    let token = tiun.token("pro").unwrap();

    tiun.fail(Fault::SlowHead(Duration::from_millis(300)));
    let begun = Instant::now();
    let response = send(&tiun, &token).await.unwrap();
    assert!(begun.elapsed() >= Duration::from_millis(300));
    assert_eq!(
        response.json::<Value>().await.unwrap()["isAuthenticated"],
        true
    );

    tiun.fail(Fault::SlowBody(Duration::from_millis(480)));
    let begun = Instant::now();
    let response = send(&tiun, &token).await.unwrap();
    let head = begun.elapsed();
    assert_eq!(
        response.json::<Value>().await.unwrap()["isAuthenticated"],
        true
    );
    let body = begun.elapsed();
    assert!(
        head + Duration::from_millis(300) < body && body >= Duration::from_millis(400),
        "{head:?} {body:?}"
    );

    tiun.fail(Fault::NoAnswer);
    let impatient = Client::builder()
        .no_proxy()
        .timeout(Duration::from_millis(300))
        .build()
        .unwrap();
    let request = impatient.post(tiun.url() + VERIFICATION_PATH).send();
    assert!(request.await.unwrap_err().is_timeout());
}

#[tokio::test]
async fn faults_on_the_wire() {
    let tiun = start(Environment::Live).await;
    let token = tiun.token("pro").unwrap();

    tiun.fail(Fault::Reset);
    let error = send(&tiun, &token).await.unwrap_err();
    assert!(
        format!("{error:?}").contains("ConnectionReset"),
        "{error:?}"
    );

    tiun.fail(Fault::TruncatedJson);
    let text = send(&tiun, &token).await.unwrap().text().await.unwrap();
    assert!(
        text.starts_with('{') && serde_json::from_str::<Value>(&text).unwrap_err().is_eof(),
        "{text}"
    );

    tiun.fail(Fault::CutOff);
    let cut = match send(&tiun, &token).await {
        Ok(response) => response.bytes().await.is_err(),
        Err(_) => true,
    };
    assert!(cut);

    tiun.fail(Fault::Huge(10_000_000));
    let body = send(&tiun, &token).await.unwrap().bytes().await.unwrap();
    assert_eq!(body.len(), 10_000_000);
    assert_eq!(
        serde_json::from_slice::<Value>(&body).unwrap()["isAuthenticated"],
        true
    );

    tiun.fail(Fault::ContentType("text/plain".to_owned()));
    assert_eq!(
        send(&tiun, &token).await.unwrap().headers()["content-type"],
        "text/plain"
    );

    tiun.fail(Fault::Body(
        r#"{"isAuthenticated":"true","userInfo":{"userId":"u-pro"}}"#.to_owned(),
    ));
    assert_eq!(verify(&tiun, &token).await["isAuthenticated"], "true");
}

#[tokio::test]
async fn a_redirect_shows_who_follows_it_with_the_key() {
    let tiun = start(Environment::Live).await;
    let thief = start(Environment::Live).await;
    tiun.fail(Fault::Redirect(thief.url() + VERIFICATION_PATH));
    let response = send(&tiun, "t").await.unwrap();
    assert_eq!(response.status(), 307);
    assert_eq!(thief.counts().requests, 0);
    let careless = Client::builder().no_proxy().build().unwrap();
    let key = development_key(Environment::Live);
    let request = careless
        .post(tiun.url() + VERIFICATION_PATH)
        .header("X-TIUN-API-KEY", key)
        .json(&json!({ "userVerificationToken": "t" }));
    request.send().await.unwrap();
    assert!(
        thief.received()[0]
            .headers
            .contains(&"x-tiun-api-key".to_owned())
    );
}

#[tokio::test]
async fn it_remembers_what_it_was_asked_and_stops_with_its_handle() {
    let tiun = start(Environment::Live).await;
    assert_eq!((tiun.counts().requests, tiun.received()), (0, vec![]));
    for _ in 0..120 {
        send(&tiun, "t").await.unwrap();
    }
    assert_eq!(
        (
            tiun.counts().requests,
            tiun.counts().not_authenticated,
            tiun.received().len()
        ),
        (120, 120, 100)
    );
    assert_eq!(
        (
            tiun.received()[0].method.as_str(),
            tiun.received()[0].target.as_str()
        ),
        ("POST", VERIFICATION_PATH)
    );
    let url = tiun.url();
    tiun.stop().await;
    assert!(client().get(&url).send().await.unwrap_err().is_connect());
}

#[tokio::test]
async fn a_taken_port_is_named_with_the_cure() {
    let tiun = start(Environment::Live).await;
    let mut options = TiunOptions::development(Environment::Live).unwrap();
    options.port = tiun.address().port();
    let error = TiunStandIn::start(options).await.unwrap_err().to_string();
    let expected = format!(
        "port {} for the tiun stand-in is taken: end the program that listens on it, or choose another with `--tiun-port PORT`",
        tiun.address().port()
    );
    assert_eq!(error, expected);
}
