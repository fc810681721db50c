//! Providers that are asked: within the time there is, again before what is known of somebody turns
//! them away, and not once more than that.
#![allow(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "tests"
)]

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use serde_json::{Value, json};
use tokio::time::Instant;
use tollgate_gateway::authorize::FRESH_ENOUGH_TO_REFUSE;
use tollgate_gateway::authorize::inspect::{Proof, TokenCheck};
use tollgate_gateway::{Authorizer, Files, Invocation, Sink};
use tollgate_identity::sources::{Clock, Sources};

const ARN: &str = "arn:aws:execute-api:eu-central-1:123456789012:a1b2c3d4e5/main/";
const POLICY: &str = "\
route /open             is public
route /pro/*            requires product pro
route field *           requires user
route field Query.pro   requires product pro
route field Query.other requires product other
";

/// An introspection endpoint that answers everybody alike.
struct Endpoint {
    address: SocketAddr,
    answer: Arc<Mutex<(u16, String)>>,
    calls: Arc<AtomicU64>,
}

impl Endpoint {
    fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let endpoint = Self {
            address: listener.local_addr().unwrap(),
            answer: Arc::default(),
            calls: Arc::default(),
        };
        let (answer, calls) = (Arc::clone(&endpoint.answer), Arc::clone(&endpoint.calls));
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let (status, body) = answer.lock().unwrap().clone();
                calls.fetch_add(1, Ordering::SeqCst);
                reply(&stream.unwrap(), status, &body);
            }
        });
        endpoint
    }

    /// From now on the user has these products.
    fn sells(&self, products: &[&str]) {
        let user = json!({ "active": true, "sub": "u-ann", "aud": "api", "products": products });
        *self.answer.lock().unwrap() = (200, user.to_string());
    }

    /// From now on it answers with this status.
    fn fails(&self, status: u16) {
        *self.answer.lock().unwrap() = (status, String::new());
    }

    fn calls(&self) -> u64 {
        self.calls.load(Ordering::SeqCst)
    }
}

/// Reads a request to its end, answers it and closes.
fn reply(stream: &TcpStream, status: u16, body: &str) {
    let mut reader = BufReader::new(stream);
    let mut length = 0;
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).unwrap();
        if line.trim_end().is_empty() {
            break;
        }
        if let Some((name, value)) = line.split_once(':')
            && name.eq_ignore_ascii_case("content-length")
        {
            length = value.trim().parse().unwrap();
        }
    }
    reader.read_exact(&mut vec![0; length]).unwrap();
    let length = body.len();
    let head = format!(
        "HTTP/1.1 {status} Text\r\ncontent-type: application/json\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n"
    );
    let mut stream = stream;
    stream.write_all((head + body).as_bytes()).unwrap();
}

/// An authorizer that asks the endpoint, with a clock that the test moves.
struct Rig {
    authorizer: Authorizer,
    endpoint: Endpoint,
    passed: Arc<AtomicU64>,
    records: Arc<Mutex<Vec<Value>>>,
}

impl Rig {
    async fn start() -> Self {
        Self::start_for("request").await
    }

    /// Its answers are right for one request, or for all of a token's.
    async fn start_for(scope: &str) -> Self {
        let endpoint = Endpoint::start();
        let settings = format!(
            "\
providers:
  - introspection:
      url: http://{}/introspect
      client_id: tollgate
      client_secret: env:SECRET
      audience: api
      claims: {{ products: products }}
answers: {{ scope: {scope} }}
",
            endpoint.address
        );
        let files = Files {
            policies: vec![("access.policy".to_owned(), POLICY.as_bytes().to_vec())],
            settings: ("authorizer.yaml".to_owned(), settings),
        };
        let passed = Arc::new(AtomicU64::new(0));
        let seconds = Arc::clone(&passed);
        let clock = Clock::new(move || {
            SystemTime::now() + Duration::from_secs(seconds.load(Ordering::SeqCst))
        });
        let sources = Sources::system()
            .with_variables(|_| Some("a client's secret".to_owned()))
            .with_clock(clock);
        let records = Arc::new(Mutex::new(Vec::new()));
        let into = Arc::clone(&records);
        let sink = Sink::new(move |line| {
            into.lock()
                .unwrap()
                .push(serde_json::from_slice(line).unwrap());
        });
        let authorizer = Authorizer::start_recording(&files, &sources, sink, Instant::now()).await;
        Self {
            authorizer: authorizer.unwrap_or_else(|error| panic!("{error}")),
            endpoint,
            passed,
            records,
        }
    }

    /// Until what is known is too old to refuse by.
    fn pass(&self) {
        let seconds = FRESH_ENOUGH_TO_REFUSE.as_secs() + 1;
        self.passed.fetch_add(seconds, Ordering::SeqCst);
    }

    /// The answer as it is sent, or the kind of the error.
    async fn ask(&self, event: &Value) -> Value {
        let answer = self.authorizer.authorize(event, Invocation::new("1")).await;
        match answer {
            Ok(answer) => serde_json::to_value(answer).unwrap(),
            Err(error) => json!(error.kind()),
        }
    }

    /// Why a request to a route is denied; empty if it is not.
    async fn reason(&self, path: &str) -> Value {
        let answer = self.ask(&rest(path)).await;
        match answer.get("context") {
            Some(context) => context["reason"].clone(),
            None => answer,
        }
    }

    /// What came of the token, as a person is told.
    async fn inspected(&self, event: &Value) -> TokenCheck {
        let invocation = Invocation::new("1");
        let inspection = self.authorizer.inspect(event, invocation, None, None);
        inspection.await.token
    }

    async fn denied_fields(&self) -> Value {
        self.ask(&graphql()).await["deniedFields"].clone()
    }
}

fn rest(path: &str) -> Value {
    json!({
        "type": "TOKEN", "methodArn": format!("{ARN}GET/{path}"),
        "authorizationToken": "Bearer 2YotnFZFEjr1zCsicMWpAA",
    })
}

fn graphql() -> Value {
    json!({
        "authorizationToken": "2YotnFZFEjr1zCsicMWpAA",
        "requestContext": { "apiId": "a", "queryString": "{ pro other }", "variables": {} },
    })
}

#[tokio::test]
async fn somebody_who_has_paid_since_is_not_turned_away_by_what_was_known() {
    let rig = Rig::start().await;
    rig.endpoint.sells(&[]);
    assert_eq!(rig.reason("pro/1").await, "upgrade_required");
    rig.endpoint.sells(&["pro"]);
    // Whoever asks again and again makes no call each time.
    assert_eq!(rig.reason("pro/1").await, "upgrade_required");
    assert_eq!(rig.endpoint.calls(), 1);
    rig.pass();
    assert_eq!(rig.reason("pro/1").await, "");
    assert_eq!(rig.endpoint.calls(), 2);
}

#[tokio::test]
async fn who_is_let_in_and_what_is_public_need_no_second_look() {
    let rig = Rig::start().await;
    rig.endpoint.sells(&["pro"]);
    assert_eq!(rig.reason("open").await, "");
    assert_eq!(rig.endpoint.calls(), 0);
    assert_eq!(rig.reason("pro/1").await, "");
    rig.pass();
    rig.endpoint.sells(&[]);
    assert_eq!(rig.reason("pro/1").await, "");
    assert_eq!(rig.reason("open").await, "");
    // No route is nothing that a provider could change.
    assert_eq!(rig.reason("nowhere").await, "no_route");
    assert_eq!(rig.endpoint.calls(), 1);
}

#[tokio::test]
async fn what_is_known_refuses_while_the_provider_is_down() {
    let rig = Rig::start().await;
    rig.endpoint.sells(&[]);
    assert_eq!(rig.reason("pro/1").await, "upgrade_required");
    assert_eq!(
        rig.denied_fields().await,
        json!(["Query.other", "Query.pro"])
    );
    rig.endpoint.fails(500);
    rig.pass();
    assert_eq!(rig.reason("pro/1").await, "upgrade_required");
    assert_eq!(
        rig.denied_fields().await,
        json!(["Query.other", "Query.pro"])
    );
}

#[tokio::test]
async fn without_an_answer_and_without_anything_known_there_is_no_decision() {
    for (status, error, proof) in [
        (500, "ProviderUnavailable", Proof::Unavailable),
        (401, "ProviderMisconfigured", Proof::Misconfigured),
    ] {
        let rig = Rig::start().await;
        rig.endpoint.fails(status);
        assert_eq!(rig.reason("pro/1").await, error);
        let token = rig.inspected(&rest("pro/1")).await;
        assert_eq!(token.proof, proof);
        assert!(token.message.is_some());
    }
}

/// Fields that are denied have a second look as routes have.
#[tokio::test]
async fn fields_that_were_bought_since_are_not_denied_by_what_was_known() {
    let rig = Rig::start().await;
    rig.endpoint.sells(&[]);
    assert_eq!(
        rig.denied_fields().await,
        json!(["Query.other", "Query.pro"])
    );
    rig.endpoint.sells(&["pro", "other"]);
    assert_eq!(
        rig.denied_fields().await,
        json!(["Query.other", "Query.pro"])
    );
    assert_eq!(rig.endpoint.calls(), 1);
    rig.pass();
    assert_eq!(rig.denied_fields().await, json!([]));
    assert_eq!(rig.endpoint.calls(), 2);
    rig.pass();
    rig.endpoint.sells(&[]);
    assert_eq!(rig.denied_fields().await, json!([]));
    assert_eq!(rig.endpoint.calls(), 2);
}

/// The provider does not say when its token is over, so an answer is kept for its time.
#[tokio::test]
async fn fields_of_a_token_without_an_end_are_kept_for_their_time() {
    let rig = Rig::start().await;
    rig.endpoint.sells(&["pro"]);
    assert_eq!(rig.ask(&graphql()).await["ttlOverride"], 60);
}

/// What is kept for all requests of a token must not deny one of them by what was known either.
#[tokio::test]
async fn an_answer_for_every_request_has_a_second_look_for_all_of_them() {
    let rig = Rig::start_for("token").await;
    rig.endpoint.sells(&[]);
    // Nothing is asked of this one, but what is kept says of `/pro` too.
    assert_eq!(rig.reason("open").await, "upgrade_required");
    rig.endpoint.sells(&["pro"]);
    assert_eq!(rig.reason("open").await, "upgrade_required");
    assert_eq!(rig.endpoint.calls(), 1);
    rig.pass();
    assert_eq!(rig.reason("open").await, "no_route");
    assert_eq!(rig.endpoint.calls(), 2);
    // Nothing that a provider could say makes a route.
    rig.pass();
    assert_eq!(rig.reason("open").await, "no_route");
    assert_eq!(rig.endpoint.calls(), 2);
}

#[tokio::test]
async fn a_token_that_a_provider_knows_is_verified_for_a_person_too() {
    let rig = Rig::start().await;
    rig.endpoint.sells(&["pro"]);
    let token = rig.inspected(&rest("pro/1")).await;
    assert_eq!(token.proof, Proof::Verified);
    assert_eq!(token.message, None);
}

/// The line of an event has the calls that were made for it, and none where nobody was asked.
#[tokio::test]
async fn the_record_of_an_event_has_the_calls_it_made() {
    let rig = Rig::start().await;
    rig.endpoint.sells(&[]);
    for (path, calls, hits, misses) in [
        // What is new needs no second look.
        ("pro/1", json!(1), json!(0), json!(1)),
        ("pro/1", json!(null), json!(2), json!(0)),
        ("open", json!(null), json!(null), json!(null)),
    ] {
        rig.ask(&rest(path)).await;
        let lines = std::mem::take(&mut *rig.records.lock().unwrap());
        assert_eq!(lines.len(), 1, "{lines:?}");
        let line = &lines[0];
        assert_eq!(line["ProviderCalls"], calls, "{line}");
        assert_eq!(line["FactCacheHits"], hits, "{line}");
        assert_eq!(line["FactCacheMisses"], misses, "{line}");
    }
}
