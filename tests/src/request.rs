//! Requests of a client, as the events that API Gateway makes of them.

use serde_json::{Map, Value, json};

const ARN: &str = "arn:aws:execute-api:eu-central-1:123456789012:a1b2c3d4e5/main/GET";

/// A `GET` request.
#[derive(Debug, Clone)]
pub struct Request {
    path: &'static str,
    headers: Vec<(&'static str, String)>,
    cookies: Vec<String>,
    query: Vec<(&'static str, String)>,
}

impl Request {
    /// For a path, which begins with a slash; nothing shows who asks.
    pub fn get(path: &'static str) -> Self {
        Self {
            path,
            headers: Vec::new(),
            cookies: Vec::new(),
            query: Vec::new(),
        }
    }

    /// With a token in the `Authorization` header.
    #[must_use]
    pub fn bearer(self, token: &str) -> Self {
        self.header("Authorization", &format!("Bearer {token}"))
    }

    /// With a header.
    #[must_use]
    pub fn header(mut self, name: &'static str, value: &str) -> Self {
        self.headers.push((name, value.to_owned()));
        self
    }

    /// With a cookie.
    #[must_use]
    pub fn cookie(mut self, name: &str, value: &str) -> Self {
        self.cookies.push(format!("{name}={value}"));
        self
    }

    /// With a query parameter.
    #[must_use]
    pub fn query(mut self, name: &'static str, value: &str) -> Self {
        self.query.push((name, value.to_owned()));
        self
    }

    /// The REQUEST event of a REST API.
    pub fn rest(&self) -> Value {
        let mut headers = self.headers.clone();
        if !self.cookies.is_empty() {
            headers.push(("Cookie", self.cookies.join("; ")));
        }
        json!({
            "type": "REQUEST",
            "methodArn": format!("{ARN}{}", self.path),
            "resource": "/{proxy+}",
            "path": self.path,
            "httpMethod": "GET",
            "headers": last(&headers),
            "multiValueHeaders": all(&headers),
            "queryStringParameters": last(&self.query),
            "multiValueQueryStringParameters": all(&self.query),
            "requestContext": {"httpMethod": "GET", "identity": {"sourceIp": "203.0.113.7"}},
        })
    }

    /// The event of an HTTP API, payload format 2.0.
    pub fn http(&self) -> Value {
        let lower = |(name, value): &(&str, String)| (name.to_ascii_lowercase(), value.clone());
        let headers: Vec<(String, String)> = self.headers.iter().map(lower).collect();
        json!({
            "version": "2.0",
            "type": "REQUEST",
            "routeArn": format!("{ARN}{}", self.path),
            "routeKey": "GET /{proxy+}",
            "rawPath": self.path,
            "cookies": self.cookies,
            "headers": last(&headers),
            "queryStringParameters": last(&self.query),
            "requestContext": {
                "http": {"method": "GET", "path": self.path, "sourceIp": "203.0.113.7"},
            },
        })
    }
}

/// One value for each name.
fn last(fields: &[(impl AsRef<str>, String)]) -> Map<String, Value> {
    let field = |(name, value): &(_, String)| (AsRef::<str>::as_ref(name).to_owned(), json!(value));
    fields.iter().map(field).collect()
}

/// Every value of each name.
fn all(fields: &[(&str, String)]) -> Map<String, Value> {
    let mut all = Map::new();
    for (name, value) in fields {
        let values = all.entry(*name).or_insert_with(|| json!([]));
        if let Some(values) = values.as_array_mut() {
            values.push(json!(value));
        }
    }
    all
}
