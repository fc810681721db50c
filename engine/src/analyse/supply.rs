//! What the provider cannot tell, and what must not be kept by token.

use tollgate_grammar::{Code, Diagnostic};

use super::Supplies;
use crate::fact::UserFact;
use crate::outline::{Leaf, Part, PartKind};
use tollgate_grammar::tree::Membership;

impl Supplies {
    /// What a fact asks of the provider that it cannot tell.
    fn lacks(&self, leaf: &Leaf) -> Option<&'static str> {
        let membership = match leaf {
            Leaf::Request(_) | Leaf::IsParameter(_) => return None,
            Leaf::InParameter(membership, _) => *membership,
            Leaf::User(fact) => {
                let (told, what) = match fact {
                    UserFact::SignedIn | UserFact::Id(_) => return None,
                    UserFact::Product(_) => (self.products, "products"),
                    UserFact::Email(_) | UserFact::EmailDomain(_) => {
                        (self.email, "e-mail addresses")
                    }
                    UserFact::EmailVerified => {
                        (self.email_verified, "whether an address is verified")
                    }
                    UserFact::Mfa | UserFact::MfaMethod(_) => (self.mfa, "second factors"),
                    UserFact::Provider(_) => (self.provider, "how a user signed in"),
                    UserFact::Claim(..) => (self.claims, "claims"),
                    UserFact::Member(membership, _) => return self.lacks_list(*membership),
                };
                return (!told).then_some(what);
            }
        };
        self.lacks_list(membership)
    }

    fn lacks_list(&self, membership: Membership) -> Option<&'static str> {
        let (told, what) = match membership {
            Membership::Role => (self.roles, "roles"),
            Membership::Team => (self.teams, "teams"),
            Membership::Permission => (self.permissions, "permissions"),
            Membership::Scope => (self.scopes, "scopes"),
            Membership::Group => (self.groups, "groups"),
        };
        (!told).then_some(what)
    }
}

/// Every fact of a condition that the provider cannot tell, where it is written.
pub(super) fn unsupplied(part: &Part, supplies: &Supplies, findings: &mut Vec<Diagnostic>) {
    match &part.kind {
        PartKind::Leaf(leaf) => {
            if let Some(what) = supplies.lacks(leaf) {
                let provider = &supplies.name;
                let message = format!("{provider} does not tell {what}, so this is never known");
                findings.push(
                    Diagnostic::new(Code::NotSupplied, part.span, message)
                        .label("unknown for every signed-in user")
                        .help("a route that depends on it denies, a `forbid` forbids: ask for something else, or use a provider that tells it"),
                );
            }
        }
        PartKind::Not(inner) => unsupplied(inner, supplies, findings),
        PartKind::Join(_, parts) => {
            for part in parts {
                unsupplied(part, supplies, findings);
            }
        }
        // Reported where it is defined.
        PartKind::Named(..) => {}
    }
}

/// The first fact that is another in the next request of the same token.
pub(super) fn of_request(part: &Part) -> Option<&Part> {
    match &part.kind {
        PartKind::Leaf(Leaf::User(_)) => None,
        PartKind::Leaf(_) => Some(part),
        PartKind::Not(inner) => of_request(inner),
        PartKind::Join(_, parts) => parts.iter().find_map(|part| of_request(part)),
        PartKind::Named(_, inner) => of_request(inner).map(|_| part),
    }
}
