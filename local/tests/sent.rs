//! Requests that are sent from inside come to what they come to from outside; and what is told of a
//! request beside: the rule, the stages, what the authorizer would get.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "tests"
)]

mod rig;

use std::net::{IpAddr, Ipv4Addr};
use std::path::Path;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use serde_json::{Value, json};
use tollgate_local::authorizer::{AuthorizerFunction, FunctionError, Invoked, Ruling};
use tollgate_local::gateway::{Api, Exchange, Gateway, GatewayOptions, Outcome, Request};

use rig::{allow, allow_answer, deny, get};

/// Says that `/a` is allowed by one rule and anything else denied by another.
struct ByPath;

impl Ruling for ByPath {
    fn of(&self, event: &Value) -> Option<(bool, Option<String>)> {
        Some(match event["path"].as_str()? {
            "/a" => (true, Some("route /a".to_owned())),
            "/mistaken" => (true, Some("route /mistaken".to_owned())),
            _ => (false, Some("route /*".to_owned())),
        })
    }
}

/// Keeps its answers for a minute, by the `Authorization` header.
const TEMPLATE: &str = "\
Resources:
  F: { Type: AWS::Serverless::Function, Properties: { Events: { All: { Type: Api, Properties: { RestApiId: !Ref Rest, Path: '/{proxy+}', Method: any } } } } }
  Rest:
    Type: AWS::Serverless::Api
    Properties:
      StageName: local
      Auth:
        DefaultAuthorizer: A
        Authorizers: { A: { FunctionArn: !GetAtt F.Arn, FunctionPayloadType: REQUEST, Identity: { Headers: [Authorization], ReauthorizeEvery: 60 } } }
";

fn keeping(folder: &Path) -> Api {
    let template = folder.join("template.yaml");
    std::fs::write(&template, TEMPLATE).unwrap();
    Api::find(&template, None, None).unwrap().unwrap()
}

async fn gateway(
    authorizer: AuthorizerFunction,
    api: Option<Api>,
) -> (Gateway, Arc<Mutex<Vec<Arc<Exchange>>>>) {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let told = Arc::clone(&seen);
    let mut options = GatewayOptions {
        log: Arc::new(move |exchange| told.lock().unwrap().push(Arc::clone(exchange))),
        ..GatewayOptions::new(authorizer)
    };
    if let Some(api) = api {
        options.served = api.into();
    }
    (Gateway::start(options).await.unwrap(), seen)
}

fn request(path: &str, authorization: Option<&str>) -> Request {
    let host = ("Host".to_owned(), "localhost".to_owned());
    let given = authorization.map(|it| ("Authorization".to_owned(), it.to_owned()));
    Request {
        method: "GET".to_owned(),
        path: path.to_owned(),
        query: None,
        protocol: "HTTP/1.1".to_owned(),
        headers: [host].into_iter().chain(given).collect(),
        source_ip: IpAddr::V4(Ipv4Addr::LOCALHOST),
        port: 3000,
    }
}

#[tokio::test]
async fn a_request_from_inside_is_answered_as_one_from_outside() {
    let (gateway, seen) = gateway(allow("GET/articles/*"), None).await;
    for path in ["/articles/1", "/pro/articles/1"] {
        let outside = get(&gateway.url(), path).await;
        let inside = gateway.send(&request(path, None), Bytes::new()).await;
        assert_eq!((inside.status, inside.truncated), (outside.status, false));
        if inside.status == 403 {
            assert_eq!(inside.body, outside.text);
        }
        assert_eq!(inside.exchange.path, path);
    }
    let odd = gateway.send(&request("no-path", None), Bytes::new()).await;
    assert_eq!(odd.status, 400);
    let seen = seen.lock().unwrap();
    assert_eq!(seen.len(), 5, "each is told once");
    let shown = seen[2].to_json();
    assert_eq!(shown["outcome"], "denied");
    let body = shown["response"]["body"].as_str().unwrap();
    assert!(body.contains("you may not call this"), "{body}");
}

