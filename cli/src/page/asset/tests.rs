//! That what the page needs is part of the binary, and nothing else.
#![allow(clippy::unwrap_used, reason = "tests")]

use super::{ASSETS, TYPES, find};

/// What a text names in quotes after one of these, as long as it is a file of the page. `import("` is
/// for types in comments alone.
fn named(text: &str) -> Vec<&str> {
    let mut found = Vec::new();
    for before in ["src=\"", "href=\"", "from \"", "import \""] {
        for rest in text.split(before).skip(1) {
            found.extend(rest.split('"').next());
        }
    }
    found.retain(|name| !name.contains(':') && !name.starts_with(['#', '$']));
    found
}

/// The path of what a file names.
fn resolved(file: &str, name: &str) -> String {
    let base = url::Url::parse("http://page").unwrap();
    let named = base.join(file).unwrap().join(name).unwrap();
    named.path().to_owned()
}

#[test]
fn every_file_that_one_of_them_names_is_served() {
    for asset in ASSETS {
        // What is bundled names what is in it.
        if asset.path.starts_with("/vendor/") {
            continue;
        }
        let text = String::from_utf8_lossy(asset.content);
        for name in named(&text) {
            let path = resolved(asset.path, name);
            assert!(find(&path).is_some(), "{} names {name}", asset.path);
        }
    }
    assert!(find("/index.html").is_some());
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
        "/README.md",
        "/vendor/package.json",
        "/vendor/node_modules/esbuild/lib/main.js",
        "/vendor/parts/codemirror.js",
    ] {
        assert!(find(path).is_none(), "{path}");
    }
}
