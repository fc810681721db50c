//! Descriptions that ask for more than a description needs, and texts that are none.

use std::fmt::Write as _;
use std::fs;

use proptest::prelude::*;
use tollgate_grammar::Sources;
use tollgate_local::template::{Deployment, yaml};

use crate::{DESCRIPTIONS, cases};

fn tree(text: &str) -> Result<yaml::YamlError, String> {
    let mut sources = Sources::default();
    let file = sources.add("x", text);
    match yaml::read(file, text) {
        Ok(node) => Err(format!("{node:?}").chars().take(200).collect()),
        Err(error) => Ok(error),
    }
}

#[test]
fn aliases_that_stand_for_more_than_any_memory_holds_are_refused() {
    let mut text = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
    for level in 1..20 {
        let alias = format!("*a{}", level - 1);
        writeln!(text, "a{level}: &a{level} [{}]", vec![alias; 10].join(", ")).unwrap();
    }
    let error = tree(&text).unwrap();
    assert!(error.message.contains("more than 500000 values"), "{error}");
}

#[test]
fn anchors_within_anchors_do_not_multiply_what_is_kept() {
    let mut text = "&a [".repeat(90);
    text.push_str(&"x, ".repeat(20_000));
    text.push_str(&"]".repeat(90));
    let error = tree(&text).unwrap();
    assert!(error.message.contains("more than 500000 values"), "{error}");
}

#[test]
fn nesting_has_an_end() {
    for (open, close) in [("[\n", "]\n"), ("{a: ", "}"), ("- ", "")] {
        let text = open.repeat(5_000) + &close.repeat(5_000);
        let error = tree(&text).unwrap();
        let limits = ["nested", "recursion limit"];
        let met = limits.iter().any(|limit| error.message.contains(limit));
        assert!(met, "{error}");
    }
}

#[test]
fn aliases_do_not_nest_deeper_than_what_they_stand_for() {
    let level = |inner: &str| "[".repeat(40) + inner + &"]".repeat(40);
    let mut text = format!("a0: &a0 {}\n", level("x"));
    for number in 1..100 {
        let alias = format!(" *a{} ", number - 1);
        writeln!(text, "a{number}: &a{number} {}", level(&alias)).unwrap();
    }
    let error = tree(&text).unwrap();
    assert!(error.message.contains("nested more than 96"), "{error}");
    let two_levels: Vec<&str> = text.lines().take(2).collect();
    tree(&two_levels.join("\n")).unwrap_err();
}

#[test]
fn an_alias_within_what_it_stands_for_is_refused() {
    let error = tree("a: &a [*a]\n").unwrap();
    assert!(
        error.message.contains("within what it stands for"),
        "{error}"
    );
}

#[test]
fn a_second_document_is_not_passed_over() {
    let error = tree("a: 1\n---\nb: 2\n").unwrap();
    assert!(error.message.contains("second document"), "{error}");
}

#[test]
fn functions_that_make_too_much_text_end() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("template.yaml");
    let mut text = String::from(
        "Resources:\n  F:\n    Type: AWS::Lambda::Function\n    Properties:\n      A: ",
    );
    for _ in 0..25 {
        text.push_str("{'Fn::Sub': ['${a}${a}${a}', {a: ");
    }
    text.push_str("xxxxxxxxxxxxxxxx");
    text.push_str(&"}]}".repeat(25));
    fs::write(&path, text).unwrap();
    let deployment = Deployment::read(&path, &mut Sources::default()).unwrap();
    assert_eq!(deployment.functions.len(), 1);
}

/// The stage of an API, which such conditions choose.
fn chosen_by(conditions: &str, name: &str) -> Option<String> {
    let text = format!(
        "Parameters: {{ P: {{ Type: String }}, Q: {{ Type: String, Default: q }} }}\n\
         Conditions:\n{conditions}\
         Resources:\n  Api:\n    Type: AWS::Serverless::Api\n\
         \x20   Properties: {{ StageName: !If [{name}, yes, no] }}\n"
    );
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("template.yaml");
    std::fs::write(&path, text).unwrap();
    let deployment = Deployment::read(&path, &mut Sources::default()).unwrap();
    let stage = deployment.apis.first().unwrap().stages.first();
    stage.unwrap().known().cloned()
}

