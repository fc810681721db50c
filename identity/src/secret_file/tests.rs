#![allow(clippy::unwrap_used, reason = "tests")]

use std::os::unix::fs::symlink;
use std::path::Path;

use super::*;

const ENOUGH: Duration = Duration::from_secs(5);

async fn read_at(path: &Path) -> Result<String, FileProblem> {
    let path = path.to_str().unwrap().parse().unwrap();
    read(&path, ENOUGH)
        .await
        .map(|text| text.expose().to_owned())
}

#[tokio::test]
async fn a_file_is_read_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("key");
    let longest = "k".repeat(MAX_BYTES);
    for text in ["key", "key\n", "", "{\"a\":\"schlüssel\"}", &longest] {
        std::fs::write(&path, text).unwrap();
        assert_eq!(read_at(&path).await.unwrap(), text);
    }
    // As containers mount secrets: through a link that is turned when they change.
    symlink(&path, folder.path().join("link")).unwrap();
    assert_eq!(read_at(&folder.path().join("link")).await.unwrap(), longest);
}

#[tokio::test]
async fn a_relative_path_begins_at_the_folder_of_the_process() {
    let text = read(&"Cargo.toml".parse().unwrap(), ENOUGH).await.unwrap();
    assert!(text.expose().contains("tollgate-identity"));
}

#[tokio::test]
async fn each_problem_is_told_apart_and_named() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    std::fs::write(at("long"), "k".repeat(MAX_BYTES + 1)).unwrap();
    std::fs::write(at("bytes"), b"ke\xffy").unwrap();
    std::fs::create_dir(at("folder")).unwrap();
    symlink(at("nowhere"), at("dangling")).unwrap();
    symlink(at("loop"), at("loop")).unwrap();
    let pipe = std::process::Command::new("mkfifo")
        .arg(at("pipe"))
        .status();
    assert!(pipe.unwrap().success());
    for (name, problem, words) in [
        ("missing", FileProblem::Missing, "does not exist"),
        ("dangling", FileProblem::Missing, "does not exist"),
        ("long/key", FileProblem::Missing, "does not exist"),
        ("folder", FileProblem::NotAFile, "is not a file"),
        ("pipe", FileProblem::NotAFile, "is not a file"),
        ("long", FileProblem::TooLong, "longer than 8192 bytes"),
        ("bytes", FileProblem::NotUnicode, "is not UTF-8"),
    ] {
        let found = read_at(&at(name)).await.unwrap_err();
        assert_eq!(found, problem, "{name}");
        let path: FilePath = at(name).to_str().unwrap().parse().unwrap();
        let text = FileError {
            path: path.clone(),
            problem,
        }
        .to_string();
        assert!(
            text.contains(words) && text.contains(path.as_str()),
            "{text}"
        );
    }
    let looped = read_at(&at("loop")).await.unwrap_err();
    assert!(matches!(looped, FileProblem::Other(_)), "{looped:?}");
    assert_eq!(
        read_at(Path::new("/dev/zero")).await,
        Err(FileProblem::NotAFile)
    );
}

/// The error alone: for root, whom tests may run as, no file is forbidden.
#[test]
fn a_file_that_may_not_be_read_names_the_right() {
    let denied = io::Error::from(io::ErrorKind::PermissionDenied);
    assert_eq!(problem(&denied), FileProblem::Denied);
    let error = FileError {
        path: "/run/key".parse().unwrap(),
        problem: FileProblem::Denied,
    };
    assert!(error.to_string().contains("the right to read it"));
}
