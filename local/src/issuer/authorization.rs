//! The authorization endpoint (RFC 6749 section 4.1, RFC 7636, RFC 9207, `OpenID` Connect Core 1.0 section
//! 3.1.2): a page of users, and back to the application with a code.
//!
//! Any client may ask, so a mistake in the address to go back to is told to the person, never sent there.

use reqwest::Url;

use super::Issuer;
use super::endpoint::DECISION;
use super::grants::Grant;
use crate::answer::{Answer, Outcome};
use crate::body;
use crate::query;
use crate::server::Arrival;
use crate::sign_in::{
    People, check_host, check_same_origin, chosen, escaped, loopback, nobody, notice, see_other,
};
use crate::stand_in::Desk;
use crate::users::Session;
use crate::wire::RequestHead;

/// Length of a `code_challenge` made with S256: 32 bytes in base64url.
const CHALLENGE_LENGTH: usize = 43;

/// Whence the request came and where the answer goes.
struct Return {
    client_id: String,
    redirect_uri: String,
    target: Url,
    state: Option<String>,
}

/// A request that may be granted.
struct Request {
    back: Return,
    challenge: String,
    scopes: Vec<String>,
    nonce: Option<String>,
    login_hint: Option<String>,
}

/// `error`, and `error_description`: what is wrong, for the one who writes the application.
type Mistake = (&'static str, &'static str);

impl Issuer {
    /// The page that asks who signs in.
    pub(super) fn authorization(
        &self,
        head: &RequestHead,
        raw: &str,
        port: u16,
        desk: &Desk,
    ) -> Result<Answer, Answer> {
        check_host(head, port)?;
        let request = self.read(raw, port)?;
        let people = People {
            title: format!("Sign in to {}", desk.name()),
            action: format!("{}{DECISION}?{raw}", self.path.trim_end_matches('/')),
            hint: request.login_hint.as_deref(),
            cancel: true,
            target: Some(&request.back.target),
        };
        Ok(people.page(&desk.users()))
    }

    /// The same of a request that comes as a form.
    pub(super) async fn authorization_by_form(
        &self,
        head: &RequestHead,
        request: Arrival,
        desk: &Desk,
    ) -> Result<Answer, Answer> {
        let port = request.port;
        let raw = form_text(head, request).await?;
        self.authorization(head, &raw, port, desk)
    }

    /// What comes of the choice on the page.
    pub(super) async fn decision(
        &self,
        head: &RequestHead,
        request: Arrival,
        desk: &Desk,
    ) -> Result<Answer, Answer> {
        let port = request.port;
        check_same_origin(head, port)?;
        let (_, raw) = head.path_and_query();
        let asked = self.read(raw, port)?;
        let name = chosen(request, head).await?;
        if name.is_empty() {
            let mistake = ("access_denied", "nobody was chosen to sign in");
            return Err(self.refused(&asked.back, mistake, port));
        }
        let user = desk.user_of_name(&name).ok_or_else(nobody)?;
        desk.set_session(&user.id, Session::Active);
        let back = asked.back;
        let grant = Grant {
            user_id: user.id,
            client_id: back.client_id.clone(),
            redirect_uri: back.redirect_uri.clone(),
            challenge: asked.challenge,
            scopes: asked.scopes,
            nonce: asked.nonce,
            at: desk.now(),
        };
        let code = self.state().grants.code(grant, desk.now());
        match code {
            Some(code) => Ok(self.to_application(&back, &[("code", &code)], port)),
            None => Err(self.refused(&back, ("server_error", "there is no randomness"), port)),
        }
    }

    /// A request that may be granted, or the answer that refuses it.
    fn read(&self, raw: &str, port: u16) -> Result<Request, Answer> {
        let parameters = query::of_form(raw);
        let back = self
            .way_back(&parameters)
            .map_err(|text| notice(400, "Not understood", &text))?;
        checked(&parameters, back).map_err(|refused| {
            let (back, mistake) = *refused;
            self.refused(&back, mistake, port)
        })
    }

    /// Where the answer may go; otherwise what to tell the person, as HTML.
    fn way_back(&self, parameters: &[(String, String)]) -> Result<Return, String> {
        let one = |name| only(parameters, name);
        let client_id = one("client_id")
            .ok_or("The application must say who it is, once: <code>client_id</code>.")?;
        let redirect_uri = one("redirect_uri").ok_or(
            "The application must say where to go back to, once: <code>redirect_uri</code>.",
        )?;
        let target = self.allowed_target(redirect_uri)?;
        Ok(Return {
            client_id: client_id.to_owned(),
            redirect_uri: redirect_uri.to_owned(),
            target,
            state: query::value(parameters, "state").map(str::to_owned),
        })
    }

