//! Generated policies, users and requests: what is said of them is true.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, TestRunner};
use tollgate_engine::truth::Truth;
use tollgate_engine::{Products, Supplies, User, analyse};
use tollgate_grammar::Code;
use tollgate_grammar::tree::{Access, Route, Statement};

use crate::requests::Call;
use crate::subject::Subject;
use crate::{conditions, policies, requests, users};

fn case() -> impl Strategy<Value = (Vec<String>, Vec<User>, Vec<Call>)> {
    (
        policies::policy(),
        vec(users::user(), 3),
        vec(requests::call(), 6),
    )
}

proptest! {
    #![proptest_config(Config { cases: 96, failure_persistence: None, ..Config::default() })]

    #[test]
    fn explanations_are_true((files, users, calls) in case()) {
        let subject = Subject::new(&files);
        for call in &calls {
            subject.checked(None, call);
            for user in &users {
                subject.checked(Some(user), call);
            }
        }
    }
}

/// What a warning calls certain is so for every user and request that comes along.
#[test]
fn warnings_are_true() {
    let (mut runner, mut certain) = (TestRunner::deterministic(), 0);
    let cases = (
        conditions::condition(&[], &[]),
        vec(users::user(), 6),
        vec(requests::call(), 6),
    );
    for _ in 0..1500 {
        let (sketch, users, calls) = cases.new_tree(&mut runner).unwrap().current();
        let text = format!(
            "route /* requires {}\nroute / is public\n",
            sketch.write(&[])
        );
        let subject = Subject::new(std::slice::from_ref(&text));
        let found = analyse(
            &subject.sources,
            &subject.tree,
            &Products::default(),
            &subject.policy,
            &[Supplies::everything("the provider")],
        );
        let Some(Statement::Route(Route {
            access: Access::Requires(condition),
            ..
        })) = subject.tree.statements.first()
        else {
            panic!("{text}");
        };
        let is_whole = |code: Code| {
            found
                .iter()
                .any(|finding| finding.code == code && finding.span == condition.span())
        };
        let (never, always) = (is_whole(Code::NeverHolds), is_whole(Code::AlwaysHolds));
        if !never && !always {
            continue;
        }
        certain += 1;
        for call in &calls {
            for user in users.iter().map(Some).chain([None]) {
                let explanation = subject.explain(user, call);
                let route = explanation.routes.first();
                if let Some(checked) = route.and_then(|route| route.condition.as_ref()) {
                    assert!(
                        !never || checked.value != Truth::True,
                        "{text}{user:?} {call:?}"
                    );
                    assert!(
                        !always || checked.value != Truth::False,
                        "{text}{user:?} {call:?}"
                    );
                }
            }
        }
    }
    assert!(certain >= 20, "only {certain} conditions were certain");
}

/// A search that never finds anything would be true of everything.
#[test]
fn changes_are_found() {
    let (mut denied, mut allowed) = ((0, 0), (0, 0));
    let mut runner = TestRunner::deterministic();
    for _ in 0..60 {
        let (files, users, calls) = case().new_tree(&mut runner).unwrap().current();
        let subject = Subject::new(&files);
        for call in &calls {
            for user in &users {
                let (is_allowed, changes) = subject.checked(Some(user), call);
                let count = if is_allowed {
                    &mut allowed
                } else {
                    &mut denied
                };
                count.0 += 1;
                count.1 += usize::from(changes > 0);
            }
        }
    }
    assert!(denied.1 * 10 > denied.0, "{denied:?}");
    assert!(allowed.1 * 2 > allowed.0, "{allowed:?}");
}
