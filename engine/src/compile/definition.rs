//! `let` and `tier`: each name resolved once, before any rule uses it.

use std::collections::{BTreeMap, BTreeSet};

use tollgate_grammar::tree::{Access, Condition, Definition, Fact, Join, Pattern, Statement, Tree};
use tollgate_grammar::{Code, Diagnostic};

use super::condition::{Weight, compile, too_large};
use crate::expression::Expression;
use crate::fact::FactTable;
use crate::products::Products;

/// What the names of a policy stand for.
pub(crate) struct Scope<'t> {
    pub(super) products: &'t Products,
    pub(crate) facts: FactTable,
    pub(super) lets: BTreeMap<&'t str, Named<'t>>,
    pub(super) tiers: BTreeMap<&'t str, Named<'t>>,
    /// What a tier stands for, those above it included.
    pub(super) tier_expressions: BTreeMap<&'t str, (Expression, Weight)>,
    /// Tier names, highest first, and the condition that says a user is in it or above.
    pub(crate) tier_order: Vec<(String, Expression)>,
    /// What [`Expression::Named`] counts.
    pub(crate) named: Vec<Expression>,
    /// Says whether a `let` or tier of this name was left out for a mistake that was reported.
    pub(super) tree: &'t Tree,
    /// How many facts the condition at hand may still have; `None` when it has too many.
    pub(super) room: Option<usize>,
}

/// A name and what it stands for.
pub(super) struct Named<'t> {
    pub(super) definition: &'t Definition,
    pub(super) resolved: Resolved,
}

/// What a name came to.
#[derive(Clone, Copy)]
pub(super) enum Resolved {
    /// Not looked at yet, or part of a circle.
    Not,
    /// A condition on the user alone: [`Expression::Named`] with this number.
    OfUser(usize, Weight),
    /// It asks something of the request, so it is written out where it is used.
    OfRequest,
}

/// Resolves all definitions, in an order in which each comes after those it uses.
pub(super) fn define<'t>(
    tree: &'t Tree,
    products: &'t Products,
    findings: &mut Vec<Diagnostic>,
) -> Scope<'t> {
    let mut scope = Scope {
        products,
        facts: FactTable::default(),
        lets: BTreeMap::new(),
        tiers: BTreeMap::new(),
        tier_expressions: BTreeMap::new(),
        tier_order: Vec::new(),
        tree,
        room: Some(0),
        named: Vec::new(),
    };
    let mut tiers: Vec<&Definition> = Vec::new();
    for statement in &tree.statements {
        let (names, definition) = match statement {
            Statement::Let(definition) => (&mut scope.lets, definition),
            Statement::Tier(definition) => (&mut scope.tiers, definition),
            _ => continue,
        };
        let name = definition.name.node.as_str();
        if let Some(first) = names.get(name) {
            findings.push(duplicate(first.definition, definition));
            continue;
        }
        names.insert(
            name,
            Named {
                definition,
                resolved: Resolved::Not,
            },
        );
        if matches!(statement, Statement::Tier(_)) {
            tiers.push(definition);
        }
    }
    findings.extend(apart(&tiers));
    resolve(&mut scope, &tiers, findings);
    scope
}

fn duplicate(first: &Definition, second: &Definition) -> Diagnostic {
    let name = &second.name.node;
    let span = second.name.span;
    Diagnostic::new(
        Code::DuplicateName,
        span,
        format!("the name `{name}` is given twice"),
    )
    .label("given again here")
    .related(first.name.span, "first given here")
    .help("rename or remove one of the two")
}

fn apart(tiers: &[&Definition]) -> Option<Diagnostic> {
    let first = tiers.first()?;
    let other = tiers
        .iter()
        .find(|tier| tier.span.file != first.span.file)?;
    Some(
        Diagnostic::new(
            Code::TiersApart,
            other.name.span,
            "tiers stand in more than one file, so which is higher is not defined",
        )
        .label("this tier stands apart")
        .related(first.name.span, "the first tier stands here")
        .help("write all `tier` lines in one file, highest first"),
    )
}

/// A definition by kind and name; tiers in a `BTreeMap` of their own, so the two never mix.
type Key<'t> = (bool, &'t str);

