//! Conditions, with parentheses where a reader or the parser would need them.

use crate::lower::{is_bare_member, membership_word};
use crate::print::Printer;
use crate::span::Spanned;
use crate::tree::{Cidr, ClaimTest, Comparison, Condition, Fact, Join, Literal, Name};

impl Printer<'_> {
    pub(super) fn condition(&mut self, condition: &Condition) {
        match condition {
            Condition::Name(name) => self.push(&name.node),
            Condition::Facts { join, facts, .. } => self.facts(*join, facts),
            Condition::Not(inner, _) => {
                self.push("not ");
                self.operand(inner, is_list_or_row(inner));
            }
            Condition::Join(join, parts, _) => {
                for (at, part) in parts.iter().enumerate() {
                    self.push(if at > 0 { joining(*join) } else { "" });
                    let grouped = match part {
                        Condition::Join(..) => true,
                        Condition::Facts {
                            join: inner, facts, ..
                        } => {
                            (facts.len() > 1 && inner != join) || swallows(part, parts.get(at + 1))
                        }
                        Condition::Not(..) => swallows(part, parts.get(at + 1)),
                        Condition::Name(_) => false,
                    };
                    self.operand(part, grouped);
                }
            }
        }
    }

    fn operand(&mut self, condition: &Condition, grouped: bool) {
        self.push(if grouped { "(" } else { "" });
        self.condition(condition);
        self.push(if grouped { ")" } else { "" });
    }

    fn facts(&mut self, join: Join, facts: &[Spanned<Fact>]) {
        for (at, fact) in facts.iter().enumerate() {
            if at == 0 {
                self.fact(&fact.node);
            } else {
                self.push(joining(join));
                self.entry(&fact.node, at);
            }
        }
    }

    /// A fact with its keyword.
    pub(super) fn fact(&mut self, fact: &Fact) {
        self.push(keyword(fact));
        if !matches!(fact, Fact::User | Fact::Mfa) {
            self.push(" ");
            self.entry(fact, 0);
        }
    }

    /// What stands after the keyword, as the entry of a list at this position.
    fn entry(&mut self, fact: &Fact, position: usize) {
        match fact {
            Fact::User | Fact::Mfa => {}
            Fact::UserId(name) => self.member(name, true),
            Fact::Member(_, name) => self.member(name, position > 0),
            Fact::MfaMethod(name) => self.item(name, true),
            Fact::Product(name) | Fact::Provider(name) => self.item(name, position > 0),
            // What a tier may be called needs no quotes, and a `let` of the same name is an error.
            Fact::Tier(name) => self.push(name),
            Fact::Email(address) => self.quoted(address),
            Fact::EmailDomain(domain) => {
                self.push("@");
                self.push(domain);
            }
            Fact::EmailVerified => self.push("verified"),
            Fact::Claim { path, test } => self.claim(path, test),
            Fact::IpIn(network) => self.push(&cidr(*network)),
            Fact::Header(name, value) => {
                self.push(name);
                self.equals(value);
            }
            Fact::Query(name, value) => {
                self.name(name);
                self.equals(value);
            }
            Fact::Before(date) | Fact::After(date) => self.push(&date.text),
        }
    }

    fn equals(&mut self, value: &str) {
        self.push(" = ");
        self.quoted(value);
    }

    fn member(&mut self, name: &Name, could_be_let: bool) {
        match name {
            Name::Text(text) => self.item(text, could_be_let),
            Name::Parameter(name) => {
                self.push("{");
                self.push(name);
                self.push("}");
            }
        }
    }

    fn item(&mut self, name: &str, could_be_let: bool) {
        if could_be_let && self.lets.contains(name) {
            self.quoted(name);
        } else {
            self.name(name);
        }
    }

    fn claim(&mut self, path: &[String], test: &ClaimTest) {
        for (at, member) in path.iter().enumerate() {
            self.push(if at > 0 { "." } else { "" });
            if is_bare_member(member) {
                self.push(member);
            } else {
                self.quoted(member);
            }
        }
        match test {
            ClaimTest::Compare(comparison, literal) => {
                self.push(operator(*comparison));
                self.literal(literal);
            }
            ClaimTest::In(literals) => {
                self.push(" in (");
                for (at, literal) in literals.iter().enumerate() {
                    self.push(if at > 0 { ", " } else { "" });
                    self.literal(literal);
                }
                self.push(")");
            }
            ClaimTest::Contains(literal) => {
                self.push(" contains ");
                self.literal(literal);
            }
        }
    }

    fn literal(&mut self, literal: &Literal) {
        match literal {
            Literal::Text(text) => self.quoted(text),
            Literal::Integer(number) => self.push(&number.to_string()),
            // Debug keeps a fraction or an exponent, so that it is read as a decimal again.
            Literal::Decimal(number) => self.push(&format!("{number:?}")),
            Literal::Truth(truth) => self.push(&truth.to_string()),
        }
    }
}

fn joining(join: Join) -> &'static str {
    match join {
        Join::All => " and ",
        Join::Any => " or ",
    }
}

fn operator(comparison: Comparison) -> &'static str {
    match comparison {
        Comparison::Equal => " = ",
        Comparison::NotEqual => " != ",
        Comparison::Less => " < ",
        Comparison::LessOrEqual => " <= ",
        Comparison::Greater => " > ",
        Comparison::GreaterOrEqual => " >= ",
    }
}

fn cidr(network: Cidr) -> String {
    let whole = if network.address.is_ipv4() { 32 } else { 128 };
    if network.prefix == whole {
        network.address.to_string()
    } else {
        format!("{}/{}", network.address, network.prefix)
    }
}

fn keyword(fact: &Fact) -> &'static str {
    match fact {
        Fact::User | Fact::UserId(_) => "user",
        Fact::Product(_) => "product",
        Fact::Tier(_) => "tier",
        Fact::Email(_) | Fact::EmailDomain(_) | Fact::EmailVerified => "email",
        Fact::Mfa | Fact::MfaMethod(_) => "mfa",
        Fact::Provider(_) => "provider",
        Fact::Member(membership, _) => membership_word(*membership),
        Fact::Claim { .. } => "claim",
        Fact::IpIn(_) => "ip in",
        Fact::Header(..) => "header",
        Fact::Query(..) => "query",
        Fact::Before(_) => "before",
        Fact::After(_) => "after",
    }
}

/// Whether `not` before it could be read in two ways.
fn is_list_or_row(condition: &Condition) -> bool {
    match condition {
        Condition::Facts { facts, .. } => facts.len() > 1,
        Condition::Join(..) => true,
        Condition::Name(_) | Condition::Not(..) => false,
    }
}

/// Whether a list at the end of `condition` would take what follows as one more entry.
fn swallows(condition: &Condition, next: Option<&Condition>) -> bool {
    let facts = match condition {
        Condition::Facts { facts, .. } => facts,
        Condition::Not(inner, _) if !is_list_or_row(inner) => return swallows(inner, next),
        _ => return false,
    };
    let Some(last) = facts.last().map(|fact| &fact.node) else {
        return false;
    };
    match next {
        Some(Condition::Name(_)) => matches!(
            last,
            Fact::UserId(_)
                | Fact::Product(_)
                | Fact::Tier(_)
                | Fact::MfaMethod(_)
                | Fact::Provider(_)
                | Fact::Member(..)
        ),
        // `role admin or user` is an error: it can be read in two ways.
        Some(Condition::Facts { facts, .. }) => {
            let is_user = facts.first().is_some_and(|fact| fact.node == Fact::User);
            is_user && matches!(last, Fact::Member(..))
        }
        _ => false,
    }
}
