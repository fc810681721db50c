//! A provider's entry in the configuration: which kind it is, and what all kinds have in common.

use std::fmt;
use std::time::Duration;

use serde::Deserialize;

use crate::authgate::{self, AuthgateSettings};
use crate::fact_cache::Keep;
use crate::introspection::IntrospectionSettings;
use crate::neon_auth::{self, NeonAuthSettings};
use crate::oidc::{OidcSettings, Unchecked};
use crate::secret_ref::SecretRef;
use crate::setting::TimeSpan;
use crate::stack_auth::{self, StackAuthSettings};
use crate::tiun::{self, TiunSettings};
use crate::token_source::TokenSource;

/// How long facts are used again unless the configuration says otherwise.
pub const DEFAULT_CACHE: Duration = Duration::from_mins(1);

/// A provider's entry.
///
/// ```yaml
/// providers:
///   - tiun:
///       environment: live
///       api_key: ssm:/tollgate/tiun/api-key
///     cache_for: 30s
///     when_unavailable: last_known_for 5m
///   - stack_auth:
///       project: 0f9a3c1e-…
///     token_from: [header x-stack-access-token]
/// ```
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(try_from = "Entry")]
pub struct ProviderSettings {
    /// What logs and the backend call it; the kind's name unless set.
    pub name: String,
    /// Which kind it is, and how it is used.
    pub kind: KindSettings,
    /// Where its tokens are looked for.
    pub token_from: Vec<TokenSource>,
    /// How long facts are used again; zero for never.
    pub cache_for: Duration,
    /// What is done while it cannot be asked.
    pub when_unavailable: WhenUnavailable,
}

/// A kind of provider and its settings.
#[derive(Debug, Clone, PartialEq)]
pub enum KindSettings {
    /// tiun
    Tiun(TiunSettings),
    /// `AuthGate`
    Authgate(AuthgateSettings),
    /// Stack Auth
    StackAuth(StackAuthSettings),
    /// Neon Auth
    NeonAuth(NeonAuthSettings),
    /// Any issuer of standard tokens
    Oidc(Box<OidcSettings>),
    /// Token introspection
    Introspection(Box<IntrospectionSettings>),
}

/// `when_unavailable:` of a provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(try_from = "String")]
pub enum WhenUnavailable {
    /// The invocation fails, and nothing is allowed.
    #[default]
    Fail,
    /// `last_known_for 5m`: facts are used up to that age, but never past the token's own life.
    LastKnownFor(Duration),
}

/// The members as they stand.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    #[serde(default)]
    tiun: Option<TiunSettings>,
    #[serde(default)]
    authgate: Option<AuthgateSettings>,
    #[serde(default)]
    stack_auth: Option<StackAuthSettings>,
    #[serde(default)]
    neon_auth: Option<NeonAuthSettings>,
    #[serde(default)]
    oidc: Option<Box<OidcSettings>>,
    #[serde(default)]
    introspection: Option<Box<IntrospectionSettings>>,
    #[serde(default)]
    name: Option<String>,
    #[serde(default)]
    token_from: Option<Vec<TokenSource>>,
    #[serde(default)]
    cache_for: Option<CacheFor>,
    #[serde(default)]
    when_unavailable: WhenUnavailable,
}

/// `off`, or a time span.
#[derive(Deserialize)]
#[serde(try_from = "String")]
struct CacheFor(Duration);

/// A provider's entry that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ProviderSettingsError {
    /// No kind is named, or several.
    Kind,
    /// A name that cannot stand in logs and contexts.
    Name,
    /// `token_from: []`
    NoTokenSource,
    /// A place for tokens that is named twice.
    TokenSourceTwice(TokenSource),
    /// Neither `off` nor a time span.
    CacheFor,
    /// Neither `fail` nor `last_known_for` a time span.
    WhenUnavailable,
    /// Two providers of one name.
    NameTwice(String),
    /// Two providers take tokens from one place and nothing tells their tokens apart.
    NotToldApart(TokenSource, String, String),
}

impl fmt::Display for ProviderSettingsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Kind => f.write_str(
                "an entry of `providers` names one provider: `tiun`, `authgate`, `stack_auth`, \
                 `neon_auth`, `oidc` or `introspection`; each further one is an entry of its own",
            ),
            Self::Name => f.write_str(
                "the `name` of a provider has 1 to 32 lower-case letters, digits, `-` and `_`",
            ),
            Self::NoTokenSource => {
                f.write_str("`token_from` is empty: name where the token is, as in `[bearer]`")
            }
            Self::TokenSourceTwice(source) => write!(f, "`token_from` has `{source}` twice"),
            Self::CacheFor => {
                f.write_str("`cache_for` is a time span from `1s` to `24h`, as in `30s`, or `off`")
            }
            Self::WhenUnavailable => f.write_str(
                "`when_unavailable` is `fail`, or `last_known_for` a time span, as in \
                 `last_known_for 5m`",
            ),
            Self::NameTwice(name) => write!(
                f,
                "two providers are called `{name}`: give one a `name` of its own"
            ),
            Self::NotToldApart(source, one, other) => write!(
                f,
                "`{one}` and `{other}` both take tokens from `{source}`, and nothing tells their \
                 tokens apart: give one another place with `token_from`"
            ),
        }
    }
}

