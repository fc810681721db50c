#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "tests"
)]

mod settings;

use std::time::{Duration, UNIX_EPOCH};

use serde_json::json;
use tollgate_engine::Needs;

use super::*;
use crate::http::{CONNECT, ExtraRoots, Http};
use crate::jwt::mint::{self, Mint};
use crate::known_facts::{self, known_facts};
use crate::loopback::{Log, Reply, Server};

/// When all tokens here are looked at, in seconds since 1970: 2027-01-15T08:00:00Z.
const NOW: u64 = 1_800_000_000;

/// Long enough for a busy machine.
const TIME: Duration = Duration::from_secs(10);

fn clock() -> Clock {
    Clock::new(|| UNIX_EPOCH + Duration::from_secs(NOW))
}

/// A branch's service with the key of this mint.
async fn service(mint: &Mint) -> Server {
    let keys = String::from_utf8(mint::jwks(&[mint.jwk()])).unwrap();
    Server::start(move |_, _| Reply::json(&keys)).await
}

fn read(written: &Value) -> Result<NeonAuthSettings, String> {
    serde_json::from_value(written.clone()).map_err(|error| error.to_string())
}

fn branch(written: &Value) -> BranchSettings {
    match read(written).unwrap() {
        NeonAuthSettings::Branch(branch) => branch,
        NeonAuthSettings::Stack(_) => panic!("not of the older form"),
    }
}

fn neon(settings: &BranchSettings) -> NeonAuth {
    let http = Http::new(CONNECT, clock(), &ExtraRoots::default()).unwrap();
    let line = Line::new(Arc::new(http), "neon_auth".to_owned(), clock());
    NeonAuth::new(settings, Arc::new(line), clock())
}

/// Neon Auth as its console shows it, at this server.
fn neon_at(server: &Server) -> NeonAuth {
    neon(&branch(
        &json!({"url": format!("{}/neondb/auth", server.url())}),
    ))
}

async fn verify(neon: &NeonAuth, token: &str) -> Outcome {
    let call = Call {
        token,
        needs: &Needs::default(),
        deadline: Instant::now() + TIME,
    };
    neon.verify(&call).await
}

fn is_known(outcome: &Outcome) -> bool {
    match outcome {
        Outcome::Identity(_) => true,
        Outcome::Unauthenticated => false,
        other => panic!("{other:?}"),
    }
}

/// The claims of a user's token of this origin, with these changed.
fn claims(origin: &str, changes: &Value) -> Value {
    let mut claims = json!({
        "sub": "c5f8", "id": "c5f8", "name": "Ann", "email": "ann@example.com",
        "emailVerified": true, "image": null, "createdAt": "2026-09-16T08:00:00.000Z",
        "updatedAt": "2026-09-16T08:00:00.000Z", "role": "authenticated", "banned": false,
        "banReason": null, "banExpires": null,
        "iat": NOW - 60, "exp": NOW + 840, "iss": origin, "aud": origin,
    });
    let members = claims.as_object_mut().unwrap();
    members.extend(changes.as_object().unwrap().clone());
    claims
}

#[tokio::test]
async fn a_users_token_tells_who_it_is_without_a_call_for_it() {
    let mint = Mint::new(Algorithm::EdDsa, "k1");
    let server = service(&mint).await;
    let neon = neon_at(&server);
    neon.warm(Instant::now() + TIME).await.unwrap();
    let organization = json!({"o": {"id": "org-1", "slug": "acme", "role": "owner"}});
    let claims = claims(&server.url(), &organization);
    for _ in 0..2 {
        let outcome = verify(&neon, &mint.token(&claims)).await;
        let Outcome::Identity(identity) = outcome else {
            panic!("{outcome:?}")
        };
        let expires = UNIX_EPOCH + Duration::from_secs(NOW + 840);
        assert_eq!(identity.expires, Some(expires));
        assert_eq!(
            Value::Object(known_facts(&identity.user)),
            json!({
                "id": "c5f8", "email": "ann@example.com", "email_verified": true,
                "teams": ["org-1"], "roles": ["owner"],
            })
        );
        assert_eq!(known_facts::claims(&identity.user), claims);
    }
    let lines: Vec<_> = server.requests().into_iter().map(|r| r.line).collect();
    assert_eq!(lines, ["GET /neondb/auth/.well-known/jwks.json HTTP/1.1"]);
}

