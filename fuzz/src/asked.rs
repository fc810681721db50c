//! What a policy asks about: its facts, and the rules that ask.

use std::collections::BTreeSet;

use tollgate_grammar::Spanned;
use tollgate_grammar::tree::{Access, Condition, Fact, Name, Segment, Statement, Target, Tree};

/// The facts and rules of a policy.
#[derive(Default)]
pub struct Asked<'t> {
    pub facts: Vec<&'t Fact>,
    pub rules: Vec<(&'t [Spanned<String>], &'t Target)>,
    /// What may stand in a path or for a parameter.
    pub words: Vec<&'t str>,
}

impl<'t> Asked<'t> {
    pub fn of(tree: &'t Tree) -> Self {
        let mut asked = Self::default();
        for statement in &tree.statements {
            match statement {
                Statement::Route(route) => {
                    asked.rule(&route.methods, &route.target);
                    if let Access::Requires(condition) = &route.access {
                        asked.condition(condition);
                    }
                }
                Statement::Forbid(forbid) => {
                    asked.rule(&forbid.methods, &forbid.target);
                    asked.condition(&forbid.condition);
                }
                Statement::Let(definition) | Statement::Tier(definition) => {
                    asked.condition(&definition.condition);
                }
                Statement::Test(_) => {}
            }
        }
        asked
    }

    /// Whether the reference, which tries every set of what could be gained, gets through.
    pub fn is_small(&self) -> bool {
        let gains = self.facts.iter().filter_map(|fact| match fact {
            Fact::Product(word) => Some(format!("product {word}")),
            Fact::MfaMethod(word) => Some(format!("mfa {word}")),
            Fact::Mfa => Some("mfa".to_owned()),
            Fact::EmailVerified => Some("verified".to_owned()),
            _ => None,
        });
        gains.collect::<BTreeSet<_>>().len() <= 8 && self.facts.len() <= 200
    }

    fn rule(&mut self, methods: &'t [Spanned<String>], target: &'t Target) {
        self.rules.push((methods, target));
        if let Target::Path(pattern) = target {
            self.words
                .extend(pattern.segments.iter().filter_map(|segment| match segment {
                    Segment::Literal(text) => Some(text.node.as_str()),
                    Segment::Parameter(_) | Segment::Rest { .. } => None,
                }));
        }
    }

    fn condition(&mut self, condition: &'t Condition) {
        match condition {
            Condition::Facts { facts, .. } => {
                for fact in facts {
                    self.facts.push(&fact.node);
                    if let Fact::UserId(Name::Text(word)) | Fact::Member(_, Name::Text(word)) =
                        &fact.node
                    {
                        self.words.push(word);
                    }
                }
            }
            Condition::Name(_) => {}
            Condition::Not(inner, _) => self.condition(inner),
            Condition::Join(_, parts, _) => parts.iter().for_each(|part| self.condition(part)),
        }
    }
}
