//! Files that are the policy's, files that are not, and edits that must not be lost.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};

use tempfile::TempDir;

use super::{Folder, Refusal, hash, is_policy};

const TEXT: &str = "route GET /health is public\n";

fn folder() -> (TempDir, Folder) {
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir(dir.path().join("policy")).unwrap();
    fs::write(dir.path().join("policy/access.policy"), TEXT).unwrap();
    fs::write(dir.path().join("secret.policy"), "secret").unwrap();
    let folder = Folder::new(&dir.path().join("policy")).unwrap();
    (dir, folder)
}

#[test]
fn names_without_a_folder_are_the_policys() {
    for name in ["access.policy", "a b.policy", "ä.policy", "A.POLICY"] {
        assert!(is_policy(name), "{name}");
    }
    for name in [
        "",
        ".policy",
        ".hidden.policy",
        "authorizer.yaml",
        "access.policy/",
        "../secret.policy",
        "./access.policy",
        "/etc/access.policy",
        "sub/access.policy",
        "..\\secret.policy",
        "C:access.policy",
        "access.policy\0",
        "access.policy ",
    ] {
        assert!(!is_policy(name), "{name}");
    }
}

#[test]
fn a_link_within_the_folder_is_followed_and_one_out_of_it_is_not() {
    let (dir, folder) = folder();
    let policy = dir.path().join("policy");
    symlink(dir.path().join("secret.policy"), policy.join("out.policy")).unwrap();
    symlink(policy.join("access.policy"), policy.join("in.policy")).unwrap();
    symlink(dir.path(), policy.join("up.policy")).unwrap();
    assert_eq!(folder.read("in.policy").unwrap().text, TEXT);
    for name in ["out.policy", "up.policy"] {
        assert!(
            matches!(folder.read(name), Err(Refusal::Elsewhere(_))),
            "{name}"
        );
        let replaced = folder.replace(name, "", &hash(b"secret"));
        assert!(matches!(replaced, Err(Refusal::Elsewhere(_))), "{name}");
    }
    assert_eq!(
        fs::read(dir.path().join("secret.policy")).unwrap(),
        b"secret"
    );
}

#[test]
fn a_link_stays_a_link_when_saved() {
    let (dir, folder) = folder();
    let policy = dir.path().join("policy");
    symlink(policy.join("access.policy"), policy.join("in.policy")).unwrap();
    folder
        .replace("in.policy", "new", &hash(TEXT.as_bytes()))
        .unwrap();
    assert!(policy.join("in.policy").is_symlink());
    assert_eq!(fs::read(policy.join("access.policy")).unwrap(), b"new");
}

#[test]
fn only_what_was_read_is_replaced() {
    let (dir, folder) = folder();
    let path = dir.path().join("policy/access.policy");
    let first = folder.read("access.policy").unwrap();
    let second = folder
        .replace("access.policy", "mine", &first.hash)
        .unwrap();
    assert_eq!(second, hash(b"mine"));
    fs::write(&path, "theirs").unwrap();
    let Err(Refusal::Changed { current, .. }) =
        folder.replace("access.policy", "mine too", &second)
    else {
        panic!("it was replaced");
    };
    assert_eq!(
        (current.text.as_str(), fs::read(&path).unwrap()),
        ("theirs", b"theirs".to_vec())
    );
    folder
        .replace("access.policy", "both", &current.hash)
        .unwrap();
    assert_eq!(fs::read(&path).unwrap(), b"both");
}

#[test]
fn a_mark_is_no_text_and_line_ends_stay() {
    let (dir, folder) = folder();
    let path = dir.path().join("policy/access.policy");
    fs::write(&path, "\u{feff}a\r\nb\r\n").unwrap();
    let file = folder.read("access.policy").unwrap();
    assert_eq!(file.text, "a\r\nb\r\n");
    assert_eq!(file.hash, hash(&fs::read(&path).unwrap()));
}

#[test]
fn what_is_no_text_is_neither_read_nor_replaced() {
    let (dir, folder) = folder();
    let path = dir.path().join("policy/access.policy");
    fs::write(&path, b"\xff\xfe").unwrap();
    assert!(matches!(
        folder.read("access.policy"),
        Err(Refusal::NotText(_))
    ));
    let replaced = folder.replace("access.policy", "new", "");
    assert!(matches!(replaced, Err(Refusal::NotText(_))));
    assert_eq!(fs::read(&path).unwrap(), b"\xff\xfe");
}

#[test]
fn a_read_only_file_stays_and_permissions_stay() {
    let (dir, folder) = folder();
    let path = dir.path().join("policy/access.policy");
    let hash = hash(TEXT.as_bytes());
    fs::set_permissions(&path, fs::Permissions::from_mode(0o440)).unwrap();
    let replaced = folder.replace("access.policy", "new", &hash);
    assert!(matches!(replaced, Err(Refusal::ReadOnly(_))));
    fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
    folder.replace("access.policy", "new", &hash).unwrap();
    assert_eq!(
        fs::metadata(&path).unwrap().permissions().mode() & 0o777,
        0o640
    );
}

#[test]
fn a_file_that_is_gone_is_not_made() {
    let (dir, folder) = folder();
    fs::remove_file(dir.path().join("policy/access.policy")).unwrap();
    let replaced = folder.replace("access.policy", "new", &hash(TEXT.as_bytes()));
    assert!(matches!(replaced, Err(Refusal::Missing(_))));
    fs::create_dir(dir.path().join("policy/folder.policy")).unwrap();
    assert!(matches!(
        folder.read("folder.policy"),
        Err(Refusal::Unreadable(..))
    ));
}
