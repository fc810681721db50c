//! The users a stand-in knows, from a YAML file: who they are, what they bought, whether they are signed in.

mod change;
mod check;
mod user;

use std::collections::BTreeMap;
use std::fmt;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use serde::Deserialize;

pub use change::Change;
pub use check::Catalogue;
use check::check;
pub use user::{Ban, Restriction, Session, Team, TokenState, User};

/// Largest users file, in bytes.
pub const MAX_FILE: u64 = 1024 * 1024;
/// Most users of one environment.
pub const MAX_USERS: usize = 10_000;

/// One of tiun's two worlds; keys, sessions and products of one are unknown in the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Environment {
    /// `api.tiun.live`
    Live,
    /// `api-sandbox.tiun.live`
    Sandbox,
}

impl Environment {
    /// `live` or `sandbox`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Live => "live",
            Self::Sandbox => "sandbox",
        }
    }

    /// How every product ID of this environment starts (docs.tiun.io).
    pub fn product_prefix(self) -> &'static str {
        match self {
            Self::Live => "p-live-",
            Self::Sandbox => "p-test-",
        }
    }
}

/// The users of both environments, by the name they go by here (`light`, `pro`).
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Users {
    #[serde(default)]
    live: BTreeMap<String, User>,
    #[serde(default)]
    sandbox: BTreeMap<String, User>,
}

/// A users file that can't be used; the text names file and place.
#[derive(Debug, PartialEq, Eq)]
pub struct UsersError {
    file: String,
    message: String,
}

impl fmt::Display for UsersError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.file, self.message)
    }
}

impl std::error::Error for UsersError {}

impl Users {
    /// The users that come with this crate: `free`, `light`, `pro`, `expired`, `signed-out` and more.
    ///
    /// # Errors
    /// None but by a mistake in the crate's own file.
    pub fn embedded() -> Result<Self, UsersError> {
        Self::parse(include_str!("../users.yaml"), "local/users.yaml")
    }

    /// The users of a YAML text for tiun; `file` is what errors call it.
    ///
    /// # Errors
    /// The first mistake: unknown members, wrong types, two users with one ID, a product of the other
    /// environment, a team that is selected but not among the user's.
    pub fn parse(yaml: &str, file: &str) -> Result<Self, UsersError> {
        Self::parse_for(Catalogue::Tiun, yaml, file)
    }

    fn parse_for(catalogue: Catalogue, yaml: &str, file: &str) -> Result<Self, UsersError> {
        let failed = |message| UsersError {
            file: file.to_owned(),
            message,
        };
        let users: Self = serde_yaml::from_str(yaml).map_err(|error| failed(error.to_string()))?;
        for environment in [Environment::Live, Environment::Sandbox] {
            check(users.of(environment), environment, catalogue).map_err(failed)?;
        }
        Ok(users)
    }

    /// The users of a file of at most [`MAX_FILE`] bytes.
    ///
    /// # Errors
    /// As [`Users::parse`]; a file that is missing, too large or not UTF-8.
    pub fn read(path: &Path, catalogue: Catalogue) -> Result<Self, UsersError> {
        let file = path.display().to_string();
        let text = read_text(path).map_err(|cause| UsersError {
            file: file.clone(),
            message: cause.to_string(),
        })?;
        Self::parse_for(catalogue, &text, &file)
    }

    /// Those of one environment, by name.
    pub fn of(&self, environment: Environment) -> &BTreeMap<String, User> {
        match environment {
            Environment::Live => &self.live,
            Environment::Sandbox => &self.sandbox,
        }
    }

    pub(crate) fn of_mut(&mut self, environment: Environment) -> &mut BTreeMap<String, User> {
        match environment {
            Environment::Live => &mut self.live,
            Environment::Sandbox => &mut self.sandbox,
        }
    }
}

fn read_text(path: &Path) -> io::Result<String> {
    // A pipe would be waited for without end.
    if !std::fs::metadata(path)?.is_file() {
        return Err(io::Error::other("it is not a file"));
    }
    let mut text = String::new();
    let length = File::open(path)?
        .take(MAX_FILE + 1)
        .read_to_string(&mut text)?;
    if length as u64 > MAX_FILE {
        return Err(io::Error::other(format!(
            "the file is larger than {MAX_FILE} bytes, the most that is read"
        )));
    }
    Ok(text)
}

#[cfg(test)]
mod tests;
