//! The users a stand-in knows, from a YAML file: who they are, what they bought, whether they are signed in.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use serde::Deserialize;
use serde_json::Value;

/// Largest users file, in bytes.
pub const MAX_FILE: u64 = 1024 * 1024;
/// Most users of one environment.
pub const MAX_USERS: usize = 10_000;
/// Longest name, ID, address or product, in bytes.
const MAX_TEXT: usize = 256;

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

/// Whether the user is still signed in with the provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Session {
    /// Signed in.
    #[default]
    Active,
    /// Signed out: every token of the user is refused from then on.
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

/// One user. `Debug` shows neither address nor name.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct User {
    /// The provider's ID, and the subject of the user's tokens.
    pub id: String,
    /// The address, if the provider knows one.
    #[serde(default)]
    pub email: Option<String>,
    /// What the user is called.
    #[serde(default)]
    pub name: Option<String>,
    /// Product IDs; `null` in the file is sent as `null`.
    #[serde(default = "nothing_bought")]
    pub products: Option<Vec<String>>,
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
    /// The users that come with this crate: `free`, `light`, `pro`, `expired`, `signed-out`.
    ///
    /// # Errors
    /// None but by a mistake in the crate's own file.
    pub fn embedded() -> Result<Self, UsersError> {
        Self::parse(include_str!("../users.yaml"), "local/users.yaml")
    }

    /// The users of a YAML text; `file` is what errors call it.
    ///
    /// # Errors
    /// The first mistake: unknown members, wrong types, two users with one ID, a product of the other
    /// environment.
    pub fn parse(yaml: &str, file: &str) -> Result<Self, UsersError> {
        let failed = |message| UsersError {
            file: file.to_owned(),
            message,
        };
        let users: Self = serde_yaml::from_str(yaml).map_err(|error| failed(error.to_string()))?;
        for environment in [Environment::Live, Environment::Sandbox] {
            check(users.of(environment), environment).map_err(failed)?;
        }
        Ok(users)
    }

    /// The users of a file of at most [`MAX_FILE`] bytes.
    ///
    /// # Errors
    /// As [`Users::parse`]; a file that is missing, too large or not UTF-8.
    pub fn read(path: &Path) -> Result<Self, UsersError> {
        let file = path.display().to_string();
        let text = read_text(path).map_err(|cause| UsersError {
            file: file.clone(),
            message: cause.to_string(),
        })?;
        Self::parse(&text, &file)
    }

    /// Those of one environment, by name.
    pub fn of(&self, environment: Environment) -> &BTreeMap<String, User> {
        match environment {
            Environment::Live => &self.live,
            Environment::Sandbox => &self.sandbox,
        }
    }
}

