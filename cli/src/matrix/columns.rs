//! Typical users of a policy: nobody, anybody, and whoever has just enough to be let in somewhere.

use std::collections::HashSet;

use tollgate_engine::explain::{By, Change};
use tollgate_engine::{Policy, Principal, Products, explain, sample};
use tollgate_grammar::print_condition;
use tollgate_grammar::tree::{Access, Condition, Fact, Statement, Tree};

use super::{Call, Moment, without_method};
use crate::asker::Asker;
use crate::load::Loaded;

/// Most typical users that are shown.
const MAX_COLUMNS: usize = 12;
/// Most different conditions that are looked at for typical users.
const MAX_CONDITIONS: usize = 200;

/// A user.
pub struct Column {
    /// `visitor`, `user with mfa`
    pub name: String,
    /// As the policy sees them.
    pub principal: Principal,
    /// What stands in the cells of rules that ask who it is, where that cannot be told.
    pub unproven: Option<&'static str>,
}

impl Column {
    /// A user of this name.
    pub fn new(name: String, principal: Principal) -> Self {
        Self {
            name,
            principal,
            unproven: None,
        }
    }

    /// A user in the words of `--user`.
    ///
    /// # Errors
    /// What is wrong with them, rendered.
    pub fn parse(words: &str, policy: &Policy, products: &Products) -> Result<Self, String> {
        let asker = Asker::parse(words)?;
        let principal = asker.principal(policy, products);
        Ok(Self::new(asker.line, principal))
    }
}

/// The typical users, and how many more there would be.
pub fn typical(loaded: &Loaded, policy: &Policy, moment: &Moment) -> (Vec<Column>, usize) {
    let mut columns = vec![Column::new("visitor".to_owned(), policy.visitor())];
    columns.extend(Column::parse("", policy, &loaded.products));
    let mut found = Vec::new();
    let mut seen: HashSet<String> = columns.iter().map(|column| column.name.clone()).collect();
    for product in products(&loaded.read.tree) {
        let words = format!("with product {}", quoted(&product));
        if let Ok(column) = Column::parse(&words, policy, &loaded.products)
            && seen.insert(column.name.clone())
        {
            found.push(column);
        }
    }
    for change in let_in(loaded, policy, moment) {
        if let Some(column) = column(&change, policy, &loaded.products)
            && seen.insert(column.name.clone())
        {
            found.push(column);
        }
    }
    let room = MAX_COLUMNS.saturating_sub(columns.len());
    let left_out = found.len().saturating_sub(room);
    columns.extend(found.into_iter().take(room));
    (columns, left_out)
}

/// A product as a policy would write it.
fn quoted(product: &str) -> String {
    if product.contains([' ', ',', '"']) {
        format!("\"{product}\"")
    } else {
        product.to_owned()
    }
}

/// The products a policy names, in its order.
pub fn products(tree: &Tree) -> Vec<String> {
    let mut products = Vec::new();
    for statement in &tree.statements {
        match statement {
            Statement::Tier(definition) | Statement::Let(definition) => {
                collect(&definition.condition, &mut products);
            }
            Statement::Forbid(forbid) => collect(&forbid.condition, &mut products),
            Statement::Route(route) => {
                if let Access::Requires(condition) = &route.access {
                    collect(condition, &mut products);
                }
            }
            Statement::Test(_) => {}
        }
    }
    products
}

fn collect(condition: &Condition, products: &mut Vec<String>) {
    match condition {
        Condition::Facts { facts, .. } => {
            for fact in facts {
                if let Fact::Product(product) = &fact.node
                    && !products.contains(product)
                {
                    products.push(product.clone());
                }
            }
        }
        Condition::Not(inner, _) => collect(inner, products),
        Condition::Join(_, parts, _) => parts.iter().for_each(|part| collect(part, products)),
        Condition::Name(_) => {}
    }
}

/// What would let a visitor in, for each route with another condition.
fn let_in(loaded: &Loaded, policy: &Policy, moment: &Moment) -> Vec<Change> {
    let (mut changes, mut looked_at) = (Vec::new(), HashSet::new());
    for statement in &loaded.read.tree.statements {
        let Statement::Route(route) = statement else {
            continue;
        };
        let Access::Requires(condition) = &route.access else {
            continue;
        };
        if looked_at.len() >= MAX_CONDITIONS || !looked_at.insert(print_condition(condition)) {
            continue;
        }
        let sampled = || {
            let (method, path) = sample(policy, route)?;
            Some(Call::Path { method, path })
        };
        let Some(call) = without_method(route).or_else(sampled) else {
            continue;
        };
        let explanation = explain(
            policy,
            &loaded.read.sources,
            &loaded.read.tree,
            &loaded.products,
            &moment.request(call.target()),
            &policy.visitor(),
        );
        if !explanation.decision.is_allowed() {
            changes.extend(explanation.changes);
        }
    }
    changes
}

/// The user of a change, whatever else of the request it takes.
fn column(change: &Change, policy: &Policy, products: &Products) -> Option<Column> {
    let user = change.user()?;
    if change.steps.iter().any(|step| !step.holds) {
        return None;
    }
    let facts: Vec<&str> = change
        .steps
        .iter()
        .filter(|step| step.by != By::Request)
        .map(|step| step.fact.as_str())
        .filter(|fact| *fact != "user")
        .collect();
    let id = facts.iter().find_map(|fact| fact.strip_prefix("user "));
    let others: Vec<&str> = facts
        .iter()
        .copied()
        .filter(|fact| !fact.starts_with("user "))
        .collect();
    let id = id.map_or_else(String::new, |id| format!("{id} "));
    let words = if others.is_empty() {
        id.trim().to_owned()
    } else {
        format!("{id}with {}", others.join(", "))
    };
    // A domain or a comparison is no fact a test can give: the user is made all the same.
    Column::parse(&words, policy, products).ok().or_else(|| {
        let principal = policy.principal(user.clone());
        Some(Column::new(format!("user {words}"), principal))
    })
}
