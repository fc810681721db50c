//! What a rule covers.

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use tollgate_grammar::tree::{Pattern, Segment, Target};

use crate::name::text;
use crate::nowhere::{NOWHERE, at};

fn segment() -> impl Strategy<Value = Segment> {
    let refused = |text: &String| {
        text.contains(['/', '\\', '%', ';', '*', '?', '#'])
            || text.contains(char::is_control)
            || text.trim() != text
            || matches!(text.as_str(), "." | "..")
    };
    let literal = prop_oneof![
        text(6),
        "[a-z:<>{}$,()]{1,5}",
        Just("a\u{2028}\u{a0}b".to_owned())
    ];
    let literal = literal.prop_filter("refused in requests", move |text| !refused(text));
    prop_oneof![
        4 => literal.prop_map(|text| Segment::Literal(at(text))),
        1 => Just(Segment::Parameter(at(String::new()))),
    ]
}

pub fn target() -> impl Strategy<Value = Target> {
    let rest = option::of(any::<bool>());
    let path = (vec(segment(), 0..5), rest).prop_map(|(mut segments, rest)| {
        for (index, segment) in segments.iter_mut().enumerate() {
            if let Segment::Parameter(name) = segment {
                name.node = format!("p{index}");
            }
        }
        if let Some(named) = rest {
            let name = named.then(|| "rest".to_owned());
            segments.push(Segment::Rest {
                name,
                span: NOWHERE,
            });
        }
        Target::Path(Pattern {
            span: NOWHERE,
            segments,
        })
    });
    let field = field().prop_map(|name| Target::Field(at(name)));
    prop_oneof![8 => path, 1 => Just(Target::Connect(NOWHERE)), 1 => field]
}

/// `Type.name` or `*`.
pub fn field() -> impl Strategy<Value = String> {
    prop_oneof![4 => "[_A-Za-z][_0-9A-Za-z]{0,6}\\.[_A-Za-z][_0-9A-Za-z]{0,6}", 1 => Just("*".to_owned())]
}
