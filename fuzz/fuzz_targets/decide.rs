//! Any policy, and users and requests made from what it asks about: the engine beside the naive
//! evaluator of `engine/tests/reference`.
//!
//! The bytes up to the first zero are the policy; those behind it choose users and requests.

#![no_main]

use libfuzzer_sys::fuzz_target;
use tollgate_fuzz::asked::Asked;
use tollgate_fuzz::choices::Choices;
use tollgate_fuzz::compare::Subject;
use tollgate_fuzz::{calls, users};

/// Questions for each policy.
const QUESTIONS: usize = 12;

fuzz_target!(|bytes: &[u8]| {
    let (text, mut choices) = Choices::behind_text(bytes);
    let subject = Subject::read(&[text]);
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
