#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "tests"
)]

use serde_json::{Value, json};

use super::*;
use crate::jwt::Algorithm;
use crate::jwt::mint::{self, Mint};
use crate::loopback::{Hand, Log, Reply, Server, ssm_at, ssm_names, ssm_store};

/// Long enough for a busy machine.
const TIME: Duration = Duration::from_secs(10);

const SECRET: &str = "4711-4711-4711-4711-4711-4711-4711";

fn settings(entries: &[Value]) -> Vec<ProviderSettings> {
    let entries = entries.iter().cloned();
    entries
        .map(|entry| serde_json::from_value(entry).unwrap())
        .collect()
}

/// The providers of these entries, with one secret for all of them.
async fn start(entries: &[Value]) -> Providers {
    start_at(&Hand::default(), entries).await
}

/// The same by this clock.
async fn start_at(hand: &Hand, entries: &[Value]) -> Providers {
    let sources = Sources::system()
        .with_variables(|_| Some(SECRET.to_owned()))
        .with_clock(hand.clock());
    let settings = settings(entries);
    ProviderSettings::check_together(&settings).unwrap();
    Providers::start(&settings, &ExtraRoots::default(), &sources)
        .await
        .unwrap()
}

async fn verify(providers: &Providers, source: &str, token: &str) -> Verdict {
    let source = source.parse().unwrap();
    let deadline = Instant::now() + TIME;
    providers
        .verify(&source, token, &Needs::default(), None, deadline)
        .await
}

/// Whose token it is, according to the provider of that name.
fn told(verdict: &Verdict) -> (Option<&str>, Option<&str>) {
    let user = match &verdict.outcome {
        Outcome::Identity(identity) => Some(identity.user.id.as_str()),
        Outcome::Unauthenticated => None,
        other => panic!("{other:?}"),
    };
    (verdict.provider.as_deref(), user)
}

/// An issuer with the key of this mint.
async fn issuer(mint: &Mint) -> Server {
    let keys = String::from_utf8(mint::jwks(&[mint.jwk()])).unwrap();
    Server::start(move |_, _| Reply::json(&keys)).await
}

/// An entry for the issuer of this name, whose keys are at the server.
fn oidc(name: &str, server: &Server) -> Value {
    json!({
        "oidc": {
            "issuer": format!("https://{name}.example"), "audience": "api",
            "algorithms": ["ES256"], "keys": {"url": server.url()},
        },
        "name": name,
    })
}

fn token(mint: &Mint, issuer: &str, user: &str) -> String {
    mint.token(&json!({
        // 2096, and the clock of these tests stands in 1970.
        "iss": issuer, "sub": user, "aud": "api", "exp": 4_000_000_000_u64,
    }))
}

async fn tiun_server(user: &str) -> Server {
    let body = json!({"isAuthenticated": true, "userInfo": {"userId": user}}).to_string();
    Server::start(move |_, _| Reply::json(&body)).await
}

fn tiun(server: &Server) -> Value {
    json!({"tiun": {"environment": "live", "api_key": "env:KEY", "base_url": server.url()}})
}

async fn introspection_server(user: &str) -> Server {
    let body = json!({"active": true, "sub": user, "aud": "api"}).to_string();
    Server::start(move |_, _| Reply::json(&body)).await
}

fn introspection(server: &Server, token_from: &[&str]) -> Value {
    json!({
        "introspection": {
            "url": server.url(), "client_id": "tollgate", "client_secret": "env:KEY",
            "audience": "api",
        },
        "token_from": token_from,
    })
}

/// Five providers, in the order of [`NAMES`], and the keys of the three issuers among them.
struct Five {
    providers: Providers,
    servers: [Server; 5],
    mints: [Mint; 3],
}

/// Three look at the bearer token, the last two into a cookie, and the last at a header.
const NAMES: [&str; 5] = ["tiun", "a", "b", "c", "introspection"];

impl Five {
    async fn start() -> Self {
        let mints = ["a", "b", "c"].map(|_| Mint::new(Algorithm::Es256, "k1"));
        let servers = [
            tiun_server("t").await,
            issuer(&mints[0]).await,
            issuer(&mints[1]).await,
            issuer(&mints[2]).await,
            introspection_server("i").await,
        ];
        let mut of_c = oidc("c", &servers[3]);
        of_c["token_from"] = json!(["cookie session"]);
        let providers = start(&[
            tiun(&servers[0]),
            oidc("a", &servers[1]),
            oidc("b", &servers[2]),
            of_c,
            introspection(&servers[4], &["header x-token", "cookie session"]),
        ])
        .await;
        Self {
            providers,
            servers,
            mints,
        }
    }

    fn requests(&self) -> [usize; 5] {
        self.servers
            .each_ref()
            .map(|server| server.requests().len())
    }
}

