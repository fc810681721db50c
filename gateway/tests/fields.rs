//! AppSync: one answer for a whole GraphQL request, with the fields that are denied in it, kept for no
//! longer than it is right.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use tollgate_gateway::{Authorizer, Files, Invocation};
use tollgate_identity::sources::Sources;

const SECRET: &str = "4711-4711-4711-4711-4711-4711-4711";
const POLICY: &str = "\
route field *              requires user
route field Query.reports  requires product pro
route field User.email     requires role support
route field Query.internal is denied
route field Query.status   is public
";

/// An authorizer whose issuer shares a secret with it, so that nobody need be asked.
async fn start(policy: &str, answers: &str) -> Authorizer {
    let settings = format!(
        "\
providers:
  - oidc:
      issuer: https://id.example
      audience: api
      algorithms: [HS256]
      keys: {{ secret: env:SECRET }}
      claims: {{ products: products, roles: roles }}
answers: {answers}
"
    );
    let files = Files {
        policies: vec![("access.policy".to_owned(), policy.as_bytes().to_vec())],
        settings: ("authorizer.yaml".to_owned(), settings),
    };
    let sources = Sources::system().with_variables(|_| Some(SECRET.to_owned()));
    let started = Authorizer::start(&files, &sources).await;
    started.unwrap_or_else(|error| panic!("{error}"))
}

/// A token of `u-1` that lives for this long, with more claims.
fn token(life: Duration, more: Value) -> String {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    let mut claims = json!({
        "iss": "https://id.example", "aud": "api", "sub": "u-1", "iat": since.as_secs(),
        "exp": (since + life).as_secs(),
    });
    if let (Some(claims), Value::Object(more)) = (claims.as_object_mut(), more) {
        claims.extend(more);
    }
    let encode = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
    let header = encode(br#"{"alg":"HS256","typ":"JWT"}"#);
    let signed = format!("{header}.{}", encode(claims.to_string().as_bytes()));
    let key = aws_lc_rs::hmac::Key::new(aws_lc_rs::hmac::HMAC_SHA256, SECRET.as_bytes());
    let mac = aws_lc_rs::hmac::sign(&key, signed.as_bytes());
    format!("{signed}.{}", encode(mac.as_ref()))
}

const DAY: Duration = Duration::from_hours(24);

fn event(token: &str) -> Value {
    json!({
        "authorizationToken": token,
        "requestContext": { "apiId": "a", "queryString": "{ me { email } }", "variables": {} },
        "requestHeaders": { "X-Beta": "1" },
    })
}

async fn ask(authorizer: &Authorizer, token: &str) -> Value {
    let answer = authorizer
        .authorize(&event(token), Invocation::new("7f2c"))
        .await;
    serde_json::to_value(answer.unwrap_or_else(|error| panic!("{error}"))).unwrap()
}

fn of<'v>(answer: &'v Value, member: &str) -> &'v Value {
    answer
        .get(member)
        .unwrap_or_else(|| panic!("no {member}: {answer}"))
}

#[tokio::test]
async fn the_fields_that_are_denied_are_those_the_policy_names() {
    let authorizer = start(POLICY, "{}").await;
    for (claims, denied) in [
        (
            json!({}),
            json!(["Query.internal", "Query.reports", "User.email"]),
        ),
        (
            json!({ "products": ["pro"] }),
            json!(["Query.internal", "User.email"]),
        ),
        (
            json!({ "products": ["pro"], "roles": ["support"] }),
            json!(["Query.internal"]),
        ),
    ] {
        let answer = ask(&authorizer, &token(DAY, claims)).await;
        assert_eq!(of(&answer, "isAuthorized"), true);
        assert_eq!(of(&answer, "deniedFields"), &denied);
        assert_eq!(of(&answer, "ttlOverride"), 60);
    }
}

#[tokio::test]
async fn resolvers_are_told_what_a_backend_is() {
    let authorizer = start(POLICY, "{ claims: { orgId: org.id } }").await;
    // Providers are asked for what is passed on as for what the policy asks.
    assert_eq!(authorizer.loaded().needs.claims, [["org", "id"]]);
    let claims =
        json!({ "roles": ["support", "admin"], "org": { "id": "o-1" }, "exp": 4_102_444_800_u64 });
    let answer = ask(&authorizer, &token(DAY, claims)).await;
    let context = of(&answer, "resolverContext");
    for (key, value) in [
        ("userId", "u-1"),
        ("roles", "support,admin"),
        ("provider", "oidc"),
        ("expires", "4102444800"),
        ("decision", "7f2c"),
        ("reason", ""),
        ("orgId", "o-1"),
    ] {
        assert_eq!(of(context, key), value, "{key}");
    }
    let members = answer
        .as_object()
        .unwrap()
        .keys()
        .cloned()
        .collect::<Vec<_>>();
    assert_eq!(
        members.join(" "),
        "deniedFields isAuthorized resolverContext ttlOverride"
    );
}

#[tokio::test]
async fn the_token_comes_with_a_scheme_or_without() {
    let authorizer = start(POLICY, "{}").await;
    let token = token(DAY, json!({}));
    for (value, authorized) in [
        (token.clone(), true),
        (format!("Bearer {token}"), true),
        (format!("bearer {token}"), true),
        (format!("Bearer  {token}"), false),
        (format!("Basic {token}"), false),
        (format!("{token} "), false),
        (format!("{token},{token}"), false),
        ("Bearer".to_owned(), false),
        (String::new(), false),
    ] {
        let answer = ask(&authorizer, &value).await;
        assert_eq!(of(&answer, "isAuthorized"), authorized, "{value}");
    }
}

