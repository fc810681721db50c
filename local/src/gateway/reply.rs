//! What the gateway answers by itself: of a REST API the gateway responses of its template over API
//! Gateway's own, of an HTTP API and a WebSocket API fixed texts.

mod cause;
mod substitution;

use std::ops::Range;

use hyper::header::{CONTENT_TYPE, HeaderName, HeaderValue};
use hyper::{Response, StatusCode};
use serde_json::{Value, json};

pub(super) use self::cause::Cause;
use self::cause::{DEFAULT_4XX, DEFAULT_5XX, RestReply};
use super::api::Api;
use super::called::Called;
use super::clock::Moment;
use super::event;
use super::verdict::{Principal, text};
use crate::answer::set_header;
use crate::server::{ResponseBody, full};
use crate::template::api::GatewayResponse;

const JSON: &str = "application/json";
/// What a gateway response may set its status to.
const STATUSES: Range<u16> = 200..600;
/// Headers that a gateway response cannot set: they are of the connection, not of the response.
const FRAMING: &[&str] = &[
    "connection",
    "content-length",
    "keep-alive",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];

/// What a reply is made of.
pub(super) struct Reply<'a> {
    /// Whose gateway responses it is made by.
    pub api: &'a Api,
    /// The request, if it got as far as being one.
    pub called: Option<&'a Called<'a>>,
    pub moment: &'a Moment,
    /// Who called, and what the authorizer said of it, if it said no.
    pub principal: Option<Principal<'a>>,
    pub cause: Cause,
}

impl Reply<'_> {
    pub(super) fn response(&self) -> Response<ResponseBody> {
        if self.api.is_websocket() {
            self.of_websocket_api()
        } else if self.api.is_http() {
            self.of_http_api()
        } else {
            self.of_rest_api()
        }
    }

    /// A WebSocket API has no gateway responses in a template; its own are a REST API's in another body.
    fn of_websocket_api(&self) -> Response<ResponseBody> {
        let own = self.cause.of_rest_api();
        let id = self.called.and_then(|called| called.connection);
        let id = id.map_or("", |connection| connection.id.as_str());
        let request_id = self.moment.extended_request_id();
        let body = connection_message(own.message, id, &request_id);
        let mut response = plain(own.status, JSON, body);
        identify(self.api, self.moment, &mut response);
        set_header(&mut response, "x-amzn-errortype", own.error_type);
        response
    }

    fn of_http_api(&self) -> Response<ResponseBody> {
        let (status, message) = self.cause.of_http_api();
        let body = json!({ "message": message }).to_string();
        let mut response = plain(status, JSON, body);
        identify(self.api, self.moment, &mut response);
        response
    }

    fn of_rest_api(&self) -> Response<ResponseBody> {
        let own = self.cause.of_rest_api();
        let fallback = self.api.gateway_response(if own.status < 500 {
            DEFAULT_4XX
        } else {
            DEFAULT_5XX
        });
        let set = self.api.gateway_response(own.kind).or(fallback);
        let status = set
            .and_then(|set| set.status)
            .or(fallback.and_then(|fallback| fallback.status))
            .filter(|status| STATUSES.contains(status));
        let (content_type, body) = match set.and_then(template_of) {
            Some((content_type, template)) => (
                content_type.as_str(),
                substitution::filled(template, |name| self.value(&own, name)),
            ),
            None => (JSON, own.body()),
        };
        let mut response = plain(status.unwrap_or(own.status), content_type, body);
        identify(self.api, self.moment, &mut response);
        set_header(&mut response, "x-amzn-errortype", own.error_type);
        for (name, source) in set.iter().flat_map(|set| &set.headers) {
            let fixed = source
                .strip_prefix('\'')
                .and_then(|it| it.strip_suffix('\''));
            let value = fixed.map_or_else(|| self.value(&own, source), str::to_owned);
            let name = HeaderName::from_bytes(name.as_bytes());
            if let (Ok(name), Ok(value)) = (name, HeaderValue::from_str(&value))
                && !value.is_empty()
                && !FRAMING.contains(&name.as_str())
            {
                response.headers_mut().insert(name, value);
            }
        }
        response
    }

    /// What a name of a template stands for; nothing for one that is not known here.
    fn value(&self, own: &RestReply, name: &str) -> String {
        let value = match name.split_once('.') {
            Some(("context", name)) => self.context(own, name),
            Some(("method", name)) => self.of_request(name),
            Some(("stageVariables", name)) => self.called.and_then(|it| it.stage_variable(name)),
            _ => None,
        };
        value.unwrap_or_default()
    }

    fn context(&self, own: &RestReply, name: &str) -> Option<String> {
        match name.split_once('.') {
            Some(("error", "message")) => own.message.map(str::to_owned),
            Some(("error", "messageString")) => Some(json!(own.message).to_string()),
            Some(("error", "responseType")) => Some(own.kind.to_owned()),
            Some(("error", _)) => None,
            Some(("authorizer", name)) => {
                let principal = self.principal?;
                match name {
                    "principalId" => Some(principal.id.to_owned()),
                    name => principal.context.get(name).map(text),
                }
            }
            _ if name == "requestId" => Some(self.moment.request_id.clone()),
            _ => self.called?.context(name),
        }
    }

    fn of_request(&self, name: &str) -> Option<String> {
        let called = self.called?;
        let (place, name) = name.strip_prefix("request.")?.split_once('.')?;
        match place {
            // To the letter ("Amazon API Gateway important notes", API Gateway Developer Guide).
            "header" => {
                let mut headers = event::headers(called.request, called.moment)
                    .into_iter()
                    .rev();
                headers.find(|(own, _)| own == name).map(|(_, value)| value)
            }
            "querystring" => {
                let mut query = called.query().into_iter().rev();
                query.find(|(key, _)| key == name).map(|(_, value)| value)
            }
            "path" => called
                .path_parameters()
                .get(name)
                .and_then(Value::as_str)
                .map(str::to_owned),
            _ => None,
        }
    }
}

