//! What stands behind the gateway: an authorizer and a backend that answer as they are told, and keep what
//! they were asked.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use lambda_http::request::RequestContext;
use lambda_http::{Body, RequestExt, Response};
use serde::Deserialize;
use serde_json::{Value, json};
use tollgate_local::authorizer::{AuthorizerFunction, FunctionError};
use tollgate_local::gateway::{Api, Backend, Gateway, GatewayOptions, Moment, Timeouts};

/// 21 November 2026, 07:17 UTC.
const NOW: u64 = 1_795_245_420_000;
const REQUEST_ID: &str = "6d3f1f2a-0c7e-4b5a-a111-9f8e7d6c5b4a";

/// What the backend answers: the message itself without a body, and for ever nothing at `hang`.
#[derive(Deserialize, Clone, Default)]
#[serde(deny_unknown_fields)]
pub struct Answer {
    status: Option<u16>,
    #[serde(default)]
    headers: BTreeMap<String, String>,
    body: Option<String>,
    /// The text of a failure.
    fails: Option<String>,
    #[serde(default)]
    hangs: bool,
}

#[derive(Deserialize, Clone)]
#[serde(deny_unknown_fields, rename_all = "snake_case")]
pub enum Authorizer {
    /// Resources of an Allow, and a context.
    Allow(Vec<String>, #[serde(default)] Value),
    Deny(Vec<String>, #[serde(default)] Value),
    Error(String),
    Raw(Value),
    /// An answer with a context of so many bytes.
    Large(usize),
}

#[derive(Default)]
pub struct Told {
    pub authorizer: Option<Authorizer>,
    pub asked: Vec<Value>,
    pub backend: Vec<Value>,
    pub lines: Vec<String>,
}

pub type Shared = Arc<Mutex<Told>>;

fn api(template: &str) -> Api {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("template.yaml");
    std::fs::write(&path, template).unwrap();
    Api::find(&path, None, None).unwrap().unwrap()
}

pub async fn gateway(template: &str, answers: BTreeMap<String, Answer>, told: &Shared) -> Gateway {
    let api = api(template);
    let stage = api.stage().to_owned();
    let (asked, reached, logged) = (told.clone(), told.clone(), told.clone());
    let authorizer = AuthorizerFunction::in_process(move |event: Value| {
        let mut told = asked.lock().unwrap();
        told.asked.push(event);
        let unexpected = || Err(FunctionError::new("Case", "no answer is given"));
        let answer = told.authorizer.as_ref();
        std::future::ready(answer.map_or_else(unexpected, |it| it.given(&stage)))
    });
    let backend = Backend::new(move |request| {
        let told = told_of(&request);
        let key = told["context"]["routeKey"].as_str().unwrap().to_owned();
        let answer = answers.get(&key).cloned().unwrap_or_default();
        let echo = told["body"].as_str().unwrap_or_default().to_owned();
        reached.lock().unwrap().backend.push(told);
        async move { answer.given(echo).await }
    });
    let options = GatewayOptions {
        served: api.into(),
        backend,
        log: Arc::new(move |record| logged.lock().unwrap().lines.push(record.to_string())),
        clock: Arc::new(|| Moment {
            epoch_ms: NOW,
            request_id: REQUEST_ID.to_owned(),
        }),
        timeouts: Timeouts {
            backend: Some(Duration::from_millis(300)),
            ..Timeouts::default()
        },
        ..GatewayOptions::new(authorizer)
    };
    Gateway::start(options).await.unwrap()
}

fn told_of(request: &lambda_http::Request) -> Value {
    let context = match request.request_context_ref() {
        Some(RequestContext::WebSocket(context)) => json!(context),
        other => panic!("no event of a WebSocket API: {other:?}"),
    };
    let query = request.query_string_parameters();
    let query: BTreeMap<&str, &str> = query.iter().collect();
    let variables = request.stage_variables();
    let variables: BTreeMap<&str, &str> = variables.iter().collect();
    let headers = request.headers().iter();
    let headers: BTreeMap<&str, &str> = headers
        .map(|(name, value)| (name.as_str(), value.to_str().unwrap()))
        .collect();
    json!({
        "context": context,
        "body": String::from_utf8_lossy(request.body()),
        "query": query,
        "variables": variables,
        "headers": headers,
    })
}

impl Answer {
    async fn given(self, echo: String) -> Result<Response<Body>, lambda_http::Error> {
        if let Some(why) = self.fails {
            return Err(why.into());
        }
        if self.hangs {
            std::future::pending::<()>().await;
        }
        let mut response = Response::builder().status(self.status.unwrap_or(200));
        for (name, value) in &self.headers {
            response = response.header(name, value);
        }
        Ok(response.body(Body::Text(self.body.unwrap_or(echo)))?)
    }
}

impl Authorizer {
    fn given(&self, stage: &str) -> Result<Value, FunctionError> {
        let (effect, resources, context) = match self {
            Self::Allow(resources, context) => ("Allow", resources.clone(), context.clone()),
            Self::Deny(resources, context) => ("Deny", resources.clone(), context.clone()),
            Self::Large(bytes) => {
                let context = json!({ "filling": "x".repeat(*bytes) });
                ("Allow", vec!["*".to_owned()], context)
            }
            Self::Error(message) => return Err(FunctionError::new("Scripted", message)),
            Self::Raw(answer) => return Ok(answer.clone()),
        };
        let resources: Vec<String> = resources
            .into_iter()
            .map(|resource| match resource.as_str() {
                "*" => resource,
                rest => {
                    format!("arn:aws:execute-api:us-east-1:123456789012:local00000/{stage}/{rest}")
                }
            })
            .collect();
        let mut answer = json!({
            "principalId": "u-1",
            "policyDocument": { "Version": "2012-10-17", "Statement": [
                { "Effect": effect, "Action": "execute-api:Invoke", "Resource": resources },
            ] },
        });
        if !context.is_null() {
            answer["context"] = context;
        }
        Ok(answer)
    }
}
