//! `POST /live_api/s2s/v1/users/verification` as tiun answers it.

use std::time::{Duration, SystemTime};

use hyper::Response;
use hyper::header::{ALLOW, CONTENT_TYPE, HeaderValue};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{AbsentUser, Shared, VERIFICATION_PATH};
use crate::body;
use crate::server::{Arrival, ResponseBody, full};
use crate::users::{Session, User};
use crate::wire::RequestHead;

/// Largest request body, in bytes; a token is well below.
const MAX_BODY: usize = 64 * 1024;
const BODY_TIME: Duration = Duration::from_secs(10);

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Verification {
    user_verification_token: String,
}

impl Shared {
    /// The answer without any fault: path, method, key, then the body.
    pub(super) async fn answer(&self, request: Arrival) -> Response<ResponseBody> {
        let response = match self.verify(request).await {
            Ok(answer) => return json_response(200, "application/json; charset=utf-8", &answer),
            Err(status) => status,
        };
        let mut state = self.state();
        if response == 401 {
            state.counts.wrong_key += 1;
        } else {
            state.counts.rejected += 1;
        }
        problem(response)
    }

    async fn verify(&self, request: Arrival) -> Result<Value, u16> {
        let head = request.head.as_ref().ok_or(400_u16)?;
        if head.target != VERIFICATION_PATH {
            return Err(404);
        }
        if head.method != "POST" {
            return Err(405);
        }
        if !self.knows_key_of(head) {
            return Err(401);
        }
        if !is_json(head) {
            return Err(415);
        }
        let body = body::read(request.body, MAX_BODY, BODY_TIME)
            .await
            .map_err(|error| match error {
                body::BodyError::TooLarge => 413_u16,
                body::BodyError::Slow => 408,
                body::BodyError::Broken => 400,
            })?;
        let asked: Verification = serde_json::from_slice(&body).map_err(|_| 400_u16)?;
        Ok(self.answer_for(&asked.user_verification_token))
    }

    /// Exactly one `X-TIUN-API-KEY`, and one of ours. The former `X-ACCESS-TOKEN` counts for nothing.
    fn knows_key_of(&self, head: &RequestHead) -> bool {
        let mut keys = values(head, "x-tiun-api-key");
        match (keys.next(), keys.next()) {
            (Some(key), None) => self.state().keys.contains(key),
            _ => false,
        }
    }

    fn answer_for(&self, token: &str) -> Value {
        let mut state = self.state();
        let now = SystemTime::now() + state.ahead;
        let user = self.mint.verify(token, now).ok().and_then(|claims| {
            let known = state
                .users
                .of(self.environment)
                .values()
                .find(|user| user.id == claims.sub)?;
            (known.session == Session::Active).then(|| known.clone())
        });
        if let Some(user) = user {
            state.counts.authenticated += 1;
            authenticated(user)
        } else {
            state.counts.not_authenticated += 1;
            not_authenticated(state.absent_user)
        }
    }
}

/// With members beyond the documented ones: tiun may add some any day.
fn authenticated(user: User) -> Value {
    if let Some(answer) = user.answer {
        return answer;
    }
    let mut info = json!({ "userId": user.id, "productAccess": user.products, "locale": "en" });
    for (member, value) in [("email", user.email), ("displayName", user.name)] {
        if let (Some(value), Some(info)) = (value, info.as_object_mut()) {
            info.insert(member.to_owned(), Value::String(value));
        }
    }
    json!({ "isAuthenticated": true, "userInfo": info, "apiVersion": 1 })
}

fn not_authenticated(shape: AbsentUser) -> Value {
    match shape {
        AbsentUser::Null => json!({ "isAuthenticated": false, "userInfo": null }),
        AbsentUser::Missing => json!({ "isAuthenticated": false }),
        AbsentUser::Empty => json!({ "isAuthenticated": false, "userInfo": {} }),
    }
}

fn values<'a>(head: &'a RequestHead, name: &'a str) -> impl Iterator<Item = &'a str> {
    head.headers
        .iter()
        .filter(move |(n, _)| n.eq_ignore_ascii_case(name))
        .map(|(_, value)| value.as_str())
}

fn is_json(head: &RequestHead) -> bool {
    values(head, "content-type").any(|value| {
        let essence = value.split(';').next().unwrap_or_default();
        essence.trim().eq_ignore_ascii_case("application/json")
    })
}

/// An error as RFC 9457 and ASP.NET have it: tiun's other operation declares `ProblemDetails`.
pub(super) fn problem(status: u16) -> Response<ResponseBody> {
    let title = hyper::StatusCode::from_u16(status)
        .ok()
        .and_then(|s| s.canonical_reason())
        .unwrap_or("Error");
    let details = json!({ "type": "about:blank", "title": title, "status": status, "detail": null, "traceId": "stand-in" });
    let mut response = json_response(status, "application/problem+json; charset=utf-8", &details);
    if status == 405 {
        response
            .headers_mut()
            .insert(ALLOW, HeaderValue::from_static("POST"));
    }
    response
}

fn json_response(status: u16, content_type: &'static str, body: &Value) -> Response<ResponseBody> {
    let mut response = Response::new(full(body.to_string()));
    *response.status_mut() =
        hyper::StatusCode::from_u16(status).unwrap_or(hyper::StatusCode::INTERNAL_SERVER_ERROR);
    response
        .headers_mut()
        .insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    response
}
