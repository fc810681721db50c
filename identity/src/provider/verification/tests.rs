#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use serde_json::json;
use tollgate_engine::FactKind;

use super::*;

#[test]
fn how_tokens_are_verified_and_why() {
    let nothing = Needs::default();
    let products = Needs {
        facts: FactSet::of(&[FactKind::Products]),
        claims: Vec::new(),
    };
    let published = "its tokens are signed with published or shared keys";
    let asked = "only the provider can tell whose its tokens are";
    let enough = "the token carries all that the policy asks for";
    let lacking = "the token does not carry all that the policy asks for (products)";
    let unknown = "the server is not to be asked, so what the token does not carry is unknown";
    let tiun = json!({"environment": "live", "api_key": "env:S"});
    let introspection = json!({
        "url": "https://id.example/introspect", "client_id": "tollgate",
        "client_secret": "env:S", "audience": "api",
    });
    let oidc = json!({"issuer": "https://a.example", "audience": "api", "algorithms": ["ES256"]});
    let neon = json!({"url": "https://a.example/neondb/auth"});
    let authgate = json!({"url": "https://auth.example", "api_key": "env:S"});
    let mut local = authgate.clone();
    local["local_hs256_secret"] = "env:S".into();
    let stack =
        |verify: &str| json!({"project": "p", "secret_server_key": "env:S", "verify": verify});
    for (kind, settings, needs, mode, why) in [
        ("tiun", tiun, &nothing, Mode::Rest, asked),
        ("introspection", introspection, &products, Mode::Rest, asked),
        ("oidc", oidc, &products, Mode::Jwt, published),
        ("neon_auth", neon, &products, Mode::Jwt, published),
        ("authgate", authgate, &nothing, Mode::Rest, asked),
        ("authgate", local.clone(), &nothing, Mode::Jwt, enough),
        ("authgate", local, &products, Mode::Rest, lacking),
        ("stack_auth", stack("auto"), &nothing, Mode::Jwt, enough),
        ("stack_auth", stack("auto"), &products, Mode::Rest, lacking),
        ("stack_auth", stack("jwt"), &products, Mode::Jwt, unknown),
        (
            "stack_auth",
            stack("rest"),
            &nothing,
            Mode::Rest,
            "`verify: rest` says so",
        ),
        (
            "neon_auth",
            json!({"stack_project": "p"}),
            &products,
            Mode::Jwt,
            unknown,
        ),
    ] {
        let provider: ProviderSettings = serde_json::from_value(json!({kind: settings})).unwrap();
        let verification = provider.verification(needs);
        assert_eq!(
            (verification.mode, verification.why.as_str()),
            (mode, why),
            "{kind}"
        );
        assert_eq!(provider.mode(needs), mode, "{kind}");
        // Which of them ever know of products.
        let knows = mode == Mode::Rest && matches!(kind, "tiun" | "stack_auth");
        assert_eq!(
            verification.facts.contains(FactKind::Products),
            knows,
            "{kind}"
        );
    }
}
