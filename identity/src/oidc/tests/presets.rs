//! The tokens in `tests/presets/*.json`, each signed and verified as a whole.
//!
//! A file has an issuer's settings (`oidc`), its algorithm, the claims of a token as it really
//! signs them, and the claims that users write themselves (`hidden`). A case changes the claims
//! (`with`, `without`), the header or the settings, and says what is known of the user whose
//! token it is, what is absent there being unknown; `null` says that the token is refused.

use super::*;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    oidc: Map<String, Value>,
    algorithm: Algorithm,
    #[serde(default)]
    hidden: Vec<String>,
    claims: Map<String, Value>,
    cases: Vec<Case>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    name: String,
    #[serde(default)]
    with: Map<String, Value>,
    #[serde(default)]
    without: Vec<String>,
    #[serde(default)]
    header: Map<String, Value>,
    #[serde(default)]
    oidc: Map<String, Value>,
    // Refused only if the file says so, not for want of the member.
    #[serde(deserialize_with = "Option::deserialize")]
    user: Option<Map<String, Value>>,
}

async fn run(file: &str) {
    let file: File = serde_json::from_str(file).unwrap();
    assert!(file.cases.len() > 5, "some cases were lost");
    let mint = Mint::new(file.algorithm, "k1");
    let server = issuer(&[&mint]).await;
    for case in file.cases {
        let name = &case.name;
        let mut settings = file.oidc.clone();
        settings.insert(
            "keys".to_owned(),
            json!({"url": format!("{}/jwks", server.url())}),
        );
        settings.extend(case.oidc);
        let oidc = oidc(&Value::Object(settings));

        let mut claims = file.claims.clone();
        claims.retain(|claim, _| !case.without.contains(claim));
        claims.extend(case.with);
        let mut header = json!({"alg": mint.algorithm().to_string(), "kid": "k1"});
        header.as_object_mut().unwrap().extend(case.header);
        let token = mint.compact(
            header.to_string(),
            Value::Object(claims.clone()).to_string(),
        );

        match (verify(&oidc, &token).await, case.user) {
            (Outcome::Identity(identity), Some(expected)) => {
                assert_eq!(known_facts(&identity.user), expected, "{name}");
                claims.retain(|claim, _| !file.hidden.contains(claim));
                let seen = known_facts::claims(&identity.user);
                assert_eq!(seen, Value::Object(claims), "{name}");
            }
            (Outcome::Unauthenticated, None) => {}
            (outcome, expected) => panic!("{name}: {outcome:?}, but expected {expected:?}"),
        }
    }
}

macro_rules! presets {
    ($($preset:ident)*) => {
        $(#[tokio::test]
        async fn $preset() {
            run(include_str!(concat!(
                "../../../tests/presets/",
                stringify!($preset),
                ".json"
            )))
            .await;
        })*
    };
}

presets! { cognito auth0 clerk supabase firebase keycloak better_auth outseta }
