//! Token introspection (RFC 7662): the authorization server is asked whether a token is active and
//! whose it is, with a client's ID and secret.
//!
//! Any token that cannot be used gives a 200 with `"active":false` and nothing else; a 401 says
//! that our client is not accepted.

mod settings;

use std::sync::Arc;
use std::time::SystemTime;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderValue};
use serde_json::{Map, Value};
use tollgate_engine::FactSet;

pub use settings::{ClientAuth, IntrospectionSettings, IntrospectionSettingsError};

use crate::exchange::{Keyed, Problem, object};
use crate::http::{Answer, Ask, MAX_ANSWER, Method};
use crate::jwt::{DEFAULT_SKEW, moment};
use crate::keyring::Keyring;
use crate::line::Line;
use crate::mapping::{Mapping, Requirement};
use crate::outcome::{Identity, Outcome};
use crate::provider::Call;
use crate::sources::Clock;

const FORM: &str = "application/x-www-form-urlencoded";

impl IntrospectionSettings {
    /// What its answers carry.
    pub(crate) fn facts(&self) -> FactSet {
        self.mapping().facts()
    }
}

/// An introspection endpoint, ready to verify tokens.
pub(crate) struct Introspection {
    name: String,
    settings: IntrospectionSettings,
    exchange: Keyed,
    mapping: Mapping,
    requirements: Vec<Requirement>,
    clock: Clock,
}

impl Introspection {
    pub(crate) fn new(
        settings: &IntrospectionSettings,
        secret: Keyring,
        line: Arc<Line>,
        clock: Clock,
    ) -> Self {
        let cure = "check `client_id`, and store that client's secret there";
        Self {
            name: line.name().to_owned(),
            exchange: Keyed::new(line, secret, cure),
            mapping: settings.mapping(),
            requirements: settings.requirements(),
            settings: settings.clone(),
            clock,
        }
    }

