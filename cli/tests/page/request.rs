//! Requests: explained, sent, watched.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpStream;

use serde_json::{Value, json};

use crate::dev::{Dev, PATIENCE, POLICY};

fn by(path: &str, user: &str) -> Value {
    json!({ "method": "GET", "path": path, "user": user })
}

/// The token of a user, which must be nowhere in what is shown of requests.
fn token(dev: &Dev, user: &str) -> String {
    let shown = dev.get(&format!("/api/token?user={user}")).json();
    shown["token"].as_str().unwrap().to_owned()
}

#[test]
fn every_stage_of_a_request_is_explained_and_nothing_is_sent() {
    let dev = Dev::start();
    let seen = dev.post("/api/explain", &by("/pro/reports/1?q=1", "light"));
    assert_eq!(seen["problem"], Value::Null);
    assert_eq!(seen["admission"], json!({ "ok": true, "message": null }));
    assert_eq!(seen["token"]["outcome"], "verified");
    assert_eq!(seen["token"]["provider"], "tiun");
    assert_eq!(seen["user"]["id"], "u-light");
    let fact = json!({ "fact": "product p-live-light", "value": "true" });
    assert!(
        seen["facts"].as_array().unwrap().contains(&fact),
        "{seen:#}"
    );
    assert_eq!(seen["decision"]["outcome"], "denied");
    assert_eq!(seen["decision"]["reason"], "upgrade_required");
    let explanation = &seen["decision"]["explanation"];
    assert_eq!(explanation["decided_by"]["rule"], "route /pro/reports/*");
    assert_eq!(explanation["call"], "GET /pro/reports/1");
    assert_eq!(
        seen["answer"]["json"]["context"]["reason"],
        "upgrade_required"
    );
    assert!(!seen.to_string().contains(&token(&dev, "light")));
    assert_eq!(dev.get("/api/traffic").json()["exchanges"], json!([]));
}

#[test]
fn an_unsaved_policy_explains_and_a_broken_one_does_not() {
    let dev = Dev::start();
    let explain = |text: &str| {
        let mut asked = by("/pro/reports/1", "light");
        asked["drafts"] = json!({ "access.policy": text });
        dev.post("/api/explain", &asked)
    };
    let open = POLICY.replace("requires product p-live-pro\n", "requires user\n");
    assert_eq!(explain(&open)["decision"]["outcome"], "allowed");
    let broken = explain("rout");
    assert_eq!(broken["decision"]["reason"], "upgrade_required");
    assert!(
        broken["problem"]
            .as_str()
            .unwrap()
            .contains("access.policy:1:1")
    );
    let sent = dev.post("/api/send", &by("/pro/reports/1", "light"));
    assert_eq!(sent["response"]["status"], 403);
}

#[test]
fn another_time_and_address_can_be_assumed() {
    let dev = Dev::start();
    let policy = "route /sale/* requires after 2090-01-01 and ip in 192.0.2.0/24\n";
    for (at, ip, outcome) in [
        (Value::Null, Value::Null, "denied"),
        (json!("2090-01-02T00:00:00Z"), Value::Null, "denied"),
        (json!("2090-01-02T00:00:00Z"), json!("192.0.2.7"), "allowed"),
        (Value::Null, json!("192.0.2.7"), "denied"),
    ] {
        let asked = json!({
            "method": "GET", "path": "/sale/1", "at": at, "ip": ip,
            "drafts": { "access.policy": policy },
        });
        let seen = dev.post("/api/explain", &asked);
        assert_eq!(seen["decision"]["outcome"], outcome, "{at} {ip}");
    }
    let asked = json!({ "method": "GET", "path": "/sale/1", "at": "tomorrow" });
    assert_eq!(dev.ask("POST", "/api/explain", &asked).status, 400);
}

