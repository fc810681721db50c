//! What was meant, told from the word at the place and the words around it.

mod condition;
mod example;
mod rule;
mod value;

use crate::code::Code;
use crate::diagnostic::Diagnostic;
use crate::mistake::Place;

/// The finding, if what was meant can be told.
pub(super) fn explain(place: &Place) -> Option<Diagnostic> {
    let tries: [fn(&Place) -> Option<Diagnostic>; 10] = [
        rule::missing_path,
        rule::missing_field,
        rule::misspelt,
        rule::definition,
        condition::missing_condition,
        value::missing_name,
        rule::after_pattern,
        value::value,
        condition::in_condition,
        example::in_test,
    ];
    tries.iter().find_map(|look| look(place))
}

fn syntax(place: &Place, message: impl Into<String>, help: impl Into<String>) -> Diagnostic {
    Diagnostic::new(Code::Syntax, place.span_found(), message).help(help)
}
