//! `authorizer.yaml`: which provider, where its key is kept, what the products are called.

use std::collections::BTreeMap;
use std::fmt;

use serde::Deserialize;
use tollgate_engine::Products;
use tollgate_identity::tiun::{Environment, TiunSettings};

/// Longest `authorizer.yaml`, in bytes.
pub const MAX_BYTES: usize = 256 * 1024;

/// What `authorizer.yaml` says.
///
/// ```yaml
/// providers:
///   - tiun:
///       environment: live
///       api_key: ssm:/tollgate/tiun/api-key
/// products:
///   pro: { live: p-live-pro, sandbox: p-test-pro }
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// The name of the file, for messages.
    pub file: String,
    /// Who verifies tokens.
    pub provider: Provider,
    /// What the policy calls a product, and its ID, for all environments or for each.
    pub products: BTreeMap<String, ProductId>,
}

/// The members of the file as they stand.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Members {
    providers: Vec<Provider>,
    #[serde(default)]
    products: BTreeMap<String, ProductId>,
}

/// A provider and how it is used.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Provider {
    /// tiun
    Tiun(TiunSettings),
}

/// The ID a product name stands for.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(
    untagged,
    expecting = "a product is an ID, or one for each environment: { live: ID, sandbox: ID }"
)]
pub enum ProductId {
    /// The same everywhere.
    Everywhere(String),
    /// One for each environment.
    ByEnvironment(ByEnvironment),
}

/// A product's ID in each of tiun's environments.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ByEnvironment {
    /// In the live environment.
    pub live: Option<String>,
    /// In the sandbox.
    pub sandbox: Option<String>,
}

/// An `authorizer.yaml` that cannot be used: file, place if there is one, what is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SettingsError {
    file: String,
    message: String,
}

impl fmt::Display for SettingsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.file, self.message)
    }
}

impl std::error::Error for SettingsError {}

impl Settings {
    /// Reads the text of an `authorizer.yaml`; `file` is its name for messages.
    ///
    /// # Errors
    /// What is wrong and where. No value is ever quoted: a key pasted by mistake would end up
    /// in a log.
    pub fn read(file: &str, text: &str) -> Result<Self, SettingsError> {
        let error = |message: String| SettingsError {
            file: file.to_owned(),
            message,
        };
        if text.len() > MAX_BYTES {
            return Err(error(format!("it is longer than {MAX_BYTES} bytes")));
        }
        let options = serde_yaml::options! { with_snippet: false };
        let members: Members = serde_yaml::from_str_with_options(text, options)
            .map_err(|problem| error(without_values(&problem.to_string())))?;
        let mut providers = members.providers.into_iter();
        match (providers.next(), providers.next()) {
            (Some(provider), None) => Ok(Self {
                file: file.to_owned(),
                provider,
                products: members.products,
            }),
            (None, _) => Err(error(
                "`providers` is empty: name the one that verifies tokens".into(),
            )),
            _ => Err(error(
                "`providers` names more than one; one is supported".into(),
            )),
        }
    }

    /// What product names stand for in an environment.
    ///
    /// # Errors
    /// A name without an ID in this environment, or an ID of the other one.
    pub fn products(&self, environment: Environment) -> Result<Products, SettingsError> {
        let other = match environment {
            Environment::Live => Environment::Sandbox,
            Environment::Sandbox => Environment::Live,
        };
        let words = format!("belongs to tiun's {other} environment, and this is {environment}");
        let mut ids = Vec::new();
        for (name, product) in &self.products {
            let id = product.id(environment).ok_or_else(|| SettingsError {
                file: self.file.clone(),
                message: format!(
                    "products: `{name}` has no ID for the {environment} environment: add `{environment}: …`"
                ),
            })?;
            if id.starts_with(other.product_prefix()) {
                return Err(SettingsError {
                    file: self.file.clone(),
                    message: format!(
                        "products: `{name}`: product `{id}` {words}: nobody can have it"
                    ),
                });
            }
            ids.push((name.clone(), id.to_owned()));
        }
        Ok(ids
            .into_iter()
            .collect::<Products>()
            .without(other.product_prefix(), words))
    }
}

/// A message of the YAML reader, in which words that no setting has are blotted out: one of them
/// may be a key that was pasted into the wrong place.
fn without_values(message: &str) -> String {
    let plain = |word: &str| {
        word.len() <= 40
            && word
                .bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte == b'_')
    };
    let mut parts = message.split('`');
    let mut clean = parts.next().unwrap_or_default().to_owned();
    // Every second part stands between backticks.
    for (number, part) in parts.enumerate() {
        clean.push('`');
        clean.push_str(if number % 2 == 1 || plain(part) {
            part
        } else {
            "…"
        });
    }
    clean
}

impl ProductId {
    fn id(&self, environment: Environment) -> Option<&str> {
        match (self, environment) {
            (Self::Everywhere(id), _) => Some(id.as_str()),
            (Self::ByEnvironment(ids), Environment::Live) => ids.live.as_deref(),
            (Self::ByEnvironment(ids), Environment::Sandbox) => ids.sandbox.as_deref(),
        }
        .filter(|id| !id.is_empty())
    }
}
