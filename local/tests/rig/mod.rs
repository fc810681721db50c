//! A gateway with a scripted authorizer in front and a backend behind that tells what it got.
#![allow(dead_code, reason = "each test file uses a part")]

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use lambda_http::{Body, RequestExt, Response};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tollgate_local::authorizer::{AuthorizerFunction, FunctionError};
use tollgate_local::gateway::{Api, Backend, Exchange, Gateway, GatewayOptions, Timeouts};

const STAGE: &str = "arn:aws:execute-api:us-east-1:123456789012:local00000/local/";

/// The YAML files of a folder beside the tests, by their names.
pub fn cases<F: DeserializeOwned>(folder: &str) -> Vec<(String, F)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests")
        .join(folder);
    let entries = std::fs::read_dir(folder).unwrap();
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    files.retain(|path| path.extension().is_some_and(|it| it == "yaml"));
    files.sort();
    let read = |path: PathBuf| {
        let name = path.file_name().unwrap().display().to_string();
        let text = std::fs::read_to_string(&path).unwrap();
        let file = serde_yaml::from_str(&text).unwrap_or_else(|error| panic!("{name}: {error}"));
        (name, file)
    };
    files.into_iter().map(read).collect()
}

/// An authorizer that always gives this answer.
pub fn answer(answer: Value) -> AuthorizerFunction {
    AuthorizerFunction::in_process(move |_| std::future::ready(Ok(answer.clone())))
}

/// One that always fails so.
pub fn error(error_type: &str, message: &str) -> AuthorizerFunction {
    let error = FunctionError::new(error_type, message);
    AuthorizerFunction::in_process(move |_| std::future::ready(Err(error.clone())))
}

pub fn allow_answer(resource: &str, context: &Value) -> Value {
    let resource = if resource == "*" {
        resource.to_owned()
    } else {
        format!("{STAGE}{resource}")
    };
    json!({
        "principalId": "u-pro",
        "policyDocument": { "Version": "2012-10-17", "Statement": [{ "Effect": "Allow", "Action": "execute-api:Invoke", "Resource": resource }] },
        "context": context,
    })
}

/// One that allows this resource (`GET/pro/*`) or everything (`*`).
pub fn allow(resource: &str) -> AuthorizerFunction {
    answer(allow_answer(resource, &json!({})))
}

pub fn allow_with(context: Value) -> AuthorizerFunction {
    let given = allow_answer("*", &context);
    drop(context);
    answer(given)
}

/// One that denies everything, with this context.
pub fn deny(context: Value) -> AuthorizerFunction {
    let mut given = allow_answer("*", &context);
    drop(context);
    given["policyDocument"]["Statement"][0]["Effect"] = json!("Deny");
    answer(given)
}

/// An HTTP answer.
#[derive(Debug)]
pub struct Reply {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub text: String,
}

impl Reply {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap()
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers
            .iter()
            .find(|(n, _)| n == name)
            .map_or("", |(_, value)| value)
    }
}

pub fn client() -> reqwest::Client {
    reqwest::Client::builder()
        .no_proxy()
        .timeout(Duration::from_secs(20))
        .build()
        .unwrap()
}

pub async fn get(base: &str, path: &str) -> Reply {
    let response = client().get(format!("{base}{path}")).send().await.unwrap();
    let status = response.status().as_u16();
    let headers = response
        .headers()
        .iter()
        .map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()))
        .collect();
    Reply {
        status,
        headers,
        text: response.text().await.unwrap(),
    }
}

/// Sends bytes as they are and reads what comes back until the connection closes.
async fn exchange(address: SocketAddr, bytes: &[u8]) -> String {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(bytes).await.unwrap();
    stream.shutdown().await.unwrap();
    rest(stream).await
}

async fn rest(mut stream: TcpStream) -> String {
    let mut answer = Vec::new();
    // A server that refuses half-way may reset the rest.
    let _ = tokio::time::timeout(Duration::from_secs(10), stream.read_to_end(&mut answer))
        .await
        .unwrap();
    String::from_utf8(answer).unwrap()
}

/// The answer to a request that closes its connection.
pub async fn raw(address: SocketAddr, request: &[u8]) -> Reply {
    reply(&exchange(address, request).await)
}

