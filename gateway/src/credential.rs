//! What a client shows for itself: one token in one of the places where the providers look, nothing,
//! or something no two readers would read alike.

pub use tollgate_identity::providers::MAX_TOKEN;
use tollgate_identity::token_source::TokenSource;

/// What a request shows for itself, read strictly.
#[derive(Clone, PartialEq, Eq)]
pub enum Credential<'a> {
    /// No token in any place, or an empty one.
    None,
    /// One token, and the place it came in.
    Token(TokenSource, &'a str),
    /// Anything else: two tokens, one place twice, another scheme than `Bearer`, odd white space.
    /// It proves nobody, and no provider is asked.
    Unreadable,
}

/// Where an event has the fields of its request.
pub trait Fields<'a> {
    /// Every value of a header, whatever the case of its name.
    fn header(&self, name: &str) -> Vec<&'a str>;
    /// Every value of a query parameter.
    fn query(&self, name: &str) -> Vec<&'a str>;
    /// Every cookie as it was sent: `name=value`, or several with `;` between.
    fn cookies(&self) -> Vec<&'a str>;
}

impl<'a> Credential<'a> {
    /// Looks in all these places.
    ///
    /// A request with tokens in two of them is unreadable: which one counts would depend on who
    /// reads it.
    pub fn find(fields: &impl Fields<'a>, sources: &[TokenSource]) -> Self {
        let mut found = Self::None;
        for source in sources {
            let shown = match source {
                TokenSource::Bearer => of_bearer(fields.header("authorization")),
                TokenSource::Header(name) => of_values(fields.header(name)),
                TokenSource::Query(name) => of_values(fields.query(name)),
                TokenSource::Cookie(name) => of_cookies(&fields.cookies(), name),
                TokenSource::Protocol(name) => {
                    of_protocols(&fields.header("sec-websocket-protocol"), name)
                }
            };
            found = match (found, shown) {
                (found, Shown::Nothing) => found,
                (Self::None, Shown::Token(token)) => Self::Token(source.clone(), token),
                _ => return Self::Unreadable,
            };
        }
        found
    }

    /// The one value that a TOKEN event carries. Which header it came in is the API's secret: after
    /// `Bearer` it is the `Authorization` header's, otherwise that of the one named header.
    pub fn of_value(value: &'a str, sources: &[TokenSource]) -> Self {
        let is_header = |source: &&TokenSource| matches!(source, TokenSource::Header(_));
        let mut headers = sources.iter().filter(is_header);
        let bearer = match of_bearer([value]) {
            Shown::Nothing => return Self::None,
            Shown::Token(token) => Some(token),
            Shown::Unreadable => None,
        };
        match (bearer, headers.next(), headers.next()) {
            (Some(token), ..) if sources.contains(&TokenSource::Bearer) => {
                Self::Token(TokenSource::Bearer, token)
            }
            (None, Some(header), None) if is_token68(value) => Self::Token(header.clone(), value),
            _ => Self::Unreadable,
        }
    }

    /// The one value that an AppSync event carries: the token, after `Bearer` or alone. Which header it
    /// came in is AppSync's to say and always the same, so it counts as the `Authorization` header's
    /// where a provider looks there.
    pub fn of_raw(value: &'a str, sources: &[TokenSource]) -> Self {
        if !sources.contains(&TokenSource::Bearer) {
            return Self::of_value(value, sources);
        }
        let alone = match of_values([value]) {
            Shown::Unreadable => of_bearer([value]),
            shown => shown,
        };
        match alone {
            Shown::Nothing => Self::None,
            Shown::Token(token) => Self::Token(TokenSource::Bearer, token),
            Shown::Unreadable => Self::Unreadable,
        }
    }
}

/// What stands in one place.
#[derive(Clone, Copy)]
enum Shown<'a> {
    Nothing,
    Token(&'a str),
    Unreadable,
}

/// `Bearer`, one space, one token (RFC 6750 section 2.1).
fn of_bearer<'a>(values: impl IntoIterator<Item = &'a str>) -> Shown<'a> {
    let mut values = values.into_iter();
    match (values.next(), values.next()) {
        (None | Some(""), None) => Shown::Nothing,
        (Some(value), None) => match value.split_once(' ') {
            Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => token_or_odd(token),
            _ => Shown::Unreadable,
        },
        (_, Some(_)) => Shown::Unreadable,
    }
}

/// A value that is the token itself.
fn of_values<'a>(values: impl IntoIterator<Item = &'a str>) -> Shown<'a> {
    let mut values = values.into_iter();
    match (values.next(), values.next()) {
        (None | Some(""), None) => Shown::Nothing,
        (Some(value), None) => token_or_odd(value),
        (_, Some(_)) => Shown::Unreadable,
    }
}

/// The cookie of that name; case counts (RFC 6265 section 5.4).
fn of_cookies<'a>(cookies: &[&'a str], name: &str) -> Shown<'a> {
    let pairs = cookies.iter().flat_map(|cookies| cookies.split(';'));
    of_values(pairs.filter_map(|pair| {
        let (cookie, value) = pair.trim_matches([' ', '\t']).split_once('=')?;
        (cookie == name).then_some(value)
    }))
}

/// The entry after that name, in all values of `Sec-WebSocket-Protocol` (RFC 6455 section 11.3.4).
fn of_protocols<'a>(values: &[&'a str], name: &str) -> Shown<'a> {
    let entries: Vec<&str> = values
        .iter()
        .flat_map(|value| value.split(','))
        .map(|entry| entry.trim_matches([' ', '\t']))
        .collect();
    let mut named = entries
        .iter()
        .enumerate()
        .filter(|(_, entry)| **entry == name);
    match (named.next(), named.next()) {
        (None, _) => Shown::Nothing,
        (Some((number, _)), None) => match entries.get(number + 1) {
            Some(token) => token_or_odd(token),
            None => Shown::Unreadable,
        },
        (Some(_), Some(_)) => Shown::Unreadable,
    }
}

fn token_or_odd(token: &str) -> Shown<'_> {
    if is_token68(token) {
        Shown::Token(token)
    } else {
        Shown::Unreadable
    }
}

/// `token68` of RFC 9110, section 11.2, with a bound: no comma, no white space.
fn is_token68(token: &str) -> bool {
    let body = token.trim_end_matches('=');
    token.len() <= MAX_TOKEN
        && !body.is_empty()
        && body
            .bytes()
            .all(|byte| TOKEN68.get(usize::from(byte)) == Some(&true))
}

/// Whether a byte may stand in `token68` before its `=`, by its value: every byte of every token is
/// asked about.
#[allow(
    clippy::indexing_slicing,
    reason = "in a constant: what is out of bounds does not compile"
)]
const TOKEN68: [bool; 256] = {
    const ALL: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~+/";
    let mut table = [false; 256];
    let mut place = 0;
    while place < ALL.len() {
        table[ALL[place] as usize] = true;
        place += 1;
    }
    table
};

impl std::fmt::Debug for Credential<'_> {
    /// Never the token.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::None => f.write_str("None"),
            Self::Token(source, _) => write!(f, "Token({source}, ***)"),
            Self::Unreadable => f.write_str("Unreadable"),
        }
    }
}
