//! A request without a socket: through the gateway as any other, or only as far as the authorizer.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http_body_util::BodyExt;
use hyper::{HeaderMap, Response};
use serde_json::Value;

use super::super::api::Guardian;
use super::super::called::Called;
use super::super::request::Request;
use super::super::stage::Stage;
use super::super::{admission, event, identity};
use super::Exchange;
use crate::body::RequestBody;
use crate::server::ResponseBody;
use crate::wire::RequestHead;

/// Most of a backend's answer that is read, in bytes; the rest is left.
const MAX_SENT_BODY: usize = 64 * 1024;
/// How long it is read: one that never ends has said enough.
const READ_TIME: Duration = Duration::from_secs(5);

/// What came of a request that was sent from inside.
pub struct Sent {
    /// All that became of it.
    pub exchange: Arc<Exchange>,
    /// The HTTP status of the answer.
    pub status: u16,
    /// Its headers.
    pub headers: HeaderMap,
    /// Its body, as far as it was read.
    pub body: Bytes,
    /// Whether there was more of it.
    pub truncated: bool,
}

/// How far a request comes until the authorizer is asked.
#[derive(Clone, Default)]
pub struct Approach {
    /// The API's name in its template.
    pub api: String,
    /// The route that takes it: `ANY /{proxy+}`.
    pub route: Option<String>,
    /// The path as sent, without what the client identifies itself with.
    pub path: String,
    /// The ARN of the method that is called, likewise; empty if it is no request that the gateway takes.
    pub arn: String,
    /// The name of the authorizer that decides.
    pub authorizer: Option<String>,
    /// What the authorizer gets; `None` where it is not asked.
    pub event: Option<Value>,
    /// What keeps the request from the authorizer: the front door, no route, a missing identity source.
    pub stopped: Option<String>,
    /// Whether the front door took it.
    pub admitted: bool,
    /// The event without what the client identifies itself with.
    pub shown: Option<Value>,
}

impl Sent {
    pub(in crate::gateway) async fn of(
        exchange: Arc<Exchange>,
        response: Response<ResponseBody>,
    ) -> Self {
        let (parts, body) = response.into_parts();
        let (body, truncated) = beginning(body).await;
        Self {
            exchange,
            status: parts.status.as_u16(),
            headers: parts.headers,
            body,
            truncated,
        }
    }
}

impl Request {
    pub(in crate::gateway) fn head(&self) -> RequestHead {
        let query = self.query.as_deref().map(|query| format!("?{query}"));
        RequestHead {
            method: self.method.clone(),
            target: self.path.clone() + &query.unwrap_or_default(),
            version: if self.protocol == "HTTP/1.0" {
                "HTTP/1.0"
            } else {
                "HTTP/1.1"
            },
            headers: self.headers.clone(),
        }
    }

    fn from(&self) -> (SocketAddr, u16) {
        (SocketAddr::new(self.source_ip, 0), self.port)
    }
}

impl Stage {
    pub(in crate::gateway) async fn send(&self, request: &Request, body: Bytes) -> Sent {
        let moment = (self.options.clock)();
        let body = std::future::ready(Ok(RequestBody::Whole(body)));
        let head = Some(request.head());
        let (exchange, response) = self.exchange(head, request.from(), body, &moment).await;
        Sent::of(exchange, response).await
    }

    pub(in crate::gateway) fn approach(&self, request: &Request) -> Approach {
        let moment = (self.options.clock)();
        let masks = self.secrets.masks(Some(request));
        let mut approach = Approach {
            api: self.api.name().to_owned(),
            path: masks.text(&request.path),
            ..Approach::default()
        };
        let (peer, port) = request.from();
        let request = match admission::admit(Some(request.head()), peer, port) {
            Ok(request) => request,
            Err((_, why)) => {
                approach.stopped = Some(why.to_owned());
                return approach;
            }
        };
        let called = Called::of(&self.api, &request, &moment);
        approach.admitted = true;
        approach.arn = masks.text(&called.arn());
        let Some(route) = called.route else {
            approach.stopped = Some("the API has no such route".to_owned());
            return approach;
        };
        approach.route = Some(route.shown());
        match self.api.guardian(route) {
            Guardian::None => {}
            Guardian::Aws(by) => {
                let why = format!("the route is guarded by `{by}`, which only AWS has");
                approach.stopped = Some(why);
            }
            Guardian::Function(authorizer) => {
                approach.authorizer = Some(authorizer.name.clone());
                match identity::values(authorizer, &called) {
                    Ok(values) => {
                        let event = event::event_for(authorizer, &called, &values);
                        approach.shown = Some(masks.json(&event));
                        approach.event = Some(event);
                    }
                    Err(why) => approach.stopped = Some(why),
                }
            }
        }
        approach
    }
}

/// What a body begins with, and whether there is more.
async fn beginning(mut body: ResponseBody) -> (Bytes, bool) {
    let mut read = BytesMut::new();
    let reading = async {
        while let Some(Ok(frame)) = body.frame().await {
            let Ok(data) = frame.into_data() else {
                continue;
            };
            let room = MAX_SENT_BODY - read.len();
            read.extend(data.iter().take(room));
            if data.len() > room {
                return true;
            }
        }
        false
    };
    let ended = tokio::time::timeout(READ_TIME, reading).await;
    (read.freeze(), ended.unwrap_or(true))
}
