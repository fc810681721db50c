//! What the provider cannot tell, and what must not be kept by token.

use tollgate_grammar::{Code, Diagnostic};

use super::Supplies;
use crate::fact_kind::FactKind;
use crate::needs;
use crate::outline::{Leaf, Part, PartKind};

/// What a fact asks of the provider; none if every provider tells it, or no provider is asked.
fn kind(leaf: &Leaf) -> Option<FactKind> {
    match leaf {
        Leaf::Request(_) | Leaf::IsParameter(_) => None,
        Leaf::InParameter(membership, _) => Some(needs::list(*membership)),
        Leaf::User(fact) => fact.kind(),
    }
}

/// The providers' names, as in `authgate and tiun`.
fn names(supplies: &[Supplies]) -> String {
    let names: Vec<&str> = supplies.iter().map(|told| told.name.as_str()).collect();
    names.join(" and ")
}

/// Every fact of a condition that none of the providers can tell, where it is written.
pub(super) fn unsupplied(part: &Part, supplies: &[Supplies], findings: &mut Vec<Diagnostic>) {
    match &part.kind {
        PartKind::Leaf(leaf) => {
            let told = |kind| supplies.iter().any(|of_one| of_one.facts.contains(kind));
            if let Some(kind) = kind(leaf).filter(|kind| !told(*kind)) {
                let (providers, what) = (names(supplies), kind.words());
                let verb = if supplies.len() == 1 { "does" } else { "do" };
                let message = format!("{providers} {verb} not tell {what}, so this is never known");
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
