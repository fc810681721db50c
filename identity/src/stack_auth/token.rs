//! What a token says of itself: of which kind of user it is, of which branch, and which claims it
//! carries.

use std::time::SystemTime;

use serde_json::{Map, Value};
use tollgate_engine::Needs;

use super::settings::UserKind;
use crate::jwt;

/// The claims of a token. A condition on any other is one on the server's user object.
const CLAIMS: [&str; 18] = [
    "sub",
    "iss",
    "aud",
    "iat",
    "exp",
    "project_id",
    "branch_id",
    "refresh_token_id",
    "role",
    "name",
    "email",
    "email_verified",
    "selected_team_id",
    "signed_up_at",
    "is_anonymous",
    "is_restricted",
    "restricted_reason",
    "requires_totp_mfa",
];

/// The branch that is meant where none is named, as here. The others of a project have users of
/// their own, and the same issuer, audience and keys.
const BRANCH: &str = "main";

/// Whether tokens carry every claim that is needed.
pub(super) fn carries(needs: &Needs) -> bool {
    needs.claims.iter().all(|path| is_carried(path, None))
}

/// Whether this token does, by the documents or in fact. Of a claim that it lacks nothing would be
/// known, and a `forbid` must not take that for an absent one.
pub(super) fn has(claims: &Map<String, Value>, needs: &Needs) -> bool {
    let mut paths = needs.claims.iter();
    paths.all(|path| is_carried(path, Some(claims)))
}

fn is_carried(path: &[String], claims: Option<&Map<String, Value>>) -> bool {
    path.first().is_some_and(|name| {
        CLAIMS.contains(&name.as_str()) || claims.is_some_and(|claims| claims.contains_key(name))
    })
}

/// Whether the flags and the branch of a token are those of this kind of user. Tokens from before a
/// claim was introduced do not have it.
pub(super) fn fits(kind: UserKind, claims: &Map<String, Value>) -> bool {
    let branch = claims
        .get("branch_id")
        .is_none_or(|branch| branch == BRANCH);
    branch && UserKind::of_flags(claims) == Some(kind)
}

/// A token that the server is asked about, as it describes itself: not to be believed before the
/// server has accepted it.
pub(super) struct Unverified {
    /// Whose it is.
    pub subject: String,
    /// When it expires.
    pub expires: SystemTime,
    claims: Map<String, Value>,
}

impl Unverified {
    /// `None` for what cannot be a token of now: one that the server would refuse or that, at odds
    /// with itself, it would answer with a 500 as if it were down.
    pub(super) fn read(token: &str, now: SystemTime) -> Option<Self> {
        if !jwt::is_compact(token) {
            return None;
        }
        let claims = jwt::unverified_claims(token)?;
        let kind = UserKind::of_audience(claims.get("aud")?.as_str()?);
        let expires = jwt::moment(claims.get("exp")?)?;
        let subject = claims.get("sub")?.as_str()?.to_owned();
        let usable = fits(kind?, &claims) && now < expires + jwt::DEFAULT_SKEW;
        usable.then_some(Self {
            subject,
            expires,
            claims,
        })
    }

    /// Adds the claims that the server's user object does not have, so that a condition on one
    /// means the same however the token is verified.
    pub(super) fn complete(mut self, user: &mut Map<String, Value>) {
        for name in CLAIMS {
            if let Some(value) = self.claims.remove(name) {
                user.entry(name).or_insert(value);
            }
        }
    }
}
