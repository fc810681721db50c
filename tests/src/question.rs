//! The cases of `tests/same_answers`, as its README describes them, and what the engine alone says of
//! them.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::time::{SystemTime, UNIX_EPOCH};

use serde::Deserialize;
use tollgate_engine::{Fact, Policy, Request, Target};
use tollgate_local::users::{Environment, Session, TokenState, User, Users};

use crate::build;

/// A visitor, who has no token.
pub const VISITOR: &str = "visitor";
/// Somebody whose token proves nobody.
pub const STRANGER: &str = "stranger";

/// A case: who asks for what, and what must come of it.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Question {
    /// Method and path, as they are sent.
    pub request: String,
    /// Further headers.
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
    /// Who asks.
    #[serde(default = "pro")]
    pub user: String,
    /// Who signed the token.
    #[serde(default)]
    pub provider: Provider,
    /// `allowed`, or the reason of the denial.
    pub expect: String,
    /// The rule that decides, if one is asked.
    pub rule: Option<String>,
    /// Whether the caller's address decides.
    #[serde(default)]
    pub address: bool,
}

/// Who vouches for a user.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Provider {
    /// tiun.
    #[default]
    Tiun,
    /// An OIDC issuer, which knows of no products.
    Oidc,
}

fn pro() -> String {
    "pro".to_owned()
}

/// The folder of the cases.
pub fn folder() -> PathBuf {
    build::root().join("tests/same_answers")
}

/// The text of a file of the folder.
///
/// # Panics
/// If it cannot be read.
pub fn text(name: &str) -> String {
    let path = folder().join(name);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The policy, with the rules of the address or without them.
///
/// # Panics
/// If it cannot be read.
pub fn policy(with_address: bool) -> String {
    let mut policy = text("access.policy");
    if with_address {
        policy.push_str(&text("address.policy"));
    }
    policy
}

/// All cases.
///
/// # Panics
/// If the file is not as the README has it.
pub fn questions() -> Vec<Question> {
    serde_yaml::from_str(&text("cases.yaml"))
        .unwrap_or_else(|error| panic!("tests/same_answers/cases.yaml: {error}"))
}

/// All users.
///
/// # Panics
/// If the file is not as the README has it.
pub fn users() -> Users {
    let name = "tests/same_answers/users.yaml";
    Users::parse(&text("users.yaml"), name).unwrap_or_else(|error| panic!("{error}"))
}

impl Question {
    /// What the engine alone says, in the words of `expect` and `rule`.
    ///
    /// # Panics
    /// If there is no such user.
    pub fn decision(&self, policy: &Policy, users: &Users) -> (String, Option<String>) {
        let (method, target) = self.request.split_once(' ').unwrap_or_default();
        let path = target.split('?').next().unwrap_or_default();
        let since = SystemTime::now().duration_since(UNIX_EPOCH);
        let request = Request {
            target: Target::Path { method, path },
            ip: "127.0.0.1".parse().ok(),
            unix_millis: i64::try_from(since.unwrap_or_default().as_millis()).unwrap_or(i64::MAX),
            headers: Some(&[]),
            query: Some(&[]),
        };
        let principal = match self.facts(users) {
            Some(user) => policy.principal(user),
            None => policy.visitor(),
        };
        let decision = policy.decide(&request, &principal);
        let said = decision.denial().map_or_else(
            || "allowed".to_owned(),
            |denial| denial.reason.as_str().to_owned(),
        );
        (said, decision.rule().map(|rule| rule.head.clone()))
    }

    /// What the provider vouches for; `None` if nobody is signed in.
    fn facts(&self, users: &Users) -> Option<tollgate_engine::User> {
        if [VISITOR, STRANGER].contains(&self.user.as_str()) {
            return None;
        }
        let User {
            id,
            email,
            email_verified,
            products,
            session,
            token,
            ..
        } = users
            .of(Environment::Live)
            .get(&self.user)
            .unwrap_or_else(|| panic!("no user `{}`", self.user))
            .clone();
        if token == TokenState::Expired || session == Session::Ended {
            return None;
        }
        let known = tollgate_engine::User {
            id,
            email: Fact::Known(email),
            ..tollgate_engine::User::default()
        };
        Some(match self.provider {
            Provider::Tiun => tollgate_engine::User {
                products: Fact::Known(products.unwrap_or_default()),
                ..known
            },
            Provider::Oidc => tollgate_engine::User {
                email_verified: Fact::Known(email_verified),
                ..known
            },
        })
    }
}
