//! `POST /live_api/s2s/v1/users/verification` as tiun answers it.

use serde::Deserialize;
use serde_json::{Value, json};

use super::{AbsentUser, Tiun, VERIFICATION_PATH};
use crate::answer::{Answer, Outcome};
use crate::body;
use crate::server::Arrival;
use crate::stand_in::Desk;
use crate::users::{Session, User};
use crate::wire::RequestHead;

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Verification {
    user_verification_token: String,
}

impl Tiun {
    /// Path, method, key, then the body; a refusal is a status.
    pub(super) async fn verify(
        &self,
        request: Arrival,
        desk: &Desk,
    ) -> Result<Answer, (Outcome, u16)> {
        let rejected = |status| (Outcome::Rejected, status);
        let head = request.head.as_ref().ok_or(rejected(400))?;
        if head.target != VERIFICATION_PATH {
            return Err(rejected(404));
        }
        if head.method != "POST" {
            return Err(rejected(405));
        }
        if !self.knows_key_of(head) {
            return Err((Outcome::WrongKey, 401));
        }
        if !head.is_of_type("application/json") {
            return Err(rejected(415));
        }
        let body = body::read_small(request.body).await.map_err(rejected)?;
        let asked: Verification = serde_json::from_slice(&body).map_err(|_| rejected(400))?;
        Ok(self.answer_for(&asked.user_verification_token, desk))
    }

    /// Exactly one `X-TIUN-API-KEY`, and one of ours. The former `X-ACCESS-TOKEN` counts for nothing.
    fn knows_key_of(&self, head: &RequestHead) -> bool {
        head.only("x-tiun-api-key")
            .is_some_and(|key| self.state().keys.contains(key))
    }

    fn answer_for(&self, token: &str, desk: &Desk) -> Answer {
        let user = self
            .mint
            .verify(token, desk.now())
            .ok()
            .and_then(|claims| desk.user_of_id(&claims.sub))
            .filter(|user| user.session == Session::Active);
        let (outcome, body) = match user {
            Some(user) => (Outcome::Authenticated, authenticated(user)),
            None => (
                Outcome::NotAuthenticated,
                not_authenticated(self.state().absent_user),
            ),
        };
        Answer::json(outcome, 200, &body)
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
