//! Which endpoint answers; discovery (`OpenID` Connect Discovery 1.0), keys (RFC 7517) and introspection
//! (RFC 7662).

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::{Issuer, cors};
use crate::answer::{Answer, Outcome};
use crate::body;
use crate::jws::Jws;
use crate::query;
use crate::server::Arrival;
use crate::stand_in::Desk;
use crate::token::seconds;
use crate::users::Session;
use crate::wire::RequestHead;

/// Of a form.
const FORM: &str = "application/x-www-form-urlencoded";

const DISCOVERY: &str = "/.well-known/openid-configuration";
pub(super) const JWKS: &str = "/jwks";
pub(super) const INTROSPECTION: &str = "/introspect";
pub(super) const AUTHORIZATION: &str = "/authorize";
/// Where the page of users sends its choice.
pub(super) const DECISION: &str = "/authorize/decision";
pub(super) const TOKEN: &str = "/token";
const USERINFO: &str = "/userinfo";
const END_SESSION: &str = "/end-session";
/// Where the page that asks who signs out sends its choice.
pub(super) const SIGN_OUT: &str = "/end-session/decision";

/// What a page of another origin may ask: an application in a browser, on this machine.
const FOR_PAGES: [&str; 4] = [DISCOVERY, JWKS, TOKEN, USERINFO];

impl Issuer {
    pub(super) async fn endpoint(&self, request: Arrival, desk: &Desk) -> Result<Answer, Answer> {
        let head = request
            .head
            .clone()
            .ok_or_else(|| Answer::text(Outcome::Rejected, 400, "Bad Request"))?;
        let (path, query) = head.path_and_query();
        let below = path.strip_prefix(self.path.trim_end_matches('/'));
        let below = below.unwrap_or_default();
        let answer = match (head.method.as_str(), below) {
            ("GET", DISCOVERY) => Ok(self.published(&self.discovery(request.port))),
            ("GET", JWKS) => {
                let jwks = self.jwks();
                Ok(self.published(&jwks))
            }
            ("POST", INTROSPECTION) => self.introspection(request, desk).await,
            ("GET", AUTHORIZATION) => self.authorization(&head, query, request.port, desk),
            ("POST", AUTHORIZATION) => self.authorization_by_form(&head, request, desk).await,
            ("POST", DECISION) => self.decision(&head, request, desk).await,
            ("POST", TOKEN) => self.exchange(&head, request, desk).await,
            ("GET" | "POST", USERINFO) => self.userinfo(&head, desk),
            ("GET", END_SESSION) => self.end_session(&head, query, request.port, desk),
            ("POST", END_SESSION) => self.end_session_by_form(&head, request, desk).await,
            ("POST", SIGN_OUT) => self.sign_out(&head, request, desk).await,
            ("OPTIONS", asked) if FOR_PAGES.contains(&asked) => Ok(cors::preflight()),
            (_, DISCOVERY | JWKS) => Err(method_not_allowed("GET")),
            (_, INTROSPECTION | TOKEN | DECISION | SIGN_OUT) => Err(method_not_allowed("POST")),
            (_, AUTHORIZATION | USERINFO | END_SESSION) => Err(method_not_allowed("GET, POST")),
            _ => Err(Answer::text(Outcome::Rejected, 404, "Not Found")),
        };
        if !FOR_PAGES.contains(&below) {
            return answer;
        }
        let allowed = |answer| cors::allowed(answer, &head, &self.redirect_uris());
        answer.map(allowed).map_err(allowed)
    }

    fn published(&self, document: &Value) -> Answer {
        let answer = Answer::json(Outcome::Published, 200, document);
        match self.state().max_age {
            Some(age) => answer.with(
                "cache-control",
                &format!("public, max-age={}", age.as_secs()),
            ),
            None => answer,
        }
    }

    /// The document's addresses are those of the stand-in, whatever the issuer is called.
    fn discovery(&self, port: u16) -> Value {
        let base = format!("http://127.0.0.1:{port}{}", self.path.trim_end_matches('/'));
        let issuer = self.discovered_issuer(port);
        let algorithm = self.state().keys.signing().algorithm();
        json!({
            "issuer": issuer,
            "authorization_endpoint": format!("{base}{AUTHORIZATION}"),
            "token_endpoint": format!("{base}{TOKEN}"),
            "userinfo_endpoint": format!("{base}{USERINFO}"),
            "end_session_endpoint": format!("{base}{END_SESSION}"),
            "jwks_uri": format!("{base}{JWKS}"),
            "introspection_endpoint": format!("{base}{INTROSPECTION}"),
            "introspection_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
            "token_endpoint_auth_methods_supported": ["none", "client_secret_basic", "client_secret_post"],
            "response_types_supported": ["code"],
            "response_modes_supported": ["query"],
            "grant_types_supported": ["authorization_code", "refresh_token"],
            "code_challenge_methods_supported": ["S256"],
            "prompt_values_supported": ["none", "login", "select_account", "consent"],
            "scopes_supported": ["openid", "profile", "email", "offline_access"],
            "authorization_response_iss_parameter_supported": true,
            "request_uri_parameter_supported": false,
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": [algorithm],
        })
    }

