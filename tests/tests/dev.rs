//! `tollgate dev` as a new user meets it: the printed lines work, a saved policy counts within a
//! second, a broken one changes nothing; and the function that really runs answers the same.
#![allow(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "tests"
)]

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;
use tollgate_tests::process::{Process, free_port};
use tollgate_tests::{build, rig};

const READY: &str = "Ctrl-C ends it";

struct Dev {
    process: Process,
    url: String,
    folder: TempDir,
    greeting: String,
    client: reqwest::Client,
}

impl Dev {
    /// Starts it over a copy of the project's policy folder.
    fn start(more: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        for name in ["access.policy", "authorizer.yaml"] {
            fs::copy(
                build::root().join("policy").join(name),
                folder.path().join(name),
            )
            .unwrap();
        }
        let port = free_port();
        let mut command = Command::new(build::tollgate());
        command
            .args(["dev", "--policy"])
            .arg(folder.path())
            .args([
                "--port",
                &port.to_string(),
                "--tiun-port",
                "0",
                "--page-port",
                "0",
            ])
            .args(more)
            .env_remove("TIUN_ENVIRONMENT");
        let mut process = Process::start(&mut command);
        let greeting = process.wait_for(READY, Duration::from_secs(30));
        let url = format!("http://127.0.0.1:{port}");
        let client = reqwest::Client::new();
        Self {
            process,
            url,
            folder,
            greeting,
            client,
        }
    }

    fn policy(&self) -> std::path::PathBuf {
        self.folder.path().join("access.policy")
    }

    /// The token the greeting prints for a user.
    fn token(&self, user: &str) -> String {
        let line = self
            .greeting
            .lines()
            .find(|line| line.trim_start().starts_with(&format!("{user} ")));
        line.and_then(|line| line.split_whitespace().last())
            .unwrap()
            .to_owned()
    }

    async fn get(&self, path: &str, user: Option<&str>) -> (u16, Value) {
        let mut request = self.client.get(format!("{}{path}", self.url));
        if let Some(user) = user {
            request = request.bearer_auth(self.token(user));
        }
        let response = request.send().await.unwrap();
        (
            response.status().as_u16(),
            response.json().await.unwrap_or_default(),
        )
    }

