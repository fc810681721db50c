//! The files of the policy, read and saved.

use std::fs;
use std::os::unix::fs::symlink;

use serde_json::{Value, json};

use crate::dev::{Dev, POLICY, Reply};

const NAME: &str = "access.policy";

fn read(dev: &Dev, name: &str) -> Reply {
    dev.get(&format!("/api/policy?file={name}"))
}

fn save(dev: &Dev, text: &str, hash: &Value) -> Reply {
    let body = json!({ "name": NAME, "text": text, "hash": hash });
    dev.ask("PUT", "/api/policy", &body)
}

#[test]
fn a_file_is_saved_formatted_and_a_conflict_is_told() {
    let dev = Dev::start();
    let first = read(&dev, NAME).json();
    assert_eq!(first["text"], POLICY);
    let saved = save(&dev, "route   GET /a   is public", &first["hash"]).json();
    assert_eq!(saved["text"], "route GET /a is public\n");
    assert_eq!(
        (&saved["formatted"], &saved["problem"]),
        (&json!(true), &Value::Null)
    );
    assert_eq!(dev.saved(), "route GET /a is public\n");
    assert_eq!(read(&dev, NAME).json()["hash"], saved["hash"]);

    let late = save(&dev, "route GET /b is public\n", &first["hash"]);
    assert_eq!(late.status, 409);
    assert_eq!(late.json()["text"], saved["text"]);
    assert_eq!(late.json()["hash"], saved["hash"]);
    assert_eq!(dev.saved(), "route GET /a is public\n");
}

#[test]
fn a_text_with_mistakes_is_saved_as_it_is() {
    let dev = Dev::start();
    let first = read(&dev, NAME).json();
    let text = "rout GET /a   is public\r\nroute GET /b is public";
    let saved = save(&dev, text, &first["hash"]).json();
    assert_eq!(
        (&saved["text"], &saved["formatted"]),
        (&json!(text), &json!(false))
    );
    let problem = saved["problem"].as_str().unwrap();
    assert!(problem.contains("access.policy:1:1"), "{problem}");
    assert_eq!(dev.saved(), text);
    let again = save(
        &dev,
        "route GET /a is public\r\nroute GET /b is public",
        &saved["hash"],
    );
    assert_eq!(again.json()["problem"], Value::Null);
    assert_eq!(
        dev.saved(),
        "route GET /a is public\nroute GET /b is public\n"
    );
}

#[test]
fn mistakes_of_the_policy_as_a_whole_are_told() {
    let dev = Dev::start();
    fs::write(dev.policy("more.policy"), "route GET /health is public\n").unwrap();
    let first = read(&dev, NAME).json();
    let saved = save(&dev, POLICY, &first["hash"]).json();
    assert_eq!(saved["formatted"], true);
    let problem = saved["problem"].as_str().unwrap();
    assert!(problem.contains("more.policy:1"), "{problem}");
}

#[test]
fn files_outside_the_folder_are_not_there() {
    let dev = Dev::start();
    let outside = dev.policy("../outside.policy");
    fs::write(&outside, "outside").unwrap();
    symlink(&outside, dev.policy("link.policy")).unwrap();
    for name in [
        "authorizer.yaml",
        "../outside.policy",
        "..%2Foutside.policy",
        "%2e%2e%2foutside.policy",
        "link.policy",
        "nothing.policy",
        "",
        "/etc/passwd",
        ".policy",
    ] {
        let reply = read(&dev, name);
        assert_eq!(reply.status, 404, "{name}: {reply:?}");
        assert!(!reply.body.contains("api_key"), "{name}");
    }
    assert_eq!(dev.get("/api/policy").status, 400);
    fs::write(dev.policy("latin.policy"), b"# \xe4\n").unwrap();
    let reply = read(&dev, "latin.policy");
    assert_eq!(reply.status, 422);
    assert!(reply.message().contains("UTF-8"), "{reply:?}");
}