/// What a WebSocket API says by itself over a connection, as recorded on AWS, spaces and all; here to a
/// handshake too.
pub(super) fn connection_message(
    message: Option<&str>,
    connection_id: &str,
    request_id: &str,
) -> String {
    let message = json!(message);
    format!(
        r#"{{"message": {message}, "connectionId":"{connection_id}", "requestId":"{request_id}"}}"#
    )
}

/// The body of a gateway response and its content type: JSON, if there are several.
fn template_of(response: &GatewayResponse) -> Option<&(String, String)> {
    let mut templates = response.templates.iter();
    let json = templates.find(|(content_type, _)| content_type == JSON);
    json.or(response.templates.first())
}

/// The names of a request, which every response has, the backend's too.
pub(super) fn identify(api: &Api, moment: &Moment, response: &mut Response<ResponseBody>) {
    let extended = moment.extended_request_id();
    if api.is_http() {
        set_header(response, "apigw-requestid", &extended);
    } else if api.is_websocket() {
        // Its events have one identifier under both names.
        set_header(response, "x-amzn-requestid", &extended);
        set_header(response, "x-amz-apigw-id", &extended);
    } else {
        set_header(response, "x-amzn-requestid", &moment.request_id);
        set_header(response, "x-amz-apigw-id", &extended);
    }
}

/// The answer to a preflight request of a REST API: what SAM's mock integration says.
pub(super) fn preflight(called: &Called<'_>) -> Response<ResponseBody> {
    let mut response = plain(200, JSON, "{}\n".to_owned());
    identify(called.api, called.moment, &mut response);
    let Some(cors) = called.api.cors() else {
        return response;
    };
    let methods = cors.methods.clone();
    let methods = methods.unwrap_or_else(|| called.api.methods(called.resource()).join(","));
    let credentials = cors.credentials.then(|| "true".to_owned());
    for (name, value) in [
        ("access-control-allow-origin", cors.origins.first()),
        ("access-control-allow-methods", Some(&methods)),
        ("access-control-allow-headers", cors.headers.as_ref()),
        ("access-control-max-age", cors.max_age.as_ref()),
        ("access-control-allow-credentials", credentials.as_ref()),
    ] {
        if let Some(value) = value {
            set_header(&mut response, name, value);
        }
    }
    response
}

fn plain(status: u16, content_type: &str, body: String) -> Response<ResponseBody> {
    let mut response = Response::new(full(body));
    *response.status_mut() =
        StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let content_type =
        HeaderValue::from_str(content_type).unwrap_or(HeaderValue::from_static(JSON));
    response.headers_mut().insert(CONTENT_TYPE, content_type);
    response
}