    /// Whose token this is.
    pub(crate) async fn verify(&self, call: &Call<'_>) -> Outcome {
        // RFC 6749 appendix A.12; a space, which it allows, has no place in any of a request.
        let is_token = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_graphic());
        if !is_token(call.token) {
            return Outcome::Unauthenticated;
        }
        let ask = |secret: &str| {
            let client = self.settings.client_id.as_str();
            let mut form = vec![("token", call.token), ("token_type_hint", "access_token")];
            let mut headers = HeaderMap::from_iter([
                (CONTENT_TYPE, HeaderValue::from_static(FORM)),
                (ACCEPT, HeaderValue::from_static("application/json")),
            ]);
            match self.settings.auth {
                ClientAuth::Basic => {
                    headers.insert(AUTHORIZATION, basic(client, secret)?);
                }
                ClientAuth::Post => {
                    form.extend([("client_id", client), ("client_secret", secret)]);
                }
            }
            Some(Ask {
                method: Method::Post,
                url: self.settings.url.url(),
                headers,
                body: encoded(&form).into_bytes(),
                largest: MAX_ANSWER,
            })
        };
        let now = self.clock.now();
        let read = |answer: &Answer| self.read(answer, now);
        match self.exchange.ask(ask, read, call.deadline).await {
            Ok(identity) => Outcome::Identity(identity),
            Err(problem) => problem.into(),
        }
    }

    fn read(&self, answer: &Answer, now: SystemTime) -> Result<Identity, Problem> {
        match answer.status {
            200 => {
                let undocumented = |what| Problem::undocumented(&self.name, what);
                let members = object(answer).map_err(undocumented)?;
                match members.get("active") {
                    Some(Value::Bool(true)) => self.identity(members, now),
                    Some(Value::Bool(false)) => Err(Problem::Unauthenticated),
                    _ => Err(undocumented("`active` is neither true nor false")),
                }
            }
            status @ (401 | 403) => Err(Problem::KeyRefused(status)),
            status @ 400 => Err(match error_code(answer).as_deref() {
                // `oidc-provider` and others introspect opaque tokens alone, and say so of a JWT
                // (RFC 7009's code). That is the token's fault, not ours.
                Some("unsupported_token_type") => Problem::Unauthenticated,
                // RFC 6749 section 5.2 allows a 400 where no `Authorization` header was sent.
                Some("invalid_client") => Problem::KeyRefused(status),
                _ => Problem::of_status(&self.name, status),
            }),
            status => Err(Problem::of_status(&self.name, status)),
        }
    }

    /// The user that an active token is of. The server knows its own times best: they are looked at
    /// in case they lie behind us or before us by more than clocks do.
    fn identity(&self, members: Map<String, Value>, now: SystemTime) -> Result<Identity, Problem> {
        let time = |name| match members.get(name) {
            None | Some(Value::Null) => Ok(None),
            Some(time) => moment(time).map(Some).ok_or_else(|| {
                Problem::undocumented(&self.name, "`exp` or `nbf` is not a time in seconds")
            }),
        };
        let (expires, begins) = (time("exp")?, time("nbf")?);
        let claims = Value::Object(members);
        let refused = if expires.is_some_and(|expires| expires + DEFAULT_SKEW <= now) {
            Some("it is past its `exp`")
        } else if begins.is_some_and(|begins| now + DEFAULT_SKEW < begins) {
            Some("it is before its `nbf`")
        } else if is_refresh(&claims) {
            Some("it is a refresh token")
        } else if !self.settings.issuer_fits(&claims) {
            Some("its issuer is another")
        } else if !self.settings.audience_fits(&claims) {
            Some("it is meant for somebody else")
        } else if self
            .requirements
            .iter()
            .any(|demand| !demand.is_met(&claims))
        {
            Some("a required claim is not as required")
        } else {
            None
        };
        let user = match refused {
            Some(why) => Err(why),
            None => self
                .mapping
                .user(claims)
                .ok_or("it does not say whose it is"),
        };
        let user = user.map_err(|why| {
            tracing::debug!(provider = self.name, why, "token refused");
            Problem::Unauthenticated
        })?;
        Ok(Identity {
            user: Arc::new(user),
            expires,
        })
    }
}

/// Whether a token is one for getting tokens. The endpoint tells of those too: that access tokens
/// are meant only helps it look (RFC 7662 section 2.1). Each of these members is some server's.
fn is_refresh(claims: &Value) -> bool {
    ["token_type", "token_use", "typ"].iter().any(|member| {
        let kind = claims.get(member).and_then(Value::as_str);
        let kind = kind.map(str::to_ascii_lowercase);
        matches!(
            kind.as_deref(),
            Some("refresh_token" | "refresh" | "offline")
        )
    })
}

/// `error` of an OAuth error answer (RFC 6749 section 5.2).
fn error_code(answer: &Answer) -> Option<String> {
    let members = object(answer).ok()?;
    members
        .get("error")
        .and_then(Value::as_str)
        .map(str::to_owned)
}

/// `Basic`, with ID and secret encoded as in a form first (RFC 6749 section 2.3.1).
fn basic(id: &str, secret: &str) -> Option<HeaderValue> {
    let pair = format!("{}:{}", escaped(id), escaped(secret));
    let mut basic = HeaderValue::from_str(&format!("Basic {}", STANDARD.encode(pair))).ok()?;
    basic.set_sensitive(true);
    Some(basic)
}

fn escaped(text: &str) -> String {
    encoded(&[(text, "")]).trim_end_matches('=').to_owned()
}

/// Pairs in the form of [`FORM`].
fn encoded(pairs: &[(&str, &str)]) -> String {
    let mut url = reqwest::Url::parse("form:").ok();
    let url = url.as_mut().map(|url| {
        url.query_pairs_mut().extend_pairs(pairs);
        url.query().unwrap_or_default().to_owned()
    });
    url.unwrap_or_default()
}

#[cfg(test)]
mod tests;
