//! The Lambda authorizer: starts, then answers events for as long as it lives.
//!
//! | variable | meaning |
//! |---|---|
//! | `TOLLGATE_POLICY` | a folder of `*.policy` files in place of those built in |
//! | `TOLLGATE_CONFIG` | a file in place of the `authorizer.yaml` beside them |

mod logs;

use std::path::PathBuf;
use std::process::ExitCode;

use lambda_runtime::tower::util::MapResultLayer;
use lambda_runtime::{Diagnostic, LambdaEvent, Runtime, service_fn};
use serde_json::Value;
use tokio::time::Instant;
use tollgate_gateway::{Answer, AuthorizeError, Authorizer, Files, Invocation, Sink, StartupError};
use tollgate_identity::sources::Sources;
use tracing::Instrument;

include!(concat!(env!("OUT_DIR"), "/policy.rs"));

/// One thread serves one event at a time, as Lambda sends them; or several beside each other where
/// Lambda says so (`AWS_LAMBDA_MAX_CONCURRENCY`), since an event waits for providers, not for a
/// processor.
#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let began = Instant::now();
    logs::start();
    let authorizer = match start(began).await {
        Ok(authorizer) => authorizer,
        Err(error) => {
            tracing::error!("cannot start: {error}");
            // The process ends, the init fails, nothing is served.
            return ExitCode::FAILURE;
        }
    };
    let policy = authorizer.loaded();
    tracing::info!(policy = policy.version, warnings = policy.warnings, "ready");
    let recording = authorizer.clone();
    let service = service_fn(move |event| answer(authorizer.clone(), event));
    // An answer is sent before its record is written. Lambda lets the process go on until it asks for
    // the next event (AWS Lambda developer guide, "Understanding the Lambda execution environment
    // lifecycle"), so that no record is lost.
    let runtime = Runtime::new(service).layer(MapResultLayer::new(move |sent| {
        recording.write_records();
        sent
    }));
    // As a task, like its connections: what `main` itself waits for is looked at only after the kernel
    // was asked for more, which is two system calls an event.
    let running = tokio::spawn(runtime.run_concurrent());
    match running.await.unwrap_or_else(|error| Err(error.into())) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!("the Lambda runtime is gone: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn start(began: Instant) -> Result<Authorizer, StartupError> {
    let (policy, settings) = (file("TOLLGATE_POLICY"), file("TOLLGATE_CONFIG"));
    let files = match &policy {
        Some(folder) => Files::read(folder, settings.as_deref()),
        None => built_in().with_settings(settings.as_deref()),
    };
    let files = files.map_err(StartupError::File)?;
    Authorizer::start_recording(&files, &Sources::system(), Sink::stdout(), began).await
}

fn built_in() -> Files {
    Files {
        policies: POLICIES
            .iter()
            .map(|(name, text)| ((*name).to_owned(), text.to_vec()))
            .collect(),
        settings: (SETTINGS.0.to_owned(), SETTINGS.1.to_owned()),
    }
}

/// A variable that names a file or folder; empty counts as unset.
fn file(variable: &str) -> Option<PathBuf> {
    std::env::var_os(variable)
        .filter(|value| !value.is_empty())
        .map(PathBuf::from)
}

async fn answer(authorizer: Authorizer, event: LambdaEvent<Value>) -> Result<Answer, Refusal> {
    let id = &event.context.request_id;
    let invocation = Invocation {
        id,
        trace: event.context.xray_trace_id.as_deref(),
    };
    // Names the request in what is logged of it beside its record. Below DEBUG that is next to nothing,
    // and a span for each event is not.
    let span = tracing::debug_span!("event", id);
    let answer = authorizer.answer_first(&event.payload, invocation);
    answer.instrument(span).await.map_err(Refusal)
}

/// A failed invocation. API Gateway reads the message: exactly `Unauthorized` is a 401 on a
/// REST API, anything else a 500.
#[derive(Debug)]
struct Refusal(AuthorizeError);

impl From<Refusal> for Diagnostic {
    fn from(Refusal(error): Refusal) -> Self {
        Self {
            error_type: error.kind().to_owned(),
            error_message: error.to_string(),
        }
    }
}