#[tokio::test]
async fn a_token_goes_to_the_one_provider_that_it_is_of() {
    let five = Five::start().await;
    let [a, b, c] = &five.mints;
    let [iss_a, iss_b, iss_c] = ["a", "b", "c"].map(|name| format!("https://{name}.example"));
    let (bearer, cookie) = ("bearer", "cookie session");
    let (tiun, other) = (
        (Some("tiun"), Some("t")),
        (Some("introspection"), Some("i")),
    );
    for (name, source, token, expected) in [
        ("A's", bearer, token(a, &iss_a, "1"), (Some("a"), Some("1"))),
        ("B's", bearer, token(b, &iss_b, "2"), (Some("b"), Some("2"))),
        (
            "A's by B's key",
            bearer,
            token(b, &iss_a, "3"),
            (Some("a"), None),
        ),
        (
            "B's by A's key",
            bearer,
            token(a, &iss_b, "4"),
            (Some("b"), None),
        ),
        ("nobody's", bearer, token(a, "https://x.example", "5"), tiun),
        (
            "C's, where C does not look",
            bearer,
            token(c, &iss_c, "6"),
            tiun,
        ),
        (
            "issuer with a slash",
            bearer,
            token(a, "https://a.example/", "7"),
            tiun,
        ),
        ("opaque", bearer, "opaque".to_owned(), tiun),
        ("C's", cookie, token(c, &iss_c, "8"), (Some("c"), Some("8"))),
        (
            "A's, where A does not look",
            cookie,
            token(a, &iss_a, "9"),
            other,
        ),
        ("opaque in the cookie", cookie, "opaque".to_owned(), other),
        (
            "where one looks",
            "header x-token",
            token(a, &iss_a, "10"),
            other,
        ),
        (
            "where none looks",
            "header x-other",
            token(a, &iss_a, "11"),
            (None, None),
        ),
        ("nothing", bearer, String::new(), (None, None)),
    ] {
        let before = five.requests();
        let verdict = verify(&five.providers, source, &token).await;
        assert_eq!(told(&verdict), expected, "{name}");
        for (number, provider) in NAMES.into_iter().enumerate() {
            let was_asked = five.requests()[number] > before[number];
            let is_chosen = Some(provider) == expected.0;
            assert!(
                is_chosen || !was_asked,
                "{name}: {provider} was asked as well"
            );
        }
    }
}

