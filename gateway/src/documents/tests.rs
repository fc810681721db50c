#![allow(clippy::unwrap_used, reason = "tests")]

use super::*;
use crate::policy::Read;

#[test]
fn guards_are_written_once_for_each_partition_and_few_are_kept() {
    let documents = Documents::default();
    let guards = |number: usize| documents.guards(&format!("aws-{number}")).unwrap();
    for number in 0..MAX_PARTITIONS {
        assert!(Arc::ptr_eq(&guards(number), &guards(number)), "{number}");
    }
    // One more has them, but nobody keeps them.
    let more = guards(MAX_PARTITIONS);
    assert!(more.get().starts_with("[\"arn:aws-8:execute-api:*:*:*/*/"));
    assert!(!Arc::ptr_eq(&more, &guards(MAX_PARTITIONS)));
}

/// Half of them are kept for certain when the other half is new.
#[test]
fn no_more_documents_are_kept_than_the_bound() {
    let files = [("access.policy".to_owned(), b"route /x is public\n".to_vec())];
    let read = Read::files(&files, &std::iter::empty().collect());
    let policy = read.policy.unwrap();
    let sharing = policy.sharing(&policy.visitor(), Sees::ALL, 0);
    let key = |number: usize| (sharing.clone(), number.to_string());
    let none = || Err(Arc::new(NoDocument::ManyStages));
    let mut state = State::default();
    for number in 0..MAX_DOCUMENTS {
        state.keep(key(number), none());
    }
    assert_eq!(state.young.len() + state.old.len(), MAX_DOCUMENTS);
    assert!(state.old.contains_key(&key(0)));
    state.keep(key(MAX_DOCUMENTS), none());
    assert_eq!(state.young.len() + state.old.len(), MAX_DOCUMENTS / 2 + 1);
    assert!(state.find(&key(0)).is_none());
    assert!(state.find(&key(MAX_DOCUMENTS / 2)).is_some());
}
