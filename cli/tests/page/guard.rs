//! Who is let in: the page, and no other.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde_json::json;

use crate::dev::{Dev, POLICY};

/// A request, the header lines that are other than the page's own (`NAME:` leaves it out), and what
/// must come of it.
type Case = (&'static str, &'static str, &'static [&'static str], u16);

const FILE: &str = "/api/policy?file=access.policy";

const CASES: &[Case] = &[
    // The name by which the page is called.
    ("GET", "/", &[], 200),
    ("GET", "/", &["Host: localhost:PORT"], 200),
    ("GET", "/", &["Host: [::1]:PORT"], 200),
    ("GET", "/", &["Host: evil.example"], 421),
    ("GET", "/", &["Host: evil.example:PORT"], 421),
    ("GET", "/", &["Host: 127.0.0.1"], 421),
    ("GET", "/", &["Host: 127.0.0.1:1"], 421),
    ("GET", "/", &["Host: 127.0.0.1.evil.example:PORT"], 421),
    ("GET", "/", &["Host: localhost.:PORT"], 421),
    (
        "GET",
        "/",
        &["Host: 127.0.0.1:PORT", "Host: evil.example"],
        421,
    ),
    ("GET", "/", &["Host:"], 421),
    ("GET", "http://evil.example/", &[], 421),
    // Its files are anybody's, its data are not.
    (
        "GET",
        "/",
        &["Origin: http://evil.example", "Sec-Fetch-Site: cross-site"],
        200,
    ),
    ("HEAD", "/", &[], 200),
    ("GET", FILE, &[], 200),
    (
        "GET",
        FILE,
        &["Origin:", "Sec-Fetch-Site:", "Sec-Fetch-Mode:"],
        200,
    ),
    (
        "GET",
        FILE,
        &["Host: localhost:PORT", "Origin: http://localhost:PORT"],
        200,
    ),
    ("GET", FILE, &["Origin: http://localhost:PORT"], 403),
    ("GET", FILE, &["Origin: http://evil.example"], 403),
    ("GET", FILE, &["Origin: https://127.0.0.1:PORT"], 403),
    ("GET", FILE, &["Origin: http://127.0.0.1:3000"], 403),
    ("GET", FILE, &["Origin: null"], 403),
    ("GET", FILE, &["Sec-Fetch-Site: cross-site"], 403),
    ("GET", FILE, &["Sec-Fetch-Site: same-site"], 403),
    ("GET", FILE, &["Sec-Fetch-Site: none"], 403),
    (
        "GET",
        FILE,
        &[
            "Origin:",
            "Sec-Fetch-Site: none",
            "Sec-Fetch-Mode: navigate",
        ],
        200,
    ),
    (
        "GET",
        FILE,
        &["Sec-Fetch-Site: same-origin", "Sec-Fetch-Site: cross-site"],
        403,
    ),
    ("GET", "/api/nothing", &["Sec-Fetch-Site: cross-site"], 403),
    ("GET", "/nothing", &["Sec-Fetch-Site: cross-site"], 403),
    ("OPTIONS", FILE, &["Origin: http://evil.example"], 403),
    // What changes something.
    ("PUT", FILE, &["X-Tollgate-Page:"], 403),
    ("PUT", FILE, &["X-Tollgate-Page: 2"], 403),
    ("PUT", FILE, &["Origin: http://evil.example"], 403),
    ("PUT", FILE, &["Sec-Fetch-Site: cross-site"], 403),
    (
        "PUT",
        FILE,
        &["Sec-Fetch-Site: none", "Sec-Fetch-Mode: navigate"],
        403,
    ),
    ("PUT", FILE, &["Content-Type:"], 415),
    (
        "PUT",
        FILE,
        &["Content-Type: application/x-www-form-urlencoded"],
        415,
    ),
    (
        "PUT",
        FILE,
        &["Content-Type: multipart/form-data; boundary=x"],
        415,
    ),
    ("PUT", FILE, &["Content-Type: text/plain"], 415),
    (
        "PUT",
        FILE,
        &["Content-Type: application/json;charset=utf-8"],
        400,
    ),
    ("PUT", FILE, &[], 400),
    // What is not there.
    ("GET", "/nothing", &[], 404),
    ("GET", "/../Cargo.toml", &[], 404),
    ("GET", "/%2e%2e/authorizer.yaml", &[], 404),
    ("GET", "/api/nothing", &[], 404),
    ("DELETE", FILE, &[], 405),
    ("POST", "/", &[], 405),
];

