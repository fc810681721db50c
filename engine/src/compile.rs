//! Syntax tree to compiled policy: names resolved, conditions numbered, routes in a tree.

pub(crate) mod condition;
pub(crate) mod definition;
pub(crate) mod method;
pub(crate) mod product;
pub(crate) mod rule;

use tollgate_grammar::tree::{Statement, Tree};
use tollgate_grammar::{Diagnostic, Severity, Sources};

use crate::analyse::allow::Allows;
use crate::policy::Policy;
use crate::products::Products;

/// Most facts in one condition, every `let` and tier written out.
pub const MAX_CONDITION_FACTS: usize = 4096;
/// Deepest nesting of a condition, every `let` and tier written out; a name is one level.
pub const MAX_CONDITION_DEPTH: usize = 256;

impl Policy {
    /// Compiles a tree. The findings are all mistakes and warnings of meaning; there is a
    /// policy only if none of them is an error.
    pub fn compile(
        sources: &Sources,
        tree: &Tree,
        products: &Products,
    ) -> (Option<Self>, Vec<Diagnostic>) {
        let mut findings = Vec::new();
        let mut scope = definition::define(tree, products, &mut findings);
        let mut rules = rule::Rules::default();
        for statement in &tree.statements {
            match statement {
                Statement::Route(route) => rules.route(route, sources, &mut scope, &mut findings),
                Statement::Forbid(forbid) => {
                    rules.forbid(forbid, sources, &mut scope, &mut findings);
                }
                Statement::Let(_) | Statement::Tier(_) | Statement::Test(_) => {}
            }
        }
        findings.extend(definition::unused_lets(tree));
        findings.extend(product::near_products(tree, products));
        if !findings.is_empty() {
            Allows::read(sources, tree).filter(&mut findings);
        }
        findings.sort_by_key(|finding| finding.span);
        let broken = findings
            .iter()
            .any(|finding| finding.severity() == Severity::Error);
        let policy = (!broken).then(|| Self::new(rules, scope));
        (policy, findings)
    }
}
