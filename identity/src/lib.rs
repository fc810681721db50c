//! From a token to a verified user: providers, the keys they are called with, and secrets.
//!
//! The way of a token: [`Providers::verify`](providers::Providers::verify) chooses the provider by
//! where the token came in and by its issuer, looks into the [fact cache](fact_cache), and has the
//! provider verify it: by its signature ([`jwt`], [`jwks`]) or by asking (`exchange`, `line`). What
//! comes of it is an [`Outcome`](outcome::Outcome). Nothing here knows a policy; the engine meets
//! this crate in [`tollgate_engine::user::User`], and tells it what it needs in
//! [`tollgate_engine::Needs`].
//!
//! `README.md` beside this crate is the reference of the configuration, and says which provider
//! tells what, and where it has it from.
//!
//! | module | job |
//! |---|---|
//! | [`providers`] | all providers of a configuration, and the one a token goes to |
//! | [`provider`] | one provider's entry in the configuration, whichever kind it is |
//! | [`tiun`], [`authgate`], [`stack_auth`], [`neon_auth`], [`oidc`], [`introspection`] | the kinds: settings, exchange, reading the answer |
//! | [`mode`] | by signature or by asking |
//! | [`token_source`] | where in a request a token is |
//! | [`mapping`] | which claims say what of a user |
//! | [`token_form`] | what a token must say to be taken, for a stand-in that makes some |
//! | [`fact_cache`] | what is known of tokens verified before: bounded, one call for one token |
//! | [`outcome`] | what a provider can say of a token, with a cause that is safe to log |
//! | [`jwt`] | verifying a JSON Web Token: signature, kind, times, issuer, audience, subject |
//! | [`jwk`] | the keys a token can be signed with, prepared from a JWKS or a secret |
//! | [`jwks`] | the keys of one issuer: kept by age, fetched anew for an unknown `kid` |
//! | `discovery` | where an issuer says that its keys are |
//! | `exchange` | one question to a provider that knows us by a key |
//! | `line` | the calls to one provider: at most one retry, none while it is to be left alone |
//! | `breaker` | when a provider is to be left alone |
//! | [`meter`] | what was asked of a provider and what came of it, counted |
//! | [`http`] | one HTTPS client: bounded in time and size, no redirects, no proxies |
//! | `keyring` | the current key: refreshed by age, and at once when the provider refuses it |
//! | [`secret`] | a value that never shows itself |
//! | [`secret_ref`] | `ssm:/name`, `env:NAME` and `file:/path`, as they stand in the configuration |
//! | [`secret_file`] | a secret in a file, bounded in size and time |
//! | [`ssm`] | SSM `GetParameters`, ten names a call, its errors told apart |
//! | [`sources`] | where settings and secrets come from: environment, files, SSM, the clock |
//! | [`setting`] | URLs, time spans and audiences in the settings of several providers |
//! | [`startup`] | what stops the boot, and the cure |
//! | `json` | JSON in which no member appears twice, to a bounded depth |
//! | `text` | bounds on texts that a provider sends |
//! | `fact` | a text or flag as a provider writes it, read as a fact |
//! | `rfc3339` | dates and times as texts |
//! | `reason` | the first reason behind an error, for a log line |

pub mod authgate;
mod breaker;
mod discovery;
mod exchange;
mod fact;
pub mod fact_cache;
pub mod http;
pub mod introspection;
mod json;
pub mod jwk;
pub mod jwks;
pub mod jwt;
pub mod keyring;
mod line;
pub mod mapping;
pub mod meter;
pub mod mode;
pub mod neon_auth;
pub mod oidc;
pub mod outcome;
pub mod provider;
pub mod providers;
mod reason;
mod rfc3339;
pub mod secret;
pub mod secret_file;
pub mod secret_ref;
pub mod setting;
pub mod sources;
#[cfg(not(fuzzing))]
pub mod ssm;
#[cfg(fuzzing)]
#[path = "no_ssm.rs"]
pub mod ssm;
pub mod stack_auth;
pub mod startup;
mod text;
pub mod tiun;
pub mod token_form;
pub mod token_source;

#[cfg(test)]
mod known_facts;
#[cfg(test)]
mod loopback;
