//! `POST /api/v1/token/verify` as `AuthGate` answers it.

use serde_json::{Value, json};

use super::{AUDIENCE, AuthGate, ExpiresAt, ISSUER, KeyRefusal, VERIFY_PATH};
use crate::answer::{Answer, Outcome};
use crate::body;
use crate::gateway::clock::iso_time;
use crate::jws::Jws;
use crate::server::Arrival;
use crate::stand_in::Desk;
use crate::token::seconds;
use crate::users::User;

/// `provider` of a user who came without OAuth; what `AuthGate` says then is not documented.
const NO_PROVIDER: &str = "email";

impl AuthGate {
    /// Path, method, API key, then body and token.
    pub(super) async fn verify(&self, request: Arrival, desk: &Desk) -> Result<Answer, Answer> {
        let head = request.head.as_ref().ok_or_else(|| rejected(400))?;
        if head.target != VERIFY_PATH {
            return Err(rejected(404));
        }
        if head.method != "POST" {
            return Err(rejected(405).with("allow", "POST"));
        }
        let key = head.authorization("Bearer");
        if !key.is_some_and(|key| self.state().keys.contains(key)) {
            return Err(self.key_refused());
        }
        if !head.is_of_type("application/json") {
            return Err(rejected(415));
        }
        let body = body::read_small(request.body).await.map_err(rejected)?;
        let asked: Value = serde_json::from_slice(&body).map_err(|_| rejected(400))?;
        let token = asked.get("token").and_then(Value::as_str);
        let token = token.filter(|token| !token.is_empty());
        Ok(self.answer_for(token.ok_or_else(|| rejected(400))?, desk))
    }

    pub(super) fn key_refused(&self) -> Answer {
        let json = |body| Answer::json(Outcome::WrongKey, 401, &body);
        match self.state().key_refusal {
            KeyRefusal::Error => json(json!({ "error": "Invalid API key" })),
            KeyRefusal::Message => json(json!({ "message": "Unauthorized", "statusCode": 401 })),
            KeyRefusal::Text => Answer::text(Outcome::WrongKey, 401, "Unauthorized"),
            KeyRefusal::Empty => Answer::text(Outcome::WrongKey, 401, ""),
        }
    }

    fn answer_for(&self, token: &str, desk: &Desk) -> Answer {
        let good = self
            .session(token, desk)
            .and_then(|(subject, exp)| Some((desk.user_of_id(&subject)?, exp)));
        let Some((user, exp)) = good else {
            let body = json!({ "valid": false, "error": "Invalid or expired token" });
            return Answer::json(Outcome::NotAuthenticated, 401, &body);
        };
        let body = verified(user, exp, &self.state().expires_at);
        Answer::json(Outcome::Authenticated, 200, &body)
    }

    /// Subject and expiry of a good token. The user's session is not looked at: `AuthGate` decodes the
    /// token and asks nobody else.
    fn session(&self, token: &str, desk: &Desk) -> Option<(String, u64)> {
        let token = Jws::read(token)?;
        let claims = &token.claims;
        let subject = claims.get("sub")?.as_str()?.to_owned();
        let exp = claims.get("exp")?.as_u64()?;
        let ours = self.key.signed(&token)
            && claims.get("iss")? == ISSUER
            && claims.get("aud")? == AUDIENCE;
        (ours && seconds(desk.now()) < exp).then_some((subject, exp))
    }
}

/// With a member beyond the documented ones: `AuthGate` may add some any day.
fn verified(user: User, exp: u64, expires_at: &ExpiresAt) -> Value {
    if let Some(answer) = user.answer {
        return answer;
    }
    let mut body = json!({
        "valid": true,
        "user": {
            "id": user.id,
            "email": user.email,
            "name": user.name,
            "picture": user.picture,
            "provider": user.oauth_provider.as_deref().unwrap_or(NO_PROVIDER),
        },
        "requestId": "stand-in",
    });
    let expires_at = match expires_at {
        ExpiresAt::Right => Some(iso_time(exp.saturating_mul(1000))),
        ExpiresAt::Missing => None,
        ExpiresAt::Text(text) => Some(text.clone()),
    };
    if let Some(members) = body.as_object_mut() {
        if let Some(text) = expires_at {
            members.insert("expiresAt".to_owned(), text.into());
        }
        if let Some(methods) = user.mfa {
            let mfa = json!({ "enrolled": !methods.is_empty(), "methods": methods });
            members.insert("mfa".to_owned(), mfa);
        }
    }
    body
}

/// A mistake of the client; `AuthGate` does not document the body.
fn rejected(status: u16) -> Answer {
    let error = match status {
        400 => "Missing token",
        404 => "Not found",
        405 => "Method not allowed",
        _ => "Bad request",
    };
    Answer::json(Outcome::Rejected, status, &json!({ "error": error }))
}
