//! One user, with all that any of the providers tells of a person; each stand-in draws what its own does.

use std::fmt;

use serde::Deserialize;
use serde_json::{Map, Value};

/// Whether the user is still signed in with the provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Session {
    /// Signed in.
    #[default]
    Active,
    /// Signed out: a provider that looks at sessions refuses every token of the user from then on.
    Ended,
}

/// What kind of token the user holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TokenState {
    /// Within its lifetime.
    #[default]
    Good,
    /// Past its `exp`.
    Expired,
}

/// Why a Stack Auth user is restricted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Restriction {
    /// The project wants verified addresses, and the user's is not.
    EmailNotVerified,
    /// Somebody decided so.
    RestrictedByAdministrator,
}

impl Restriction {
    /// As Stack Auth calls it: `email_not_verified`.
    pub fn name(self) -> &'static str {
        match self {
            Self::EmailNotVerified => "email_not_verified",
            Self::RestrictedByAdministrator => "restricted_by_administrator",
        }
    }
}

/// That the user is banned (Better Auth's admin plugin).
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ban {
    /// Why.
    #[serde(default)]
    pub reason: Option<String>,
    /// Until when, as an RFC 3339 text; `None` is for ever.
    #[serde(default)]
    pub expires: Option<String>,
}

/// A team or organisation the user is a member of. `Debug` shows no name.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Team {
    /// The provider's ID.
    pub id: String,
    /// What it is called; the ID if it has no name.
    #[serde(default)]
    pub name: Option<String>,
    /// Its name in URLs; the ID if it has none.
    #[serde(default)]
    pub slug: Option<String>,
    /// The user's role in it, where members have one (`member` by default).
    #[serde(default)]
    pub role: Option<String>,
    /// Permissions granted to the user in it, where members have a list of them.
    #[serde(default)]
    pub permissions: Vec<String>,
}

impl Team {
    /// What people call it.
    pub fn display_name(&self) -> &str {
        self.name.as_deref().unwrap_or(&self.id)
    }
}

impl fmt::Debug for Team {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Team")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}

/// One user. `Debug` shows neither address nor name.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct User {
    /// The provider's ID, and the subject of the user's tokens.
    pub id: String,
    /// The address, if the provider knows one.
    #[serde(default)]
    pub email: Option<String>,
    /// Whether the address was shown to be the user's; without an address it counts for nothing.
    #[serde(default = "yes")]
    pub email_verified: bool,
    /// What the user is called.
    #[serde(default)]
    pub name: Option<String>,
    /// URL of a picture.
    #[serde(default)]
    pub picture: Option<String>,
    /// A visitor who never signed up.
    #[serde(default)]
    pub anonymous: bool,
    /// Signed up, but not yet, or no longer, a full user.
    #[serde(default)]
    pub restricted: Option<Restriction>,
    /// Banned.
    #[serde(default)]
    pub ban: Option<Ban>,
    /// The OAuth provider the user signed in with (`github`).
    #[serde(default)]
    pub oauth_provider: Option<String>,
    /// The enrolled methods of multi-factor authentication; `None` when the provider says nothing of it.
    #[serde(default)]
    pub mfa: Option<Vec<String>>,
    /// Product IDs; `null` in the file is sent as `null`.
    #[serde(default = "nothing_bought")]
    pub products: Option<Vec<String>>,
    /// Roles, for tokens that list them.
    #[serde(default)]
    pub roles: Vec<String>,
    /// Groups, for tokens that list them.
    #[serde(default)]
    pub groups: Vec<String>,
    /// Scopes granted to the user's tokens.
    #[serde(default)]
    pub scopes: Vec<String>,
    /// Permissions in the whole project, outside any team.
    #[serde(default)]
    pub permissions: Vec<String>,
    /// Memberships.
    #[serde(default)]
    pub teams: Vec<Team>,
    /// The ID of the team the user is working in.
    #[serde(default)]
    pub selected_team: Option<String>,
    /// What the user's browser may write.
    #[serde(default)]
    pub client_metadata: Option<Value>,
    /// What servers write and the browser may read.
    #[serde(default)]
    pub client_read_only_metadata: Option<Value>,
    /// What servers write and only servers read.
    #[serde(default)]
    pub server_metadata: Option<Value>,
    /// Further claims of the tokens an OIDC issuer gives; they replace its own.
    #[serde(default)]
    pub claims: Map<String, Value>,
    /// Signed in, or no longer.
    #[serde(default)]
    pub session: Session,
    /// The state of the token that `tollgate dev` prints.
    #[serde(default)]
    pub token: TokenState,
    /// The provider's whole answer, in place of one made of the members above.
    #[serde(default)]
    pub answer: Option<Value>,
}

fn yes() -> bool {
    true
}

#[expect(
    clippy::unnecessary_wraps,
    reason = "the default of an optional member, where `None` is a null"
)]
fn nothing_bought() -> Option<Vec<String>> {
    Some(Vec::new())
}

impl fmt::Debug for User {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("User")
            .field("id", &self.id)
            .field("products", &self.products)
            .finish_non_exhaustive()
    }
}

impl User {
    /// What a person needs to know of the user: `p-live-pro`, `no products`, `token expired`.
    pub fn summary(&self) -> String {
        match (self.token, self.session, &self.answer, &self.products) {
            (TokenState::Expired, ..) => "token expired".to_owned(),
            (_, Session::Ended, ..) => "signed out".to_owned(),
            (_, _, Some(_), _) => "odd answer".to_owned(),
            (_, _, _, Some(products)) if !products.is_empty() => products.join(", "),
            _ => "no products".to_owned(),
        }
    }

    /// The same of a user whose products nobody tells: `banned`, `team-red, admin`, `signed in`.
    pub fn summary_without_products(&self) -> String {
        let known = match (self.token, self.session, &self.answer) {
            (TokenState::Expired, ..) | (_, Session::Ended, _) | (.., Some(_)) => {
                return self.summary();
            }
            _ if self.anonymous => vec!["anonymous"],
            _ if self.ban.is_some() => vec!["banned"],
            _ if self.restricted.is_some() => vec!["restricted"],
            _ => {
                let lists = [&self.roles, &self.groups, &self.permissions, &self.scopes];
                let teams = self.teams.iter().map(|team| team.id.as_str());
                let listed = lists.into_iter().flatten().map(String::as_str);
                teams.chain(listed).collect()
            }
        };
        match known.as_slice() {
            [] => "signed in".to_owned(),
            // The file has the rest.
            [one, two, three, _, ..] => format!("{one}, {two}, {three}, …"),
            few => few.join(", "),
        }
    }

    /// Whether the address is known, and known to be the user's.
    pub fn has_verified_email(&self) -> bool {
        self.email.is_some() && self.email_verified
    }

    /// The membership of this team, if there is one.
    pub fn team(&self, id: &str) -> Option<&Team> {
        self.teams.iter().find(|team| team.id == id)
    }
}
