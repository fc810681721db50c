//! Sets of kinds against the standard library's sets: each operation on each two of sixteen sets.

use std::collections::BTreeSet;

use super::*;

/// Neighbours, and both ends of the order.
const KINDS: [FactKind; 4] = [
    FactKind::Email,
    FactKind::EmailVerified,
    FactKind::Roles,
    FactKind::Claims,
];

/// Every set of [`KINDS`], and the same as a set of places in the order of all kinds.
fn sets() -> impl Iterator<Item = (FactSet, BTreeSet<usize>)> {
    (0..1 << KINDS.len()).map(|members: usize| {
        let kinds = KINDS.iter().enumerate();
        let kinds = kinds.filter(|(at, _)| members >> at & 1 == 1);
        let kinds: Vec<FactKind> = kinds.map(|(_, kind)| *kind).collect();
        let places = kinds.iter().map(|kind| place(*kind)).collect();
        (FactSet::of(&kinds), places)
    })
}

fn place(kind: FactKind) -> usize {
    let place = FactKind::ALL.iter().position(|known| *known == kind);
    place.unwrap_or(FactKind::ALL.len())
}

fn places(set: FactSet) -> Vec<usize> {
    set.iter().map(place).collect()
}

#[test]
fn a_set_has_its_kinds_in_order() {
    for (set, wanted) in sets() {
        assert_eq!(places(set), wanted.iter().copied().collect::<Vec<_>>());
        assert_eq!(set, set.iter().collect());
        assert_eq!(set.is_empty(), wanted.is_empty(), "{set:?}");
        for kind in FactKind::ALL {
            assert_eq!(
                set.contains(kind),
                wanted.contains(&place(kind)),
                "{kind:?} in {set:?}"
            );
        }
    }
    assert_eq!(
        places(FactSet::ALL),
        (0..FactKind::ALL.len()).collect::<Vec<_>>()
    );
    assert!(FactSet::NONE.is_empty());
}

#[test]
fn two_sets_meet_as_sets_do() {
    for (one, left) in sets() {
        for (other, right) in sets() {
            let both: Vec<usize> = left.union(&right).copied().collect();
            assert_eq!(places(one.with(other)), both, "{one:?} with {other:?}");
            let left_over: Vec<usize> = left.difference(&right).copied().collect();
            assert_eq!(
                places(one.without(other)),
                left_over,
                "{one:?} without {other:?}"
            );
            assert_eq!(
                one.contains_all(other),
                left.is_superset(&right),
                "{other:?} in {one:?}"
            );
        }
    }
}

#[test]
fn a_set_is_written_by_its_words() {
    let set = FactSet::of(&[FactKind::Roles, FactKind::Products]);
    assert_eq!(set.to_string(), "products, roles");
    assert_eq!(FactSet::from(FactKind::Mfa).to_string(), "second factors");
    assert_eq!(FactSet::NONE.to_string(), "");
    assert_eq!(format!("{set:?}"), "{Products, Roles}");
}
