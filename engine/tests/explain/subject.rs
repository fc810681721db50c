//! A policy that is asked to explain what it decides, and a user for it to decide of.

use tollgate_engine::explain::{Checked, Considered, Role};
use tollgate_engine::truth::Truth;
use tollgate_engine::{Explanation, Fact, Policy, Products, User, explain};
use tollgate_grammar::Sources;
use tollgate_grammar::tree::Tree;

use crate::requests::Call;

pub struct Subject {
    pub sources: Sources,
    pub tree: Tree,
    pub policy: Policy,
}

impl Subject {
    pub fn new(files: &[String]) -> Self {
        let mut sources = Sources::default();
        for (number, text) in files.iter().enumerate() {
            sources.add(format!("{number}.policy"), text.as_str());
        }
        let (tree, _) = tollgate_grammar::parse(&sources);
        let (policy, findings) = Policy::compile(&sources, &tree, &Products::default());
        let policy = policy.unwrap_or_else(|| panic!("{files:?}: {findings:?}"));
        Self {
            sources,
            tree,
            policy,
        }
    }

    pub fn explain(&self, user: Option<&User>, call: &Call) -> Explanation<'_> {
        let principal = match user {
            Some(user) => self.policy.principal(user.clone()),
            None => self.policy.visitor(),
        };
        explain(
            &self.policy,
            &self.sources,
            &self.tree,
            &Products::default(),
            &call.request(),
            &principal,
        )
    }

    /// Explains, and checks all that must be true of any explanation; how many changes there are.
    pub fn checked(&self, user: Option<&User>, call: &Call) -> (bool, usize) {
        let request = call.request();
        let principal = match user {
            Some(user) => self.policy.principal(user.clone()),
            None => self.policy.visitor(),
        };
        let decision = self.policy.decide(&request, &principal);
        let explanation = self.explain(user, call);
        assert_eq!(explanation.decision, decision);

        // The decider is the rule the decision names.
        let rules = || explanation.routes.iter().chain(&explanation.forbids);
        let decider = rules().find(|rule| Some(rule.span) == explanation.decider);
        assert_eq!(decider.map(|rule| &rule.rule), decision.rule());
        let asked = |rule: &&Considered| rule.part == Role::Asked;
        assert!(explanation.routes.iter().filter(asked).count() <= 1);

        // The conditions come to what was decided.
        let route = explanation.routes.iter().find(asked);
        let condition = route.and_then(|route| route.condition.as_ref());
        let forbidden = rules().any(|rule| rule.part == Role::Forbids);
        if decision.is_allowed() {
            assert!(route.is_some() && !forbidden);
            assert!(condition.is_none_or(|condition| condition.value == Truth::True));
        } else if let Some(condition) = condition {
            assert!(forbidden || condition.value != Truth::True);
        }
        for rule in rules() {
            rule.condition.iter().for_each(consistent);
        }

        for change in &explanation.changes {
            assert!(!change.steps.is_empty());
            let principal = match change.user() {
                Some(user) => self.policy.principal(user.clone()),
                None => self.policy.visitor(),
            };
            let turned =
                change.request(&request, |request| self.policy.decide(request, &principal));
            assert_ne!(
                turned.is_allowed(),
                decision.is_allowed(),
                "{:?}",
                change.steps
            );
        }
        (decision.is_allowed(), explanation.changes.len())
    }
}

/// Every part has the value its parts make.
fn consistent(checked: &Checked) {
    let values = checked.parts.iter().map(|part| part.value);
    let value = match (checked.text.as_str(), checked.parts.as_slice()) {
        (_, []) => checked.value,
        ("all of", _) => values.fold(Truth::True, Truth::and),
        ("any of", _) => values.fold(Truth::False, Truth::or),
        ("not", [inner]) => !inner.value,
        (_, [inner]) => inner.value,
        _ => panic!("{checked:?}"),
    };
    assert_eq!(checked.value, value, "{checked:?}");
    checked.parts.iter().for_each(consistent);
}

pub fn user(products: &[&str], mfa: &[&str], roles: &[&str]) -> User {
    let names = |names: &[&str]| Fact::Known(names.iter().map(|name| (*name).to_owned()).collect());
    User {
        id: "u-1".to_owned(),
        email: Fact::Known(None),
        email_verified: Fact::Known(false),
        products: names(products),
        mfa: names(mfa),
        provider: Fact::Unknown,
        roles: names(roles),
        teams: names(&[]),
        permissions: Fact::Unknown,
        scopes: names(&[]),
        groups: names(&[]),
        claims: Fact::Known(serde_json::json!({})),
    }
}
