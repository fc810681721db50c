//! What the policy says as it is written: the matrix, the tests, a scenario as a test.

use std::fs;

use serde_json::{Value, json};

use crate::dev::{Dev, POLICY};

const FILE: &str = "access.policy";

/// The policy with this in place of that.
fn edited(this: &str, that: &str) -> Value {
    assert!(POLICY.contains(this));
    json!({ FILE: POLICY.replace(this, that) })
}

/// The cells of a call by the names of the columns; the visitor, who is no user, as `nobody`.
fn cells(matrix: &Value, call: &str) -> Value {
    let rows = matrix["rows"].as_array().unwrap();
    let row = rows.iter().find(|row| row["call"] == call);
    let row = row.unwrap_or_else(|| panic!("{call}: {matrix:#}"));
    let columns = matrix["columns"].as_array().unwrap();
    let names = columns
        .iter()
        .map(|column| column["user"].as_str().unwrap_or("nobody").to_owned());
    let cells = row["cells"].as_array().unwrap().iter().cloned();
    Value::Object(names.zip(cells).collect())
}

#[test]
fn the_matrix_shows_users_as_their_provider_vouches_for_them() {
    let dev = Dev::start();
    let matrix = dev.post("/api/matrix", &json!({}));
    assert_eq!(matrix["problem"], Value::Null);
    let columns = matrix["columns"].as_array().unwrap();
    assert_eq!(
        columns[0],
        json!({ "name": "visitor", "user": null, "who": "visitor" })
    );
    let light = columns
        .iter()
        .find(|column| column["name"] == "light")
        .unwrap();
    let who = "u-light with product p-live-light";
    assert_eq!(
        *light,
        json!({ "name": "light", "user": "light", "who": who })
    );
    // Who is signed out, or has a token that is over, is as good as a visitor.
    assert!(columns.iter().all(|column| column["name"] != "expired"));
    assert!(columns.iter().all(|column| column["name"] != "signed-out"));
    let reports = cells(&matrix, "GET /pro/reports/example");
    assert_eq!(reports["nobody"], "login_required");
    assert_eq!(reports["light"], "upgrade_required");
    assert_eq!(reports["pro"], "allowed");
    let row = &matrix["rows"][3];
    assert_eq!(row["rule"], "route /pro/reports/*");
    assert_eq!((&row["file"], &row["line"]), (&json!(FILE), &json!(5)));
    assert_eq!(row["place"], "access.policy:5");
    assert_eq!(
        (&row["method"], &row["path"]),
        (&json!("GET"), &json!("/pro/reports/example"))
    );
}

#[test]
fn the_matrix_follows_what_is_not_saved() {
    let dev = Dev::start();
    let drafts = edited("requires product p-live-pro\n", "requires user\n");
    let matrix = dev.post(
        "/api/matrix",
        &json!({ "drafts": drafts, "columns": "users" }),
    );
    assert_eq!(
        cells(&matrix, "GET /pro/reports/example")["light"],
        "allowed"
    );
    let saved = dev.post("/api/matrix", &json!({}));
    assert_eq!(
        cells(&saved, "GET /pro/reports/example")["light"],
        "upgrade_required"
    );
    assert_eq!(dev.saved(), POLICY);
    let typical = dev.post("/api/matrix", &json!({ "columns": "typical" }));
    let names = typical["columns"].as_array().unwrap();
    assert!(
        names
            .iter()
            .any(|column| column["name"] == "user with product p-live-pro")
    );
    assert!(names.iter().all(|column| column["user"].is_null()));
}

#[test]
fn a_policy_with_mistakes_leaves_the_one_in_force() {
    let dev = Dev::start();
    let drafts = json!({ FILE: "rout /x is public\n" });
    let matrix = dev.post("/api/matrix", &json!({ "drafts": drafts }));
    let problem = matrix["problem"].as_str().unwrap();
    assert!(problem.contains("access.policy:1:1"), "{problem}");
    assert_eq!(cells(&matrix, "GET /pro/reports/example")["pro"], "allowed");
    let tests = dev.post("/api/tests", &json!({ "drafts": { FILE: "" } }));
    assert!(
        tests["problem"].as_str().unwrap().contains("no `route`"),
        "{tests}"
    );
    // The same of what is saved.
    fs::write(dev.policy(FILE), "rout /x is public\n").unwrap();
    let matrix = dev.post("/api/matrix", &json!({}));
    assert!(
        matrix["problem"]
            .as_str()
            .unwrap()
            .contains("access.policy:1:1")
    );
    assert_eq!(cells(&matrix, "GET /pro/reports/example")["pro"], "allowed");
    let reply = dev.ask(
        "POST",
        "/api/matrix",
        &json!({ "drafts": { "no.policy": "" } }),
    );
    assert_eq!(reply.status, 404);
}

#[test]
fn failing_tests_are_told() {
    let dev = Dev::start();
    let test = "\ntest \"who\" {\n  visitor\n  GET /health is allowed\n  GET /pro/1 is allowed\n  \
                GET /health is denied\n}\n";
    let drafts = json!({ FILE: format!("{POLICY}{test}") });
    let tests = dev.post("/api/tests", &json!({ "drafts": drafts }));
    assert_eq!(
        (&tests["total"], &tests["problem"]),
        (&json!(3), &Value::Null)
    );
    let failed = tests["failed"].as_array().unwrap();
    assert_eq!(failed.len(), 2);
    assert_eq!(
        failed[0],
        json!({
            "file": FILE,
            "line": 10,
            "example": "GET /pro/1 is allowed",
            "message": "expected allowed, is denied: login_required",
        })
    );
    assert_eq!(failed[1]["message"], "expected denied, is allowed");
}

