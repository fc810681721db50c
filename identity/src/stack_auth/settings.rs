//! Stack Auth's part of the configuration.

use std::fmt;

use reqwest::Url;
use serde::Deserialize;
use serde_json::{Map, Value};
use tollgate_engine::Needs;

use crate::jwt::{self, Algorithm, Audience, Rules, Typ};
use crate::mode::{Mode, Verify};
use crate::secret_ref::SecretRef;
use crate::setting::BaseUrl;

/// The hosted service under its two names. Which of them a token names as issuer depends on the
/// address that the browser's SDK used.
const HOSTED: [&str; 2] = ["https://api.stack-auth.com", "https://api.hexclave.com"];

/// How Stack Auth is to be used.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "Written")]
pub struct StackAuthSettings {
    /// The project's ID.
    pub project: String,
    /// Where the server is; the hosted service unless set.
    pub url: BaseUrl,
    /// Where the project's secret server key is kept; not needed where tokens alone do.
    pub secret_server_key: Option<SecretRef>,
    /// How tokens are verified.
    pub verify: Verify,
    /// Users taken beside normal ones.
    pub accept: Vec<AcceptedUsers>,
    /// What tokens may name as issuer, up to `/api/v1`.
    issuers: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    project: String,
    #[serde(default)]
    url: Option<BaseUrl>,
    #[serde(default)]
    secret_server_key: Option<SecretRef>,
    #[serde(default)]
    verify: Verify,
    #[serde(default)]
    accept: Vec<AcceptedUsers>,
}

/// Users that are not taken for signed in unless the configuration says so.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AcceptedUsers {
    /// Signed in, but with something left to do: an address to verify, mostly.
    Restricted,
    /// Nobody knows who they are.
    Anonymous,
}

/// The three kinds of users, each with an issuer, an audience and keys of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum UserKind {
    Normal,
    Restricted,
    Anonymous,
}

impl UserKind {
    const ALL: [Self; 3] = [Self::Normal, Self::Restricted, Self::Anonymous];

    /// What follows the project in the audience.
    fn suffix(self) -> &'static str {
        match self {
            Self::Normal => "",
            Self::Restricted => ":restricted",
            Self::Anonymous => ":anon",
        }
    }

    /// Whose audience this is, of whatever project; a project's ID has no colon.
    pub(super) fn of_audience(audience: &str) -> Option<Self> {
        let project = audience.find(':').unwrap_or(audience.len());
        let suffix = audience.get(project..)?;
        Self::ALL.into_iter().find(|kind| kind.suffix() == suffix)
    }

    /// Whose flags these are, in a token as in the server's user object; `None` if they are none.
    /// Anonymous users are restricted ones too.
    pub(super) fn of_flags(members: &Map<String, Value>) -> Option<Self> {
        let flag = |name| match members.get(name) {
            None => Some(None),
            Some(Value::Bool(flag)) => Some(Some(*flag)),
            Some(_) => None,
        };
        match (flag("is_anonymous")?, flag("is_restricted")?) {
            (None | Some(false), None | Some(false)) => Some(Self::Normal),
            (None | Some(false), Some(true)) => Some(Self::Restricted),
            (Some(true), None | Some(true)) => Some(Self::Anonymous),
            (Some(true), Some(false)) => None,
        }
    }
}

/// Settings that do not go together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StackAuthSettingsError {
    /// A project's ID could not be part of an address.
    Project,
    /// `verify: rest` without a key.
    NoKey,
}

impl fmt::Display for StackAuthSettingsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Project => {
                "stack_auth: `project` is the project's ID from Stack Auth's dashboard: letters, \
                 digits, `-` and `_`, 64 at most"
            }
            Self::NoKey => {
                "stack_auth: `verify: rest` asks the server, so it needs `secret_server_key`"
            }
        })
    }
}

impl std::error::Error for StackAuthSettingsError {}

impl TryFrom<Written> for StackAuthSettings {
    type Error = StackAuthSettingsError;

    fn try_from(written: Written) -> Result<Self, StackAuthSettingsError> {
        let Written {
            project,
            url,
            secret_server_key,
            verify,
            accept,
        } = written;
        let allowed = |b: u8| b.is_ascii_alphanumeric() || b"-_".contains(&b);
        if project.is_empty() || project.len() > 64 || !project.bytes().all(allowed) {
            return Err(StackAuthSettingsError::Project);
        }
        if verify == Verify::Rest && secret_server_key.is_none() {
            return Err(StackAuthSettingsError::NoKey);
        }
        let hosted = || HOSTED.map(str::to_owned).to_vec();
        let issuers = match &url {
            // One's own server signs with the address it is set up with.
            Some(url) if !HOSTED.contains(&trimmed(url).as_str()) => vec![trimmed(url)],
            _ => hosted(),
        };
        let url = match url {
            Some(url) => url,
            None => hosted_url(),
        };
        Ok(Self {
            project,
            url,
            secret_server_key,
            verify,
            accept,
            issuers,
        })
    }
}

