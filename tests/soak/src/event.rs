//! Requests as the events that API Gateway makes of them, and what the model is told of each.

use std::net::IpAddr;

use serde_json::{Map, Value, json};
use tollgate_engine::{Request, Target};

use crate::random::Random;
use crate::shown::Credential;

/// A kind of event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Shape {
    /// A REST API's, with one token.
    RestToken,
    /// A REST API's, with the whole request.
    RestRequest,
    /// An HTTP API's, payload format 2.0.
    Http,
    /// A WebSocket API's connect route.
    WebSocket,
    /// None that an authorizer gets.
    Foreign,
}

/// An event, and what it is of.
pub struct Event {
    /// Its kind.
    pub shape: Shape,
    /// As the function gets it.
    pub value: Value,
    /// The ARN that is called.
    pub arn: String,
    method: String,
    path: String,
    ip: Option<IpAddr>,
}

/// The methods and paths of `requests.txt`.
pub fn requests() -> Vec<(&'static str, &'static str)> {
    let lines = include_str!("../requests.txt").lines();
    let lines = lines.filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines.filter_map(|line| line.split_once(' ')).collect()
}

/// The addresses that clients have: in the policy's network, and outside.
const ADDRESSES: [&str; 2] = ["203.0.113.7", "198.51.100.1"];

/// How browsers name the token in a subprotocol, and clients in a query and a cookie.
const PROTOCOL: &str = "access-token";
const QUERY: &str = "access_token";
const COOKIE: &str = "session";

/// Where a token can be, as in `authorizer.yaml`.
pub const PLACES: &str = "[bearer, query access_token, protocol access-token, cookie session]";

impl Event {
    /// Any event that shows this.
    pub fn any(credential: &Credential, random: &mut Random) -> Self {
        let shape = match random.below(100) {
            0..25 => Shape::RestToken,
            25..60 => Shape::RestRequest,
            60..85 => Shape::Http,
            85..99 => Shape::WebSocket,
            _ => Shape::Foreign,
        };
        let (method, path) = *random.of(&requests());
        let ip = *random.of(&ADDRESSES);
        let mut event = Self {
            shape,
            value: Value::Null,
            arn: String::new(),
            method: method.to_owned(),
            path: path.to_owned(),
            ip: ip.parse().ok(),
        };
        let fields = Fields::any(credential, shape, random);
        event.fill(credential, &fields, ip, random);
        event
    }

    /// What the policy is asked about.
    pub fn request(&self) -> Request<'_> {
        let (method, path) = (self.method.as_str(), self.path.as_str());
        Request {
            target: match self.shape {
                Shape::WebSocket => Target::Connect,
                _ => Target::Path { method, path },
            },
            ip: self.ip,
            unix_millis: 1_767_225_600_000,
            headers: Some(&[]),
            query: Some(&[]),
        }
    }

    /// The caller's address.
    pub fn ip(&self) -> Option<IpAddr> {
        self.ip
    }

    fn fill(&mut self, credential: &Credential, fields: &Fields, ip: &str, random: &mut Random) {
        let (method, path) = (&self.method, &self.path);
        let arn = |rest: &str| {
            format!("arn:aws:execute-api:eu-central-1:123456789012:a1b2c3d4e5/main/{rest}")
        };
        self.arn = match self.shape {
            Shape::WebSocket => arn("$connect"),
            _ => arn(&format!("{method}{path}")),
        };
        let (headers, query) = (&fields.headers, &fields.query);
        self.value = match self.shape {
            Shape::RestToken => {
                // It has neither the address nor anything else to tell.
                self.ip = None;
                json!({"type": "TOKEN", "methodArn": self.arn, "authorizationToken": value(credential)})
            }
            Shape::RestRequest => json!({
                "type": "REQUEST",
                "methodArn": self.arn,
                "resource": if path == "/" { "/" } else { "/{proxy+}" },
                "path": path,
                "httpMethod": method,
                "headers": single(headers),
                "multiValueHeaders": all(headers),
                "queryStringParameters": single(query),
                "multiValueQueryStringParameters": all(query),
                "requestContext": {"httpMethod": method, "identity": {"sourceIp": ip}},
            }),
            Shape::Http => json!({
                "version": "2.0",
                "type": "REQUEST",
                "routeArn": self.arn,
                "routeKey": "$default",
                "rawPath": path,
                "cookies": fields.cookies,
                "headers": single(&lower(headers)),
                "queryStringParameters": single(query),
                "requestContext": {"http": {"method": method, "path": path, "sourceIp": ip}},
            }),
            Shape::WebSocket => json!({
                "type": "REQUEST",
                "methodArn": self.arn,
                "headers": single(headers),
                "multiValueHeaders": all(headers),
                "queryStringParameters": single(query),
                "multiValueQueryStringParameters": all(query),
                "requestContext": {
                    "routeKey": "$connect",
                    "eventType": "CONNECT",
                    "connectionId": "UaBcDcDgFiACJ6A=",
                    "identity": {"sourceIp": ip},
                },
            }),
            Shape::Foreign => foreign(random),
        };
    }
}

