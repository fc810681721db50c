//! The `Authorization` header, read strictly: one value, one space, one token.

use tollgate_gateway::credential::{Credential, MAX_TOKEN};

#[test]
fn a_bearer_token() {
    for value in [
        "Bearer abc.def-_~+/",
        "bearer abc",
        "BEARER abc",
        "Bearer abc==",
    ] {
        assert!(
            matches!(Credential::of([value]), Credential::Bearer(_)),
            "{value}"
        );
    }
    assert_eq!(Credential::of(["Bearer abc"]), Credential::Bearer("abc"));
}

#[test]
fn nothing_is_shown() {
    assert_eq!(Credential::of([]), Credential::None);
    assert_eq!(Credential::of([""]), Credential::None);
}

/// Odd separators after `Bearer` (GHSA-gv94-wp4h-vv8p), several values of one header
/// (CVE-2021-32777), and all that no two readers would read alike.
#[test]
fn what_proves_nobody() {
    for value in [
        "Bearer",
        "Bearer ",
        "Bearer  abc",
        "Bearer\tabc",
        "Bearer abc ",
        " Bearer abc",
        "Bearer abc def",
        "Bearer abc,def",
        "Bearer abc, Bearer def",
        "Bearer abc\n",
        "Bearer ====",
        "Bearer a=b",
        "Bearer \u{fc}",
        "Bearer\u{a0}abc",
        "Basic dXNlcjpwYXNz",
        "Token abc",
        "abc",
        "abc.def.ghi",
    ] {
        assert_eq!(Credential::of([value]), Credential::Unreadable, "{value:?}");
    }
    assert_eq!(
        Credential::of(["Bearer abc", "Bearer abc"]),
        Credential::Unreadable
    );
    assert_eq!(Credential::of(["Bearer abc", ""]), Credential::Unreadable);
}

#[test]
fn a_token_has_a_limit() {
    let longest = format!("Bearer {}", "x".repeat(MAX_TOKEN));
    assert!(matches!(
        Credential::of([longest.as_str()]),
        Credential::Bearer(_)
    ));
    let longer = format!("{longest}x");
    assert_eq!(Credential::of([longer.as_str()]), Credential::Unreadable);
}

#[test]
fn a_token_is_never_printed() {
    let printed = format!("{:?}", Credential::of(["Bearer secret"]));
    assert!(!printed.contains("secret"), "{printed}");
}
