//! When a token is good, and what makes it differ from all others.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::users::TokenState;

/// Issue and expiry of development tokens, in seconds since 1970: 2026-01-01 and 2100-01-01 UTC.
/// Fixed, so that a token pasted into a script still works after a restart.
const DEVELOPMENT: (u64, u64) = (1_767_225_600, 4_102_444_800);

/// How long a token is to be good.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Validity {
    /// The same in every run: until the year 2100, or over since 2026 for a user whose token is expired.
    Development,
    /// As long as the provider's own; over, for a user whose token is expired.
    Fresh,
    /// This long from now on.
    For(Duration),
    /// Over since a second ago.
    Expired,
}

impl Validity {
    /// For a user whose token is in this state, from a provider whose tokens live this long.
    pub(crate) fn period(self, state: TokenState, now: SystemTime, lifetime: Duration) -> Period {
        match self {
            Self::Development => Period::development(state, lifetime),
            Self::Fresh => Period::fresh(state, now, lifetime),
            Self::For(time) => Period::fresh(TokenState::Good, now, time),
            Self::Expired => Period::fresh(TokenState::Expired, now, lifetime),
        }
    }
}

/// What a token is issued on, beside its user.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Terms {
    /// When it is good.
    pub(crate) period: Period,
    /// Whether it is to be the same every time.
    pub(crate) repeatable: bool,
    /// The port of the server, which is in the name of some issuers.
    pub(crate) port: u16,
}

impl Terms {
    /// What makes the token differ from all others, unless it is to be the same every time.
    pub(crate) fn id(&self) -> String {
        if self.repeatable {
            "development".to_owned()
        } else {
            unique()
        }
    }
}

/// From when to when a token is good, in seconds since 1970.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Period {
    /// Issued at.
    pub(crate) iat: u64,
    /// Expires at; the token is good before it.
    pub(crate) exp: u64,
}

impl Period {
    /// `lifetime` from `now` on; past already for a user whose token is expired.
    pub(crate) fn fresh(state: TokenState, now: SystemTime, lifetime: Duration) -> Self {
        let iat = match state {
            TokenState::Good => seconds(now),
            TokenState::Expired => seconds(now).saturating_sub(lifetime.as_secs() + 1),
        };
        Self {
            iat,
            exp: iat.saturating_add(lifetime.as_secs()),
        }
    }

    /// The same in every run: until the year 2100, or expired since 2026.
    pub(crate) fn development(state: TokenState, lifetime: Duration) -> Self {
        let (iat, end) = DEVELOPMENT;
        let exp = match state {
            TokenState::Good => end,
            TokenState::Expired => iat.saturating_add(lifetime.as_secs()),
        };
        Self { iat, exp }
    }
}

/// Since 1970.
pub(crate) fn seconds(time: SystemTime) -> u64 {
    time.duration_since(UNIX_EPOCH)
        .unwrap_or_default()
        .as_secs()
}

/// A text that no other token has: 12 base64url characters.
pub(crate) fn unique() -> String {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    let unique = format!("{count} {} {}", since.as_nanos(), std::process::id());
    let id = digest(&SHA256, unique.as_bytes());
    URL_SAFE_NO_PAD.encode(id.as_ref().get(..9).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIFETIME: Duration = Duration::from_mins(5);

    #[test]
    fn a_fresh_period_is_a_lifetime_from_now_or_just_over() {
        let now = UNIX_EPOCH + Duration::from_secs(1_000);
        let period = |state| {
            let Period { iat, exp } = Period::fresh(state, now, LIFETIME);
            (iat, exp)
        };
        assert_eq!(period(TokenState::Good), (1_000, 1_300));
        assert_eq!(period(TokenState::Expired), (699, 999));
    }

    #[test]
    fn a_development_period_is_for_decades_or_over_for_long() {
        let now = seconds(SystemTime::now());
        assert!(Period::development(TokenState::Good, LIFETIME).exp > now);
        assert!(Period::development(TokenState::Expired, LIFETIME).exp < now);
    }

    #[test]
    fn a_token_to_order_is_good_as_long_as_was_asked() {
        let now = UNIX_EPOCH + Duration::from_secs(1_000);
        let exp = |validity: Validity| validity.period(TokenState::Good, now, LIFETIME).exp;
        assert_eq!(exp(Validity::Fresh), 1_300);
        assert_eq!(exp(Validity::For(Duration::from_secs(7))), 1_007);
        assert_eq!(exp(Validity::Expired), 999);
    }

    #[test]
    fn unique_texts_differ() {
        assert_ne!(unique(), unique());
        assert_eq!(unique().len(), 12);
    }
}