fn resolve<'t>(scope: &mut Scope<'t>, tiers: &[&'t Definition], findings: &mut Vec<Diagnostic>) {
    // The tier above is part of what a tier stands for.
    let above: BTreeMap<&str, &str> = tiers
        .windows(2)
        .filter_map(|pair| match pair {
            [above, below] => Some((below.name.node.as_str(), above.name.node.as_str())),
            _ => None,
        })
        .collect();
    let mut uses: BTreeMap<Key<'t>, BTreeSet<Key<'t>>> = BTreeMap::new();
    for (is_tier, names) in [(false, &scope.lets), (true, &scope.tiers)] {
        for (name, named) in names {
            let mut asked = BTreeSet::new();
            collect(&named.definition.condition, &mut asked);
            if let Some(above) = above.get(name).filter(|_| is_tier) {
                asked.insert((true, *above));
            }
            // Names nobody defines are reported where they are compiled.
            asked.retain(|(is_tier, name)| scope.names(*is_tier).contains_key(name));
            uses.insert((is_tier, *name), asked);
        }
    }
    for key in in_order(uses, scope, findings) {
        define_one(scope, key, above.get(key.1).copied(), findings);
    }
    for tier in tiers {
        let name = tier.name.node.as_str();
        if let Some((expression, _)) = scope.tier_expressions.get(name) {
            scope.tier_order.push((name.to_owned(), expression.clone()));
        }
    }
}

/// Those whose uses are all done, again and again; what remains goes in circles.
fn in_order<'t>(
    mut uses: BTreeMap<Key<'t>, BTreeSet<Key<'t>>>,
    scope: &Scope<'t>,
    findings: &mut Vec<Diagnostic>,
) -> Vec<Key<'t>> {
    let mut used_by: BTreeMap<Key<'t>, Vec<Key<'t>>> = BTreeMap::new();
    for (key, used) in &uses {
        for other in used {
            used_by.entry(*other).or_default().push(*key);
        }
    }
    let mut ready: Vec<Key<'t>> = uses
        .iter()
        .filter(|(_, used)| used.is_empty())
        .map(|(key, _)| *key)
        .collect();
    let mut order = Vec::with_capacity(uses.len());
    while let Some(key) = ready.pop() {
        uses.remove(&key);
        order.push(key);
        for user in used_by.remove(&key).into_iter().flatten() {
            if let Some(waiting) = uses.get_mut(&user) {
                waiting.remove(&key);
                if waiting.is_empty() {
                    ready.push(user);
                }
            }
        }
    }
    only_circles(&mut uses);
    for (is_tier, name) in uses.keys() {
        if let Some(named) = scope.names(*is_tier).get(name) {
            findings.push(
                Diagnostic::new(
                    Code::CircularName,
                    named.definition.name.span,
                    format!("`{name}` is defined by way of itself"),
                )
                .label("never comes to an end")
                .help("write one of the conditions on the way without the others"),
            );
        }
    }
    order
}

/// Takes out what only leads to a circle and is not in one itself: what no other remaining name
/// uses, until there is none.
fn only_circles<'t>(uses: &mut BTreeMap<Key<'t>, BTreeSet<Key<'t>>>) {
    let mut counts: BTreeMap<Key<'t>, usize> = BTreeMap::new();
    for key in uses.values().flatten() {
        *counts.entry(*key).or_default() += 1;
    }
    let idle = uses.keys().filter(|key| !counts.contains_key(*key));
    let mut idle: Vec<Key<'t>> = idle.copied().collect();
    while let Some(key) = idle.pop() {
        for other in uses.remove(&key).into_iter().flatten() {
            if let Some(count) = counts.get_mut(&other) {
                *count -= 1;
                if *count == 0 {
                    idle.push(other);
                }
            }
        }
    }
}

/// The names a condition uses. Depth is bounded by the parser's nesting limit.
fn collect<'t>(condition: &'t Condition, used: &mut BTreeSet<Key<'t>>) {
    match condition {
        Condition::Name(name) => {
            used.insert((false, &name.node));
        }
        Condition::Facts { facts, .. } => {
            for fact in facts {
                if let Fact::Tier(name) = &fact.node {
                    used.insert((true, name));
                }
            }
        }
        Condition::Not(inner, _) => collect(inner, used),
        Condition::Join(_, parts, _) => parts.iter().for_each(|part| collect(part, used)),
    }
}

