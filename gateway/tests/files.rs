//! The policy folder: what is in it counts, or is an error; nothing is passed over in silence.
#![allow(clippy::unwrap_used, reason = "tests")]

use std::fs;
use std::path::Path;

use tollgate_gateway::Files;
use tollgate_gateway::files::{MAX_FILES, policies};
use tollgate_gateway::settings::MAX_BYTES;

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

#[test]
fn a_folder_has_so_many_policies_and_no_more() {
    let folder = tempfile::tempdir().unwrap();
    let write = |number: usize| {
        fs::write(folder.path().join(format!("{number:03}.policy")), "").unwrap();
    };
    (1..=MAX_FILES).for_each(write);
    assert_eq!(names(folder.path()).len(), MAX_FILES);
    write(0);
    let error = policies(folder.path()).unwrap_err().to_string();
    assert!(error.contains("more than 256"), "{error}");
}

#[test]
fn the_configuration_is_the_folders_own_or_the_one_that_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let (own, other) = (
        folder.path().join("authorizer.yaml"),
        folder.path().join("other.yaml"),
    );
    fs::write(folder.path().join("a.policy"), "route /x is public\n").unwrap();
    fs::write(&own, "own").unwrap();
    fs::write(&other, "other").unwrap();
    for (settings, path, text) in [(None, &own, "own"), (Some(&*other), &other, "other")] {
        let files = Files::read(folder.path(), settings).unwrap();
        assert_eq!(
            files.settings,
            (path.display().to_string(), text.to_owned())
        );
        assert_eq!(files.policies.len(), 1);
    }
    let files = Files::read(folder.path(), None).unwrap();
    assert_eq!(files.clone().with_settings(None).unwrap(), files);

    fs::write(&other, b"\xff").unwrap();
    for (path, words) in [(&*other, "not UTF-8"), (folder.path(), "not a file")] {
        let error = files.clone().with_settings(Some(path)).unwrap_err();
        assert!(error.to_string().contains(words), "{error}");
    }
}

#[test]
fn a_configuration_has_so_many_bytes_and_no_more() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("authorizer.yaml");
    for (bytes, fits) in [(MAX_BYTES, true), (MAX_BYTES + 1, false)] {
        fs::write(&path, "#".repeat(bytes)).unwrap();
        let files = Files::default().with_settings(Some(&path));
        assert_eq!(files.is_ok(), fits, "{bytes}");
    }
}
