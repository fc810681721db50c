//! An issuer's part of the configuration.

use std::fmt;
use std::path::PathBuf;

use serde::Deserialize;

use crate::jwks::KeyLocation;
use crate::jwt::{self, Algorithm, Audience, Rules, Typ};
use crate::mapping::{ClaimsSettings, Mapping, Preset, Requirement, UserWritable};
use crate::secret_ref::SecretRef;
use crate::setting::{Audiences, BaseUrl, EndpointUrl, TimeSpan};
use crate::token_form::TokenForm;

/// How an issuer's tokens are verified.
///
/// ```yaml
/// - oidc:
///     issuer: https://example.eu.auth0.com/
///     audience: https://api.example.com
///     preset: auth0
///     claims:
///       roles: [ "https://example.com/roles" ]
/// ```
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(try_from = "Written")]
pub struct OidcSettings(Written);

#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    /// `iss`, to the letter; a slash at the end counts.
    #[serde(default)]
    issuer: Option<String>,
    /// Whom tokens must be meant for.
    #[serde(default)]
    audience: Option<Audiences>,
    /// Where tokens name their audience, in the order of looking; `aud`, or the preset's.
    #[serde(default)]
    audience_claims: Option<Vec<String>>,
    /// What tokens may be signed with.
    #[serde(default)]
    algorithms: Option<Vec<Algorithm>>,
    /// What is not checked, on purpose.
    #[serde(default)]
    unchecked: Vec<Unchecked>,
    /// Where the keys are; where discovery says unless set.
    #[serde(default)]
    keys: Option<KeysSetting>,
    #[serde(default)]
    preset: Option<Preset>,
    /// `at+jwt` takes access tokens of RFC 9068 alone.
    #[serde(default)]
    typ: Option<TypSetting>,
    /// How far clocks may be apart; 30 s unless set.
    #[serde(default)]
    skew: Option<TimeSpan>,
    /// Most time from `iat` to `exp`.
    #[serde(default)]
    max_lifetime: Option<TimeSpan>,
    #[serde(default)]
    claims: ClaimsSettings,
    /// What else a token must say to be a user's; see [`Requirement`].
    #[serde(default)]
    require: Vec<Requirement>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
enum TypSetting {
    #[serde(rename = "any")]
    Any,
    #[serde(rename = "at+jwt")]
    AccessToken,
}

/// Something every token should be checked for, and is not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unchecked {
    /// Tokens of any issuer that the keys verify.
    Issuer,
    /// Tokens meant for anybody.
    Audience,
    /// Whatever algorithm a key is for; never none, and never a shared secret.
    Algorithms,
}

/// Where the keys are.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum KeysSetting {
    /// Where the issuer's discovery document says.
    Discovery,
    /// The address of the JWKS.
    Url(EndpointUrl),
    /// A JWKS that comes with the function.
    File(PathBuf),
    /// A secret shared with the issuer, for HS256 and its like.
    Secret(SecretRef),
}

/// Settings that do not go together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OidcSettingsError {
    /// Something that must be checked is neither set nor under `unchecked`.
    NotSet(Unchecked),
    /// Something is both set and under `unchecked`.
    SetAndUnchecked(Unchecked),
    /// An empty text or list where one must be checked for.
    Empty(Unchecked),
    /// Discovery without an issuer that could be asked.
    Discovery,
    /// A shared secret with an algorithm of key pairs, or the other way round.
    Symmetric,
    /// No claim to look for the audience in.
    AudienceClaims,
    /// Neither issuer nor audience, of an issuer whose customers all have the same keys.
    SharedKeys,
    /// A claim that users write themselves.
    UserWritable(&'static str),
    /// A skew that would make expiry meaningless.
    Skew,
}

/// Most skew that can be set: tokens live for minutes.
const MAX_SKEW: std::time::Duration = std::time::Duration::from_mins(5);

impl fmt::Display for Unchecked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Issuer => "issuer",
            Self::Audience => "audience",
            Self::Algorithms => "algorithms",
        })
    }
}

