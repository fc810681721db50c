//! Which provider a token goes to.

use super::*;

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
