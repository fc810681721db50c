//! The engine's answer beside the reference's.

use std::collections::BTreeSet;

use tollgate_engine::{Decision, Policy, Products, User};
use tollgate_grammar::tree::Tree;
use tollgate_grammar::{Diagnostic, Severity, Sources, Span};

use crate::evaluate::{Answer, Outcome, evaluate};
use crate::fact::ProductNames;
use crate::requests::Call;

/// A policy, read once for both.
pub struct Subject {
    sources: Sources,
    pub tree: Tree,
    pub products: ProductNames,
    pub policy: Option<Policy>,
    /// Of parser and compiler.
    pub errors: Vec<Diagnostic>,
}

impl Subject {
    /// Reads and compiles the files of a policy; `basic` is a name for `p-1`.
    pub fn read(files: &[String]) -> Self {
        let mut sources = Sources::default();
        for (number, text) in files.iter().enumerate() {
            sources.add(format!("{number}.policy"), text.clone());
        }
        let products = ProductNames::from([("basic".to_owned(), "p-1".to_owned())]);
        let compiled_with: Products = products.clone().into_iter().collect();
        let (tree, mut findings) = tollgate_grammar::parse(&sources);
        let (policy, more) = Policy::compile(&sources, &tree, &compiled_with);
        findings.extend(more);
        findings.retain(|finding| finding.severity() == Severity::Error);
        Self {
            sources,
            tree,
            products,
            policy,
            errors: findings,
        }
    }

    /// A policy that must be without errors.
    pub fn sound(files: &[String]) -> Self {
        let subject = Self::read(files);
        assert!(
            subject.errors.is_empty(),
            "{}\n{:#?}",
            files.concat(),
            subject.errors
        );
        subject
    }

    /// Asks both, for a user or a visitor, and gives the answer they agree on.
    pub fn agreed(&self, user: Option<&User>, call: &Call) -> Answer {
        let request = call.request();
        let expected = evaluate(&self.tree, &self.products, user, &request);
        let policy = self.policy.as_ref().expect("a policy without errors");
        let principal = match user {
            Some(user) => policy.principal(user.clone()),
            None => policy.visitor(),
        };
        let found = policy.find(&request);
        let decision = found.decide(&principal);
        let context = || format!("{}\n{call:?}\n{}", self.text(), shown(user));

        assert_eq!(
            policy.decide(&request, &principal),
            decision,
            "one step or two\n{}",
            context()
        );
        assert_eq!(
            outcome(&decision),
            expected.outcome,
            "engine, then reference\n{}",
            context()
        );
        assert_eq!(
            decision.tier(),
            expected.tier.as_deref(),
            "tier: engine, then reference\n{}",
            context()
        );
        assert!(
            self.is_rule_of(&decision, &expected),
            "{decision:?}\nnamed rule, hint\n{expected:?}\n{}",
            context()
        );
        if !found.asks_user() {
            let of_visitor = evaluate(&self.tree, &self.products, None, &request);
            assert_eq!(
                of_visitor.outcome,
                expected.outcome,
                "asks no user\n{}",
                context()
            );
        }
        expected
    }

    /// Whether the rule and the hint of a decision are those of one rule that may be named.
    fn is_rule_of(&self, decision: &Decision<'_>, expected: &Answer) -> bool {
        let hint = decision.denial().and_then(|denial| denial.hint.clone());
        match decision.rule() {
            None => expected.rules.is_empty() && hint.is_none(),
            Some(rule) => expected.rules.iter().any(|(span, expected_hint)| {
                rule.place == self.place(*span) && (decision.is_allowed() || *expected_hint == hint)
            }),
        }
    }

    /// `0.policy:12`
    fn place(&self, span: Span) -> String {
        let file = self.sources.file(span.file).unwrap();
        format!("{}:{}", file.name(), file.place(span.start).line)
    }

    /// The files, for a message.
    pub fn text(&self) -> String {
        self.sources
            .files()
            .map(|(_, file)| format!("# {}\n{}", file.name(), file.text()))
            .collect()
    }
}

/// All of a user, which its `Debug` keeps to itself.
pub fn shown(user: Option<&User>) -> String {
    let Some(user) = user else {
        return "a visitor".to_owned();
    };
    let User {
        email,
        email_verified,
        mfa,
        provider,
        roles,
        teams,
        permissions,
        scopes,
        groups,
        claims,
        ..
    } = user;
    format!(
        "{user:?} {email:?} verified {email_verified:?} mfa {mfa:?} provider {provider:?} roles {roles:?} \
         teams {teams:?} permissions {permissions:?} scopes {scopes:?} groups {groups:?} claims {claims:?}"
    )
}

/// The engine's decision in the reference's terms.
fn outcome(decision: &Decision<'_>) -> Outcome {
    let Some(denial) = decision.denial() else {
        assert!(decision.is_allowed(), "neither allowed nor denied");
        return Outcome::Allowed;
    };
    assert!(!decision.is_allowed(), "allowed and denied");
    let sizes: Vec<_> = denial.required.iter().map(Vec::len).collect();
    assert!(sizes.is_sorted(), "fewest first: {:?}", denial.required);
    let required: BTreeSet<BTreeSet<_>> = denial
        .required
        .iter()
        .map(|way| way.iter().cloned().collect())
        .collect();
    let distinct: usize = required.iter().map(BTreeSet::len).sum();
    assert_eq!(
        (required.len(), distinct),
        (denial.required.len(), sizes.iter().sum()),
        "nothing twice: {:?}",
        denial.required
    );
    Outcome::Denied {
        reason: denial.reason,
        required,
    }
}