impl fmt::Display for OidcSettingsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("oidc: ")?;
        match self {
            Self::NotSet(what) => write!(
                f,
                "`{what}` is missing: a token must be checked for it. To go without, say so: \
                 `unchecked: [{what}]`"
            ),
            Self::SetAndUnchecked(what) => write!(
                f,
                "`{what}` is set and also under `unchecked`: take one of the two out"
            ),
            Self::Empty(what) => write!(f, "`{what}` is empty, so no token could ever be accepted"),
            Self::Discovery => f.write_str(
                "the keys are looked for by discovery, so `issuer` must be an `https://` address; \
                 or name the keys: `keys: { url: https://… }` or `keys: { file: … }`",
            ),
            Self::Symmetric => f.write_str(
                "HS256, HS384 and HS512 go with `keys: { secret: ssm:/… }`, and that with nothing \
                 else: a public key must never verify what a secret signed",
            ),
            Self::AudienceClaims => f.write_str("`audience_claims` names no claim"),
            Self::SharedKeys => f.write_str(
                "all customers of this issuer have their tokens signed with the same keys: one of \
                 `issuer` and `audience` must be checked",
            ),
            Self::UserWritable(claim) => write!(f, "{}", UserWritable(claim)),
            Self::Skew => f.write_str("`skew` is more than 5m, longer than many tokens live"),
        }
    }
}

impl std::error::Error for OidcSettingsError {}

impl TryFrom<Written> for OidcSettings {
    type Error = OidcSettingsError;

    fn try_from(written: Written) -> Result<Self, OidcSettingsError> {
        let settings = Self(written);
        settings.check()?;
        Ok(settings)
    }
}

impl OidcSettings {
    fn check(&self) -> Result<(), OidcSettingsError> {
        use OidcSettingsError as E;
        let written = &self.0;
        let issuer = written.issuer.as_deref();
        let algorithms = self.algorithms();
        for (what, set, is_empty) in [
            (Unchecked::Issuer, issuer.is_some(), issuer == Some("")),
            (
                Unchecked::Audience,
                written.audience.is_some(),
                written
                    .audience
                    .as_ref()
                    .is_some_and(Audiences::name_nobody),
            ),
            (
                Unchecked::Algorithms,
                written.algorithms.is_some(),
                written.algorithms.as_ref().is_some_and(Vec::is_empty),
            ),
        ] {
            // A preset knows what its issuer signs with.
            let preset = what == Unchecked::Algorithms && written.preset.is_some();
            match (set, self.skips(what)) {
                (true, true) => return Err(E::SetAndUnchecked(what)),
                (false, false) if !preset => return Err(E::NotSet(what)),
                _ if is_empty => return Err(E::Empty(what)),
                _ => {}
            }
        }
        let shared = matches!(written.keys, Some(KeysSetting::Secret(_)));
        if algorithms
            .iter()
            .any(|algorithm| algorithm.is_symmetric() != shared)
        {
            return Err(E::Symmetric);
        }
        let by_discovery = matches!(self.key_location(), KeyLocation::Discovery { .. }) && !shared;
        if by_discovery
            && issuer
                .and_then(|issuer| issuer.parse::<BaseUrl>().ok())
                .is_none()
        {
            return Err(E::Discovery);
        }
        let nameless =
            |claims: &Vec<String>| claims.is_empty() || claims.iter().any(String::is_empty);
        if written.audience_claims.as_ref().is_some_and(nameless) {
            return Err(E::AudienceClaims);
        }
        if written.preset.is_some_and(Preset::shares_keys)
            && self.skips(Unchecked::Issuer)
            && self.skips(Unchecked::Audience)
        {
            return Err(E::SharedKeys);
        }
        if let Some(claim) = self.mapping().user_writable(&written.require) {
            return Err(E::UserWritable(claim));
        }
        if written.skew.is_some_and(|skew| skew.duration() > MAX_SKEW) {
            return Err(E::Skew);
        }
        Ok(())
    }

    fn skips(&self, what: Unchecked) -> bool {
        self.0.unchecked.contains(&what)
    }

