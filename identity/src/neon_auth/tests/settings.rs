//! The settings: two forms, and what a branch's address says of its tokens.

use super::*;
use crate::mode::Mode;

#[test]
fn the_origin_is_scheme_host_and_port() {
    for (url, origin) in [
        (
            "https://ep-1.neonauth.example/neondb/auth",
            "https://ep-1.neonauth.example",
        ),
        (
            "https://EP-1.neonauth.example:443/neondb/auth/",
            "https://ep-1.neonauth.example",
        ),
        (
            "https://ep-1.neonauth.example:8443",
            "https://ep-1.neonauth.example:8443",
        ),
        ("http://localhost:4000/auth", "http://localhost:4000"),
        ("http://[::1]:4000/auth", "http://[::1]:4000"),
    ] {
        let branch = branch(&json!({"url": url}));
        assert_eq!(branch.origin(), origin);
        assert_eq!(branch.rules().issuers, [origin]);
        assert_eq!(branch.rules().audience.unwrap().accepted, [origin]);
        assert_eq!(branch.rules().algorithms, [Algorithm::EdDsa]);
    }
}

#[test]
fn the_older_form_is_a_project_of_stack_auth() {
    let project = json!({"stack_project": "p-1"});
    let keyed = json!({"stack_project": "p-1", "secret_server_key": "env:KEY", "verify": "rest"});
    for (written, mode) in [(project, Mode::Jwt), (keyed, Mode::Rest)] {
        let NeonAuthSettings::Stack(stack) = read(&written).unwrap() else {
            panic!("{written}")
        };
        assert_eq!(stack.mode(&Needs::default()), mode, "{written}");
        let issuer = "https://api.stack-auth.com/api/v1/projects/p-1".to_owned();
        assert!(stack.issuers().contains(&issuer), "{:?}", stack.issuers());
    }
}

#[test]
fn what_does_not_go_together_is_said() {
    let form = NeonAuthSettingsError::Form.to_string();
    let url = "https://ep-1.neonauth.example/neondb/auth";
    for verify in ["auto", "jwt"] {
        assert!(
            read(&json!({"url": url, "verify": verify})).is_ok(),
            "{verify}"
        );
    }
    for (written, words) in [
        (json!({}), form.as_str()),
        (json!({"url": url, "stack_project": "p-1"}), form.as_str()),
        (
            json!({"url": url, "secret_server_key": "env:KEY"}),
            form.as_str(),
        ),
        (json!({"url": url, "verify": "rest"}), form.as_str()),
        (json!({"jwks_url": url}), form.as_str()),
        (
            json!({"jwks_url": url, "stack_project": "p-1"}),
            form.as_str(),
        ),
        (json!({"secret_server_key": "env:KEY"}), form.as_str()),
        (
            json!({"stack_project": "p-1", "verify": "rest"}),
            "`secret_server_key`",
        ),
        (json!({"stack_project": "a/b"}), "the project's ID"),
        (
            json!({"url": "http://ep-1.neonauth.example"}),
            "write `https://`",
        ),
        (json!({"url": format!("{url}?x=1")}), "take out the query"),
        (json!({"url": url, "issuer": url}), "unknown field `issuer`"),
        (
            json!({"stack_project": "p", "secret_server_key": "hunter2"}),
            "write `ssm:/name`",
        ),
    ] {
        let error = read(&written).unwrap_err();
        assert!(
            error.contains(words) && !error.contains("hunter2"),
            "{written} gave: {error}"
        );
    }
    assert!(form.contains("`url`, the address that Neon's console shows"));
}
