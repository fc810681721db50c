//! Which rules keep answers from being right for every route of a token, so that API Gateway may not
//! cache them by token alone.

use tollgate_engine::Sees;
use tollgate_gateway::documents::Documents;
use tollgate_gateway::settings::answers::Scope;
use tollgate_grammar::render::report::Report;

use crate::clock;
use crate::load::Loaded;

/// A note for each rule that is the cause for some users, unless answers are for one request anyway.
pub(super) fn notes(loaded: &Loaded) -> Vec<Report> {
    let scope = loaded
        .settings
        .as_ref()
        .map(|settings| settings.answers.scope);
    let Some(policy) = loaded.policy().filter(|_| scope != Some(Scope::Request)) else {
        return Vec::new();
    };
    let documents = Documents::default();
    let causes = policy.inexact(Sees::ALL, clock::unix_millis(), |document| {
        documents.can_send(document)
    });
    let notes = causes.iter().map(|cause| {
        let place = cause.rule().map_or("", |rule| &rule.place);
        let (file, line) = place.rsplit_once(':').unwrap_or((place, ""));
        let help = "where API Gateway caches by token (a TTL over 0) such an answer locks them out of \
                    their other routes: set the TTL to 0 and `answers: { scope: request }`";
        Report::note(
            "scope",
            file,
            line.parse().unwrap_or(1),
            format!("some users' answers are for one request alone: {cause}"),
            vec![help.to_owned()],
        )
    });
    notes.collect()
}
