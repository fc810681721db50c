//! A request that is tried on the page, and whose token it has.

use std::borrow::Cow;
use std::net::IpAddr;

use serde::Deserialize;
use tollgate_engine::{Request, Target};
use tollgate_gateway::Event;
use tollgate_local::dev::Provider;
use tollgate_local::gateway::Request as GatewayRequest;
use tollgate_local::place::Place;
use tollgate_local::template::api::ApiKind;

use super::desk::Desk;
use super::draft::Draft;
use super::person::{Person, person, unknown};
use super::problem::Problem;
use crate::asker::moment;
use crate::clock;

/// The headers of a WebSocket handshake (RFC 6455, section 4.1); the key is that section's own example.
const HANDSHAKE: [(&str, &str); 4] = [
    ("Connection", "Upgrade"),
    ("Upgrade", "websocket"),
    ("Sec-WebSocket-Version", "13"),
    ("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="),
];

/// A request and who makes it.
#[derive(Deserialize, Clone, Default)]
pub struct Scenario {
    /// The API, by its name; the one of the path's base path unless it is named.
    #[serde(default)]
    pub api: Option<String>,
    /// To the letter, as is the path, its query included.
    pub method: String,
    /// From the first `/`.
    pub path: String,
    /// In order; names may come twice.
    #[serde(default)]
    pub headers: Vec<(String, String)>,
    /// As text.
    #[serde(default)]
    pub body: Option<String>,
    /// Who asks, by the name in the users file; a visitor unless somebody is named.
    #[serde(default)]
    pub user: Option<String>,
    /// Whose token they show; the first provider's that knows them unless one is named.
    #[serde(default)]
    pub provider: Option<String>,
    /// When, as a date of RFC 3339.
    #[serde(default)]
    pub at: Option<String>,
    /// Where from.
    #[serde(default)]
    pub ip: Option<IpAddr>,
}

/// A request as the policy is shown it.
pub struct Seen {
    /// Method and raw path; `None` for a WebSocket API's connect route.
    pub call: Option<(String, String)>,
    /// The client's address.
    pub ip: Option<IpAddr>,
    /// Milliseconds since 1970-01-01T00:00:00Z.
    pub at: i64,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
    /// Decoded.
    pub query: Vec<(String, String)>,
}

impl Seen {
    /// A handshake as a policy is shown it, whose path says nothing.
    fn of_handshake(request: &GatewayRequest, at: i64) -> Self {
        let query = request.query.as_deref().unwrap_or_default();
        let query = url::form_urlencoded::parse(query.as_bytes());
        let headers = request.headers.iter();
        Self {
            call: None,
            ip: Some(request.source_ip),
            at,
            headers: headers
                .map(|(name, value)| (name.to_ascii_lowercase(), value.clone()))
                .collect(),
            query: query.into_owned().collect(),
        }
    }

    /// For a policy to decide.
    pub fn request(&self) -> Request<'_> {
        Request {
            target: match &self.call {
                Some((method, path)) => Target::Path { method, path },
                None => Target::Connect,
            },
            ip: self.ip,
            unix_millis: self.at,
            headers: Some(&self.headers),
            query: Some(&self.query),
        }
    }

    /// The decoded segments of the path.
    pub fn segments(&self) -> Vec<String> {
        let path = self.call.as_ref().map_or("", |(_, path)| path.as_str());
        let decoded = |segment: &str| {
            // A `+` is itself in a path.
            let segment = segment.replace('+', "%2B");
            let mut pairs = url::form_urlencoded::parse(segment.as_bytes());
            pairs.next().map(|(name, _)| Cow::into_owned(name))
        };
        path.split('/').filter_map(decoded).collect()
    }
}

impl Scenario {
    /// What a test of it is called: `GET /pro/x as light`.
    pub fn title(&self, seen: &Seen) -> String {
        let who = self.user.as_deref().unwrap_or("visitor");
        match &seen.call {
            Some((method, path)) => format!("{method} {path} as {who}"),
            None => format!("$connect as {who}"),
        }
    }