fn define_one<'t>(
    scope: &mut Scope<'t>,
    (is_tier, name): Key<'t>,
    above: Option<&str>,
    findings: &mut Vec<Diagnostic>,
) {
    let Some(definition) = scope.names(is_tier).get(name).map(|named| named.definition) else {
        return;
    };
    // A tier has no pattern, so no parameter to ask about; a `let` has that of its place of use.
    let nothing = Pattern {
        span: definition.span,
        segments: Vec::new(),
    };
    let pattern = is_tier.then_some(&nothing);
    let compiled = compile(&definition.condition, pattern, scope, findings);
    let Some((mut expression, mut weight)) = compiled else {
        return;
    };
    if is_tier {
        // Met by everybody in the tier above.
        if let Some((higher, more)) = above.and_then(|above| scope.tier_expressions.get(above)) {
            weight = weight.beside(*more);
            if weight.is_too_large() {
                findings.push(too_large(definition.condition.span()));
                return;
            }
            expression = Expression::Join(Join::Any, Box::new([higher.clone(), expression]));
        }
        if !expression.asks_request() {
            let number = scope.named.len();
            scope.named.push(expression);
            expression = Expression::Named(number);
        }
        scope.tier_expressions.insert(name, (expression, weight));
        return;
    }
    let resolved = if expression.asks_request() {
        Resolved::OfRequest
    } else {
        let number = scope.named.len();
        scope.named.push(expression);
        Resolved::OfUser(number, weight)
    };
    if let Some(named) = scope.lets.get_mut(name) {
        named.resolved = resolved;
    }
}

impl<'t> Scope<'t> {
    fn names(&self, is_tier: bool) -> &BTreeMap<&'t str, Named<'t>> {
        if is_tier { &self.tiers } else { &self.lets }
    }

    /// Whether a name that is not defined may only seem so, for a mistake reported elsewhere.
    pub(super) fn left_out(&self, is_tier: bool, name: &str) -> bool {
        let broken = if is_tier {
            &self.tree.broken_tiers
        } else {
            &self.tree.broken_lets
        };
        self.tree.incomplete || broken.iter().any(|broken| broken.node == name)
    }
}

/// A warning for every `let` that no rule and no tier comes to, be it by way of other `let`s.
pub(crate) fn unused_lets(tree: &Tree) -> Vec<Diagnostic> {
    let (mut lets, mut ready) = (BTreeMap::new(), Vec::new());
    for statement in &tree.statements {
        match statement {
            Statement::Let(definition) => {
                let name = definition.name.node.as_str();
                lets.entry(name).or_insert(definition);
            }
            Statement::Tier(definition) => ready.push(&definition.condition),
            Statement::Forbid(forbid) => ready.push(&forbid.condition),
            Statement::Route(route) => {
                if let Access::Requires(condition) = &route.access {
                    ready.push(condition);
                }
            }
            Statement::Test(_) => {}
        }
    }
    // Most policies have none, and a look at every condition takes its time.
    if lets.is_empty() {
        return Vec::new();
    }
    let mut unused = lets.clone();
    while let Some(condition) = ready.pop() {
        let mut used = BTreeSet::new();
        collect(condition, &mut used);
        let names = used.into_iter().filter(|(is_tier, _)| !is_tier);
        ready.extend(names.filter_map(|(_, name)| Some(&unused.remove(name)?.condition)));
    }
    let mut used_by: BTreeMap<&str, &Definition> = BTreeMap::new();
    for definition in unused.values() {
        let mut used = BTreeSet::new();
        collect(&definition.condition, &mut used);
        used_by.extend(used.into_iter().map(|(_, name)| (name, *definition)));
    }
    unused
        .values()
        .map(|definition| {
            let name = &definition.name;
            let message = format!("`let {}` is never used", name.node);
            let finding = Diagnostic::new(Code::UnusedLet, name.span, message);
            match used_by.get(name.node.as_str()) {
                Some(user) => finding
                    .label("used only by what is never used itself")
                    .related(user.name.span, "used here")
                    .help("remove both, or use one of them in a rule"),
                None => finding.help("remove it, or use it in a rule"),
            }
        })
        .collect()
}
