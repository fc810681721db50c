//! `authorizer.yaml`: who verifies tokens, where their keys are kept, what products are called, how
//! API Gateway is answered, what is logged.

pub mod answers;
pub mod logs;
mod wording;

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use serde::Deserialize;
use tollgate_engine::Products;
use tollgate_identity::provider::{KindSettings, ProviderSettings};
use tollgate_identity::setting::TimeSpan;
use tollgate_identity::sources::Sources;
use tollgate_identity::startup::StartupError;
use tollgate_identity::tiun::Environment;

use self::answers::AnswerSettings;
use self::logs::LogSettings;
use self::wording::Discreet;

/// Longest `authorizer.yaml`, in bytes.
pub const MAX_BYTES: usize = 256 * 1024;

/// Most providers.
pub const MAX_PROVIDERS: usize = 16;

/// Time for a whole decision unless the configuration says otherwise. API Gateway gives an
/// authorizer 10 s, of which a slow start of the function takes its part.
pub const DEFAULT_BUDGET: Duration = Duration::from_secs(3);

/// Most time for a whole decision that can be set.
pub const MAX_BUDGET: Duration = Duration::from_secs(9);

/// What `authorizer.yaml` says.
///
/// ```yaml
/// providers:
///   - tiun:
///       environment: live
///       api_key: ssm:/tollgate/tiun/api-key
/// products:
///   pro: { live: p-live-pro, sandbox: p-test-pro }
/// budget: 3s
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    /// The name of the file, for messages.
    pub file: String,
    /// Who verifies tokens; at least one.
    pub providers: Vec<ProviderSettings>,
    /// What the policy calls a product, and its ID, for all environments or for each.
    pub products: BTreeMap<String, ProductId>,
    /// Time for a whole decision.
    pub budget: Duration,
    /// A file of CA certificates (PEM) that are trusted beside Mozilla's.
    pub extra_roots: Option<PathBuf>,
    /// How API Gateway is answered.
    pub answers: AnswerSettings,
    /// What is logged of decisions.
    pub logs: LogSettings,
}

/// The members of the file as they stand.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Members {
    providers: Vec<ProviderSettings>,
    #[serde(default)]
    products: BTreeMap<String, ProductId>,
    #[serde(default)]
    budget: Option<TimeSpan>,
    #[serde(default)]
    extra_roots: Option<PathBuf>,
    #[serde(default)]
    answers: AnswerSettings,
    #[serde(default)]
    logs: LogSettings,
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
            .map_err(|problem| error(problem.render_with_formatter(&Discreet)))?;
        let budget = members.budget.map_or(DEFAULT_BUDGET, TimeSpan::duration);
        if budget > MAX_BUDGET {
            return Err(error(
                "`budget` is more than 9s: API Gateway gives an authorizer 10 s in all".into(),
            ));
        }
        match members.providers.len() {
            0 => {
                return Err(error(
                    "`providers` is empty: name the one that verifies tokens".into(),
                ));
            }
            1..=MAX_PROVIDERS => {}
            _ => {
                return Err(error(format!(
                    "`providers` names more than {MAX_PROVIDERS}"
                )));
            }
        }
        ProviderSettings::check_together(&members.providers)
            .map_err(|problem| error(format!("providers: {problem}")))?;
        Ok(Self {
            file: file.to_owned(),
            providers: members.providers,
            products: members.products,
            budget,
            extra_roots: members.extra_roots,
            answers: members.answers,
            logs: members.logs,
        })
    }

    /// An error about something this configuration names.
    pub(crate) fn error(&self, message: String) -> SettingsError {
        SettingsError {
            file: self.file.clone(),
            message,
        }
    }

    /// Which of tiun's environments the configuration is for; `None` without tiun.
    ///
    /// # Errors
    /// When it is left to a variable that does not serve, or two providers are of different ones.
    pub fn environment(&self, sources: &Sources) -> Result<Option<Environment>, StartupError> {
        let mut first = None;
        for provider in &self.providers {
            let KindSettings::Tiun(tiun) = &provider.kind else {
                continue;
            };
            let environment = tiun.environment(sources)?;
            let (name, known) = *first.get_or_insert((&provider.name, environment));
            if environment != known {
                let (one, other) = (name.clone(), provider.name.clone());
                return Err(StartupError::Environments(one, other));
            }
        }
        Ok(first.map(|(_, environment)| environment))
    }

    /// What product names stand for in an environment of tiun, or without tiun.
    ///
    /// # Errors
    /// A name without an ID there, or an ID of the other environment.
    pub fn products(&self, environment: Option<Environment>) -> Result<Products, SettingsError> {
        let other = environment.map(|environment| match environment {
            Environment::Live => Environment::Sandbox,
            Environment::Sandbox => Environment::Live,
        });
        let words = environment.zip(other).map(|(this, other)| {
            format!("belongs to tiun's {other} environment, and this is {this}")
        });
        let mut ids = Vec::new();
        for (name, product) in &self.products {
            let id = product.id(environment).ok_or_else(|| {
                self.error(match environment {
                    Some(environment) => format!(
                        "products: `{name}` has no ID for the {environment} environment: add `{environment}: …`"
                    ),
                    None => format!(
                        "products: `{name}` has IDs for tiun's environments, and no provider is tiun: write one ID"
                    ),
                })
            })?;
            if let (Some(other), Some(words)) = (other, &words)
                && id.starts_with(other.product_prefix())
            {
                return Err(self.error(format!(
                    "products: `{name}`: product `{id}` {words}: nobody can have it"
                )));
            }
            ids.push((name.clone(), id.to_owned()));
        }
        let products: Products = ids.into_iter().collect();
        Ok(match (other, words) {
            (Some(other), Some(words)) => products.without(other.product_prefix(), words),
            _ => products,
        })
    }
}

impl ProductId {
    fn id(&self, environment: Option<Environment>) -> Option<&str> {
        match (self, environment) {
            (Self::Everywhere(id), _) => Some(id.as_str()),
            (Self::ByEnvironment(ids), Some(Environment::Live)) => ids.live.as_deref(),
            (Self::ByEnvironment(ids), Some(Environment::Sandbox)) => ids.sandbox.as_deref(),
            (Self::ByEnvironment(_), None) => None,
        }
        .filter(|id| !id.is_empty())
    }
}