    /// When it is made.
    ///
    /// # Errors
    /// When that is no date.
    pub fn moment(&self) -> Result<i64, Problem> {
        match &self.at {
            None => Ok(clock::unix_millis()),
            Some(words) => moment(words)
                .map(|date| date.unix_millis)
                .map_err(Problem::bad),
        }
    }

    /// The provider whose token is shown; `None` for a visitor.
    ///
    /// # Errors
    /// When there is no such provider, or no such user.
    pub fn provider<'d>(&self, desk: &'d Desk) -> Result<Option<&'d Provider>, Problem> {
        let Some(user) = &self.user else {
            return Ok(None);
        };
        let mut providers = desk.providers.iter();
        let knows = |provider: &&Provider| {
            let users = provider.stand_in.users();
            users.iter().any(|(name, _)| name == user)
        };
        let Some(name) = &self.provider else {
            let first = providers.find(knows);
            return first.map(Some).ok_or_else(|| desk.no_user(user));
        };
        let meant = desk.provider(name)?;
        if knows(&meant) {
            Ok(Some(meant))
        } else {
            Err(unknown(user, meant))
        }
    }

    /// Whose token is shown, and where; `None` for a visitor.
    ///
    /// # Errors
    /// When there is no such provider, or no such user.
    pub fn token<'d>(&self, desk: &'d Desk) -> Result<Option<(&'d Place, String)>, Problem> {
        let provider = self.provider(desk)?;
        let Some((provider, user)) = provider.zip(self.user.as_ref()) else {
            return Ok(None);
        };
        let token = provider.stand_in.token(user);
        let token = token.ok_or_else(|| unknown(user, provider))?;
        Ok(Some((&provider.place, token)))
    }

    /// Who asks, as their provider vouches for them; `None` for a visitor.
    ///
    /// # Errors
    /// When there is no such provider, or no such user.
    pub async fn person(&self, desk: &Desk, draft: &Draft) -> Result<Option<Person>, Problem> {
        let provider = self.provider(desk)?;
        match (provider, &self.user) {
            (Some(provider), Some(user)) => {
                let person = person(draft, provider, user).await?;
                Ok(Some(person))
            }
            _ => Ok(None),
        }
    }

    /// The request, with the user's token where the provider looks for it.
    ///
    /// # Errors
    /// When no client could send it, or there is no such user.
    pub fn request(&self, desk: &Desk) -> Result<GatewayRequest, Problem> {
        self.check()?;
        let address = desk.gateway.address();
        let (path, query) = self.path.split_once('?').map_or_else(
            || (self.path.as_str(), None),
            |(path, query)| (path, Some(query.to_owned())),
        );
        let (path, mut query) = (path.to_owned(), query);
        let mut headers = self.headers.clone();
        let has = |headers: &[(String, String)], name: &str| {
            headers
                .iter()
                .any(|(known, _)| known.eq_ignore_ascii_case(name))
        };
        if !has(&headers, "host") {
            headers.insert(0, ("Host".to_owned(), address.to_string()));
        }
        if self.is_handshake(desk)? {
            for (name, value) in HANDSHAKE {
                if !has(&headers, name) {
                    headers.push((name.to_owned(), value.to_owned()));
                }
            }
        }
        if let Some((place, token)) = self.token(desk)? {
            headers.extend(
                place
                    .header(&token)
                    .map(|(name, value)| (name.to_owned(), value)),
            );
            if let Some(pair) = place.query(&token) {
                query = Some(match query {
                    Some(query) if !query.is_empty() => format!("{query}&{pair}"),
                    _ => pair,
                });
            }
        }
        let request = GatewayRequest {
            method: self.method.clone(),
            path,
            query,
            protocol: "HTTP/1.1".to_owned(),
            headers,
            source_ip: self.ip.unwrap_or(address.ip()),
            port: address.port(),
        };
        self.check_api(desk, &request)?;
        Ok(request)
    }

    /// Whether it comes to the API that is named: the path alone says which takes it.
    fn check_api(&self, desk: &Desk, request: &GatewayRequest) -> Result<(), Problem> {
        let Some(name) = &self.api else {
            return Ok(());
        };
        if desk.gateway.approach(request).api == *name {
            return Ok(());
        }
        let apis = desk.gateway.apis();
        let base_paths = apis.iter().filter(|api| api.name == *name);
        let base_paths: Vec<&str> = base_paths.map(|api| api.base_path.as_str()).collect();
        Err(Problem::bad(format!(
            "`{}` does not lead to `{name}`, which is under {}: begin the path with that",
            request.path,
            base_paths.join(" and ")
        )))
    }

    /// Whether it opens a connection of a WebSocket API.
    ///
    /// # Errors
    /// When there is no API of the name.
    pub fn is_handshake(&self, desk: &Desk) -> Result<bool, Problem> {
        let Some(name) = &self.api else {
            let mut headers = self.headers.iter();
            let upgrades = headers.any(|(name, value)| {
                name.eq_ignore_ascii_case("upgrade") && value.eq_ignore_ascii_case("websocket")
            });
            return Ok(upgrades);
        };
        let apis = desk.gateway.apis();
        let mut meant = apis.iter().filter(|api| api.name == *name).peekable();
        if meant.peek().is_none() {
            let names: Vec<&str> = apis.iter().map(|api| api.name.as_str()).collect();
            return Err(Problem::not_found(format!(
                "there is no API `{name}`; there are {}",
                names.join(", ")
            )));
        }
        Ok(meant.all(|api| api.kind == ApiKind::WebSocket))
    }

    /// Whether it is what a client could send at all: the bench is for odd requests, but a line break
    /// in a header would be two headers, and a path without its `/` another host.
    ///
    /// # Errors
    /// When none could.
    pub fn check(&self) -> Result<(), Problem> {
        let token = |text: &str| {
            let mut bytes = text.bytes();
            !text.is_empty()
                && bytes.all(|b| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b))
        };
        if !token(&self.method) {
            return Err(Problem::bad("a method is a word, such as GET"));
        }
        if !self.path.starts_with('/') || !self.path.bytes().all(|b| b.is_ascii_graphic()) {
            return Err(Problem::bad(
                "a path starts with `/` and has no spaces and no letters beyond ASCII: write them as %20, %C3%A4",
            ));
        }
        for (name, value) in &self.headers {
            let plain = value
                .chars()
                .all(|letter| letter == '\t' || !letter.is_control());
            if !token(name) || !plain {
                return Err(Problem::bad(format!(
                    "header `{}`: a name is a word such as X-Plan, and a value is one line",
                    name.escape_debug()
                )));
            }
        }
        Ok(())
    }

    /// The request as a policy is shown it.
    ///
    /// # Errors
    /// When it is none.
    pub fn seen(&self, desk: &Desk) -> Result<Seen, Problem> {
        let request = self.request(desk)?;
        let at = self.moment()?;
        if self.is_handshake(desk)? {
            return Ok(Seen::of_handshake(&request, at));
        }
        let approach = desk.gateway.approach(&request);
        let Some(event) = &approach.event else {
            return Err(Problem::unfit(match approach.stopped {
                Some(why) => format!("the policy is not asked about this request: {why}"),
                None => "the policy is not asked about this request: the route has no authorizer"
                    .to_owned(),
            }));
        };
        let event = Event::read(event).map_err(|error| Problem::unfit(error.to_string()))?;
        let asked = event.request(at);
        let owned = |pairs: Option<&[(String, String)]>| pairs.unwrap_or_default().to_vec();
        Ok(Seen {
            call: match asked.target {
                Target::Path { method, path } => Some((method.to_owned(), path.to_owned())),
                Target::Connect | Target::Field(_) => None,
            },
            ip: self.ip.or(asked.ip),
            at,
            headers: owned(asked.headers),
            query: owned(asked.query),
        })
    }
}
