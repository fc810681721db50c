//! Who asks: access type, project, token and key, checked in the backend's order.

use super::StackAuth;
use super::access_token::BRANCH;
use super::known_error::{KnownError, Refusal};
use crate::stand_in::Desk;
use crate::wire::RequestHead;

/// As what a caller comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Access {
    Client,
    Server,
    Admin,
}

impl Access {
    const ALL: [Self; 3] = [Self::Client, Self::Server, Self::Admin];

    /// As in `x-stack-access-type`.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Client => "client",
            Self::Server => "server",
            Self::Admin => "admin",
        }
    }

    fn key_header(self) -> &'static str {
        match self {
            Self::Client => "publishable-client-key",
            Self::Server => "secret-server-key",
            Self::Admin => "super-secret-admin-key",
        }
    }
}

/// A caller whose credentials are right.
pub(super) struct Caller {
    pub access: Access,
    /// Of the access token, if there is one.
    pub user_id: Option<String>,
}

/// A header of Stack Auth's: `x-hexclave-…` wins over `x-stack-…`.
pub(super) fn header<'a>(head: &'a RequestHead, name: &str) -> Option<&'a str> {
    let value = |family: &str| {
        let name = format!("x-{family}-{name}");
        head.headers
            .iter()
            .find(|(given, _)| given.eq_ignore_ascii_case(&name))
            .map(|(_, value)| value.as_str())
    };
    value("hexclave").or_else(|| value("stack"))
}

impl StackAuth {
    pub(super) fn caller(
        &self,
        head: &RequestHead,
        port: u16,
        desk: &Desk,
    ) -> Result<Caller, Refusal> {
        let Some(access) = header(head, "access-type") else {
            let mut keys = Access::ALL.map(Access::key_header).into_iter();
            let has_key = keys.any(|key| header(head, key).is_some());
            return Err(Refusal::Known(if has_key {
                KnownError::ProjectKeyWithoutAccessType
            } else {
                KnownError::AccessTypeRequired
            }));
        };
        let access = Access::ALL
            .into_iter()
            .find(|known| known.name() == access)
            .ok_or(KnownError::InvalidAccessType)?;
        let project = header(head, "project-id").ok_or(KnownError::AccessTypeWithoutProjectId {
            request_type: access,
        })?;
        let allowed = |name| header(head, name) == Some("true");
        let kinds = (
            allowed("allow-anonymous-user"),
            allowed("allow-restricted-user"),
        );
        let user_id = header(head, "access-token")
            .map(|token| self.verify_for(token, desk.now(), port, project, kinds))
            .transpose()?;
        if project != self.project {
            return Err(Refusal::Known(KnownError::CurrentProjectNotFound {
                project_id: project.to_owned(),
            }));
        }
        self.check_key(head, access)?;
        match header(head, "branch-id") {
            Some(branch) if branch != BRANCH => {
                Err(Refusal::Known(KnownError::BranchDoesNotExist {
                    branch_id: branch.to_owned(),
                }))
            }
            _ => Ok(Caller { access, user_id }),
        }
    }

    fn check_key(&self, head: &RequestHead, access: Access) -> Result<(), KnownError> {
        let project_id = || self.project.clone();
        let key = header(head, access.key_header());
        let known = |key| {
            let state = self.state();
            let keys = state.api_keys.get(&access);
            keys.is_some_and(|keys| keys.contains(key))
        };
        match (key, access) {
            (Some(key), _) if known(key) => Ok(()),
            (None, Access::Server) => Err(KnownError::ServerAuthenticationRequired),
            (None, Access::Client) => Err(KnownError::PublishableClientKeyRequired {
                project_id: project_id(),
            }),
            _ => Err(KnownError::InvalidKey {
                access,
                project_id: project_id(),
            }),
        }
    }
}

impl Caller {
    /// The user ID that a `user_id` stands for: `me` is the token's user.
    pub(super) fn resolve(&self, user_id: &str) -> Result<String, Refusal> {
        match (user_id, &self.user_id) {
            ("me", None) => Err(Refusal::Known(KnownError::CannotGetOwnUserWithoutUser)),
            ("me", Some(own)) => Ok(own.clone()),
            (other, _) => Ok(other.to_owned()),
        }
    }

    /// A client may ask about its own user only.
    pub(super) fn check_own(&self, user_id: Option<&str>) -> Result<(), Refusal> {
        if self.access == Access::Client
            && (user_id.is_none() || user_id != self.user_id.as_deref())
        {
            return Err(Refusal::Text(
                403,
                "Client can only ask about the current user.",
            ));
        }
        Ok(())
    }
}
