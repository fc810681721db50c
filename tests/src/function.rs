//! A function as Lambda runs it: the release binary under AWS's runtime interface emulator.

use std::process::Command;
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;

use crate::build;
use crate::process::{Process, free_port};

/// The longest an invocation may take here; the function's own limit is far below.
const INVOKE: Duration = Duration::from_secs(30);

/// The longest a line that was printed may take to get here.
pub const LOG: Duration = Duration::from_secs(10);

/// What came of an invocation.
#[derive(Debug, Clone, PartialEq)]
pub enum Invoked {
    /// The function's answer.
    Answer(Value),
    /// The function failed: type and message.
    Failed(String, String),
}

impl Invoked {
    /// The answer.
    ///
    /// # Panics
    /// If the function failed.
    pub fn answer(self) -> Value {
        match self {
            Self::Answer(answer) => answer,
            Self::Failed(kind, message) => panic!("{kind}: {message}"),
        }
    }

    /// The message of the failure.
    ///
    /// # Panics
    /// If the function answered.
    pub fn failure(self) -> String {
        match self {
            Self::Answer(answer) => panic!("answered: {answer}"),
            Self::Failed(_, message) => message,
        }
    }

    /// The status that a client of a REST API gets; 200 stands for "let through".
    pub fn status(&self) -> u16 {
        match self {
            Self::Answer(answer) => {
                let effect = answer.pointer("/policyDocument/Statement/0/Effect");
                if effect.and_then(Value::as_str) == Some("Allow") {
                    200
                } else {
                    403
                }
            }
            Self::Failed(_, message) if message == "Unauthorized" => 401,
            Self::Failed(..) => 500,
        }
    }

    /// What the backend is told under this name; empty if nothing, or if the function failed.
    pub fn context(&self, name: &str) -> &str {
        let context = match self {
            Self::Answer(answer) => answer.get("context"),
            Self::Failed(..) => None,
        };
        let value = context.and_then(|context| context.get(name));
        value.and_then(Value::as_str).unwrap_or_default()
    }
}

/// A running function.
pub struct Function {
    process: Process,
    client: reqwest::Client,
    url: String,
    /// What its variables point to: it is read when the first event comes.
    _folder: Option<TempDir>,
}

impl Function {
    /// Starts the authorizer with these environment variables and nothing of the caller's.
    pub fn authorizer(variables: &[(&str, &str)]) -> Self {
        Self::start("authorizer", variables)
    }

    /// The same of any function of the workspace, by its package.
    pub fn start(package: &str, variables: &[(&str, &str)]) -> Self {
        let (port, api) = (free_port(), free_port());
        let mut command = Command::new(build::rie());
        command
            .env_clear()
            .env("AWS_LAMBDA_FUNCTION_NAME", package)
            .env("AWS_LAMBDA_FUNCTION_TIMEOUT", "20")
            .env("AWS_LAMBDA_LOG_FORMAT", "JSON")
            .env("AWS_REGION", "eu-central-1")
            .env("AWS_ACCESS_KEY_ID", "test")
            .env("AWS_SECRET_ACCESS_KEY", "test")
            .envs(variables.iter().copied())
            .args([
                "--runtime-interface-emulator-address",
                &format!("127.0.0.1:{port}"),
            ])
            .args(["--runtime-api-address", &format!("127.0.0.1:{api}")])
            .arg(build::binary(package));
        let mut process = Process::start(&mut command);
        process.wait_for_port(port);
        let url = format!("http://127.0.0.1:{port}/2015-03-31/functions/function/invocations");
        let client = reqwest::Client::new();
        Self {
            process,
            client,
            url,
            _folder: None,
        }
    }

    /// With a folder that is removed with it.
    #[must_use]
    pub fn with_folder(self, folder: TempDir) -> Self {
        Self {
            _folder: Some(folder),
            ..self
        }
    }

    /// The URL of Lambda's invoke API for it.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// What function and emulator have printed.
    pub fn log(&self) -> String {
        self.process.output()
    }

    /// The same, once it holds `text`; as it is after [`LOG`] without it.
    pub async fn log_with(&self, text: &str) -> String {
        let start = Instant::now();
        loop {
            let log = self.log();
            if log.contains(text) || start.elapsed() > LOG {
                return log;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Sends an event.
    ///
    /// # Panics
    /// If the emulator does not answer, or not with JSON.
    pub async fn invoke(&self, event: &Value) -> Invoked {
        let sent = self
            .client
            .post(&self.url)
            .json(event)
            .timeout(INVOKE)
            .send()
            .await;
        let body = match sent {
            Ok(response) => response.text().await.unwrap_or_default(),
            Err(error) => panic!("no answer: {error}\n{}", self.log()),
        };
        if body.is_empty() {
            // What the emulator says of a process that ended.
            return Invoked::Failed(
                "Runtime.ExitError".to_owned(),
                "the function ended".to_owned(),
            );
        }
        let Ok(answer) = serde_json::from_str::<Value>(&body) else {
            panic!("not JSON: {body}\n{}", self.log());
        };
        let text = |member: &str| {
            answer
                .get(member)
                .and_then(Value::as_str)
                .map(str::to_owned)
        };
        match (text("errorType"), text("errorMessage")) {
            (Some(kind), Some(message)) => Invoked::Failed(kind, message),
            (Some(kind), None) => Invoked::Failed(kind, String::new()),
            _ => Invoked::Answer(answer),
        }
    }
}