    /// With `use`, as most issuers write it.
    fn jwks(&self) -> Value {
        let mut jwks = self.state().keys.jwks();
        let keys = jwks.get_mut("keys").and_then(Value::as_array_mut);
        for key in keys.into_iter().flatten() {
            if let Some(members) = key.as_object_mut() {
                members.insert("use".to_owned(), "sig".into());
            }
        }
        jwks
    }

    /// Who asks, then what about.
    async fn introspection(&self, request: Arrival, desk: &Desk) -> Result<Answer, Answer> {
        let head = request.head.as_ref().ok_or_else(invalid_request)?;
        let by_basic = self.knows_client_of(head);
        let is_form = head.is_of_type(FORM);
        // Without credentials in the header they are in the form, if anywhere.
        if !by_basic && (head.values("authorization").next().is_some() || !is_form) {
            return Err(invalid_client());
        }
        if !is_form {
            return Err(invalid_request());
        }
        let body = body::read_small(request.body)
            .await
            .map_err(|status| Answer::text(Outcome::Rejected, status, ""))?;
        let form = query::of_form(&String::from_utf8_lossy(&body));
        if !by_basic && !self.knows_client_in(&form) {
            return Err(invalid_client());
        }
        let mut tokens = form.iter().filter(|(name, _)| name == "token");
        // RFC 6749 section 3.1: no parameter may be there twice.
        let (Some((_, token)), None) = (tokens.next(), tokens.next()) else {
            return Err(invalid_request());
        };
        let answer = match self.active(token, desk) {
            Some(body) => Answer::json(Outcome::Authenticated, 200, &body),
            // Nothing else, whatever the reason (RFC 7662 section 2.2).
            None => Answer::json(Outcome::NotAuthenticated, 200, &json!({ "active": false })),
        };
        Ok(answer.with("cache-control", "no-store"))
    }

    /// Client ID and secret by HTTP Basic.
    fn knows_client_of(&self, head: &RequestHead) -> bool {
        basic(head).is_some_and(|(id, secret)| self.state().clients.get(&id) == Some(&secret))
    }

    /// Client ID and secret in the form itself.
    fn knows_client_in(&self, form: &[(String, String)]) -> bool {
        query::value(form, "client_id").is_some_and(|id| {
            let state = self.state();
            let secret = state.clients.get(id);
            secret.is_some() && secret.map(String::as_str) == query::value(form, "client_secret")
        })
    }

    /// What is said of a token that is active: of a user who is there and signed in.
    fn active(&self, token: &str, desk: &Desk) -> Option<Value> {
        let mut claims = self.claims_of(token)?;
        let exp = claims.get("exp").and_then(Value::as_u64)?;
        let user = desk.user_of_id(claims.get("sub")?.as_str()?)?;
        if seconds(desk.now()) >= exp || user.session == Session::Ended {
            return None;
        }
        if user.answer.is_some() {
            return user.answer;
        }
        let members = claims.as_object_mut()?;
        members.insert("active".to_owned(), true.into());
        members.insert("token_type".to_owned(), "Bearer".into());
        let username = user.email.unwrap_or(user.id);
        members.insert("username".to_owned(), username.into());
        Some(claims)
    }

    /// Of an opaque token or a JWT, unless it is revoked or void.
    pub(super) fn claims_of(&self, token: &str) -> Option<Value> {
        let state = self.state();
        if state.revoked.contains(token) || state.grants.is_void(token) {
            return None;
        }
        if let Some(claims) = state.opaque.get(token) {
            return Some(claims.clone());
        }
        let token = Jws::read(token)?;
        state.keys.signed(&token).then_some(token.claims)
    }
}

/// Client ID and secret by HTTP Basic, each form-encoded first (RFC 6749 section 2.3.1).
pub(super) fn basic(head: &RequestHead) -> Option<(String, String)> {
    let encoded = head.authorization("Basic")?;
    let text = String::from_utf8(STANDARD.decode(encoded).ok()?).ok()?;
    let (id, secret) = text.split_once(':')?;
    Some((query::decode(id), query::decode(secret)))
}

pub(super) fn invalid_client() -> Answer {
    let body = json!({ "error": "invalid_client" });
    Answer::json(Outcome::WrongKey, 401, &body)
        .with("www-authenticate", "Basic realm=\"introspection\"")
}

fn invalid_request() -> Answer {
    Answer::json(
        Outcome::Rejected,
        400,
        &json!({ "error": "invalid_request" }),
    )
}

fn method_not_allowed(allowed: &str) -> Answer {
    Answer::text(Outcome::Rejected, 405, "Method Not Allowed").with("allow", allowed)
}
