//! The token endpoint (RFC 6749 section 5, RFC 7636 section 4.6, `OpenID` Connect Core 1.0 section 3.1.3):
//! a code, or a refresh token, for an access token and an ID token.

use std::ops::RangeInclusive;

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value, json};

use super::Issuer;
use super::endpoint::basic;
use super::grants::{Grant, Kind};
use super::userinfo::claims_for;
use crate::answer::{Answer, Outcome};
use crate::body;
use crate::query;
use crate::server::Arrival;
use crate::signing::KeyError;
use crate::stand_in::Desk;
use crate::token::{Period, Validity, seconds, unique};
use crate::users::{Session, User};
use crate::wire::RequestHead;

/// Bytes of a `code_verifier`. One that could be guessed proves nothing (RFC 7636 section 4.1).
const VERIFIER_LENGTH: RangeInclusive<usize> = 43..=128;

impl Issuer {
    /// Who asks, then what for.
    pub(super) async fn exchange(
        &self,
        head: &RequestHead,
        request: Arrival,
        desk: &Desk,
    ) -> Result<Answer, Answer> {
        let port = request.port;
        let form = body::read_form(request.body, head).await;
        let form = form.map_err(|_| error("invalid_request", "send a form"))?;
        let one = |name| query::value(&form, name).unwrap_or_default();
        let client = self.client(head, &form)?;
        let now = desk.now();
        let redeemed = match one("grant_type") {
            "authorization_code" => {
                let redeemed = self.state().grants.redeem(Kind::Code, one("code"), now);
                let redeemed = redeemed.ok_or_else(|| {
                    error(
                        "invalid_grant",
                        "the code is unknown, used or older than a minute",
                    )
                })?;
                check_code(&redeemed.0, &form)?;
                redeemed
            }
            "refresh_token" => {
                let token = one("refresh_token");
                let redeemed = self.state().grants.redeem(Kind::Refresh, token, now);
                redeemed.ok_or_else(|| {
                    error(
                        "invalid_grant",
                        "the refresh token is unknown, used or too old",
                    )
                })?
            }
            _ => {
                let known = "use authorization_code or refresh_token";
                return Err(error("unsupported_grant_type", known));
            }
        };
        if redeemed.0.client_id != client {
            return Err(error("invalid_grant", "it was given to another client"));
        }
        let user = desk.user_of_id(&redeemed.0.user_id);
        let user = user.filter(|user| user.session == Session::Active);
        let user = user.ok_or_else(|| error("invalid_grant", "the user has signed out"))?;
        self.granted(&user, &redeemed, port, desk)
            .map_err(|failed| Answer::text(Outcome::Rejected, 500, &failed.to_string()))
    }

    /// The client that asks: any, but the secret of one that has one here must be right.
    fn client(&self, head: &RequestHead, form: &[(String, String)]) -> Result<String, Answer> {
        let in_form = query::value(form, "client_id").map(str::to_owned);
        let secret_in_form = query::value(form, "client_secret").map(str::to_owned);
        let (id, secret) = match basic(head) {
            Some((id, secret)) => (Some(id), Some(secret)),
            None => (in_form, secret_in_form),
        };
        let id = id.ok_or_else(|| error("invalid_request", "client_id is missing"))?;
        let state = self.state();
        match (state.clients.get(&id), secret) {
            (Some(known), Some(given)) if *known != given => {
                let answer = error("invalid_client", "the client's secret is another");
                Err(with_status(answer, 401).with("www-authenticate", "Basic realm=\"token\""))
            }
            _ => Ok(id),
        }
    }

    /// The tokens of a grant (RFC 6749 section 5.1).
    fn granted(
        &self,
        user: &User,
        redeemed: &(Grant, u64),
        port: u16,
        desk: &Desk,
    ) -> Result<Answer, KeyError> {
        let (grant, _) = redeemed;
        let now = desk.now();
        let period = Validity::Fresh.period(user.token, now, self.lifetime);
        let access = self.sign(&self.claims(user, period, &unique(), port))?;
        let refresh = {
            let mut state = self.state();
            state.grants.access(&access, redeemed, now);
            state.grants.refresh(redeemed, now).ok_or(KeyError)?
        };
        let mut body = json!({
            "access_token": access,
            "token_type": "Bearer",
            "expires_in": period.exp.saturating_sub(seconds(now)),
            "refresh_token": refresh,
            "scope": grant.scopes.join(" "),
        });
        if grant.scopes.iter().any(|scope| scope == "openid") {
            let claims = self.id_claims(user, grant, period, port);
            let token = self.state().keys.signing().token(Some("JWT"), &claims)?;
            if let Some(members) = body.as_object_mut() {
                members.insert("id_token".to_owned(), token.into());
            }
        }
        let answer = Answer::json(Outcome::Authenticated, 200, &body);
        Ok(answer
            .with("cache-control", "no-store")
            .with("pragma", "no-cache"))
    }

    /// What the ID token says (`OpenID` Connect Core 1.0 section 2).
    fn id_claims(&self, user: &User, grant: &Grant, period: Period, port: u16) -> Value {
        let mut claims: Map<String, Value> = claims_for(user, &grant.scopes);
        for (name, value) in [
            ("iss", json!(self.discovered_issuer(port))),
            ("aud", json!(grant.client_id)),
            ("iat", json!(period.iat)),
            ("exp", json!(period.exp)),
            ("auth_time", json!(seconds(grant.at))),
        ] {
            claims.insert(name.to_owned(), value);
        }
        if let Some(nonce) = &grant.nonce {
            claims.insert("nonce".to_owned(), nonce.as_str().into());
        }
        Value::Object(claims)
    }
}

/// Whether it is the application that asked for the code.
fn check_code(grant: &Grant, form: &[(String, String)]) -> Result<(), Answer> {
    if query::value(form, "redirect_uri") != Some(&*grant.redirect_uri) {
        return Err(error(
            "invalid_grant",
            "redirect_uri is another than the code was sent to",
        ));
    }
    let verifier = query::value(form, "code_verifier").unwrap_or_default();
    let of_verifiers = |b: u8| b.is_ascii_alphanumeric() || b"-._~".contains(&b);
    if !VERIFIER_LENGTH.contains(&verifier.len()) || !verifier.bytes().all(of_verifiers) {
        return Err(error(
            "invalid_grant",
            "code_verifier is missing or not 43 to 128 letters, digits, -, ., _ or ~",
        ));
    }
    let challenge = URL_SAFE_NO_PAD.encode(digest(&SHA256, verifier.as_bytes()));
    if challenge != grant.challenge {
        return Err(error(
            "invalid_grant",
            "code_verifier does not match code_challenge",
        ));
    }
    Ok(())
}

/// An error of the endpoint (RFC 6749 section 5.2).
fn error(error: &str, description: &str) -> Answer {
    let body = json!({ "error": error, "error_description": description });
    let outcome = match error {
        "invalid_client" => Outcome::WrongKey,
        "invalid_grant" => Outcome::NotAuthenticated,
        _ => Outcome::Rejected,
    };
    Answer::json(outcome, 400, &body).with("cache-control", "no-store")
}

fn with_status(mut answer: Answer, status: u16) -> Answer {
    if let Ok(status) = hyper::StatusCode::from_u16(status) {
        *answer.response.status_mut() = status;
    }
    answer
}
