//! Tokens that are nearly right: each differs from a good one in a single thing, is a 401 and never a
//! 500, and is refused for that thing and no other.

use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::{Map, Value, json};
use tollgate_tests::counterpart::oidc::{Access, Craft, OidcProvider, Signature};
use tollgate_tests::counterpart::{Jwt, kids};

use super::{AUDIENCE, SIGNED_IN, entry, function, me, object, refusals, token};

const ALGORITHM: &str = "the token's `alg` is not one of those expected";
const AUDIENCES: &str = "the token's audience is not one of those expected";
const COMPACT: &str = "the token does not have three parts";
const ENCODING: &str = "the token is not strict base64url";
const HEADER: &str = "the token's header is not a small JSON object of distinct members";
const ISSUER: &str = "the token's `iss` is not one of those expected";
const KEY_ID: &str = "the token's `kid` is not a short text";
const KEY_MISMATCH: &str = "the token's key is not for its `alg`";
const PAYLOAD: &str = "the token's payload is not a JSON object of distinct members";
const SIGNATURE: &str = "the token's signature is wrong";
const SUBJECT: &str = "the token's `sub` is not a short, non-empty text";
const TIME: &str = "the token's `exp`, `nbf` or `iat` is missing or not a time";
const TYPE: &str = "the token's `typ` is that of another kind of token";
const UNKNOWN_KEY: &str = "the token's key is not in the key set";

/// A good token's texts, and the provider that signs others.
struct Genuine<'a> {
    oidc: &'a OidcProvider,
    header: Map<String, Value>,
    payload: Map<String, Value>,
}

impl<'a> Genuine<'a> {
    async fn of(oidc: &'a OidcProvider) -> Self {
        let Jwt { header, payload } = Jwt::read(&token(oidc, "u-light").await);
        Self {
            oidc,
            header,
            payload,
        }
    }

    /// With these members in place of its own; null takes one out.
    async fn with(&self, header: Value, payload: Value) -> String {
        let header = json!(merged(&self.header, header));
        self.signed(
            header,
            json!(merged(&self.payload, payload)),
            Signature::Current,
        )
        .await
    }

    async fn with_claim(&self, name: &str, value: Value) -> String {
        let mut payload = self.payload.clone();
        payload.insert(name.to_owned(), value);
        let header = json!(self.header);
        self.signed(header, json!(payload), Signature::Current)
            .await
    }

    /// Signed by RS256, whatever the header says, but for the HMACs.
    async fn signed(&self, header: Value, payload: Value, signature: Signature) -> String {
        let by_key = matches!(signature, Signature::Current | Signature::Foreign);
        let algorithm = by_key.then_some("RS256");
        self.oidc
            .craft(&Craft {
                header,
                payload,
                signature,
                algorithm,
            })
            .await
    }
}

fn merged(members: &Map<String, Value>, change: Value) -> Map<String, Value> {
    let mut members = members.clone();
    for (name, value) in object(change) {
        if value.is_null() {
            members.remove(&name);
        } else {
            members.insert(name, value);
        }
    }
    members
}

fn now() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap()
        .as_secs()
}

/// The text of an object with one more member at its end, which may be there already.
fn and(members: &Map<String, Value>, more: &str) -> Value {
    let text = json!(members).to_string();
    json!(format!("{},{more}}}", text.strip_suffix('}').unwrap()))
}

