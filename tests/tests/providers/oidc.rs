//! `oidc` with the certified npm `oidc-provider`: which tokens prove somebody, where keys are found,
//! what a change of keys costs, and what claims become.

mod near_misses;

use serde_json::{Value, json};
use tollgate_tests::counterpart::OldKeys;
use tollgate_tests::counterpart::oidc::{ALGORITHMS, Access, OidcProvider};
use tollgate_tests::function::Function;
use tollgate_tests::request::Request;
use tollgate_tests::rig::Setup;

use super::{SIGNED_IN, get, me, object, refusals};

const AUDIENCE: &str = "https://api.example.com";

/// A provider's entry: access tokens of this issuer for [`AUDIENCE`] by RS256, and `more` lines.
fn entry(oidc: &OidcProvider, more: &str) -> String {
    format!(
        "  - oidc:\n      issuer: {}\n      audience: {AUDIENCE}\n      algorithms: [RS256]\n      typ: at+jwt\n{more}",
        oidc.issuer()
    )
}

fn function(entries: &str, policy: &str) -> Function {
    Setup::new(&format!("providers:\n{entries}"), policy).function()
}

async fn token(oidc: &OidcProvider, sub: &str) -> String {
    oidc.access_token(&Access::new(sub, AUDIENCE)).await
}

#[tokio::test]
async fn access_tokens_of_each_algorithm_prove_their_user() {
    let oidc = OidcProvider::start();
    let audiences = ALGORITHMS.map(|algorithm| format!("{AUDIENCE}/{algorithm}"));
    let entries = format!(
        "  - oidc:\n      issuer: {}\n      audience: [\"{}\"]\n      algorithms: [{}]\n      typ: at+jwt\n",
        oidc.issuer(),
        audiences.join("\", \""),
        ALGORITHMS.join(", ")
    );
    let function = function(&entries, SIGNED_IN);
    for audience in &audiences {
        let token = oidc.access_token(&Access::new("u-light", audience)).await;
        let invoked = me(&function, &token).await;
        assert_eq!(invoked.status(), 200, "{audience}: {invoked:?}");
        assert_eq!(invoked.context("userId"), "u-light");
        assert_eq!(invoked.context("provider"), "oidc");
    }
    assert_eq!(oidc.requests("GET /jwks").await, 1, "fetched in init");
    // The same token once more: from the cache, and an outsider's: nobody.
    let client = oidc.client_token(AUDIENCE, "read").await;
    let foreign = client.text("access_token");
    assert_eq!(me(&function, &foreign).await.status(), 401, "another API's");
}

/// What makes an access token one is its type: without `typ: at+jwt` an ID token passes where its
/// audience does.
#[tokio::test]
async fn an_id_token_is_no_access_token() {
    let oidc = OidcProvider::start();
    let of = |name: &str, typ: &str| {
        format!(
            "  - name: {name}\n    token_from: [header x-{name}]\n    oidc: {{ issuer: \"{}\", audience: app, algorithms: [RS256], typ: {typ} }}\n",
            oidc.issuer()
        )
    };
    let function = function(&(of("access", "at+jwt") + &of("any", "any")), SIGNED_IN);
    let id_token = oidc.id_token("u-light", &object(json!({}))).await;
    for (header, status) in [("x-access", 401), ("x-any", 200)] {
        let event = Request::get("/me").header(header, &id_token).rest();
        assert_eq!(function.invoke(&event).await.status(), status, "{header}");
    }
    let why = refusals(&function, 1).await;
    assert_eq!(why, ["the token's `typ` is that of another kind of token"]);
}

#[tokio::test]
async fn keys_are_found_by_discovery_at_an_address_and_in_a_file() {
    let oidc = OidcProvider::start();
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), oidc.jwks().await.body.to_string()).unwrap();
    let (jwks, discovery) = ("GET /jwks", "GET /.well-known/openid-configuration");
    let places = [
        (String::new(), [1, 1]),
        ("      keys: discovery\n".to_owned(), [1, 1]),
        (
            format!("      keys: {{ url: \"{}/jwks\" }}\n", oidc.issuer()),
            [1, 0],
        ),
        (
            format!("      keys: {{ file: \"{}\" }}\n", file.path().display()),
            [0, 0],
        ),
    ];
    for (keys, calls) in places {
        let before = [oidc.requests(jwks).await, oidc.requests(discovery).await];
        let function = function(&entry(&oidc, &keys), SIGNED_IN);
        let status = me(&function, &token(&oidc, "u-light").await).await.status();
        assert_eq!(status, 200, "{keys}");
        let after = [oidc.requests(jwks).await, oidc.requests(discovery).await];
        assert_eq!(
            [after[0] - before[0], after[1] - before[1]],
            calls,
            "{keys}"
        );
    }
}

