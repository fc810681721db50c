//! What a users file may say, and how its mistakes are named.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use super::*;

fn error(yaml: &str) -> String {
    Users::parse(yaml, "users.yaml").unwrap_err().to_string()
}

#[test]
fn the_embedded_users_are_those_the_readme_speaks_of() {
    let users = Users::embedded().unwrap();
    let summaries: Vec<_> = users
        .of(Environment::Live)
        .iter()
        .map(|(name, user)| format!("{name}: {}", user.summary()))
        .collect();
    assert_eq!(
        summaries,
        [
            "expired: token expired",
            "free: no products",
            "guest: no products",
            "light: p-live-light",
            "pro: p-live-pro",
            "signed-out: signed out",
            "suspended: no products",
            "team-admin: p-live-pro",
        ]
    );
    let (live, sandbox) = (users.of(Environment::Live), users.of(Environment::Sandbox));
    assert!(
        live.values()
            .all(|user| sandbox.values().all(|other| user.id != other.id)),
        "the worlds are apart"
    );
}

#[test]
fn mistakes_are_named_with_their_place() {
    let cases = [
        (
            "live:\n  a: {id: u-1, product: [p-live-x]}",
            "unknown field `product`",
        ),
        ("live:\n  a: {id: u-1, product: [p-live-x]}", "line 2"),
        ("lve: {}", "unknown field `lve`"),
        ("live:\n  a: {email: a@example.com}", "missing field `id`"),
        ("live:\n  a: {id: u-1}\n  a: {id: u-2}", "duplicate"),
        (
            "live:\n  a: {id: u-1, session: over}",
            "unknown variant `over`",
        ),
        ("live:\n  a: {id: u-1, products: p-live-pro}", "line 2"),
        (
            "live:\n  a: {id: \"\"}",
            "`live.a.id`: write 1 to 256 bytes",
        ),
        ("live:\n  a b: {id: u-1}", "`live.a b`: a user's name"),
        ("live:\n  \"\\e[31m\": {id: u-1}", r"`live.\u{1b}[31m`"),
        (
            "live:\n  a: {id: u-1}\n  b: {id: u-1}",
            "`live.b.id`: `u-1` is another user's ID already",
        ),
        (
            "live:\n  a: {id: u-1, products: [p-test-pro]}",
            "`p-test-pro` is no product of the live environment",
        ),
        (
            "sandbox:\n  a: {id: u-1, products: [\"p-test-\\n\"]}",
            "`p-test-\\n` is no product",
        ),
        (
            "live:\n  a: {id: u-1, mfa: [\"\"]}",
            "`live.a.mfa`: write 1 to 256 bytes",
        ),
        (
            "live:\n  a: {id: u-1, scopes: [a b]}",
            "`live.a.scopes`: `a b` has a space",
        ),
        (
            "live:\n  a: {id: u-1, ban: {reason: \"\\0\"}}",
            "`live.a.ban.reason`: write 1 to 256 bytes",
        ),
        (
            "live:\n  a: {id: u-1, ban: {until: never}}",
            "unknown field `until`",
        ),
        (
            "live:\n  a: {id: u-1, restricted: because}",
            "unknown variant `because`",
        ),
        (
            "live:\n  a: {id: u-1, teams: [{id: t}, {id: t}]}",
            "`live.a.teams`: `t` is there twice",
        ),
        (
            "live:\n  a: {id: u-1, teams: [{id: t}], selected_team: s}",
            "`live.a.selected_team`: `s` is none of the user's teams",
        ),
        ("live:\n  a: {id: u-1, claims: [1]}", "line 2"),
        ("live: [", "line 1"),
        ("[]", "users.yaml: "),
    ];
    for (yaml, expected) in cases {
        let message = error(yaml);
        assert!(
            message.contains(expected),
            "{yaml}\ngives\n{message}\nwithout\n{expected}"
        );
    }
}

#[test]
fn names_and_products_may_be_odd_and_null() {
    let users = Users::parse(
        "live:\n  zoë: {id: u-ü, name: 用户, products: null}\n  b: {id: u-2, answer: {isAuthenticated: 'true'}}",
        "users.yaml",
    )
    .unwrap();
    let live = users.of(Environment::Live);
    assert_eq!(live["zoë"].products, None);
    assert_eq!(
        live["b"].answer.as_ref().unwrap()["isAuthenticated"],
        "true"
    );
    let nobody = Users::parse("{}", "users.yaml").unwrap();
    assert!(nobody.of(Environment::Live).is_empty());
}

#[test]
fn a_user_may_have_all_that_a_provider_tells() {
    let users = Users::embedded().unwrap();
    let admin = &users.of(Environment::Live)["team-admin"];
    let team = admin.team("team-red").unwrap();
    assert_eq!(admin.selected_team.as_deref(), Some("team-red"));
    assert_eq!(
        (team.display_name(), team.role.as_deref()),
        ("Red", Some("admin"))
    );
    assert_eq!(team.permissions, ["team_admin"]);
    assert!(admin.has_verified_email() && admin.team("team-green").is_none());
    let suspended = &users.of(Environment::Live)["suspended"];
    assert_eq!(
        suspended.restricted,
        Some(Restriction::RestrictedByAdministrator)
    );
    assert!(suspended.ban.is_some());
    let guest = &users.of(Environment::Live)["guest"];
    assert!(guest.anonymous && !guest.has_verified_email());
}

#[test]
fn a_list_is_bounded() {
    let many = "x,".repeat(1001);
    let yaml = format!("live: {{a: {{id: u-1, roles: [{many}]}}}}");
    assert!(error(&yaml).contains("`live.a.roles` has 1001 entries"));
}

#[test]
fn files_are_bounded_and_errors_say_which() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("users.yaml");
    assert!(
        Users::read(&path, Catalogue::Tiun)
            .unwrap_err()
            .to_string()
            .contains("users.yaml")
    );
    std::fs::write(&path, vec![b'#'; 1024 * 1024 + 1]).unwrap();
    assert!(
        Users::read(&path, Catalogue::Tiun)
            .unwrap_err()
            .to_string()
            .contains("larger than 1048576 bytes")
    );
    // As a pipe, which would be waited for.
    let device = Users::read("/dev/null".as_ref(), Catalogue::Tiun).unwrap_err();
    assert!(device.to_string().contains("it is not a file"), "{device}");
    std::fs::write(&path, [0xFF]).unwrap();
    assert!(Users::read(&path, Catalogue::Tiun).is_err());
    let many: String = (0..=MAX_USERS).fold("live:\n".to_owned(), |text, n| {
        format!("{text}  u{n}: {{id: u-{n}}}\n")
    });
    assert!(Users::parse(&many, "users.yaml").is_err());
}

#[test]
fn debug_shows_no_address() {
    let users = Users::embedded().unwrap();
    assert!(!format!("{users:?}").contains("example.com"));
}
