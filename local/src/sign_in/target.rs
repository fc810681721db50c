//! Addresses that a person may be sent back to: those of this machine.

use std::net::IpAddr;

use reqwest::Url;

/// The URL of this text if it leads to this machine over HTTP (RFC 8252 section 7.3), and has neither
/// credentials nor a fragment.
pub(crate) fn loopback(text: &str) -> Option<Url> {
    let url = Url::parse(text).ok()?;
    let is_plain =
        url.username().is_empty() && url.password().is_none() && url.fragment().is_none();
    let is_http = matches!(url.scheme(), "http" | "https");
    let host = url.host_str()?;
    // `localhost` and all names below it never leave the machine (RFC 6761 section 6.3). URLs take `;`,
    // `,` and `*` in names too, which would mean something in the page's own policy.
    let is_name = host
        .bytes()
        .all(|b| b.is_ascii_alphanumeric() || b"-._".contains(&b));
    let is_named = host == "localhost" || is_name && host.ends_with(".localhost");
    let address = host.trim_start_matches('[').trim_end_matches(']');
    let is_loopback = address
        .parse()
        .is_ok_and(|address: IpAddr| address.is_loopback());
    (is_plain && is_http && (is_named || is_loopback)).then_some(url)
}

/// Whether this is the origin of a page on this machine: `http://localhost:5173`.
pub(crate) fn is_loopback_origin(origin: &str) -> bool {
    loopback(origin).is_some_and(|url| url.origin().ascii_serialization() == origin)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_this_machine_is_a_target() {
        for (text, expected) in [
            ("http://localhost:5173/cb", true),
            ("http://localhost", true),
            ("https://localhost:8443/cb?a=1", true),
            ("http://app.localhost:5173/", true),
            ("http://127.0.0.1:1/", true),
            ("http://127.9.9.9/", true),
            ("http://[::1]:5173/cb", true),
            ("http://2130706433/", true),
            ("http://example.com/", false),
            ("http://localhost.example.com/", false),
            ("http://a;sandbox.localhost/", false),
            ("http://a,b.localhost/", false),
            ("http://*.localhost/", false),
            ("http://localhost@example.com/", false),
            ("http://localhost:1@example.com/", false),
            ("http://user@localhost/", false),
            ("http://localhost/#token", false),
            ("http://192.168.1.2/", false),
            ("http://[::ffff:192.168.1.2]/", false),
            ("http://0.0.0.0/", false),
            ("//localhost/", false),
            ("/cb", false),
            ("javascript:alert(1)//localhost", false),
            ("file://localhost/etc/passwd", false),
            ("data:text/html,localhost", false),
            ("", false),
        ] {
            assert_eq!(loopback(text).is_some(), expected, "{text}");
        }
        // What a browser would read otherwise is sent as it was read here.
        let url = loopback("http://localhost\\@example.com").map(String::from);
        assert_eq!(url.as_deref(), Some("http://localhost/@example.com"));
    }

    #[test]
    fn an_origin_is_an_origin() {
        for (origin, expected) in [
            ("http://localhost:5173", true),
            ("http://[::1]:5173", true),
            ("http://localhost:5173/", false),
            ("https://example.com", false),
            ("null", false),
            ("*", false),
        ] {
            assert_eq!(is_loopback_origin(origin), expected, "{origin}");
        }
    }
}
