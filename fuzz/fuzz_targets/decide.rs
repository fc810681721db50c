//! Any policy, and users and requests made from what it asks about: the engine beside the naive
//! evaluator of `engine/tests/reference`.
//!
//! The bytes up to the first zero are the policy; those behind it choose users and requests.

#![no_main]
#![allow(dead_code, reason = "the reference's own tests use the rest")]

use libfuzzer_sys::fuzz_target;

// The reference, and what asks both.
#[path = "../../engine/tests/reference/admit.rs"]
mod admit;
#[path = "../../engine/tests/reference/claim.rs"]
mod claim;
#[path = "../../engine/tests/reference/compare.rs"]
mod compare;
#[path = "../../engine/tests/reference/condition.rs"]
mod condition;
#[path = "../../engine/tests/reference/evaluate.rs"]
mod evaluate;
#[path = "../../engine/tests/reference/fact.rs"]
mod fact;
#[path = "../../engine/tests/reference/requests.rs"]
mod requests;
#[path = "../../engine/tests/reference/route.rs"]
mod route;

#[path = "decide/asked.rs"]
mod asked;
#[path = "decide/requests.rs"]
mod calls;
#[path = "decide/choices.rs"]
mod choices;
#[path = "decide/users.rs"]
mod users;

use asked::Asked;
use choices::Choices;
use compare::Subject;

/// Questions for each policy.
const QUESTIONS: usize = 12;

fuzz_target!(|bytes: &[u8]| {
    let mut parts = bytes.splitn(2, |byte| *byte == 0);
    let text = String::from_utf8_lossy(parts.next().unwrap_or_default());
    let mut choices = Choices::new(parts.next().unwrap_or_default(), &text);
    let subject = Subject::read(&[text.into_owned()]);
    let asked = Asked::of(&subject.tree);
    if !subject.errors.is_empty() || !asked.is_small() {
        return;
    }
    for _ in 0..QUESTIONS {
        let user = users::user(&asked, &mut choices);
        let call = calls::call(&asked, &mut choices);
        subject.agreed(user.as_ref(), &call);
    }
});