fn read_text(path: &Path) -> io::Result<String> {
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

fn check(users: &BTreeMap<String, User>, environment: Environment) -> Result<(), String> {
    let world = environment.name();
    if users.len() > MAX_USERS {
        return Err(format!(
            "`{world}` has {} users; at most {MAX_USERS} are kept",
            users.len()
        ));
    }
    let mut ids = BTreeSet::new();
    for (name, user) in users {
        let place = format!("{world}.{name}");
        if name.is_empty()
            || name.len() > MAX_TEXT
            || !name
                .chars()
                .all(|c| c.is_alphanumeric() || "-_.".contains(c))
        {
            return Err(format!(
                "`{place}`: a user's name is made of letters, digits, `-`, `_` and `.`"
            ));
        }
        let texts = [
            ("id", Some(&user.id)),
            ("email", user.email.as_ref()),
            ("name", user.name.as_ref()),
        ];
        for (member, value) in texts {
            if value.is_some_and(|value| {
                value.is_empty() || value.len() > MAX_TEXT || value.chars().any(char::is_control)
            }) {
                return Err(format!(
                    "`{place}.{member}`: write 1 to {MAX_TEXT} bytes without control characters"
                ));
            }
        }
        if !ids.insert(&user.id) {
            return Err(format!(
                "`{place}.id`: `{}` is another user's ID already",
                user.id
            ));
        }
        for product in user.products.iter().flatten() {
            check_product(product, environment)
                .map_err(|why| format!("`{place}.products`: {why}"))?;
        }
    }
    Ok(())
}

fn check_product(product: &str, environment: Environment) -> Result<(), String> {
    let prefix = environment.product_prefix();
    match product.strip_prefix(prefix) {
        Some(rest)
            if !rest.is_empty()
                && product.len() <= MAX_TEXT
                && !rest.contains(|c: char| c.is_whitespace() || c.is_control()) =>
        {
            Ok(())
        }
        _ => Err(format!(
            "`{}` is no product of the {} environment: IDs there start with `{prefix}` and have no spaces (to try an odd answer, write it under `answer`)",
            product.escape_debug(),
            environment.name()
        )),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]
mod tests {
    use super::*;

    fn error(yaml: &str) -> String {
        Users::parse(yaml, "users.yaml").unwrap_err().to_string()
    }

    #[test]
    fn the_embedded_users_are_those_the_readme_speaks_of() {
        let users = Users::embedded().unwrap();
        let summaries: Vec<_> = users
            .of(Environment::Live)
            .iter()
            .map(|(name, user)| format!("{name}: {}", user.summary()))
            .collect();
        assert_eq!(
            summaries,
            [
                "expired: token expired",
                "free: no products",
                "light: p-live-light",
                "pro: p-live-pro",
                "signed-out: signed out"
            ]
        );
        let (live, sandbox) = (users.of(Environment::Live), users.of(Environment::Sandbox));
        assert!(
            live.values()
                .all(|user| sandbox.values().all(|other| user.id != other.id)),
            "the worlds are apart"
        );
    }

    #[test]
    fn mistakes_are_named_with_their_place() {
        let cases = [
            (
                "live:\n  a: {id: u-1, product: [p-live-x]}",
                "unknown field `product`",
            ),
            ("live:\n  a: {id: u-1, product: [p-live-x]}", "line 2"),
            ("lve: {}", "unknown field `lve`"),
            ("live:\n  a: {email: a@example.com}", "missing field `id`"),
            ("live:\n  a: {id: u-1}\n  a: {id: u-2}", "duplicate"),
            (
                "live:\n  a: {id: u-1, session: over}",
                "unknown variant `over`",
            ),
            ("live:\n  a: {id: u-1, products: p-live-pro}", "line 2"),
            (
                "live:\n  a: {id: \"\"}",
                "`live.a.id`: write 1 to 256 bytes",
            ),
            ("live:\n  a b: {id: u-1}", "`live.a b`: a user's name"),
            (
                "live:\n  a: {id: u-1}\n  b: {id: u-1}",
                "`live.b.id`: `u-1` is another user's ID already",
            ),
            (
                "live:\n  a: {id: u-1, products: [p-test-pro]}",
                "`p-test-pro` is no product of the live environment",
            ),
            (
                "sandbox:\n  a: {id: u-1, products: [\"p-test-\\n\"]}",
                "`p-test-\\n` is no product",
            ),
            ("live: [", "line 1"),
            ("[]", "users.yaml: "),
        ];
        for (yaml, expected) in cases {
            let message = error(yaml);
            assert!(
                message.contains(expected),
                "{yaml}\ngives\n{message}\nwithout\n{expected}"
            );
        }
    }

    #[test]
    fn names_and_products_may_be_odd_and_null() {
        let users = Users::parse(
            "live:\n  zoë: {id: u-ü, name: 用户, products: null}\n  b: {id: u-2, answer: {isAuthenticated: 'true'}}",
            "users.yaml",
        )
        .unwrap();
        let live = users.of(Environment::Live);
        assert_eq!(live["zoë"].products, None);
        assert_eq!(
            live["b"].answer.as_ref().unwrap()["isAuthenticated"],
            "true"
        );
        let nobody = Users::parse("{}", "users.yaml").unwrap();
        assert!(nobody.of(Environment::Live).is_empty());
    }

    #[test]
    fn files_are_bounded_and_errors_say_which() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("users.yaml");
        assert!(
            Users::read(&path)
                .unwrap_err()
                .to_string()
                .contains("users.yaml")
        );
        std::fs::write(&path, vec![b'#'; 1024 * 1024 + 1]).unwrap();
        assert!(
            Users::read(&path)
                .unwrap_err()
                .to_string()
                .contains("larger than 1048576 bytes")
        );
        std::fs::write(&path, [0xFF]).unwrap();
        assert!(Users::read(&path).is_err());
        let many: String = (0..=MAX_USERS).fold("live:\n".to_owned(), |text, n| {
            format!("{text}  u{n}: {{id: u-{n}}}\n")
        });
        assert!(Users::parse(&many, "users.yaml").is_err());
    }

    #[test]
    fn debug_shows_no_address() {
        let users = Users::embedded().unwrap();
        assert!(!format!("{users:?}").contains("example.com"));
    }
}