    fn algorithms(&self) -> Vec<Algorithm> {
        match (&self.0.algorithms, self.0.preset) {
            (Some(algorithms), _) => algorithms.clone(),
            (None, _) if self.skips(Unchecked::Algorithms) => Algorithm::ALL
                .into_iter()
                .filter(|algorithm| !algorithm.is_symmetric())
                .collect(),
            (None, preset) => preset.map(Preset::algorithms).unwrap_or_default(),
        }
    }

    /// The secrets it needs, and their settings.
    pub(crate) fn secrets(&self) -> Vec<(&'static str, &SecretRef)> {
        match &self.0.keys {
            Some(KeysSetting::Secret(secret)) => vec![("keys: secret", secret)],
            _ => Vec::new(),
        }
    }

    /// The issuer its tokens name; `None` if it is not checked.
    pub(crate) fn issuer(&self) -> Option<&str> {
        self.0.issuer.as_deref()
    }

    /// What is not checked, on purpose.
    pub fn unchecked(&self) -> &[Unchecked] {
        &self.0.unchecked
    }

    pub(super) fn rules(&self) -> Rules {
        let claims = match (&self.0.audience_claims, self.0.preset) {
            (Some(claims), _) => claims.clone(),
            (None, Some(preset)) => preset
                .audience_claims()
                .iter()
                .map(|claim| (*claim).to_owned())
                .collect(),
            (None, None) => vec!["aud".to_owned()],
        };
        Rules {
            issuers: self.0.issuer.iter().cloned().collect(),
            audience: self.0.audience.clone().map(|accepted| Audience {
                accepted: accepted.0,
                claims,
            }),
            algorithms: self.algorithms(),
            typ: match self.0.typ {
                Some(TypSetting::AccessToken) => Typ::AccessToken,
                Some(TypSetting::Any) | None => Typ::Any,
            },
            skew: self.0.skew.map_or(jwt::DEFAULT_SKEW, TimeSpan::duration),
            max_lifetime: self.0.max_lifetime.map(TimeSpan::duration),
        }
    }

    pub(super) fn key_location(&self) -> KeyLocation {
        match &self.0.keys {
            Some(KeysSetting::Url(url)) => KeyLocation::Url(url.url().clone()),
            Some(KeysSetting::File(path)) => KeyLocation::File(path.clone()),
            Some(KeysSetting::Discovery | KeysSetting::Secret(_)) | None => {
                let preset = self.0.preset.and_then(Preset::keys);
                match preset.and_then(|url| url.parse::<EndpointUrl>().ok()) {
                    Some(url) if self.0.keys.is_none() => KeyLocation::Url(url.url().clone()),
                    _ => KeyLocation::Discovery {
                        issuer: self.0.issuer.clone().unwrap_or_default(),
                    },
                }
            }
        }
    }

    /// With the keys, or the shared secret, of a stand-in in place of the issuer's; what tokens must
    /// say stays.
    #[must_use]
    pub fn with_keys(mut self, published: EndpointUrl, shared: SecretRef) -> Self {
        self.0.keys = Some(match self.0.keys {
            Some(KeysSetting::Secret(_)) => KeysSetting::Secret(shared),
            _ => KeysSetting::Url(published),
        });
        self
    }

    /// The tokens that are taken.
    pub fn token_form(&self) -> TokenForm {
        let rules = self.rules();
        TokenForm {
            issuer: self.0.issuer.clone(),
            algorithms: rules.algorithms,
            is_access_token: rules.typ == Typ::AccessToken,
            max_lifetime: rules.max_lifetime,
            audience: rules.audience,
            mapping: self.mapping(),
            requirements: self.requirements(),
        }
    }

    pub(super) fn mapping(&self) -> Mapping {
        Mapping::new(self.0.preset, &self.0.claims)
    }

    pub(super) fn requirements(&self) -> Vec<Requirement> {
        Requirement::all(self.0.preset, &self.0.require)
    }
}

#[cfg(test)]
mod tests;
