//! The events a REST API makes of a request: one for the authorizer, one for the backend. Pure functions.

use std::net::IpAddr;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};

use super::clock::{Moment, common_log_time};
use super::verdict::Context;
use crate::query;

/// Account, API and stage of the gateway on your machine, as they stand in every `methodArn`.
pub const ACCOUNT: &str = "123456789012";
/// See [`ACCOUNT`].
pub const API: &str = "local00000";
/// See [`ACCOUNT`]. Not a part of URLs: the stage is reached as through a custom domain.
pub const STAGE: &str = "local";
const REGION: &str = "us-east-1";

/// A request, just as the client sent it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// `GET`
    pub method: String,
    /// From the first `/` to the `?`: nothing decoded, nothing resolved.
    pub path: String,
    /// What follows the first `?`.
    pub query: Option<String>,
    /// `HTTP/1.1`
    pub protocol: String,
    /// Names in the client's spelling, in order.
    pub headers: Vec<(String, String)>,
    /// The TCP peer.
    pub source_ip: IpAddr,
    /// The port the client called.
    pub port: u16,
}

impl Request {
    /// The first value of a header.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(n, _)| n.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }

    /// The ARN of the method that is called. It holds the path as sent, without its leading slash.
    pub fn method_arn(&self) -> String {
        let path = self.path.strip_prefix('/').unwrap_or(&self.path);
        format!(
            "arn:aws:execute-api:{REGION}:{ACCOUNT}:{API}/{STAGE}/{}/{path}",
            self.method
        )
    }

    /// `{proxy+}` matches everything but the root, which has a resource of its own.
    fn resource(&self) -> &'static str {
        if self.path == "/" { "/" } else { "/{proxy+}" }
    }

    fn path_parameters(&self) -> Map<String, Value> {
        let mut parameters = Map::new();
        if self.resource() == "/{proxy+}" {
            // Recorded on AWS: still encoded, and without a trailing slash.
            let path = self.path.strip_prefix('/').unwrap_or(&self.path);
            parameters.insert(
                "proxy".to_owned(),
                path.strip_suffix('/').unwrap_or(path).into(),
            );
        }
        parameters
    }

    fn host(&self) -> &str {
        self.header("host").unwrap_or("localhost")
    }

    /// `example.com` of `example.com:3000`; `[::1]` keeps its brackets.
    fn domain_name(&self) -> &str {
        let host = self.host();
        match host.rsplit_once(':') {
            Some((name, port)) if !name.is_empty() && port.bytes().all(|b| b.is_ascii_digit()) => {
                name
            }
            _ => host,
        }
    }
}

/// The event a REQUEST authorizer of a REST API gets.
pub fn authorizer_event(request: &Request, moment: &Moment) -> Value {
    let headers = headers(request, moment);
    let query = query::of_rest_api(request.query.as_deref().unwrap_or_default());
    json!({
        "type": "REQUEST",
        "methodArn": request.method_arn(),
        "resource": request.resource(),
        "path": request.path,
        "httpMethod": request.method,
        "headers": last_values(&headers),
        "multiValueHeaders": all_values(&headers),
        "queryStringParameters": last_values(&query),
        "multiValueQueryStringParameters": all_values(&query),
        "pathParameters": request.path_parameters(),
        "stageVariables": {},
        "requestContext": request_context(request, moment),
    })
}

/// The event a Lambda proxy integration of a REST API gets once the authorizer has let the request in.
pub fn proxy_event(
    request: &Request,
    moment: &Moment,
    principal: &str,
    context: &Context,
    body: &[u8],
) -> Value {
    let headers = headers(request, moment);
    let query = query::of_rest_api(request.query.as_deref().unwrap_or_default());
    let mut authorizer: Map<String, Value> = context
        .iter()
        .map(|(k, v)| (k.clone(), v.clone().into()))
        .collect();
    authorizer.insert("principalId".to_owned(), principal.into());
    let mut request_context = request_context(request, moment);
    if let Some(members) = request_context.as_object_mut() {
        members.insert("authorizer".to_owned(), authorizer.into());
    }
    // As with the binary media type `*/*`, but text stays readable.
    let (body, encoded) = match std::str::from_utf8(body) {
        Ok("") => (Value::Null, false),
        Ok(text) => (text.into(), false),
        Err(_) => (STANDARD.encode(body).into(), true),
    };
    json!({
        "resource": request.resource(),
        "path": request.path,
        "httpMethod": request.method,
        "headers": last_values(&headers),
        "multiValueHeaders": all_values(&headers),
        "queryStringParameters": null_if_empty(last_values(&query)),
        "multiValueQueryStringParameters": null_if_empty(all_values(&query)),
        "pathParameters": null_if_empty(request.path_parameters()),
        "stageVariables": null,
        "requestContext": request_context,
        "body": body,
        "isBase64Encoded": encoded,
    })
}

