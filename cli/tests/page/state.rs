//! What is in force, who is there, and what is switched.

use serde_json::{Value, json};

use crate::dev::{Dev, POLICY};

fn user(state: &Value, name: &str) -> Value {
    let users = state["users"].as_array().unwrap();
    users
        .iter()
        .find(|user| user["name"] == name)
        .unwrap()
        .clone()
}

/// The cell of a user in the matrix.
fn cell(dev: &Dev, user: &str, call: &str) -> Value {
    let matrix = dev.post("/api/matrix", &json!({}));
    let columns = matrix["columns"].as_array().unwrap();
    let place = columns.iter().position(|column| column["user"] == user);
    let rows = matrix["rows"].as_array().unwrap();
    let row = rows.iter().find(|row| row["call"] == call).unwrap();
    place.map_or(Value::Null, |place| row["cells"][place].clone())
}

#[test]
fn the_state_says_what_is_served() {
    let dev = Dev::start();
    let state = dev.get("/api/state").json();
    assert_eq!(state["version"], env!("CARGO_PKG_VERSION"));
    let url = state["gateway"]["url"].as_str().unwrap();
    assert!(url.starts_with("http://127.0.0.1:"), "{url}");
    let api = &state["gateway"]["apis"][0];
    assert_eq!((&api["base_path"], &api["url"]), (&json!("/"), &json!(url)));
    assert!(!api["routes"].as_array().unwrap().is_empty());
    assert_eq!(state["policy"]["folder"], "policy");
    assert_eq!(state["policy"]["files"], json!(["access.policy"]));
    let root = format!(
        "file://{}",
        dev.policy(".").canonicalize().unwrap().display()
    );
    assert_eq!(state["policy"]["root_uri"], root);
    assert_eq!(state["policy"]["version"].as_str().unwrap().len(), 12);
    for kind in ["policy", "configuration", "template", "users"] {
        assert_eq!(state["problems"][kind], Value::Null);
    }
    assert_eq!(state["function"], Value::Null);
    let provider = &state["providers"][0];
    assert_eq!(
        (&provider["name"], &provider["kind"]),
        (&json!("tiun"), &json!("tiun (live)"))
    );
    assert_eq!(
        (&provider["fault"], &provider["latency_ms"]),
        (&json!("none"), &json!(0))
    );
    assert_eq!(
        state["faults"][0],
        json!({ "value": "none", "label": "answers as ever" })
    );
    assert_eq!(state["products"], json!(["p-live-light", "p-live-pro"]));
    assert_eq!(
        user(&state, "light"),
        json!({
            "name": "light", "id": "u-light", "email": "light@example.com",
            "products": ["p-live-light"], "session": "active", "token": "good",
            "summary": "p-live-light", "changed": false,
        })
    );
}

#[test]
fn a_user_is_changed_and_as_in_the_file_again() {
    let dev = Dev::start();
    let reports = "GET /pro/reports/example";
    assert_eq!(cell(&dev, "light", reports), "upgrade_required");
    let state = dev.post("/api/users/light", &json!({ "products": ["p-live-pro"] }));
    assert_eq!(user(&state, "light")["products"], json!(["p-live-pro"]));
    assert_eq!(user(&state, "light")["changed"], true);
    assert_eq!(cell(&dev, "light", reports), "allowed");
    dev.post("/api/users/light", &json!({ "session": "ended" }));
    assert_eq!(cell(&dev, "light", reports), Value::Null);
    let kept = user(&dev.get("/api/state").json(), "light");
    assert_eq!(
        (&kept["products"], &kept["session"]),
        (&json!(["p-live-pro"]), &json!("ended"))
    );
    let all = json!({ "products": null, "session": null, "token": null });
    let state = dev.post("/api/users/light", &all);
    assert_eq!(user(&state, "light")["changed"], false);
    assert_eq!(cell(&dev, "light", reports), "upgrade_required");

    let reply = dev.ask("POST", "/api/users/nobody", &all);
    assert_eq!(reply.status, 404);
    assert!(reply.message().contains("there are "), "{reply:?}");
    let reply = dev.ask("POST", "/api/users/%ff", &all);
    assert_eq!(reply.status, 400);
    assert!(!reply.message().is_empty());
    let other = json!({ "products": ["p-test-pro"] });
    assert_eq!(dev.ask("POST", "/api/users/light", &other).status, 400);
    let unknown = json!({ "sesion": "ended" });
    assert_eq!(dev.ask("POST", "/api/users/light", &unknown).status, 400);
}

