//! `answers:` in `authorizer.yaml`: in which form API Gateway is answered, and what the backend is
//! told.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use serde::Deserialize;
use tollgate_engine::{FactKind, Needs};
use tollgate_identity::secret_ref::SecretRef;
use tollgate_identity::setting::TimeSpan;

use crate::answer::context::{OWN_KEYS, RESERVED_KEYS};

/// Most claims that are passed on.
pub const MAX_CLAIMS: usize = 32;

/// Longest key of the context, in characters.
pub const MAX_KEY: usize = 64;

/// Deepest way to a claim.
pub const MAX_CLAIM_DEPTH: usize = 16;

/// Most API keys.
pub const MAX_USAGE_KEYS: usize = 32;

/// The member of `usage_keys` for whoever has no tier, or one without a key of its own.
pub const DEFAULT_USAGE_KEY: &str = "default";

/// How long `AppSync` keeps an answer unless the configuration says otherwise.
pub const DEFAULT_APPSYNC_TTL: Duration = Duration::from_mins(1);

/// Longest that `AppSync` keeps an answer (AWS `AppSync` API reference, `LambdaAuthorizerConfig`).
pub const MAX_APPSYNC_TTL: Duration = Duration::from_hours(1);

/// What `answers:` says.
///
/// ```yaml
/// answers:
///   http_api: simple
///   claims:
///     orgId: org.id
///   usage_keys:
///     pro: ssm:/tollgate/usage/pro
///     default: ssm:/tollgate/usage/free
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct AnswerSettings {
    /// For which requests an answer is right.
    pub scope: Scope,
    /// What an HTTP API gets, payload format 2.0.
    pub http_api: HttpFormat,
    /// What an HTTP API gets for somebody who must sign in.
    pub http_unauthorized: HttpUnauthorized,
    /// Whether an Allow ends with the token.
    pub bound_by_expiry: bool,
    /// Claims for the backend, by their keys in the context.
    pub claims: Claims,
    /// API keys of usage plans, by tier.
    pub usage_keys: UsageKeyRefs,
    /// How long `AppSync` may keep an answer.
    pub appsync_ttl: AppSyncTtl,
}

/// For which requests an answer is right.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Scope {
    /// Every request of the token.
    #[default]
    Token,
    /// The one it was made for.
    Request,
}

/// The form of an answer to an HTTP API, payload format 2.0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum HttpFormat {
    /// An IAM policy.
    #[default]
    Iam,
    /// Yes or no: for an authorizer with `EnableSimpleResponses`.
    Simple,
}

/// What an HTTP API gets for somebody who must sign in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum HttpUnauthorized {
    /// A denial, which becomes a 403.
    #[default]
    Deny,
    /// The error `Unauthorized`. What becomes of it is not documented for HTTP APIs.
    Error,
}

/// Claims that are passed on, by their keys in the context.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(try_from = "BTreeMap<ContextKey, ClaimPath>")]
pub struct Claims(BTreeMap<ContextKey, ClaimPath>);

/// A key of the context, fit for a header's name and for `$context.authorizer.KEY`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(try_from = "String")]
struct ContextKey(String);

/// The way to a claim, from the outside in.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "WrittenPath")]
struct ClaimPath(Vec<String>);

#[derive(Deserialize)]
#[serde(
    untagged,
    expecting = "a claim is named by its path, as in `org.id`, or by a list of names from the outside in"
)]
enum WrittenPath {
    Dotted(String),
    Names(Vec<String>),
}

/// Where the API keys of usage plans are kept, by tier.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(try_from = "BTreeMap<String, SecretRef>")]
pub struct UsageKeyRefs(BTreeMap<String, SecretRef>);

/// How long `AppSync` may keep an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(try_from = "TimeSpan")]
pub struct AppSyncTtl(Duration);

/// A member of `answers` that cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AnswersError {
    /// A key of the context that a header or a mapping template could not name.
    Key,
    /// A key that every context has.
    OwnKey,
    /// A key that API Gateway has a use of its own for.
    ReservedKey,
    /// Not the way to a claim.
    ClaimPath,
    /// More than [`MAX_CLAIMS`].
    TooManyClaims,
    /// More than [`MAX_USAGE_KEYS`].
    TooManyUsageKeys,
    /// More than [`MAX_APPSYNC_TTL`].
    AppSyncTtl,
}

