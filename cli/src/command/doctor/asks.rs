//! What the rules of a policy ask of a request beside its path and its user.

use std::collections::HashMap;

use tollgate_grammar::Span;
use tollgate_grammar::tree::{Access, Condition, Fact, Name, Statement, Tree};

/// Something a condition asks of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Asked {
    /// A header; its name in lower case.
    Header(String),
    /// A query parameter.
    Query(String),
    /// The address it comes from.
    Address,
    /// When it is.
    Time,
    /// A parameter of the path, compared with the user.
    Parameter,
}

impl std::fmt::Display for Asked {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Header(name) => write!(f, "header {name}"),
            Self::Query(name) => write!(f, "query {name}"),
            Self::Address => f.write_str("the caller's address"),
            Self::Time => f.write_str("the time"),
            Self::Parameter => f.write_str("a part of the path"),
        }
    }
}

/// Everything that `route`s and `forbid`s ask, each once, with the place of the rule's statement.
pub fn asked(tree: &Tree) -> Vec<(Asked, Span)> {
    let names = Names::new(tree);
    let mut asked: Vec<(Asked, Span)> = Vec::new();
    for statement in &tree.statements {
        for (what, span) in names.of(statement) {
            if asked.iter().all(|(known, _)| *known != what) {
                asked.push((what, span));
            }
        }
    }
    asked
}

/// What one rule asks.
pub fn asked_by<'t>(tree: &'t Tree, condition: &'t Condition) -> Vec<Asked> {
    let names = Names::new(tree);
    let mut facts = Vec::new();
    names.condition(condition, &mut Vec::new(), &mut facts);
    facts.into_iter().map(|(what, _)| what).collect()
}

/// What `let`s and tiers stand for.
struct Names<'t> {
    lets: HashMap<&'t str, &'t Condition>,
    /// In the policy's order, the highest first.
    tiers: Vec<(&'t str, &'t Condition)>,
}

impl<'t> Names<'t> {
    fn new(tree: &'t Tree) -> Self {
        let (mut lets, mut tiers) = (HashMap::new(), Vec::new());
        for statement in &tree.statements {
            match statement {
                Statement::Let(definition) => {
                    lets.insert(definition.name.node.as_str(), &definition.condition);
                }
                Statement::Tier(definition) => {
                    tiers.push((definition.name.node.as_str(), &definition.condition));
                }
                _ => {}
            }
        }
        Self { lets, tiers }
    }

    fn of(&self, statement: &'t Statement) -> Vec<(Asked, Span)> {
        let condition = match statement {
            Statement::Route(route) => match &route.access {
                Access::Requires(condition) => condition,
                _ => return Vec::new(),
            },
            Statement::Forbid(forbid) => &forbid.condition,
            _ => return Vec::new(),
        };
        let mut facts = Vec::new();
        self.condition(condition, &mut Vec::new(), &mut facts);
        facts
    }

    /// `seen` are the names that were looked into: many conditions use the same.
    fn condition(
        &self,
        condition: &'t Condition,
        seen: &mut Vec<&'t str>,
        facts: &mut Vec<(Asked, Span)>,
    ) {
        match condition {
            Condition::Facts { facts: listed, .. } => {
                for fact in listed {
                    if let Fact::Tier(name) = &fact.node {
                        self.tier(name, seen, facts);
                    }
                    facts.extend(asks(&fact.node).map(|what| (what, fact.span)));
                }
            }
            Condition::Name(name) => {
                let name = name.node.as_str();
                if let Some(inner) = self.lets.get(name)
                    && !seen.contains(&name)
                {
                    seen.push(name);
                    self.condition(inner, seen, facts);
                }
            }
            Condition::Not(inner, _) => self.condition(inner, seen, facts),
            Condition::Join(_, parts, _) => {
                for part in parts {
                    self.condition(part, seen, facts);
                }
            }
        }
    }

    /// A tier and those above it.
    fn tier(&self, name: &str, seen: &mut Vec<&'t str>, facts: &mut Vec<(Asked, Span)>) {
        let own = self.tiers.iter().position(|(known, _)| *known == name);
        let tiers = own.and_then(|own| self.tiers.get(..=own));
        for (name, inner) in tiers.unwrap_or_default() {
            if !seen.contains(name) {
                seen.push(*name);
                self.condition(inner, seen, facts);
            }
        }
    }
}

fn asks(fact: &Fact) -> Option<Asked> {
    Some(match fact {
        Fact::Header(name, _) => Asked::Header(name.to_ascii_lowercase()),
        Fact::Query(name, _) => Asked::Query(name.clone()),
        Fact::IpIn(_) => Asked::Address,
        Fact::Before(_) | Fact::After(_) => Asked::Time,
        Fact::UserId(Name::Parameter(_)) | Fact::Member(_, Name::Parameter(_)) => Asked::Parameter,
        _ => return None,
    })
}
