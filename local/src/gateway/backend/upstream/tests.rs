//! URLs of `--upstream`.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use super::super::Backend;

#[test]
fn an_upstream_is_a_server_or_a_function() {
    for (url, shown) in [
        ("http://localhost:8080", "Upstream(http://localhost:8080)"),
        ("http://127.0.0.1/", "Upstream(http://127.0.0.1)"),
        ("http://[::1]:8080", "Upstream(http://[::1]:8080)"),
        (
            "http://127.0.0.1:9000/2015-03-31/functions/api/invocations",
            "Function(http://127.0.0.1:9000/2015-03-31/functions/api/invocations)",
        ),
    ] {
        assert_eq!(format!("{:?}", Backend::at(url).unwrap()), shown);
    }
    for (url, why) in [
        ("", "empty string"),
        ("localhost:8080", "does not start with"),
        ("/2015-03-31/functions/api/invocations", "relative URL"),
        ("ftp://localhost", "does not start with"),
        ("http://user:secret@localhost", "a user name"),
        ("http://localhost/base", "a path or a query"),
        ("http://localhost?a=b", "a path or a query"),
    ] {
        let error = Backend::at(url).unwrap_err().to_string();
        assert!(error.contains(why), "{error}");
        assert!(error.contains("like `http://localhost:8080`"), "{error}");
    }
}

#[test]
fn a_gateway_in_front_of_itself_is_known() {
    for (url, expected) in [
        ("http://localhost:3000", true),
        ("http://127.0.0.1:3000", true),
        ("http://127.1.2.3:3000", true),
        ("http://localhost:3001", false),
        ("http://example.com:3000", false),
        ("http://localhost", false),
    ] {
        assert_eq!(
            Backend::at(url).unwrap().is_on_port(3000),
            expected,
            "{url}"
        );
    }
}
