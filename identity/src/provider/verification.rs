//! How a provider's tokens are verified for a policy: which way, why that one, and what is then known.

use tollgate_engine::{FactSet, Needs};

use super::settings::{KindSettings, ProviderSettings};
use crate::authgate::AuthgateSettings;
use crate::mode::Mode;
use crate::neon_auth::{BranchSettings, NeonAuthSettings};
use crate::stack_auth::StackAuthSettings;
use crate::tiun;

/// How a provider's tokens are verified for a policy, and why so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verification {
    /// The way.
    pub mode: Mode,
    /// Why, as a clause: `the token carries all that the policy asks for`.
    pub why: String,
    /// What is known of a user verified that way.
    pub facts: FactSet,
}

impl ProviderSettings {
    /// How its tokens are verified for a policy with these needs.
    pub fn mode(&self, needs: &Needs) -> Mode {
        match &self.kind {
            KindSettings::Tiun(_) | KindSettings::Introspection(_) => Mode::Rest,
            KindSettings::Authgate(authgate) => authgate.mode(needs),
            KindSettings::StackAuth(stack)
            | KindSettings::NeonAuth(NeonAuthSettings::Stack(stack)) => stack.mode(needs),
            KindSettings::NeonAuth(NeonAuthSettings::Branch(_)) | KindSettings::Oidc(_) => {
                Mode::Jwt
            }
        }
    }

    /// The same with the reason, and what is known of a user verified that way.
    pub fn verification(&self, needs: &Needs) -> Verification {
        let mode = self.mode(needs);
        let facts = match &self.kind {
            KindSettings::Tiun(_) => tiun::FACTS,
            KindSettings::Authgate(_) => AuthgateSettings::facts(mode),
            KindSettings::StackAuth(_) | KindSettings::NeonAuth(NeonAuthSettings::Stack(_)) => {
                StackAuthSettings::facts(mode, needs)
            }
            KindSettings::NeonAuth(NeonAuthSettings::Branch(_)) => BranchSettings::FACTS,
            KindSettings::Oidc(oidc) => oidc.facts(),
            KindSettings::Introspection(endpoint) => endpoint.facts(),
        };
        let why = match (self.token_is_enough(needs), mode) {
            (None, Mode::Jwt) => "its tokens are signed with published or shared keys".to_owned(),
            (None, Mode::Rest) => "only the provider can tell whose its tokens are".to_owned(),
            (Some(true), Mode::Jwt) => "the token carries all that the policy asks for".to_owned(),
            (Some(false), Mode::Jwt) => {
                "the server is not to be asked, so what the token does not carry is unknown"
                    .to_owned()
            }
            (Some(true), Mode::Rest) => "`verify: rest` says so".to_owned(),
            (Some(false), Mode::Rest) => format!(
                "the token does not carry all that the policy asks for ({})",
                match self.kind {
                    KindSettings::Authgate(_) => needs.facts,
                    _ => StackAuthSettings::only_the_server_tells(needs),
                }
            ),
        };
        Verification { mode, why, facts }
    }

    /// Whether a token alone tells what is needed, of a provider that can be used in both ways.
    fn token_is_enough(&self, needs: &Needs) -> Option<bool> {
        match &self.kind {
            KindSettings::Authgate(authgate) if authgate.local_hs256_secret.is_some() => {
                Some(authgate.mode(needs) == Mode::Jwt)
            }
            KindSettings::StackAuth(_) | KindSettings::NeonAuth(NeonAuthSettings::Stack(_)) => {
                Some(StackAuthSettings::token_is_enough(needs))
            }
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests;
