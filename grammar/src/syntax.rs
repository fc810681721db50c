//! The parser that `policy.pest` describes.

/// Made from the grammar at build time, with a `Rule` for every rule in it.
#[derive(pest_derive::Parser)]
#[grammar = "policy.pest"]
pub(crate) struct PolicyParser;

/// A piece of parsed text.
pub(crate) type Pair<'a> = pest::iterators::Pair<'a, Rule>;
