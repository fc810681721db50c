//! A request that is tried on the page, and whose token it has.

use std::borrow::Cow;
use std::net::{IpAddr, Ipv4Addr};

use serde::Deserialize;
use tollgate_engine::{Request, Target};
use tollgate_local::dev::Provider;

use super::desk::Desk;
use super::draft::Draft;
use super::person::{Person, unknown};
use super::problem::Problem;
use crate::asker::moment;
use crate::clock;

/// A request and who makes it.
#[derive(Deserialize, Clone)]
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
    pub fn title(&self) -> String {
        let who = self.user.as_deref().unwrap_or("visitor");
        format!("{} {} as {who}", self.method, self.path())
    }

    fn path(&self) -> &str {
        self.path.split('?').next().unwrap_or_default()
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
            let first = desk.providers.first();
            let knowing = providers.find(knows).map(Some);
            return knowing.ok_or_else(|| match first {
                Some(first) => unknown(user, first),
                None => Problem::fault("there is no provider"),
            });
        };
        let meant = providers.find(|provider| provider.name == *name);
        let meant = meant.ok_or_else(|| {
            let names: Vec<&str> = desk.providers.iter().map(|one| one.name.as_str()).collect();
            Problem::not_found(format!(
                "there is no provider `{name}`; there are {}",
                names.join(", ")
            ))
        })?;
        if knows(&meant) {
            Ok(Some(meant))
        } else {
            Err(unknown(user, meant))
        }
    }

    /// Who asks, as their provider vouches for them; `None` for a visitor.
    ///
    /// # Errors
    /// When there is no such provider, or no such user.
    pub async fn person(&self, desk: &Desk, draft: &Draft) -> Result<Option<Person>, Problem> {
        let provider = self.provider(desk)?;
        match (provider, &self.user) {
            (Some(provider), Some(user)) => {
                let person = desk.verifier.person(draft, provider, user).await?;
                Ok(Some(person))
            }
            _ => Ok(None),
        }
    }

    /// The request as a policy is shown it.
    ///
    /// # Errors
    /// When it is none.
    pub fn seen(&self, _: &Desk) -> Result<Seen, Problem> {
        let (path, query) = self.path.split_once('?').unwrap_or((&self.path, ""));
        let pairs = url::form_urlencoded::parse(query.as_bytes());
        let headers = self.headers.iter();
        Ok(Seen {
            call: Some((self.method.clone(), path.to_owned())),
            ip: self.ip.or(Some(Ipv4Addr::LOCALHOST.into())),
            at: self.moment()?,
            headers: headers
                .map(|(name, value)| (name.to_ascii_lowercase(), value.clone()))
                .collect(),
            query: pairs.into_owned().collect(),
        })
    }
}
