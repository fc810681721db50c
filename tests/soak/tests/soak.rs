//! A brief soak, and that a soak finds what is wrong.
#![allow(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "tests"
)]

use tollgate_soak::run::{Options, run};
use tollgate_soak::{POLICY, Setup};

/// As many events for each of the two functions as a busy machine answers in half a minute.
const EVENTS: u64 = 10_000;
const SEED: u64 = 2026;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_answer_is_right_and_nothing_leaks() {
    let (request, token) = (
        Options::new(Setup::Request, EVENTS, SEED),
        Options::new(Setup::Token, EVENTS, SEED),
    );
    let (request, token) = tokio::join!(run(&request), run(&token));
    for report in [request, token] {
        assert!(report.is_good(), "{report}");
        assert_eq!(report.events, EVENTS, "{report}");
        for outcome in [
            "allowed",
            "denied",
            "unauthorized",
            "undecided",
            "unknown event",
        ] {
            assert!(report.count(outcome) > 0, "never {outcome}:\n{report}");
        }
        // A model that finds anything right would find nothing wrong.
        assert!(report.ambiguous * 2 < report.events, "{report}");
    }
}

/// The function is given a policy that lets in more than the model's, for a route each.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_function_that_is_wrong_is_found_out() {
    for (right, wrong) in [
        (
            "route /pro/*                 requires product pro or light",
            "route /pro/* requires user",
        ),
        (
            "route $connect               requires product light or scope chat",
            "route $connect requires user",
        ),
        ("forbid /files/private/*  when email @example.org", ""),
    ] {
        let policy = POLICY.replace(right, wrong);
        assert_ne!(policy, POLICY, "the policy has no `{right}`");
        let options = Options {
            policy,
            // It ends with the first that is wrong.
            ..Options::new(Setup::Request, 10 * EVENTS, SEED)
        };
        let report = run(&options).await;
        let found = report
            .wrong
            .unwrap_or_else(|| panic!("nothing is wrong with `{wrong}`"));
        assert!(
            found.contains("expected one of") && found.contains("event: {"),
            "{found}"
        );
    }
}
