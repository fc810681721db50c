//! Identity providers that others wrote, from npm: started by a test, driven over their own
//! endpoints and over the control interface that `tests/counterparts/server.mjs` describes.

use std::process::Command;
use std::time::Duration;

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use reqwest::header::HeaderMap;
use reqwest::redirect::Policy;
use reqwest::{Client, RequestBuilder};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};

use crate::build;
use crate::process::{Process, READY, free_port};

pub mod better_auth;
pub mod oidc;
pub mod stack;

/// The longest a request to a counterpart may take on a busy machine.
const ANSWER: Duration = Duration::from_secs(30);

/// What becomes of the old keys when a provider changes them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OldKeys {
    /// They stay published; tokens they signed go on being good.
    Keep,
    /// They are gone, as after a leak.
    Drop,
}

/// An answer over HTTP.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The status code.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The body: its JSON, a string if it is none, or null if it is empty.
    pub body: Value,
}

impl Answer {
    /// A header as text, empty if it is not there.
    pub fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
    }

    /// A member of the JSON body that is a text.
    ///
    /// # Panics
    /// If there is none.
    pub fn text(&self, member: &str) -> String {
        match self.body.get(member).and_then(Value::as_str) {
            Some(text) => text.to_owned(),
            None => panic!("no text `{member}`: {self:?}"),
        }
    }
}

/// What a JWT says, read without verifying anything.
#[derive(Debug, Clone, PartialEq)]
pub struct Jwt {
    /// The JOSE header.
    pub header: Map<String, Value>,
    /// The claims.
    pub payload: Map<String, Value>,
}

impl Jwt {
    /// Reads a token in the compact form.
    ///
    /// # Panics
    /// If it is none.
    pub fn read(token: &str) -> Self {
        let parts: Vec<&str> = token.split('.').collect();
        let [header, payload, _signature] = parts.as_slice() else {
            panic!("not three parts: {token}");
        };
        let [header, payload] = [header, payload].map(|part| {
            BASE64_URL_SAFE_NO_PAD
                .decode(part)
                .ok()
                .and_then(|bytes| serde_json::from_slice(&bytes).ok())
                .unwrap_or_else(|| panic!("not the base64url of a JSON object: {part}"))
        });
        Self { header, payload }
    }

    /// The id of the key that signed it.
    ///
    /// # Panics
    /// If the header has none.
    pub fn kid(&self) -> &str {
        match self.header.get("kid").and_then(Value::as_str) {
            Some(kid) => kid,
            None => panic!("no kid: {self:?}"),
        }
    }
}

/// The ids of the keys of a JWKS, in its order.
///
/// # Panics
/// If a key has none.
pub fn kids(jwks: &Value) -> Vec<String> {
    let keys = jwks.get("keys").and_then(Value::as_array);
    keys.and_then(|keys| {
        keys.iter()
            .map(|key| key.get("kid")?.as_str().map(str::to_owned))
            .collect()
    })
    .unwrap_or_else(|| panic!("not a JWKS whose keys have ids: {jwks}"))
}

/// The process behind a counterpart.
struct Server {
    process: Process,
    client: Client,
    origin: String,
}

impl Server {
    /// Starts `tests/counterparts/{script}` on a free port.
    fn start(script: &str) -> Self {
        let port = free_port();
        let mut command = Command::new("node");
        command
            .arg(build::counterparts().join(script))
            .arg(port.to_string());
        let mut process = Process::start(&mut command);
        let origin = format!("http://127.0.0.1:{port}");
        process.wait_for(&format!("ready {origin}"), READY);
        let client = Client::builder()
            .redirect(Policy::none())
            .timeout(ANSWER)
            .build()
            .unwrap_or_else(|error| panic!("no HTTP client: {error}"));
        Self {
            process,
            client,
            origin,
        }
    }

    async fn get(&self, path: &str) -> Answer {
        let url = format!("{}{path}", self.origin);
        self.send(self.client.get(url)).await
    }

    async fn post(&self, path: &str, body: &impl Serialize) -> Answer {
        let url = format!("{}{path}", self.origin);
        self.send(self.client.post(url).json(body)).await
    }

    async fn send(&self, request: RequestBuilder) -> Answer {
        let answer = async {
            let response = request.send().await?;
            let (status, headers) = (response.status().as_u16(), response.headers().clone());
            let text = response.text().await?;
            let body = match text.as_str() {
                "" => Value::Null,
                text => serde_json::from_str(text).unwrap_or_else(|_| json!(text)),
            };
            Ok::<_, reqwest::Error>(Answer {
                status,
                headers,
                body,
            })
        };
        match answer.await {
            Ok(answer) => answer,
            Err(error) => panic!("no answer: {error}\n{}", self.process.output()),
        }
    }

    /// Asks the control interface for something.
    async fn control<T: DeserializeOwned>(&self, name: &str, body: &impl Serialize) -> T {
        self.read(self.post(&format!("/control/{name}"), body).await)
    }

    /// Asks the control interface for a token.
    async fn mint(&self, name: &str, body: &impl Serialize) -> String {
        let path = format!("/control/{name}");
        self.expect(200, self.post(&path, body).await).text("token")
    }

    async fn rotate(&self, old: OldKeys) {
        let body = json!({"keep": old == OldKeys::Keep});
        self.control::<Value>("rotate", &body).await;
    }

    /// How often the tests and what they test have asked for this method and path so far.
    async fn requests(&self, target: &str) -> u64 {
        let counts = self.expect(200, self.get("/control/counts").await).body;
        counts
            .get(target)
            .and_then(Value::as_u64)
            .unwrap_or_default()
    }

    fn read<T: DeserializeOwned>(&self, answer: Answer) -> T {
        let answer = self.expect(200, answer);
        serde_json::from_value(answer.body.clone())
            .unwrap_or_else(|error| panic!("not what was asked for ({error}): {answer:?}"))
    }

    fn expect(&self, status: u16, answer: Answer) -> Answer {
        assert_eq!(
            answer.status,
            status,
            "{answer:?}\n{}",
            self.process.output()
        );
        answer
    }
}
