//! What the gateway makes of a template: `gateway/*.yaml` hold templates, requests to their APIs, what
//! the authorizer answers, and what is then sent to whom. A new case needs no Rust: `gateway/README.md`.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "tests"
)]

mod rig;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use lambda_http::request::RequestContext;
use lambda_http::{Body, RequestExt, Response};
use serde::Deserialize;
use serde_json::{Value, json};
use tollgate_local::authorizer::{AuthorizerFunction, FunctionError};
use tollgate_local::gateway::{Backend, Choice, Gateway, GatewayOptions, Moment, Served, Template};

use rig::{different, missing};

/// 21 November 2026, 07:17 UTC.
const START: u64 = 1_795_245_420_000;

/// A file: one gateway, and what happens to it in order.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[expect(dead_code, reason = "for the reader")]
    about: String,
    template: String,
    api: Option<String>,
    stage: Option<String>,
    /// As `--map` has them.
    #[serde(default)]
    map: Vec<String>,
    /// Why the API cannot be served.
    error: Option<String>,
    /// What is not served of what the template asks for.
    #[serde(default)]
    left_out: Vec<String>,
    #[serde(default)]
    exchanges: Vec<Exchange>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Exchange {
    name: String,
    /// When, in seconds from the start.
    #[serde(default)]
    at: u64,
    /// `GET /path?query`
    request: String,
    #[serde(default)]
    headers: BTreeMap<String, String>,
    /// What the authorizer answers; it must not be asked if there is nothing.
    answer: Option<Answer>,
    /// Members of the event that the authorizer gets; null for one that must be missing.
    event: Option<Value>,
    /// What the backend is told of the caller; it must not be called if there is nothing.
    backend: Option<Value>,
    status: u16,
    /// Headers of the response; null for one that must be missing.
    #[serde(default)]
    response_headers: BTreeMap<String, Option<String>>,
    /// The body of the response, to the letter.
    body: Option<String>,
    /// What the log's line has.
    log: Option<String>,
}

/// A document in short, or anything.
#[derive(Deserialize, Clone)]
#[serde(deny_unknown_fields)]
struct Answer {
    /// Resources: `*`, or what follows the stage, such as `GET/items/*`.
    #[serde(default)]
    allow: Vec<String>,
    #[serde(default)]
    deny: Vec<String>,
    context: Option<Value>,
    /// The function's error message.
    error: Option<String>,
    /// The answer as it is.
    raw: Option<Value>,
}

impl Answer {
    /// To an event about a stage.
    fn given(&self, event: &Value) -> Result<Value, FunctionError> {
        if let Some(error) = &self.error {
            return Err(FunctionError::new("Scripted", error));
        }
        if let Some(raw) = &self.raw {
            return Ok(raw.clone());
        }
        let arn = ["methodArn", "routeArn"].map(|name| event[name].as_str());
        let mut parts = arn.into_iter().flatten().flat_map(|arn| arn.split('/'));
        let (api, stage) = (parts.next().unwrap(), parts.next().unwrap());
        let resource = |resource: &String| match resource.as_str() {
            "*" => "*".to_owned(),
            rest => format!("{api}/{stage}/{rest}"),
        };
        let mut statements = Vec::new();
        for (effect, resources) in [("Allow", &self.allow), ("Deny", &self.deny)] {
            if !resources.is_empty() {
                let resources: Vec<String> = resources.iter().map(resource).collect();
                statements.push(json!({
                    "Effect": effect, "Action": "execute-api:Invoke", "Resource": resources,
                }));
            }
        }
        let mut answer = json!({
            "principalId": "u-1",
            "policyDocument": { "Version": "2012-10-17", "Statement": statements },
        });
        if let Some(context) = &self.context {
            answer["context"] = context.clone();
        }
        Ok(answer)
    }
}

/// What the functions were told during one exchange.
#[derive(Default)]
struct Told {
    answer: Option<Answer>,
    events: Vec<Value>,
    backend: Vec<Value>,
    lines: Vec<String>,
}

#[tokio::test]
async fn every_exchange_is_as_its_file_says() {
    let mut faults = String::new();
    let mut count = 0;
    for (name, file) in rig::cases::<File>("gateway") {
        count += file.exchanges.len() + usize::from(file.error.is_some());
        for fault in played(&file).await {
            writeln!(faults, "{name}: {fault}").unwrap();
        }
    }
    assert!(faults.is_empty(), "\n{faults}");
    assert!(count > 50, "only {count} cases were found");
}