impl std::error::Error for ProviderSettingsError {}

impl TryFrom<String> for WhenUnavailable {
    type Error = ProviderSettingsError;

    fn try_from(text: String) -> Result<Self, ProviderSettingsError> {
        if text == "fail" {
            return Ok(Self::Fail);
        }
        text.strip_prefix("last_known_for ")
            .and_then(|span| TimeSpan::try_from(span.to_owned()).ok())
            .map(|span| Self::LastKnownFor(span.duration()))
            .ok_or(ProviderSettingsError::WhenUnavailable)
    }
}

impl TryFrom<String> for CacheFor {
    type Error = ProviderSettingsError;

    fn try_from(text: String) -> Result<Self, ProviderSettingsError> {
        if text == "off" {
            return Ok(Self(Duration::ZERO));
        }
        TimeSpan::try_from(text)
            .map(|span| Self(span.duration()))
            .map_err(|_| ProviderSettingsError::CacheFor)
    }
}

impl TryFrom<Entry> for ProviderSettings {
    type Error = ProviderSettingsError;

    fn try_from(entry: Entry) -> Result<Self, ProviderSettingsError> {
        let kinds = [
            entry.tiun.map(KindSettings::Tiun),
            entry.authgate.map(KindSettings::Authgate),
            entry.stack_auth.map(KindSettings::StackAuth),
            entry.neon_auth.map(KindSettings::NeonAuth),
            entry.oidc.map(KindSettings::Oidc),
            entry.introspection.map(KindSettings::Introspection),
        ];
        let mut kinds = kinds.into_iter().flatten();
        let (Some(kind), None) = (kinds.next(), kinds.next()) else {
            return Err(ProviderSettingsError::Kind);
        };
        let name = entry.name.unwrap_or_else(|| kind.name().to_owned());
        let allowed = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b"-_".contains(&b);
        if name.is_empty() || name.len() > 32 || !name.bytes().all(allowed) {
            return Err(ProviderSettingsError::Name);
        }
        let token_from = entry.token_from.unwrap_or_else(|| kind.token_from());
        for (number, source) in token_from.iter().enumerate() {
            if token_from.iter().take(number).any(|other| other == source) {
                return Err(ProviderSettingsError::TokenSourceTwice(source.clone()));
            }
        }
        if token_from.is_empty() {
            return Err(ProviderSettingsError::NoTokenSource);
        }
        Ok(Self {
            name,
            kind,
            token_from,
            cache_for: entry.cache_for.map_or(DEFAULT_CACHE, |CacheFor(span)| span),
            when_unavailable: entry.when_unavailable,
        })
    }
}

impl KindSettings {
    /// What it is called in the configuration.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Tiun(_) => "tiun",
            Self::Authgate(_) => "authgate",
            Self::StackAuth(_) => "stack_auth",
            Self::NeonAuth(_) => "neon_auth",
            Self::Oidc(_) => "oidc",
            Self::Introspection(_) => "introspection",
        }
    }

    /// Age from which its secrets are read again, if it is set.
    pub(crate) fn secret_max_age(&self) -> Option<Duration> {
        match self {
            Self::Tiun(tiun) => tiun.api_key_max_age.map(TimeSpan::duration),
            _ => None,
        }
    }

    /// Where the provider's own documents put the token.
    fn token_from(&self) -> Vec<TokenSource> {
        match self {
            Self::StackAuth(_) => vec![TokenSource::Header("x-stack-access-token".to_owned())],
            _ => vec![TokenSource::Bearer],
        }
    }

    /// What its tokens name as issuer; `None` if that cannot be relied on.
    fn issuers(&self) -> Option<Vec<String>> {
        match self {
            // Nothing is documented of the inside of tiun's tokens.
            Self::Tiun(_) | Self::Introspection(_) => None,
            Self::Authgate(_) => Some(vec![authgate::ISSUER.to_owned()]),
            Self::StackAuth(stack) | Self::NeonAuth(NeonAuthSettings::Stack(stack)) => {
                Some(stack.issuers())
            }
            Self::NeonAuth(NeonAuthSettings::Branch(branch)) => Some(vec![branch.origin()]),
            Self::Oidc(oidc) => oidc.issuer().map(|issuer| vec![issuer.to_owned()]),
        }
    }
}

