//! Generated policies, users and requests.

use std::collections::BTreeMap;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, FileFailurePersistence, TestRunner};
use tollgate_engine::{Reason, User};
use tollgate_grammar::Code;
use tollgate_grammar::tree::{Route, Statement};

use crate::compare::Subject;
use crate::evaluate::Outcome;
use crate::requests::{Call, call};
use crate::{policies, route, users};

/// So many cases unless `PROPTEST_CASES` says otherwise.
pub fn config(cases: u32) -> Config {
    let regressions = FileFailurePersistence::Direct("tests/reference/regressions.txt");
    let mut config = Config::default();
    // `PROPTEST_DISABLE_FAILURE_PERSISTENCE` leaves the file alone.
    if config.failure_persistence.is_some() {
        config.failure_persistence = Some(Box::new(regressions));
    }
    if std::env::var_os("PROPTEST_CASES").is_none() {
        config.cases = cases;
    }
    config
}

/// A policy, users and requests; each is asked for each user and for a visitor.
fn case() -> impl Strategy<Value = (Vec<String>, Vec<User>, Vec<Call>)> {
    (policies::policy(), vec(users::user(), 3), vec(call(), 8))
}

proptest! {
    #![proptest_config(config(400))]

    #[test]
    fn engine_and_reference_agree((files, users, calls) in case()) {
        let subject = Subject::sound(&files);
        for call in &calls {
            subject.agreed(None, call);
            for user in &users {
                subject.agreed(Some(user), call);
            }
        }
    }
}

proptest! {
    #![proptest_config(config(400))]

    #[test]
    fn overlapping_routes_are_refused_and_no_others(text in policies::overlapping_routes()) {
        let subject = Subject::read(&[text]);
        let routes: Vec<&Route> = subject.tree.statements.iter().filter_map(|statement| match statement {
            Statement::Route(route) => Some(route),
            _ => None,
        }).collect();
        let overlap = routes.iter().enumerate().any(|(at, one)| {
            routes[at + 1..].iter().any(|other| route::overlaps(one, other))
        });
        let codes: Vec<_> = subject.errors.iter().map(|error| error.code).collect();
        prop_assert_eq!(!codes.is_empty(), overlap, "{:?}", codes);
        prop_assert!(codes.iter().all(|code| *code == Code::DuplicateRoute), "{:?}", codes);
        prop_assert_eq!(subject.policy.is_none(), overlap);
    }
}

/// A generator that never gets anywhere would agree with everything.
#[test]
fn generated_cases_reach_every_outcome() {
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    let mut runner = TestRunner::deterministic();
    for _ in 0..150 {
        let (files, users, calls) = case().new_tree(&mut runner).unwrap().current();
        let subject = Subject::sound(&files);
        for call in &calls {
            for user in users.iter().map(Some).chain([None]) {
                let answer = subject.agreed(user, call);
                let name = match answer.outcome {
                    Outcome::Allowed => "allowed".to_owned(),
                    Outcome::Denied { reason, required } => {
                        format!("{reason} {}", required.len().min(2))
                    }
                };
                *seen.entry(name).or_default() += 1;
                *seen.entry(format!("tier {:?}", answer.tier)).or_default() += 1;
            }
        }
    }
    for reason in Reason::ALL {
        let count = if reason == Reason::UpgradeRequired {
            1..=2
        } else {
            0..=0
        };
        for required in count {
            let name = format!("{reason} {required}");
            assert!(
                seen.get(&name).is_some_and(|count| *count >= 5),
                "{name}: {seen:#?}"
            );
        }
    }
    assert!(seen["allowed"] >= 500, "{seen:#?}");
    for tier in ["Some(\"gold\")", "Some(\"silver\")", "None"] {
        assert!(seen[&format!("tier {tier}")] >= 100, "{seen:#?}");
    }
}
