//! A soak: mixed traffic for an hour through the built function under the real Lambda runtime loop, every
//! answer held against a naive model, memory, files and threads measured throughout.
//!
//! `make soak` runs it; `tests/soak.rs` runs a brief one, and shows that a wrong answer is found. Two
//! functions run beside each other, each with surroundings of its own: one whose answers are for the one
//! request, and one whose answers are for every request of a token and which bridges outages with what
//! it last knew.
//!
//! # What is right
//!
//! The model is the evaluator of `engine/tests/reference`, which shares nothing with the engine, and what
//! the harness knows: which token is what, and what was so outside at which time. While things change
//! more than one outcome is right. An outcome is right if it is one of these, to the last value that the
//! backend is told, under the name of its own decision:
//!
//! | the client shows | right is what the policy says of | and, in trouble |
//! |---|---|---|
//! | nothing, two tokens, what is no token; or nobody is asked | nobody | nothing else |
//! | a token that tiun refuses | nobody | undecided |
//! | a token of a user of tiun | the user with any account that tiun had since `cache_for` and a budget before it was sent; one that refuses, or is signed out, only if it had it since 5 s and a budget | undecided, unless tiun vouched for the token less than `cache_for` ago; any account since `last_known_for` |
//! | a forged token of the issuer | nobody | undecided |
//! | a token whose key is published | the user | nothing else, once the function has been seen to know the key |
//! | … for less than 20 s, and not known yet | the user, or nobody: keys are looked for every ten seconds at most | undecided |
//! | … or was, and is taken back | the user, or nobody; nobody, once the function has been seen to have looked since, and `cache_for` is over | undecided; the user until `last_known_for` is over |
//!
//! *Undecided* is a failed invocation that is not `Unauthorized`: a 500. *Trouble* is that the provider failed,
//! or refused the function's key, up to eight seconds before (one that hangs is given up after four, then
//! left alone for two, and then asked by one call at a time); for signed tokens, ten more, since a failed look
//! for keys is remembered. SSM alone is never trouble: the key at hand serves.
//!
//! So nobody is ever let in who may not, and nobody is turned away who paid while that is known.
//!
//! # What may grow
//!
//! See [`gauge`]: bounds on memory from the end of the warm-up on, on its trend over the second half, on
//! files and sockets, and on threads. No line of the log may hold a token, a key or an address.
//!
//! # Again
//!
//! `--seed` makes the same events, changes and faults; their timing against each other is the machine's.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::panic,
    clippy::format_push_string,
    reason = "a test that cannot go on says so by panicking"
)]

use std::time::Duration;

// The naive evaluator; some of it only its own tests use.
#[allow(dead_code, reason = "the reference's own tests use the rest")]
#[path = "../../../engine/tests/reference/admit.rs"]
mod admit;
#[allow(dead_code, reason = "the reference's own tests use the rest")]
#[path = "../../../engine/tests/reference/claim.rs"]
mod claim;
#[allow(dead_code, reason = "the reference's own tests use the rest")]
#[path = "../../../engine/tests/reference/condition.rs"]
mod condition;
#[allow(dead_code, reason = "the reference's own tests use the rest")]
#[path = "../../../engine/tests/reference/evaluate.rs"]
mod evaluate;
#[allow(dead_code, reason = "the reference's own tests use the rest")]
#[path = "../../../engine/tests/reference/fact.rs"]
mod fact;
#[allow(dead_code, reason = "the reference's own tests use the rest")]
#[path = "../../../engine/tests/reference/route.rs"]
mod route;

mod event;
mod forger;
mod function;
pub mod gauge;
mod http;
mod knowledge;
mod model;
mod outcome;
mod outside;
mod people;
mod random;
pub mod report;
pub mod run;
mod shown;
mod ssm;
mod timeline;
mod weather;

/// How long facts are used again.
const CACHE_FOR: Duration = Duration::from_secs(8);

/// Time for a decision: what tiun said at its beginning may come into use at its end. Twice what a
/// reading of SSM takes that never ends, so that a busy machine makes no outage of it.
const BUDGET: Duration = Duration::from_secs(4);

/// Names for products, as in `authorizer.yaml`.
const PRODUCTS: [(&str, &str); 2] = [("pro", "p-live-pro"), ("light", "p-live-light")];

/// The policy.
pub const POLICY: &str = include_str!("../soak.policy");

/// How a function is configured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Setup {
    /// Answers are for the one request, and an outage is a failure.
    Request,
    /// Answers are for every request of a token (a simple one for an HTTP API), and an outage is bridged.
    Token,
}

/// How long an outage is bridged.
const LAST_KNOWN_FOR: Duration = Duration::from_secs(20);

impl Setup {
    fn is_for_token(self) -> bool {
        self == Self::Token
    }

    /// How long ago what is used may have been said.
    fn kept(self, troubled: bool) -> Duration {
        match self {
            Self::Token if troubled => LAST_KNOWN_FOR,
            Self::Token | Self::Request => CACHE_FOR,
        }
    }

    /// Its `authorizer.yaml`.
    fn settings(self, tiun: &str, issuer: &str) -> String {
        let (unavailable, answers) = match self {
            Self::Request => ("fail".to_owned(), "  scope: request\n"),
            Self::Token => (
                format!("last_known_for {}s", LAST_KNOWN_FOR.as_secs()),
                "  scope: token\n  http_api: simple\n",
            ),
        };
        let products = PRODUCTS
            .map(|(word, id)| format!("  {word}: {id}\n"))
            .concat();
        let (cache_for, budget) = (CACHE_FOR.as_secs(), BUDGET.as_secs());
        let places = event::PLACES;
        let (parameter, audience) = (ssm::PARAMETER, people::AUDIENCE);
        format!(
            "providers:
  - tiun:
      environment: live
      base_url: {tiun}
      api_key: ssm:{parameter}
      api_key_max_age: 2s
    token_from: {places}
    cache_for: {cache_for}s
    when_unavailable: {unavailable}
  - oidc:
      issuer: {issuer}
      audience: {audience}
      algorithms: [ES256]
    token_from: {places}
    cache_for: {cache_for}s
budget: {budget}s
products:
{products}answers:
{answers}"
        )
    }
}
