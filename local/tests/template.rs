//! What is read from deployment descriptions: `template/NAME/` holds one, and in `model` what comes
//! of it, a line a thing. With `UPDATE_MODELS=1` the models are written anew, to be read in the diff.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use proptest::prelude::*;
use tollgate_grammar::{Sources, Span};
use tollgate_local::template::api::{Api, ApiKind, Guard, Route};
use tollgate_local::template::authorizer::Authorizer;
use tollgate_local::template::cors::Cors;
use tollgate_local::template::node::Node;
use tollgate_local::template::setting::Setting;
use tollgate_local::template::{Deployment, yaml};

/// The names a description may have in its folder.
const DESCRIPTIONS: [&str; 3] = ["template.yaml", "template.json", "plan.json"];

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/template")
}

fn cases() -> Vec<PathBuf> {
    let entries = fs::read_dir(folder()).unwrap();
    let mut cases: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    assert!(!cases.is_empty());
    cases.sort();
    cases
}

#[test]
fn every_description_is_read_as_its_model() {
    let update = std::env::var_os("UPDATE_MODELS").is_some();
    let mut faults = String::new();
    for case in cases() {
        let mut paths = DESCRIPTIONS.iter().map(|name| case.join(name));
        let path = paths.find(|path| path.exists());
        let path = path.unwrap_or_else(|| panic!("{} holds no description", case.display()));
        let actual = read(&path);
        let model = case.join("model");
        if update {
            fs::write(&model, &actual).unwrap();
            continue;
        }
        let expected = fs::read_to_string(&model).unwrap_or_default();
        if actual != expected {
            let name = case.file_name().unwrap().display();
            writeln!(
                faults,
                "==== {name}: expected\n{expected}\n==== got\n{actual}"
            )
            .unwrap();
        }
    }
    assert!(faults.is_empty(), "\n{faults}");
}

fn read(path: &Path) -> String {
    let mut sources = Sources::default();
    match Deployment::read(path, &mut sources) {
        Ok(deployment) => Shown(&sources).deployment(&deployment),
        Err(error) => {
            let folder = format!("{}/", path.parent().unwrap().display());
            format!("error {}\n", error.to_string().replace(&folder, ""))
        }
    }
}

fn shown_cors(cors: &Cors) -> String {
    let text = |text: &Option<String>| text.clone().unwrap_or_else(|| "-".to_owned());
    format!(
        "of [{}] methods {} headers {} exposed {} age {} credentials {}",
        cors.origins.join(", "),
        text(&cors.methods),
        text(&cors.headers),
        text(&cors.exposed),
        text(&cors.max_age),
        cors.credentials
    )
}

/// Everything of a model in lines, each with where it is written.
struct Shown<'s>(&'s Sources);

impl Shown<'_> {
    fn deployment(&self, deployment: &Deployment) -> String {
        let mut text = String::new();
        for api in &deployment.apis {
            self.api(&mut text, api);
        }
        for function in &deployment.functions {
            let (timeout, memory) = (setting(&function.timeout), setting(&function.memory));
            let (name, level) = (&function.name, setting(&function.log_level));
            let at = self.place(function.span);
            writeln!(
                text,
                "function {name}: {timeout} s, {memory} MB, logs {level} {at}"
            )
            .unwrap();
            for (name, value) in &function.environment {
                writeln!(text, "  {name}={}", setting(value)).unwrap();
            }
        }
        for permission in &deployment.permissions {
            let (function, principal) = (
                setting(&permission.function),
                setting(&permission.principal),
            );
            let source = permission.source.as_ref();
            let source = source.map_or("anywhere".to_owned(), Node::shown);
            let at = self.place(permission.span);
            writeln!(
                text,
                "permission {function} to {principal} from {source} {at}"
            )
            .unwrap();
        }
        for alarm in &deployment.alarms {
            let (metric, function) = (&alarm.metric, setting(&alarm.function));
            writeln!(
                text,
                "alarm {metric} of {function} {}",
                self.place(alarm.span)
            )
            .unwrap();
        }
        for unread in &deployment.unread {
            writeln!(text, "unread {} {}", unread.what, self.place(unread.span)).unwrap();
        }
        text
    }

    fn api(&self, text: &mut String, api: &Api) {
        let (kind, name) = (api.kind.name(), &api.name);
        writeln!(text, "{kind} {name} {}", self.place(api.span)).unwrap();
        for stage in &api.stages {
            writeln!(text, "  stage {}", setting(stage)).unwrap();
        }
        for variable in &api.variables {
            let (name, value, stage) = (&variable.name, &variable.value, &variable.stage);
            writeln!(text, "  variable {name}={value} of {}", setting(stage)).unwrap();
        }
        for authorizer in &api.authorizers {
            self.authorizer(text, authorizer);
        }
        for route in &api.routes {
            let guard = match &route.guard {
                Guard::Open => "open".to_owned(),
                Guard::Authorizer(name) => format!("by {name}"),
                Guard::Other(name) => format!("by {name} of AWS"),
                Guard::Unknown(text) => format!("unknown {text}"),
            };
            let made = if route.preflight { " preflight" } else { "" };
            let (route, at) = (route.shown(), self.place(route.span));
            writeln!(text, "  route {route} {guard}{made} {at}").unwrap();
        }
        for response in &api.gateway_responses {
            let kind = &response.kind;
            let status = response.status.map_or(String::new(), |it| format!("{it} "));
            let headers = response.headers.iter();
            let headers: Vec<_> = headers.map(|(name, of)| format!("{name}: {of}")).collect();
            let bodies = response.templates.iter();
            let bodies: Vec<_> = bodies.map(|(of, body)| format!("{of} {body}")).collect();
            let (headers, bodies) = (headers.join(", "), bodies.join(" "));
            let at = self.place(response.span);
            writeln!(text, "  response {kind} {status}[{headers}] {bodies} {at}").unwrap();
        }
        let mut place = |what: &str, span: Option<&Span>| {
            if let Some(span) = span {
                writeln!(text, "  {what} {}", self.place(*span)).unwrap();
            }
        };
        if let Some(cors) = &api.cors {
            place(&format!("cors {}", shown_cors(cors)), Some(&cors.span));
        }
        place("security of the document", api.root_security.as_ref());
        for allow in &api.policy_allows {
            place("policy allows", Some(allow));
        }
        if api.key_source.written {
            writeln!(text, "  keys from {}", setting(&api.key_source)).unwrap();
        }
        if api.endpoint_disabled.written {
            writeln!(text, "  endpoint off {}", setting(&api.endpoint_disabled)).unwrap();
        }
        for mapping in &api.mappings {
            let stage = mapping.stage.as_ref();
            let stage = stage.map_or("named by callers".to_owned(), setting);
            let path = setting(&mapping.base_path);
            let at = self.place(mapping.span);
            writeln!(text, "  mapped to /{path}, stage {stage} {at}").unwrap();
        }
        if api.kind == ApiKind::WebSocket {
            let selection = setting(&api.route_selection);
            let answering = api.answering.join(", ");
            writeln!(text, "  messages by {selection}, answered by [{answering}]").unwrap();
        }
    }

    fn authorizer(&self, text: &mut String, authorizer: &Authorizer) {
        let (name, kind) = (&authorizer.name, &authorizer.kind);
        let (function, ttl) = (setting(&authorizer.function), setting(&authorizer.ttl));
        let at = self.place(authorizer.span);
        write!(text, "  authorizer {name} {kind:?} {function} ttl {ttl}").unwrap();
        if authorizer.payload.written {
            write!(text, " payload {}", setting(&authorizer.payload)).unwrap();
        }
        if authorizer.simple.written {
            write!(text, " simple {}", setting(&authorizer.simple)).unwrap();
        }
        let sources = authorizer
            .identity
            .iter()
            .map(|source| source.node.to_string());
        let sources: Vec<String> = sources.collect();
        write!(text, " [{}]", sources.join(", ")).unwrap();
        if let Some(validation) = &authorizer.validation {
            write!(text, " must match {}", setting(validation)).unwrap();
        }
        if authorizer.has_role {
            write!(text, " by a role").unwrap();
        }
        writeln!(text, " {at}").unwrap();
    }

    fn place(&self, span: Span) -> String {
        let file = self.0.file(span.file).unwrap();
        let name = Path::new(file.name()).file_name().unwrap().display();
        let place = file.place(span.start);
        // Of the one line of a plan the column says too much: it moves with every edit.
        match name.to_string() {
            plan if plan == "plan.json" => String::from("@plan"),
            name => format!("@{name}:{}", place.line),
        }
    }
}

