//! serverless-offline, another's emulator of API Gateway, before an authorizer (`tests/offline`).

use std::process::Command;
use std::time::Duration;

use reqwest::Client;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::build;
use crate::function::Function;
use crate::process::{Process, free_port};

/// How long it may take to get ready on a busy machine.
const READY: Duration = Duration::from_mins(2);
/// The longest a request may take.
const ANSWER: Duration = Duration::from_secs(30);

/// The running emulator; ended when dropped.
pub struct Offline {
    process: Process,
    client: Client,
    origin: String,
    /// Where it keeps what it remembers between runs.
    _home: TempDir,
}

impl Offline {
    /// Starts it before this authorizer; installs it if need be.
    ///
    /// # Panics
    /// If it does not start.
    pub fn start(authorizer: &Function) -> Self {
        let home =
            tempfile::tempdir().unwrap_or_else(|error| panic!("a temporary folder: {error}"));
        let [http, lambda, alb] = [free_port(), free_port(), free_port()];
        let folder = build::offline();
        let mut command = Command::new("node");
        command
            .arg(folder.join("node_modules/serverless/bin/serverless.js"))
            .args(["offline", "start", "--noTimeout", "--noPrependStageInUrl"])
            .args(["--host", "127.0.0.1", "--httpPort", &http.to_string()])
            .args(["--lambdaPort", &lambda.to_string()])
            .args(["--albPort", &alb.to_string()])
            .current_dir(&folder)
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", home.path())
            .env("AUTHORIZER_URL", authorizer.url())
            .env("AWS_ACCESS_KEY_ID", "test")
            .env("AWS_SECRET_ACCESS_KEY", "test")
            // It tells nobody of its use and asks nobody for news.
            .env("SLS_TELEMETRY_DISABLED", "1")
            .env("SLS_TRACKING_DISABLED", "1")
            .env("SLS_NOTIFICATIONS_MODE", "off");
        let mut process = Process::start(&mut command);
        process.wait_for("Server ready", READY);
        let client = Client::builder().timeout(ANSWER).build();
        Self {
            process,
            client: client.unwrap_or_else(|error| panic!("no HTTP client: {error}")),
            origin: format!("http://127.0.0.1:{http}"),
            _home: home,
        }
    }

    /// Status and body of a `GET` with this `Authorization` header, if any.
    ///
    /// # Panics
    /// If there is no answer.
    pub async fn get(&self, path: &str, authorization: Option<&str>) -> (u16, Value) {
        let mut request = self.client.get(format!("{}{path}", self.origin));
        if let Some(authorization) = authorization {
            request = request.header("Authorization", authorization);
        }
        let answer = async {
            let response = request.send().await?;
            let status = response.status().as_u16();
            let body = response.text().await?;
            let body = serde_json::from_str(&body).unwrap_or_else(|_| json!(body));
            Ok::<_, reqwest::Error>((status, body))
        };
        answer
            .await
            .unwrap_or_else(|error| panic!("no answer: {error}\n{}", self.process.output()))
    }
}