/// A case: what it is, the token, why it is refused.
type Case = (String, String, &'static str);

async fn of_headers(genuine: &Genuine<'_>) -> Vec<Case> {
    let es256 = genuine.oidc.jwks().await.body["keys"][2]["kid"].clone();
    let foreign = kids(&genuine.oidc.foreign_keys().await)[0].clone();
    let long = "k".repeat(257);
    let mut cases = Vec::new();
    for (change, why) in [
        (json!({"alg": "none"}), ALGORITHM),
        (json!({"alg": "None"}), ALGORITHM),
        (json!({"alg": "nOnE"}), ALGORITHM),
        (json!({"alg": "rs256"}), ALGORITHM),
        (json!({"alg": "PS256"}), ALGORITHM),
        (json!({"alg": null}), ALGORITHM),
        (json!({"alg": ["RS256"]}), ALGORITHM),
        (json!({"alg": 256}), ALGORITHM),
        (json!({"typ": null}), TYPE),
        (json!({"typ": "JWT"}), TYPE),
        (json!({"typ": "dpop+jwt"}), TYPE),
        (json!({"typ": "logout+jwt"}), TYPE),
        (json!({"typ": "secevent+jwt"}), TYPE),
        (json!({"typ": "token-introspection+jwt"}), TYPE),
        (json!({"typ": 1}), TYPE),
        (json!({"crit": ["exp"]}), "the token's header has `crit`"),
        (json!({"crit": []}), "the token's header has `crit`"),
        (json!({"crit": "exp"}), "the token's header has `crit`"),
        (
            json!({"crit": ["b64"], "b64": true}),
            "the token's header has `b64`",
        ),
        (json!({"b64": false}), "the token's header has `b64`"),
        (json!({"zip": "DEF"}), "the token's header has `zip`"),
        (json!({"enc": "A256GCM"}), "the token is encrypted"),
        (json!({"cty": "JWT"}), "the token holds another token"),
        (json!({"kid": 1}), KEY_ID),
        (json!({"kid": long}), KEY_ID),
        (json!({"kid": "../../dev/null"}), UNKNOWN_KEY),
        (json!({"kid": ""}), UNKNOWN_KEY),
        (json!({"kid": foreign}), UNKNOWN_KEY),
        (json!({"kid": es256}), KEY_MISMATCH),
    ] {
        let token = genuine.with(change.clone(), json!({})).await;
        cases.push((format!("header {change}"), token, why));
    }
    let more = [
        r#""alg":"RS256""#,
        r#""alg":"none""#,
        r#""\u0061lg":"none""#,
        r#""kid":"other""#,
    ];
    for more in more {
        let header = and(&genuine.header, more);
        let payload = json!(genuine.payload);
        let token = genuine.signed(header, payload, Signature::Current).await;
        cases.push((format!("header with {more} again"), token, HEADER));
    }
    for text in ["", "null", "[]", "\"RS256\"", "{\"alg\":\"RS256\"} "] {
        let payload = json!(genuine.payload);
        let token = genuine
            .signed(json!(text), payload, Signature::Current)
            .await;
        let why = match text {
            "" => COMPACT,
            // Blanks at the end are JSON; what is missing is the type.
            text if text.starts_with('{') => TYPE,
            _ => HEADER,
        };
        cases.push((format!("header text {text:?}"), token, why));
    }
    cases
}

async fn of_payloads(genuine: &Genuine<'_>) -> Vec<Case> {
    let (now, issuer) = (now(), genuine.oidc.issuer());
    let long = "u".repeat(257);
    let mut cases = Vec::new();
    for (claim, value, why) in [
        ("aud", json!("https://other.example.com"), AUDIENCES),
        ("aud", json!(format!("{AUDIENCE}/")), AUDIENCES),
        ("aud", json!(AUDIENCE.to_uppercase()), AUDIENCES),
        ("aud", json!("app"), AUDIENCES),
        ("aud", json!(""), AUDIENCES),
        ("aud", json!([]), AUDIENCES),
        ("aud", json!([[AUDIENCE]]), AUDIENCES),
        ("aud", json!([AUDIENCE, 1]), AUDIENCES),
        ("aud", json!({AUDIENCE: true}), AUDIENCES),
        ("aud", Value::Null, AUDIENCES),
        ("iss", json!(format!("{issuer}/")), ISSUER),
        ("iss", json!(issuer.replace("http:", "https:")), ISSUER),
        ("iss", json!(issuer.to_uppercase()), ISSUER),
        ("iss", json!("https://accounts.example.com"), ISSUER),
        ("iss", json!([issuer]), ISSUER),
        ("iss", Value::Null, ISSUER),
        ("exp", json!(now - 40), "the token has expired"),
        ("exp", json!(0), "the token has expired"),
        ("exp", json!((now + 300).to_string()), TIME),
        ("exp", json!(-1), TIME),
        ("exp", json!(true), TIME),
        ("exp", json!([now + 300]), TIME),
        ("exp", json!((now + 300) * 1000), TIME),
        ("exp", json!(1e300), TIME),
        ("exp", Value::Null, TIME),
        ("nbf", json!(now + 90), "the token's `nbf` has not come yet"),
        ("nbf", json!("soon"), TIME),
        ("iat", json!(now + 90), "the token's `iat` has not come yet"),
        ("sub", json!(""), SUBJECT),
        ("sub", json!(7), SUBJECT),
        ("sub", json!("u-light\nx-admin: yes"), SUBJECT),
        ("sub", json!(long), SUBJECT),
        ("sub", json!(["u-light"]), SUBJECT),
        ("sub", Value::Null, SUBJECT),
    ] {
        let token = genuine.with_claim(claim, value.clone()).await;
        cases.push((format!("{claim} {value}"), token, why));
        if value.is_null() {
            let token = genuine.with(json!({}), json!({claim: null})).await;
            cases.push((format!("no {claim}"), token, why));
        }
    }
    let deep = format!("\"deep\":{}{}", "[".repeat(500), "]".repeat(500));
    let more = [
        r#""sub":"u-pro""#,
        r#""s\u0075b":"u-pro""#,
        r#""exp":9999999999"#,
        r#""a":{"b":1,"b":2}"#,
        r#""a":NaN"#,
        r#""a":1e400"#,
        r#""a":"\ud800""#,
        &deep,
    ];
    let texts = ["null", "[]", "\"u-light\"", "{", "{} {}", "\u{feff}{}"];
    let payloads = more
        .map(|more| and(&genuine.payload, more))
        .into_iter()
        .chain(texts.map(|text| json!(text)));
    for payload in payloads {
        let header = json!(genuine.header);
        let token = genuine
            .signed(header, payload.clone(), Signature::Current)
            .await;
        cases.push((format!("payload {payload}"), token, PAYLOAD));
    }
    cases
}

async fn of_signatures(genuine: &Genuine<'_>) -> Vec<Case> {
    let payload = || json!(genuine.payload);
    let mut cases = Vec::new();
    for alg in ["none", "None", "NONE", "RS256"] {
        let header = json!(merged(&genuine.header, json!({"alg": alg})));
        let token = genuine.signed(header, payload(), Signature::Empty).await;
        cases.push((format!("{alg} without a signature"), token, COMPACT));
    }
    for form in [
        Signature::PublicPem,
        Signature::PublicPemTrimmed,
        Signature::PublicDer,
        Signature::PublicJwk,
        Signature::PublicRaw,
    ] {
        for alg in ["HS256", "HS384", "HS512"] {
            let header = json!(merged(&genuine.header, json!({"alg": alg})));
            let token = genuine.signed(header, payload(), form).await;
            cases.push((format!("{alg} with {form:?}"), token, ALGORITHM));
        }
    }
    // A key of the token's own choice: named, brought along, or merely used.
    let foreign = genuine.oidc.foreign_keys().await["keys"][0].clone();
    let address = format!("{}/control/foreign-keys", genuine.oidc.issuer());
    for change in [
        json!({}),
        json!({"jwk": foreign}),
        json!({"jku": address}),
        json!({"x5u": address}),
        json!({"x5c": ["MIIB"]}),
    ] {
        let header = json!(merged(&genuine.header, change.clone()));
        let token = genuine.signed(header, payload(), Signature::Foreign).await;
        cases.push((format!("a foreign key, and {change}"), token, SIGNATURE));
    }
    cases
}

/// What happens to a token on its way.
async fn of_forms(genuine: &Genuine<'_>) -> Vec<Case> {
    let good = token(genuine.oidc, "u-light").await;
    let other = token(genuine.oidc, "u-other").await;
    let parts: Vec<&str> = good.split('.').collect();
    let [header, payload, signature] = parts[..] else {
        panic!("three parts")
    };
    let theirs = other.split('.').nth(1).unwrap();
    let cut = good.get(..good.len() - 2).unwrap();
    let later = signature.get(1..).unwrap();
    let zeros = "A".repeat(signature.len());
    [
        (
            "another payload",
            format!("{header}.{theirs}.{signature}"),
            SIGNATURE,
        ),
        ("zeros", format!("{header}.{payload}.{zeros}"), SIGNATURE),
        ("cut off", cut.to_owned(), SIGNATURE),
        ("padded", format!("{good}=="), ENCODING),
        (
            "of base64",
            format!("{header}.{payload}.+{later}"),
            ENCODING,
        ),
        ("two parts", format!("{header}.{payload}"), COMPACT),
        ("four parts", format!("{good}.{signature}"), COMPACT),
        (
            "five parts",
            format!("{good}.{signature}.{signature}"),
            "the token is encrypted",
        ),
        ("dots", ".".repeat(1000), COMPACT),
        ("a dot in front", format!(".{good}"), COMPACT),
        ("a dot behind", format!("{good}."), COMPACT),
        ("twice", format!("{good}.{good}"), COMPACT),
        ("a word", "u-light".to_owned(), COMPACT),
    ]
    .map(|(what, token, why)| (what.to_owned(), token, why))
    .into()
}

#[tokio::test]
async fn every_near_miss_is_refused_for_what_is_wrong_with_it() {
    let oidc = OidcProvider::start();
    let function = function(&entry(&oidc, ""), SIGNED_IN);
    let genuine = Genuine::of(&oidc).await;
    for (header, payload) in [
        (json!({}), json!({})),
        (
            json!({"typ": "application/AT+JWT"}),
            json!({"aud": [AUDIENCE, "https://other.example.com"]}),
        ),
        (
            json!({"jku": "https://evil.example.com", "kid": null}),
            json!({"nbf": now(), "exp": now() + 9}),
        ),
        // Clocks are never quite the same.
        (json!({}), json!({"exp": now() - 5})),
        (json!({}), json!({"nbf": now() + 10, "iat": now() + 10})),
    ] {
        let token = genuine.with(header.clone(), payload.clone()).await;
        let invoked = me(&function, &token).await;
        assert_eq!(invoked.status(), 200, "{header} {payload}: {invoked:?}");
    }

    let mut cases = of_headers(&genuine).await;
    cases.extend(of_payloads(&genuine).await);
    cases.extend(of_signatures(&genuine).await);
    cases.extend(of_forms(&genuine).await);
    let before = oidc.requests("GET /jwks").await;
    for (what, token, _) in &cases {
        let invoked = me(&function, token).await;
        assert_eq!(invoked.status(), 401, "{what}: {invoked:?}");
    }
    let got = refusals(&function, cases.len()).await;
    assert_eq!(got.len(), cases.len(), "one line in the log for each");
    let otherwise = cases
        .iter()
        .zip(&got)
        .filter(|((_, _, why), got)| got != why);
    let otherwise: Vec<_> = otherwise.map(|((what, ..), got)| (what, got)).collect();
    assert!(
        otherwise.is_empty(),
        "refused for another reason: {otherwise:#?}"
    );
    assert_eq!(
        oidc.requests("GET /jwks").await,
        before + 1,
        "unknown keys are looked for once"
    );
}

/// A token longer than any header can be is nobody's before anybody looks into it.
#[tokio::test]
async fn a_token_without_end_is_nobodys() {
    let oidc = OidcProvider::start();
    let function = function(&entry(&oidc, ""), SIGNED_IN);
    let access = Access {
        claims: object(json!({"padding": "x".repeat(8 * 1024)})),
        ..Access::new("u-light", AUDIENCE)
    };
    let token = oidc.access_token(&access).await;
    let invoked = me(&function, &token).await;
    assert_eq!(invoked.status(), 401, "{invoked:?}");
}
