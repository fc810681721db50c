//! What well-known issuers call things, each from its own documents.

use serde::Deserialize;

use super::{ClaimPath, ClaimsSettings, Form, Listing, Requirement};
use crate::jwt::Algorithm;

/// An issuer whose claims are known.
///
/// | preset | facts, and the claims they are from | a token must |
/// |---|---|---|
/// | `cognito` | email, `email_verified`, groups (`cognito:groups`), scopes (`scope`) | have `token_use` `access`; for ID tokens set `require: [{claim: token_use, is: id}]` |
/// | `auth0` | email, `email_verified`, scopes, permissions, teams (`org_id`) | |
/// | `clerk` | products (`pla`), permissions (`fea`), roles and teams of the active organisation (`o.rol`, `o.id`) | have `sid`, and `sts` be `active` if it is there |
/// | `supabase` | email, roles (`app_metadata.roles`), provider (`app_metadata.provider`), mfa (`aal`, `amr`) | have `role` `authenticated`, and not be anonymous |
/// | `firebase` | email, `email_verified`, provider, mfa, teams (`firebase.tenant`) | not be an anonymous sign-in's |
/// | `keycloak` | email, `email_verified`, roles (`realm_access.roles`), groups, scopes | be of `typ` `Bearer` |
/// | `better_auth` | email, `emailVerified`, roles (`role`) | not be of a banned user |
/// | `outseta` | email, products (`outseta:planUid`, `outseta:addOnUids`), scopes | |
///
/// Claims that users can write themselves (`user_metadata`, `unsafe_metadata`) are taken away
/// before any policy sees them.
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

/// What is known of an issuer.
#[derive(Debug)]
pub(super) struct Known {
    pub(super) claims: ClaimsSettings,
    pub(super) hidden: &'static [&'static str],
}

/// Claims with a meaning of their own: OpenID Connect Core section 5.1, RFC 9068 section 2.2.3.
pub(super) fn standard() -> Known {
    let list = |name: &str, form| Some(Listing::of(&[(&[name], form)]));
    Known {
        claims: ClaimsSettings {
            email: Some(ClaimPath::of(&["email"])),
            email_verified: Some(ClaimPath::of(&["email_verified"])),
            scopes: list("scope", Form::Words),
            roles: list("roles", Form::List),
            groups: list("groups", Form::List),
            ..ClaimsSettings::default()
        },
        hidden: &[],
    }
}

impl Preset {
    /// Which claims say what.
    pub(super) fn mapping(self) -> Known {
        let claim = |path: &[&str]| Some(ClaimPath::of(path));
        let list = |path: &[&str], form| Some(Listing::of(&[(path, form)]));
        let list_or_none = |path: &[&str], form| list(path, form).map(Listing::or_none);
        let email = ClaimsSettings {
            email: claim(&["email"]),
            email_verified: claim(&["email_verified"]),
            ..ClaimsSettings::default()
        };
        let scopes = list(&["scope"], Form::Words);
        let claims = match self {
            Self::Cognito => ClaimsSettings {
                // Left out for a user in no group.
                groups: list_or_none(&["cognito:groups"], Form::List),
                scopes,
                ..email
            },
            Self::Auth0 => ClaimsSettings {
                scopes: list_or_none(&["scope"], Form::Words),
                permissions: list(&["permissions"], Form::List),
                teams: list_or_none(&["org_id"], Form::List),
                ..email
            },
            Self::Clerk => ClaimsSettings {
                products: list(&["pla"], Form::Clerk),
                permissions: list(&["fea"], Form::Clerk),
                roles: list_or_none(&["o", "rol"], Form::List),
                teams: list_or_none(&["o", "id"], Form::List),
                ..ClaimsSettings::default()
            },
            Self::Supabase => ClaimsSettings {
                email: claim(&["email"]),
                roles: list(&["app_metadata", "roles"], Form::List),
                provider: claim(&["app_metadata", "provider"]),
                mfa: Some(Listing::of(&[
                    (&["aal"], Form::Aal),
                    (&["amr"], Form::SupabaseAmr),
                ])),
                ..ClaimsSettings::default()
            },
            Self::Firebase => ClaimsSettings {
                provider: claim(&["firebase", "sign_in_provider"]),
                mfa: list(&["firebase", "sign_in_second_factor"], Form::List),
                teams: list_or_none(&["firebase", "tenant"], Form::List),
                ..email
            },
            Self::Keycloak => ClaimsSettings {
                // Left out for a user without roles.
                roles: list_or_none(&["realm_access", "roles"], Form::List),
                groups: list(&["groups"], Form::List),
                scopes,
                ..email
            },
            Self::BetterAuth => ClaimsSettings {
                email_verified: claim(&["emailVerified"]),
                roles: list(&["role"], Form::Commas),
                ..email
            },
            Self::Outseta => ClaimsSettings {
                products: Some(
                    Listing::of(&[
                        (&["outseta:planUid"], Form::List),
                        (&["outseta:addOnUids"], Form::List),
                    ])
                    .or_none(),
                ),
                scopes,
                ..email
            },
        };
        let hidden: &[&str] = match self {
            Self::Supabase => &["user_metadata"],
            Self::Clerk => &["unsafe_metadata"],
            _ => &[],
        };
        Known { claims, hidden }
    }

    /// What a token must say to be a user's.
    pub(crate) fn requirements(self) -> Vec<Requirement> {
        match self {
            Self::Cognito => vec![Requirement::is(&["token_use"], "access")],
            Self::Clerk => vec![
                Requirement::present(&["sid"]),
                Requirement::if_present(&["sts"], "active"),
            ],
            Self::Supabase => vec![
                Requirement::is(&["role"], "authenticated"),
                Requirement::is_not(&["is_anonymous"], true),
            ],
            Self::Firebase => vec![Requirement::is_not(
                &["firebase", "sign_in_provider"],
                "anonymous",
            )],
            Self::Keycloak => vec![Requirement::is(&["typ"], "Bearer")],
            Self::BetterAuth => vec![Requirement::is_not(&["banned"], true)],
            Self::Auth0 | Self::Outseta => Vec::new(),
        }
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
