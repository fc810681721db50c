//! Routes and forbids.

use proptest::option;
use proptest::prelude::*;
use proptest::sample::subsequence;
use tollgate_grammar::Spanned;
use tollgate_grammar::tree::{Access, Forbid, ForbidMode, Route, Statement, Target};

use crate::condition::condition;
use crate::name::text;
use crate::nowhere::{NOWHERE, at};
use crate::target::target;

fn methods() -> impl Strategy<Value = Vec<Spanned<String>>> {
    subsequence(vec!["GET", "POST", "DELETE", "PURGE", "M-SEARCH"], 0..4).prop_map(|methods| {
        methods
            .into_iter()
            .map(|method| at(method.to_owned()))
            .collect()
    })
}

fn hint() -> impl Strategy<Value = Option<Spanned<String>>> {
    option::of(
        text(20)
            .prop_map(|text| text.replace(['"', '\\'], "'"))
            .prop_filter("empty", |text| !text.trim().is_empty())
            .prop_map(at),
    )
}

pub fn rule() -> impl Strategy<Value = Statement> {
    let rule = (methods(), target(), condition(), hint(), 0..5);
    rule.prop_map(|(mut methods, target, condition, hint, kind)| {
        if !matches!(target, Target::Path(_)) {
            methods.clear();
        }
        let span = NOWHERE;
        let forbid = |mode, condition, hint| Forbid {
            span,
            methods: methods.clone(),
            target: target.clone(),
            mode,
            condition,
            hint,
        };
        let route = |access, hint| Route {
            span,
            methods: methods.clone(),
            target: target.clone(),
            access,
            hint,
        };
        match kind {
            0 => Statement::Forbid(forbid(ForbidMode::When, condition, hint)),
            1 => Statement::Forbid(forbid(ForbidMode::Unless, condition, hint)),
            2 => Statement::Route(route(Access::Public, None)),
            3 => Statement::Route(route(Access::Denied, None)),
            _ => Statement::Route(route(Access::Requires(condition), hint)),
        }
    })
}
