//! What the header may say.

use super::*;
use crate::jwk::MAX_KID;

/// A header that is right, and one more member.
fn header_with(member: &str) -> String {
    format!(r#"{{"alg":"ES256","kid":"k1",{member}}}"#)
}

#[test]
fn the_header_as_json() {
    let mint = Mint::new(Algorithm::Es256, "k1");
    let nested = |depth: usize| {
        let levels = format!(r#""x":{}{}"#, "[".repeat(depth), "]".repeat(depth));
        header_with(&levels)
    };
    let many = |count: usize| {
        let members: Vec<String> = (0..count).map(|i| format!(r#""x{i}":0"#)).collect();
        header_with(&members.join(","))
    };
    let right = r#"{"alg":"ES256","kid":"k1"}"#;
    for (name, header, expected) in [
        ("as it should be", right.into(), Ok(())),
        (
            "whitespace",
            " {\n\"kid\" : \"k1\",\t\"alg\":\"ES256\" }\r\n".into(),
            Ok(()),
        ),
        (
            "escaped names",
            r#"{"\u0061lg":"ES256","k\u0069d":"k1"}"#.into(),
            Ok(()),
        ),
        (
            "escaped values",
            r#"{"alg":"\u0045S256","kid":"\u006b1"}"#.into(),
            Ok(()),
        ),
        (
            "unknown members",
            header_with(r#""x":[{"y":null}],"z":1.5,"n":-1,"b":true"#),
            Ok(()),
        ),
        ("as deep as may be", nested(MAX_DEPTH - 1), Ok(())),
        ("as many members as may be", many(30), Ok(())),
        ("a level too deep", nested(MAX_DEPTH), Err(Refusal::Header)),
        ("thousands of levels", nested(2_000), Err(Refusal::Header)),
        ("a member too many", many(31), Err(Refusal::Header)),
        (
            "alg twice",
            header_with(r#""alg":"ES256""#),
            Err(Refusal::Header),
        ),
        (
            "alg twice, escaped",
            header_with(r#""\u0061lg":"ES256""#),
            Err(Refusal::Header),
        ),
        (
            "kid twice",
            header_with(r#""kid":"k1""#),
            Err(Refusal::Header),
        ),
        (
            "unknown twice",
            header_with(r#""x":1,"x":1"#),
            Err(Refusal::Header),
        ),
        (
            "twice inside",
            header_with(r#""jwk":{"x":1,"\u0078":1}"#),
            Err(Refusal::Header),
        ),
        ("a list", "[]".into(), Err(Refusal::Header)),
        ("a text", r#""ES256""#.into(), Err(Refusal::Header)),
        ("null", "null".into(), Err(Refusal::Header)),
        (
            "cut short",
            r#"{"alg":"ES256","kid":"k1""#.into(),
            Err(Refusal::Header),
        ),
        ("goes on", format!("{right}{{}}"), Err(Refusal::Header)),
        ("BOM", format!("\u{feff}{right}"), Err(Refusal::Header)),
        (
            "lone surrogate",
            header_with(r#""x":"\ud800""#),
            Err(Refusal::Header),
        ),
        ("comment", format!("{right}//"), Err(Refusal::Header)),
    ] {
        let token = mint.compact(&header, right_claims().to_string());
        assert_eq!(outcome(&token, &mint), expected, "{name}");
    }
    let token = mint.compact(
        b"{\"alg\":\"ES256\",\"kid\":\"\xff\"}",
        right_claims().to_string(),
    );
    assert_eq!(outcome(&token, &mint), Err(Refusal::Header), "not UTF-8");
}

#[test]
fn the_members_of_the_header() {
    let mint = Mint::new(Algorithm::Es256, "k1");
    let kid = |kid: &str| format!(r#"{{"alg":"ES256","kid":{kid}}}"#);
    let long = format!("\"{}\"", "k".repeat(10_000));
    let alg = |alg: &str| format!(r#"{{"alg":{alg},"kid":"k1"}}"#);
    for (name, header, refusal) in [
        ("alg none", alg("\"none\""), Refusal::Algorithm),
        ("alg None", alg("\"None\""), Refusal::Algorithm),
        ("alg NONE", alg("\"NONE\""), Refusal::Algorithm),
        ("alg nOnE", alg("\"nOnE\""), Refusal::Algorithm),
        ("alg empty", alg("\"\""), Refusal::Algorithm),
        ("alg null", alg("null"), Refusal::Algorithm),
        ("alg number", alg("256"), Refusal::Algorithm),
        ("alg list", alg(r#"["ES256"]"#), Refusal::Algorithm),
        ("alg object", alg(r#"{"ES256":1}"#), Refusal::Algorithm),
        ("alg true", alg("true"), Refusal::Algorithm),
        ("alg in lower case", alg("\"es256\""), Refusal::Algorithm),
        ("alg with a space", alg("\"ES256 \""), Refusal::Algorithm),
        ("alg missing", r#"{"kid":"k1"}"#.into(), Refusal::Algorithm),
        ("another alg", alg("\"ES384\""), Refusal::Algorithm),
        ("kid unknown", kid("\"k2\""), Refusal::UnknownKey),
        ("kid empty", kid("\"\""), Refusal::UnknownKey),
        ("kid in upper case", kid("\"K1\""), Refusal::UnknownKey),
        ("kid a path", kid("\"../../dev/null\""), Refusal::UnknownKey),
        ("kid SQL", kid("\"k1' OR '1'='1\""), Refusal::UnknownKey),
        (
            "kid an address",
            kid("\"https://evil.example/jwks\""),
            Refusal::UnknownKey,
        ),
        (
            "kid and a zero byte",
            kid("\"k1\\u0000\""),
            Refusal::UnknownKey,
        ),
        ("kid number", kid("1"), Refusal::KeyId),
        ("kid null", kid("null"), Refusal::KeyId),
        ("kid list", kid("[\"k1\"]"), Refusal::KeyId),
        (
            "kid of 257 bytes",
            kid(&format!("\"{}\"", "k".repeat(257))),
            Refusal::KeyId,
        ),
        ("kid of 10 kB", kid(&long), Refusal::TooLong),
        (
            "crit unknown",
            header_with(r#""crit":["x"],"x":1"#),
            Refusal::Critical,
        ),
        ("crit empty", header_with(r#""crit":[]"#), Refusal::Critical),
        (
            "crit no list",
            header_with(r#""crit":"x""#),
            Refusal::Critical,
        ),
        (
            "crit null",
            header_with(r#""crit":null"#),
            Refusal::Critical,
        ),
        (
            "crit not there",
            header_with(r#""crit":["x"]"#),
            Refusal::Critical,
        ),
        (
            "crit of a standard name",
            header_with(r#""crit":["alg"]"#),
            Refusal::Critical,
        ),
        (
            "crit and b64",
            header_with(r#""crit":["b64"],"b64":false"#),
            Refusal::Critical,
        ),
        (
            "b64 false",
            header_with(r#""b64":false"#),
            Refusal::Unencoded,
        ),
        ("b64 true", header_with(r#""b64":true"#), Refusal::Unencoded),
        ("zip", header_with(r#""zip":"DEF""#), Refusal::Compressed),
        ("enc", header_with(r#""enc":"A256GCM""#), Refusal::Encrypted),
        ("nested", header_with(r#""cty":"JWT""#), Refusal::Nested),
        (
            "nested, in lower case",
            header_with(r#""cty":"application/jwt""#),
            Refusal::Nested,
        ),
        ("cty number", header_with(r#""cty":1"#), Refusal::Header),
        ("typ number", header_with(r#""typ":1"#), Refusal::Type),
        ("typ list", header_with(r#""typ":["JWT"]"#), Refusal::Type),
    ] {
        let token = mint.compact(&header, right_claims().to_string());
        assert_eq!(outcome(&token, &mint), Err(refusal), "{name}");
    }
}

#[test]
fn the_kind_of_token() {
    let mint = Mint::new(Algorithm::EdDsa, "k1");
    let any = Ok(());
    let refused = Err(Refusal::Type);
    for (typ, by_any, by_access_token) in [
        (None, any, refused),
        (Some("JWT"), any, refused),
        (Some("jwt"), any, refused),
        (Some("application/jwt"), any, refused),
        (Some(""), any, refused),
        (Some("at+jwt"), any, any),
        (Some("AT+JWT"), any, any),
        (Some("application/at+jwt"), any, any),
        (Some("Application/AT+jwt"), any, any),
        (Some("text/at+jwt"), refused, refused),
        (Some("application/application/at+jwt"), refused, refused),
        (Some(" at+jwt"), refused, refused),
        (Some("cat+jwt"), refused, refused),
        (Some("dpop+jwt"), refused, refused),
        (Some("DPoP+JWT"), refused, refused),
        (Some("application/dpop+jwt"), refused, refused),
        (Some("logout+jwt"), refused, refused),
        (Some("secevent+jwt"), refused, refused),
        (Some("application/secevent+jwt"), refused, refused),
        (Some("token-introspection+jwt"), refused, refused),
    ] {
        let mut header = json!({"alg": "EdDSA", "kid": "k1"});
        if let Some(typ) = typ {
            header["typ"] = json!(typ);
        }
        let token = mint.compact(header.to_string(), right_claims().to_string());
        for (expected, rule) in [(by_any, Typ::Any), (by_access_token, Typ::AccessToken)] {
            let rules = Rules {
                typ: rule,
                ..rules(Algorithm::EdDsa)
            };
            let outcome = verify(&token, &rules, &mint.keys(), now()).map(|_| ());
            assert_eq!(outcome, expected, "{typ:?}, {rule:?}");
        }
    }
}

/// Case 5: a key that the token brings itself has no effect.
#[test]
fn a_key_in_the_header_is_read_past() {
    let mint = Mint::new(Algorithm::Es256, "k1");
    let forger = Mint::new(Algorithm::Es256, "k1");
    let jwk = forger.jwk();
    for (name, member) in [
        ("jwk", json!(jwk)),
        ("jku", json!("https://evil.example/jwks.json")),
        ("x5u", json!("https://evil.example/chain.pem")),
        ("x5c", json!(["MIIB"])),
    ] {
        let mut header = json!({"alg": "ES256", "kid": "k1"});
        header[name] = member;
        let token = |mint: &Mint| mint.compact(header.to_string(), right_claims().to_string());
        assert_eq!(
            outcome(&token(&forger), &mint),
            Err(Refusal::Signature),
            "{name}"
        );
        assert_eq!(outcome(&token(&mint), &mint), Ok(()), "{name}");
    }
}

#[test]
fn a_kid_may_be_as_long_as_the_limit() {
    let mint = Mint::new(Algorithm::Es256, "k1");
    for (length, refusal) in [
        (MAX_KID, Refusal::UnknownKey),
        (MAX_KID + 1, Refusal::KeyId),
    ] {
        let header = format!(r#"{{"alg":"ES256","kid":"{}"}}"#, "k".repeat(length));
        let token = mint.compact(&header, right_claims().to_string());
        assert_eq!(outcome(&token, &mint), Err(refusal), "{length}");
    }
}
