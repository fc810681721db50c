//! The same policy, users and requests, three ways: the engine alone, the local gateway with the
//! authorizer in its process, and with the built function under `cargo lambda watch`. `tests/same_answers`
//! holds the cases; all that differs is printed as one table.
#![allow(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "tests"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::sync::{Arc, Mutex};

use lambda_http::request::RequestContext;
use lambda_http::{Body, RequestExt, Response};
use serde_json::{Value, json};
use tollgate_gateway::{Authorizer, Invocation};
use tollgate_local::authorizer::{AuthorizerFunction, FunctionError};
use tollgate_local::gateway::{Api, Backend, Exchange, Gateway, GatewayOptions};
use tollgate_local::issuer::{DEVELOPMENT_AUDIENCE, IssuerOptions, IssuerStandIn};
use tollgate_local::tiun::{TiunOptions, TiunStandIn, development_key};
use tollgate_local::users::Environment;
use tollgate_tests::question::{self, Provider, Question, STRANGER, VISITOR};
use tollgate_tests::rig::Setup;
use tollgate_tests::watch::Watched;
use tollgate_tests::wire::{self, Reply};

/// Answers are for every request of the token.
const TOKEN: &str = "token";
/// Or for the one they were made for.
const REQUEST: &str = "request";
/// For which requests answers are made, each with the APIs of the template that may keep them so.
const SCOPES: [(&str, &[&str]); 2] = [
    (
        TOKEN,
        &[
            "RestRequest",
            "RestToken",
            "Http2",
            "Http1",
            "RestRequestOpen",
            "Http2Open",
        ],
    ),
    (
        REQUEST,
        &[
            "RestRequestEach",
            "RestTokenEach",
            "Http2Each",
            "Http1Each",
            "RestRequestOpen",
            "Http2Open",
        ],
    ),
];
/// Headers that no two answers share.
const OWN: [&str; 4] = [
    "date",
    "apigw-requestid",
    "x-amz-apigw-id",
    "x-amzn-requestid",
];

/// What came of a request, as the client, the backend and the log have it.
#[derive(Debug, Clone, PartialEq)]
struct Outcome {
    reply: Reply,
    /// What the backend was told of the caller; `None` if it was not called.
    caller: Option<Value>,
    reason: String,
    cached: bool,
}

impl Outcome {
    fn shown(&self) -> String {
        let kept = if self.cached { "kept" } else { "" };
        format!("{} {} {kept}", self.reply.status, self.reason)
    }
}

/// A gateway in front of a backend that says nothing, with what it told backend and log.
struct Stage {
    gateway: Gateway,
    callers: Arc<Mutex<Vec<Value>>>,
    exchanges: Arc<Mutex<Vec<Arc<Exchange>>>>,
}

impl Stage {
    async fn start(api: &str, authorizer: AuthorizerFunction) -> Self {
        let (callers, exchanges) = (Arc::default(), Arc::default());
        let (told, logged): (Arc<Mutex<Vec<_>>>, Arc<Mutex<Vec<_>>>) =
            (Arc::clone(&callers), Arc::clone(&exchanges));
        let template = question::folder().join("template.yaml");
        let options = GatewayOptions {
            served: Api::find(&template, Some(api), None)
                .unwrap()
                .unwrap()
                .into(),
            backend: Backend::new(move |request| {
                told.lock().unwrap().push(caller(&request));
                let response = Response::new(Body::Text("answered".to_owned()));
                std::future::ready(Ok(response))
            }),
            log: Arc::new(move |exchange| logged.lock().unwrap().push(Arc::clone(exchange))),
            ..GatewayOptions::new(authorizer)
        };
        Self {
            gateway: Gateway::start(options).await.unwrap(),
            callers,
            exchanges,
        }
    }

    async fn ask(&self, question: &Question, token: Option<&str>) -> Outcome {
        let bearer = token.map(|token| format!("Bearer {token}"));
        let bearer = bearer.as_deref().map(|bearer| ("Authorization", bearer));
        let headers = question.headers.iter();
        let headers: Vec<_> = headers
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .chain(bearer)
            .collect();
        let mut reply = wire::send(self.gateway.address(), &question.request, &headers).await;
        reply
            .headers
            .retain(|name, _| !OWN.contains(&name.as_str()));
        let exchange = self.exchanges.lock().unwrap().pop().unwrap();
        Outcome {
            reply,
            caller: self.callers.lock().unwrap().pop(),
            reason: exchange.reason.clone(),
            cached: exchange.cached,
        }
    }
}

