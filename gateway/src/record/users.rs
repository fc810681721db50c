//! How users are named in records.

use std::time::Duration;

use tollgate_identity::sources::Sources;
use tollgate_identity::startup::{MissingSecret, StartupError as IdentityError};

use super::user_hash::UserHash;
use crate::answer::context::MAX_USER_ID;
use crate::settings::Settings;
use crate::settings::logs::UserInLog;
use crate::startup::StartupError;

/// Time to read the salt in init, of Lambda's 10 s; other secrets are read beside it.
const SALT: Duration = Duration::from_secs(5);

/// How users are named.
pub(super) enum Users {
    Hashed(Box<UserHash>),
    Plain,
    Absent,
}

impl Users {
    /// As `logs:` says; reads the salt, if there is one.
    pub(super) async fn start(
        settings: &Settings,
        sources: &Sources,
    ) -> Result<Self, StartupError> {
        let error = |why: String| StartupError::Settings(settings.error(format!("logs: {why}")));
        match &settings.logs.user {
            UserInLog::Plain => Ok(Self::Plain),
            UserInLog::Absent => Ok(Self::Absent),
            UserInLog::Hashed(None) => UserHash::random().map(Self::hashed).map_err(|_| {
                error("the system gives no random numbers to hash users with: name a `salt`".into())
            }),
            UserInLog::Hashed(Some(reference)) => {
                // On the heap: it is large, and run once.
                let read = Box::pin(sources.secret(reference, SALT)).await;
                let salt = read.map_err(|error| {
                    let setting = "logs: salt".to_owned();
                    let missing = MissingSecret { setting, error };
                    StartupError::Identity(IdentityError::Secrets(vec![missing]))
                })?;
                let salted = UserHash::salted(&salt).map(Self::hashed);
                salted.map_err(|short| error(format!("salt: `{reference}`: {short}")))
            }
        }
    }

    fn hashed(hash: UserHash) -> Self {
        Self::Hashed(Box::new(hash))
    }

    /// What stands for the user with this ID.
    pub(super) fn name(&self, id: &str) -> Option<String> {
        match self {
            Self::Hashed(hash) => Some(hash.of(id)),
            // One that is longer is refused; see `UnfitUserId`.
            Self::Plain => (id.len() <= MAX_USER_ID).then(|| id.to_owned()),
            Self::Absent => None,
        }
    }
}