impl ProviderSettings {
    /// The secrets it needs: their settings as in `tiun: api_key`, and where they are kept.
    pub fn secrets(&self) -> Vec<(String, &SecretRef)> {
        let secrets = match &self.kind {
            KindSettings::Tiun(tiun) => vec![("api_key", &tiun.api_key)],
            KindSettings::Authgate(authgate) => authgate.secrets(),
            KindSettings::StackAuth(stack)
            | KindSettings::NeonAuth(NeonAuthSettings::Stack(stack)) => stack.secrets(),
            KindSettings::NeonAuth(NeonAuthSettings::Branch(_)) => Vec::new(),
            KindSettings::Oidc(oidc) => oidc.secrets(),
            KindSettings::Introspection(endpoint) => endpoint.secrets(),
        };
        let named = |(setting, secret)| (format!("{}: {setting}", self.name), secret);
        secrets.into_iter().map(named).collect()
    }

    /// What its tokens are not checked for, on purpose.
    pub fn unchecked(&self) -> &[Unchecked] {
        match &self.kind {
            KindSettings::Oidc(oidc) => oidc.unchecked(),
            KindSettings::Introspection(endpoint) => endpoint.unchecked(),
            _ => &[],
        }
    }

    /// How long its facts may be used again.
    pub(crate) fn keep(&self) -> Keep {
        Keep {
            fresh: self.cache_for,
            whole: match &self.kind {
                KindSettings::Tiun(_) => Some(tiun::LIFETIME),
                KindSettings::Authgate(_) => Some(authgate::LIFETIME),
                _ => None,
            },
            last_known: match self.when_unavailable {
                WhenUnavailable::Fail => None,
                WhenUnavailable::LastKnownFor(span) => Some(span),
            },
        }
    }

    /// How long its tokens live, by its own rule or by what the settings demand; `None` if nothing
    /// says.
    pub fn token_life(&self) -> Option<Duration> {
        match &self.kind {
            KindSettings::Tiun(_) => Some(tiun::LIFETIME),
            KindSettings::Authgate(_) => Some(authgate::LIFETIME),
            KindSettings::StackAuth(_) | KindSettings::NeonAuth(NeonAuthSettings::Stack(_)) => {
                Some(stack_auth::LIFETIME)
            }
            KindSettings::NeonAuth(NeonAuthSettings::Branch(_)) => Some(neon_auth::LIFETIME),
            KindSettings::Oidc(oidc) => oidc.token_form().max_lifetime,
            KindSettings::Introspection(_) => None,
        }
    }

    /// Whether it says of every token when it expires, so that an answer can end with it.
    pub fn tells_expiry(&self) -> bool {
        match &self.kind {
            // An answer to introspection may do without `exp` (RFC 7662, section 2.2).
            KindSettings::Tiun(_) | KindSettings::Introspection(_) => false,
            KindSettings::Authgate(_)
            | KindSettings::StackAuth(_)
            | KindSettings::NeonAuth(_)
            | KindSettings::Oidc(_) => true,
        }
    }

    /// Whether it takes tokens from there.
    pub(crate) fn takes_from(&self, source: &TokenSource) -> bool {
        self.token_from.contains(source)
    }

    /// What its tokens name as issuer; `None` if that cannot be relied on.
    pub(crate) fn issuers(&self) -> Option<Vec<String>> {
        self.kind.issuers()
    }

    /// Checks that a token of one of these providers can always be told from another's.
    ///
    /// # Errors
    /// Two of one name, or two that nothing tells apart.
    pub fn check_together(providers: &[Self]) -> Result<(), ProviderSettingsError> {
        for (number, one) in providers.iter().enumerate() {
            for other in providers.iter().skip(number + 1) {
                if one.name == other.name {
                    return Err(ProviderSettingsError::NameTwice(one.name.clone()));
                }
                let alike = match (one.issuers(), other.issuers()) {
                    (None, None) => true,
                    (Some(one), Some(other)) => one.iter().any(|issuer| other.contains(issuer)),
                    // Whoever is not named as issuer is the other one.
                    _ => false,
                };
                let shared = one
                    .token_from
                    .iter()
                    .find(|source| other.takes_from(source));
                if let (true, Some(source)) = (alike, shared) {
                    let (one, other) = (one.name.clone(), other.name.clone());
                    return Err(ProviderSettingsError::NotToldApart(
                        source.clone(),
                        one,
                        other,
                    ));
                }
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
