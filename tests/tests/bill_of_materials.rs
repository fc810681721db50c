//! `deploy/sbom` names exactly the libraries that cargo links into the function.
#![allow(clippy::indexing_slicing, clippy::unwrap_used, reason = "tests")]

use std::collections::BTreeSet;
use std::process::Command;

use serde_json::Value;
use tollgate_tests::build;

const TARGETS: [&str; 2] = ["x86_64-unknown-linux-gnu", "aarch64-unknown-linux-gnu"];

#[test]
fn it_names_what_is_linked_and_nothing_else() {
    for target in TARGETS {
        let bill = bill(target);
        let named: BTreeSet<String> = components(&bill).map(name).collect();
        assert_eq!(named, linked(target), "{target}");
    }
}

#[test]
fn each_library_has_its_source_its_hash_and_its_licence() {
    let bill = bill(TARGETS[0]);
    for component in components(&bill) {
        let name = name(component);
        assert!(component["licenses"][0]["expression"].is_string(), "{name}");
        let own = component["name"].as_str().unwrap().starts_with("tollgate-");
        if own || component["type"] == "application" {
            // Its name on crates.io is not ours.
            assert_eq!(component["purl"], Value::Null, "{name}");
        } else {
            let purl = format!("pkg:cargo/{}", name.replace('+', "%2B"));
            assert_eq!(component["purl"], purl);
            let hash = component["hashes"][0]["content"].as_str();
            assert_eq!(hash.map(str::len), Some(64), "{name}");
        }
    }
}

#[test]
fn two_are_equal() {
    assert_eq!(bill(TARGETS[0]), bill(TARGETS[0]));
}

fn bill(target: &str) -> Value {
    let mut command = Command::new(build::root().join("deploy/sbom"));
    serde_json::from_slice(&output(command.arg(target))).unwrap()
}

/// The libraries, and the function itself.
fn components(bill: &Value) -> impl Iterator<Item = &Value> {
    let libraries = bill["components"].as_array().unwrap();
    libraries.iter().chain([&bill["metadata"]["component"]])
}

fn name(component: &Value) -> String {
    let (name, version) = (&component["name"], &component["version"]);
    format!("{}@{}", name.as_str().unwrap(), version.as_str().unwrap())
}

/// What cargo would build for the target and link, by its plan of the build: not the resolver's tree,
/// which `deploy/sbom` reads. What runs on the machine that builds has no `platform` there.
fn linked(target: &str) -> BTreeSet<String> {
    let mut command = Command::new(env!("CARGO"));
    command.args([
        "build",
        "-Z",
        "unstable-options",
        "--unit-graph",
        "--locked",
    ]);
    command.args(["--package", "authorizer", "--target", target]);
    // The plan is not a stable option; the compiler itself is not asked for anything that is not.
    command.env("RUSTC_BOOTSTRAP", "1");
    let plan: Value = serde_json::from_slice(&output(&mut command)).unwrap();
    let units = plan["units"].as_array().unwrap();
    let index = |value: &Value| usize::try_from(value.as_u64().unwrap()).unwrap();
    let mut open: Vec<usize> = plan["roots"]
        .as_array()
        .unwrap()
        .iter()
        .map(index)
        .collect();
    let (mut seen, mut found) = (BTreeSet::new(), BTreeSet::new());
    while let Some(at) = open.pop() {
        let unit = units.get(at).unwrap();
        if unit["platform"].is_string() && unit["mode"] == "build" && seen.insert(at) {
            found.insert(package(unit["pkg_id"].as_str().unwrap()));
            let dependencies = unit["dependencies"].as_array().unwrap().iter();
            open.extend(dependencies.map(|dependency| index(&dependency["index"])));
        }
    }
    found
}

/// `NAME@VERSION` of a package ID: `…#NAME@VERSION`, or `…/NAME#VERSION`.
fn package(id: &str) -> String {
    let (place, rest) = id.split_once('#').unwrap();
    if rest.contains('@') {
        return rest.to_owned();
    }
    format!("{}@{rest}", place.rsplit('/').next().unwrap())
}

fn output(command: &mut Command) -> Vec<u8> {
    let output = command.current_dir(build::root()).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}: {said}");
    output.stdout
}