/// There is no error for it, and no field needs naming when there is no result.
#[tokio::test]
async fn a_token_that_proves_nobody_is_a_denial_that_is_not_kept() {
    let authorizer = start(POLICY, "{ http_unauthorized: error }").await;
    let answer = ask(&authorizer, "eyJhbGciOiJIUzI1NiJ9.e30.AAAA").await;
    assert_eq!(of(&answer, "isAuthorized"), false);
    assert_eq!(of(&answer, "deniedFields"), &json!([]));
    assert_eq!(of(&answer, "ttlOverride"), 0);
    assert_eq!(
        of(of(&answer, "resolverContext"), "reason"),
        "login_required"
    );
}

#[tokio::test]
async fn a_visitor_may_get_the_fields_that_are_public() {
    let policy = "route field * is public\nroute field Query.me requires user\n";
    let authorizer = start(policy, "{}").await;
    let answer = ask(&authorizer, "x").await;
    assert_eq!(of(&answer, "isAuthorized"), true);
    assert_eq!(of(&answer, "deniedFields"), &json!(["Query.me"]));
    assert_eq!(of(&answer, "ttlOverride"), 0);
}

#[tokio::test]
async fn without_a_route_for_every_field_nothing_runs() {
    let policy = "route field Query.me is public\nroute /* is public\n";
    let answer = ask(&start(policy, "{}").await, &token(DAY, json!({}))).await;
    assert_eq!(of(&answer, "isAuthorized"), false);
    assert_eq!(of(of(&answer, "resolverContext"), "reason"), "no_route");
}

#[tokio::test]
async fn an_answer_is_kept_no_longer_than_the_token_lives() {
    let authorizer = start(POLICY, "{ appsync_ttl: 1h }").await;
    let kept = |answer: &Value| of(answer, "ttlOverride").as_u64().unwrap();
    assert_eq!(kept(&ask(&authorizer, &token(DAY, json!({}))).await), 3600);
    let soon = ask(&authorizer, &token(Duration::from_mins(30), json!({}))).await;
    assert!((1..=1800).contains(&kept(&soon)), "{soon}");
}

/// The answer to one request is kept for others of the token, which may have another header.
#[tokio::test]
async fn an_answer_that_rests_on_the_request_is_not_kept() {
    let every = "route field * requires user";
    for rule in [
        "route field Query.beta requires user and header X-Beta = \"1\"",
        "forbid field Query.beta when header X-Beta = \"1\"",
        "route field Query.beta requires user and ip in 10.0.0.0/8",
        "route field Query.beta requires query a = \"1\"",
        "forbid field Query.beta when before 2999-01-01",
        "forbid field * when after 2999-01-01",
        "tier office is ip in 10.0.0.0/8",
    ] {
        let authorizer = start(&format!("{every}\n{rule}\n"), "{}").await;
        let answer = ask(&authorizer, &token(DAY, json!({}))).await;
        assert_eq!(of(&answer, "isAuthorized"), true, "{rule}");
        assert_eq!(of(&answer, "ttlOverride"), 0, "{rule}");
    }
}

#[tokio::test]
async fn headers_are_those_of_the_graphql_request() {
    let policy =
        "route field * requires user\nroute field Query.beta requires header X-Beta = \"1\"\n";
    let authorizer = start(policy, "{}").await;
    let token = token(DAY, json!({}));
    // No map but that one has any.
    let mut elsewhere = event(&token);
    elsewhere.as_object_mut().unwrap().extend([
        ("requestHeaders".to_owned(), json!({})),
        ("headers".to_owned(), json!({ "X-Beta": "1" })),
        ("multiValueHeaders".to_owned(), json!({ "X-Beta": ["1"] })),
    ]);
    let answer = authorizer.authorize(&elsewhere, Invocation::new("1")).await;
    let answer = serde_json::to_value(answer.unwrap()).unwrap();
    assert_eq!(of(&answer, "deniedFields"), &json!(["Query.beta"]));
    let denied = |headers: Option<Value>| {
        let (mut event, authorizer) = (event(&token), authorizer.clone());
        let members = event.as_object_mut().unwrap();
        match headers {
            Some(headers) => members.insert("requestHeaders".to_owned(), headers),
            None => members.remove("requestHeaders"),
        };
        async move {
            let answer = authorizer.authorize(&event, Invocation::new("1")).await;
            let answer = serde_json::to_value(answer.unwrap()).unwrap();
            of(&answer, "deniedFields") == &json!(["Query.beta"])
        }
    };
    assert!(!denied(Some(json!({ "X-Beta": "1" }))).await);
    assert!(!denied(Some(json!({ "x-beta": "1" }))).await);
    for headers in [
        Some(json!({ "x-beta": "2" })),
        Some(json!({ "x-beta": "1", "X-Beta": "2" })),
        Some(json!({})),
        Some(Value::Null),
        None,
    ] {
        assert!(denied(headers.clone()).await, "{headers:?}");
    }
}
