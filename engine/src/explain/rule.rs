//! Whether a rule matches a request, and if not, what keeps it from matching.

use tollgate_grammar::tree::{Pattern, Route, Segment, Target};
use tollgate_grammar::{Sources, Span, Spanned};

use super::Role;
use crate::compile::rule::{head, place};
use crate::path::AdmittedPath;
use crate::pattern::{Match, matches};
use crate::policy::RuleName;
use crate::request::{self, EVERY_FIELD, Request};

pub(super) fn name(sources: &Sources, target: &Target, span: Span) -> RuleName {
    RuleName {
        head: head(sources, span, target),
        place: place(sources, span),
    }
}

/// What part a rule has that is not the deciding route, and why; `None` if it is far off.
/// A rule that matches has [`Role::Asked`] where there is no deciding route to compare it with.
pub(super) fn near(
    target: &Target,
    methods: &[Spanned<String>],
    request: &Request<'_>,
    path: Option<&AdmittedPath<'_>>,
    deciding: Option<&Route>,
) -> Option<(Role, String)> {
    let (pattern, method, path) = match (target, request.target, path) {
        (Target::Connect(_), request::Target::Connect, _) => {
            return Some((Role::Asked, "it is about `$connect`".to_owned()));
        }
        (Target::Field(field), request::Target::Field(asked), _) => {
            return near_field(&field.node, asked, deciding);
        }
        (Target::Path(pattern), request::Target::Path { method, .. }, Some(path)) => {
            (pattern, method, path)
        }
        _ => return None,
    };
    let by_method = methods.is_empty() || methods.iter().any(|name| name.node == method);
    match (matches(pattern, path), by_method) {
        (Match::Yes, true) => Some(deciding.map_or_else(
            || (Role::Asked, "its pattern and method match".to_owned()),
            |deciding| (Role::LessSpecific, less_specific(pattern, deciding)),
        )),
        (Match::Yes, false) => {
            let names: Vec<&str> = methods.iter().map(|name| name.node.as_str()).collect();
            let because = format!("it is about {}, not {method}", names.join(", "));
            Some((Role::OtherMethod, because))
        }
        (Match::InAnotherCase, true) => Some((
            Role::OtherCase,
            "the path differs from it in case, and case counts".to_owned(),
        )),
        (Match::No, true) => length(pattern, path).map(|because| (Role::OtherLength, because)),
        (_, false) => None,
    }
}

/// [`near`] of a field.
fn near_field(field: &str, asked: &str, deciding: Option<&Route>) -> Option<(Role, String)> {
    let (role, because) = if field == EVERY_FIELD && deciding.is_some() {
        let because = "`*` is less specific than the name of the field";
        (Role::LessSpecific, because)
    } else if field == EVERY_FIELD {
        (Role::Asked, "it is about every field")
    } else if field == asked {
        (Role::Asked, "it is about this field")
    } else if field.eq_ignore_ascii_case(asked) {
        let because = "the field differs from it in case, and case counts";
        (Role::OtherCase, because)
    } else {
        return None;
    };
    Some((role, because.to_owned()))
}

/// Where the deciding route is more specific.
fn less_specific(pattern: &Pattern, deciding: &Route) -> String {
    let Target::Path(winner) = &deciding.target else {
        return "another route decides".to_owned();
    };
    let mut pairs = winner.segments.iter().zip(&pattern.segments);
    let difference = pairs.find(|(one, other)| kind(one) != kind(other));
    match difference {
        Some((one, other)) => format!(
            "{} is less specific than {} of the route that was asked",
            kind_words(other),
            kind_words(one)
        ),
        None => "any method is less specific than a named one".to_owned(),
    }
}

fn kind(segment: &Segment) -> u8 {
    match segment {
        Segment::Literal(_) => 0,
        Segment::Parameter(_) => 1,
        Segment::Rest { .. } => 2,
    }
}

fn kind_words(segment: &Segment) -> String {
    match segment {
        Segment::Literal(text) => format!("`{}`", text.node),
        Segment::Parameter(name) => format!("`{{{}}}`", name.node),
        Segment::Rest { name: None, .. } => "`*`".to_owned(),
        Segment::Rest {
            name: Some(name), ..
        } => format!("`{{{name}+}}`"),
    }
}

/// Whether path and pattern, which do not match, are the same as far as the shorter of them goes.
fn length(pattern: &Pattern, path: &AdmittedPath<'_>) -> Option<String> {
    let before_rest = match pattern.segments.split_last() {
        Some((Segment::Rest { .. }, before)) => before,
        _ => pattern.segments.as_slice(),
    };
    let mut open = Pattern {
        span: pattern.span,
        segments: before_rest.to_vec(),
    };
    if matches(&open, path) == Match::Yes {
        return Some(
            "its `*` stands for one segment or more, and the path ends before it".to_owned(),
        );
    }
    // Everything lies beneath `/`.
    if open.segments.is_empty() {
        return None;
    }
    open.segments.push(Segment::Rest {
        name: None,
        span: pattern.span,
    });
    (matches(&open, path) == Match::Yes)
        .then(|| "it covers its own path alone, and this path goes on: `/*` at its end would cover what lies beneath".to_owned())
}
