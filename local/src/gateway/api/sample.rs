//! The API that is served where no template describes one: every path behind a REQUEST authorizer,
//! with the gateway responses of the project's own `template.yaml`.

use tollgate_grammar::{FileId, Span};

use super::{Api, Authorizer, Form};
use crate::template::api::{ANY, Api as Described, ApiKind, GatewayResponse, Guard, Route};
use crate::template::cors::Cors;

/// What stands in every `methodArn` where no template names a stage.
const STAGE: &str = "local";
const AUTHORIZER: &str = "Tollgate";
/// It is written nowhere.
const NOWHERE: Span = Span {
    file: FileId(0),
    start: 0,
    end: 0,
};

const CHALLENGE: (&str, &str) = ("www-authenticate", "'Bearer'");
const UNCHECKED: &str = r#"{"message":"access could not be checked; try again"}"#;
/// Type, status, body, and a header beside the one for web pages.
type Row = (
    &'static str,
    Option<u16>,
    &'static str,
    Option<(&'static str, &'static str)>,
);
const RESPONSES: &[Row] = &[
    (
        "UNAUTHORIZED",
        Some(401),
        r#"{"message":"sign in to call this","reason":"login_required"}"#,
        Some(CHALLENGE),
    ),
    (
        "ACCESS_DENIED",
        Some(403),
        r#"{"decision":"$context.authorizer.decision","hint":"$context.authorizer.hint","message":"you may not call this","reason":"$context.authorizer.reason","required":"$context.authorizer.required"}"#,
        None,
    ),
    ("AUTHORIZER_FAILURE", Some(500), UNCHECKED, None),
    ("AUTHORIZER_CONFIGURATION_ERROR", Some(500), UNCHECKED, None),
    (
        "DEFAULT_4XX",
        None,
        r#"{"message":$context.error.messageString}"#,
        None,
    ),
    (
        "DEFAULT_5XX",
        None,
        r#"{"message":"the request could not be answered; try again"}"#,
        None,
    ),
];

impl Api {
    /// The API of an empty project.
    pub fn sample() -> Self {
        let mut described = Described::new("Api", ApiKind::Rest, NOWHERE);
        for path in ["/", "/{proxy+}"] {
            let route = |method: &str, guard: Guard, preflight: bool| Route {
                method: method.to_owned(),
                path: path.to_owned(),
                guard,
                span: NOWHERE,
                preflight,
            };
            let guard = Guard::Authorizer(AUTHORIZER.to_owned());
            described.routes.push(route(ANY, guard, false));
            described.routes.push(route("OPTIONS", Guard::Open, true));
        }
        described.gateway_responses = RESPONSES.iter().map(response).collect();
        described.cors = Some(Cors {
            span: NOWHERE,
            origins: vec!["*".to_owned()],
            methods: Some("DELETE,GET,HEAD,OPTIONS,PATCH,POST,PUT".to_owned()),
            headers: Some("Authorization,Content-Type".to_owned()),
            exposed: None,
            max_age: Some("600".to_owned()),
            credentials: false,
        });
        let authorizer = Authorizer {
            name: AUTHORIZER.to_owned(),
            form: Form::RestRequest,
            identity: Vec::new(),
            ttl_ms: 0,
            validation: None,
        };
        Self {
            described,
            authorizers: vec![authorizer],
            stage: STAGE.to_owned(),
            base_path: None,
        }
    }
}

fn response((kind, status, body, header): &Row) -> GatewayResponse {
    let headers = [("access-control-allow-origin", "'*'")].into_iter();
    GatewayResponse {
        kind: (*kind).to_owned(),
        span: NOWHERE,
        status: *status,
        templates: vec![("application/json".to_owned(), (*body).to_owned())],
        headers: headers
            .chain(*header)
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect(),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use std::path::Path;

    use super::*;

    #[test]
    fn it_says_what_the_projects_own_template_says() {
        let template = Path::new(env!("CARGO_MANIFEST_DIR")).join("../template.yaml");
        let own = Api::find(&template, Some("RestApi"), None)
            .unwrap()
            .unwrap();
        let plain = |api: &Api| {
            let routes = api.described.routes.iter();
            let mut routes: Vec<_> = routes
                .map(|route| (route.shown(), route.preflight))
                .collect();
            routes.sort();
            let responses = api.described.gateway_responses.iter();
            let responses: Vec<_> = responses
                .map(|it| {
                    (
                        it.kind.clone(),
                        it.status,
                        it.templates.clone(),
                        it.headers.clone(),
                    )
                })
                .collect();
            let cors = api.described.cors.clone();
            let cors = cors.map(|cors| Cors {
                span: NOWHERE,
                ..cors
            });
            (routes, responses, cors)
        };
        assert_eq!(plain(&own), plain(&Api::sample()));
    }
}
