//! Access tokens: three kinds of users, three issuers, three audiences.

use serde_json::{Value, json};

use super::StackAuth;
use super::known_error::{KnownError, Refusal};
use crate::jws::Jws;
use crate::token::{Period, seconds};
use crate::users::User;

/// When every user of the stand-in signed up, in seconds since 1970: 2026-01-01 UTC.
pub(super) const SIGNED_UP_AT: u64 = 1_767_225_600;
/// The only branch a project has.
pub(super) const BRANCH: &str = "main";

/// What a user is to the project.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Normal,
    Restricted,
    Anonymous,
}

impl Kind {
    pub(super) fn of(user: &User) -> Self {
        if user.anonymous {
            Self::Anonymous
        } else if user.restricted.is_some() {
            Self::Restricted
        } else {
            Self::Normal
        }
    }
}

/// Whom a token is for: a kind of users of one project.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Audience {
    pub project: String,
    pub kind: Kind,
}

impl Audience {
    pub(super) fn new(project: &str, kind: Kind) -> Self {
        Self {
            project: project.to_owned(),
            kind,
        }
    }

    pub(super) fn of(user: &User, project: &str) -> Self {
        Self::new(project, Kind::of(user))
    }

    /// The three of a project, normal users first.
    pub(super) fn all(project: &str) -> [Self; 3] {
        [Kind::Normal, Kind::Restricted, Kind::Anonymous].map(|kind| Self::new(project, kind))
    }

    /// `aud`
    pub(super) fn aud(&self) -> String {
        let suffix = match self.kind {
            Kind::Normal => "",
            Kind::Restricted => ":restricted",
            Kind::Anonymous => ":anon",
        };
        format!("{}{suffix}", self.project)
    }

    /// `iss`
    fn iss(&self, api_url: &str) -> String {
        let path = match self.kind {
            Kind::Normal => "projects",
            Kind::Restricted => "projects-restricted-users",
            Kind::Anonymous => "projects-anonymous-users",
        };
        format!("{api_url}/api/v1/{path}/{}", self.project)
    }
}

/// `{"type":…}` for a user who is not a normal one, else `null`.
pub(super) fn restricted_reason(user: &User) -> Value {
    let reason = if user.anonymous {
        Some("anonymous")
    } else {
        user.restricted.map(crate::users::Restriction::name)
    };
    reason.map_or(Value::Null, |reason| json!({ "type": reason }))
}

/// Whether a one-time password of an app is asked for at sign-in.
pub(super) fn requires_totp(user: &User) -> bool {
    user.mfa
        .iter()
        .flatten()
        .any(|method| method.as_str() == "totp")
}

/// What an access token says.
pub(super) fn claims(
    user: &User,
    audience: &Audience,
    api_url: &str,
    period: Period,
    session: &str,
) -> Value {
    json!({
        "sub": user.id,
        "iss": audience.iss(api_url),
        "aud": audience.aud(),
        "iat": period.iat,
        "exp": period.exp,
        "project_id": audience.project,
        "branch_id": BRANCH,
        "refresh_token_id": session,
        "role": "authenticated",
        "name": user.name,
        "email": user.email,
        "email_verified": user.has_verified_email(),
        "selected_team_id": user.selected_team,
        "signed_up_at": SIGNED_UP_AT,
        "is_anonymous": audience.kind == Kind::Anonymous,
        "is_restricted": audience.kind != Kind::Normal,
        "restricted_reason": restricted_reason(user),
        "requires_totp_mfa": requires_totp(user),
    })
}

/// What an authentic access token is worth.
#[derive(Debug)]
pub(super) struct Verified {
    pub user_id: String,
    pub project: String,
    pub kind: Kind,
    pub restricted_reason: Value,
}

impl StackAuth {
    /// Checks a token as the backend does: the keys are those of the token's own `aud`.
    pub(super) fn verify(&self, token: &str, now: u64, port: u16) -> Result<Verified, Refusal> {
        let unparsable = || Refusal::Known(KnownError::UnparsableAccessToken);
        let token = Jws::read(token).ok_or_else(unparsable)?;
        let claims = &token.claims;
        let text = |name: &str| claims.get(name).and_then(Value::as_str);
        let audience = self
            .audiences()
            .into_iter()
            .find(|audience| Some(audience.aud().as_str()) == text("aud"))
            .ok_or_else(unparsable)?;
        let issuer = audience.iss(&self.api_url(port));
        if !self.state().keys.signed(&audience.aud(), &token) || text("iss") != Some(&issuer) {
            return Err(unparsable());
        }
        let exp = claims.get("exp").and_then(Value::as_u64);
        let (Some(user_id), Some(exp)) = (text("sub"), exp) else {
            return Err(unparsable());
        };
        if exp <= now {
            return Err(Refusal::Known(KnownError::AccessTokenExpired {
                expired_at_millis: exp.saturating_mul(1000),
                project_id: audience.project,
                user_id: user_id.to_owned(),
                refresh_token_id: text("refresh_token_id").unwrap_or_default().to_owned(),
            }));
        }
        let anonymous = claims.get("is_anonymous").and_then(Value::as_bool);
        if anonymous != Some(audience.kind == Kind::Anonymous) || text("branch_id") != Some(BRANCH)
        {
            // An assertion of the backend fails.
            return Err(Refusal::Text(500, "Internal Server Error"));
        }
        Ok(Verified {
            user_id: user_id.to_owned(),
            project: audience.project,
            kind: audience.kind,
            restricted_reason: claims.get("restricted_reason").cloned().unwrap_or_default(),
        })
    }

    /// The same at this moment, for this project, and only of users that the caller asked for.
    pub(super) fn verify_for(
        &self,
        token: &str,
        now: std::time::SystemTime,
        port: u16,
        project: &str,
        (anonymous, restricted): (bool, bool),
    ) -> Result<String, Refusal> {
        let verified = self.verify(token, seconds(now), port)?;
        let refused = if verified.project != project {
            KnownError::InvalidProjectForAccessToken {
                expected: project.to_owned(),
                actual: verified.project,
            }
        } else if verified.kind == Kind::Anonymous && !anonymous {
            KnownError::AnonymousAuthenticationNotAllowed
        } else if verified.kind == Kind::Restricted && !(anonymous || restricted) {
            KnownError::RestrictedUserNotAllowed {
                reason: verified.restricted_reason,
            }
        } else {
            return Ok(verified.user_id);
        };
        Err(Refusal::Known(refused))
    }
}
