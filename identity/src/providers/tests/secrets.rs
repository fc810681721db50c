//! Secrets, which come in one call, and stop the start where one is missing.

use super::*;
use crate::loopback::{ssm_at, ssm_names, ssm_store};

#[tokio::test]
async fn all_secrets_come_in_one_call_and_each_goes_to_its_provider() {
    let names = [
        "/acme/tiun",
        "/acme/authgate",
        "/acme/introspection",
        "/acme/oidc",
    ];
    let ssm = Server::start(|_, request| {
        ssm_store(request, |name| {
            Some(format!("secret-of-{name}-at-least-32-bytes-long"))
        })
    })
    .await;
    let (tiun_at, asked) = (tiun_server("t").await, introspection_server("i").await);
    let mut tiun = tiun(&tiun_at);
    tiun["tiun"]["api_key"] = "ssm:/acme/tiun".into();
    let mut introspection = introspection(&asked, &["cookie session"]);
    introspection["introspection"]["client_secret"] = "ssm:/acme/introspection".into();
    introspection["introspection"]["auth"] = "post".into();
    let settings = settings(&[
        tiun,
        json!({"neon_auth": {"url": "https://n.example/auth"}}),
        json!({"authgate": {"url": "https://a.example", "api_key": "ssm:/acme/authgate"}}),
        introspection,
        json!({"oidc": {
            "issuer": "https://o.example", "audience": "api", "algorithms": ["HS256"],
            "keys": {"secret": "ssm:/acme/oidc"},
        }}),
    ]);
    let sources = Sources::system()
        .with_parameters(ssm_at(&ssm))
        .with_clock(Hand::default().clock());
    let providers = Providers::start(&settings, &ExtraRoots::default(), &sources)
        .await
        .unwrap();
    let requests = ssm.requests();
    assert_eq!(requests.len(), 1);
    assert_eq!(ssm_names(&requests[0]), names);

    assert_eq!(told(&verify(&providers, "bearer", "x").await).1, Some("t"));
    let key = "secret-of-/acme/tiun-at-least-32-bytes-long";
    assert_eq!(tiun_at.requests()[0].header("x-tiun-api-key"), Some(key));
    assert_eq!(
        told(&verify(&providers, "cookie session", "x").await).1,
        Some("i")
    );
    let body = String::from_utf8(asked.requests()[0].body.clone()).unwrap();
    assert!(
        body.ends_with("client_secret=secret-of-%2Facme%2Fintrospection-at-least-32-bytes-long")
    );
    let header = mint::encode(r#"{"alg":"HS256"}"#);
    let claims =
        json!({"iss": "https://o.example", "sub": "o", "aud": "api", "exp": 4_000_000_000_u64});
    let signed = format!("{header}.{}", mint::encode(claims.to_string()));
    let secret = b"secret-of-/acme/oidc-at-least-32-bytes-long";
    let secret = aws_lc_rs::hmac::Key::new(aws_lc_rs::hmac::HMAC_SHA256, secret);
    let mac = mint::encode(aws_lc_rs::hmac::sign(&secret, signed.as_bytes()));
    let verdict = verify(&providers, "bearer", &format!("{signed}.{mac}")).await;
    assert_eq!(told(&verdict), (Some("oidc"), Some("o")));
}

#[tokio::test]
async fn other_secrets_come_in_the_call_for_the_providers() {
    let ssm = Server::start(|_, request| ssm_store(request, |name| Some(format!("at-{name}"))));
    let (ssm, tiun_at) = (ssm.await, tiun_server("t").await);
    let mut tiun = tiun(&tiun_at);
    tiun["tiun"]["api_key"] = "ssm:/acme/tiun".into();
    let other = |name: &str| {
        let place = format!("ssm:/usage/{name}");
        (format!("usage: {name}"), place.parse().unwrap())
    };
    let sources = Sources::system()
        .with_parameters(ssm_at(&ssm))
        .with_clock(Hand::default().clock());
    let others = vec![other("pro"), other("free")];
    let roots = ExtraRoots::default();
    let started = Providers::start_beside(&settings(&[tiun]), others, &roots, &sources).await;
    let (providers, keyrings) = started.unwrap();
    let requests = ssm.requests();
    assert_eq!(requests.len(), 1);
    assert_eq!(
        ssm_names(&requests[0]),
        ["/acme/tiun", "/usage/pro", "/usage/free"]
    );

    let mut keys = Vec::new();
    for keyring in &keyrings {
        keys.push(keyring.current().await.expose().to_owned());
    }
    assert_eq!(keys, ["at-/usage/pro", "at-/usage/free"]);
    assert_eq!(told(&verify(&providers, "bearer", "x").await).1, Some("t"));
    let key = tiun_at.requests()[0]
        .header("x-tiun-api-key")
        .map(str::to_owned);
    assert_eq!(key.as_deref(), Some("at-/acme/tiun"));
}

#[tokio::test]
async fn another_secret_that_is_missing_stops_the_start() {
    let sources = Sources::system().with_variables(|_| None);
    let others = vec![("usage: pro".to_owned(), "env:USAGE".parse().unwrap())];
    let roots = ExtraRoots::default();
    let started = Providers::start_beside(&[], others, &roots, &sources).await;
    let error = started.map(|_| ()).unwrap_err().to_string();
    assert!(error.starts_with("usage: pro: "), "{error}");
}

#[tokio::test]
async fn secrets_that_are_missing_are_named_together() {
    let server = tiun_server("t").await;
    let settings = settings(&[tiun(&server), introspection(&server, &["cookie session"])]);
    let sources = Sources::system().with_variables(|_| None);
    let started = Providers::start(&settings, &ExtraRoots::default(), &sources).await;
    let error = started.err().unwrap().to_string();
    let lines: Vec<_> = error.lines().collect();
    assert_eq!(lines.len(), 2, "{error}");
    assert!(lines[0].starts_with("tiun: api_key: "), "{error}");
    assert!(
        lines[1].starts_with("introspection: client_secret: "),
        "{error}"
    );
}