fn reply(answer: &str) -> Reply {
    let (head, text) = answer.split_once("\r\n\r\n").unwrap_or((answer, ""));
    let mut lines = head.lines();
    let status = lines
        .next()
        .and_then(|line| line.split(' ').nth(1))
        .map_or(0, |status| status.parse().unwrap());
    let headers = lines
        .filter_map(|line| line.split_once(": "))
        .map(|(n, v)| (n.to_owned(), v.to_owned()))
        .collect();
    Reply {
        status,
        headers,
        text: text.to_owned(),
    }
}

pub struct Rig {
    gateway: Gateway,
    pub events: Arc<AtomicUsize>,
    event: Arc<Mutex<Value>>,
    backend: Arc<Mutex<Vec<Value>>>,
    exchanges: Arc<Mutex<Vec<Arc<Exchange>>>>,
}

impl Rig {
    pub fn address(&self) -> SocketAddr {
        self.gateway.address()
    }

    pub async fn stop(self) {
        self.gateway.stop().await;
    }

    pub async fn new(authorizer: AuthorizerFunction) -> Self {
        Self::with(authorizer, Timeouts::default()).await
    }

    /// In front of another backend, as this API.
    pub async fn of(api: Api, backend: Backend, authorizer: AuthorizerFunction) -> Self {
        let rig = Self::start(api, Some(backend), authorizer, Timeouts::default());
        rig.await
    }

    pub async fn with(authorizer: AuthorizerFunction, timeouts: Timeouts) -> Self {
        Self::start(Api::sample(), None, authorizer, timeouts).await
    }

    pub async fn start(
        api: Api,
        other: Option<Backend>,
        authorizer: AuthorizerFunction,
        timeouts: Timeouts,
    ) -> Self {
        let (events, event) = (
            Arc::new(AtomicUsize::new(0)),
            Arc::new(Mutex::new(Value::Null)),
        );
        let (backend, exchanges) = (
            Arc::new(Mutex::new(Vec::new())),
            Arc::new(Mutex::new(Vec::new())),
        );
        let (seen, counter, requests, lines) = (
            event.clone(),
            events.clone(),
            backend.clone(),
            exchanges.clone(),
        );
        let authorizer = AuthorizerFunction::in_process(move |event| {
            counter.fetch_add(1, Ordering::Relaxed);
            *seen.lock().unwrap() = event.clone();
            let authorizer = authorizer.clone();
            async move { authorizer.invoke(event).await }
        });
        let echo = Backend::new(move |request| echo(request, requests.clone()));
        let options = GatewayOptions {
            served: api.into(),
            backend: other.unwrap_or(echo),
            log: Arc::new(move |exchange| lines.lock().unwrap().push(exchange.clone())),
            timeouts,
            ..GatewayOptions::new(authorizer)
        };
        Self {
            gateway: Gateway::start(options).await.unwrap(),
            events,
            event,
            backend,
            exchanges,
        }
    }

    pub fn url(&self) -> String {
        self.gateway.url()
    }

    pub async fn get(&self, path: &str) -> Reply {
        get(&self.url(), path).await
    }

    /// Sends bytes as they are and reads what comes back until the connection closes.
    pub async fn exchange(&self, bytes: &[u8]) -> String {
        exchange(self.gateway.address(), bytes).await
    }

    /// The answer to a request that closes its connection, to a client that does not close its half
    /// before: the server takes that for one that left, and may drop a request it still works at.
    pub async fn ask(&self, request: &str) -> Reply {
        let mut stream = TcpStream::connect(self.gateway.address()).await.unwrap();
        // One that is refused half-way is not read to its end.
        let _ = stream.write_all(request.as_bytes()).await;
        reply(&rest(stream).await)
    }