/// Where the credential is.
#[derive(Default)]
struct Fields {
    headers: Vec<(String, String)>,
    cookies: Vec<String>,
    query: Vec<(String, String)>,
}

impl Fields {
    fn any(credential: &Credential, shape: Shape, random: &mut Random) -> Self {
        let mut fields = Self::default();
        match credential {
            Credential::Nothing => {}
            Credential::Header(value) => fields.header("Authorization", value),
            Credential::Token(token) => fields.token(token, random.below(3), shape),
            Credential::Two(one, two) => {
                let place = random.below(3);
                fields.token(one, place, shape);
                fields.token(two, (place + 1) % 3, shape);
            }
        }
        if !fields.cookies.is_empty() && shape != Shape::Http {
            let cookies = fields.cookies.join("; ");
            fields.header("Cookie", &cookies);
        }
        fields
    }

    fn token(&mut self, token: &str, place: usize, shape: Shape) {
        match place {
            0 => self.header("Authorization", &format!("Bearer {token}")),
            1 => self.query.push((QUERY.to_owned(), token.to_owned())),
            _ if shape == Shape::WebSocket => {
                self.header("Sec-WebSocket-Protocol", &format!("{PROTOCOL}, {token}"));
            }
            _ => self
                .cookies
                .extend(["theme=dark".to_owned(), format!("{COOKIE}={token}")]),
        }
    }

    fn header(&mut self, name: &str, value: &str) {
        self.headers.push((name.to_owned(), value.to_owned()));
    }
}

/// What a TOKEN event carries; the header that it came in is the API's own choice.
fn value(credential: &Credential) -> String {
    match credential {
        Credential::Nothing => String::new(),
        Credential::Token(token) => format!("Bearer {token}"),
        Credential::Two(one, two) => format!("Bearer {one}, Bearer {two}"),
        Credential::Header(value) => (*value).to_owned(),
    }
}

/// Events for somebody else, or of nobody.
fn foreign(random: &mut Random) -> Value {
    random
        .of(&[
            json!({}),
            json!([]),
            json!({"type": "TOKEN", "authorizationToken": "Bearer a.b.c"}),
            json!({"type": "TOKEN", "authorizationToken": "Bearer a.b.c", "methodArn": "arn:aws:s3:::bucket"}),
            json!({"requestContext": {"eventType": "MESSAGE", "connectionId": "x"}, "body": "{}"}),
            json!({"Records": [{"eventSource": "aws:sqs", "body": "{}"}]}),
        ])
        .clone()
}

fn lower(fields: &[(String, String)]) -> Vec<(String, String)> {
    let lower = |(name, value): &(String, String)| (name.to_ascii_lowercase(), value.clone());
    fields.iter().map(lower).collect()
}

/// One value for each name.
fn single(fields: &[(String, String)]) -> Map<String, Value> {
    let field = |(name, value): &(String, String)| (name.clone(), json!(value));
    fields.iter().map(field).collect()
}

/// Every value of each name.
fn all(fields: &[(String, String)]) -> Map<String, Value> {
    let field = |(name, value): &(String, String)| (name.clone(), json!([value]));
    fields.iter().map(field).collect()
}
