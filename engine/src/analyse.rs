//! What a policy probably does not mean: warnings that take a closer look than compiling.
//!
//! Only what is certain is reported. A warning is silenced by name, in the file: `# allow
//! unused-let` on the line above the statement or at the end of one of its lines.

pub(crate) mod allow;
mod condition;
mod formula;
mod reach;
mod supply;
#[cfg(test)]
mod tests;

use std::rc::Rc;

use tollgate_grammar::tree::{Access, Condition, Forbid, Route, Statement, Tree};
use tollgate_grammar::{Code, Diagnostic, Sources, Span, limits};

use crate::compile::definition::unused_lets;
use crate::compile::product::near_products;
use crate::fact_kind::FactSet;
use crate::outline::{Outline, Part};
use crate::policy::Policy;
use crate::products::Products;

use allow::Allows;
use condition::Judge;
use reach::Reach;

/// What an identity provider can tell of a user; what it cannot is unknown to every condition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Supplies {
    /// What messages call the provider.
    pub name: String,
    /// What it can tell.
    pub facts: FactSet,
}

impl Supplies {
    /// A provider that tells everything.
    pub fn everything(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            facts: FactSet::ALL,
        }
    }
}

/// Warnings beyond those of [`Policy::compile`], for a policy that compiled from this tree with
/// these products and whose users come from these providers; in the order of their places, at
/// most [`limits::FINDINGS`].
pub fn analyse(
    sources: &Sources,
    tree: &Tree,
    products: &Products,
    policy: &Policy,
    supplies: &[Supplies],
) -> Vec<Diagnostic> {
    let outline = Outline::new(tree, products);
    let reach = Reach::new(tree);
    let judge = Judge {
        sources,
        findings: Vec::new(),
        work: 0,
    };
    let mut analysis = Analysis {
        outline: &outline,
        reach: &reach,
        supplies,
        judge,
        uncacheable: Vec::new(),
    };
    for statement in &tree.statements {
        analysis.statement(statement);
    }
    let Analysis {
        judge, uncacheable, ..
    } = analysis;
    let mut findings = judge.findings;
    findings.extend(reach.routes());
    findings.extend(reach.fields());
    findings.extend(reach.catch_alls(policy));

    let mut allows = Allows::read(sources, tree);
    allows.filter(&mut findings);
    // Already given by compiling; looked at again to know which comments are of use.
    allows.filter(&mut unused_lets(tree));
    allows.filter(&mut near_products(tree, products));
    findings.extend(uncached(&uncacheable, &mut allows));
    findings.extend(allows.left_over());
    findings.sort_by_key(|finding| finding.span);
    bounded(findings)
}

struct Analysis<'a, 't> {
    outline: &'a Outline<'t>,
    reach: &'a Reach<'t>,
    supplies: &'a [Supplies],
    judge: Judge<'a>,
    uncacheable: Vec<Span>,
}

impl<'t> Analysis<'_, 't> {
    fn statement(&mut self, statement: &'t Statement) {
        match statement {
            Statement::Route(Route {
                access: Access::Requires(condition),
                ..
            }) => self.route(condition),
            Statement::Forbid(forbid) => self.forbid(forbid),
            Statement::Let(definition) => {
                self.condition(&definition.condition);
            }
            Statement::Tier(definition) => {
                let (_, reported) = self.condition(&definition.condition);
                if !reported {
                    self.tier(&definition.name.node, definition.name.span);
                }
            }
            Statement::Route(_) | Statement::Test(_) => {}
        }
    }

    fn condition(&mut self, condition: &'t Condition) -> (Rc<Part>, bool) {
        let part = self.outline.part(condition);
        let reported = self.judge.condition(&part);
        supply::unsupplied(&part, self.supplies, &mut self.judge.findings);
        (part, reported)
    }

    fn route(&mut self, condition: &'t Condition) {
        let (part, reported) = self.condition(condition);
        self.uncacheable
            .extend(supply::of_request(&part).map(|part| part.span));
        if !reported && self.judge.lets_visitor_in(&part) {
            let finding = Diagnostic::new(
                Code::VisitorAllowed,
                part.span,
                "somebody who is not signed in also meets this condition",
            )
            .label("`not` holds for a visitor, of whom nothing is true")
            .help("put `user and` in front of it, or write `not user` where visitors are meant");
            self.judge.findings.push(finding);
        }
    }

    fn forbid(&mut self, forbid: &'t Forbid) {
        let (part, _) = self.condition(&forbid.condition);
        self.uncacheable
            .extend(supply::of_request(&part).map(|part| part.span));
        self.judge.findings.extend(self.reach.forbid(forbid));
    }

    fn tier(&mut self, name: &'t str, span: Span) {
        let Some((own, Some(above))) = self.outline.tier(name) else {
            return;
        };
        let Some(higher) = self.outline.tier_or_above(above) else {
            return;
        };
        if !self.judge.adds_to(&own, &higher) {
            let finding = Diagnostic::new(
                Code::IdleTier,
                span,
                format!("nobody is in tier `{name}`"),
            )
            .label("whoever meets it is in a higher tier already")
            .help(format!(
                "tiers stand highest first: put `{name}` above the tier that takes its users, or remove it"
            ));
            self.judge.findings.push(finding);
        }
    }
}

/// One warning for all rules that ask something of the request: the cache is switched on or off
/// for a whole authorizer. A comment on any of the rules silences it.
fn uncached(places: &[Span], allows: &mut Allows) -> Option<Diagnostic> {
    const SHOWN: usize = 3;
    let (first, others) = places.split_first()?;
    if allows.silence(Code::NotCacheable, places) {
        return None;
    }
    let mut finding = Diagnostic::new(
        Code::NotCacheable,
        *first,
        "this is not the same for every request of a token, so API Gateway must not cache the decision by token",
    )
    .label("may change from request to request");
    for other in others.iter().take(SHOWN) {
        finding = finding.related(*other, "and this");
    }
    if let Some(more) = others.len().checked_sub(SHOWN).filter(|more| *more > 0) {
        finding = finding.help(format!("more like these: {more}"));
    }
    Some(finding.help(
        "keep the authorizer's result TTL at 0, and say that you did: `# allow not-cacheable` on one of these rules",
    ))
}

/// At most so many, the last of which says that there are more.
fn bounded(mut findings: Vec<Diagnostic>) -> Vec<Diagnostic> {
    if let Some(more) = findings
        .len()
        .checked_sub(limits::FINDINGS)
        .filter(|more| *more > 0)
    {
        findings.truncate(limits::FINDINGS);
        if let Some(last) = findings.last_mut() {
            last.help
                .push(format!("more warnings that are not shown: {more}"));
        }
    }
    findings
}
