//! Whether two trees say the same, places aside.
//!
//! Every member is named, so that one that is added to the tree cannot be forgotten here.

use crate::span::Spanned;
use crate::tree::{
    Access, Condition, Definition, Expected, Forbid, Pattern, Route, Segment, Statement, Target,
    Test, TestFact, TestGroup, TestRequest, TestTarget, Tree, Who,
};

/// Statements and comments in their order.
pub(super) fn tree(left: &Tree, right: &Tree) -> bool {
    let Tree {
        statements,
        comments,
        broken_lets,
        broken_tiers,
        incomplete,
    } = left;
    all(statements, &right.statements, statement)
        && all(comments, &right.comments, node)
        && all(broken_lets, &right.broken_lets, node)
        && all(broken_tiers, &right.broken_tiers, node)
        && *incomplete == right.incomplete
}

fn all<T>(left: &[T], right: &[T], same: impl Fn(&T, &T) -> bool) -> bool {
    left.len() == right.len()
        && left
            .iter()
            .zip(right)
            .all(|(left, right)| same(left, right))
}

fn node<T: PartialEq>(left: &Spanned<T>, right: &Spanned<T>) -> bool {
    left.node == right.node
}

fn statement(left: &Statement, right: &Statement) -> bool {
    match (left, right) {
        (Statement::Route(left), Statement::Route(right)) => route(left, right),
        (Statement::Forbid(left), Statement::Forbid(right)) => forbid(left, right),
        (Statement::Let(left), Statement::Let(right))
        | (Statement::Tier(left), Statement::Tier(right)) => definition(left, right),
        (Statement::Test(left), Statement::Test(right)) => test(left, right),
        _ => false,
    }
}

fn route(left: &Route, right: &Route) -> bool {
    let Route {
        span: _,
        methods,
        target: covers,
        access,
        hint,
    } = left;
    let same_access = match (access, &right.access) {
        (Access::Public, Access::Public) | (Access::Denied, Access::Denied) => true,
        (Access::Requires(left), Access::Requires(right)) => condition(left, right),
        _ => false,
    };
    same_access
        && all(methods, &right.methods, node)
        && target(covers, &right.target)
        && option(hint.as_ref(), right.hint.as_ref())
}

fn forbid(left: &Forbid, right: &Forbid) -> bool {
    let Forbid {
        span: _,
        methods,
        target: covers,
        mode,
        condition: asked,
        hint,
    } = left;
    *mode == right.mode
        && all(methods, &right.methods, node)
        && target(covers, &right.target)
        && condition(asked, &right.condition)
        && option(hint.as_ref(), right.hint.as_ref())
}

fn definition(left: &Definition, right: &Definition) -> bool {
    let Definition {
        span: _,
        name,
        condition: stands_for,
    } = left;
    node(name, &right.name) && condition(stands_for, &right.condition)
}

fn option<T: PartialEq>(left: Option<&Spanned<T>>, right: Option<&Spanned<T>>) -> bool {
    left.map(|spanned| &spanned.node) == right.map(|spanned| &spanned.node)
}

fn target(left: &Target, right: &Target) -> bool {
    match (left, right) {
        (Target::Connect(_), Target::Connect(_)) => true,
        (Target::Field(left), Target::Field(right)) => node(left, right),
        (Target::Path(left), Target::Path(right)) => {
            let Pattern { span: _, segments } = left;
            all(segments, &right.segments, segment)
        }
        _ => false,
    }
}

fn segment(left: &Segment, right: &Segment) -> bool {
    match (left, right) {
        (Segment::Literal(left), Segment::Literal(right))
        | (Segment::Parameter(left), Segment::Parameter(right)) => node(left, right),
        (Segment::Rest { name, span: _ }, Segment::Rest { name: other, .. }) => name == other,
        _ => false,
    }
}

/// Depth is bounded by the parser's nesting limit.
fn condition(left: &Condition, right: &Condition) -> bool {
    match (left, right) {
        (
            Condition::Facts {
                join,
                facts,
                span: _,
            },
            Condition::Facts {
                join: other_join,
                facts: other_facts,
                span: _,
            },
        ) => join == other_join && all(facts, other_facts, node),
        (Condition::Name(left), Condition::Name(right)) => node(left, right),
        (Condition::Not(left, _), Condition::Not(right, _)) => condition(left, right),
        (Condition::Join(join, parts, _), Condition::Join(other_join, other_parts, _)) => {
            join == other_join && all(parts, other_parts, condition)
        }
        _ => false,
    }
}

fn test(left: &Test, right: &Test) -> bool {
    let Test {
        span: _,
        name,
        groups,
    } = left;
    node(name, &right.name) && all(groups, &right.groups, group)
}

fn group(left: &TestGroup, right: &TestGroup) -> bool {
    let TestGroup { who, requests } = left;
    let same_who = match (&who.node, &right.who.node) {
        (Who::Visitor, Who::Visitor) => true,
        (
            Who::User { id, facts },
            Who::User {
                id: other_id,
                facts: other_facts,
            },
        ) => id == other_id && all(facts, other_facts, fact),
        _ => false,
    };
    same_who && all(requests, &right.requests, request)
}

fn fact(left: &TestFact, right: &TestFact) -> bool {
    let TestFact { known, fact } = left;
    *known == right.known && node(fact, &right.fact)
}

fn request(left: &TestRequest, right: &TestRequest) -> bool {
    let TestRequest {
        span: _,
        target: asked,
        ip,
        at,
        headers,
        query,
        outcome,
    } = left;
    let same_outcome = match (outcome, &right.outcome) {
        (Expected::Allowed, Expected::Allowed) => true,
        (Expected::Denied(left), Expected::Denied(right)) => option(left.as_ref(), right.as_ref()),
        _ => false,
    };
    same_outcome
        && test_target(asked, &right.target)
        && *ip == right.ip
        && *at == right.at
        && *headers == right.headers
        && *query == right.query
}

fn test_target(left: &TestTarget, right: &TestTarget) -> bool {
    match (left, right) {
        (
            TestTarget::Path { method, path },
            TestTarget::Path {
                method: other_method,
                path: other_path,
            },
        ) => node(method, other_method) && node(path, other_path),
        (TestTarget::Connect(_), TestTarget::Connect(_)) => true,
        (TestTarget::Field(left), TestTarget::Field(right)) => node(left, right),
        _ => false,
    }
}