    /// The same, in packets of one byte.
    pub async fn exchange_slowly(&self, bytes: &[u8]) -> String {
        let mut stream = TcpStream::connect(self.gateway.address()).await.unwrap();
        stream.set_nodelay(true).unwrap();
        for byte in bytes {
            stream.write_all(&[*byte]).await.unwrap();
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        let mut answer = String::new();
        let read = stream.read_to_string(&mut answer);
        tokio::time::timeout(Duration::from_secs(10), read)
            .await
            .unwrap()
            .unwrap();
        answer
    }

    pub async fn raw(&self, request: &str) -> Reply {
        self.raw_bytes(request.as_bytes()).await
    }

    pub async fn raw_bytes(&self, request: &[u8]) -> Reply {
        raw(self.gateway.address(), request).await
    }

    /// The last event the authorizer got.
    pub fn event(&self) -> Value {
        self.event.lock().unwrap().clone()
    }

    /// What the backend was asked, in order.
    pub fn backend_requests(&self) -> Vec<Value> {
        self.backend.lock().unwrap().clone()
    }

    /// What the backend was last asked.
    pub fn backend_request(&self) -> Value {
        self.backend.lock().unwrap().last().unwrap().clone()
    }

    pub fn backend_calls(&self) -> usize {
        self.backend.lock().unwrap().len()
    }

    pub fn exchanges(&self) -> Vec<Arc<Exchange>> {
        self.exchanges.lock().unwrap().clone()
    }

    pub fn last_exchange(&self) -> Arc<Exchange> {
        self.exchanges().last().unwrap().clone()
    }
}

async fn echo(
    request: lambda_http::Request,
    seen: Arc<Mutex<Vec<Value>>>,
) -> Result<Response<Body>, lambda_http::Error> {
    let path = request.raw_http_path().to_owned();
    let authorizer = match request.request_context_ref() {
        Some(lambda_http::request::RequestContext::ApiGatewayV1(context)) => {
            json!(context.authorizer.fields)
        }
        _ => Value::Null,
    };
    let body = request.body();
    seen.lock().unwrap().push(json!({
        "path": path,
        "method": request.method().as_str(),
        "authorizer": authorizer,
        "length": body.len(),
        "body": if body.len() < 100 { String::from_utf8_lossy(body).into_owned() } else { String::new() },
    }));
    match path.as_str() {
        "/fail" => Err("secret detail".into()),
        "/panic" => panic!("secret detail"),
        "/switch" => Ok(Response::builder().status(101).body(Body::Empty)?),
        "/hang" => std::future::pending().await,
        _ => Ok(Response::builder()
            .header("content-length", "9999")
            .header("x-twice", "1")
            .body(Body::Text(path))?),
    }
}

/// Lambda's invoke API with one scripted answer.
pub struct InvokeApi {
    address: SocketAddr,
    request: Arc<Mutex<String>>,
}

pub async fn invoke_api(status: u16, body: String) -> InvokeApi {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let request = Arc::new(Mutex::new(String::new()));
    let seen = request.clone();
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut bytes = Vec::new();
        while !serde_json::from_str::<Value>(body_of(&String::from_utf8_lossy(&bytes)))
            .is_ok_and(|value| value.is_object())
        {
            stream.read_buf(&mut bytes).await.unwrap();
        }
        *seen.lock().unwrap() = String::from_utf8(bytes).unwrap();
        let answer = format!(
            "HTTP/1.1 {status} X\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
            body.len()
        );
        stream.write_all(answer.as_bytes()).await.unwrap();
        stream.shutdown().await.unwrap();
    });
    InvokeApi { address, request }
}

fn body_of(request: &str) -> &str {
    request.split_once("\r\n\r\n").map_or("", |(_, body)| body)
}

impl InvokeApi {
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub fn path(&self) -> String {
        self.request
            .lock()
            .unwrap()
            .split(' ')
            .nth(1)
            .unwrap()
            .to_owned()
    }

    pub fn event(&self) -> Value {
        serde_json::from_str(body_of(&self.request.lock().unwrap())).unwrap()
    }
}

/// That something is not as expected, if it is not.
pub fn different<T: PartialEq + std::fmt::Debug>(what: &str, got: &T, expected: &T) -> Vec<String> {
    if got == expected {
        Vec::new()
    } else {
        vec![format!("{what}: got {got:?}, expected {expected:?}")]
    }
}

/// Members that are not as expected. Of a mapping, only those that are named are looked at.
pub fn missing(at: &str, got: &Value, expected: &Value, faults: &mut Vec<String>) {
    match (got, expected) {
        (Value::Object(got), Value::Object(expected)) => {
            for (name, expected) in expected {
                let at = format!("{at}.{name}");
                missing(&at, got.get(name).unwrap_or(&Value::Null), expected, faults);
            }
        }
        (got, expected) => faults.extend(different(at, got, expected)),
    }
}
