//! A provider of the configuration, and the stand-in that `tollgate dev` runs in its place.

use std::fmt;

use crate::authgate::AuthGateStandIn;
use crate::issuer::IssuerStandIn;
use crate::neon_auth::NeonAuthStandIn;
use crate::place::Place;
use crate::stack_auth::StackAuthStandIn;
use crate::tiun::TiunStandIn;
use crate::users::{User, Users};

/// A provider, as far as its users are concerned.
#[derive(Debug)]
pub struct Provider {
    /// What the configuration calls it.
    pub name: String,
    /// Where its tokens are looked for first.
    pub place: Place,
    /// Whether it tells what a user bought.
    pub tells_products: bool,
    /// What runs in its place.
    pub stand_in: StandIn,
}

/// A running stand-in of any kind.
pub enum StandIn {
    /// For tiun.
    Tiun(TiunStandIn),
    /// For `AuthGate`.
    AuthGate(AuthGateStandIn),
    /// For Stack Auth, and for Neon Auth's older form.
    StackAuth(StackAuthStandIn),
    /// For Neon Auth.
    NeonAuth(NeonAuthStandIn),
    /// For an issuer of tokens and its introspection endpoint.
    Issuer(IssuerStandIn),
    /// For an issuer whose tokens may not live for long: they are new each time.
    BriefIssuer(IssuerStandIn),
}

impl fmt::Debug for StandIn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tiun(tiun) => tiun.fmt(f),
            Self::AuthGate(authgate) => authgate.fmt(f),
            Self::StackAuth(stack) => stack.fmt(f),
            Self::NeonAuth(neon) => neon.fmt(f),
            Self::Issuer(issuer) | Self::BriefIssuer(issuer) => issuer.fmt(f),
        }
    }
}

impl StandIn {
    /// The base of its URLs.
    pub fn url(&self) -> String {
        match self {
            Self::Tiun(tiun) => tiun.url(),
            Self::AuthGate(authgate) => authgate.url(),
            Self::StackAuth(stack) => stack.url(),
            Self::NeonAuth(neon) => neon.url(),
            Self::Issuer(issuer) | Self::BriefIssuer(issuer) => issuer.url(),
        }
    }

    /// The token to print for the user of this name: where it can be, the same in every run. `None` for a
    /// name it does not know, or when it can't be signed.
    pub fn token(&self, name: &str) -> Option<String> {
        match self {
            Self::Tiun(tiun) => tiun.development_token(name),
            Self::AuthGate(authgate) => authgate.development_token(name).ok(),
            Self::StackAuth(stack) => stack.development_token(name).ok(),
            Self::NeonAuth(neon) => neon.development_token(name).ok(),
            Self::Issuer(issuer) => issuer.development_token(name).ok(),
            Self::BriefIssuer(issuer) => issuer.token(name).ok(),
        }
    }

    /// The users it serves, by name.
    pub fn users(&self) -> Vec<(String, User)> {
        match self {
            Self::Tiun(tiun) => tiun.users(),
            Self::AuthGate(authgate) => authgate.users(),
            Self::StackAuth(stack) => stack.users(),
            Self::NeonAuth(neon) => neon.users(),
            Self::Issuer(issuer) | Self::BriefIssuer(issuer) => issuer.users(),
        }
    }

    /// Replaces the users.
    pub fn set_users(&self, users: Users) {
        match self {
            Self::Tiun(tiun) => tiun.set_users(users),
            Self::AuthGate(authgate) => authgate.set_users(users),
            Self::StackAuth(stack) => stack.set_users(users),
            Self::NeonAuth(neon) => neon.set_users(users),
            Self::Issuer(issuer) | Self::BriefIssuer(issuer) => issuer.set_users(users),
        }
    }

    /// Which provider it stands in for, beside the name in the configuration.
    pub(super) fn kind(&self) -> String {
        match self {
            Self::Tiun(tiun) => format!("tiun ({})", tiun.environment().name()),
            Self::AuthGate(_) => "AuthGate".to_owned(),
            Self::StackAuth(stack) => format!("Stack Auth (project {})", stack.project()),
            Self::NeonAuth(_) => "Neon Auth".to_owned(),
            Self::Issuer(issuer) | Self::BriefIssuer(issuer) => match issuer.issuer() {
                own if own.starts_with(&issuer.url()) => "an issuer".to_owned(),
                other => format!("the issuer {other}"),
            },
        }
    }

    /// Whether its tokens tell of their user, so that they change with the users file.
    pub(super) fn has_telling_tokens(&self) -> bool {
        !matches!(self, Self::Tiun(_) | Self::AuthGate(_))
    }
}
