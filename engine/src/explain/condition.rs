//! A condition part by part, each with its value.

use std::rc::Rc;

use tollgate_grammar::Sources;
use tollgate_grammar::tree::{Fact, Join, Name, Pattern, Target};

use super::Explainer;
use crate::aspect::Aspect;
use crate::expression::{RequestFact, Situation};
use crate::fact::{UserFact, word};
use crate::outline::{Leaf, Named, Part, PartKind};
use crate::truth::Truth;

/// A part of a condition and its value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checked {
    /// As written, on one line; `all of` and `any of` for the parts of an `and` or `or`.
    pub text: String,
    /// What it came to.
    pub value: Truth,
    /// What it was compared with, if the text alone does not say.
    pub note: Option<String>,
    /// What it is made of; for the name of a `let` or tier, what it stands for.
    pub parts: Vec<Checked>,
}

impl Explainer<'_, '_> {
    pub(super) fn checked(&self, part: &Rc<Part>, target: &Target) -> Checked {
        let pattern = match target {
            Target::Path(pattern) => Some(pattern),
            Target::Connect(_) | Target::Field(_) => None,
        };
        let situation = self.found.situation(self.principal);
        self.check(part, pattern, &situation)
    }

    /// Depth is bounded by what compiles.
    fn check(&self, part: &Part, pattern: Option<&Pattern>, situation: &Situation<'_>) -> Checked {
        match &part.kind {
            PartKind::Leaf(leaf) => {
                let value = leaf.value(pattern, self.policy.facts(), situation);
                Checked {
                    text: text(self.sources, part, keyword(leaf)),
                    value,
                    note: note(leaf, value, pattern, situation),
                    parts: Vec::new(),
                }
            }
            PartKind::Not(inner) => {
                let inner = self.check(inner, pattern, situation);
                Checked {
                    text: "not".to_owned(),
                    value: !inner.value,
                    note: None,
                    parts: vec![inner],
                }
            }
            PartKind::Join(join, parts) => {
                let parts: Vec<Checked> = parts
                    .iter()
                    .map(|part| self.check(part, pattern, situation))
                    .collect();
                let values = parts.iter().map(|part| part.value);
                let (text, value) = match join {
                    Join::All => ("all of", values.fold(Truth::True, Truth::and)),
                    Join::Any => ("any of", values.fold(Truth::False, Truth::or)),
                };
                Checked {
                    text: text.to_owned(),
                    value,
                    note: None,
                    parts,
                }
            }
            PartKind::Named(named, inner) => {
                let inner = self.check(inner, pattern, situation);
                Checked {
                    text: match named {
                        Named::Let(name) => name.clone(),
                        Named::Tier(name) => format!("tier {name}"),
                    },
                    value: inner.value,
                    note: None,
                    parts: vec![inner],
                }
            }
        }
    }
}

/// The text of the part, with the keyword that a list has only once.
fn text(sources: &Sources, part: &Part, keyword: &str) -> String {
    let words: Vec<&str> = sources.text(part.span).split_whitespace().collect();
    let text = words.join(" ");
    let has_keyword = text
        .strip_prefix(keyword)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with([' ', '"', '{']));
    if has_keyword {
        text
    } else {
        format!("{keyword} {text}")
    }
}

fn keyword(leaf: &Leaf) -> &'static str {
    match leaf {
        Leaf::IsParameter(_) => "user",
        Leaf::InParameter(membership, _) => word(*membership),
        Leaf::User(fact) => match fact {
            UserFact::SignedIn | UserFact::Id(_) => "user",
            UserFact::Product(_) => "product",
            UserFact::Email(_) | UserFact::EmailDomain(_) | UserFact::EmailVerified => "email",
            UserFact::Mfa | UserFact::MfaMethod(_) => "mfa",
            UserFact::Provider(_) => "provider",
            UserFact::Member(membership, _) => word(*membership),
            UserFact::Claim(..) => "claim",
        },
        Leaf::Request(fact) => match fact {
            RequestFact::UserIs(_) => "user",
            RequestFact::Member(membership, _) => word(*membership),
            RequestFact::IpIn(_) => "ip in",
            RequestFact::Header(..) => "header",
            RequestFact::Query(..) => "query",
            RequestFact::Before(_) => "before",
            RequestFact::After(_) => "after",
        },
    }
}

/// What a reader needs beside the text. Nothing of the user is shown but what the policy names.
fn note(
    leaf: &Leaf,
    value: Truth,
    pattern: Option<&Pattern>,
    situation: &Situation<'_>,
) -> Option<String> {
    if leaf.asks_user() {
        if value == Truth::Unknown {
            return Some("the provider does not say".to_owned());
        }
        let (Leaf::IsParameter(name) | Leaf::InParameter(_, name)) = leaf else {
            return None;
        };
        return match leaf.concrete(pattern, situation) {
            Leaf::User(UserFact::Id(text) | UserFact::Member(_, text)) => {
                Some(format!("{{{name}}} is `{text}`"))
            }
            _ => None,
        };
    }
    match leaf.aspect() {
        Aspect::Address => Some(match situation.request.ip {
            Some(address) => format!("the address is {address}"),
            None => "no address is given".to_owned(),
        }),
        Aspect::Header(_) | Aspect::Query(_) if value == Truth::Unknown => {
            Some("it is sent more than once, or not told".to_owned())
        }
        _ => None,
    }
}

/// The fact as a condition would say it.
pub(super) fn written(leaf: &Leaf) -> Fact {
    match leaf {
        Leaf::IsParameter(name) => Fact::UserId(Name::Parameter(name.clone())),
        Leaf::InParameter(membership, name) => {
            Fact::Member(*membership, Name::Parameter(name.clone()))
        }
        Leaf::User(fact) => match fact {
            UserFact::SignedIn => Fact::User,
            UserFact::Id(id) => Fact::UserId(Name::Text(id.clone())),
            UserFact::Product(id) => Fact::Product(id.clone()),
            UserFact::Email(address) => Fact::Email(address.clone()),
            UserFact::EmailDomain(domain) => Fact::EmailDomain(domain.clone()),
            UserFact::EmailVerified => Fact::EmailVerified,
            UserFact::Mfa => Fact::Mfa,
            UserFact::MfaMethod(method) => Fact::MfaMethod(method.clone()),
            UserFact::Provider(name) => Fact::Provider(name.clone()),
            UserFact::Member(membership, name) => {
                Fact::Member(*membership, Name::Text(name.clone()))
            }
            UserFact::Claim(path, test) => Fact::Claim {
                path: path.clone(),
                test: test.clone(),
            },
        },
        Leaf::Request(fact) => match fact {
            RequestFact::UserIs(_) => Fact::User,
            RequestFact::Member(membership, _) => {
                Fact::Member(*membership, Name::Text(String::new()))
            }
            RequestFact::IpIn(network) => Fact::IpIn(*network),
            RequestFact::Header(name, value) => Fact::Header(name.clone(), value.clone()),
            RequestFact::Query(name, value) => Fact::Query(name.clone(), value.clone()),
            RequestFact::Before(date) => Fact::Before(date.clone()),
            RequestFact::After(date) => Fact::After(date.clone()),
        },
    }
}
