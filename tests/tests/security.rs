//! Every promise of SECURITY.md names tests that exist.
#![allow(clippy::panic, reason = "tests")]

use std::fs;
use std::path::Path;

use tollgate_tests::build;

/// Each `` `FILE`: `NAME` `` of the page.
fn named(page: &str) -> Vec<(&str, &str)> {
    let mut named = Vec::new();
    for (before, after) in page
        .match_indices("`: `")
        .map(|(place, _)| page.split_at(place))
    {
        let file = before.rsplit('`').next();
        let name = after
            .strip_prefix("`: `")
            .and_then(|rest| rest.split('`').next());
        named.extend(file.zip(name));
    }
    named
}

#[test]
fn every_test_that_is_named_exists() {
    let read = |file: &str| {
        let path = build::root().join(file);
        fs::read_to_string(&path).unwrap_or_else(|error| panic!("{file}: {error}"))
    };
    let page = read("SECURITY.md");
    let named = named(&page);
    assert!(named.len() > 15, "only {}", named.len());
    for (file, name) in named {
        let wanted = match Path::new(file).extension() {
            Some(extension) if extension == "rs" => format!("fn {name}("),
            _ => name.to_owned(),
        };
        assert!(read(file).contains(&wanted), "`{name}` is not in {file}");
    }
}

#[test]
fn each_promise_names_a_test() {
    let page = build::root().join("SECURITY.md");
    let page = fs::read_to_string(page).unwrap_or_default();
    let promises = page.split("## Promises").nth(1).unwrap_or_default();
    let promises = promises.split("\n## ").next().unwrap_or_default();
    let rows: Vec<&str> = promises
        .lines()
        .filter(|line| line.starts_with("| ") && !line.starts_with("| promise"))
        .collect();
    assert!(rows.len() > 10, "only {}", rows.len());
    for row in rows {
        assert!(!named(row).is_empty(), "{row}");
    }
}
