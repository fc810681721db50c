#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use serde_json::{Value, json};

use super::*;
use crate::jwt::mint::{Mint, encode, jwks};

mod members;

fn parse(entries: &[Value]) -> Keys {
    Keys::parse(&jwks(entries)).unwrap()
}

/// The key with members set, or taken out where the change has null.
fn changed(mut jwk: Value, change: &Value) -> Value {
    let members = jwk.as_object_mut().unwrap();
    for (name, value) in change.as_object().unwrap() {
        match value {
            Value::Null => members.remove(name),
            value => members.insert(name.clone(), value.clone()),
        };
    }
    jwk
}

/// Whether the keys verify what the mint signs.
fn outcome(keys: &Keys, kid: Option<&str>, mint: &Mint) -> Result<(), Refusal> {
    keys.check(kid, mint.algorithm(), b"message", &mint.sign(b"message"))
}

const PUBLIC: [Algorithm; 10] = [
    Algorithm::Es256,
    Algorithm::Es384,
    Algorithm::Es512,
    Algorithm::Rs256,
    Algorithm::Rs384,
    Algorithm::Rs512,
    Algorithm::Ps256,
    Algorithm::Ps384,
    Algorithm::Ps512,
    Algorithm::EdDsa,
];

#[test]
fn a_key_serves_its_algorithm_alone() {
    for algorithm in PUBLIC {
        let mint = Mint::new(algorithm, "k1");
        let keys = parse(&[mint.jwk()]);
        assert_eq!((keys.len(), keys.skipped()), (1, 0), "{algorithm}");
        assert_eq!(outcome(&keys, Some("k1"), &mint), Ok(()), "{algorithm}");
        assert_eq!(outcome(&keys, None, &mint), Ok(()), "{algorithm}");
        for other in PUBLIC.into_iter().filter(|&other| other != algorithm) {
            let signature = mint.sign(b"message");
            let checked = keys.check(Some("k1"), other, b"message", &signature);
            assert_eq!(checked, Err(Refusal::KeyMismatch), "{algorithm} as {other}");
        }
        for symmetric in [Algorithm::Hs256, Algorithm::Hs384, Algorithm::Hs512] {
            for (kid, refusal) in [
                (Some("k1"), Refusal::KeyMismatch),
                (None, Refusal::UnknownKey),
            ] {
                let checked = keys.check(kid, symmetric, b"message", b"signature");
                assert_eq!(checked, Err(refusal));
            }
        }
    }
}

/// serde reads a structure from a list of its members' values too.
#[test]
fn a_list_is_no_key_set_and_no_key() {
    let key = Mint::new(Algorithm::EdDsa, "ed").jwk();
    let bare = json!([[key.clone()]]).to_string();
    assert_eq!(
        Keys::parse(bare.as_bytes()).err(),
        Some(KeysError::NotAKeySet)
    );

    // In the order in which the members of a key are read.
    let members = json!(["OKP", "ed", null, null, null, "Ed25519", key["x"]]);
    let keys = parse(&[members]);
    assert_eq!((keys.len(), keys.skipped()), (0, 1));
}

#[test]
fn the_key_that_is_meant() {
    let es = Mint::new(Algorithm::Es256, "es");
    let ed = Mint::new(Algorithm::EdDsa, "ed");
    let two = parse(&[es.jwk(), ed.jwk()]);
    assert_eq!(
        outcome(&two, None, &es),
        Ok(()),
        "the only one of its algorithm"
    );
    assert_eq!(outcome(&two, None, &ed), Ok(()));
    assert_eq!(outcome(&two, Some("ed"), &es), Err(Refusal::KeyMismatch));
    assert_eq!(outcome(&two, Some("k"), &es), Err(Refusal::UnknownKey));

    let other = Mint::new(Algorithm::Es256, "other");
    let three = parse(&[es.jwk(), ed.jwk(), other.jwk()]);
    assert_eq!(outcome(&three, None, &es), Err(Refusal::AmbiguousKey));
    assert_eq!(outcome(&three, None, &ed), Ok(()));
    assert_eq!(outcome(&three, Some("es"), &es), Ok(()));
    assert_eq!(outcome(&three, Some("other"), &es), Err(Refusal::Signature));

    let unnamed = changed(es.jwk(), &json!({"kid": null}));
    let keys = parse(&[unnamed, ed.jwk()]);
    assert_eq!(outcome(&keys, None, &es), Ok(()));
    assert_eq!(outcome(&keys, Some("es"), &es), Err(Refusal::UnknownKey));
    // It may be a newer one, which an issuer that names none cannot say.
    assert_eq!(outcome(&keys, None, &other), Err(Refusal::UnknownKey));
    assert_eq!(
        outcome(&parse(&[ed.jwk()]), None, &es),
        Err(Refusal::UnknownKey)
    );
    assert_eq!(outcome(&parse(&[]), None, &es), Err(Refusal::UnknownKey));
    assert_eq!(
        outcome(&parse(&[]), Some("es"), &es),
        Err(Refusal::UnknownKey)
    );
}

