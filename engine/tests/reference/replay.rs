//! The document that is kept for a user, asked about other requests: generated policies, users and
//! requests, and every small policy.

use proptest::collection::vec;
use proptest::prelude::*;
use tollgate_engine::{Fact, User};

use crate::compare::Subject;
use crate::generated::config;
use crate::kept::replayed;
use crate::requests::{Call, call};
use crate::{policies, users};

proptest! {
    #![proptest_config(config(400))]

    #[test]
    fn a_document_says_what_the_policy_says(
        files in policies::policy(),
        users in vec(users::user(), 3),
        calls in vec(call(), 24),
    ) {
        let subject = Subject::sound(&files);
        replayed(&subject, None, &calls);
        for user in &users {
            replayed(&subject, Some(user), &calls);
        }
    }
}

/// Every set of up to three rules with up to two segments, public or for buyers or taken away, for a
/// visitor and a buyer, on every
/// path of up to three segments: with slashes at the end, and malformed.
#[test]
fn every_small_policy() {
    let patterns = [
        "/", "/a", "/{x}", "/*", "/a/a", "/a/{x}", "/a/*", "/{x}/a", "/{x}/{y}", "/{x}/*",
    ];
    let mut rules = Vec::new();
    for pattern in patterns {
        rules.push(format!("route {pattern} is public\n"));
        rules.push(format!("route {pattern} requires product p-1\n"));
        rules.push(format!("forbid {pattern} when not user\n"));
    }
    let mut calls = vec![Call::of("GET", "/")];
    let mut paths = vec![String::new()];
    for _ in 0..3 {
        paths = paths
            .iter()
            .flat_map(|path| ["a", "b"].map(|segment| format!("{path}/{segment}")))
            .collect();
        for path in &paths {
            calls.push(Call::of("GET", path));
        }
    }
    for path in ["/a", "/b", "/a/a", "/a/b", "/b/a", "/b/b/b"] {
        calls.push(Call::of("GET", &format!("{path}/")));
    }
    for end in [
        "//", "/.", "/%2e", "/../", "%61", "/x%2fa", "/;", "/*", "/ b", "/b%20",
    ] {
        calls.push(Call::of("GET", &format!("/a{end}")));
        calls.push(Call::of("GET", &format!("/b/a{end}")));
    }
    let buyer = User {
        id: "u-1".to_owned(),
        products: Fact::Known(vec!["p-1".to_owned()]),
        ..User::default()
    };
    let (mut exact, mut inexact) = (0, 0);
    for (first, one) in rules.iter().enumerate() {
        for (second, two) in rules[..=first].iter().enumerate() {
            for (third, three) in rules[..=second].iter().enumerate() {
                let mut files = vec![one.clone()];
                files.extend((second < first).then(|| two.clone()));
                files.extend((third < second).then(|| three.clone()));
                let subject = Subject::read(&files);
                if !subject.errors.is_empty() {
                    continue;
                }
                for user in [None, Some(&buyer)] {
                    if replayed(&subject, user, &calls) {
                        exact += 1;
                    } else {
                        inexact += 1;
                    }
                }
            }
        }
    }
    // What IAM cannot say is little.
    assert!(inexact * 4 < exact, "{exact} exact, {inexact} not");
}