#[test]
fn conditions_that_ask_without_end_are_left_open() {
    let twice = |name: &str| format!("!And [{{ Condition: {name} }}, {{ Condition: {name} }}]");
    let round = format!("  A: {}\n", twice("A"));
    let mut doubled = "  C0: !Equals [!Ref P, x]\n".to_owned();
    let mut nested = doubled.clone();
    for level in 1..40 {
        let before = format!("C{}", level - 1);
        writeln!(doubled, "  C{level}: {}", twice(&before)).unwrap();
        let (open, close) = ("!And [".repeat(88), "]".repeat(88));
        writeln!(nested, "  C{level}: {open}{{ Condition: {before} }}{close}").unwrap();
    }
    for (conditions, name) in [(round, "A"), (doubled, "C39"), (nested, "C39")] {
        assert_eq!(chosen_by(&conditions, name), None, "{name}");
    }
    let chain = "  A: !Equals [!Ref Q, q]\n  B: !Not [{ Condition: A }]\n  C: !Or [{ Condition: B }, { Condition: A }]\n";
    assert_eq!(chosen_by(chain, "C").as_deref(), Some("yes"));
    assert_eq!(chosen_by(chain, "B").as_deref(), Some("no"));
}

#[test]
fn a_file_that_includes_itself_is_left_out_at_some_depth() {
    let folder = tempfile::tempdir().unwrap();
    let include = "{'Fn::Transform': {Name: 'AWS::Include', Parameters: {Location: api.yaml}}}";
    let path = folder.path().join("template.yaml");
    let api = format!("paths: {include}\n");
    fs::write(folder.path().join("api.yaml"), api).unwrap();
    let text = format!(
        "Resources:\n  A:\n    Type: AWS::ApiGateway::RestApi\n    Properties:\n      Body: {include}\n"
    );
    fs::write(&path, text).unwrap();
    let deployment = Deployment::read(&path, &mut Sources::default()).unwrap();
    assert_eq!(deployment.unread.len(), 1);
}

/// Bytes that are anything, and lines made of what templates are made of.
fn texts() -> impl Strategy<Value = Vec<u8>> {
    let words = prop::sample::select(vec![
        "Resources:",
        "Globals:",
        "Api:",
        "Properties:",
        "Type: AWS::Serverless::Api",
        "X:",
        "- ",
        "Type: AWS::ApiGateway::Method",
        "Type: AWS::Serverless::Function",
        "Events: {E: {Type: Api}}",
        "Auth: {DefaultAuthorizer: A}",
        "!Ref X",
        "!If [C, ",
        "!Sub ${",
        "}",
        "]",
        "&a",
        "*a",
        "<<: *a",
        "Fn::If: [",
        "Fn::Join: [",
        "'Fn::Transform': {Name: AWS::Include}",
        "planned_values: {",
        "root_module: {",
        "resources: [",
        "\"",
        "'",
        "DefinitionUri: x",
        "Conditions: {C: {Condition: C}}",
        "ResourceId: !Ref X",
        "ParentId: !Ref X",
        "RestApiId: !Ref X",
        "PathPart: x",
        ": ",
        "|\n",
        "\t",
    ]);
    let line = (0usize..6, prop::collection::vec(words, 0..4))
        .prop_map(|(indent, words)| "  ".repeat(indent) + &words.join(" ") + "\n");
    prop_oneof![
        prop::collection::vec(any::<u8>(), 0..200),
        prop::collection::vec(line, 0..30).prop_map(|lines| lines.concat().into_bytes()),
    ]
}

proptest! {
    #[test]
    fn no_file_makes_the_reader_panic(bytes in texts()) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("template.yaml");
        fs::write(&path, bytes).unwrap();
        let _ = Deployment::read(&path, &mut Sources::default());
    }

    /// A good description with a stretch of it replaced.
    #[test]
    fn no_broken_description_makes_the_reader_panic(
        case in prop::sample::select(cases()),
        at in any::<prop::sample::Index>(),
        length in 0usize..40,
        insertion in texts(),
    ) {
        let mut paths = DESCRIPTIONS.iter().map(|name| case.join(name));
        let mut bytes = fs::read(paths.find(|path| path.exists()).unwrap()).unwrap();
        let at = at.index(bytes.len());
        let end = (at + length).min(bytes.len());
        bytes.splice(at..end, insertion);
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("template.yaml");
        fs::write(&path, bytes).unwrap();
        let _ = Deployment::read(&path, &mut Sources::default());
    }
}
