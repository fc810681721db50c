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

#[cfg(test)]
mod tests {
    use super::*;

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