#[tokio::test]
async fn a_change_of_keys_costs_no_denial() {
    let oidc = OidcProvider::start();
    for old in [OldKeys::Keep, OldKeys::Drop] {
        let function = function(&entry(&oidc, ""), SIGNED_IN);
        let before = token(&oidc, "u-before").await;
        assert_eq!(me(&function, &before).await.status(), 200);
        let (fresh, fetches) = (
            token(&oidc, "u-fresh").await,
            oidc.requests("GET /jwks").await,
        );

        oidc.rotate(old).await;
        for n in 0..3 {
            let token = token(&oidc, &format!("u-after-{n}")).await;
            assert_eq!(me(&function, &token).await.status(), 200, "{old:?}");
        }
        assert_eq!(
            oidc.requests("GET /jwks").await,
            fetches + 1,
            "{old:?}: one fetch"
        );
        // What the old key signed and nobody has shown yet is good as long as the key is published.
        let status = if old == OldKeys::Keep { 200 } else { 401 };
        assert_eq!(me(&function, &fresh).await.status(), status, "{old:?}");
    }
}

/// By a JSON pointer, by a name that is a URL, and where they stand by themselves.
#[tokio::test]
async fn claims_become_facts() {
    let oidc = OidcProvider::start();
    let claims = "      claims:\n        roles: /realm_access/roles\n        products: https://example.com/products\n        teams: [org, teams]\n";
    let policy = "route /admin requires role admin\n\
                  route /pro requires product p-pro\n\
                  route /red requires team red\n\
                  route /write requires scope write\n\
                  route /mail requires email @example.com and email verified\n\
                  route /acme requires claim tenant.name = \"acme\"\n\
                  route /mfa requires mfa\n";
    let function = function(&entry(&oidc, claims), policy);
    let all = json!({
        "realm_access": {"roles": ["reader", "admin"]},
        "https://example.com/products": ["p-pro"],
        "org": {"teams": ["red"]},
        "tenant": {"name": "acme"},
        "email": "light@example.com",
        "email_verified": true,
    });
    let with = |change: Value| {
        let mut claims = object(all.clone());
        claims.extend(object(change));
        claims
    };
    let paths = ["/admin", "/pro", "/red", "/write", "/mail", "/acme", "/mfa"];
    let cases = [
        (
            "all",
            "read write",
            with(json!({})),
            [200, 200, 200, 200, 200, 200, 403],
        ),
        ("none", "read", object(json!({})), [403; 7]),
        (
            "of other types",
            "writer",
            with(json!({
                "realm_access": {"roles": {"admin": true}},
                "https://example.com/products": [["p-pro"]],
                "org": {"teams": [1]},
                "tenant": {"name": ["acme"]},
                "email_verified": "true",
            })),
            [403; 7],
        ),
        (
            "of other places",
            "",
            with(json!({
                "realm_access": {}, "roles": ["admin"], "/realm_access/roles": ["admin"],
                "https://example.com/products": [], "products": ["p-pro"],
                "https:": {"": {"example.com": {"products": ["p-pro"]}}},
                "org": {}, "teams": ["red"], "org.teams": ["red"],
                "tenant": {}, "tenant.name": "acme", "email": "light@example.org",
            })),
            [403; 7],
        ),
    ];
    for (what, scope, claims, statuses) in cases {
        let access = Access {
            scope,
            claims,
            ..Access::new("u-light", AUDIENCE)
        };
        let token = oidc.access_token(&access).await;
        for (path, status) in paths.into_iter().zip(statuses) {
            let invoked = get(&function, path, &token).await;
            assert_eq!(invoked.status(), status, "{what}: {path}: {invoked:?}");
        }
    }
}