#[test]
fn a_kid_of_several_keys_means_none_of_them() {
    let one = Mint::new(Algorithm::Es256, "k");
    let ed = Mint::new(Algorithm::EdDsa, "k");
    let good = Mint::new(Algorithm::Es384, "good");
    for (name, entries, usable, skipped) in [
        ("the same key twice", vec![one.jwk(), one.jwk()], 1, 0),
        (
            "different keys",
            vec![one.jwk(), Mint::new(Algorithm::Es256, "k").jwk()],
            0,
            2,
        ),
        ("different kinds", vec![ed.jwk(), one.jwk()], 0, 2),
        ("three of them", vec![one.jwk(), ed.jwk(), one.jwk()], 0, 3),
        (
            "one for encryption",
            vec![changed(ed.jwk(), &json!({"use": "enc"})), one.jwk()],
            1,
            1,
        ),
    ] {
        let keys = parse(&[entries, vec![good.jwk()]].concat());
        assert_eq!(
            (keys.len(), keys.skipped()),
            (usable + 1, skipped),
            "{name}"
        );
        let expected = if usable == 1 {
            Ok(())
        } else {
            Err(Refusal::AmbiguousKey)
        };
        assert_eq!(outcome(&keys, Some("k"), &one), expected, "{name}");
        assert_eq!(outcome(&keys, Some("good"), &good), Ok(()), "{name}");
        if usable == 0 {
            assert_eq!(
                outcome(&keys, None, &one),
                Err(Refusal::UnknownKey),
                "{name}"
            );
        }
    }
}