/// A value; a default in parentheses, an unknown one after a question mark.
fn setting<T: std::fmt::Display>(setting: &Setting<T>) -> String {
    match &setting.value {
        Ok(value) if setting.written => value.to_string(),
        Ok(value) => format!("({value})"),
        Err(text) => format!("?{text}"),
    }
}

/// The route that takes each request, of the same routes of both kinds of API.
#[test]
fn the_most_specific_route_takes_a_request() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("template.yaml");
    let mut text = String::from("Resources:\n");
    for (kind, api) in [("Api", "RestApiId"), ("HttpApi", "ApiId")] {
        let stage = if kind == "Api" {
            "StageName: main"
        } else {
            "Name: x"
        };
        writeln!(
            text,
            "  {kind}: {{ Type: AWS::Serverless::{kind}, Properties: {{ {stage} }} }}\n  \
             Of{kind}:\n    Type: AWS::Serverless::Function\n    Properties:\n      Events:"
        )
        .unwrap();
        let routes = [
            "GET /a",
            "ANY /a",
            "GET /b",
            "ANY /{id}",
            "GET /c/{id}",
            "ANY /{all+}",
            "ANY /c/d",
        ];
        for (number, route) in routes.iter().enumerate() {
            let (method, path) = route.split_once(' ').unwrap();
            writeln!(
                text,
                "        E{number}: {{ Type: {kind}, Properties: {{ {api}: !Ref {kind}, \
                 Path: '{path}', Method: {method} }} }}"
            )
            .unwrap();
        }
    }
    fs::write(&path, text).unwrap();
    let deployment = Deployment::read(&path, &mut Sources::default()).unwrap();
    let taker = |api: &str, method: &str, path: &str| {
        let api = deployment
            .apis
            .iter()
            .find(|known| known.name == api)
            .unwrap();
        api.route(method, path)
            .map_or("none".to_owned(), Route::shown)
    };
    for (method, path, rest, http) in [
        ("GET", "/a", "GET /a", "GET /a"),
        ("GET", "/a/", "GET /a", "GET /a"),
        ("POST", "/a", "ANY /a", "ANY /a"),
        // A REST API chooses the resource first, and has no method there.
        ("POST", "/b", "none", "ANY /{id}"),
        ("GET", "/x", "ANY /{id}", "ANY /{id}"),
        ("GET", "/c/x", "GET /c/{id}", "GET /c/{id}"),
        ("GET", "/c/d", "ANY /c/d", "ANY /c/d"),
        ("PUT", "/c/x", "none", "ANY /{all+}"),
        ("PUT", "/x/y", "ANY /{all+}", "ANY /{all+}"),
        ("GET", "/", "none", "none"),
    ] {
        assert_eq!(taker("Api", method, path), rest, "REST {method} {path}");
        assert_eq!(taker("HttpApi", method, path), http, "HTTP {method} {path}");
    }
}

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