async fn played(file: &File) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    let template = folder.path().join("template.yaml");
    std::fs::write(&template, &file.template).unwrap();
    let template = Template {
        path: template,
        is_required: true,
        choice: Choice {
            api: file.api.clone(),
            stage: file.stage.clone(),
            maps: file.map.iter().map(|map| map.parse().unwrap()).collect(),
        },
    };
    let plain = |text: &str| text.replace(&format!("{}/", folder.path().display()), "");
    let served = match (template.read().served, &file.error) {
        (Ok(served), None) => served,
        (Err(error), Some(expected)) => {
            return different("error", &plain(&error.to_string()), expected);
        }
        (served, _) => return vec![format!("unexpected: {served:?}")],
    };
    let left_out: Vec<String> = served.left_out().iter().map(|it| plain(it)).collect();
    let mut faults = different("left out", &left_out, &file.left_out);
    let told = Arc::new(Mutex::new(Told::default()));
    let now = Arc::new(AtomicU64::new(START));
    let gateway = Gateway::start(options(served, &told, &now)).await.unwrap();
    for exchange in &file.exchanges {
        now.store(START + exchange.at * 1000, Ordering::Relaxed);
        *told.lock().unwrap() = Told {
            answer: exchange.answer.clone(),
            ..Told::default()
        };
        let reply = sent(&gateway, exchange).await;
        let told = std::mem::take(&mut *told.lock().unwrap());
        let found = judged(exchange, &reply, &told);
        faults.extend(found.iter().map(|it| format!("{}: {it}", exchange.name)));
    }
    faults
}

fn options(served: Served, told: &Arc<Mutex<Told>>, now: &Arc<AtomicU64>) -> GatewayOptions {
    let (asked, reached, logged, now) = (told.clone(), told.clone(), told.clone(), now.clone());
    let authorizer = AuthorizerFunction::in_process(move |event: Value| {
        let mut told = asked.lock().unwrap();
        let unexpected = || Err(FunctionError::new("Case", "no answer is given"));
        let answer = told.answer.as_ref();
        let answer = answer.map_or_else(unexpected, |answer| answer.given(&event));
        told.events.push(event);
        std::future::ready(answer)
    });
    GatewayOptions {
        served,
        backend: Backend::new(move |request| {
            let caller = caller(&request);
            reached.lock().unwrap().backend.push(caller);
            let response = Response::builder()
                .header("access-control-allow-origin", "backend")
                .body(Body::Text("answered".to_owned()));
            std::future::ready(response.map_err(Into::into))
        }),
        log: Arc::new(move |exchange| {
            let line = exchange.to_string();
            logged.lock().unwrap().lines.push(line);
        }),
        clock: Arc::new(move || Moment {
            epoch_ms: now.load(Ordering::Relaxed),
            request_id: "6d3f1f2a-0c7e-4b5a-a111-9f8e7d6c5b4a".to_owned(),
        }),
        ..GatewayOptions::new(authorizer)
    }
}

/// What a backend is told of its caller, in the words of its kind of API; empty if it is nothing.
fn caller(request: &lambda_http::Request) -> Value {
    let fields = match request.request_context_ref() {
        Some(RequestContext::ApiGatewayV1(context)) => Some(&context.authorizer.fields),
        Some(RequestContext::ApiGatewayV2(context)) => {
            context.authorizer.as_ref().map(|it| &it.fields)
        }
        _ => None,
    };
    fields.map_or_else(|| json!({}), |fields| json!(fields))
}

async fn sent(gateway: &Gateway, exchange: &Exchange) -> rig::Reply {
    let mut request = format!("{} HTTP/1.1\r\nHost: api.example.com\r\n", exchange.request);
    for (name, value) in &exchange.headers {
        write!(request, "{name}: {value}\r\n").unwrap();
    }
    request.push_str("Connection: close\r\n\r\n");
    rig::raw(gateway.address(), request.as_bytes()).await
}

fn judged(exchange: &Exchange, reply: &rig::Reply, told: &Told) -> Vec<String> {
    let mut faults = different("status", &reply.status, &exchange.status);
    if let Some(body) = &exchange.body {
        faults.extend(different("body", &reply.text, body));
    }
    for (name, expected) in &exchange.response_headers {
        let mut headers = reply.headers.iter();
        let value = headers.find(|(known, _)| known == name);
        let value = value.map(|(_, value)| value.clone());
        faults.extend(different(name, &value, expected));
    }
    let asked = usize::from(exchange.answer.is_some());
    faults.extend(different(
        "calls of the authorizer",
        &told.events.len(),
        &asked,
    ));
    if let (Some(expected), Some(event)) = (&exchange.event, told.events.first()) {
        missing("event", event, expected, &mut faults);
    }
    faults.extend(different(
        "the backend",
        &told.backend.first(),
        &exchange.backend.as_ref(),
    ));
    if let Some(expected) = &exchange.log {
        let line = told.lines.first().cloned().unwrap_or_default();
        if !line.contains(expected) {
            faults.push(format!("log: {line:?} has no {expected:?}"));
        }
    }
    faults
}
