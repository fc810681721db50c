//! The bypasses of `tests/bypasses`, as its README describes them, and the events their requests are.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::build;

const REST: &str = "arn:aws:execute-api:eu-central-1:123456789012:a1b2c3d4e5/main";
const HTTP: &str = "arn:aws:execute-api:eu-central-1:123456789012:f6g7h8i9j0/$default";

/// One case.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bypass {
    /// The advisories.
    pub id: Vec<String>,
    /// Where it was.
    pub product: String,
    /// What got through there.
    pub passed: String,
    /// What must hold here.
    pub holds: String,
    /// What would be sent here.
    #[serde(default)]
    pub requests: Vec<Request>,
    /// Tests elsewhere that hold it, each `FILE: NAME`.
    #[serde(default)]
    pub tests: Vec<String>,
}

/// One request.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Request {
    /// The file of the policy it is judged with.
    #[serde(default = "access")]
    pub policy: String,
    path: String,
    sent: Option<String>,
    resource: Option<String>,
    method: Option<String>,
    query: Option<String>,
    #[serde(default)]
    headers: Vec<(String, String)>,
    #[serde(default = "everybody")]
    r#as: Vec<String>,
    #[serde(default = "every_event")]
    events: Vec<Kind>,
    expect: Expect,
    decoded: Option<Expect>,
    /// What the backend is told.
    #[serde(default)]
    pub context: BTreeMap<String, String>,
}

/// What must come of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Expect {
    /// The answer allows it.
    Allowed,
    /// The answer denies it explicitly.
    Denied,
    /// The function fails with exactly `Unauthorized`; an HTTP API has no such way, and is answered
    /// with a denial whose reason is `login_required`.
    Unauthorized,
    /// The function fails in another way.
    Error,
}

/// A kind of event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// REST API, TOKEN authorizer.
    RestToken,
    /// REST API, REQUEST authorizer.
    RestRequest,
    /// HTTP API, payload format 2.0.
    Http,
}

/// All of them.
pub const KINDS: [Kind; 3] = [Kind::RestToken, Kind::RestRequest, Kind::Http];

/// A visitor, who has no token.
pub const VISITOR: &str = "visitor";

/// The policy that nearly all are judged with.
pub const ACCESS: &str = "access.policy";

fn access() -> String {
    ACCESS.to_owned()
}

fn everybody() -> Vec<String> {
    vec![VISITOR.to_owned(), "pro".to_owned()]
}

fn every_event() -> Vec<Kind> {
    KINDS.to_vec()
}

/// A request as one event.
#[derive(Debug, Clone)]
pub struct Attempt {
    /// Which kind of event.
    pub kind: Kind,
    /// Who asks.
    pub user: String,
    /// The ARN of the method.
    pub arn: String,
    /// What the function gets.
    pub event: Value,
    /// What must come of it.
    pub expect: Expect,
    /// The `Authorization` header; empty if there is none.
    authorization: String,
}

impl Attempt {
    /// The event that holds nothing but the ARN and who asks.
    pub fn alone(&self) -> Value {
        json!({"type": "TOKEN", "methodArn": self.arn, "authorizationToken": self.authorization})
    }
}

/// The folder of the cases.
pub fn folder() -> PathBuf {
    build::root().join("tests/bypasses")
}

