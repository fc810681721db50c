//! The README's first lines to try, and its recipe for running the real function on your machine, run as
//! they are written there.
#![allow(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "tests"
)]

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Output};
use std::time::{Duration, Instant};

use serde_json::Value;
use tollgate_tests::build;
use tollgate_tests::process::Process;

const HEADING: &str = "## The real function on your machine";
/// `cargo lambda watch` builds the function at the first event.
const BUILD: Duration = Duration::from_mins(15);

/// The commands of the recipe, without their comments.
fn commands() -> Vec<String> {
    let readme = fs::read_to_string(build::root().join("README.md")).unwrap();
    let (_, section) = readme
        .split_once(HEADING)
        .unwrap_or_else(|| panic!("the README lost `{HEADING}`"));
    let section = section.split("\n## ").next().unwrap();
    section
        .split("```sh\n")
        .skip(1)
        .filter_map(|block| block.split("```").next())
        .flat_map(str::lines)
        .map(|line| line.split(" #").next().unwrap_or(line).trim().to_owned())
        .filter(|line| !line.is_empty())
        .collect()
}

/// The lines of the first screen, with the status that each says it gets.
fn first_lines() -> Vec<(String, String)> {
    let readme = fs::read_to_string(build::root().join("README.md")).unwrap();
    let screen = readme.split("\n## ").next().unwrap();
    let lines = screen.lines().filter(|line| line.starts_with("curl "));
    lines
        .map(|line| {
            let (command, remark) = line.split_once(" # ").unwrap();
            (command.trim().to_owned(), remark.chars().take(3).collect())
        })
        .collect()
}

/// A shell in the checkout that finds `cargo lambda`.
fn shell(line: &str) -> Command {
    let tools = build::tool("cargo-lambda")
        .parent()
        .map(PathBuf::from)
        .unwrap();
    let path = std::env::var("PATH").unwrap_or_default();
    let mut command = Command::new("sh");
    // `exec`, so that ending the shell ends what it runs.
    command
        .args(["-c", &format!("exec {line}")])
        .current_dir(build::root())
        .env("PATH", format!("{}:{path}", tools.display()));
    command
}

fn run(line: &str) -> Output {
    shell(line).output().unwrap()
}

#[test]
fn it_works_as_written() {
    let commands = commands();
    let find = |start: &str| {
        let line = commands.iter().find(|line| line.starts_with(start));
        line.cloned()
            .unwrap_or_else(|| panic!("no line starts with `{start}`: {commands:?}"))
    };
    assert!(
        commands.iter().any(|line| line == "make dev"),
        "{commands:?}"
    );
    let tollgate = build::tollgate().display().to_string();
    // What `make dev` runs, without a second cargo in between.
    let mut dev = Process::start(&mut shell(&format!("{tollgate} dev")));
    dev.wait_for("Ctrl-C ends it", Duration::from_secs(30));
    let lines = first_lines();
    assert_eq!(lines.len(), 3, "{lines:?}");
    for (line, status) in lines {
        let output = run(&line);
        let reply = String::from_utf8_lossy(&output.stdout);
        let first = format!("HTTP/1.1 {status} ");
        assert!(reply.starts_with(&first), "{line}: {output:?}");
    }
    let mut watch = Process::start(&mut shell(&find("cargo lambda watch")));
    watch.wait_for_port(9000);

    let invoke = find("cargo lambda invoke");
    let start = Instant::now();
    let output = loop {
        let output = run(&invoke);
        if output.status.success() {
            break String::from_utf8_lossy(&output.stdout).into_owned();
        }
        assert!(start.elapsed() < BUILD, "{output:?}\n{}", watch.output());
        std::thread::sleep(Duration::from_secs(1));
    };
    let answer: Value =
        serde_json::from_str(&output).unwrap_or_else(|error| panic!("{error}: {output}"));
    assert_eq!(answer["principalId"], "u-light", "{output}");
    assert_eq!(
        answer["policyDocument"]["Statement"][0]["Effect"], "Allow",
        "{output}"
    );

    for line in commands
        .iter()
        .filter(|line| line.starts_with("cargo lambda invoke"))
    {
        let output = run(line);
        assert!(output.status.success(), "{line}: {output:?}");
    }

    // The local gateway in front of it.
    drop(dev);
    let in_front = find("make dev ARGS=")
        .replace("make dev ARGS=", "")
        .replace('"', "");
    let mut gateway = Process::start(&mut shell(&format!("{tollgate} dev {in_front}")));
    let greeting = gateway.wait_for("Ctrl-C ends it", Duration::from_mins(1));
    assert!(greeting.contains("# 403 upgrade_required"), "{greeting}");
}
