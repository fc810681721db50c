//! Routes that the events of SAM's functions and state machines make.

use tollgate_grammar::Span;

use super::{IMPLICIT_HTTP, IMPLICIT_REST, SamApi, guard};
use crate::template::api::{ANY, ApiKind, Guard, Route};
use crate::template::node::Node;
use crate::template::resource::Resource;

/// A route of an API, by the API's name.
pub(in crate::template) struct Event {
    /// The API.
    pub api: String,
    /// Which kind it is, should it be one that nobody described.
    pub kind: ApiKind,
    method: String,
    path: String,
    /// Who guards it, if it says.
    guard: Option<Guard>,
    /// Where its name stands.
    pub span: Span,
}

/// Whether events of a resource may be routes of an API.
pub(in crate::template) fn has_events(resource: &Resource) -> bool {
    ["AWS::Serverless::Function", "AWS::Serverless::StateMachine"].contains(&&*resource.kind)
}

/// The events of a resource that are routes of an API.
pub(in crate::template) fn events(resource: &Resource) -> Vec<Event> {
    let events = resource.get("Events").into_iter().flat_map(Node::members);
    let route = |(name, node): (&tollgate_grammar::Spanned<String>, &Node)| {
        let (kind, api, implicit) = match node.get("Type")?.text()? {
            "Api" => (ApiKind::Rest, "RestApiId", IMPLICIT_REST),
            "HttpApi" => (ApiKind::Http, "ApiId", IMPLICIT_HTTP),
            _ => return None,
        };
        let of_event = |member: &str| node.at(&["Properties", member]);
        let method = of_event("Method").map_or(ANY.to_owned(), Node::shown);
        let path = of_event("Path").map_or("$default".to_owned(), Node::shown);
        let api = match of_event(api) {
            None => implicit.to_owned(),
            Some(api) => api.resource().map_or_else(|| api.shown(), str::to_owned),
        };
        Some(Event {
            api,
            kind,
            method: match method.to_ascii_uppercase() {
                any if any == "*" || any == "X-AMAZON-APIGATEWAY-ANY-METHOD" => ANY.to_owned(),
                method => method,
            },
            path,
            guard: of_event("Auth")
                .and_then(|auth| auth.get("Authorizer"))
                .map(guard),
            span: name.span,
        })
    };
    events.filter_map(route).collect()
}

/// Adds the route to its API.
pub(in crate::template) fn add(event: &Event, sam: &mut SamApi) {
    let default = sam.default.guard(&event.method);
    let same = |route: &Route| route.method == event.method && route.path == event.path;
    let route = Route {
        guard: event.guard.clone().unwrap_or(default),
        method: event.method.clone(),
        path: event.path.clone(),
        span: event.span,
        preflight: false,
    };
    // SAM writes an event into the document of the API, where the operation may stand already.
    match sam.api.routes.iter_mut().find(|route| same(route)) {
        Some(known) => *known = route,
        None => sam.api.routes.push(route),
    }
}
