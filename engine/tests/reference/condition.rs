//! Whether a condition holds, and the facts it asks for.

use std::collections::BTreeSet;

use tollgate_engine::Fact as Known;
use tollgate_grammar::tree::{Condition, Definition, Fact, Join, Statement, Tree};

use crate::fact::{self, World};
use crate::route::Values;

/// A fact that somebody lacks and could get.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Missing {
    /// Being signed in, for a visitor: stands for every fact about a user.
    Login,
    /// `email verified`
    Verification,
    /// `mfa`, or `mfa METHOD`
    Mfa(Option<String>),
    /// `product P`, by its ID
    Product(String),
}

/// Conditions of one policy, asked of one user and request.
pub struct Judge<'a> {
    pub tree: &'a Tree,
    pub world: World<'a>,
}

impl<'a> Judge<'a> {
    /// Whether the condition holds; `None` is unknown.
    ///
    /// `assumed` is what is taken to hold although it does not, wherever it stands under an even
    /// number of `not`s (`positive` says whether the condition itself does). Under an odd number a
    /// fact keeps its value: gaining a fact cannot be what is asked for there.
    pub fn holds(
        &self,
        condition: &Condition,
        values: &Values,
        assumed: &BTreeSet<Missing>,
        positive: bool,
    ) -> Option<bool> {
        match condition {
            Condition::Facts { join, facts, .. } => {
                let parts = facts
                    .iter()
                    .map(|fact| self.fact(&fact.node, values, assumed, positive));
                joined(*join, &parts.collect::<Vec<_>>())
            }
            Condition::Name(name) => self.holds(
                &self.definition(&name.node).condition,
                values,
                assumed,
                positive,
            ),
            Condition::Not(part, _) => self
                .holds(part, values, assumed, !positive)
                .map(|truth| !truth),
            Condition::Join(join, parts, _) => {
                let parts = parts
                    .iter()
                    .map(|part| self.holds(part, values, assumed, positive));
                joined(*join, &parts.collect::<Vec<_>>())
            }
        }
    }

    fn fact(
        &self,
        fact: &Fact,
        values: &Values,
        assumed: &BTreeSet<Missing>,
        positive: bool,
    ) -> Option<bool> {
        if let Fact::Tier(name) = fact {
            let tiers = self.tiers_from(name).into_iter();
            let parts = tiers.map(|tier| self.holds(&tier.condition, values, assumed, positive));
            return joined(Join::Any, &parts.collect::<Vec<_>>());
        }
        let truth = self.world.fact(fact, values);
        let is_assumed = self
            .missing(fact)
            .is_some_and(|missing| assumed.contains(&missing));
        if positive && is_assumed {
            Some(true)
        } else {
            truth
        }
    }

    /// What would have to be gained for the fact to hold; nothing if it holds, is unknown, or
    /// cannot be gained.
    fn missing(&self, fact: &Fact) -> Option<Missing> {
        let Some(user) = self.world.user else {
            return fact::is_of_user(fact).then_some(Missing::Login);
        };
        let lacks = |list: &Known<Vec<String>>, name: &String| {
            list.known().is_some_and(|list| !list.contains(name))
        };
        match fact {
            Fact::EmailVerified => {
                (user.email_verified == Known::Known(false)).then_some(Missing::Verification)
            }
            Fact::Mfa => (user.mfa == Known::Known(Vec::new())).then_some(Missing::Mfa(None)),
            Fact::MfaMethod(method) => {
                lacks(&user.mfa, method).then(|| Missing::Mfa(Some(method.clone())))
            }
            Fact::Product(word) => {
                let id = self.world.product_id(word).to_owned();
                lacks(&user.products, &id).then_some(Missing::Product(id))
            }
            _ => None,
        }
    }

    /// Everything that would have to be gained for some fact of the condition.
    pub fn all_missing(&self, condition: &Condition) -> BTreeSet<Missing> {
        match condition {
            Condition::Facts { facts, .. } => facts
                .iter()
                .flat_map(|fact| self.all_missing_of(&fact.node))
                .collect(),
            Condition::Name(name) => self.all_missing(&self.definition(&name.node).condition),
            Condition::Not(part, _) => self.all_missing(part),
            Condition::Join(_, parts, _) => parts
                .iter()
                .flat_map(|part| self.all_missing(part))
                .collect(),
        }
    }

    fn all_missing_of(&self, fact: &Fact) -> BTreeSet<Missing> {
        match fact {
            Fact::Tier(name) => {
                let tiers = self.tiers_from(name).into_iter();
                tiers
                    .flat_map(|tier| self.all_missing(&tier.condition))
                    .collect()
            }
            _ => self.missing(fact).into_iter().collect(),
        }
    }

    /// All tiers, highest first.
    pub fn tiers(&self) -> Vec<&'a Definition> {
        let tiers = self
            .tree
            .statements
            .iter()
            .filter_map(|statement| match statement {
                Statement::Tier(tier) => Some(tier),
                _ => None,
            });
        tiers.collect()
    }

    /// The tier of that name and every tier above it.
    fn tiers_from(&self, name: &str) -> Vec<&'a Definition> {
        let tiers = self.tiers();
        let place = tiers
            .iter()
            .position(|tier| tier.name.node == name)
            .unwrap();
        tiers[..=place].to_vec()
    }

    fn definition(&self, name: &str) -> &'a Definition {
        let mut statements = self.tree.statements.iter();
        let definition = statements.find_map(|statement| match statement {
            Statement::Let(definition) if definition.name.node == name => Some(definition),
            _ => None,
        });
        definition.unwrap()
    }
}

/// `and` is false as soon as one part is, `or` true as soon as one part is; short of that one
/// unknown part leaves it unknown.
fn joined(join: Join, parts: &[Option<bool>]) -> Option<bool> {
    let decides = join == Join::Any;
    if parts.contains(&Some(decides)) {
        Some(decides)
    } else if parts.contains(&None) {
        None
    } else {
        Some(!decides)
    }
}
