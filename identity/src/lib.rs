//! From a token to a verified user: providers, the keys they are called with, and secrets.
//!
//! The way of a token: [`Tiun::verify`](tiun::Tiun::verify) takes the key from the
//! keyring, asks the provider over HTTP and reads the answer into an
//! [`Outcome`](outcome::Outcome). Nothing here knows a policy; the engine meets this
//! crate in [`tollgate_engine::user::User`].
//!
//! | module | job |
//! |---|---|
//! | [`tiun`] | the provider tiun: settings, exchange, reading its answer |
//! | [`outcome`] | what a provider can say of a token, with a cause that is safe to log |
//! | [`startup`] | what stops the boot, and the cure |
//! | [`secret`] | a value that never shows itself |
//! | [`secret_ref`] | `ssm:/name`, `env:NAME` and `file:/path`, as they stand in the configuration |
//! | [`setting`] | URLs and time spans in the settings of several providers |
//! | [`sources`] | where settings and secrets come from: environment, files, SSM, the clock |
//! | [`ssm`] | SSM `GetParameters`, ten names a call, its errors told apart |
//! | [`secret_file`] | a secret in a file, bounded in size and time |
//! | [`fact_cache`] | what is known of tokens verified before: bounded, one call for one token |
//! | [`jwt`] | verifying a JSON Web Token: signature, kind, times, issuer, audience, subject |
//! | [`jwk`] | the keys a token can be signed with, prepared from a JWKS or a secret |
//! | `keyring` | the current key: refreshed by age, and at once when the provider refuses it |
//! | [`jwks`] | the keys of one issuer: kept by age, fetched anew for an unknown `kid` |
//! | `discovery` | where an issuer says that its keys are |
//! | `line` | the calls to one provider: at most one retry, none while it is to be left alone |
//! | `breaker` | when a provider is to be left alone |
//! | [`http`] | one HTTPS client: bounded in time and size, no redirects, no proxies |
//! | `reason` | the first reason behind an error, for a log line |
//! | `json` | JSON in which no member appears twice, to a bounded depth |
//!
//! # What the provider supplies
//!
//! | fact | tiun |
//! |---|---|
//! | `id` | `userInfo.userId` |
//! | `email` | `userInfo.email`; unknown when absent or not an address |
//! | `products` | `userInfo.productAccess`; unknown when it is not a list of strings |
//! | `claims` | `userInfo` as a whole |
//! | `email_verified`, `mfa`, `provider`, `roles`, `teams`, `permissions`, `scopes`, `groups` | unknown |

pub mod authgate;
mod breaker;
mod discovery;
mod exchange;
pub mod fact_cache;
pub mod http;
pub mod introspection;
mod json;
pub mod jwk;
pub mod jwks;
pub mod jwt;
mod keyring;
mod line;
pub mod mapping;
pub mod mode;
pub mod neon_auth;
pub mod oidc;
pub mod outcome;
pub mod provider;
pub mod providers;
mod reason;
pub mod secret;
pub mod secret_file;
pub mod secret_ref;
pub mod setting;
pub mod sources;
pub mod ssm;
pub mod stack_auth;
pub mod startup;
mod text;
pub mod tiun;
pub mod token_source;

#[cfg(test)]
mod loopback;