#[tokio::test]
async fn a_token_of_nobody_is_given_to_nobody() {
    let mints = ["a", "b"].map(|_| Mint::new(Algorithm::Es256, "k1"));
    let servers = [issuer(&mints[0]).await, issuer(&mints[1]).await];
    let providers = start(&[oidc("a", &servers[0]), oidc("b", &servers[1])]).await;
    let unsigned = format!(
        "{}.{}.",
        mint::encode("{}"),
        mint::encode(r#"{"iss":"https://a.example"}"#)
    );
    let twice = mints[0].compact(
        r#"{"alg":"ES256"}"#,
        r#"{"iss":"https://a.example","iss":"https://b.example"}"#,
    );
    for token in [
        token(&mints[0], "https://x.example", "1"),
        mints[0].token(&json!({"sub": "2"})),
        mints[0].token(&json!({"iss": ["https://a.example"]})),
        "opaque".to_owned(),
        "a.b.c".to_owned(),
        unsigned,
        twice,
    ] {
        let verdict = verify(&providers, "bearer", &token).await;
        assert_eq!(told(&verdict), (None, None), "{token}");
        assert_eq!(verdict.origin, Origin::Verified);
    }
    assert!(servers.iter().all(|server| server.requests().is_empty()));
}

#[tokio::test]
async fn a_token_has_a_greatest_length() {
    let server = introspection_server("u").await;
    let providers = start(&[introspection(&server, &["bearer"])]).await;
    for (length, known) in [(MAX_TOKEN, true), (MAX_TOKEN + 1, false), (1 << 20, false)] {
        let verdict = verify(&providers, "bearer", &"x".repeat(length)).await;
        let expected = if known {
            (Some("introspection"), Some("u"))
        } else {
            (None, None)
        };
        assert_eq!(told(&verdict), expected, "{length}");
    }
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test]
async fn what_is_known_of_a_token_is_known_of_one_provider() {
    let (tiun_at, other) = (
        tiun_server("of-tiun").await,
        introspection_server("of-other").await,
    );
    let entries = [tiun(&tiun_at), introspection(&other, &["cookie session"])];
    let providers = start(&entries).await;
    for origin in [Origin::Verified, Origin::Cache] {
        for (source, user) in [("bearer", "of-tiun"), ("cookie session", "of-other")] {
            let verdict = verify(&providers, source, "same").await;
            assert_eq!(told(&verdict).1, Some(user));
            assert_eq!(verdict.origin, origin);
        }
    }
    let asked = || (tiun_at.requests().len(), other.requests().len());
    assert_eq!(asked(), (1, 1));
    providers.forget();
    assert_eq!(
        verify(&providers, "bearer", "same").await.origin,
        Origin::Verified
    );
    assert_eq!(asked(), (2, 1));
}

#[tokio::test]
async fn places_for_tokens_are_told_once_each() {
    let server = introspection_server("u").await;
    let mint = Mint::new(Algorithm::Es256, "k1");
    let providers = start(&[
        introspection(&server, &["header x-token", "bearer"]),
        oidc("a", &issuer(&mint).await),
    ])
    .await;
    let expected = [
        TokenSource::Header("x-token".to_owned()),
        TokenSource::Bearer,
    ];
    assert_eq!(providers.token_sources(), expected);
}

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

#[tokio::test]
async fn keys_are_fetched_in_init_and_a_wrong_address_stops_it() {
    let mint = Mint::new(Algorithm::Es256, "k1");
    let good = issuer(&mint).await;
    let failing = |status| Server::start(move |_, _| Reply::new(status, "text/plain", "no"));
    let (down, gone) = (failing(500).await, failing(404).await);
    let warm = async |other: &Server| {
        let providers = start(&[oidc("a", &good), oidc("b", other)]).await;
        providers.warm(&Needs::default()).await
    };
    assert_eq!(warm(&down).await, Ok(()));
    assert_eq!((good.requests().len(), down.requests().len()), (1, 1));
    let error = warm(&gone).await.unwrap_err();
    assert!(matches!(&error, StartupError::Keys { provider, .. } if provider == "b"));
    assert!(
        error.to_string().contains("HTTP 404: check its address"),
        "{error}"
    );
}

#[tokio::test]
async fn while_one_cannot_be_asked_what_it_last_said_counts_if_that_is_allowed() {
    for (when_unavailable, allowed) in [("fail", false), ("last_known_for 5m", true)] {
        let server = Server::start(|n, _| match n {
            0 => Reply::json(r#"{"active":true,"sub":"u","aud":"api"}"#),
            _ => Reply::new(500, "text/plain", "no"),
        })
        .await;
        let mut entry = introspection(&server, &["bearer"]);
        entry["cache_for"] = "30s".into();
        entry["when_unavailable"] = when_unavailable.into();
        let hand = Hand::default();
        let providers = start_at(&hand, &[entry]).await;
        assert_eq!(
            verify(&providers, "bearer", "x").await.origin,
            Origin::Verified
        );
        hand.forward(Duration::from_secs(29));
        assert_eq!(
            verify(&providers, "bearer", "x").await.origin,
            Origin::Cache
        );
        hand.forward(Duration::from_secs(1));
        let verdict = verify(&providers, "bearer", "x").await;
        assert_eq!(
            verdict.origin == Origin::LastKnown,
            allowed,
            "{when_unavailable}"
        );
        let unavailable = matches!(verdict.outcome, Outcome::Unavailable(_));
        assert_eq!(unavailable, !allowed, "{when_unavailable}");
        // Nobody else profits.
        let stranger = verify(&providers, "bearer", "y").await.outcome;
        assert!(matches!(stranger, Outcome::Unavailable(_)), "{stranger:?}");
    }
}

#[tokio::test]
async fn what_was_asked_is_told_once_by_provider() {
    let issuer = issuer(&Mint::new(Algorithm::Es256, "k1")).await;
    let down = Server::start(|_, _| Reply::new(500, "text/plain", "no")).await;
    let asked = tiun_server("u-tiun").await;
    let at = |mut entry: Value, place| {
        entry["token_from"] = json!([place]);
        entry
    };
    let entries = [
        tiun(&asked),
        at(oidc("up", &issuer), "header x-up"),
        at(oidc("down", &down), "header x-down"),
        introspection(&asked, &["header x-opaque"]),
    ];
    let providers = start(&entries).await;
    providers.warm(&Needs::default()).await.unwrap();
    for _ in 0..2 {
        verify(&providers, "bearer", "known-the-second-time").await;
    }
    let usage = providers.take_usage();
    let counts = |attempts: Attempts| (attempts.succeeded, attempts.failed);
    let told: Vec<_> = usage
        .iter()
        .map(|(name, usage)| (&**name, counts(usage.calls), counts(usage.key_sets)))
        .collect();
    let expected = [
        ("tiun", (1, 0), (0, 0)),
        ("up", (1, 0), (1, 0)),
        ("down", (0, 1), (0, 1)),
    ];
    assert_eq!(told, expected, "who was not asked is not told of");
    assert_eq!(providers.take_usage(), []);
}

#[tokio::test]
async fn nothing_secret_is_logged_or_shown() {
    let log = Log::start();
    let mint = Mint::new(Algorithm::Es256, "k1");
    let (tiun_at, of_a) = (tiun_server("u").await, issuer(&mint).await);
    let providers = start(&[tiun(&tiun_at), oidc("a", &of_a)]).await;
    let right = token(&mint, "https://a.example", "u");
    let forged = token(&Mint::new(Algorithm::Es256, "k1"), "https://a.example", "u");
    let mut verdicts = Vec::new();
    for token in [right.as_str(), &forged, "opaque-4712", "opaque-4712"] {
        verdicts.push(verify(&providers, "bearer", token).await);
    }
    for shown in [format!("{verdicts:?}"), log.all()] {
        for secret in [SECRET, &right, &forged, "opaque-4712"] {
            assert!(!shown.contains(secret), "{shown}");
        }
    }
}
