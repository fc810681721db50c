//! An introspection endpoint's part of the configuration.

use std::fmt;

use serde::Deserialize;
use serde_json::Value;

use crate::jwt::Audience;
use crate::mapping::{ClaimsSettings, Mapping, Preset, Requirement, UserWritable};
use crate::oidc::Unchecked;
use crate::secret_ref::SecretRef;
use crate::setting::{Audiences, EndpointUrl};
use crate::token_form::TokenForm;

/// How tokens are introspected.
///
/// ```yaml
/// - introspection:
///     url: https://id.example.com/token/introspection
///     client_id: tollgate
///     client_secret: ssm:/tollgate/introspection
///     audience: https://api.example.com
/// ```
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(try_from = "Written")]
pub struct IntrospectionSettings {
    /// The endpoint.
    pub url: EndpointUrl,
    /// Our client's ID there.
    pub client_id: String,
    /// Where its secret is kept.
    pub client_secret: SecretRef,
    /// How the secret is sent.
    pub auth: ClientAuth,
    issuer: Option<String>,
    audience: Option<Vec<String>>,
    preset: Option<Preset>,
    claims: ClaimsSettings,
    require: Vec<Requirement>,
}

/// How a client says who it is (RFC 6749 section 2.3.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClientAuth {
    /// In the `Authorization` header.
    #[default]
    Basic,
    /// In the body.
    Post,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    url: EndpointUrl,
    client_id: String,
    client_secret: SecretRef,
    #[serde(default)]
    auth: ClientAuth,
    #[serde(default)]
    issuer: Option<String>,
    #[serde(default)]
    audience: Option<Audiences>,
    #[serde(default)]
    unchecked: Vec<Unchecked>,
    #[serde(default)]
    preset: Option<Preset>,
    #[serde(default)]
    claims: ClaimsSettings,
    #[serde(default)]
    require: Vec<Requirement>,
}

/// Settings that do not go together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IntrospectionSettingsError {
    /// Nothing says for whom tokens must be meant, nor that it does not matter.
    Audience,
    /// Only the audience can go unchecked.
    Unchecked,
    /// An ID, issuer or audience is empty.
    Empty,
    /// A claim that users write themselves.
    UserWritable(&'static str),
}

impl fmt::Display for IntrospectionSettingsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("introspection: ")?;
        f.write_str(match self {
            Self::Audience => {
                "`audience` is missing: a token must be checked for it. To go \
                 without, say so: `unchecked: [audience]`"
            }
            Self::Unchecked => {
                "only `audience` can go unchecked, and then it is not set; the \
                 issuer is the server that is asked"
            }
            Self::Empty => "`client_id`, `issuer` and `audience` are never empty",
            Self::UserWritable(claim) => return UserWritable(claim).fmt(f),
        })
    }
}

impl std::error::Error for IntrospectionSettingsError {}

impl TryFrom<Written> for IntrospectionSettings {
    type Error = IntrospectionSettingsError;

    fn try_from(written: Written) -> Result<Self, IntrospectionSettingsError> {
        use IntrospectionSettingsError as E;
        match (&written.audience, written.unchecked.as_slice()) {
            (Some(_), []) | (None, [Unchecked::Audience]) => {}
            (None, []) => return Err(E::Audience),
            _ => return Err(E::Unchecked),
        }
        let empty = written.client_id.is_empty()
            || written.issuer.as_deref() == Some("")
            || written
                .audience
                .as_ref()
                .is_some_and(Audiences::name_nobody);
        if empty {
            return Err(E::Empty);
        }
        let settings = Self {
            url: written.url,
            client_id: written.client_id,
            client_secret: written.client_secret,
            auth: written.auth,
            issuer: written.issuer,
            audience: written.audience.map(|audience| audience.0),
            preset: written.preset,
            claims: written.claims,
            require: written.require,
        };
        match settings.mapping().user_writable(&settings.require) {
            Some(claim) => Err(E::UserWritable(claim)),
            None => Ok(settings),
        }
    }
}

impl IntrospectionSettings {
    /// What its tokens are not checked for, on purpose.
    pub fn unchecked(&self) -> &[Unchecked] {
        match self.audience {
            Some(_) => &[],
            None => &[Unchecked::Audience],
        }
    }

    /// The secrets it needs, and their settings.
    pub(crate) fn secrets(&self) -> Vec<(&'static str, &SecretRef)> {
        vec![("client_secret", &self.client_secret)]
    }

    /// The tokens that are taken, and what is answered about them.
    pub fn token_form(&self) -> TokenForm {
        TokenForm {
            issuer: self.issuer.clone(),
            algorithms: Vec::new(),
            is_access_token: false,
            max_lifetime: None,
            audience: self.audience.as_ref().map(|accepted| Audience {
                accepted: accepted.clone(),
                claims: vec!["aud".to_owned()],
            }),
            mapping: self.mapping(),
            requirements: self.requirements(),
        }
    }

    pub(super) fn mapping(&self) -> Mapping {
        Mapping::new(self.preset, &self.claims)
    }

    pub(super) fn requirements(&self) -> Vec<Requirement> {
        Requirement::all(self.preset, &self.require)
    }

    /// Whether the answer is about a token of the issuer that is asked for, if one is.
    pub(super) fn issuer_fits(&self, claims: &Value) -> bool {
        self.issuer.is_none() || claims.get("iss").and_then(Value::as_str) == self.issuer.as_deref()
    }

    /// Whether the token is meant for one of the audiences; `aud` is a text or a list of texts.
    pub(super) fn audience_fits(&self, claims: &Value) -> bool {
        let Some(accepted) = &self.audience else {
            return true;
        };
        let is_ours = |name: &Value| {
            name.as_str()
                .is_some_and(|name| accepted.iter().any(|ours| ours == name))
        };
        match claims.get("aud") {
            Some(Value::Array(names)) => names.iter().any(is_ours),
            Some(name) => is_ours(name),
            None => false,
        }
    }
}

#[cfg(test)]
mod tests;