    /// An address of this machine, or one that is allowed to the letter; otherwise what to tell the
    /// person, as HTML.
    pub(super) fn allowed_target(&self, uri: &str) -> Result<Url, String> {
        let listed = self.redirect_uris().iter().any(|allowed| allowed == uri);
        let target = if listed {
            Url::parse(uri).ok()
        } else {
            loopback(uri)
        };
        target.ok_or_else(|| {
            format!(
                "<code>{}</code> is no address of this machine. To allow it, start \
                 <code>tollgate dev</code> with <code>--redirect-uri</code> and the address.",
                escaped(uri)
            )
        })
    }

    fn refused(&self, back: &Return, (error, description): Mistake, port: u16) -> Answer {
        let parameters = [("error", error), ("error_description", description)];
        let mut answer = self.to_application(back, &parameters, port);
        answer.outcome = Outcome::Rejected;
        answer
    }

    /// Back with these parameters, the `state` of the request and the issuer (RFC 9207).
    fn to_application(&self, back: &Return, parameters: &[(&str, &str)], port: u16) -> Answer {
        let mut url = back.target.clone();
        url.query_pairs_mut()
            .extend_pairs(parameters)
            .extend_pairs(back.state.iter().map(|state| ("state", state)))
            .append_pair("iss", &self.discovered_issuer(port));
        see_other(url.as_str())
    }
}

/// The body of a request that comes as a form, as it would stand in a query.
pub(super) async fn form_text(head: &RequestHead, request: Arrival) -> Result<String, Answer> {
    let form = body::read_form(request.body, head).await;
    let form = form.map_err(|status| notice(status, "Not understood", "This is not a form."))?;
    let pairs = form.iter().map(|(name, value)| {
        let [name, value] = [name, value].map(|text| query::encoded(text));
        format!("{name}={value}")
    });
    Ok(pairs.collect::<Vec<_>>().join("&"))
}

/// The value of a parameter that is there once; an empty one counts as left out (RFC 6749 section 3.1).
fn only<'a>(parameters: &'a [(String, String)], name: &str) -> Option<&'a str> {
    let mut values = parameters
        .iter()
        .filter(|(given, value)| given == name && !value.is_empty());
    match (values.next(), values.next()) {
        (Some((_, value)), None) => Some(value),
        _ => None,
    }
}

fn checked(
    parameters: &[(String, String)],
    back: Return,
) -> Result<Request, Box<(Return, Mistake)>> {
    match mistake(parameters) {
        Some(mistake) => Err(Box::new((back, mistake))),
        None => Ok(Request {
            challenge: only(parameters, "code_challenge")
                .unwrap_or_default()
                .to_owned(),
            scopes: scopes(parameters),
            nonce: only(parameters, "nonce").map(str::to_owned),
            login_hint: only(parameters, "login_hint").map(str::to_owned),
            back,
        }),
    }
}

fn scopes(parameters: &[(String, String)]) -> Vec<String> {
    let scopes = only(parameters, "scope").unwrap_or_default();
    scopes
        .split(' ')
        .filter(|scope| !scope.is_empty())
        .map(str::to_owned)
        .collect()
}

/// The first mistake that the application is told of.
fn mistake(parameters: &[(String, String)]) -> Option<Mistake> {
    let one = |name| only(parameters, name);
    let has = |name: &str| parameters.iter().any(|(given, _)| given == name);
    let repeated = parameters
        .iter()
        .enumerate()
        .any(|(n, (name, _))| parameters.iter().take(n).any(|(before, _)| before == name));
    let prompts = one("prompt").unwrap_or_default();
    let challenge = one("code_challenge").unwrap_or_default();
    let is_challenge = challenge.len() == CHALLENGE_LENGTH
        && challenge
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
    let mistakes = [
        (repeated, ("invalid_request", "a parameter is there twice")),
        (
            has("request"),
            (
                "request_not_supported",
                "write the parameters into the query",
            ),
        ),
        (
            has("request_uri"),
            (
                "request_uri_not_supported",
                "write the parameters into the query",
            ),
        ),
        (
            one("response_type").is_none(),
            ("invalid_request", "response_type is missing: use code"),
        ),
        (
            one("response_type") != Some("code"),
            ("unsupported_response_type", "use response_type=code"),
        ),
        (
            !matches!(one("response_mode"), None | Some("query")),
            (
                "invalid_request",
                "use response_mode=query, or leave it out",
            ),
        ),
        (
            !is_challenge,
            (
                "invalid_request",
                "code_challenge is missing or no SHA-256 in base64url: use PKCE (RFC 7636)",
            ),
        ),
        (
            one("code_challenge_method") != Some("S256"),
            ("invalid_request", "use code_challenge_method=S256"),
        ),
        // There is no session in the browser, so somebody must always choose.
        (
            prompts.split(' ').any(|prompt| prompt == "none"),
            (
                "login_required",
                "nobody is signed in in this browser: leave prompt=none out",
            ),
        ),
    ];
    mistakes
        .into_iter()
        .find_map(|(is_wrong, mistake)| is_wrong.then_some(mistake))
}
