//! Texts and names.

use proptest::prelude::*;
use proptest::sample::select;
use tollgate_grammar::tree::Name;
use tollgate_grammar::words;

/// The `let`s that every generated tree has.
pub const LETS: &[&str] = &["staff", "Other-1", "x_y"];

/// Text without control characters and line separators.
pub fn text(longest: usize) -> impl Strategy<Value = String> {
    let text = proptest::string::string_regex(&format!("\\PC{{1,{longest}}}")).unwrap();
    text.prop_filter("a line of its own", |text| {
        !text.contains(['\u{2028}', '\u{2029}'])
    })
}

/// A name that needs no quotes, one that does, a word of the language, or one that is a `let`.
pub fn name() -> impl Strategy<Value = String> {
    prop_oneof![
        "[A-Za-z0-9][A-Za-z0-9._:@/-]{0,8}",
        text(8),
        select(words::CONDITIONS).prop_map(str::to_owned),
        select(LETS).prop_map(str::to_owned),
        select(vec![
            "and", "OR", "Not", "else", "is", "with", "||", "public", "\\", "\"", "{id}"
        ])
        .prop_map(str::to_owned),
    ]
}

pub fn tier() -> impl Strategy<Value = String> {
    "t[A-Za-z0-9_-]{0,5}".prop_filter("a word", |name| {
        name != "tier" && name != "team" && name != "test" && name != "true"
    })
}

pub fn member() -> impl Strategy<Value = Name> {
    prop_oneof![
        name().prop_map(Name::Text),
        "[a-z_][a-z0-9_-]{0,4}".prop_map(Name::Parameter)
    ]
}