#[expect(clippy::expect_used, reason = "a constant, parsed by every test")]
fn hosted_url() -> BaseUrl {
    "https://api.stack-auth.com"
        .parse()
        .expect("a constant URL")
}

fn trimmed(url: &BaseUrl) -> String {
    url.url().as_str().trim_end_matches('/').to_owned()
}

impl StackAuthSettings {
    /// For a project with these: what an older form of another provider's settings comes to.
    pub(crate) fn of_project(
        project: String,
        secret_server_key: Option<SecretRef>,
        verify: Verify,
    ) -> Result<Self, StackAuthSettingsError> {
        let written = Written {
            project,
            url: None,
            secret_server_key,
            verify,
            accept: Vec::new(),
        };
        written.try_into()
    }

    /// The secrets it needs, and their settings.
    pub(crate) fn secrets(&self) -> Vec<(&'static str, &SecretRef)> {
        let key = self.secret_server_key.iter();
        key.map(|key| ("secret_server_key", key)).collect()
    }

    /// How its tokens are verified for a policy with these needs.
    pub(crate) fn mode(&self, needs: &Needs) -> Mode {
        match (self.verify, &self.secret_server_key) {
            (Verify::Rest, _) => Mode::Rest,
            (Verify::Auto, Some(_)) if !Self::token_is_enough(needs) => Mode::Rest,
            (Verify::Auto | Verify::Jwt, _) => Mode::Jwt,
        }
    }

    /// What the issuer in its tokens begins with, up to `/api/v1`: the address that clients know
    /// the server by, whichever it is asked under.
    pub fn issuer_url(&self) -> &str {
        self.issuers.first().map_or("", String::as_str)
    }

    pub(super) fn accepts(&self, kind: UserKind) -> bool {
        match kind {
            UserKind::Normal => true,
            UserKind::Restricted => self.accept.contains(&AcceptedUsers::Restricted),
            UserKind::Anonymous => self.accept.contains(&AcceptedUsers::Anonymous),
        }
    }

    fn kinds(&self) -> impl Iterator<Item = UserKind> {
        UserKind::ALL.into_iter().filter(|kind| self.accepts(*kind))
    }

    /// Everything an accepted token may name as issuer.
    pub(crate) fn issuers(&self) -> Vec<String> {
        self.kinds()
            .flat_map(|kind| self.issuers_of(kind))
            .collect()
    }

    fn issuers_of(&self, kind: UserKind) -> Vec<String> {
        let of_kind = match kind {
            UserKind::Normal => "projects",
            UserKind::Restricted => "projects-restricted-users",
            UserKind::Anonymous => "projects-anonymous-users",
        };
        let issuer = |host: &String| format!("{host}/api/v1/{of_kind}/{}", self.project);
        self.issuers.iter().map(issuer).collect()
    }

    /// Which kind of accepted user has tokens of this issuer.
    pub(super) fn kind_of_issuer(&self, issuer: &str) -> Option<UserKind> {
        self.kinds()
            .find(|kind| self.issuers_of(*kind).iter().any(|known| known == issuer))
    }

    /// What a token of such a user satisfies.
    pub(super) fn rules(&self, kind: UserKind) -> Rules {
        Rules {
            issuers: self.issuers_of(kind),
            audience: Some(Audience {
                accepted: vec![format!("{}{}", self.project, kind.suffix())],
                claims: vec!["aud".to_owned()],
            }),
            algorithms: vec![Algorithm::Es256],
            typ: Typ::Any,
            skew: jwt::DEFAULT_SKEW,
            max_lifetime: None,
        }
    }

    /// Where the keys of all accepted users are. The set with anonymous users' keys holds all.
    pub(super) fn jwks_url(&self) -> Url {
        let path = format!("/api/v1/projects/{}/.well-known/jwks.json", self.project);
        let mut url = self.url.join(&path);
        if self.accepts(UserKind::Anonymous) {
            url.set_query(Some("include_anonymous=true"));
        } else if self.accepts(UserKind::Restricted) {
            url.set_query(Some("include_restricted=true"));
        }
        url
    }
}

#[cfg(test)]
mod tests;
