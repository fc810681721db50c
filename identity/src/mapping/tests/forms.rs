//! The forms of a list of names.

use super::*;
use crate::text::{MAX_NAME, MAX_NAMES};

fn form(name: &str) -> Form {
    serde_json::from_value(json!(name)).unwrap()
}

/// A form, a claim, and the names that the one reads in the other; `None` if it is not of it.
type Case = (&'static str, Value, Option<Value>);

fn check(cases: &[Case]) {
    for (name, claim, expected) in cases {
        let names = form(name).names(claim).map(Value::from);
        assert_eq!(names, *expected, "{name} of {claim}");
    }
}

#[test]
fn each_form_reads_its_own_and_nothing_else() {
    let cases = [
        (
            "list",
            json!(["a", "b c", "a"]),
            Some(json!(["a", "b c", "a"])),
        ),
        ("list", json!([]), Some(json!([]))),
        ("list", json!("a b,c"), Some(json!(["a b,c"]))),
        ("list", json!(""), Some(json!([]))),
        ("list", json!(" "), None),
        ("list", json!(["a", ""]), None),
        ("list", json!(["a", 7]), None),
        ("list", json!(["a", null]), None),
        ("list", json!([["a"]]), None),
        ("list", json!(["a\n"]), None),
        ("list", json!({"a": true}), None),
        ("list", json!(true), None),
        ("list", json!(7), None),
        ("words", json!("a b  c "), Some(json!(["a", "b", "c"]))),
        ("words", json!("a,b"), Some(json!(["a,b"]))),
        ("words", json!(""), Some(json!([]))),
        ("words", json!("  "), Some(json!([]))),
        ("words", json!(["a b", "c"]), Some(json!(["a b", "c"]))),
        ("words", json!("a\tb"), None),
        ("words", json!("a \nb"), None),
        ("words", json!("a\u{a0} b"), Some(json!(["a\u{a0}", "b"]))),
        ("words", json!(7), None),
        ("commas", json!("a, b,,c d"), Some(json!(["a", "b", "c d"]))),
        ("commas", json!(","), Some(json!([]))),
        ("commas", json!(["a,b"]), Some(json!(["a,b"]))),
        ("commas", json!({}), None),
        (
            "keys",
            json!({"a": true, "b": 1, "c": {}, "d": "no"}),
            Some(json!(["a", "b", "c", "d"])),
        ),
        (
            "keys",
            json!({"a": false, "b": null, "c": 0, "d": 0.0, "e": -0.0}),
            Some(json!([])),
        ),
        ("keys", json!({}), Some(json!([]))),
        ("keys", json!({"": true}), None),
        ("keys", json!(["a"]), None),
        ("keys", json!("a"), None),
    ];
    check(&cases);
    assert_eq!(Form::default(), Form::List);
}

#[test]
fn the_forms_of_single_issuers() {
    let cases = [
        (
            "clerk",
            json!("u:free,o:pro,uo:x,ou:y"),
            Some(json!(["free", "pro", "x", "y"])),
        ),
        ("clerk", json!("u:a:b"), Some(json!(["a:b"]))),
        (
            "clerk",
            json!("plain,v:x,:y"),
            Some(json!(["plain", "v:x", ":y"])),
        ),
        ("clerk", json!(["u:free"]), Some(json!(["free"]))),
        ("clerk", json!(""), Some(json!([]))),
        ("clerk", json!("u:"), None),
        ("clerk", json!({}), None),
        ("amr", json!(["pwd", "otp", "mfa"]), Some(json!(["otp"]))),
        (
            "amr",
            json!(["mfa", "pin", "kba", "mca"]),
            Some(json!(["mfa"])),
        ),
        ("amr", json!("mfa"), Some(json!(["mfa"]))),
        (
            "amr",
            json!(["mfa", "hwk", "fpt"]),
            Some(json!(["hwk", "fpt"])),
        ),
        // One factor says nothing of what else the user has.
        ("amr", json!(["pwd", "otp"]), None),
        ("amr", json!(["MFA"]), None),
        ("amr", json!([]), None),
        ("amr", json!(["mfa", 1]), None),
        ("aal", json!("aal2"), Some(json!(["aal2"]))),
        ("aal", json!("aal3"), Some(json!(["aal3"]))),
        ("aal", json!("aal1"), None),
        ("aal", json!(["aal2"]), None),
        ("aal", json!(2), None),
        (
            "supabase_amr",
            json!([{"method": "password"}, {"method": "totp"}, {"method": "mfa/phone"}]),
            Some(json!(["totp", "phone"])),
        ),
        (
            "supabase_amr",
            json!(["password", "mfa/webauthn"]),
            Some(json!(["webauthn"])),
        ),
        (
            "supabase_amr",
            json!([{"method": "otp"}, {}, 7, null]),
            Some(json!([])),
        ),
        ("supabase_amr", json!(["mfa/"]), None),
        ("supabase_amr", json!("totp"), None),
        ("supabase_amr", json!({"method": "totp"}), None),
    ];
    check(&cases);
}

#[test]
fn more_or_longer_names_than_anybody_has_are_not_known() {
    let many = |count: usize| vec!["x"; count];
    let object = |count: usize| -> Map<String, Value> {
        (0..count).map(|n| (n.to_string(), json!(true))).collect()
    };
    for count in [MAX_NAMES, MAX_NAMES + 1] {
        for (name, claim) in [
            ("list", json!(many(count))),
            ("words", json!(many(count).join(" "))),
            ("commas", json!(many(count).join(","))),
            ("keys", Value::Object(object(count))),
            ("clerk", json!(many(count).join(","))),
            ("amr", json!([many(count), vec!["mfa"]].concat())),
            ("supabase_amr", json!(vec!["totp"; count])),
        ] {
            let names = form(name).names(&claim).map(|names| names.len());
            assert_eq!(names, (count == MAX_NAMES).then_some(count), "{name}");
        }
    }
    for length in [MAX_NAME, MAX_NAME + 1] {
        let name = "x".repeat(length);
        for claim in [json!([name]), json!(name)] {
            let read = Form::List.names(&claim).is_some();
            assert_eq!(read, length == MAX_NAME, "{length}");
        }
    }
}