#[test]
fn the_document() {
    let jwk = Mint::new(Algorithm::Es256, "k").jwk();
    let read = |text: &str| Keys::parse(text.as_bytes()).map(|keys| (keys.len(), keys.skipped()));
    let twice = jwk.to_string().replacen('{', "{\"kid\":\"k\",", 1);
    let escaped = jwk.to_string().replacen('{', "{\"\\u006bid\":\"k\",", 1);
    let borrowed = jwk.to_string().replace("\"P-256\"", "\"\\u0050-256\"");
    for (name, text, expected) in [
        ("one", format!(r#"{{"keys":[{jwk}]}}"#), Ok((1, 0))),
        ("none", r#"{"keys":[]}"#.into(), Ok((0, 0))),
        (
            "more members",
            format!(r#"{{"x":[{{}}],"keys":[{jwk}],"y":1}}"#),
            Ok((1, 0)),
        ),
        (
            "a member twice in a key",
            format!(r#"{{"keys":[{twice},{jwk}]}}"#),
            Ok((1, 1)),
        ),
        (
            "the same, escaped",
            format!(r#"{{"keys":[{escaped},{jwk}]}}"#),
            Ok((1, 1)),
        ),
        (
            "escapes in a value",
            format!(r#"{{"keys":[{borrowed}]}}"#),
            Ok((1, 0)),
        ),
        (
            "keys twice",
            format!(r#"{{"keys":[{jwk}],"keys":[]}}"#),
            Err(KeysError::NotAKeySet),
        ),
        ("no keys", "{}".into(), Err(KeysError::NotAKeySet)),
        (
            "keys an object",
            r#"{"keys":{}}"#.into(),
            Err(KeysError::NotAKeySet),
        ),
        (
            "keys null",
            r#"{"keys":null}"#.into(),
            Err(KeysError::NotAKeySet),
        ),
        ("a list", format!("[{jwk}]"), Err(KeysError::NotAKeySet)),
        ("a key alone", jwk.to_string(), Err(KeysError::NotAKeySet)),
        ("a page", "<html>".into(), Err(KeysError::NotAKeySet)),
        ("nothing", String::new(), Err(KeysError::NotAKeySet)),
        (
            "goes on",
            format!(r#"{{"keys":[{jwk}]}}x"#),
            Err(KeysError::NotAKeySet),
        ),
        (
            "BOM",
            format!("\u{feff}{{\"keys\":[{jwk}]}}"),
            Err(KeysError::NotAKeySet),
        ),
        (
            "levels",
            format!(r#"{{"keys":[{}"#, "[".repeat(100_000)),
            Err(KeysError::NotAKeySet),
        ),
        (
            "as many as may be",
            format!(r#"{{"keys":[{}0]}}"#, "0,".repeat(999)),
            Ok((0, 1000)),
        ),
        (
            "one more",
            format!(r#"{{"keys":[{}0]}}"#, "0,".repeat(1000)),
            Err(KeysError::TooManyKeys),
        ),
        (
            "10 000",
            format!(r#"{{"keys":[{}0]}}"#, "0,".repeat(10_000)),
            Err(KeysError::TooManyKeys),
        ),
        (
            "too large",
            " ".repeat(MAX_DOCUMENT + 1),
            Err(KeysError::TooLarge),
        ),
    ] {
        assert_eq!(read(&text), expected, "{name}");
    }
    assert_eq!(
        Keys::parse(b"{\"keys\":[],\"x\":\"\xff\"}").unwrap_err(),
        KeysError::NotAKeySet
    );
}

#[test]
fn a_thousand_keys_are_told_apart() {
    let mints: Vec<Mint> = (0..MAX_KEYS)
        .map(|i| Mint::new(Algorithm::EdDsa, &format!("k{i}")))
        .collect();
    let entries: Vec<Value> = mints.iter().map(Mint::jwk).collect();
    let keys = parse(&entries);
    assert_eq!((keys.len(), keys.skipped()), (MAX_KEYS, 0));
    for (i, mint) in mints.iter().enumerate().step_by(97) {
        assert_eq!(outcome(&keys, Some(&format!("k{i}")), mint), Ok(()));
    }
}

#[test]
fn secrets() {
    let (one, two) = ([1; 64], [2; 64]);
    let sign = |algorithm, secret: &[u8]| {
        let key = hmac::Key::new(algorithm, secret);
        hmac::sign(&key, b"message").as_ref().to_vec()
    };
    let both = Keys::symmetric(&[&one, &two]).unwrap();
    assert_eq!((both.len(), both.skipped(), both.is_empty()), (2, 0, false));
    for (algorithm, hash) in [
        (Algorithm::Hs256, hmac::HMAC_SHA256),
        (Algorithm::Hs384, hmac::HMAC_SHA384),
        (Algorithm::Hs512, hmac::HMAC_SHA512),
    ] {
        for (secret, expected) in [
            (one, Ok(())),
            (two, Ok(())),
            ([3; 64], Err(Refusal::Signature)),
        ] {
            let mac = sign(hash, &secret);
            for kid in [None, Some("any")] {
                assert_eq!(both.check(kid, algorithm, b"message", &mac), expected);
            }
        }
    }
    let mac = sign(hmac::HMAC_SHA256, &one);
    let checked = both.check(None, Algorithm::Es256, b"message", &mac);
    assert_eq!(checked, Err(Refusal::KeyMismatch));

    // Each hash wants a secret of its own length.
    for (length, hs256, hs384, hs512) in [
        (
            32,
            Ok(()),
            Err(Refusal::KeyMismatch),
            Err(Refusal::KeyMismatch),
        ),
        (
            47,
            Ok(()),
            Err(Refusal::KeyMismatch),
            Err(Refusal::KeyMismatch),
        ),
        (48, Ok(()), Ok(()), Err(Refusal::KeyMismatch)),
        (64, Ok(()), Ok(()), Ok(())),
    ] {
        let secret = vec![7; length];
        let keys = Keys::symmetric(&[&secret]).unwrap();
        for (algorithm, hash, expected) in [
            (Algorithm::Hs256, hmac::HMAC_SHA256, hs256),
            (Algorithm::Hs384, hmac::HMAC_SHA384, hs384),
            (Algorithm::Hs512, hmac::HMAC_SHA512, hs512),
        ] {
            let mac = sign(hash, &secret);
            let checked = keys.check(None, algorithm, b"message", &mac);
            assert_eq!(checked, expected, "{length} {algorithm}");
        }
    }
    for (secrets, error) in [
        (&[][..], KeysError::NoSecret),
        (&[&[][..]], KeysError::ShortSecret),
        (&[&[7; 31]], KeysError::ShortSecret),
        (&[&[7; 32], &[7; 31]], KeysError::ShortSecret),
    ] {
        assert_eq!(Keys::symmetric(secrets).unwrap_err(), error);
    }
}

#[test]
fn a_set_without_a_usable_key_is_empty() {
    assert!(parse(&[]).is_empty());
    assert!(parse(&[json!(null)]).is_empty());
    assert!(!parse(&[Mint::new(Algorithm::Es256, "k1").jwk()]).is_empty());
}

#[test]
fn what_is_wrong_with_keys_is_said() {
    for (error, words) in [
        (KeysError::TooLarge, "longer than 5242880 bytes"),
        (KeysError::NotAKeySet, "a list `keys`"),
        (KeysError::TooManyKeys, "more than 1000 keys"),
        (KeysError::NoSecret, "there is no secret"),
        (KeysError::ShortSecret, "shorter than 32 bytes"),
    ] {
        assert!(error.to_string().contains(words), "{error}");
    }
}

#[test]
fn keys_do_not_show_themselves() {
    let mint = Mint::new(Algorithm::Es256, "k4711");
    let shown = format!("{:?}", parse(&[mint.jwk(), json!(null)]));
    assert_eq!(shown, "Keys { len: 1, skipped: 1, .. }");
    let shown = format!("{:?}", Keys::symmetric(&[&[7; 32]]).unwrap());
    assert_eq!(shown, "Keys { len: 1, skipped: 0, .. }");
}

#[test]
fn keys_can_be_shared() {
    fn shared<T: Send + Sync + 'static>() {}
    shared::<Keys>();
}