#[tokio::test]
async fn only_a_users_token_is_one() {
    let mint = Mint::new(Algorithm::EdDsa, "k1");
    let server = service(&mint).await;
    let (neon, url) = (neon_at(&server), server.url());
    for (name, changes, known) in [
        ("a user", json!({}), true),
        (
            "an anonymous visitor",
            json!({"role": "anonymous", "email": null}),
            false,
        ),
        (
            "an administrator, which is no role of Neon's",
            json!({"role": "admin"}),
            false,
        ),
        ("no role", json!({"role": null}), false),
        (
            "a role in a list",
            json!({"role": ["authenticated"]}),
            false,
        ),
        (
            "a role in capitals",
            json!({"role": "Authenticated"}),
            false,
        ),
        ("an empty user", json!({"sub": ""}), false),
        ("no user", json!({"sub": null}), false),
        (
            "an ID is not a subject",
            json!({"sub": null, "id": "c5f8"}),
            false,
        ),
        (
            "issuer with a path",
            json!({"iss": format!("{url}/neondb/auth")}),
            false,
        ),
        (
            "issuer with a slash",
            json!({"iss": format!("{url}/")}),
            false,
        ),
        (
            "issuer without its port",
            json!({"iss": "http://127.0.0.1"}),
            false,
        ),
        (
            "of another branch",
            json!({"iss": "https://b.example", "aud": "https://b.example"}),
            false,
        ),
        (
            "for another branch",
            json!({"aud": "https://b.example"}),
            false,
        ),
        (
            "for two branches",
            json!({"aud": ["https://b.example", url]}),
            true,
        ),
        ("for nobody", json!({"aud": null}), false),
        ("expired", json!({"exp": NOW - 60}), false),
    ] {
        let outcome = verify(&neon, &mint.token(&claims(&url, &changes))).await;
        assert_eq!(is_known(&outcome), known, "{name}");
    }
    let right = claims(&url, &json!({}));
    let forged = Mint::new(Algorithm::EdDsa, "k1").token(&right);
    let webhook = mint.compact(
        r#"{"alg":"EdDSA","kid":"k1","typ":"secevent+jwt"}"#,
        right.to_string(),
    );
    let es256 = Mint::new(Algorithm::Es256, "k1").token(&right);
    for token in [
        forged,
        webhook,
        es256,
        "session-4711".to_owned(),
        String::new(),
    ] {
        assert_eq!(verify(&neon, &token).await, Outcome::Unauthenticated);
    }
}

#[tokio::test]
async fn a_ban_counts_until_its_end_and_in_any_form() {
    let mint = Mint::new(Algorithm::EdDsa, "k1");
    let server = service(&mint).await;
    let (neon, url) = (neon_at(&server), server.url());
    for (name, changes, known) in [
        ("banned", json!({"banned": true}), false),
        (
            "banned for ever",
            json!({"banned": true, "banExpires": null}),
            false,
        ),
        (
            "banned for now",
            json!({"banned": true, "banExpires": "2027-01-15T08:00:00.001Z"}),
            false,
        ),
        (
            "banned until now",
            json!({"banned": true, "banExpires": "2027-01-15T08:00:00.000Z"}),
            true,
        ),
        (
            "banned once",
            json!({"banned": true, "banExpires": "2026-12-24T18:00:00Z"}),
            true,
        ),
        (
            "banned once, in another zone",
            json!({"banned": true, "banExpires": "2027-01-15T09:59:59+02:00"}),
            true,
        ),
        (
            "banned until a number",
            json!({"banned": true, "banExpires": 1}),
            false,
        ),
        (
            "banned until a text",
            json!({"banned": true, "banExpires": "yesterday"}),
            false,
        ),
        (
            "banned until a day",
            json!({"banned": true, "banExpires": "2026-12-24"}),
            false,
        ),
        (
            "banned until 1969",
            json!({"banned": true, "banExpires": "1969-12-31T23:59:59Z"}),
            false,
        ),
        (
            "banned until 9999",
            json!({"banned": true, "banExpires": "9999-12-31T23:59:59Z"}),
            false,
        ),
        ("banned in a list", json!({"banned": []}), false),
        ("banned as a text", json!({"banned": "false"}), false),
        ("banned as a number", json!({"banned": 0}), false),
        (
            "the end of no ban",
            json!({"banExpires": "2099-01-01T00:00:00Z"}),
            true,
        ),
        ("never banned", json!({"banned": null}), true),
    ] {
        let outcome = verify(&neon, &mint.token(&claims(&url, &changes))).await;
        assert_eq!(is_known(&outcome), known, "{name}");
    }
}