fn request_context(request: &Request, moment: &Moment) -> Value {
    let domain = request.domain_name();
    json!({
        "accountId": ACCOUNT,
        "apiId": API,
        "deploymentId": "local1",
        "domainName": domain,
        "domainPrefix": domain.split('.').next().unwrap_or_default(),
        "extendedRequestId": moment.extended_request_id(),
        "httpMethod": request.method,
        "identity": {
            "accessKey": null,
            "accountId": null,
            "caller": null,
            "cognitoAuthenticationProvider": null,
            "cognitoAuthenticationType": null,
            "cognitoIdentityId": null,
            "cognitoIdentityPoolId": null,
            "principalOrgId": null,
            "sourceIp": request.source_ip.to_canonical().to_string(),
            "user": null,
            "userAgent": request.header("user-agent"),
            "userArn": null,
        },
        "path": format!("/{STAGE}{}", request.path),
        "protocol": request.protocol,
        "requestId": moment.request_id,
        "requestTime": common_log_time(moment.epoch_ms),
        "requestTimeEpoch": moment.epoch_ms,
        "resourceId": "local0",
        "resourcePath": request.resource(),
        "stage": STAGE,
    })
}

/// Between client and gateway only (RFC 9110, 7.6.1); functions never see them.
const HOP_BY_HOP: &[&str] = &[
    "connection",
    "keep-alive",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "content-length",
    "expect",
];

/// The client's headers, with those that API Gateway takes away, spells anew or adds.
fn headers(request: &Request, moment: &Moment) -> Vec<(String, String)> {
    let own = ["x-forwarded-for", "x-forwarded-port", "x-forwarded-proto"];
    let mut headers: Vec<(String, String)> = Vec::new();
    for (name, value) in &request.headers {
        let lower = name.to_ascii_lowercase();
        if HOP_BY_HOP.contains(&lower.as_str()) || own.contains(&lower.as_str()) {
            continue;
        }
        // Recorded on AWS: this one name is respelled.
        let name = if lower == "authorization" {
            "Authorization"
        } else {
            name
        };
        headers.push((name.to_owned(), value.clone()));
    }
    let client = request.source_ip.to_canonical().to_string();
    let forwarded: Vec<&str> = request
        .headers
        .iter()
        .filter(|(name, _)| name.eq_ignore_ascii_case("x-forwarded-for"))
        .map(|(_, value)| value.as_str())
        .chain([client.as_str()])
        .collect();
    headers.push(("X-Forwarded-For".to_owned(), forwarded.join(", ")));
    headers.push(("X-Forwarded-Port".to_owned(), request.port.to_string()));
    headers.push(("X-Forwarded-Proto".to_owned(), "http".to_owned()));
    if request.header("x-amzn-trace-id").is_none() {
        headers.push(("X-Amzn-Trace-Id".to_owned(), moment.trace_id()));
    }
    headers
}

/// The single-value map: of a repeated key the last value.
fn last_values(pairs: &[(String, String)]) -> Map<String, Value> {
    let mut map = Map::new();
    for (name, value) in pairs {
        map.insert(name.clone(), value.as_str().into());
    }
    map
}

/// The multi-value map: of a repeated key all values, in order.
fn all_values(pairs: &[(String, String)]) -> Map<String, Value> {
    let mut map = Map::new();
    for (name, value) in pairs {
        if let Value::Array(values) = map
            .entry(name.clone())
            .or_insert_with(|| Value::Array(Vec::new()))
        {
            values.push(value.as_str().into());
        }
    }
    map
}

fn null_if_empty(map: Map<String, Value>) -> Value {
    if map.is_empty() {
        Value::Null
    } else {
        map.into()
    }
}