#[test]
fn a_request_is_sent_as_it_is_written() {
    let dev = Dev::start();
    let sent = dev.post("/api/send", &by("/pro/1?a=1", "light"));
    assert_eq!(sent["response"]["status"], 200);
    assert_eq!(sent["response"]["truncated"], false);
    assert_eq!(sent["exchange"]["user"], "u-light");
    assert_eq!(sent["inspection"]["decision"]["outcome"], "allowed");
    let refused = dev.post(
        "/api/send",
        &json!({ "method": "GET", "path": "/account/1" }),
    );
    assert_eq!(refused["response"]["status"], 401);
    let body = refused["response"]["body"].as_str().unwrap();
    assert!(body.contains("login_required"), "{body}");
    let dots = dev.post(
        "/api/send",
        &json!({ "method": "GET", "path": "/health/../account/1" }),
    );
    assert_eq!(dots["exchange"]["path"], "/health/../account/1");
    assert_ne!(dots["response"]["status"], 200);

    let list = dev.get("/api/traffic").json();
    let paths = list["exchanges"].as_array().unwrap().iter();
    let paths: Vec<&str> = paths.map(|one| one["path"].as_str().unwrap()).collect();
    assert_eq!(paths, ["/health/../account/1", "/account/1", "/pro/1"]);
    let id = &sent["exchange"]["id"];
    let one = dev.get(&format!("/api/traffic/{id}")).json();
    assert_eq!(one["exchange"]["path"], "/pro/1");
    assert!(
        one["exchange"]["steps"].as_array().unwrap().len() > 2,
        "{one:#}"
    );
    assert_eq!(one["inspection"]["user"]["id"], "u-light");
    let token = token(&dev, "light");
    for shown in [&sent, &list, &one] {
        assert!(!shown.to_string().contains(&token));
    }
    for path in [
        "/api/traffic/0",
        "/api/traffic/x",
        "/api/traffic/99999999999999999999",
    ] {
        assert_eq!(dev.get(path).status, 404, "{path}");
    }
}

#[test]
fn what_no_client_could_send_is_refused() {
    let dev = Dev::start();
    for scenario in [
        json!({ "method": "GET X", "path": "/" }),
        json!({ "method": "", "path": "/" }),
        json!({ "method": "GET", "path": "" }),
        json!({ "method": "GET", "path": "health" }),
        json!({ "method": "GET", "path": "/a b" }),
        json!({ "method": "GET", "path": "/ä" }),
        json!({ "method": "GET", "path": "/\r\nHost: x" }),
        json!({ "method": "GET", "path": "/", "headers": [["A\r\nB", "x"]] }),
        json!({ "method": "GET", "path": "/", "headers": [["A", "x\r\nB: y"]] }),
        json!({ "method": "GET", "path": "/", "headers": [["A"]] }),
        json!({ "path": "/" }),
    ] {
        for call in ["/api/send", "/api/explain"] {
            let reply = dev.ask("POST", call, &scenario);
            assert_eq!(reply.status, 400, "{call} {scenario}: {reply:?}");
        }
    }
    let asked = json!({ "method": "GET", "path": "/", "api": "Other" });
    let reply = dev.ask("POST", "/api/send", &asked);
    assert_eq!(reply.status, 404);
    assert!(
        reply.message().contains("there is no API `Other`"),
        "{reply:?}"
    );
}

const TWO_APIS: &str = "
Transform: AWS::Serverless-2016-10-31
Resources:
  F: { Type: AWS::Serverless::Function, Properties: {} }
  One: { Type: AWS::Serverless::Api, Properties: { StageName: a } }
  Sockets:
    Type: AWS::Serverless::WebSocketApi
    Properties:
      StageName: main
      Auth: { AuthType: CUSTOM, AuthArn: !GetAtt F.Arn }
      Routes: { $connect: { FunctionArn: !GetAtt F.Arn } }
";

