//! What the tests of a policy have seen: both outcomes of every rule and of every condition.

use std::collections::HashMap;

use tollgate_grammar::tree::{Access, Condition, Statement, Tree};
use tollgate_grammar::{Span, print_condition};

use crate::compile::rule::Kind;
use crate::expression::{Expression, Situation};
use crate::policy::{Policy, RuleName};
use crate::truth::Truth;

/// How often a condition had each value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Seen {
    /// It held.
    pub holds: usize,
    /// It did not hold.
    pub fails: usize,
    /// Nobody could say.
    pub unknown: usize,
}

/// A fact or a name of a rule's condition, and the values it had.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConditionCoverage {
    /// Where it stands.
    pub span: Span,
    /// What it asks, with the keyword that its list has: `product a`.
    pub text: String,
    /// How often a request met the rule while it had each value.
    pub seen: Seen,
}

/// A rule, and what came of the requests of tests that met it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleCoverage {
    /// The rule.
    pub name: RuleName,
    /// The whole statement.
    pub span: Span,
    /// How many requests it let pass; `None` if it lets none pass, as `is denied` does.
    pub allowed: Option<usize>,
    /// How many it stopped; `None` if it stops none, as `is public` does.
    pub denied: Option<usize>,
    /// The facts and names of its condition, in the order they stand.
    pub conditions: Vec<ConditionCoverage>,
}

/// The coverage of all rules, in the order of the policy.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Coverage {
    /// Every route and forbid.
    pub rules: Vec<RuleCoverage>,
    by_place: HashMap<Span, usize>,
}

impl Coverage {
    /// Nothing seen yet of any rule of this policy.
    pub(super) fn new(policy: &Policy, conditions: &Conditions<'_>) -> Self {
        let mut coverage = Self::default();
        for rule in policy.rules() {
            let mut leaves = Vec::new();
            if let Some(condition) = conditions.get(&rule.span) {
                leaves_of(condition, &mut leaves);
            }
            coverage.by_place.insert(rule.span, coverage.rules.len());
            coverage.rules.push(RuleCoverage {
                name: rule.name.clone(),
                span: rule.span,
                allowed: (!matches!(rule.kind, Kind::Denied)).then_some(0),
                denied: (!matches!(rule.kind, Kind::Public)).then_some(0),
                conditions: leaves,
            });
        }
        coverage
    }

    /// A request met the rule at this place.
    pub(super) fn met(&mut self, rule: Span, passed: bool, values: &[Value]) {
        let number = self.by_place.get(&rule);
        let Some(rule) = number.and_then(|number| self.rules.get_mut(*number)) else {
            return;
        };
        let count = if passed {
            &mut rule.allowed
        } else {
            &mut rule.denied
        };
        *count = Some(count.unwrap_or(0) + 1);
        for (condition, Value { value, .. }) in rule.conditions.iter_mut().zip(values) {
            match value {
                Truth::True => condition.seen.holds += 1,
                Truth::False => condition.seen.fails += 1,
                Truth::Unknown => condition.seen.unknown += 1,
            }
        }
    }

    /// What the fact or name at this place asks.
    pub fn text(&self, span: Span) -> Option<&str> {
        let mut conditions = self.rules.iter().flat_map(|rule| &rule.conditions);
        let condition = conditions.find(|condition| condition.span == span)?;
        Some(&condition.text)
    }

    /// Outcomes of rules that were seen, and how many there are.
    pub fn rule_outcomes(&self) -> (usize, usize) {
        let outcomes = self
            .rules
            .iter()
            .flat_map(|rule| [rule.allowed, rule.denied]);
        counted(outcomes.flatten())
    }

    /// Outcomes of conditions that were seen, and how many there are: two for each.
    pub fn condition_outcomes(&self) -> (usize, usize) {
        let conditions = self.rules.iter().flat_map(|rule| &rule.conditions);
        counted(conditions.flat_map(|condition| [condition.seen.holds, condition.seen.fails]))
    }
}

fn counted(outcomes: impl Iterator<Item = usize>) -> (usize, usize) {
    outcomes.fold((0, 0), |(seen, all), times| {
        (seen + usize::from(times > 0), all + 1)
    })
}

/// The conditions of the rules, by where the rules stand.
pub(super) type Conditions<'t> = HashMap<Span, &'t Condition>;

/// The conditions of all rules of a tree.
pub(super) fn conditions(tree: &Tree) -> Conditions<'_> {
    let mut conditions = Conditions::new();
    for statement in &tree.statements {
        match statement {
            Statement::Route(route) => {
                if let Access::Requires(condition) = &route.access {
                    conditions.insert(route.span, condition);
                }
            }
            Statement::Forbid(forbid) => {
                conditions.insert(forbid.span, &forbid.condition);
            }
            Statement::Let(_) | Statement::Tier(_) | Statement::Test(_) => {}
        }
    }
    conditions
}

/// A fact or a name of a condition and the value it had.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Value {
    /// Where it stands.
    pub span: Span,
    /// Its value.
    pub value: Truth,
}

/// The facts and names of a condition, in the order in which [`values`] gives their values.
fn leaves_of(condition: &Condition, into: &mut Vec<ConditionCoverage>) {
    let mut leaf = |span, condition: &Condition| {
        into.push(ConditionCoverage {
            span,
            text: print_condition(condition),
            seen: Seen::default(),
        });
    };
    match condition {
        Condition::Facts { facts, join, .. } if facts.len() > 1 => {
            for fact in facts {
                let alone = Condition::Facts {
                    join: *join,
                    facts: vec![fact.clone()],
                    span: fact.span,
                };
                leaf(fact.span, &alone);
            }
        }
        Condition::Name(_) | Condition::Facts { .. } => leaf(condition.span(), condition),
        Condition::Not(inner, _) => leaves_of(inner, into),
        Condition::Join(_, parts, _) => parts.iter().for_each(|part| leaves_of(part, into)),
    }
}

/// The facts and names of a condition with their values. The expression has the shape of the
/// condition it was compiled from, a tier or `let` written out where it asks about the request.
pub(super) fn values(
    condition: &Condition,
    expression: &Expression,
    situation: &Situation<'_>,
    into: &mut Vec<Value>,
) {
    let mut leaf = |span, expression: &Expression| {
        let value = expression.value(situation);
        into.push(Value { span, value });
    };
    match (condition, expression) {
        (Condition::Facts { facts, .. }, Expression::Join(_, parts)) if facts.len() > 1 => {
            for (fact, part) in facts.iter().zip(parts) {
                leaf(fact.span, part);
            }
        }
        (Condition::Not(inner, _), Expression::Not(part)) => values(inner, part, situation, into),
        (Condition::Join(_, conditions, _), Expression::Join(_, parts)) => {
            for (condition, part) in conditions.iter().zip(parts) {
                values(condition, part, situation, into);
            }
        }
        (condition, expression) => leaf(condition.span(), expression),
    }
}