/// What a test of a scenario looks like under a policy.
fn block(dev: &Dev, policy: &str, scenario: Value) -> Result<String, String> {
    let Value::Object(mut body) = scenario else {
        panic!("{scenario}")
    };
    body.insert("file".to_owned(), json!(FILE));
    body.insert("drafts".to_owned(), json!({ FILE: policy }));
    let reply = dev.ask("POST", "/api/test-block", &Value::Object(body));
    if reply.status != 200 {
        return Err(reply.message());
    }
    let made = reply.json();
    let (text, block) = (
        made["text"].as_str().unwrap(),
        made["block"].as_str().unwrap(),
    );
    let line = usize::try_from(made["line"].as_u64().unwrap()).unwrap();
    let tail: Vec<&str> = text.lines().skip(line - 1).collect();
    assert_eq!(tail.join("\n"), block);
    let tests = dev.post("/api/tests", &json!({ "drafts": { FILE: text } }));
    assert_eq!(
        (&tests["failed"], &tests["problem"]),
        (&json!([]), &Value::Null)
    );
    Ok(block.to_owned())
}

#[test]
fn a_scenario_becomes_a_test() {
    let dev = Dev::start();
    let policy = "\
let totp is user
route /pro/*     requires product p-live-light
route /me/{id}/* requires user {id}
route /eu/*      requires header x-region = \"eu\" and query plan = \"pro\"
route /sale/*    requires after 2020-01-01
route /mfa/*     requires mfa \"totp\"
route /home/*    requires ip in 127.0.0.0/8
";
    let call = |path: &str| json!({ "method": "GET", "path": path });
    let by = |path: &str, user: &str| json!({ "method": "GET", "path": path, "user": user });
    for (scenario, expected) in [
        (
            call("/pro/1?x=1"),
            "test \"GET /pro/1 as visitor\" {\n  visitor\n  GET /pro/1 is denied, login_required\n}",
        ),
        (
            by("/pro/1", "light"),
            "test \"GET /pro/1 as light\" {\n  user u-light with product p-live-light\n  \
             GET /pro/1 is allowed\n}",
        ),
        (
            by("/me/u-light/x", "light"),
            "test \"GET /me/u-light/x as light\" {\n  user u-light with product p-live-light\n  \
             GET /me/u-light/x is allowed\n}",
        ),
        (
            json!({
                "method": "GET", "path": "/eu/1?plan=pro&page=2", "name": "in \"Europe\"",
                "headers": [["X-Region", "eu"], ["Accept", "*/*"]],
            }),
            "test \"in \\\"Europe\\\"\" {\n  visitor\n  \
             GET /eu/1 with header x-region = \"eu\", query plan = \"pro\" is allowed\n}",
        ),
        (
            json!({ "method": "GET", "path": "/sale/1", "at": "2019-12-31T23:59:59Z" }),
            "test \"GET /sale/1 as visitor\" {\n  visitor\n  \
             GET /sale/1 at 2019-12-31T23:59:59Z is denied, forbidden\n}",
        ),
        (
            by("/mfa/1", "light"),
            "test \"GET /mfa/1 as light\" {\n  \
             user u-light with product p-live-light, unknown mfa \"totp\"\n  \
             GET /mfa/1 is denied, forbidden\n}",
        ),
        (
            json!({ "method": "GET", "path": "/home/1", "ip": "192.0.2.7" }),
            "test \"GET /home/1 as visitor\" {\n  visitor\n  \
             GET /home/1 from 192.0.2.7 is denied, forbidden\n}",
        ),
    ] {
        assert_eq!(block(&dev, policy, scenario).as_deref(), Ok(expected));
    }
    assert_eq!(dev.saved(), POLICY);
}

#[test]
fn a_test_has_a_name_of_its_own_and_is_refused_where_it_could_not_hold() {
    let dev = Dev::start();
    let policy = format!("{POLICY}\ntest \"a\" {{\n  visitor\n  GET /health is allowed\n}}\n");
    let scenario = json!({ "method": "GET", "path": "/health", "name": "a" });
    let made = block(&dev, &policy, scenario.clone()).unwrap();
    assert!(made.starts_with("test \"a (2)\" {"), "{made}");
    let broken = block(&dev, "rout", scenario).unwrap_err();
    assert!(broken.contains("no errors"), "{broken}");
    let nobody = json!({ "method": "GET", "path": "/health", "user": "nobody" });
    let message = block(&dev, &policy, nobody).unwrap_err();
    assert!(message.contains("no user `nobody`; there are"), "{message}");
    let nowhere = json!({ "method": "GET", "path": "/x", "user": "light", "provider": "other" });
    let message = block(&dev, &policy, nowhere).unwrap_err();
    assert!(
        message.contains("no provider `other`; there are tiun"),
        "{message}"
    );
}

#[test]
fn a_handshake_becomes_a_test_of_its_route() {
    let dev = Dev::start();
    let policy = "route /x is public\nroute $connect requires product p-live-pro\n";
    let headers = json!([["Upgrade", "websocket"]]);
    let scenario = json!({ "method": "GET", "path": "/", "headers": headers, "user": "pro" });
    let expected = "test \"$connect as pro\" {\n  user u-pro with product p-live-pro\n  \
                    $connect is allowed\n}";
    assert_eq!(
        block(&dev, policy, scenario.clone()).as_deref(),
        Ok(expected)
    );
    // A client connects, and not the page.
    let reply = dev.ask("POST", "/api/send", &scenario);
    assert_eq!(reply.status, 422, "{reply:?}");
}
