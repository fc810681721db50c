//! What is read from deployment descriptions: `template/NAME/` holds one, and in `model` what comes
//! of it, a line a thing. With `UPDATE_MODELS=1` the models are written anew, to be read in the diff.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

mod bounds;
mod shown;

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use tollgate_grammar::Sources;
use tollgate_local::template::Deployment;
use tollgate_local::template::api::Route;

use shown::read;

/// The names a description may have in its folder.
const DESCRIPTIONS: [&str; 3] = ["template.yaml", "template.json", "plan.json"];

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/template")
}

fn cases() -> Vec<PathBuf> {
    let entries = fs::read_dir(folder()).unwrap();
    let mut cases: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    cases.retain(|path| path.is_dir());
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
