//! A document written for one user, method by method.

use tollgate_grammar::tree::Reason;

use super::cover::Covers;
use super::proof::{Resource, prove};
use super::resource::{MAX_RESOURCES, is_wide, spell};
use super::settle::Known;
use super::walk::Steps;
use super::{Document, Inexact};
use crate::compile::method::Method;
use crate::compile::rule::{Kind, Rule};
use crate::denial::Denial;
use crate::expression::Expression;
use crate::policy::{Policy, Principal, plain};
use crate::request::{Request, Target};

/// Most sets of rules that are remembered for having denied.
const MAX_DENYING: usize = 64;

/// What a rule's part in a denial hangs on: whether it denies everybody, what it demands, its hint.
type Part<'a> = (bool, Option<(&'a Expression, bool)>, Option<&'a str>);

/// A document under way.
pub(super) struct Writer<'a> {
    policy: &'a Policy,
    principal: &'a Principal,
    unix_millis: i64,
    allow: Vec<String>,
    deny: Vec<String>,
    wide: bool,
    /// Why all rules so far deny; none has yet.
    denial: Option<Denial>,
    /// Whose denials that is already: of thousands of rules most ask the same.
    denying: Vec<Vec<Part<'a>>>,
    left: Steps,
}

impl<'a> Writer<'a> {
    pub(super) fn new(policy: &'a Policy, principal: &'a Principal, unix_millis: i64) -> Self {
        Self {
            policy,
            principal,
            unix_millis,
            allow: Vec::new(),
            deny: Vec::new(),
            wide: false,
            denial: None,
            denying: Vec::new(),
            left: Steps::all(),
        }
    }

    /// Writes what is said of methods that meet the same rules.
    pub(super) fn methods(
        &mut self,
        method: Option<Method>,
        names: &[&str],
        known: &Known<'_>,
    ) -> Result<(), Inexact> {
        let covers = Covers::of(self.policy, method, known)?;
        let one = names.first().copied().unwrap_or_default();
        let proof = prove(self.policy, &covers, one, &mut self.left)?;
        let spell = |resources: &[Resource], texts: &mut Vec<String>| {
            for method in names {
                for resource in resources {
                    texts.extend(spell(method, &resource.steps, &covers.segments)?);
                    if texts.len() > MAX_RESOURCES {
                        return Err(Inexact::TooLarge);
                    }
                }
            }
            Ok(())
        };
        spell(&proof.allow, &mut self.allow)?;
        spell(&proof.deny, &mut self.deny)?;
        self.wide |= proof.allow.iter().any(|resource| is_wide(&resource.steps));
        for path in &proof.denied {
            self.denied(one, path);
        }
        Ok(())
    }

    /// The document as far as it is written.
    pub(super) fn finish(self) -> Document {
        Document {
            allow: self.allow,
            deny: self.deny,
            wide: self.wide,
            denial: self.denial.unwrap_or(plain(Reason::NoRoute)),
        }
    }

    /// Remembers why a path is denied, if that is why all others are.
    fn denied(&mut self, method: &str, path: &str) {
        let general = |denial: &Denial| *denial == plain(Reason::Forbidden);
        if self.denial.as_ref().is_some_and(general) {
            return;
        }
        let request = Request {
            target: Target::Path { method, path },
            ip: None,
            unix_millis: self.unix_millis,
            headers: None,
            query: None,
        };
        let found = self.policy.find(&request);
        let parts: Vec<Part<'a>> = found.rules().map(part).collect();
        if self.denying.contains(&parts) {
            return;
        }
        if self.denying.len() < MAX_DENYING {
            self.denying.push(parts);
        }
        let conditions = found.rules().filter_map(|rule| rule.demand());
        // Where a parameter is compared with the user, elsewhere the same rule may deny for another
        // reason. With a visitor none is.
        let compares = self.principal.user().is_some();
        let depends = conditions
            .into_iter()
            .any(|(condition, _)| condition.varies() || compares && condition.asks_request());
        let decision = found.decide(self.principal);
        let denial = match decision.denial() {
            // Another request could be denied for another reason.
            Some(denial) if !depends => denial.clone(),
            _ => plain(Reason::Forbidden),
        };
        self.denial = Some(match self.denial.take() {
            Some(known) => common(known, &denial),
            None => denial,
        });
    }
}

fn part(rule: &Rule) -> Part<'_> {
    let denies = matches!(rule.kind, Kind::Denied);
    (denies, rule.demand(), rule.hint.as_deref())
}

/// What is true of both.
fn common(one: Denial, other: &Denial) -> Denial {
    if one.reason != other.reason {
        return plain(Reason::Forbidden);
    }
    Denial {
        reason: one.reason,
        required: if one.required == other.required {
            one.required
        } else {
            Vec::new()
        },
        hint: one.hint.filter(|hint| other.hint.as_ref() == Some(hint)),
    }
}