/// What a backend is told of its caller, but for the name of the decision, which no two share.
fn caller(request: &lambda_http::Request) -> Value {
    let fields = match request.request_context_ref() {
        Some(RequestContext::ApiGatewayV1(context)) => json!(context.authorizer.fields),
        Some(RequestContext::ApiGatewayV2(context)) => {
            json!(context.authorizer.as_ref().unwrap().fields)
        }
        other => panic!("{other:?}"),
    };
    let mut fields = fields.get("lambda").unwrap_or(&fields).clone();
    let decision = fields.as_object_mut().unwrap().remove("decision");
    assert!(decision.is_some_and(|name| name != ""), "{fields}");
    fields
}

/// An authorizer in this process and in the built function, and those who vouch for its users.
struct Authorizers {
    tokens: BTreeMap<(Provider, String), String>,
    here: Authorizer,
    there: Watched,
    _providers: (TiunStandIn, IssuerStandIn),
}

impl Authorizers {
    async fn start(scope: &str) -> Self {
        let users = question::users();
        let tiun = TiunStandIn::start(TiunOptions {
            users: users.clone(),
            ..TiunOptions::development(Environment::Live).unwrap()
        });
        let oidc = IssuerStandIn::start(IssuerOptions {
            users: users.clone(),
            ..IssuerOptions::development(Environment::Live).unwrap()
        });
        let (tiun, oidc) = (tiun.await.unwrap(), oidc.await.unwrap());
        let configuration = format!(
            "providers:
  - tiun: {{ environment: live, base_url: \"{}\", api_key: env:TIUN_KEY }}
  - oidc: {{ issuer: \"{}\", audience: {DEVELOPMENT_AUDIENCE}, algorithms: [ES256] }}
answers: {{ scope: {scope} }}
",
            tiun.url(),
            oidc.issuer()
        );
        let setup = Setup::new(&configuration, &question::policy(scope == REQUEST))
            .with("TIUN_KEY", development_key(Environment::Live));
        let mut tokens = BTreeMap::new();
        for name in users.of(Environment::Live).keys() {
            let of_tiun = tiun.token(name).unwrap();
            // What is expired is so by more than clocks may differ.
            let of_oidc = oidc.development_token(name).unwrap();
            tokens.insert((Provider::Tiun, name.clone()), of_tiun);
            tokens.insert((Provider::Oidc, name.clone()), of_oidc);
        }
        Self {
            tokens,
            here: setup.authorizer().await,
            there: setup.watched(),
            _providers: (tiun, oidc),
        }
    }

    fn token(&self, question: &Question) -> Option<&str> {
        match question.user.as_str() {
            VISITOR => None,
            STRANGER => Some("nobodys"),
            user => {
                let key = (question.provider, user.to_owned());
                let token = self.tokens.get(&key);
                Some(token.unwrap_or_else(|| panic!("no user `{user}`")))
            }
        }
    }

    fn in_process(&self) -> AuthorizerFunction {
        let authorizer = self.here.clone();
        AuthorizerFunction::in_process(move |event| {
            let authorizer = authorizer.clone();
            async move {
                let invocation = Invocation::new("6d3f1f2a-0c7e-4b5a-a111-9f8e7d6c5b4a");
                let answer = authorizer.authorize(&event, invocation).await;
                let error = |error: tollgate_gateway::AuthorizeError| {
                    FunctionError::new(error.kind(), error.to_string())
                };
                answer.map_err(error).map(|answer| json!(answer))
            }
        })
    }
}

/// The status that a question must get.
fn status(api: &str, question: &Question, cached: bool) -> u16 {
    let (rest, open) = (api.starts_with("Rest"), api.ends_with("Open"));
    match question.expect.as_str() {
        _ if question.user == VISITOR && !open => 401,
        "allowed" => 200,
        "login_required" if rest && !cached => 401,
        _ => 403,
    }
}

/// Whether an outcome is what was expected. The reason is the request's own where the answer is.
fn is_expected(outcome: &Outcome, scope: &str, api: &str, question: &Question) -> bool {
    let expect = match question.expect.as_str() {
        "allowed" => "",
        reason => reason,
    };
    let asked = !outcome.reason.starts_with("the identity source is missing");
    let says = outcome.reason.split([',', ' ']).next() == Some(expect);
    outcome.reply.status == status(api, question, outcome.cached)
        && outcome.caller.is_some() == (outcome.reply.status == 200)
        && (says || !asked || scope == TOKEN)
}

/// The rows of the table.
#[derive(Default)]
struct Table(Vec<[String; 7]>);

impl Table {
    fn text(&self) -> String {
        let head = [
            "answers for",
            "API",
            "request",
            "user",
            "expected",
            "in process",
            "function",
        ];
        let rows = || std::iter::once(head.map(str::to_owned)).chain(self.0.clone());
        let width = |column: usize| rows().map(|row| row[column].chars().count()).max();
        let mut text = String::new();
        for row in rows() {
            for (column, cell) in row.iter().enumerate() {
                write!(text, "{cell:<width$}  ", width = width(column).unwrap()).unwrap();
            }
            text = text.trim_end().to_owned() + "\n";
        }
        text
    }
}

#[test]
fn the_engine_decides_as_each_case_says() {
    let text = question::policy(true).into_bytes();
    let files = [("access.policy".to_owned(), text)];
    let policy =
        tollgate_gateway::policy::Read::files(&files, &tollgate_engine::Products::default());
    let policy = policy
        .policy
        .unwrap_or_else(|| panic!("tests/same_answers/access.policy: {:?}", policy.findings));
    let users = question::users();
    let mut differs = String::new();
    let questions = question::questions();
    assert!(questions.len() > 50, "only {}", questions.len());
    for question in &questions {
        let expected = (question.expect.clone(), question.rule.clone());
        let decision = question.decision(&policy, &users);
        if decision != expected {
            let Question { request, user, .. } = question;
            writeln!(
                differs,
                "{request} by {user}: {decision:?}, not {expected:?}"
            )
            .unwrap();
        }
    }
    assert!(differs.is_empty(), "\n{differs}");
}

#[tokio::test]
async fn the_gateway_answers_the_same_with_the_function_as_in_process() {
    let (mut table, mut details) = (Table::default(), String::new());
    let mut kept = BTreeSet::new();
    for (scope, apis) in SCOPES {
        let authorizers = Authorizers::start(scope).await;
        let function = || AuthorizerFunction::remote(authorizers.there.url()).unwrap();
        for api in apis {
            let here = Stage::start(api, authorizers.in_process()).await;
            let there = Stage::start(api, function()).await;
            let asked = question::questions().into_iter();
            let knows_address = scope == REQUEST && !api.starts_with("RestToken");
            for question in asked.filter(|it| knows_address || !it.address) {
                let token = authorizers.token(&question);
                // The second answer is a kept one, where any are.
                for _ in 0..2 {
                    let one = here.ask(&question, token).await;
                    let other = there.ask(&question, token).await;
                    if one.cached {
                        kept.insert((scope, *api));
                    }
                    if one == other && is_expected(&one, scope, api, &question) {
                        continue;
                    }
                    let expected = status(api, &question, one.cached);
                    table.0.push([
                        scope.to_owned(),
                        (*api).to_owned(),
                        question.request.clone(),
                        format!("{} ({:?})", question.user, question.provider),
                        format!("{expected} {}", question.expect),
                        one.shown(),
                        other.shown(),
                    ]);
                    if one != other {
                        writeln!(details, "{:?}\n{one:?}\n{other:?}\n", question.request).unwrap();
                    }
                }
            }
        }
    }
    assert!(table.0.is_empty(), "\n{}\n{details}", table.text());
    let keeping = |(scope, apis): (&'static str, &'static [&'static str])| {
        let keeping = apis
            .iter()
            .filter(|api| !api.ends_with("Open") && **api != "RestTokenEach");
        keeping.map(move |api| (scope, *api))
    };
    let keeping: BTreeSet<_> = SCOPES.into_iter().flat_map(keeping).collect();
    assert_eq!(kept, keeping, "APIs of which a kept answer was seen");
}
