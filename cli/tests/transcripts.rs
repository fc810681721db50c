//! The command as it is used: `cases/NAME/` is a folder to work in, its `transcript` what is
//! typed there and what comes of it. `doctor/NAME/` are such folders for `tollgate doctor`.
//!
//! A line after `$ ` is given to the shell; the lines below it are what it must write to both
//! outputs, and `[exit N]` the exit code if it is not 0. With `UPDATE_TRANSCRIPTS=1` the
//! transcripts are written anew, to be read in the diff.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

fn cases() -> Vec<PathBuf> {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests");
    let mut cases: Vec<PathBuf> = Vec::new();
    for folder in ["cases", "doctor"] {
        let entries = fs::read_dir(tests.join(folder)).unwrap();
        let paths = entries.map(|entry| entry.unwrap().path());
        let before = cases.len();
        cases.extend(paths.filter(|path| path.join("transcript").exists()));
        assert!(cases.len() > before, "{folder} holds no cases");
    }
    cases.sort();
    cases
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else if entry.file_name() != "transcript" {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

/// What a line typed in this folder writes, and its exit code.
fn run(line: &str, folder: &Path) -> String {
    let binary = Path::new(env!("CARGO_BIN_EXE_tollgate")).parent().unwrap();
    let path = format!("{}:/usr/bin:/bin", binary.display());
    let output = Command::new("sh")
        .args(["-c", &format!("({line}) 2>&1")])
        .current_dir(folder)
        .env_clear()
        .env("PATH", path)
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let mut text = String::from_utf8(output.stdout).unwrap();
    if !text.is_empty() && !text.ends_with('\n') {
        text.push('\n');
    }
    match output.status.code() {
        Some(0) => {}
        Some(code) => writeln!(text, "[exit {code}]").unwrap(),
        None => text.push_str("[killed]\n"),
    }
    text
}

#[test]
fn every_transcript_is_what_happens() {
    let update = std::env::var_os("UPDATE_TRANSCRIPTS").is_some();
    let mut faults = String::new();
    for case in cases() {
        let work = tempfile::tempdir().unwrap();
        copy(&case, work.path());
        let transcript = case.join("transcript");
        let expected = fs::read_to_string(&transcript).unwrap();
        let mut actual = String::new();
        for line in expected.lines() {
            if let Some(command) = line.strip_prefix("$ ") {
                let separator = if actual.is_empty() { "" } else { "\n" };
                write!(actual, "{separator}{line}\n{}", run(command, work.path())).unwrap();
            }
        }
        if update {
            fs::write(&transcript, &actual).unwrap();
        } else if without_blanks(&actual) != without_blanks(&expected) {
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

/// Blank lines only make a transcript easier to read.
fn without_blanks(text: &str) -> Vec<&str> {
    text.lines().filter(|line| !line.is_empty()).collect()
}