#[tokio::test]
async fn what_the_authorizer_would_get_is_told_without_asking() {
    let (gateway, seen) = gateway(deny(json!({})), None).await;
    let approach = gateway.approach(&request("/pro/1", Some("Bearer secret-token")));
    let event = approach.event.unwrap();
    assert_eq!(event["methodArn"], approach.arn);
    assert_eq!(event["headers"]["Authorization"], "Bearer secret-token");
    assert_eq!(approach.shown.unwrap()["headers"]["Authorization"], "•••");
    let odd = gateway.approach(&request("no-path", None));
    assert!(!odd.admitted && odd.event.is_none() && odd.stopped.is_some());
    assert!(seen.lock().unwrap().is_empty());
}

#[tokio::test]
async fn a_connection_is_not_opened_from_inside() {
    let folder = tempfile::tempdir().unwrap();
    let template = folder.path().join("template.yaml");
    let text = "\
Transform: AWS::Serverless-2016-10-31
Resources:
  F: { Type: AWS::Serverless::Function, Properties: {} }
  Sockets: { Type: AWS::Serverless::WebSocketApi, Properties: { Routes: { $connect: { FunctionArn: !GetAtt F.Arn } } } }
";
    std::fs::write(&template, text).unwrap();
    let api = Api::find(&template, None, None).unwrap();
    let (gateway, seen) = gateway(deny(json!({})), api).await;
    let mut handshake = request("/", None);
    let upgrade = ("Upgrade".to_owned(), "websocket, other".to_owned());
    handshake.headers.push(upgrade);
    for request in [request("/", None), handshake] {
        let sent = gateway.send(&request, Bytes::new()).await;
        assert_eq!(
            (sent.status, sent.exchange.outcome),
            (426, Outcome::Refused)
        );
    }
    assert_eq!(seen.lock().unwrap().len(), 2);
}

#[tokio::test]
async fn the_rule_is_the_one_of_this_request_or_none() {
    let folder = tempfile::tempdir().unwrap();
    let answer = allow_answer("GET/a", &json!({ "userId": "u-1" }));
    let authorizer = AuthorizerFunction::telling(move |_| {
        let invoked = Invoked {
            result: Ok(answer.clone()),
            ruling: Some(Arc::new(ByPath) as Arc<dyn Ruling>),
        };
        std::future::ready(invoked)
    });
    let (gateway, seen) = gateway(authorizer, Some(keeping(folder.path()))).await;
    for path in ["/a", "/b", "/mistaken"] {
        gateway
            .send(&request(path, Some("Bearer t")), Bytes::new())
            .await;
    }
    let seen = seen.lock().unwrap();
    let told = seen
        .iter()
        .map(|it| (it.outcome, it.cached, it.notes.rule.as_deref(), it.user()));
    let user = Some("u-1");
    let expected = [
        (Outcome::Allowed, false, Some("route /a"), user),
        (Outcome::Denied, true, Some("route /*"), user),
        // The answer denies what the ruling allows, so that it is another rule's doing.
        (Outcome::Denied, true, None, user),
    ];
    assert_eq!(told.collect::<Vec<_>>(), expected);
    let line = seen[1].to_string();
    assert!(line.contains(" · route /* · u-1 · cached · "), "{line}");
    let shown = seen[1].to_json();
    assert_eq!(
        (&shown["event"], &shown["answer"]["principalId"]),
        (&Value::Null, &json!("u-pro"))
    );
}

#[tokio::test]
async fn a_401_has_its_rule_and_a_failure_has_none() {
    for (error, rule) in [("Unauthorized", Some("route /*")), ("boom", None)] {
        let authorizer = AuthorizerFunction::telling(move |_| {
            let invoked = Invoked {
                result: Err(FunctionError::new("Scripted", error)),
                ruling: Some(Arc::new(ByPath) as Arc<dyn Ruling>),
            };
            std::future::ready(invoked)
        });
        let (gateway, _) = gateway(authorizer, None).await;
        let sent = gateway.send(&request("/b", None), Bytes::new()).await;
        assert_eq!(sent.exchange.notes.rule.as_deref(), rule, "{error}");
    }
}