    /// Asks until the status is this one; how long it took.
    async fn wait_for_status(&self, path: &str, user: Option<&str>, status: u16) -> Duration {
        let start = Instant::now();
        while self.get(path, user).await.0 != status {
            assert!(
                start.elapsed() < Duration::from_secs(10),
                "{}",
                self.process.output()
            );
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        start.elapsed()
    }
}

#[tokio::test]
async fn each_user_gets_what_the_policy_says() {
    let dev = Dev::start(&[]);
    let (status, body) = dev.get("/pro/articles/1", Some("light")).await;
    assert_eq!(
        (status, &body["user"], &body["products"][0]),
        (200, &"u-light".into(), &"p-live-light".into())
    );
    let (status, body) = dev.get("/pro/articles/1", None).await;
    assert_eq!((status, &body["reason"]), (401, &"login_required".into()));
    let (status, body) = dev.get("/pro/reports/1", Some("light")).await;
    assert_eq!(
        (status, &body["reason"], &body["required"]),
        (403, &"upgrade_required".into(), &"p-live-pro".into())
    );
    for (path, user, status) in [
        ("/pro/reports/1", Some("pro"), 200),
        ("/account/me", Some("free"), 200),
        ("/account/me", Some("expired"), 401),
        ("/account/me", Some("signed-out"), 401),
        ("/articles/1", None, 200),
        ("/legacy/1", Some("pro"), 403),
        ("/nowhere", Some("pro"), 403),
    ] {
        assert_eq!(dev.get(path, user).await.0, status, "{path} {user:?}");
    }
}

/// Each `curl` line is preceded by what it shows: `# 403 upgrade_required: …`.
#[tokio::test]
async fn the_printed_lines_work_when_pasted() {
    let dev = Dev::start(&[]);
    let lines: Vec<&str> = dev.greeting.lines().map(str::trim).collect();
    let mut seen = Vec::new();
    for pair in lines.windows(2) {
        let [comment, curl] = pair else { continue };
        if !curl.starts_with("curl ") {
            continue;
        }
        let output = Command::new("sh").args(["-c", curl]).output().unwrap();
        let answer = String::from_utf8_lossy(&output.stdout).into_owned();
        let status = comment
            .trim_start_matches("# ")
            .split([' ', ':'])
            .next()
            .unwrap();
        assert!(
            answer.starts_with(&format!("HTTP/1.1 {status}")),
            "{comment}\n{curl}\n{answer}"
        );
        seen.push(status.to_owned());
    }
    for status in ["200", "401", "403"] {
        assert!(
            seen.iter().any(|other| other == status),
            "no line shows a {status}: {seen:?}"
        );
    }
}

#[tokio::test]
async fn a_saved_policy_counts_within_a_second_and_a_broken_one_not_at_all() {
    let mut dev = Dev::start(&[]);
    let policy = fs::read_to_string(dev.policy()).unwrap();
    assert_eq!(dev.get("/legacy/1", None).await.0, 403);

    fs::write(dev.policy(), policy.replace("is denied", "is public")).unwrap();
    let took = dev.wait_for_status("/legacy/1", None, 200).await;
    assert!(took < Duration::from_secs(1), "{took:?}");

    fs::write(dev.policy(), policy.replace("is denied", "is deneid")).unwrap();
    let output = dev.process.wait_for("deneid", Duration::from_secs(5));
    assert!(output.contains("access.policy:14:"), "{output}");
    assert_eq!(
        dev.get("/legacy/1", None).await.0,
        200,
        "the last good policy stays"
    );

    // As many editors save: a new file, renamed over the old one.
    let fresh = dev.folder.path().join("fresh");
    fs::write(&fresh, &policy).unwrap();
    fs::rename(&fresh, dev.policy()).unwrap();
    dev.wait_for_status("/legacy/1", None, 403).await;
}

#[test]
fn what_keeps_it_from_starting_is_said() {
    let run = |folder: &Path, more: &[&str]| {
        let output = Command::new(build::tollgate())
            .args(["dev", "--page-port", "0", "--policy"])
            .arg(folder)
            .args(more)
            .output()
            .unwrap();
        (
            output.status.code(),
            String::from_utf8_lossy(&output.stderr).into_owned(),
        )
    };
    let empty = tempfile::tempdir().unwrap();
    let (code, message) = run(empty.path(), &[]);
    assert!(code == Some(1) && message.contains("*.policy"), "{message}");

    fs::write(empty.path().join("a.policy"), "route /x requires\n").unwrap();
    let (code, message) = run(empty.path(), &[]);
    assert!(
        code == Some(1) && message.contains("authorizer.yaml"),
        "{message}"
    );

    fs::copy(
        build::root().join("policy/authorizer.yaml"),
        empty.path().join("authorizer.yaml"),
    )
    .unwrap();
    let (code, message) = run(empty.path(), &["--port", "0", "--tiun-port", "0"]);
    assert!(
        code == Some(1) && message.contains("a.policy:1:"),
        "{message}"
    );

    fs::write(empty.path().join("a.policy"), "route /x is public\n").unwrap();
    let taken = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let (code, message) = run(empty.path(), &["--port", &port, "--tiun-port", "0"]);
    assert!(
        code == Some(1) && message.contains("--port") && message.contains(&port),
        "{message}"
    );
}

/// The same requests through the authorizer in process and through the built function.
#[tokio::test]
async fn a_function_elsewhere_answers_the_same() {
    let here = Dev::start(&[]);
    let (ssm, tiun) = (rig::ssm().await, rig::tiun().await);
    let configuration = rig::Configuration::new(&tiun, "");
    let function = rig::function(ssm.url(), &configuration);
    let there = Dev::start(&["--function", function.url()]);
    for path in [
        "/health",
        "/articles/1",
        "/account/me",
        "/pro/a",
        "/pro/reports/1",
        "/legacy/1",
        "/nowhere",
        "/pro//x",
        "/pro/%2e%2e/x",
    ] {
        for user in [
            None,
            Some("free"),
            Some("light"),
            Some("pro"),
            Some("expired"),
            Some("signed-out"),
        ] {
            let (mut one, mut other) = (here.get(path, user).await, there.get(path, user).await);
            for (_, body) in [&mut one, &mut other] {
                // Each decision has a name of its own.
                body.as_object_mut()
                    .and_then(|body| body.remove("decision"));
            }
            assert_eq!(one, other, "{path} {user:?}");
        }
    }
}

/// The project's own APIs, each with the refusals of its kind.
#[tokio::test]
async fn each_api_of_the_template_obeys_the_policy() {
    let template = build::root().join("template.yaml").display().to_string();
    for (api, visitor, reason) in [("RestApi", 401, "upgrade_required"), ("HttpApi", 403, "")] {
        let dev = Dev::start(&["--template", &template, "--api", api]);
        assert!(dev.greeting.contains(&format!("{api}, the ")), "{api}");
        let (status, body) = dev.get("/pro/reports/1", Some("pro")).await;
        assert_eq!((status, &body["user"]), (200, &"u-pro".into()), "{api}");
        assert_eq!(dev.get("/pro/reports/1", None).await.0, visitor, "{api}");
        let (status, body) = dev.get("/pro/reports/1", Some("light")).await;
        let told = body["reason"].as_str().unwrap_or_default();
        assert_eq!((status, told), (403, reason), "{api}");
        assert_eq!(dev.get("/health", None).await.0, 200, "{api}");
    }
}

/// Under a base path that the policy makes public, the policy is asked about what is behind it.
#[tokio::test]
async fn a_base_path_opens_nothing() {
    let template = build::root().join("template.yaml").display().to_string();
    let maps = ["--map", "articles=RestApi", "--map", "articles/v2=HttpApi"];
    let dev = Dev::start(&[&["--template", template.as_str()], maps.as_slice()].concat());
    for (base, visitor) in [("/articles", 401), ("/articles/v2", 403)] {
        let url = format!("{}{base} is ", dev.url);
        assert!(dev.greeting.contains(&url), "{}", dev.greeting);
        for (path, user, status) in [
            ("/articles/1", None, 200),
            ("/pro/reports/1", None, visitor),
            ("/pro/reports/1", Some("light"), 403),
            ("/pro/reports/1", Some("pro"), 200),
            ("/legacy/1", Some("pro"), 403),
        ] {
            let path = format!("{base}{path}");
            assert_eq!(dev.get(&path, user).await.0, status, "{path} {user:?}");
        }
    }
    let (status, body) = dev.get("/pro/reports/1", Some("pro")).await;
    assert_eq!((status, &body["message"]), (403, &"Forbidden".into()));
}

#[test]
fn a_template_without_such_an_api_is_named() {
    let run = |more: &[&str]| {
        let mut command = Command::new(build::tollgate());
        command.args([
            "dev",
            "--port",
            "0",
            "--tiun-port",
            "0",
            "--page-port",
            "0",
            "--policy",
        ]);
        command.arg(build::root().join("policy")).args(more);
        let output = command.output().unwrap();
        let message = String::from_utf8_lossy(&output.stderr).into_owned();
        (output.status.code(), message)
    };
    let (code, message) = run(&["--api", "Nope"]);
    assert!(
        code == Some(1) && message.contains("RestApi, HttpApi"),
        "{message}"
    );
    let (code, message) = run(&["--stage", "nope"]);
    assert!(
        code == Some(1) && message.contains("there is main"),
        "{message}"
    );
    let (code, message) = run(&["--template", "nowhere.yaml"]);
    assert!(
        code == Some(1) && message.contains("nowhere.yaml"),
        "{message}"
    );
}
