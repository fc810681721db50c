//! Which rules match a request, which route is the most specific, which routes overlap.

use std::collections::BTreeMap;

use tollgate_grammar::Spanned;
use tollgate_grammar::tree::{Forbid, Pattern, Route, Segment, Statement, Target, Tree};

/// What a request calls, its path decoded.
pub enum Called {
    Path {
        method: String,
        segments: Vec<String>,
    },
    Connect,
    /// `Type.name`, or `*` for a GraphQL request as a whole.
    Field(String),
}

/// The values of a pattern's parameters.
pub type Values = BTreeMap<String, String>;

/// The route that decides, with its values.
pub fn deciding<'t>(tree: &'t Tree, called: &Called) -> Option<(&'t Route, Values)> {
    let mut best: Option<(&Route, Values)> = None;
    for statement in &tree.statements {
        if let Statement::Route(route) = statement
            && let Some(values) = matches(&route.methods, &route.target, called)
            && best
                .as_ref()
                .is_none_or(|(best, _)| rank(route) < rank(best))
        {
            best = Some((route, values));
        }
    }
    best
}

/// Every forbid that matches, with its values.
pub fn forbids<'t>(tree: &'t Tree, called: &Called) -> Vec<(&'t Forbid, Values)> {
    let mut matching = Vec::new();
    for statement in &tree.statements {
        if let Statement::Forbid(forbid) = statement
            && let Some(values) = matches(&forbid.methods, &forbid.target, called)
        {
            matching.push((forbid, values));
        }
    }
    matching
}

/// Whether two routes have the same pattern and an overlapping method set. A named method
/// beats any method, so those two do not overlap.
pub fn overlaps(one: &Route, other: &Route) -> bool {
    let same_methods = if one.methods.is_empty() || other.methods.is_empty() {
        one.methods.is_empty() && other.methods.is_empty()
    } else {
        one.methods
            .iter()
            .any(|method| names(&other.methods, &method.node))
    };
    same_methods && shape(&one.target) == shape(&other.target)
}

fn names(methods: &[Spanned<String>], method: &str) -> bool {
    methods.iter().any(|named| named.node == method)
}

/// The smaller, the more specific: of two patterns that match the same path, the first place
/// where they differ tells; with the pattern the same, a named method comes first.
fn rank(route: &Route) -> (Option<Vec<Shape>>, bool) {
    (shape(&route.target), route.methods.is_empty())
}

/// A segment without the name of its parameter, ordered: a literal beats `{name}` beats `*`. The
/// name of a field is a literal behind a mark that no path has.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Shape {
    Field,
    Literal(String),
    Parameter,
    Rest,
}

/// A pattern without the names of its parameters; nothing for `$connect`.
fn shape(target: &Target) -> Option<Vec<Shape>> {
    let pattern = match target {
        Target::Path(pattern) => pattern,
        Target::Connect(_) => return None,
        Target::Field(field) if field.node == "*" => return Some(vec![Shape::Field, Shape::Rest]),
        Target::Field(field) => {
            return Some(vec![Shape::Field, Shape::Literal(field.node.clone())]);
        }
    };
    let shape = pattern.segments.iter().map(|segment| match segment {
        Segment::Literal(text) => Shape::Literal(text.node.clone()),
        Segment::Parameter(_) => Shape::Parameter,
        Segment::Rest { .. } => Shape::Rest,
    });
    Some(shape.collect())
}

/// The values if the rule covers what is called.
fn matches(methods: &[Spanned<String>], target: &Target, called: &Called) -> Option<Values> {
    match (target, called) {
        (Target::Connect(_), Called::Connect) => Some(Values::new()),
        (Target::Field(field), Called::Field(asked)) => {
            (field.node == "*" || field.node == *asked).then(Values::new)
        }
        (Target::Path(pattern), Called::Path { method, segments }) => {
            let any = methods.is_empty() || names(methods, method);
            if any {
                pattern_matches(pattern, segments)
            } else {
                None
            }
        }
        _ => None,
    }
}

fn pattern_matches(pattern: &Pattern, path: &[String]) -> Option<Values> {
    let mut values = Values::new();
    let mut left = path;
    for segment in &pattern.segments {
        let (first, after) = left.split_first()?;
        left = after;
        match segment {
            Segment::Literal(text) if text.node == *first => {}
            Segment::Literal(_) => return None,
            Segment::Parameter(name) => {
                values.insert(name.node.clone(), first.clone());
            }
            Segment::Rest { name, .. } => {
                let rest = std::iter::once(first)
                    .chain(after)
                    .cloned()
                    .collect::<Vec<_>>();
                if let Some(name) = name {
                    values.insert(name.clone(), rest.join("/"));
                }
                return Some(values);
            }
        }
    }
    left.is_empty().then_some(values)
}
