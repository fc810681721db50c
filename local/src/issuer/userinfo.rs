//! The `UserInfo` endpoint (`OpenID` Connect Core 1.0 section 5.3): who the access token is of.

use serde_json::{Map, Value, json};

use super::Issuer;
use crate::answer::{Answer, Outcome};
use crate::stand_in::Desk;
use crate::token::seconds;
use crate::users::{Session, User};
use crate::wire::RequestHead;

impl Issuer {
    /// For a token in the `Authorization` header (RFC 6750 section 2.1).
    pub(super) fn userinfo(&self, head: &RequestHead, desk: &Desk) -> Result<Answer, Answer> {
        let token = head
            .authorization("Bearer")
            .ok_or_else(|| refused("Bearer"))?;
        let invalid = || refused("Bearer error=\"invalid_token\"");
        let (user, scopes) = self.owner(token, desk).ok_or_else(invalid)?;
        let body = Value::Object(claims_for(&user, &scopes));
        let answer = Answer::json(Outcome::Authenticated, 200, &body);
        Ok(answer.with("cache-control", "no-store"))
    }

    /// The user of a good access token, and what it may be used for; a token that no application asked
    /// for may be used for all.
    fn owner(&self, token: &str, desk: &Desk) -> Option<(User, Vec<String>)> {
        let claims = self.claims_of(token)?;
        let exp = claims.get("exp").and_then(Value::as_u64)?;
        let grant = self.state().grants.of_access_token(token).cloned();
        let (id, scopes) = if let Some(grant) = grant {
            (grant.user_id, grant.scopes)
        } else {
            let all = ["openid", "profile", "email"].map(str::to_owned);
            (claims.get("sub")?.as_str()?.to_owned(), all.into())
        };
        let user = desk.user_of_id(&id)?;
        let is_good = seconds(desk.now()) < exp && user.session == Session::Active;
        is_good.then_some((user, scopes))
    }
}

/// What an application with these scopes may know (`OpenID` Connect Core 1.0 section 5.4).
pub(super) fn claims_for(user: &User, scopes: &[String]) -> Map<String, Value> {
    let has = |name: &str| scopes.iter().any(|scope| scope == name);
    let mut claims = Map::new();
    claims.insert("sub".to_owned(), user.id.as_str().into());
    if has("email")
        && let Some(email) = &user.email
    {
        claims.insert("email".to_owned(), email.as_str().into());
        claims.insert("email_verified".to_owned(), json!(user.email_verified));
    }
    if has("profile") {
        for (name, text) in [("name", &user.name), ("picture", &user.picture)] {
            if let Some(text) = text {
                claims.insert(name.to_owned(), text.as_str().into());
            }
        }
    }
    claims
}

fn refused(challenge: &str) -> Answer {
    Answer::text(Outcome::NotAuthenticated, 401, "").with("www-authenticate", challenge)
}
