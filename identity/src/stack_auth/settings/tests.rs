#![allow(clippy::unwrap_used, reason = "tests")]

use tollgate_engine::{FactKind, FactSet};

use super::*;

fn read(json: &str) -> Result<StackAuthSettings, String> {
    serde_json::from_str(json).map_err(|error| error.to_string())
}

#[test]
fn the_least_and_the_most() {
    let least = read(r#"{"project":"internal"}"#).unwrap();
    assert_eq!(least.url.url().as_str(), "https://api.stack-auth.com/");
    assert_eq!(
        (least.verify, &least.secret_server_key),
        (Verify::Auto, &None)
    );
    assert!(least.accept.is_empty() && least.secrets().is_empty());

    let most = read(
        r#"{"project":"0f9a3c1e-1111_X","url":"https://auth.example.com/x/",
            "secret_server_key":"ssm:/stack","verify":"rest","accept":["restricted","anonymous"]}"#,
    )
    .unwrap();
    assert_eq!(most.url.url().as_str(), "https://auth.example.com/x/");
    assert_eq!(most.verify, Verify::Rest);
    assert_eq!(
        most.accept,
        [AcceptedUsers::Restricted, AcceptedUsers::Anonymous]
    );
    let names: Vec<_> = most.secrets().into_iter().map(|(name, _)| name).collect();
    assert_eq!(names, ["secret_server_key"]);
}

#[test]
fn what_is_missing_unknown_or_wrong_is_said() {
    let long = format!(r#"{{"project":"{}"}}"#, "a".repeat(65));
    for (json, words) in [
        ("{}", "missing field `project`"),
        (r#"{"project":""}"#, "the project's ID"),
        (r#"{"project":"a/4711"}"#, "the project's ID"),
        (r#"{"project":"a?4711"}"#, "the project's ID"),
        (r#"{"project":"a:restricted"}"#, "the project's ID"),
        (r#"{"project":"a.4711"}"#, "the project's ID"),
        (r#"{"project":"ä"}"#, "the project's ID"),
        (&long, "the project's ID"),
        (
            r#"{"project":"a","verify":"rest"}"#,
            "needs `secret_server_key`",
        ),
        (r#"{"project":"a","verify":"REST"}"#, "unknown variant"),
        (r#"{"project":"a","accept":["normal"]}"#, "unknown variant"),
        (
            r#"{"project":"a","secret_server_key":"ssk_4711"}"#,
            "write `ssm:/name`",
        ),
        (
            r#"{"project":"a","url":"http://auth.example.com"}"#,
            "write `https://`",
        ),
        (r#"{"project":"a","key":1}"#, "unknown field `key`"),
    ] {
        let error = read(json).unwrap_err();
        assert!(
            error.contains(words) && !error.contains("4711"),
            "{json} gave: {error}"
        );
    }
    assert!(read(&format!(r#"{{"project":"{}"}}"#, "a".repeat(64))).is_ok());
}

#[test]
fn the_server_is_asked_only_for_what_tokens_do_not_carry() {
    // Whether a token carries it, or the server does not tell it either.
    let facts = [
        (FactKind::Email, true),
        (FactKind::EmailVerified, true),
        (FactKind::Mfa, true),
        (FactKind::Products, false),
        (FactKind::Permissions, false),
        (FactKind::Teams, false),
        (FactKind::Provider, true),
        (FactKind::Roles, true),
        (FactKind::Scopes, true),
        (FactKind::Groups, true),
    ]
    .map(|(kind, carried)| (FactSet::from(kind), vec![], carried));
    let claims = [
        ("sub", true),
        ("role", true),
        ("email_verified", true),
        ("selected_team_id", true),
        ("is_restricted", true),
        ("restricted_reason.type", true),
        ("requires_totp_mfa", true),
        ("primary_email", false),
        ("server_metadata.plan", false),
        ("client_read_only_metadata", false),
        ("client_metadata.plan", false),
        ("selected_team.id", false),
        ("Role", false),
    ]
    .map(|(path, carried)| {
        let path = path.split('.').map(str::to_owned).collect();
        (FactSet::from(FactKind::Claims), vec![path], carried)
    });
    let none = [(FactSet::NONE, Vec::<Vec<String>>::new(), true)];
    for (facts, claims, carried) in none.into_iter().chain(facts).chain(claims) {
        let needs = Needs { facts, claims };
        for (verify, key, expected) in [
            ("auto", true, if carried { Mode::Jwt } else { Mode::Rest }),
            ("auto", false, Mode::Jwt),
            ("jwt", true, Mode::Jwt),
            ("jwt", false, Mode::Jwt),
            ("rest", true, Mode::Rest),
        ] {
            let key = if key {
                r#","secret_server_key":"env:K""#
            } else {
                ""
            };
            let settings = read(&format!(r#"{{"project":"a","verify":"{verify}"{key}}}"#));
            assert_eq!(
                settings.unwrap().mode(&needs),
                expected,
                "{verify} {needs:?}"
            );
        }
    }
    // One that is not carried is enough.
    let path = |name: &str| vec![name.to_owned()];
    let needs = Needs {
        facts: FactKind::Claims.into(),
        claims: vec![path("role"), path("server_metadata")],
    };
    assert!(!StackAuthSettings::token_is_enough(&needs));
}

#[test]
fn a_policy_is_told_what_each_way_tells() {
    let needs = |names: &[&str]| Needs {
        facts: FactKind::Claims.into(),
        claims: names.iter().map(|name| vec![(*name).to_owned()]).collect(),
    };
    let carried = [FactKind::Email, FactKind::EmailVerified, FactKind::Mfa];
    let carried = FactSet::of(&carried);
    let server = [FactKind::Products, FactKind::Permissions, FactKind::Teams];
    let claims = FactSet::from(FactKind::Claims);
    for (mode, names, expected) in [
        (Mode::Jwt, vec![], carried.with(claims)),
        (Mode::Jwt, vec!["role"], carried.with(claims)),
        (Mode::Jwt, vec!["role", "server_metadata"], carried),
        (
            Mode::Rest,
            vec!["role", "server_metadata"],
            carried.with(claims).with(FactSet::of(&server)),
        ),
    ] {
        let facts = StackAuthSettings::facts(mode, &needs(&names));
        assert_eq!(facts, expected, "{mode} {names:?}");
    }
}

#[test]
fn a_kind_of_user_is_told_by_its_audience() {
    for (audience, kind) in [
        ("a", Some(UserKind::Normal)),
        ("a:restricted", Some(UserKind::Restricted)),
        ("a:anon", Some(UserKind::Anonymous)),
        ("a:", None),
        ("a:Anon", None),
        ("a:anonymous", None),
        ("a:anon:restricted", None),
        ("a:restricted ", None),
        ("ä:anon", Some(UserKind::Anonymous)),
    ] {
        assert_eq!(UserKind::of_audience(audience), kind, "{audience}");
    }
}