impl fmt::Display for AnswersError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Key => write!(
                f,
                "a key of the context has 1 to {MAX_KEY} letters, digits and `_`, no digit first: \
                 rename it"
            ),
            Self::OwnKey => write!(
                f,
                "this key of the context is one that every answer has ({}): choose another",
                OWN_KEYS.join(", ")
            ),
            Self::ReservedKey => write!(
                f,
                "API Gateway keeps this key of the context for itself ({}): choose another",
                RESERVED_KEYS.join(", ")
            ),
            Self::ClaimPath => write!(
                f,
                "the path to a claim has 1 to {MAX_CLAIM_DEPTH} names, none of them empty: write it \
                 with dots between, or as a list where a name has a dot itself"
            ),
            Self::TooManyClaims => write!(
                f,
                "`claims` has more than {MAX_CLAIMS}: pass on what the backend uses, and let it \
                 look up the rest"
            ),
            Self::TooManyUsageKeys => write!(
                f,
                "`usage_keys` has more than {MAX_USAGE_KEYS}: let tiers of one plan share `default`"
            ),
            Self::AppSyncTtl => {
                f.write_str("AppSync keeps no answer for longer than 1h: set no more")
            }
        }
    }
}

impl Scope {
    /// One word, for the configuration and for logs.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Token => "token",
            Self::Request => "request",
        }
    }
}

impl Claims {
    /// Each key with the path to its claim.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &[String])> {
        self.0.iter().map(|(key, path)| (&*key.0, &*path.0))
    }
}

impl UsageKeyRefs {
    /// Each tier with where its key is kept.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &SecretRef)> {
        self.0.iter().map(|(tier, key)| (&**tier, key))
    }

    /// Each key's place in the configuration, as in `answers: usage_keys: pro`, and where it is kept.
    pub(crate) fn secrets(&self) -> Vec<(String, SecretRef)> {
        let place = |tier| format!("answers: usage_keys: {tier}");
        self.iter()
            .map(|(tier, key)| (place(tier), key.clone()))
            .collect()
    }
}

impl AppSyncTtl {
    /// The span.
    pub fn duration(self) -> Duration {
        self.0
    }
}

impl Default for AppSyncTtl {
    fn default() -> Self {
        Self(DEFAULT_APPSYNC_TTL)
    }
}

impl AnswerSettings {
    /// What providers must be asked for: what the policy needs, and the claims that are passed on.
    #[must_use]
    pub fn needs(&self, mut needs: Needs) -> Needs {
        for (_, path) in self.claims.iter() {
            needs.facts = needs.facts.with(FactKind::Claims.into());
            if !needs.claims.iter().any(|known| known == path) {
                needs.claims.push(path.to_vec());
            }
        }
        needs
    }
}

impl TryFrom<String> for ContextKey {
    type Error = AnswersError;

    fn try_from(key: String) -> Result<Self, AnswersError> {
        let letter = |b: u8| b.is_ascii_alphabetic() || b == b'_';
        let starts = key.bytes().next().is_some_and(letter);
        let fits = key.bytes().all(|b| letter(b) || b.is_ascii_digit());
        // Mapped to a header, letters lose their case.
        let is_one_of = |keys: &[&str]| keys.iter().any(|other| other.eq_ignore_ascii_case(&key));
        if !starts || !fits || key.len() > MAX_KEY {
            Err(AnswersError::Key)
        } else if is_one_of(&OWN_KEYS) {
            Err(AnswersError::OwnKey)
        } else if is_one_of(&RESERVED_KEYS) {
            Err(AnswersError::ReservedKey)
        } else {
            Ok(Self(key))
        }
    }
}

impl TryFrom<WrittenPath> for ClaimPath {
    type Error = AnswersError;

    fn try_from(written: WrittenPath) -> Result<Self, AnswersError> {
        let names = match written {
            WrittenPath::Dotted(path) => path.split('.').map(str::to_owned).collect(),
            WrittenPath::Names(names) => names,
        };
        let fits =
            (1..=MAX_CLAIM_DEPTH).contains(&names.len()) && !names.iter().any(String::is_empty);
        fits.then_some(Self(names)).ok_or(AnswersError::ClaimPath)
    }
}

impl TryFrom<BTreeMap<ContextKey, ClaimPath>> for Claims {
    type Error = AnswersError;

    fn try_from(claims: BTreeMap<ContextKey, ClaimPath>) -> Result<Self, AnswersError> {
        if claims.len() > MAX_CLAIMS {
            return Err(AnswersError::TooManyClaims);
        }
        Ok(Self(claims))
    }
}

impl TryFrom<BTreeMap<String, SecretRef>> for UsageKeyRefs {
    type Error = AnswersError;

    fn try_from(keys: BTreeMap<String, SecretRef>) -> Result<Self, AnswersError> {
        if keys.len() > MAX_USAGE_KEYS {
            return Err(AnswersError::TooManyUsageKeys);
        }
        Ok(Self(keys))
    }
}

impl TryFrom<TimeSpan> for AppSyncTtl {
    type Error = AnswersError;

    fn try_from(span: TimeSpan) -> Result<Self, AnswersError> {
        let span = span.duration();
        (span <= MAX_APPSYNC_TTL)
            .then_some(Self(span))
            .ok_or(AnswersError::AppSyncTtl)
    }
}
