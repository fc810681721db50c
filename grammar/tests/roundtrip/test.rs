//! The groups of a test: who asks, and for what.

use std::net::IpAddr;

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;
use tollgate_grammar::tree::*;

use crate::fact::{date, facts};
use crate::name::{name, text};
use crate::nowhere::{NOWHERE, at};
use crate::target::field;

fn test_fact() -> impl Strategy<Value = TestFact> {
    use TestKnowledge::{Absent, Present, Unknown};
    let holds = facts().prop_filter_map("not of a user", |facts| {
        let fact = facts.into_iter().next()?;
        let fits = match &fact {
            Fact::Product(_)
            | Fact::Email(_)
            | Fact::EmailVerified
            | Fact::Mfa
            | Fact::MfaMethod(_)
            | Fact::Provider(_) => true,
            Fact::Member(_, name) => matches!(name, Name::Text(_)),
            Fact::Claim { test, .. } => matches!(
                test,
                ClaimTest::Compare(Comparison::Equal, _) | ClaimTest::Contains(_)
            ),
            _ => false,
        };
        fits.then_some(fact)
    });
    (select(vec![Present, Absent, Unknown]), holds).prop_map(|(known, fact)| TestFact {
        known,
        fact: at(fact),
    })
}

fn who() -> impl Strategy<Value = Who> {
    let user = (option::of(name()), vec(test_fact(), 0..4))
        .prop_map(|(id, facts)| Who::User { id, facts });
    prop_oneof![1 => Just(Who::Visitor), 4 => user]
}

fn request() -> impl Strategy<Value = TestRequest> {
    let path = prop_oneof!["/[a-z/.%;?#(),=!{}]{0,8}", text(8), Just(String::new())];
    let path = path.prop_map(|path| TestTarget::Path {
        method: at("GET".to_owned()),
        path: at(path),
    });
    let field = field().prop_map(|name| TestTarget::Field(at(name)));
    let target = prop_oneof![4 => path, 2 => Just(TestTarget::Connect(NOWHERE)), 2 => field];
    let reason = option::of(select(Reason::ALL.to_vec()));
    let pairs = || vec(("[a-z0-9][a-z0-9-]{0,6}", text(6)), 0..3);
    let outcome = option::of(reason);
    let parts = (
        target,
        option::of(any::<IpAddr>()),
        option::of(date()),
        pairs(),
        pairs(),
        outcome,
    );
    parts.prop_map(
        |(target, ip, at_date, headers, query, outcome)| TestRequest {
            span: NOWHERE,
            target,
            ip,
            at: at_date,
            headers,
            query,
            outcome: match outcome {
                None => Expected::Allowed,
                Some(reason) => Expected::Denied(reason.map(at)),
            },
        },
    )
}

pub fn test() -> impl Strategy<Value = Vec<TestGroup>> {
    let group = (who(), vec(request(), 1..3));
    vec(
        group.prop_map(|(who, requests)| TestGroup {
            who: at(who),
            requests,
        }),
        1..3,
    )
}
