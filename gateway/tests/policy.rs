//! A policy from its files: what it cannot be without, what is worth a warning, and its name.
#![allow(clippy::unwrap_used, reason = "tests")]

use tollgate_engine::Products;
use tollgate_gateway::policy::{Loaded, version};

fn files(text: &str) -> Vec<(String, Vec<u8>)> {
    vec![("access.policy".to_owned(), text.as_bytes().to_vec())]
}

fn load(text: &str) -> Result<Loaded, String> {
    Loaded::files(&files(text), &Products::default())
}

#[test]
fn a_warning_stops_no_policy_and_an_error_does() {
    for (text, warned) in [
        ("route /x is public\n", false),
        ("route /x is public\nlet unused is user\n", true),
    ] {
        assert_eq!(!load(text).unwrap().warnings.is_empty(), warned, "{text}");
    }
    for (text, words) in [
        ("route /x is pubic\n", "access.policy:1"),
        ("route /x is public\nrouter\n", "access.policy:2"),
        (
            "route /x requires nothing_of_that_name\n",
            "access.policy:1",
        ),
    ] {
        let error = load(text).map(|_| ()).unwrap_err();
        assert!(error.contains(words), "{error}");
    }
}

/// Without a route every request is denied, which is never what is meant.
#[test]
fn a_policy_without_a_route_is_no_policy() {
    for text in ["", "# nothing\n", "forbid /* when user\n"] {
        let error = load(text).map(|_| ()).unwrap_err();
        assert!(
            error.contains("access.policy: there is no `route`"),
            "{error}"
        );
    }
}

#[test]
fn a_version_is_of_names_contents_and_products() {
    let none = Products::default();
    let first = version(&files("route /x is public\n"), &none);
    assert_eq!(first.len(), 12);
    assert!(
        first.bytes().all(|byte| byte.is_ascii_hexdigit()),
        "{first}"
    );
    // The folder differs from machine to machine.
    let named = |name: &str| {
        version(
            &[(name.to_owned(), b"route /x is public\n".to_vec())],
            &none,
        )
    };
    for folder in ["policy/", "/srv/policy/", "C:\\policy\\"] {
        assert_eq!(named(&format!("{folder}access.policy")), first, "{folder}");
    }
    let products: Products = [("pro".to_owned(), "p-1".to_owned())].into_iter().collect();
    for other in [
        named("other.policy"),
        version(&files("route /y is public\n"), &none),
        version(&files("route /x is public\n"), &products),
    ] {
        assert_ne!(other, first);
    }
}
