//! Which methods meet the same rules, so that what is said of one is said of all.

use rustc_hash::FxHashSet;
use tollgate_grammar::words::METHODS;

use crate::compile::method::Method;
use crate::compile::rule::{Entries, Rules};

/// The methods of API Gateway and others that rules name: those that no rule names together, each of
/// the others by itself.
pub(super) fn alike(rules: &Rules) -> Vec<(Option<Method>, Vec<&str>)> {
    let mut named = FxHashSet::default();
    for tree in [&rules.routes, &rules.forbids] {
        tree.patterns(&mut |_, entries: &Entries| {
            named.extend(entries.iter().filter_map(|entry| entry.method));
        });
    }
    let (mut groups, mut others) = (Vec::new(), Vec::new());
    for name in METHODS.iter().copied().chain(rules.methods.others()) {
        let method = rules.methods.find(name);
        match method.filter(|method| named.contains(method)) {
            Some(method) => groups.push((Some(method), vec![name])),
            None => others.push(name),
        }
    }
    groups.extend((!others.is_empty()).then_some((None, others)));
    groups
}
