//! The keys that tokens are verified with.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::tokens::{ACCEPT_ALL, accepted, key_server};
use super::*;

#[tokio::test]
async fn the_keys_of_the_accepted_users_are_asked_for() {
    for (accept, query) in [
        ("", ""),
        (r#","accept":["restricted"]"#, "?include_restricted=true"),
        (r#","accept":["anonymous"]"#, "?include_anonymous=true"),
        (ACCEPT_ALL, "?include_anonymous=true"),
    ] {
        let server = key_server().await;
        let stack = start(&server, accept, &with_key()).await;
        let deadline = Instant::now() + TIME;
        stack.warm(&Needs::default(), deadline).await.unwrap();
        let requests = server.requests();
        let expected = format!("/api/v1/projects/{PROJECT}/.well-known/jwks.json{query}");
        assert_eq!(requests.iter().map(target).collect::<Vec<_>>(), [expected]);
        // They are public: no key of ours goes there.
        assert_eq!(requests[0].header("x-stack-secret-server-key"), None);
    }
}

#[tokio::test]
async fn keys_are_not_fetched_where_the_server_is_asked() {
    let server = Server::start(|_, request| nothing(request)).await;
    let stack = start(&server, REST_ALWAYS, &with_key()).await;
    let deadline = Instant::now() + TIME;
    stack.warm(&Needs::default(), deadline).await.unwrap();
    assert!(server.requests().is_empty());
}

/// About one key in 128 has a coordinate with a zero byte in front, which Stack Auth leaves out.
#[tokio::test]
async fn a_key_with_a_short_coordinate_serves() {
    for name in ["x", "y"] {
        let (key, short) = std::iter::repeat_with(|| Mint::new(Algorithm::Es256, "kid-normal"))
            .find_map(|key| {
                let bytes = URL_SAFE_NO_PAD.decode(key.jwk()[name].as_str()?).unwrap();
                let short = bytes.strip_prefix(&[0])?.to_vec();
                Some((key, short))
            })
            .unwrap();
        let mut jwk = key.jwk();
        jwk.as_object_mut().unwrap().remove("alg");
        jwk[name] = mint::encode(&short).into();
        let jwks = String::from_utf8(mint::jwks(&[jwk])).unwrap();
        let server = Server::start(move |_, _| Reply::json(&jwks)).await;
        let stack = start(&server, "", &with_key()).await;
        let token = key.token(&claims(&server.url(), UserKind::Normal));
        assert!(accepted(&stack, &token).await, "{name}");
    }
}

#[tokio::test]
async fn a_project_that_is_not_there_is_a_misconfiguration() {
    let server = Server::start(|_, _| Reply::new(404, "text/plain", "Project not found")).await;
    let stack = start(&server, "", &with_key()).await;
    let deadline = Instant::now() + TIME;
    let warmed = stack.warm(&Needs::default(), deadline).await;
    assert!(
        matches!(warmed, Err(KeysProblem::Misconfigured(_))),
        "{warmed:?}"
    );
    let outcome = verify(&stack, &token(&server), &Needs::default()).await;
    assert!(misconfigured(&outcome).contains("HTTP 404"), "{outcome:?}");
}

#[tokio::test]
async fn keys_that_cannot_be_had_are_an_outage() {
    let server = Server::start(|_, _| Reply::new(500, "text/plain", "no")).await;
    let stack = start(&server, "", &with_key()).await;
    let outcome = verify(&stack, &token(&server), &Needs::default()).await;
    unavailable(&outcome);
}
