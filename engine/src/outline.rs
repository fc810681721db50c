//! A condition as it is written, with what each `let` and tier stands for beneath the name.
//!
//! The compiled [`Expression`](crate::expression::Expression) decides; this keeps the places, for
//! those who explain a decision or look for doubtful conditions.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use tollgate_grammar::Span;
use tollgate_grammar::tree::{
    Condition, Definition, Fact, Join, Membership, Name, Pattern, Statement, Tree,
};

use crate::compile::condition::parameter;
use crate::expression::{Capture, Expression, RequestFact, Situation};
use crate::fact::{FactTable, UserFact};
use crate::products::Products;
use crate::truth::Truth;

/// A part of a condition and where it is written.
#[derive(Debug)]
pub(crate) struct Part {
    pub(crate) span: Span,
    pub(crate) kind: PartKind,
}

#[derive(Debug)]
pub(crate) enum PartKind {
    Leaf(Leaf),
    Not(Rc<Part>),
    Join(Join, Vec<Rc<Part>>),
    /// A `let` or a tier, and what it stands for.
    Named(Named, Rc<Part>),
}

/// The name of a definition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Named {
    Let(String),
    Tier(String),
}

/// One fact. Parameters keep their names, as only the pattern of a rule says what they are.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Leaf {
    User(UserFact),
    /// `user {id}`
    IsParameter(String),
    /// `team {team}`
    InParameter(Membership, String),
    /// Of the request alone.
    Request(RequestFact),
}

/// What the names of a policy stand for, written out once and shared.
pub(crate) struct Outline<'t> {
    products: &'t Products,
    lets: HashMap<&'t str, &'t Definition>,
    tiers: HashMap<&'t str, (&'t Definition, Option<&'t str>)>,
    known: RefCell<HashMap<(bool, &'t str), Rc<Part>>>,
}

impl<'t> Outline<'t> {
    /// For a tree that compiled: its names are all defined, none by way of itself, and none
    /// deeper than [`MAX_CONDITION_DEPTH`](crate::compile::MAX_CONDITION_DEPTH).
    pub(crate) fn new(tree: &'t Tree, products: &'t Products) -> Self {
        let (mut lets, mut tiers) = (HashMap::new(), HashMap::new());
        let mut above = None;
        for statement in &tree.statements {
            match statement {
                Statement::Let(definition) => {
                    lets.insert(definition.name.node.as_str(), definition);
                }
                Statement::Tier(definition) => {
                    let name = definition.name.node.as_str();
                    tiers.insert(name, (definition, above));
                    above = Some(name);
                }
                _ => {}
            }
        }
        Self {
            products,
            lets,
            tiers,
            known: RefCell::default(),
        }
    }

    /// A condition, written out.
    pub(crate) fn part(&self, condition: &'t Condition) -> Rc<Part> {
        let kind = match condition {
            Condition::Facts { join, facts, .. } => {
                let mut parts: Vec<_> = facts
                    .iter()
                    .map(|fact| self.fact(&fact.node, fact.span))
                    .collect();
                if parts.len() == 1
                    && let Some(part) = parts.pop()
                {
                    // With its keyword, which the fact alone leaves out.
                    return Rc::new(Part {
                        span: condition.span(),
                        kind: part,
                    });
                }
                let spans = facts.iter().map(|fact| fact.span);
                let parts = parts.into_iter().zip(spans);
                let parts = parts.map(|(kind, span)| Rc::new(Part { span, kind }));
                PartKind::Join(*join, parts.collect())
            }
            Condition::Name(name) => self.named(&name.node),
            Condition::Not(inner, _) => PartKind::Not(self.part(inner)),
            Condition::Join(join, parts, _) => {
                PartKind::Join(*join, parts.iter().map(|part| self.part(part)).collect())
            }
        };
        Rc::new(Part {
            span: condition.span(),
            kind,
        })
    }

    /// What a tier stands for without the tiers above it, and the tier above.
    pub(crate) fn tier(&self, name: &str) -> Option<(Rc<Part>, Option<&'t str>)> {
        let (definition, above) = self.tiers.get(name)?;
        Some((self.part(&definition.condition), *above))
    }

    /// What a tier stands for, those above it included.
    pub(crate) fn tier_or_above(&self, name: &'t str) -> Option<Rc<Part>> {
        if let Some(part) = self.known.borrow().get(&(true, name)) {
            return Some(Rc::clone(part));
        }
        let (own, above) = self.tier(name)?;
        let span = own.span;
        let part = match above.and_then(|above| Some((above, self.tier_or_above(above)?))) {
            None => own,
            Some((above, higher)) => {
                let higher = Rc::new(Part {
                    span: higher.span,
                    kind: PartKind::Named(Named::Tier(above.to_owned()), higher),
                });
                Rc::new(Part {
                    span,
                    kind: PartKind::Join(Join::Any, vec![own, higher]),
                })
            }
        };
        let key = (true, name);
        self.known.borrow_mut().insert(key, Rc::clone(&part));
        Some(part)
    }

