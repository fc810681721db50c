//! What well-known issuers call things, each from its own documents.

use serde::Deserialize;

use super::{ClaimPath, ClaimsSettings, Form, Listing, Requirement};
use crate::jwt::Algorithm;

/// An issuer whose claims are known.
///
/// | preset | facts, and the claims they are from | a token must |
/// |---|---|---|
/// | `cognito` | email, `email_verified`, groups (`cognito:groups`), scopes (`scope`) | have `token_use` `access`; for ID tokens set `require: [{claim: token_use, is: id}]` |
/// | `auth0` | email, `email_verified`, scopes, permissions, teams (`org_id`) | not be a client's own (`gty` `client-credentials`) |
/// | `clerk` | products (`pla`), permissions (`fea`), roles and teams of the active organisation (`o.rol`, `o.id`) | have `sid`, and `sts` be `active` if it is there |
/// | `supabase` | email, roles (`app_metadata.roles`), provider (`app_metadata.provider`), mfa (`aal`, `amr`) | have `role` `authenticated`, and not be anonymous |
/// | `firebase` | email, `email_verified`, provider, mfa, teams (`firebase.tenant`) | not be an anonymous sign-in's |
/// | `keycloak` | email, `email_verified`, roles (`realm_access.roles`), groups, scopes | be of `typ` `Bearer` |
/// | `better_auth` | email, `emailVerified`, roles (`role`) | not be of a banned or an anonymous user |
/// | `outseta` | email, products (`outseta:planUid`, `outseta:addOnUids`), scopes | |
///
/// Claims that users can write themselves (`user_metadata`, `unsafe_metadata`) are taken away
/// before any policy sees them, and no setting can name them.
///
/// Where users may create organisations, everybody can have the highest role in one of their own:
/// a policy that asks for a role of the active organisation asks for the organisation as well.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Preset {
    /// Amazon Cognito user pools ("Understanding the access token").
    Cognito,
    /// Auth0 ("Access Token Profiles").
    Auth0,
    /// Clerk (session token, version 2).
    Clerk,
    /// Supabase ("JWT Claims Reference").
    Supabase,
    /// Firebase Authentication ("Verify ID Tokens").
    Firebase,
    /// Keycloak (access token mappers).
    Keycloak,
    /// Better Auth's jwt plugin.
    BetterAuth,
    /// Outseta (JWT claims).
    Outseta,
}

/// Claims with a meaning of their own: `OpenID` Connect Core section 5.1, RFC 9068 section 2.2.3.
pub(super) fn standard() -> ClaimsSettings {
    ClaimsSettings {
        scopes: Some(Listing::of(&["scope"], Form::Words)),
        roles: Some(Listing::of(&["roles"], Form::List)),
        groups: Some(Listing::of(&["groups"], Form::List)),
        ..address("email_verified")
    }
}

/// The e-mail address, and the claim that says whether it is verified.
fn address(verified: &str) -> ClaimsSettings {
    ClaimsSettings {
        email: Some(ClaimPath::of(&["email"])),
        email_verified: Some(ClaimPath::of(&[verified])),
        ..ClaimsSettings::default()
    }
}

