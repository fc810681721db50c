//! Which rules keep answers from being right for every route of a token, so that API Gateway may not
//! cache them by token alone.

use std::time::{SystemTime, UNIX_EPOCH};

use tollgate_engine::Sees;
use tollgate_gateway::settings::answers::Scope;
use tollgate_grammar::render::report::{End, Place, Report};

use crate::load::Loaded;

/// What events tell at most.
const ALL: Sees = Sees {
    ip: true,
    headers: true,
    query: true,
};

/// A note for each rule that is the cause for some users, unless answers are for one request anyway.
pub(super) fn notes(loaded: &Loaded) -> Vec<Report> {
    let scope = loaded
        .settings
        .as_ref()
        .map(|settings| settings.answers.scope);
    let Some(policy) = loaded.policy().filter(|_| scope != Some(Scope::Request)) else {
        return Vec::new();
    };
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    let now = i64::try_from(now.as_millis()).unwrap_or(i64::MAX);
    let causes = policy.inexact(ALL, now);
    let notes = causes.iter().map(|cause| {
        let place = cause.rule().map_or("", |rule| &rule.place);
        let (file, line) = place.rsplit_once(':').unwrap_or((place, ""));
        let start = End {
            line: line.parse().unwrap_or(1),
            column: 1,
        };
        Report {
            code: None,
            name: "scope",
            severity: "note",
            message: format!("some users' answers are for one request alone: {cause}"),
            place: Place {
                file: file.to_owned(),
                line: start.line,
                column: start.column,
                end: start,
            },
            label: String::new(),
            related: Vec::new(),
            help: vec![
                "where API Gateway caches by token (a TTL over 0) such an answer locks them out of \
                 their other routes: set the TTL to 0 and `answers: { scope: request }`"
                    .to_owned(),
            ],
        }
    });
    notes.collect()
}
