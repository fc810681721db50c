//! That what the page needs is part of the binary.
#![allow(clippy::unwrap_used, reason = "tests")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use super::{ASSETS, TYPES, find};

/// What a browser is to load, by the end of its name.
const SERVED: [&str; 4] = ["html", "js", "css", "svg"];

/// Folders of what the page's files are made from.
const NOT_SERVED: [&str; 2] = ["node_modules", "parts"];

fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap();
        if !path.is_dir() {
            found.push(path);
        } else if !NOT_SERVED.contains(&name) {
            files(&path, found);
        }
    }
}

#[test]
fn every_file_of_the_page_is_served() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("page");
    let mut found = Vec::new();
    files(&page, &mut found);
    let served = |path: &PathBuf| {
        let end = path.extension().and_then(|end| end.to_str());
        end.is_some_and(|end| SERVED.contains(&end))
    };
    let name = |path: PathBuf| format!("/{}", path.strip_prefix(&page).unwrap().display());
    let there: BTreeSet<String> = found.into_iter().filter(served).map(name).collect();
    let embedded: BTreeSet<String> = ASSETS.iter().map(|asset| asset.path.to_owned()).collect();
    let missing: Vec<_> = there.difference(&embedded).collect();
    assert!(missing.is_empty(), "add to ASSETS: {missing:?}");
}

#[test]
fn every_file_has_a_content_type() {
    for asset in ASSETS {
        let known = TYPES.iter().any(|(end, _)| asset.path.ends_with(end));
        assert!(known, "add to TYPES what {} is", asset.path);
    }
}

#[test]
fn nothing_else_has_a_path() {
    assert!(find("/").is_some());
    for path in [
        "",
        "/index.htm",
        "/../Cargo.toml",
        "/INDEX.HTML",
        "//index.html",
    ] {
        assert!(find(path).is_none(), "{path}");
    }
}
