#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use proptest::prelude::*;
use tollgate_grammar::Sources;
use tollgate_local::template::Deployment;

use tollgate_gateway::settings::answers::Scope;

use super::answers::Answers;
use super::code::Code;
use super::subject::Subject;
use super::{Loaded, findings, load};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn case(name: &str) -> PathBuf {
    root().join("tests/doctor").join(name)
}

/// The codes that a case gives where the function answers like this.
fn codes(name: &str, answers: Answers) -> Vec<Code> {
    let loaded = load(&case(name).join("access.policy")).unwrap();
    codes_of(&loaded, &case(name).join("template.yaml"), answers).unwrap()
}

fn codes_of(loaded: &Loaded, template: &Path, answers: Answers) -> Option<Vec<Code>> {
    let mut sources = Sources::default();
    let deployment = Deployment::read(template, &mut sources).ok()?;
    let subject = Subject {
        deployment: &deployment,
        tree: &loaded.read.tree,
        policy: loaded.policy()?,
        settings: loaded.settings.as_ref(),
        answers,
    };
    let findings = findings(&subject);
    Some(findings.iter().map(|finding| finding.code).collect())
}

#[test]
fn request_scope_must_not_be_kept_by_the_token_alone() {
    let request = Answers {
        scope: Scope::Request,
        ..Answers::default()
    };
    for name in ["good-sam", "good-http"] {
        assert!(codes(name, request).contains(&Code::RequestScopeCached));
        assert!(!codes(name, Answers::default()).contains(&Code::RequestScopeCached));
    }
}

#[test]
fn nothing_is_lost_by_request_scope_while_nothing_is_kept() {
    let request = Answers {
        scope: Scope::Request,
        ..Answers::default()
    };
    let case = "d213-nothing-kept";
    assert!(codes(case, Answers::default()).contains(&Code::NothingKept));
    assert!(!codes(case, request).contains(&Code::NothingKept));
}

#[test]
fn simple_responses_are_right_where_the_settings_say_so() {
    let simple = Answers {
        simple: true,
        ..Answers::default()
    };
    let case = "d202-route-key-missing";
    assert!(codes(case, Answers::default()).contains(&Code::FormMismatch));
    assert!(!codes(case, simple).contains(&Code::FormMismatch));
    assert!(codes("good-http", simple).contains(&Code::FormMismatch));
}

#[test]
fn an_answer_that_ends_with_the_token_may_be_kept_longer() {
    let bound = Answers {
        bound_by_expiry: true,
        ..Answers::default()
    };
    assert!(!codes("d208-ttl-outlives-token", bound).contains(&Code::TtlOutlivesToken));
}

#[test]
fn a_date_is_a_matter_of_answers_for_one_request_alone() {
    let request = Answers {
        scope: Scope::Request,
        ..Answers::default()
    };
    let case = "d210-condition-not-in-key";
    let count = |answers| {
        let codes = codes(case, answers);
        let about = codes
            .iter()
            .filter(|code| **code == Code::ConditionNotInKey);
        about.count()
    };
    assert_eq!((count(Answers::default()), count(request)), (2, 3));
}

#[test]
fn keys_of_usage_plans_may_come_from_the_authorizer() {
    let keys = Answers {
        usage_keys: true,
        ..Answers::default()
    };
    assert!(!codes("d318-no-usage-keys", keys).contains(&Code::NoUsageKeys));
}

#[test]
fn every_code_is_given_by_a_case() {
    let mut transcripts = String::new();
    for entry in fs::read_dir(root().join("tests/doctor")).unwrap() {
        let transcript = entry.unwrap().path().join("transcript");
        transcripts += &fs::read_to_string(transcript).unwrap();
    }
    for code in Code::ALL {
        let shown = format!("{}[{}]", code.severity().name(), code.id());
        assert!(transcripts.contains(&shown), "no case shows {shown}");
    }
}

#[test]
fn codes_and_names_are_distinct_and_in_order() {
    let ids: Vec<&str> = Code::ALL.iter().map(|code| code.id()).collect();
    let mut sorted = ids.clone();
    sorted.sort_unstable();
    sorted.dedup();
    assert_eq!(ids, sorted);
    let mut names: Vec<&str> = Code::ALL.iter().map(|code| code.name()).collect();
    names.extend(tollgate_grammar::Code::ALL.iter().map(|code| code.name()));
    names.sort_unstable();
    let count = names.len();
    names.dedup();
    assert_eq!(names.len(), count);
}

/// With `UPDATE_DOCS=1` the table is written anew.
#[test]
fn the_guide_lists_every_code() {
    let path = root().join("../docs/doctor.md");
    let guide = fs::read_to_string(&path).unwrap();
    let (before, _) = guide.split_once("|---|---|---|---|---|\n").unwrap();
    let mut expected = format!("{before}|---|---|---|---|---|\n");
    for code in Code::ALL {
        let (id, name, severity) = (code.id(), code.name(), code.severity().name());
        let (title, cure) = (code.title(), code.cure());
        writeln!(
            expected,
            "| {id} | `{name}` | {severity} | {title} | {cure} |"
        )
        .unwrap();
    }
    if std::env::var_os("UPDATE_DOCS").is_some() {
        fs::write(&path, &expected).unwrap();
    } else {
        assert!(guide == expected, "run this test with UPDATE_DOCS=1");
    }
}

#[test]
fn our_own_template_has_no_error() {
    let loaded = load(&root().join("../policy")).unwrap();
    let template = root().join("../template.yaml");
    let codes = codes_of(&loaded, &template, Answers::default()).unwrap();
    let is_error = |code: &&Code| code.severity() == super::Severity::Error;
    let errors: Vec<_> = codes.iter().filter(is_error).collect();
    assert!(errors.is_empty(), "{errors:?}");
}

/// Words that change what a template means.
fn words() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec![
        "",
        "[]",
        "{}",
        "null",
        "0",
        "300",
        "-1",
        "true",
        "!Ref X",
        "$default",
        "/{proxy+}",
        "//",
        "/{}",
        "/{+}",
        "/%ff",
        "*",
        "ANY",
        "OPTIONS",
        "NONE",
        "TOKEN",
        "WEBSOCKET",
        "\"",
        "a.b",
        "$context.",
        "é",
        "\n",
        "'Rest'",
        "!GetAtt Authorizer.Arn",
        "<<: *plain",
    ])
}

proptest! {
    /// A case with one word replaced by another.
    #[test]
    fn no_template_makes_a_check_panic(
        name in prop::sample::select(vec!["good-sam", "good-http", "good-websocket", "good-openapi"]),
        at in any::<prop::sample::Index>(),
        word in words(),
    ) {
        let text = fs::read_to_string(case(name).join("template.yaml")).unwrap();
        let mut parts: Vec<&str> = text.split_inclusive([' ', ',', '/', ':']).collect();
        let at = at.index(parts.len());
        if let Some(part) = parts.get_mut(at) {
            *part = word;
        }
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("template.yaml");
        fs::write(&path, parts.concat()).unwrap();
        let loaded = load(&case(name).join("access.policy")).unwrap();
        let _ = codes_of(&loaded, &path, Answers::default());
    }
}