    fn named(&self, name: &'t str) -> PartKind {
        let known = self.known.borrow().get(&(false, name)).cloned();
        let inner = known.or_else(|| {
            let part = self.part(&self.lets.get(name)?.condition);
            let key = (false, name);
            self.known.borrow_mut().insert(key, Rc::clone(&part));
            Some(part)
        });
        match inner {
            Some(inner) => PartKind::Named(Named::Let(name.to_owned()), inner),
            // No policy that compiled gets here; nobody has such a product.
            None => PartKind::Leaf(Leaf::User(UserFact::Product(String::new()))),
        }
    }

    fn fact(&self, fact: &'t Fact, span: Span) -> PartKind {
        PartKind::Leaf(match fact {
            Fact::Tier(name) => {
                let nobody = || {
                    let kind = PartKind::Join(Join::Any, Vec::new());
                    Rc::new(Part { span, kind })
                };
                let inner = self.tier_or_above(name).unwrap_or_else(nobody);
                return PartKind::Named(Named::Tier(name.clone()), inner);
            }
            Fact::UserId(Name::Parameter(name)) => Leaf::IsParameter(name.clone()),
            Fact::Member(membership, Name::Parameter(name)) => {
                Leaf::InParameter(*membership, name.clone())
            }
            Fact::IpIn(network) => Leaf::Request(RequestFact::IpIn(*network)),
            Fact::Header(name, value) => {
                Leaf::Request(RequestFact::Header(name.clone(), value.clone()))
            }
            Fact::Query(name, value) => {
                Leaf::Request(RequestFact::Query(name.clone(), value.clone()))
            }
            Fact::Before(date) => Leaf::Request(RequestFact::Before(date.clone())),
            Fact::After(date) => Leaf::Request(RequestFact::After(date.clone())),
            of_user => Leaf::User(user_fact(of_user, self.products)),
        })
    }
}

fn user_fact(fact: &Fact, products: &Products) -> UserFact {
    match fact {
        Fact::Product(word) => UserFact::Product(products.id(word).to_owned()),
        Fact::UserId(Name::Text(id)) => UserFact::Id(id.clone()),
        Fact::Email(address) => UserFact::Email(address.clone()),
        Fact::EmailDomain(domain) => UserFact::EmailDomain(domain.to_ascii_lowercase()),
        Fact::EmailVerified => UserFact::EmailVerified,
        Fact::Mfa => UserFact::Mfa,
        Fact::MfaMethod(method) => UserFact::MfaMethod(method.clone()),
        Fact::Provider(name) => UserFact::Provider(name.clone()),
        Fact::Member(membership, Name::Text(name)) => UserFact::Member(*membership, name.clone()),
        Fact::Claim { path, test } => UserFact::Claim(path.clone(), test.clone()),
        _ => UserFact::SignedIn,
    }
}

impl Leaf {
    /// The value in a situation, as the compiled policy has it; unknown if the pattern does not
    /// name the parameter.
    pub(crate) fn value(
        &self,
        pattern: Option<&Pattern>,
        facts: &FactTable,
        situation: &Situation<'_>,
    ) -> Truth {
        let capture = |name: &str| pattern.and_then(|pattern| parameter(pattern, name));
        let of = |fact: Option<RequestFact>| {
            fact.map_or(Truth::Unknown, |fact| {
                Expression::Request(fact).value(situation)
            })
        };
        match self {
            Self::User(fact) => facts
                .find(fact)
                .map_or(Truth::Unknown, |number| situation.bits.get(number)),
            Self::IsParameter(name) => of(capture(name).map(RequestFact::UserIs)),
            Self::InParameter(membership, name) => {
                of(capture(name).map(|capture| RequestFact::Member(*membership, capture)))
            }
            Self::Request(fact) => of(Some(fact.clone())),
        }
    }

    /// The fact with its parameter replaced by what the path has there.
    pub(crate) fn concrete(&self, pattern: Option<&Pattern>, situation: &Situation<'_>) -> Self {
        let text = |name: &str| {
            let capture: Capture = parameter(pattern?, name)?;
            capture.text(situation).map(str::to_owned)
        };
        let of_user = match self {
            Self::IsParameter(name) => text(name).map(UserFact::Id),
            Self::InParameter(membership, name) => {
                text(name).map(|name| UserFact::Member(*membership, name))
            }
            Self::User(_) | Self::Request(_) => None,
        };
        of_user.map_or_else(|| self.clone(), Self::User)
    }

    /// Whether it is about who asks.
    pub(crate) fn asks_user(&self) -> bool {
        !matches!(self, Self::Request(_))
    }
}