#[tokio::test]
async fn what_is_odd_in_a_users_token_is_unknown() {
    let mint = Mint::new(Algorithm::EdDsa, "k1");
    let server = service(&mint).await;
    let neon = neon_at(&server);
    let (none, unknown) = (Some(json!([])), None);
    let one = |name: &str| Some(json!([name]));
    for (organization, teams, roles) in [
        (json!(null), none.clone(), none.clone()),
        (json!({}), unknown.clone(), unknown.clone()),
        (json!("org-1"), unknown.clone(), unknown.clone()),
        (json!(["org-1"]), unknown.clone(), unknown.clone()),
        (json!(false), unknown.clone(), unknown.clone()),
        (
            json!({"id": "org-1", "slug": "acme"}),
            one("org-1"),
            unknown.clone(),
        ),
        (
            json!({"slug": "acme", "role": "owner"}),
            unknown.clone(),
            one("owner"),
        ),
        (
            json!({"id": 7, "role": ""}),
            unknown.clone(),
            unknown.clone(),
        ),
        (
            json!({"id": "x".repeat(257), "role": "a\nb"}),
            unknown.clone(),
            unknown.clone(),
        ),
        // Whoever makes an organisation chooses its slug.
        (
            json!({"id": "org-2", "slug": "org-1", "role": "owner"}),
            one("org-2"),
            one("owner"),
        ),
    ] {
        let token = mint.token(&claims(&server.url(), &json!({"o": organization})));
        let Outcome::Identity(identity) = verify(&neon, &token).await else {
            panic!("{organization}")
        };
        let known = known_facts(&identity.user);
        assert_eq!(known.get("teams"), teams.as_ref(), "{organization}");
        assert_eq!(known.get("roles"), roles.as_ref(), "{organization}");
    }
    for (changes, expected) in [
        (
            json!({"email": null}),
            json!({"email": null, "email_verified": true}),
        ),
        (json!({"email": 7}), json!({"email_verified": true})),
        (
            json!({"email": "a\u{0}@b.example"}),
            json!({"email_verified": true}),
        ),
        (
            json!({"emailVerified": "true"}),
            json!({"email": "ann@example.com"}),
        ),
        // Stack Auth's spelling is not Neon's.
        (
            json!({"emailVerified": null, "email_verified": true}),
            json!({"email": "ann@example.com"}),
        ),
    ] {
        let token = mint.token(&claims(&server.url(), &changes));
        let Outcome::Identity(identity) = verify(&neon, &token).await else {
            panic!("{changes}")
        };
        let mut expected = expected;
        let rest = json!({"id": "c5f8", "teams": [], "roles": []});
        expected
            .as_object_mut()
            .unwrap()
            .extend(rest.as_object().unwrap().clone());
        assert_eq!(
            Value::Object(known_facts(&identity.user)),
            expected,
            "{changes}"
        );
    }
}

#[tokio::test]
async fn keys_may_be_elsewhere_and_the_origin_stays() {
    let mint = Mint::new(Algorithm::EdDsa, "k1");
    let server = service(&mint).await;
    let settings = branch(&json!({
        "url": "https://ep-1.neonauth.example/neondb/auth",
        "jwks_url": format!("{}/keys?v=1", server.url()),
    }));
    let neon = neon(&settings);
    let token = mint.token(&claims("https://ep-1.neonauth.example", &json!({})));
    assert!(is_known(&verify(&neon, &token).await));
    assert_eq!(server.requests()[0].line, "GET /keys?v=1 HTTP/1.1");
}

#[tokio::test]
async fn an_outage_or_a_wrong_address_is_not_the_tokens_fault() {
    let token = Mint::new(Algorithm::EdDsa, "k1").token(&json!({}));
    for (status, misconfigured) in [(500, false), (404, true)] {
        let server = Server::start(move |_, _| Reply::new(status, "text/plain", "no")).await;
        let outcome = verify(&neon_at(&server), &token).await;
        let matches = match outcome {
            Outcome::Misconfigured(_) => misconfigured,
            Outcome::Unavailable(_) => !misconfigured,
            _ => false,
        };
        assert!(matches, "{status}: {outcome:?}");
    }
}

#[tokio::test]
async fn nothing_of_a_token_is_logged_or_shown() {
    let log = Log::start();
    let mint = Mint::new(Algorithm::EdDsa, "k1");
    let server = service(&mint).await;
    let neon = neon_at(&server);
    let mut outcomes = Vec::new();
    for changes in [
        json!({}),
        json!({"role": "secret"}),
        json!({"banned": true, "banReason": "secret"}),
        json!({"exp": 1}),
    ] {
        let token = mint.token(&claims(&server.url(), &changes));
        outcomes.push(verify(&neon, &token).await);
        let payload = token.split('.').nth(1).unwrap();
        assert!(!log.all().contains(payload), "{}", log.all());
    }
    for shown in [format!("{outcomes:?}"), log.all()] {
        assert!(
            !shown.contains("example.com") && !shown.contains("secret"),
            "{shown}"
        );
    }
    let log = log.ours();
    assert!(
        log.contains("is banned") && log.contains("its role is not"),
        "{log}"
    );
}
