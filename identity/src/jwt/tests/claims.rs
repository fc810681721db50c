//! What the payload may say.

use super::*;
use crate::jwt::claims::{check, read};

/// The right claims, one of them set to this JSON text, or taken out.
fn with(name: &str, json: Option<&str>) -> String {
    let mut members: Vec<String> = right_claims()
        .as_object()
        .unwrap()
        .iter()
        .filter(|(other, _)| *other != name)
        .map(|(name, value)| format!("\"{name}\":{value}"))
        .collect();
    members.extend(json.map(|json| format!("\"{name}\":{json}")));
    format!("{{{}}}", members.join(","))
}

/// What becomes of a payload whose signature is right. That [`verify`] does the same is
/// tested on whole tokens.
fn judge(payload: &str, rules: &Rules) -> Result<(), Refusal> {
    check(read(payload.as_bytes())?, rules, now()).map(|_| ())
}

#[test]
fn the_payload_as_json() {
    let mint = Mint::new(Algorithm::EdDsa, "k1");
    let right = right_claims().to_string();
    let nested = |depth: usize| {
        let levels = format!("{}{}", "[".repeat(depth), "]".repeat(depth));
        with("x", Some(&levels))
    };
    let refused = Err(Refusal::Payload);
    for (name, payload, expected) in [
        ("as it should be", right.clone(), Ok(())),
        ("escapes", with("s\\u0075b", Some("\"u\"")), refused),
        ("as deep as may be", nested(MAX_DEPTH - 1), Ok(())),
        ("a level too deep", nested(MAX_DEPTH), refused),
        ("thousands of levels", "[".repeat(5_000), refused),
        ("a list", "[]".into(), refused),
        ("a text", "\"x\"".into(), refused),
        ("a number", "1".into(), refused),
        ("null", "null".into(), refused),
        ("nothing but a space", " ".into(), refused),
        ("another token", mint.token(&right_claims()), refused),
        ("goes on", format!("{right}x"), refused),
        ("a second one", format!("{right}{right}"), refused),
        ("BOM", format!("\u{feff}{right}"), refused),
        ("lone surrogate", with("x", Some(r#""\udc00""#)), refused),
        ("NaN", with("x", Some("NaN")), refused),
        ("Infinity", with("x", Some("Infinity")), refused),
        ("1e400", with("x", Some("1e400")), refused),
        ("leading zero", with("x", Some("01")), refused),
        ("newline in a text", with("x", Some("\"\n\"")), refused),
        (
            "sub twice",
            format!(r#"{{"sub":"a",{}"#, &right[1..]),
            refused,
        ),
        (
            "exp twice",
            format!(r#"{{"exp":1,{}"#, &right[1..]),
            refused,
        ),
        (
            "escaped twice",
            format!(r#"{{"\u0065xp":1,{}"#, &right[1..]),
            refused,
        ),
        (
            "twice inside",
            with("x", Some(r#"[{"a":1,"a":1}]"#)),
            refused,
        ),
    ] {
        let token = mint.compact(r#"{"alg":"EdDSA","kid":"k1"}"#, &payload);
        assert_eq!(outcome(&token, &mint), expected, "{name}");
    }
    let token = mint.compact(r#"{"alg":"EdDSA","kid":"k1"}"#, b"{\"x\":\"\xff\"}");
    assert_eq!(outcome(&token, &mint), refused, "not UTF-8");
}

#[test]
fn times_are_numbers() {
    let rules = rules(Algorithm::EdDsa);
    for claim in ["exp", "nbf", "iat"] {
        for json in [
            "null",
            "\"1700000000\"",
            "true",
            "[1700000000]",
            "{}",
            "-1",
            "-0.5",
            "1e308",
            "253402300800",
            "9007199254740993",
            "9223372036854775808",
            "18446744073709551615",
            "18446744073709551616",
            "1800000060000",
        ] {
            let judged = judge(&with(claim, Some(json)), &rules);
            assert_eq!(judged, Err(Refusal::Time), "{claim} {json}");
        }
        let judged = judge(&with(claim, Some("1e400")), &rules);
        assert_eq!(judged, Err(Refusal::Payload), "{claim} 1e400");
    }
    assert_eq!(judge(&with("exp", None), &rules), Err(Refusal::Time));
    for claim in ["nbf", "iat"] {
        assert_eq!(judge(&with(claim, None), &rules), Ok(()), "{claim}");
        assert_eq!(judge(&with(claim, Some("0")), &rules), Ok(()), "{claim}");
    }
    assert_eq!(judge(&with("exp", Some("253402300799")), &rules), Ok(()));
    assert_eq!(
        judge(&with("exp", Some("0")), &rules),
        Err(Refusal::Expired)
    );
    assert_eq!(judge(&with("exp", Some("1.80000006e9")), &rules), Ok(()));
    // Parts of a second are cut off.
    let floats = with("exp", Some("1800000001.5"));
    let verified = check(read(floats.as_bytes()).unwrap(), &rules, now()).unwrap();
    assert_eq!(verified.expires, now() + Duration::from_secs(1));
    assert_eq!(
        judge(&with("exp", Some("1800000000.9")), &rules),
        Err(Refusal::Expired)
    );
}

#[test]
fn clocks_may_be_apart_by_the_skew() {
    for (claim, seconds, skew, expected) in [
        ("exp", 1, 0, Ok(())),
        ("exp", 0, 0, Err(Refusal::Expired)),
        ("exp", -1, 0, Err(Refusal::Expired)),
        ("exp", 0, 30, Ok(())),
        ("exp", -29, 30, Ok(())),
        ("exp", -30, 30, Err(Refusal::Expired)),
        ("exp", -31, 30, Err(Refusal::Expired)),
        ("nbf", 0, 0, Ok(())),
        ("nbf", 1, 0, Err(Refusal::NotYetValid)),
        ("nbf", 30, 30, Ok(())),
        ("nbf", 31, 30, Err(Refusal::NotYetValid)),
        ("iat", 0, 0, Ok(())),
        ("iat", 1, 0, Err(Refusal::IssuedInFuture)),
        ("iat", 30, 30, Ok(())),
        ("iat", 31, 30, Err(Refusal::IssuedInFuture)),
        ("iat", 100_000_000, 30, Err(Refusal::IssuedInFuture)),
    ] {
        let rules = Rules {
            skew: Duration::from_secs(skew),
            ..rules(Algorithm::EdDsa)
        };
        let time = NOW.checked_add_signed(seconds).unwrap().to_string();
        let judged = judge(&with(claim, Some(&time)), &rules);
        assert_eq!(judged, expected, "{claim} {seconds} by {skew}");
    }
    // Neither bound of what can be set wraps round.
    let endless = Rules {
        skew: Duration::MAX,
        ..rules(Algorithm::EdDsa)
    };
    assert_eq!(judge(&with("exp", Some("0")), &endless), Ok(()));
    let claims = read(right_claims().to_string().as_bytes()).unwrap();
    let before_1970 = SystemTime::UNIX_EPOCH - Duration::from_secs(1);
    let judged = check(claims, &rules(Algorithm::EdDsa), before_1970);
    assert_eq!(judged.unwrap_err(), Refusal::Clock);
}

#[test]
fn a_lifetime_can_be_limited() {
    // The right claims live two minutes.
    for (most, claim, json, expected) in [
        (120, "x", None, Ok(())),
        (119, "x", None, Err(Refusal::Lifetime)),
        (120, "iat", None, Err(Refusal::Time)),
        (120, "exp", Some("253402300799"), Err(Refusal::Lifetime)),
    ] {
        let rules = Rules {
            max_lifetime: Some(Duration::from_secs(most)),
            ..rules(Algorithm::EdDsa)
        };
        assert_eq!(
            judge(&with(claim, json), &rules),
            expected,
            "{most} {claim} {json:?}"
        );
    }
}

#[test]
fn the_issuer_is_compared_byte_by_byte() {
    let two = Rules {
        issuers: vec![
            "https://other.example".into(),
            "https://issuer.example".into(),
        ],
        ..rules(Algorithm::EdDsa)
    };
    let none = Rules {
        issuers: Vec::new(),
        ..rules(Algorithm::EdDsa)
    };
    for (json, expected) in [
        (Some("\"https://issuer.example\""), Ok(())),
        (Some("\"https:\\/\\/issuer.example\""), Ok(())),
        (Some("\"https://issuer.example/\""), Err(Refusal::Issuer)),
        (Some("\"https://Issuer.example\""), Err(Refusal::Issuer)),
        (Some("\"http://issuer.example\""), Err(Refusal::Issuer)),
        (
            Some("\"https://issuer.example/path\""),
            Err(Refusal::Issuer),
        ),
        (
            Some("\"https://issuer.example.evil.example\""),
            Err(Refusal::Issuer),
        ),
        (
            Some("\"https://\u{456}ssuer.example\""),
            Err(Refusal::Issuer),
        ),
        (Some("\" https://issuer.example\""), Err(Refusal::Issuer)),
        (Some("\"\""), Err(Refusal::Issuer)),
        (Some("[\"https://issuer.example\"]"), Err(Refusal::Issuer)),
        (Some("null"), Err(Refusal::Issuer)),
        (None, Err(Refusal::Issuer)),
    ] {
        assert_eq!(judge(&with("iss", json), &two), expected, "{json:?}");
        assert_eq!(judge(&with("iss", json), &none), Ok(()), "{json:?}");
    }
}

#[test]
fn the_audience_names_one_that_is_expected() {
    let refused = Err(Refusal::Audience);
    for (json, expected) in [
        (Some("\"api\""), Ok(())),
        (Some("[\"api\"]"), Ok(())),
        (Some("[\"other\",\"api\"]"), Ok(())),
        (Some("[\"api\",\"other\"]"), Ok(())),
        (Some("\"API\""), refused),
        (Some("\"api:anon\""), refused),
        (Some("\"api other\""), refused),
        (Some("\"\""), refused),
        (Some("[]"), refused),
        (Some("[[\"api\"]]"), refused),
        (Some("[\"api\",1]"), refused),
        (Some("[null,\"api\"]"), refused),
        (Some("{\"api\":true}"), refused),
        (Some("1"), refused),
        (Some("null"), refused),
        (None, refused),
    ] {
        let judged = judge(&with("aud", json), &rules(Algorithm::EdDsa));
        assert_eq!(judged, expected, "{json:?}");
        let unchecked = Rules {
            audience: None,
            ..rules(Algorithm::EdDsa)
        };
        assert_eq!(judge(&with("aud", json), &unchecked), Ok(()), "{json:?}");
    }
}

#[test]
fn the_first_audience_claim_there_is_decides() {
    let audience = |accepted: &[&str], claims: &[&str]| Rules {
        audience: Some(Audience {
            accepted: accepted.iter().map(ToString::to_string).collect(),
            claims: claims.iter().map(ToString::to_string).collect(),
        }),
        ..rules(Algorithm::EdDsa)
    };
    let both = ["aud", "client_id"];
    let with_client = |aud: Option<&str>| {
        let payload = with("aud", aud);
        format!(r#"{{"client_id":"app",{}"#, &payload[1..])
    };
    for (aud, accepted, claims, expected) in [
        (None, "app", &both[..], Ok(())),
        (Some("\"api\""), "api", &both, Ok(())),
        (Some("\"api\""), "app", &both, Err(Refusal::Audience)),
        (Some("null"), "app", &both, Err(Refusal::Audience)),
        (Some("\"api\""), "app", &["client_id"], Ok(())),
        (Some("\"api\""), "api", &["azp"], Err(Refusal::Audience)),
        (Some("\"api\""), "api", &[], Err(Refusal::Audience)),
    ] {
        let judged = judge(&with_client(aud), &audience(&[accepted], claims));
        assert_eq!(judged, expected, "{aud:?} {accepted} {claims:?}");
    }
    let nobody = audience(&[], &["aud"]);
    assert_eq!(
        judge(&with_client(Some("\"api\"")), &nobody),
        Err(Refusal::Audience)
    );
}

#[test]
fn the_subject_can_stand_in_a_header_and_a_log() {
    let rules = rules(Algorithm::EdDsa);
    let longest = format!("\"{}\"", "u".repeat(MAX_SUBJECT));
    let too_long = format!("\"{}\"", "u".repeat(MAX_SUBJECT + 1));
    let ten_kilobytes = format!("\"{}\"", "u".repeat(10_000));
    for (json, expected) in [
        (Some("\"u-4711\""), Ok(())),
        (Some("\"auth0|5f7c8ec7c33c6c004bbafe82\""), Ok(())),
        (Some("\"ä\""), Ok(())),
        (Some(longest.as_str()), Ok(())),
        (Some(too_long.as_str()), Err(Refusal::Subject)),
        (Some(ten_kilobytes.as_str()), Err(Refusal::Subject)),
        (Some("\"\""), Err(Refusal::Subject)),
        (Some("null"), Err(Refusal::Subject)),
        (Some("4711"), Err(Refusal::Subject)),
        (Some("[\"u\"]"), Err(Refusal::Subject)),
        (Some("\"u\\nx-admin: 1\""), Err(Refusal::Subject)),
        (Some("\"u\\r\""), Err(Refusal::Subject)),
        (Some("\"u\\u0000\""), Err(Refusal::Subject)),
        (Some("\"u\\u007f\""), Err(Refusal::Subject)),
        (Some("\"u\\u0085\""), Err(Refusal::Subject)),
        (None, Err(Refusal::Subject)),
    ] {
        assert_eq!(judge(&with("sub", json), &rules), expected, "{json:.40?}");
    }
}
