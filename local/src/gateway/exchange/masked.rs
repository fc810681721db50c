//! What a client identifies itself with, kept out of whatever is shown: by the place where it stands,
//! wherever else it comes up, and, of a JWT, by what it looks like: people send tokens where nobody
//! looks for them.

use serde_json::{Map, Value};

use super::super::request::Request;
use crate::place::Place;
use crate::query::decode;
use crate::template::authorizer::IdentitySource;

/// What stands for a secret.
const MASK: &str = "•••";
/// Shortest text that is looked for outside of its place, in bytes: a shorter one would be found in
/// words by chance, and no token is that short.
const MIN_SECRET: usize = 8;

/// What a JWT begins with: `{"` in base64url (RFC 7515, section 3.1).
const JWT: &str = "eyJ";

/// Headers and members of events that hold credentials whatever the API; in lower case.
const ALWAYS: &[&str] = &[
    "authorization",
    "authorizationtoken",
    "cookie",
    "cookies",
    "identitysource",
    "proxy-authorization",
    "set-cookie",
    "x-api-key",
];

const PROTOCOL: &str = "sec-websocket-protocol";

/// The places of a request that hold what the client identifies itself with.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SecretNames {
    /// In lower case.
    headers: Vec<String>,
    queries: Vec<String>,
    /// Whether tokens come as a WebSocket's subprotocol.
    protocol: bool,
}

impl SecretNames {
    /// Of these identity sources, and of these places for tokens.
    pub fn new<'a>(
        sources: impl IntoIterator<Item = &'a IdentitySource>,
        places: impl IntoIterator<Item = &'a Place>,
    ) -> Self {
        let mut names = Self::default();
        for source in sources {
            match source {
                IdentitySource::Header(name) => names.headers.push(name.to_ascii_lowercase()),
                IdentitySource::Query(name) => names.queries.push(name.clone()),
                _ => {}
            }
        }
        for place in places {
            match place {
                Place::Header(name) => names.headers.push(name.to_ascii_lowercase()),
                Place::Query(name) => names.queries.push(name.clone()),
                Place::Protocol(_) => names.protocol = true,
                Place::Bearer | Place::Cookie(_) => {}
            }
        }
        names
    }

    fn has_header(&self, name: &str) -> bool {
        let name = name.to_ascii_lowercase();
        ALWAYS.contains(&name.as_str())
            || self.headers.contains(&name)
            || self.protocol && name == PROTOCOL
    }

    fn has_query(&self, name: &str) -> bool {
        self.queries.iter().any(|known| known == name)
    }

    /// What one request has in those places.
    pub(in crate::gateway) fn masks(&self, request: Option<&Request>) -> Masks<'_> {
        let mut values = Vec::new();
        let headers = request.map_or(&[][..], |request| &request.headers);
        for (name, value) in headers.iter().filter(|(name, _)| self.has_header(name)) {
            let parts: &[char] = match name.to_ascii_lowercase().as_str() {
                "cookie" => &[';', '='],
                PROTOCOL => &[','],
                _ => &[' '],
            };
            values.push(value.clone());
            values.extend(value.split(parts).map(|part| part.trim().to_owned()));
        }
        let query = request.and_then(|request| request.query.as_deref());
        for (name, value) in pairs(query.unwrap_or_default()) {
            if self.has_query(&decode(name)) {
                values.extend([value.to_owned(), decode(value)]);
            }
        }
        values.retain(|value| value.len() >= MIN_SECRET);
        // One may hold another.
        values.sort_by_key(|value| std::cmp::Reverse(value.len()));
        values.dedup();
        Masks {
            names: self,
            values,
        }
    }
}

fn pairs(query: &str) -> impl Iterator<Item = (&str, &str)> {
    let pairs = query.split(['&', ';']);
    pairs.map(|pair| pair.split_once('=').unwrap_or((pair, "")))
}

/// What is to be left out of texts about one request.
pub(in crate::gateway) struct Masks<'n> {
    names: &'n SecretNames,
    values: Vec<String>,
}

impl Masks<'_> {
    /// A text that may quote them.
    pub fn text(&self, text: &str) -> String {
        let values = self.values.iter();
        let text = values.fold(text.to_owned(), |text, value| text.replace(value, MASK));
        without_jwts(&text)
    }

    /// The value of a header or a member.
    pub fn header(&self, name: &str, value: &str) -> String {
        if self.names.has_header(name) {
            MASK.to_owned()
        } else {
            self.text(value)
        }
    }

    /// JSON of any kind: an event, an answer.
    pub fn json(&self, value: &Value) -> Value {
        match value {
            Value::String(text) => self.text(text).into(),
            Value::Array(items) => items.iter().map(|item| self.json(item)).collect(),
            Value::Object(members) => members
                .iter()
                .map(|(name, value)| (self.text(name), self.member(name, value)))
                .collect::<Map<_, _>>()
                .into(),
            Value::Null | Value::Bool(_) | Value::Number(_) => value.clone(),
        }
    }

    fn member(&self, name: &str, value: &Value) -> Value {
        if self.names.has_header(name) || self.names.has_query(name) {
            return masked(value);
        }
        match (name, value) {
            ("rawQueryString", Value::String(query)) => self.query(query).into(),
            _ => self.json(value),
        }
    }

    /// A query as it was sent.
    pub fn query(&self, query: &str) -> String {
        let shown = query.split('&').map(|pair| match pair.split_once('=') {
            Some((name, _)) if self.names.has_query(&decode(name)) => format!("{name}={MASK}"),
            _ => self.text(pair),
        });
        shown.collect::<Vec<_>>().join("&")
    }
}

/// The text with nothing in it that reads like a JWT.
fn without_jwts(text: &str) -> String {
    let is_of_jwt = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    let (mut shown, mut rest) = (String::with_capacity(text.len()), text);
    while let Some((before, after)) = rest.split_once(JWT) {
        let end = after.find(|c| !is_of_jwt(c)).unwrap_or(after.len());
        let word = after.get(..end).unwrap_or_default();
        rest = after.get(end..).unwrap_or_default();
        shown.push_str(before);
        if word.split('.').count() >= 3 {
            shown.push_str(MASK);
        } else {
            shown.push_str(JWT);
            shown.push_str(word);
        }
    }
    shown + rest
}

/// The same with no text of it: one in a secret's place is one, however short.
fn masked(value: &Value) -> Value {
    match value {
        Value::String(_) | Value::Number(_) => MASK.into(),
        Value::Array(items) => items.iter().map(masked).collect(),
        Value::Object(members) => members
            .iter()
            .map(|(name, value)| (name.clone(), masked(value)))
            .collect::<Map<_, _>>()
            .into(),
        Value::Null | Value::Bool(_) => value.clone(),
    }
}