impl Preset {
    /// Which claims say what.
    pub(super) fn claims(self) -> ClaimsSettings {
        match self {
            Self::Cognito => ClaimsSettings {
                // Left out for a user in no group.
                groups: Some(Listing::of_optional(&["cognito:groups"], Form::List)),
                scopes: Some(Listing::of(&["scope"], Form::Words)),
                ..address("email_verified")
            },
            Self::Auth0 => ClaimsSettings {
                scopes: Some(Listing::of_optional(&["scope"], Form::Words)),
                permissions: Some(Listing::of(&["permissions"], Form::List)),
                teams: Some(Listing::of_optional(&["org_id"], Form::List)),
                ..address("email_verified")
            },
            Self::Clerk => ClaimsSettings {
                products: Some(Listing::of(&["pla"], Form::Clerk)),
                permissions: Some(Listing::of(&["fea"], Form::Clerk)),
                // The names after `and` are those of version 1.
                roles: Some(
                    Listing::of_optional(&["o", "rol"], Form::List)
                        .and(Listing::of_optional(&["org_role"], Form::List)),
                ),
                teams: Some(
                    Listing::of_optional(&["o", "id"], Form::List)
                        .and(Listing::of_optional(&["org_id"], Form::List)),
                ),
                ..ClaimsSettings::default()
            },
            Self::Supabase => ClaimsSettings {
                email: Some(ClaimPath::of(&["email"])),
                roles: Some(Listing::of(&["app_metadata", "roles"], Form::List)),
                provider: Some(ClaimPath::of(&["app_metadata", "provider"])),
                // `amr` is one of the claims that need not be there.
                mfa: Some(
                    Listing::of(&["aal"], Form::Aal)
                        .and(Listing::of_optional(&["amr"], Form::SupabaseAmr)),
                ),
                ..ClaimsSettings::default()
            },
            Self::Firebase => ClaimsSettings {
                provider: Some(ClaimPath::of(&["firebase", "sign_in_provider"])),
                mfa: Some(Listing::of(
                    &["firebase", "sign_in_second_factor"],
                    Form::List,
                )),
                teams: Some(Listing::of_optional(&["firebase", "tenant"], Form::List)),
                ..address("email_verified")
            },
            Self::Keycloak => ClaimsSettings {
                // Left out for a user without roles.
                roles: Some(Listing::of_optional(&["realm_access", "roles"], Form::List)),
                groups: Some(Listing::of(&["groups"], Form::List)),
                scopes: Some(Listing::of(&["scope"], Form::Words)),
                ..address("email_verified")
            },
            Self::BetterAuth => ClaimsSettings {
                roles: Some(Listing::of(&["role"], Form::Commas)),
                ..address("emailVerified")
            },
            Self::Outseta => ClaimsSettings {
                products: Some(
                    Listing::of_optional(&["outseta:planUid"], Form::List)
                        .and(Listing::of_optional(&["outseta:addOnUids"], Form::List)),
                ),
                scopes: Some(Listing::of(&["scope"], Form::Words)),
                ..address("email_verified")
            },
        }
    }

    /// Claims that users can write themselves: nothing may depend on them.
    pub(super) fn user_writable(self) -> &'static [&'static str] {
        match self {
            Self::Supabase => &["user_metadata"],
            Self::Clerk => &["unsafe_metadata"],
            _ => &[],
        }
    }

    /// What a token must say to be a user's.
    pub(super) fn requirements(self) -> Vec<Requirement> {
        match self {
            Self::Cognito => vec![Requirement::is(&["token_use"], "access")],
            // The grant that gives a client a token of its own, on behalf of nobody.
            Self::Auth0 => vec![Requirement::is_not(&["gty"], "client-credentials")],
            Self::Clerk => vec![
                Requirement::present(&["sid"]),
                Requirement::if_present(&["sts"], "active"),
            ],
            Self::Supabase => vec![
                Requirement::is(&["role"], "authenticated"),
                Requirement::off(&["is_anonymous"]),
            ],
            Self::Firebase => vec![Requirement::is_not(
                &["firebase", "sign_in_provider"],
                "anonymous",
            )],
            Self::Keycloak => vec![Requirement::is(&["typ"], "Bearer")],
            Self::BetterAuth => vec![
                Requirement::off(&["banned"]),
                Requirement::off(&["isAnonymous"]),
            ],
            Self::Outseta => Vec::new(),
        }
    }

    /// Whether all its customers' tokens are signed with the same keys, so that a token that is
    /// checked neither for its issuer nor for its audience may be anybody's.
    pub(crate) fn shares_keys(self) -> bool {
        self == Self::Firebase
    }

    /// Where its tokens say for whom they are, in the order of looking.
    pub(crate) fn audience_claims(self) -> &'static [&'static str] {
        match self {
            // An access token has no `aud`.
            Self::Cognito => &["aud", "client_id"],
            Self::Clerk => &["azp"],
            _ => &["aud"],
        }
    }

    /// What it signs with, unless the configuration says otherwise.
    pub(crate) fn algorithms(self) -> Vec<Algorithm> {
        match self {
            Self::Supabase => vec![Algorithm::Es256, Algorithm::Rs256],
            Self::BetterAuth => vec![Algorithm::EdDsa],
            _ => vec![Algorithm::Rs256],
        }
    }

    /// Where its keys are, if not where discovery says.
    pub(crate) fn keys(self) -> Option<&'static str> {
        match self {
            Self::Firebase => Some(
                "https://www.googleapis.com/service_accounts/v1/jwk/securetoken@system.gserviceaccount.com",
            ),
            _ => None,
        }
    }
}
