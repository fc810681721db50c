//! `logs:` in `authorizer.yaml`: what the line of a decision says of its user, and which decisions
//! have one.

use std::fmt;

use serde::Deserialize;
use tollgate_identity::secret_ref::SecretRef;

/// The namespace of the metrics unless the configuration says otherwise.
pub const DEFAULT_NAMESPACE: &str = "Tollgate";

/// Longest namespace, in bytes (Amazon CloudWatch API reference, `PutMetricData`).
pub const MAX_NAMESPACE: usize = 255;

/// What `logs:` says.
///
/// ```yaml
/// logs:
///   user: hashed
///   salt: ssm:/tollgate/log-salt
///   decisions: denials
///   namespace: Shop/Tollgate
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "Members")]
pub struct LogSettings {
    /// How a user is named.
    pub user: UserInLog,
    /// Which decisions have a line of their own; the others count in metrics only.
    pub decisions: LoggedDecisions,
    /// The CloudWatch namespace of the metrics.
    pub namespace: String,
}

/// How the line of a decision names its user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum UserInLog {
    /// By a keyed hash of the user's ID. With a salt it is the same wherever that salt is; without
    /// one, in one process alone.
    Hashed(Option<SecretRef>),
    /// By the user's ID.
    Plain,
    /// Not at all.
    Absent,
}

/// Which decisions have a line of their own. What is no decision, an error, always has one.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LoggedDecisions {
    /// Every one.
    #[default]
    All,
    /// Those that deny.
    Denials,
    /// None.
    None,
}

/// The members as they stand.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Members {
    #[serde(default)]
    user: User,
    #[serde(default)]
    salt: Option<SecretRef>,
    #[serde(default)]
    decisions: LoggedDecisions,
    #[serde(default)]
    namespace: Option<String>,
}

#[derive(Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
enum User {
    #[default]
    Hashed,
    Plain,
    None,
}

/// A `logs:` that cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogSettingsError {
    /// A salt, and no user is hashed.
    UnusedSalt,
    /// A namespace CloudWatch does not take.
    Namespace,
}

impl fmt::Display for LogSettingsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnusedSalt => f.write_str(
                "`salt` is for `user: hashed`, and no user is hashed here: take one of the two out",
            ),
            Self::Namespace => write!(
                f,
                "the `namespace` of metrics has 1 to {MAX_NAMESPACE} letters, digits, `.`, `-`, \
                 `_`, `/` and `#`, and does not begin with AWS, which is Amazon's own"
            ),
        }
    }
}

impl std::error::Error for LogSettingsError {}

impl Default for LogSettings {
    fn default() -> Self {
        Self {
            user: UserInLog::Hashed(None),
            decisions: LoggedDecisions::All,
            namespace: DEFAULT_NAMESPACE.to_owned(),
        }
    }
}

impl TryFrom<Members> for LogSettings {
    type Error = LogSettingsError;

    fn try_from(members: Members) -> Result<Self, LogSettingsError> {
        let user = match (members.user, members.salt) {
            (User::Hashed, salt) => UserInLog::Hashed(salt),
            (_, Some(_)) => return Err(LogSettingsError::UnusedSalt),
            (User::Plain, None) => UserInLog::Plain,
            (User::None, None) => UserInLog::Absent,
        };
        let namespace = members.namespace.as_deref().unwrap_or(DEFAULT_NAMESPACE);
        if !is_namespace(namespace) {
            return Err(LogSettingsError::Namespace);
        }
        Ok(Self {
            user,
            decisions: members.decisions,
            namespace: namespace.to_owned(),
        })
    }
}

fn is_namespace(text: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b".-_/#".contains(&byte);
    (1..=MAX_NAMESPACE).contains(&text.len())
        && text.bytes().all(allowed)
        && !text.starts_with("AWS")
}
