//! What a policy needs to know of its users, so that a provider is asked for no more.

use tollgate_grammar::tree::Membership;

use crate::expression::{Expression, RequestFact};
use crate::fact::UserFact;
use crate::fact_kind::{FactKind, FactSet};
use crate::policy::Policy;

/// The facts about users that any condition of a policy depends on.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Needs {
    /// The kinds of facts.
    pub facts: FactSet,
    /// The claims, each by its path from the outside in.
    pub claims: Vec<Vec<String>>,
}

impl Policy {
    /// What its conditions depend on, those of every route, `forbid`, `let` and `tier` together.
    ///
    /// ```
    /// use tollgate_engine::{FactKind, FactSet, Policy, Products};
    /// use tollgate_grammar::{Sources, parse};
    ///
    /// let mut sources = Sources::default();
    /// sources.add("access.policy", "route /pro/* requires product p-live-pro\n");
    /// let (tree, _) = parse(&sources);
    /// let (policy, _) = Policy::compile(&sources, &tree, &Products::default());
    /// let needs = policy.unwrap().needs();
    /// assert_eq!(needs.facts, FactSet::of(&[FactKind::Products]));
    /// ```
    pub fn needs(&self) -> Needs {
        let mut needs = Needs::default();
        for fact in self.facts().iter() {
            needs.facts = needs.facts.with(fact.kind().into_iter().collect());
            if let UserFact::Claim(path, _) = fact
                && !needs.claims.contains(path)
            {
                needs.claims.push(path.clone());
            }
        }
        // Lists that a parameter of the path is looked up in have no fact of their own.
        for (condition, _) in self.rules().iter().filter_map(|rule| rule.demand()) {
            needs.facts = needs.facts.with(looked_up(condition));
        }
        needs
    }
}

/// The lists that a condition looks a parameter up in.
fn looked_up(condition: &Expression) -> FactSet {
    match condition {
        Expression::Request(RequestFact::Member(membership, _)) => list(*membership).into(),
        Expression::User(_) | Expression::Named(_) | Expression::Request(_) => FactSet::NONE,
        Expression::Not(inner) => looked_up(inner),
        Expression::Join(_, parts) => parts
            .iter()
            .fold(FactSet::NONE, |set, part| set.with(looked_up(part))),
    }
}

/// The kind of a list.
pub(crate) fn list(membership: Membership) -> FactKind {
    match membership {
        Membership::Role => FactKind::Roles,
        Membership::Team => FactKind::Teams,
        Membership::Permission => FactKind::Permissions,
        Membership::Scope => FactKind::Scopes,
        Membership::Group => FactKind::Groups,
    }
}

impl UserFact {
    /// What kind of fact it is; none if every provider tells it.
    pub(crate) fn kind(&self) -> Option<FactKind> {
        Some(match self {
            Self::SignedIn | Self::Id(_) => return None,
            Self::Product(_) => FactKind::Products,
            Self::Email(_) | Self::EmailDomain(_) => FactKind::Email,
            Self::EmailVerified => FactKind::EmailVerified,
            Self::Mfa | Self::MfaMethod(_) => FactKind::Mfa,
            Self::Provider(_) => FactKind::Provider,
            Self::Member(membership, _) => list(*membership),
            Self::Claim(..) => FactKind::Claims,
        })
    }
}