/// The text of a file of the folder.
///
/// # Panics
/// If it cannot be read.
pub fn text(name: &str) -> String {
    let path = folder().join(name);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// All cases.
///
/// # Panics
/// If a file is not as the README has it.
pub fn cases() -> Vec<Bypass> {
    let files = ["paths.yaml", "headers.yaml", "kept.yaml"];
    let read = |name| {
        let read: Result<Vec<Bypass>, _> = serde_yaml::from_str(&text(name));
        read.unwrap_or_else(|error| panic!("tests/bypasses/{name}: {error}"))
    };
    files.into_iter().flat_map(read).collect()
}

impl Request {
    /// A user's `GET` of a path.
    pub fn get(path: &str, user: &str) -> Self {
        Self {
            policy: access(),
            path: path.to_owned(),
            sent: None,
            resource: None,
            method: None,
            query: None,
            headers: Vec::new(),
            r#as: vec![user.to_owned()],
            events: every_event(),
            expect: Expect::Allowed,
            decoded: None,
            context: BTreeMap::new(),
        }
    }

    /// The request by everybody it is tried as, in every kind of event, with the ARN's escapes kept and
    /// decoded; `token` finds a user's.
    pub fn attempts(&self, token: impl Fn(&str) -> String) -> Vec<Attempt> {
        let mut attempts = Vec::new();
        let decoded = decode(&self.path).filter(|decoded| *decoded != self.path);
        let paths: Vec<String> = [self.path.clone()].into_iter().chain(decoded).collect();
        for user in &self.r#as {
            let bearer = (user != VISITOR).then(|| format!("Bearer {}", token(user)));
            let authorization = bearer.clone().unwrap_or_default();
            let headers: Vec<(String, String)> = self
                .headers
                .iter()
                .map(|(name, value)| (name.clone(), fill(value, &token)))
                .chain(bearer.map(|bearer| ("Authorization".to_owned(), bearer)))
                .collect();
            for kind in &self.events {
                if *kind == Kind::RestToken && !self.headers.is_empty() {
                    continue;
                }
                for path in &paths {
                    let (arn, event) = self.event(*kind, path, &headers);
                    // All other kinds have the path as it was sent beside the ARN.
                    let blind = *kind == Kind::RestToken && *path != self.path;
                    attempts.push(Attempt {
                        kind: *kind,
                        user: user.clone(),
                        arn,
                        event,
                        expect: self.decoded.filter(|_| blind).unwrap_or(self.expect),
                        authorization: authorization.clone(),
                    });
                }
            }
        }
        attempts
    }

    fn event(&self, kind: Kind, path: &str, headers: &[(String, String)]) -> (String, Value) {
        let method = self.method.as_deref().unwrap_or("GET");
        let sent = self.sent.as_deref().unwrap_or(&self.path);
        let stage = if kind == Kind::Http { HTTP } else { REST };
        let arn = format!("{stage}/{method}{path}");
        let query = self
            .query
            .as_deref()
            .and_then(|query| query.split_once('='));
        let query: Map<String, Value> = query
            .into_iter()
            .map(|(k, v)| (k.to_owned(), json!(v)))
            .collect();
        let event = match kind {
            Kind::RestToken => json!({
                "type": "TOKEN",
                "methodArn": arn,
                "authorizationToken": headers.first().map_or("", |(_, value)| value),
            }),
            Kind::RestRequest => json!({
                "type": "REQUEST",
                "methodArn": arn,
                "resource": self.resource.as_deref().unwrap_or("/{proxy+}"),
                "path": sent,
                "httpMethod": method,
                "headers": last(headers),
                "multiValueHeaders": all(headers),
                "queryStringParameters": query,
                "requestContext": {"httpMethod": method, "identity": {"sourceIp": "203.0.113.7"}},
            }),
            Kind::Http => json!({
                "version": "2.0",
                "type": "REQUEST",
                "routeArn": arn,
                "routeKey": self.resource.as_ref().map_or("$default".to_owned(), |it| format!("{method} {it}")),
                "rawPath": sent,
                "rawQueryString": self.query.as_deref().unwrap_or_default(),
                "headers": joined(headers),
                "queryStringParameters": query,
                "requestContext": {"http": {"method": method, "path": sent, "sourceIp": "203.0.113.7"}},
            }),
        };
        (arn, event)
    }
}

/// A text with `{{user}}` replaced by that user's token.
fn fill(text: &str, token: impl Fn(&str) -> String) -> String {
    let mut filled = String::new();
    let mut rest = text;
    while let Some((before, (user, after))) = rest
        .split_once("{{")
        .and_then(|(before, rest)| Some((before, rest.split_once("}}")?)))
    {
        filled = filled + before + &token(user);
        rest = after;
    }
    filled + rest
}

/// One value for each name, as a REST API gives them: the last.
fn last(headers: &[(String, String)]) -> Map<String, Value> {
    let headers = headers.iter();
    headers
        .map(|(name, value)| (name.clone(), json!(value)))
        .collect()
}

/// Every value of each name.
fn all(headers: &[(String, String)]) -> Map<String, Value> {
    let mut all = Map::new();
    for (name, value) in headers {
        let values = all.entry(name).or_insert_with(|| json!([]));
        if let Some(values) = values.as_array_mut() {
            values.push(json!(value));
        }
    }
    all
}

/// As an HTTP API gives them: in lower case, those of one name joined by commas.
fn joined(headers: &[(String, String)]) -> BTreeMap<String, String> {
    let mut joined = BTreeMap::<String, String>::new();
    for (name, value) in headers {
        joined
            .entry(name.to_ascii_lowercase())
            .and_modify(|values| *values = format!("{values},{value}"))
            .or_insert_with(|| value.clone());
    }
    joined
}

/// A path with its escapes decoded once; `None` if that is no text.
fn decode(path: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(path.len());
    let mut rest = path.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let digits = after.split_first_chunk::<2>();
        let escaped = digits
            .filter(|_| *first == b'%')
            .and_then(|(digits, after)| Some((std::str::from_utf8(digits).ok()?, after)))
            .and_then(|(digits, after)| Some((u8::from_str_radix(digits, 16).ok()?, after)));
        let (byte, after) = escaped.unwrap_or((*first, after));
        bytes.push(byte);
        rest = after;
    }
    String::from_utf8(bytes).ok()
}