#[test]
fn a_request_comes_to_the_api_that_is_named_or_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let template = folder.path().join("template.yaml");
    std::fs::write(&template, TWO_APIS).unwrap();
    let template = template.to_str().unwrap();
    let flags = ["--map", "one=One", "--map", "ws=Sockets"];
    let dev = Dev::start_with(&[&["--template", template][..], &flags].concat());
    let asked = |api: &str, path: &str| json!({ "method": "GET", "path": path, "api": api });
    for (api, path) in [("One", "/one/x"), ("Sockets", "/ws")] {
        assert_eq!(
            dev.ask("POST", "/api/explain", &asked(api, path)).status,
            200,
            "{api} {path}"
        );
    }
    for (api, path, base_path) in [
        ("One", "/ws", "/one"),
        ("One", "/x", "/one"),
        ("Sockets", "/one/x", "/ws"),
    ] {
        let reply = dev.ask("POST", "/api/explain", &asked(api, path));
        assert_eq!(reply.status, 400, "{reply:?}");
        let told = format!("which is under {base_path}: begin the path with that");
        assert!(reply.message().contains(&told), "{reply:?}");
    }
    let handshake = dev.post("/api/explain", &asked("Sockets", "/ws"));
    let explanation = &handshake["decision"]["explanation"];
    assert_eq!(explanation["call"], "$connect", "{handshake:#}");
}

/// What a page that watches is told.
struct Events(BufReader<TcpStream>);

impl Events {
    fn open(dev: &Dev) -> Self {
        let mut stream = TcpStream::connect(("127.0.0.1", dev.port)).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        let head = format!("GET /api/events HTTP/1.1\r\nHost: {}\r\n\r\n", dev.host());
        stream.write_all(head.as_bytes()).unwrap();
        Self(BufReader::new(stream))
    }

    /// The data of the next event of this name that this says yes to.
    fn next(&mut self, name: &str, wanted: impl Fn(&Value) -> bool) -> Value {
        let mut named = false;
        loop {
            let mut line = String::new();
            assert_ne!(self.0.read_line(&mut line).unwrap(), 0);
            if let Some(event) = line.trim_end().strip_prefix("event: ") {
                named = event == name;
            }
            if let Some(data) = line.strip_prefix("data: ").filter(|_| named) {
                let data = serde_json::from_str(data).unwrap();
                if wanted(&data) {
                    return data;
                }
            }
        }
    }

    fn status(&mut self) -> String {
        let mut line = String::new();
        self.0.read_line(&mut line).unwrap();
        line.split(' ').nth(1).unwrap().to_owned()
    }
}

#[test]
fn who_watches_is_told_of_requests_and_of_what_changes() {
    let dev = Dev::start();
    let mut events = Events::open(&dev);
    let state = events.next("state", |_| true);
    assert_eq!(state, dev.get("/api/state").json());
    dev.post("/api/send", &by("/pro/1", "light"));
    let told = events.next("traffic", |_| true);
    assert_eq!(
        (&told["path"], &told["status"]),
        (&json!("/pro/1"), &json!(200))
    );
    assert_eq!(told["outcome"], "allowed");
    let version = state["policy"]["version"].clone();
    std::fs::write(dev.policy("access.policy"), "route /x is public\n").unwrap();
    let told = events.next("state", |state| state["policy"]["version"] != version);
    assert_eq!(told["problems"]["policy"], Value::Null);
    std::fs::write(dev.policy("access.policy"), "rout\n").unwrap();
    let told = events.next("state", |state| !state["problems"]["policy"].is_null());
    let problem = told["problems"]["policy"].as_str().unwrap();
    assert!(problem.contains("access.policy:1:1"), "{problem}");
}

#[test]
fn watchers_have_a_bound_and_make_room_when_they_leave() {
    let dev = Dev::start();
    let mut all: Vec<Events> = (0..16).map(|_| Events::open(&dev)).collect();
    for events in &mut all {
        assert_eq!(events.status(), "200");
    }
    assert_eq!(Events::open(&dev).status(), "503");
    drop(all);
    let begun = std::time::Instant::now();
    while Events::open(&dev).status() != "200" {
        assert!(begun.elapsed() < PATIENCE, "no room");
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
}