#[test]
fn an_outage_is_shown_as_what_it_is() {
    let dev = Dev::start();
    let state = dev.post(
        "/api/providers/tiun",
        &json!({ "fault": "down", "latency_ms": 5 }),
    );
    let provider = &state["providers"][0];
    assert_eq!(
        (&provider["fault"], &provider["latency_ms"]),
        (&json!("down"), &json!(5))
    );
    assert_eq!(cell(&dev, "light", "GET /pro/example"), "unavailable");
    assert_eq!(cell(&dev, "light", "GET /health"), "allowed");
    let light = json!({ "method": "GET", "path": "/pro/1", "user": "light" });
    let seen = dev.post("/api/explain", &light);
    assert_eq!(seen["token"]["outcome"], "unavailable");
    assert_eq!(seen["decision"]["outcome"], "failed");
    let mut test = light.clone();
    test["file"] = json!("access.policy");
    let reply = dev.ask("POST", "/api/test-block", &test);
    assert_eq!(reply.status, 422);
    assert!(reply.message().contains("unavailable"), "{reply:?}");
    dev.post(
        "/api/providers/tiun",
        &json!({ "fault": "none", "latency_ms": 0 }),
    );
    assert_eq!(cell(&dev, "light", "GET /pro/example"), "allowed");

    for (name, body, status) in [
        ("tiun", json!({ "fault": "gone" }), 400),
        ("tiun", json!({ "latency_ms": 3_600_000 }), 400),
        ("tiun", json!({ "latency_ms": -1 }), 400),
        ("other", json!({ "fault": "none" }), 404),
    ] {
        let reply = dev.ask("POST", &format!("/api/providers/{name}"), &body);
        assert_eq!(reply.status, status, "{name} {body}");
    }
}

#[test]
fn a_token_is_shown_with_the_line_that_sends_it() {
    let dev = Dev::start();
    let shown = dev
        .get("/api/token?user=light&provider=tiun&path=/pro/1%3Fa=b&method=POST")
        .json();
    let token = shown["token"].as_str().unwrap();
    assert_eq!(
        shown["header"],
        json!(["Authorization", format!("Bearer {token}")])
    );
    assert_eq!(shown["query"], Value::Null);
    let curl = shown["curl"].as_str().unwrap();
    let url = dev.get("/api/state").json()["gateway"]["url"]
        .as_str()
        .unwrap()
        .to_owned();
    let expected = format!("curl -i -X POST -H 'Authorization: Bearer {token}' '{url}/pro/1?a=b'");
    assert_eq!(curl, expected);
    let visitor = dev.get("/api/token?user=&path=/health").json();
    assert_eq!(visitor["curl"], format!("curl -i {url}/health"));
    let listed = dev.get("/api/token?path=/%7Ba,b%7D").json();
    let expected = format!("curl -i --globoff '{url}/{{a,b}}'");
    assert_eq!(listed["curl"], expected);
    // The token would go to another host, of whoever made the link to the request.
    let elsewhere = dev.get("/api/token?user=light&path=@evil.example/");
    assert_eq!(elsewhere.status, 400, "{elsewhere:?}");
    assert_eq!(dev.get("/api/token?user=nobody").status, 404);
    assert_eq!(dev.get("/api/token?user=light&provider=other").status, 404);
}

#[test]
fn what_is_saved_comes_into_force() {
    let dev = Dev::start();
    let read = dev.get("/api/policy?file=access.policy").json();
    let version = dev.get("/api/state").json()["policy"]["version"].clone();
    let text = POLICY.replace("requires product p-live-pro\n", "requires user\n");
    let body = json!({ "name": "access.policy", "text": text, "hash": read["hash"] });
    assert_eq!(dev.ask("PUT", "/api/policy", &body).status, 200);
    let begun = std::time::Instant::now();
    while dev.get("/api/state").json()["policy"]["version"] == version {
        assert!(begun.elapsed() < crate::dev::PATIENCE);
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    let light = json!({ "method": "GET", "path": "/pro/reports/1", "user": "light" });
    let sent = dev.post("/api/send", &light);
    assert_eq!(sent["response"]["status"], 200);
    assert_eq!(
        sent["inspection"]["policy_version"],
        dev.get("/api/state").json()["policy"]["version"]
    );
}

#[test]
fn of_a_function_elsewhere_the_same_files_are_inspected_here() {
    // Nothing listens there: what is sent fails, what is explained does not.
    let dev = Dev::start_with(&["--function", "http://127.0.0.1:9"]);
    let state = dev.get("/api/state").json();
    assert_eq!(state["function"], "http://127.0.0.1:9");
    let light = json!({ "method": "GET", "path": "/pro/1", "user": "light" });
    assert_eq!(
        dev.post("/api/explain", &light)["decision"]["outcome"],
        "allowed"
    );
    assert_eq!(cell(&dev, "light", "GET /pro/example"), "allowed");
    let sent = dev.post("/api/send", &light);
    assert_eq!(sent["response"]["status"], 500);
    assert_eq!(sent["inspection"]["decision"]["outcome"], "allowed");
    // What is saved is taken for in force, and what is wrong with it is told.
    std::fs::write(dev.policy("access.policy"), "route /pro/* is denied\n").unwrap();
    let changed = dev.get("/api/state").json();
    assert_ne!(changed["policy"]["version"], state["policy"]["version"]);
    assert_eq!(cell(&dev, "light", "GET /pro/example"), "forbidden");
    std::fs::write(dev.policy("access.policy"), "rout\n").unwrap();
    let broken = dev.get("/api/state").json();
    assert!(
        broken["problems"]["policy"]
            .as_str()
            .unwrap()
            .contains("access.policy:1:1")
    );
    assert_eq!(broken["policy"]["version"], changed["policy"]["version"]);
}
