//! The methods that rules name, by number.

use std::num::NonZeroU32;

use rustc_hash::FxHashMap;
use tollgate_grammar::words;

/// The number of a method.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Method(NonZeroU32);

/// Numbers for methods: those of HTTP always have one, others if some rule names them.
#[derive(Debug, Clone, Default)]
pub(crate) struct Methods {
    others: FxHashMap<Box<str>, Method>,
}

impl Methods {
    /// The number of a method, if it has one. Only an HTTP token has.
    pub(crate) fn find(&self, method: &str) -> Option<Method> {
        if let Some(number) = usual(method) {
            return Some(number);
        }
        self.others.get(method).copied()
    }

    /// Those beside HTTP's own that rules name, in order.
    pub(crate) fn others(&self) -> impl Iterator<Item = &str> {
        let mut others: Vec<&str> = self.others.keys().map(|method| &**method).collect();
        others.sort_unstable();
        others.into_iter()
    }

    /// The number of a method that a rule names, a new one if need be.
    pub(super) fn number(&mut self, method: &str) -> Method {
        if let Some(number) = usual(method) {
            return number;
        }
        let next = numbered(words::METHODS.len() + self.others.len());
        *self.others.entry(method.into()).or_insert(next)
    }
}

/// The methods of nearly all requests are told apart without hashing.
fn usual(method: &str) -> Option<Method> {
    let place = words::METHODS.iter().position(|usual| *usual == method)?;
    Some(numbered(place))
}

/// The method after so many others; a file is short enough for `u32`.
fn numbered(place: usize) -> Method {
    let place = u32::try_from(place).ok();
    let number = place.and_then(|place| NonZeroU32::MIN.checked_add(place));
    Method(number.unwrap_or(NonZeroU32::MAX))
}