#[test]
fn the_page_is_let_in_and_nobody_else() {
    let dev = Dev::start();
    let own = dev.own();
    for (method, path, changed, expected) in CASES {
        let port = dev.port.to_string();
        let changed: Vec<String> = changed
            .iter()
            .map(|line| line.replace("PORT", &port))
            .collect();
        let name = |line: &str| line.split(':').next().unwrap().to_owned();
        let mut headers: Vec<&str> = own
            .iter()
            .filter(|line| changed.iter().all(|other| name(other) != name(line)))
            .map(String::as_str)
            .collect();
        headers.extend(
            changed
                .iter()
                .filter(|line| !line.ends_with(':'))
                .map(String::as_str),
        );
        let reply = dev.send(method, path, &headers, b"");
        assert_eq!(
            reply.status, *expected,
            "{method} {path} {changed:?}: {reply:?}"
        );
        if reply.status >= 400 && *method != "HEAD" {
            assert!(!reply.message().is_empty(), "{method} {path} {changed:?}");
        }
        protects(&reply.headers);
    }
    assert_eq!(dev.saved(), POLICY);
}

/// On every answer, whatever it is.
fn protects(headers: &BTreeMap<String, String>) {
    for (name, value) in [
        ("cache-control", "no-store"),
        ("x-content-type-options", "nosniff"),
        ("cross-origin-resource-policy", "same-origin"),
        ("cross-origin-opener-policy", "same-origin"),
        ("referrer-policy", "no-referrer"),
    ] {
        assert_eq!(headers[name], value);
    }
    let policy = &headers["content-security-policy"];
    assert!(
        policy.starts_with("default-src 'none'; script-src 'self'; "),
        "{policy}"
    );
    assert!(policy.contains("frame-ancestors 'none'"), "{policy}");
    assert!(
        !headers
            .keys()
            .any(|name| name.starts_with("access-control-"))
    );
}

#[test]
fn a_body_has_a_bound() {
    let dev = Dev::start();
    let text = "#".repeat(1024 * 1024);
    let body = json!({ "name": "access.policy", "text": text, "hash": "" });
    let reply = dev.ask("PUT", "/api/policy", &body);
    assert_eq!(reply.status, 413, "{reply:?}");
    // Without a length, too.
    let mut request = format!("PUT /api/policy HTTP/1.1\r\n{}\r\n", dev.own().join("\r\n"));
    request.push_str("Connection: close\r\nTransfer-Encoding: chunked\r\n\r\n");
    for _ in 0..20 {
        write!(request, "10000\r\n{}\r\n", "#".repeat(0x10000)).unwrap();
    }
    request.push_str("0\r\n\r\n");
    assert_eq!(dev.raw(request.as_bytes()).status, 413);
    let head = format!(
        "GET / HTTP/1.1\r\nHost: {}\r\nX: {}\r\n\r\n",
        dev.host(),
        "x".repeat(64 * 1024)
    );
    assert_eq!(dev.raw(head.as_bytes()).status, 431);
    assert_eq!(dev.saved(), POLICY);
}

#[test]
fn the_page_can_be_left_out() {
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_tollgate"))
        .args(["dev", "--no-page", "--page-port", "1"])
        .output()
        .unwrap();
    let message = String::from_utf8(output.stderr).unwrap();
    assert!(message.contains("cannot be used with"), "{message}");
    assert_eq!(Dev::greeting_of(&["--no-page"]).find("page "), None);
}

#[test]
fn a_port_that_is_taken_is_named() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_tollgate"))
        .args(["dev", "--page-port", &port])
        .output()
        .unwrap();
    let message = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(
        message.contains(&format!("port {port} for the page is taken")),
        "{message}"
    );
}
