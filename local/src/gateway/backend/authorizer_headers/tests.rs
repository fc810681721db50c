//! Contexts, and the headers they become.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use serde_json::{Value, json};

use super::{is_reserved, of};
use crate::gateway::verdict::Principal;

fn headers(id: &str, context: Value) -> Result<Vec<(String, String)>, String> {
    let context = serde_json::from_value(context).unwrap();
    let principal = Principal {
        id,
        context: &context,
    };
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    Ok(of(&principal)?
        .iter()
        .map(|(name, value)| (name.to_string(), text(value.as_bytes())))
        .collect())
}

#[test]
fn each_member_of_the_context_is_a_header() {
    let context = json!({
        "userId": "u-1", "n": 1.5, "b": true, "list": ["a"], "empty": "", "é": "no", "principalId": "x",
    });
    assert_eq!(
        headers("p", context).unwrap_err(),
        "the authorizer's `é` can't be the name of a header"
    );
    let context = json!({
        "userId": "u-1", "n": 1.5, "b": true, "list": ["a"], "empty": "", "name": "é", "principalId": "x",
    });
    let expected = [
        ("x-authorizer-b", "true"),
        ("x-authorizer-empty", ""),
        ("x-authorizer-list", "[\"a\"]"),
        ("x-authorizer-n", "1.5"),
        ("x-authorizer-name", "é"),
        ("x-authorizer-principalid", "p"),
        ("x-authorizer-userid", "u-1"),
    ];
    let expected = expected.map(|(name, value)| (name.to_owned(), value.to_owned()));
    assert_eq!(headers("p", context).unwrap(), expected);
    // The simple response of an HTTP API names nobody.
    assert_eq!(headers("", json!({})).unwrap(), []);
}

#[test]
fn no_value_adds_a_header_or_becomes_another_value() {
    for (value, expected) in [
        ("a\r\nX-Other: b", "a\u{fffd}\u{fffd}X-Other: b"),
        ("a\nb", "a\u{fffd}b"),
        ("a\0", "a\u{fffd}"),
        ("\u{7f}", "\u{fffd}"),
        (" admin", "\u{fffd}admin"),
        ("admin ", "admin\u{fffd}"),
        ("\tadmin", "\u{fffd}admin"),
        ("two words", "two words"),
    ] {
        let given = headers("", json!({ "k": value })).unwrap();
        assert_eq!(given, [("x-authorizer-k".to_owned(), expected.to_owned())]);
    }
}

#[test]
fn two_members_are_never_one_header() {
    for other in ["USERID", "userid"] {
        let error = headers("", json!({ "userId": "a", other: "b" })).unwrap_err();
        assert!(error.contains("the same header"), "{error}");
    }
    for other in ["user_id", "user.id"] {
        let error = headers("", json!({ "user-id": "a", other: "b" })).unwrap_err();
        assert!(error.contains("the same header"), "{error}");
    }
}

#[test]
fn a_context_too_large_for_headers_is_refused() {
    let large = "x".repeat(10_240);
    let error = headers("", json!({ "k": large })).unwrap_err();
    assert!(error.contains("more than 10240 bytes"), "{error}");
}

#[test]
fn a_client_sets_none_in_any_spelling() {
    for name in [
        "x-authorizer-userid",
        "X-Authorizer-UserId",
        "X_Authorizer_User",
        "x-authorizer_x",
        "X-Authorizer.UserId",
        "X.Authorizer.UserId",
    ] {
        assert!(is_reserved(name), "{name}");
    }
    for name in ["authorization", "x-authorizer", "authorizer-x"] {
        assert!(!is_reserved(name), "{name}");
    }
}
