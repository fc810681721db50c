//! A provider of the configuration, and the stand-in that `tollgate dev` runs in its place.

use std::fmt;
use std::time::Duration;

use crate::authgate::AuthGateStandIn;
use crate::fault::NamedFault;
use crate::issuer::IssuerStandIn;
use crate::neon_auth::NeonAuthStandIn;
use crate::place::Place;
use crate::stack_auth::StackAuthStandIn;
use crate::stand_in::{TokenError, UnknownUser};
use crate::tiun::TiunStandIn;
use crate::token::Validity;
use crate::users::{Change, User, Users};

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

/// Calls the same method of whichever stand-in it is.
macro_rules! of_any {
    ($stand_in:expr, $inner:ident => $call:expr) => {
        match $stand_in {
            StandIn::Tiun($inner) => $call,
            StandIn::AuthGate($inner) => $call,
            StandIn::StackAuth($inner) => $call,
            StandIn::NeonAuth($inner) => $call,
            StandIn::Issuer($inner) | StandIn::BriefIssuer($inner) => $call,
        }
    };
}

impl fmt::Debug for StandIn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        of_any!(self, one => one.fmt(f))
    }
}

impl StandIn {
    /// The base of its URLs.
    pub fn url(&self) -> String {
        of_any!(self, one => one.url())
    }

    /// The page on which a person signs in; `?return_to=` leads back to an application.
    pub fn sign_in_url(&self) -> String {
        of_any!(self, one => one.sign_in_url())
    }

    /// Calls it by its name in the configuration.
    pub fn set_name(&self, name: &str) {
        of_any!(self, one => one.set_name(name));
    }

    /// The token to print for the user of this name: where it can be, the same in every run. `None` for a
    /// name it does not know, or when it can't be signed.
    pub fn token(&self, name: &str) -> Option<String> {
        self.token_to_order(name, Validity::Development).ok()
    }

    /// A token for the user of this name that is this good. Where tokens may not live for long,
    /// [`Validity::Development`] is a fresh one.
    ///
    /// # Errors
    /// For a name it does not know, or when it can't be signed.
    pub fn token_to_order(&self, name: &str, validity: Validity) -> Result<String, TokenError> {
        let validity = match (self, validity) {
            (Self::BriefIssuer(_), Validity::Development) => Validity::Fresh,
            _ => validity,
        };
        of_any!(self, one => one.issue(name, validity))
    }

    /// The users it serves, by name.
    pub fn users(&self) -> Vec<(String, User)> {
        of_any!(self, one => one.users())
    }

    /// Replaces the users, and forgets what was changed of them.
    pub fn set_users(&self, users: Users) {
        of_any!(self, one => one.set_users(users));
    }

    /// Changes the user of this name until the users are replaced.
    ///
    /// # Errors
    /// When there is none.
    pub fn change_user(&self, name: &str, change: &Change) -> Result<(), UnknownUser> {
        of_any!(self, one => one.change_user(name, change))
    }

    /// Makes the user of this name what the users file says again.
    ///
    /// # Errors
    /// When there is none.
    pub fn restore_user(&self, name: &str) -> Result<(), UnknownUser> {
        of_any!(self, one => one.restore_user(name))
    }

    /// Whether the user of this name is another than in the users file.
    pub fn is_user_changed(&self, name: &str) -> bool {
        of_any!(self, one => one.is_user_changed(name))
    }

    /// Lets every request meet this fault until another is set.
    pub fn set_fault(&self, fault: NamedFault) {
        of_any!(self, one => one.set_fault(fault));
    }

    /// The fault that every request meets.
    pub fn fault(&self) -> NamedFault {
        of_any!(self, one => one.fault())
    }

    /// Lets everything come this much later.
    pub fn set_latency(&self, latency: Duration) {
        of_any!(self, one => one.set_latency(latency));
    }

    /// How much later everything comes.
    pub fn latency(&self) -> Duration {
        of_any!(self, one => one.latency())
    }

    /// Where people may be sent back to beside addresses of this machine; only an issuer sends them there.
    pub fn set_redirect_uris(&self, uris: Vec<String>) {
        if let Self::Issuer(issuer) | Self::BriefIssuer(issuer) = self {
            issuer.set_redirect_uris(uris);
        }
    }

    /// Which provider it stands in for, beside the name in the configuration.
    pub fn kind(&self) -> String {
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

/// Changes the user of this name at all providers: a user is one person.
///
/// # Errors
/// When there is no such user.
pub fn change_user(providers: &[Provider], name: &str, change: &Change) -> Result<(), UnknownUser> {
    let mut providers = providers.iter();
    providers.try_for_each(|provider| provider.stand_in.change_user(name, change))
}

/// Makes the user of this name what the users file says again, at all providers.
///
/// # Errors
/// When there is no such user.
pub fn restore_user(providers: &[Provider], name: &str) -> Result<(), UnknownUser> {
    let mut providers = providers.iter();
    providers.try_for_each(|provider| provider.stand_in.restore_user(name))
}

/// Whether the user of this name is another than in the users file, at any provider.
pub fn is_user_changed(providers: &[Provider], name: &str) -> bool {
    let mut providers = providers.iter();
    providers.any(|provider| provider.stand_in.is_user_changed(name))
}
