//! Parts of one event that must agree: the path that is judged, what else the event says of it, the
//! route template, the method.

use serde_json::Value;
use tollgate_engine::path::AdmittedPath;

use super::field;
use crate::arn::MethodArn;

/// Parts of one event that must agree and do not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Contradiction {
    /// The event's path is not that of the ARN.
    Path,
    /// The path of the ARN does not fit the event's route template.
    Template,
    /// The event's method is not that of the ARN.
    Method,
    /// A header such as `X-HTTP-Method-Override` asks for another method.
    MethodOverride,
}

impl Contradiction {
    /// What is wrong, in words for a log line.
    pub fn describe(self) -> &'static str {
        match self {
            Self::Path => "the event's path is not that of its ARN",
            Self::Template => "the path of the ARN does not fit the event's route",
            Self::Method => "the event's method is not that of its ARN",
            Self::MethodOverride => "a header asks for another method",
        }
    }
}

/// What an event says beside its ARN.
pub(super) struct Said<'a> {
    /// The method, wherever it stands.
    pub(super) methods: [Option<&'a str>; 2],
    /// The path.
    pub(super) path: Option<&'a str>,
    /// The route template: `/users/{id}`.
    pub(super) template: Option<&'a str>,
}

impl Said<'_> {
    /// Where it disagrees with the ARN and the path in it.
    pub(super) fn contradicts(
        &self,
        event: &Value,
        arn: &MethodArn<'_>,
        path: &str,
    ) -> Option<Contradiction> {
        let other = |method: &&str| *method != arn.method;
        if self.methods.iter().flatten().any(other) {
            Some(Contradiction::Method)
        } else if field::overrides(event, arn.method) {
            Some(Contradiction::MethodOverride)
        } else {
            compare(path, self.path, self.template)
        }
    }
}

/// Where path and template of an event disagree with the ARN.
///
/// The event's path may have a stage or a custom domain's base path in front, so the ARN's
/// segments must be its last ones. Escapes are decoded on both sides, since it is not documented
/// whether the ARN keeps them.
fn compare(judged: &str, sent: Option<&str>, template: Option<&str>) -> Option<Contradiction> {
    let Ok(judged) = AdmittedPath::admit(judged) else {
        // Denied as malformed whatever the rest of the event says.
        return None;
    };
    if let Some(sent) = sent {
        let Ok(sent) = AdmittedPath::admit(sent) else {
            return Some(Contradiction::Path);
        };
        let prefix = sent.len().checked_sub(judged.len());
        if !prefix.is_some_and(|prefix| sent.segments().skip(prefix).eq(judged.segments())) {
            return Some(Contradiction::Path);
        }
    }
    let fits = template.is_none_or(|template| fits(&judged, template));
    (!fits).then_some(Contradiction::Template)
}

/// Whether a path is one of a route template's: `/users/{id}`, `/{proxy+}`.
fn fits(path: &AdmittedPath<'_>, template: &str) -> bool {
    let mut segments = path.segments();
    for part in template.split('/').filter(|part| !part.is_empty()) {
        let Some(segment) = segments.next() else {
            return false;
        };
        match part
            .strip_prefix('{')
            .and_then(|part| part.strip_suffix('}'))
        {
            Some(name) if name.ends_with('+') => return true,
            Some(_) => {}
            None if part == segment => {}
            None => return false,
        }
    }
    segments.next().is_none()
}
