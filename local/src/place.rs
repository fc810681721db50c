//! Where in a request a client puts its token.

/// A place for a token.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Place {
    /// In the `Authorization` header, after `Bearer`.
    #[default]
    Bearer,
    /// In a header of this name, alone.
    Header(String),
    /// In a cookie of this name.
    Cookie(String),
    /// In a query parameter of this name.
    Query(String),
    /// In `Sec-WebSocket-Protocol`, after this name.
    Protocol(String),
}

impl Place {
    /// The header it makes of a token; `None` where it is a query.
    pub fn header(&self, token: &str) -> Option<(&str, String)> {
        match self {
            Self::Bearer => Some(("Authorization", format!("Bearer {token}"))),
            Self::Header(name) => Some((name, token.to_owned())),
            Self::Cookie(name) => Some(("Cookie", format!("{name}={token}"))),
            Self::Protocol(name) => Some(("Sec-WebSocket-Protocol", format!("{name}, {token}"))),
            Self::Query(_) => None,
        }
    }

    /// The query it makes of a token; `None` where it is a header. A token has nothing to encode.
    pub fn query(&self, token: &str) -> Option<String> {
        match self {
            Self::Query(name) => Some(format!("{name}={token}")),
            _ => None,
        }
    }
}

/// The command line that opens a WebSocket, with a token where a provider looks for it. Double quotes:
/// they work in every shell, and neither a token nor a name of a place has anything to expand.
pub fn wscat(url: &str, shown: Option<(&Place, &str)>) -> String {
    let words = match shown {
        None => format!("\"{url}\""),
        // The client says the protocols itself: as a header they would be there twice.
        Some((Place::Protocol(name), token)) => format!("\"{url}\" -s \"{name}\" -s {token}"),
        Some((place, token)) => match (place.query(token), place.header(token)) {
            (Some(query), _) => format!("\"{url}?{query}\""),
            (None, Some((name, value))) => format!("\"{url}\" -H \"{name}: {value}\""),
            (None, None) => format!("\"{url}\""),
        },
    };
    format!("npx wscat -c {words}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_websocket_is_opened_with_the_token_in_its_place() {
        let name = || "x".to_owned();
        for (place, words) in [
            (None, r#""ws://a/""#),
            (
                Some(Place::Bearer),
                r#""ws://a/" -H "Authorization: Bearer t""#,
            ),
            (Some(Place::Query(name())), r#""ws://a/?x=t""#),
            (Some(Place::Protocol(name())), r#""ws://a/" -s "x" -s t"#),
        ] {
            let line = wscat("ws://a/", place.as_ref().map(|place| (place, "t")));
            assert_eq!(line, format!("npx wscat -c {words}"));
        }
    }

    #[test]
    fn each_place_is_a_header_or_a_query() {
        let name = || "x".to_owned();
        for (place, header, query) in [
            (Place::Bearer, Some(("Authorization", "Bearer t")), None),
            (Place::Header(name()), Some(("x", "t")), None),
            (Place::Cookie(name()), Some(("Cookie", "x=t")), None),
            (
                Place::Protocol(name()),
                Some(("Sec-WebSocket-Protocol", "x, t")),
                None,
            ),
            (Place::Query(name()), None, Some("x=t")),
        ] {
            let header = header.map(|(name, value)| (name, value.to_owned()));
            assert_eq!(place.header("t"), header);
            assert_eq!(place.query("t").as_deref(), query);
        }
    }
}
