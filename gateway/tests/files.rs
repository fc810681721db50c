//! The policy folder: what is in it counts, or is an error; nothing is passed over in silence.
#![allow(clippy::unwrap_used, reason = "tests")]

use std::fs;
use std::path::Path;

use tollgate_gateway::files::policies;

fn names(folder: &Path) -> Vec<String> {
    let files = policies(folder).unwrap();
    let name = |path: &String| path.rsplit('/').next().unwrap().to_owned();
    files.iter().map(|(path, _)| name(path)).collect()
}

#[test]
fn policies_count_in_the_order_of_their_names_and_hidden_files_do_not() {
    let folder = tempfile::tempdir().unwrap();
    for name in [
        "b.policy",
        "a.policy",
        "C.POLICY",
        ".#a.policy",
        ".b.policy",
        "a.policy~",
        "notes.md",
    ] {
        fs::write(folder.path().join(name), "route /x is public\n").unwrap();
    }
    assert_eq!(names(folder.path()), ["C.POLICY", "a.policy", "b.policy"]);
}

/// Passed over, a file's forbids would be gone.
#[test]
fn what_is_named_like_a_policy_must_be_a_file() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("a.policy"), "route /x is public\n").unwrap();
    let odd = folder.path().join("b.policy");

    fs::create_dir(&odd).unwrap();
    assert!(
        policies(folder.path())
            .unwrap_err()
            .to_string()
            .contains("b.policy")
    );
    fs::remove_dir(&odd).unwrap();

    std::os::unix::fs::symlink("nowhere", &odd).unwrap();
    assert!(
        policies(folder.path())
            .unwrap_err()
            .to_string()
            .contains("b.policy")
    );
    fs::remove_file(&odd).unwrap();

    std::os::unix::fs::symlink("a.policy", &odd).unwrap();
    assert_eq!(names(folder.path()), ["a.policy", "b.policy"]);
}

#[test]
fn an_empty_folder_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    assert!(
        policies(folder.path())
            .unwrap_err()
            .to_string()
            .contains("*.policy")
    );
    assert!(policies(&folder.path().join("missing")).is_err());
}
