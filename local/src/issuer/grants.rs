//! What people granted: codes, to be exchanged once within a minute, and refresh tokens, each good once
//! (RFC 6749 sections 4.1.2 and 6, RFC 9700 section 4.14.2).

use std::collections::VecDeque;
use std::time::{Duration, SystemTime};

use aws_lc_rs::rand;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// How long a code is good.
const CODE: Duration = Duration::from_mins(1);
/// How long a refresh token is good.
const REFRESH: Duration = Duration::from_hours(30 * 24);
/// Codes and tokens that are remembered; one more drops the oldest.
const MAX_REMEMBERED: usize = 1_000;

/// What a person granted an application, by signing in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Grant {
    pub user_id: String,
    pub client_id: String,
    /// As in the authorization request.
    pub redirect_uri: String,
    /// `code_challenge`, made with S256.
    pub challenge: String,
    pub scopes: Vec<String>,
    pub nonce: Option<String>,
    /// When the person signed in.
    pub at: SystemTime,
}

/// What a secret is good for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Code,
    Refresh,
    /// An access token: only whose it is, for tokens that say it in another way.
    Access,
}

struct Entry {
    kind: Kind,
    secret: String,
    /// One for all that came of one code.
    family: u64,
    issued: SystemTime,
    /// Of an access token: void.
    used: bool,
    grant: Grant,
}

/// All that is remembered, the oldest first.
#[derive(Default)]
pub(super) struct Grants {
    entries: VecDeque<Entry>,
    families: u64,
}

impl Grants {
    /// A code for a new grant; `None` if there is no randomness.
    pub(super) fn code(&mut self, grant: Grant, now: SystemTime) -> Option<String> {
        let secret = secret()?;
        self.families += 1;
        self.remember(Kind::Code, secret.clone(), self.families, grant, now);
        Some(secret)
    }

    /// A refresh token of the same grant, to follow what [`Grants::redeem`] gave.
    pub(super) fn refresh(&mut self, of: &(Grant, u64), now: SystemTime) -> Option<String> {
        let secret = secret()?;
        let (grant, family) = of;
        self.remember(Kind::Refresh, secret.clone(), *family, grant.clone(), now);
        Some(secret)
    }

    /// Remembers whose an access token is.
    pub(super) fn access(&mut self, token: &str, of: &(Grant, u64), now: SystemTime) {
        let (grant, family) = of;
        self.remember(Kind::Access, token.to_owned(), *family, grant.clone(), now);
    }

    /// The grant behind a code or a refresh token, and its family. Either is good once: if it comes again
    /// somebody else may have it, and all that came of the grant is void.
    pub(super) fn redeem(
        &mut self,
        kind: Kind,
        secret: &str,
        now: SystemTime,
    ) -> Option<(Grant, u64)> {
        let lifetime = if kind == Kind::Code { CODE } else { REFRESH };
        let entry = self.entries.iter_mut();
        let entry = entry
            .rev()
            .find(|entry| entry.kind == kind && entry.secret == secret)?;
        let family = entry.family;
        if std::mem::replace(&mut entry.used, true) {
            self.void(|entry| entry.family == family);
            return None;
        }
        let is_good = now < entry.issued + lifetime;
        is_good.then(|| (entry.grant.clone(), family))
    }

    /// The grant behind an access token.
    pub(super) fn of_access_token(&self, token: &str) -> Option<&Grant> {
        let is_it = |entry: &&Entry| entry.kind == Kind::Access && entry.secret == token;
        self.entries
            .iter()
            .rev()
            .find(is_it)
            .map(|entry| &entry.grant)
    }

    /// Whether an access token came of a grant that is void.
    pub(super) fn is_void(&self, token: &str) -> bool {
        let mut entries = self.entries.iter();
        entries.any(|entry| entry.kind == Kind::Access && entry.used && entry.secret == token)
    }

    /// Forgets all that a user granted, but what each access token may be used for: it is good again once
    /// the user signs in.
    pub(super) fn forget(&mut self, user_id: &str) {
        self.entries
            .retain(|entry| entry.kind == Kind::Access || entry.grant.user_id != user_id);
    }

    /// Forgets codes and refresh tokens, and remembers that access tokens are void.
    fn void(&mut self, is_meant: impl Fn(&Entry) -> bool) {
        self.entries
            .retain(|entry| entry.kind == Kind::Access || !is_meant(entry));
        for entry in self.entries.iter_mut().filter(|entry| is_meant(entry)) {
            entry.used = true;
        }
    }

    fn remember(
        &mut self,
        kind: Kind,
        secret: String,
        family: u64,
        grant: Grant,
        issued: SystemTime,
    ) {
        if self.entries.len() == MAX_REMEMBERED {
            self.entries.pop_front();
        }
        self.entries.push_back(Entry {
            kind,
            secret,
            family,
            issued,
            used: false,
            grant,
        });
    }
}

/// 256 random bits.
fn secret() -> Option<String> {
    let mut bytes = [0; 32];
    rand::fill(&mut bytes).ok()?;
    Some(URL_SAFE_NO_PAD.encode(bytes))
}
