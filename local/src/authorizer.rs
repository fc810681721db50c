//! The authorizer function as the gateway sees it: an event goes in, an answer or an error comes out.
//!
//! It runs in this process, or elsewhere behind Lambda's invoke API (`cargo lambda watch`, the runtime
//! interface emulator).

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use reqwest::redirect;
use serde_json::Value;

/// The largest answer of a function, in bytes: Lambda's limit for synchronous invocations.
pub(crate) const MAX_ANSWER: usize = 6 * 1024 * 1024;
/// The path under which Lambda's API invokes functions; `{}` is the function's name.
pub(crate) const FUNCTIONS_PATH: &str = "/2015-03-31/functions/";
/// The function's name where the URL has none: the binary's in `functions/authorizer`.
const DEFAULT_FUNCTION: &str = "authorizer";

/// A future that may be sent to another thread.
pub type BoxFuture<T> = Pin<Box<dyn Future<Output = T> + Send>>;

/// What came of an invocation that did not succeed: the function's own error, or why it can't be reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FunctionError {
    /// Lambda's `errorType`.
    pub error_type: String,
    /// Lambda's `errorMessage`; exactly `Unauthorized` makes API Gateway answer 401.
    pub error_message: String,
}

impl FunctionError {
    /// An error of this type with this message.
    pub fn new(error_type: impl Into<String>, error_message: impl Into<String>) -> Self {
        Self {
            error_type: error_type.into(),
            error_message: error_message.into(),
        }
    }
}

impl fmt::Display for FunctionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.error_type, self.error_message)
    }
}

impl std::error::Error for FunctionError {}

/// What an authorizer in this process knows beside its answer, for as long as that is kept.
pub trait Ruling: Send + Sync {
    /// Of the caller that was answered about: whether a request of theirs is allowed, by the event that
    /// it would be asked with, and the rule that decides, from its keyword to its pattern. `None` if that
    /// cannot be said.
    fn of(&self, event: &Value) -> Option<(bool, Option<String>)>;
}

/// What came of an invocation.
pub struct Invoked {
    /// The answer, or the error.
    pub result: Result<Value, FunctionError>,
    /// What is known beside; of a function elsewhere nothing is.
    pub ruling: Option<Arc<dyn Ruling>>,
}

impl From<Result<Value, FunctionError>> for Invoked {
    fn from(result: Result<Value, FunctionError>) -> Self {
        Self {
            result,
            ruling: None,
        }
    }
}

/// A function that runs in this process.
pub type Invoke = Arc<dyn Fn(Value) -> BoxFuture<Invoked> + Send + Sync>;

/// Where the authorizer runs.
#[derive(Clone)]
pub enum AuthorizerFunction {
    /// In this process.
    InProcess(Invoke),
    /// Behind Lambda's invoke API.
    Remote(RemoteFunction),
}

impl fmt::Debug for AuthorizerFunction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::InProcess(_) => f.write_str("InProcess"),
            Self::Remote(remote) => write!(f, "Remote({})", remote.invoke_url),
        }
    }
}

impl AuthorizerFunction {
    /// Makes one of an async function.
    pub fn in_process<F, R>(function: F) -> Self
    where
        F: Fn(Value) -> R + Send + Sync + 'static,
        R: Future<Output = Result<Value, FunctionError>> + Send + 'static,
    {
        Self::telling(move |event| {
            let answer = function(event);
            async move { answer.await.into() }
        })
    }

    /// The same of one that tells its ruling beside the answer.
    pub fn telling<F, R>(function: F) -> Self
    where
        F: Fn(Value) -> R + Send + Sync + 'static,
        R: Future<Output = Invoked> + Send + 'static,
    {
        Self::InProcess(Arc::new(move |event| Box::pin(function(event))))
    }

    /// The function at `url`: `http://127.0.0.1:9000` is its `authorizer`; a whole invoke URL
    /// (`…/2015-03-31/functions/NAME/invocations`) is taken as it is.
    ///
    /// # Errors
    /// When that is no http URL.
    pub fn remote(url: &str) -> Result<Self, InvalidFunctionUrl> {
        RemoteFunction::new(url).map(Self::Remote)
    }

    /// Invokes the function once. The caller sets the time limit.
    ///
    /// # Errors
    /// The function's own error, a panic of it, or why no answer could be had.
    pub async fn invoke(&self, event: Value) -> Result<Value, FunctionError> {
        self.ask(event).await.result
    }

    /// The same, with what is known beside.
    pub async fn ask(&self, event: Value) -> Invoked {
        match self {
            // In a task of its own: a panic there is the function's failure, not the gateway's.
            Self::InProcess(function) => {
                let function = Arc::clone(function);
                let task = tokio::spawn(async move { function(event).await });
                AbortOnDrop(task).await.unwrap_or_else(|_| {
                    Err(FunctionError::new("Panic", "the authorizer panicked")).into()
                })
            }
            Self::Remote(remote) => remote.invoke(&event).await.into(),
        }
    }
}

/// A task that ends when nobody waits for it any more.
pub(crate) struct AbortOnDrop<T>(pub(crate) tokio::task::JoinHandle<T>);

impl<T> Future for AbortOnDrop<T> {
    type Output = Result<T, tokio::task::JoinError>;

    fn poll(
        mut self: Pin<&mut Self>,
        cx: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Self::Output> {
        Pin::new(&mut self.0).poll(cx)
    }
}

impl<T> Drop for AbortOnDrop<T> {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// A `--function` that can't be used.
#[derive(Debug, PartialEq, Eq)]
pub struct InvalidFunctionUrl {
    url: String,
    why: String,
}

impl fmt::Display for InvalidFunctionUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "`{}` is no address of a function: {}; write one like `http://127.0.0.1:9000`",
            self.url, self.why
        )
    }
}

impl std::error::Error for InvalidFunctionUrl {}

impl InvalidFunctionUrl {
    /// What is wrong with it.
    pub(crate) fn why(&self) -> &str {
        &self.why
    }
}

/// A function behind Lambda's invoke API.
#[derive(Clone)]
pub struct RemoteFunction {
    invoke_url: reqwest::Url,
    client: reqwest::Client,
}

impl RemoteFunction {
    pub(crate) fn new(url: &str) -> Result<Self, InvalidFunctionUrl> {
        let invalid = |why: String| InvalidFunctionUrl {
            url: url.to_owned(),
            why,
        };
        let mut invoke_url: reqwest::Url =
            url.parse().map_err(|error| invalid(format!("{error}")))?;
        if !matches!(invoke_url.scheme(), "http" | "https") {
            return Err(invalid("it is neither http nor https".to_owned()));
        }
        if invoke_url.query().is_some() || invoke_url.fragment().is_some() {
            return Err(invalid("it has a query or a fragment".to_owned()));
        }
        match invoke_url.path() {
            "/" => invoke_url.set_path(&format!("{FUNCTIONS_PATH}{DEFAULT_FUNCTION}/invocations")),
            path if path.starts_with(FUNCTIONS_PATH) => {}
            path => return Err(invalid(format!("its path is `{path}`"))),
        }
        let client = reqwest::Client::builder()
            // The function is on this machine or named by its address; neither goes through a proxy.
            .no_proxy()
            .redirect(redirect::Policy::none())
            .connect_timeout(Duration::from_secs(2))
            .build()
            .map_err(|error| invalid(format!("{error}")))?;
        Ok(Self { invoke_url, client })
    }

    /// Where it is invoked.
    pub(crate) fn url(&self) -> &str {
        self.invoke_url.as_str()
    }

    /// Invokes it once. The caller sets the time limit.
    pub(crate) async fn invoke(&self, event: &Value) -> Result<Value, FunctionError> {
        let failed = |error: reqwest::Error| {
            let cause =
                std::error::Error::source(&error).map_or_else(|| error.to_string(), root_cause);
            let url = &self.invoke_url;
            let why = if error.is_connect() {
                format!("no connection to {url} ({cause}): start it with `cargo lambda watch`")
            } else {
                format!("no answer from {url}: {cause}")
            };
            FunctionError::new("Unreachable", why)
        };
        let mut response = self
            .client
            .post(self.invoke_url.clone())
            .json(event)
            .send()
            .await
            .map_err(failed)?;
        let status = response.status();
        let mut answer = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(failed)? {
            if answer.len() + chunk.len() > MAX_ANSWER {
                return Err(FunctionError::new(
                    "TooLarge",
                    format!("the answer is larger than {MAX_ANSWER} bytes"),
                ));
            }
            answer.extend_from_slice(&chunk);
        }
        read_answer(status.as_u16(), &answer)
    }
}

/// What lies under an error, in its own words.
pub(crate) fn root_cause(error: &(dyn std::error::Error + 'static)) -> String {
    let mut error = error;
    while let Some(source) = error.source() {
        error = source;
    }
    error.to_string()
}

/// Tells an answer from an error: `cargo lambda watch` sends errors with 500, the runtime interface
/// emulator with 200.
fn read_answer(status: u16, body: &[u8]) -> Result<Value, FunctionError> {
    let answer = serde_json::from_slice::<Value>(body);
    if let Ok(Value::Object(members)) = &answer {
        let text = |member: &str| {
            members
                .get(member)
                .and_then(Value::as_str)
                .map(str::to_owned)
        };
        if let Some(error_message) = text("errorMessage") {
            return Err(FunctionError {
                error_type: text("errorType").unwrap_or_default(),
                error_message,
            });
        }
    }
    match answer {
        Ok(answer) if (200..300).contains(&status) => Ok(answer),
        Err(_) if (200..300).contains(&status) => Err(FunctionError::new(
            "NotJson",
            "the function's answer is not JSON",
        )),
        _ => Err(FunctionError::new(
            "Status",
            format!("the invoke API answered {status}; does the function run under this name?"),
        )),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic, reason = "tests")]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_function_is_called_authorizer_unless_the_url_names_one() {
        let url = |text: &str| match AuthorizerFunction::remote(text).unwrap() {
            AuthorizerFunction::Remote(remote) => remote.invoke_url.to_string(),
            AuthorizerFunction::InProcess(_) => panic!(),
        };
        let expected = "http://127.0.0.1:9000/2015-03-31/functions/authorizer/invocations";
        assert_eq!(url("http://127.0.0.1:9000"), expected);
        assert_eq!(url("http://127.0.0.1:9000/"), expected);
        let rie = "http://127.0.0.1:8085/2015-03-31/functions/function/invocations";
        assert_eq!(url(rie), rie);
        for bad in [
            "",
            "127.0.0.1:9000",
            "localhost:9000",
            "ftp://x",
            "http://x/lambda-url/authorizer",
            "http://x/?a=b",
        ] {
            let error = AuthorizerFunction::remote(bad).unwrap_err().to_string();
            assert!(
                error.ends_with("write one like `http://127.0.0.1:9000`"),
                "{error}"
            );
        }
    }

    #[test]
    fn errors_are_told_from_answers_under_both_emulators() {
        let error = br#"{"errorType":"Refused","errorMessage":"Unauthorized"}"#;
        let expected = Err(FunctionError::new("Refused", "Unauthorized"));
        assert_eq!(read_answer(500, error), expected);
        assert_eq!(read_answer(200, error), expected);
        assert_eq!(
            read_answer(200, br#"{"principalId":"u"}"#),
            Ok(json!({ "principalId": "u" }))
        );
        assert_eq!(read_answer(200, b"null"), Ok(Value::Null));
        for (status, body) in [
            (200, b"<html>".as_slice()),
            (404, b"{}"),
            (500, b""),
            (302, b"{}"),
        ] {
            assert!(read_answer(status, body).is_err(), "{status}");
        }
    }

    #[tokio::test]
    async fn a_panic_is_the_functions_failure() {
        let function = AuthorizerFunction::in_process(|event: Value| async move {
            assert!(event.is_null(), "boom");
            Ok(event)
        });
        assert_eq!(
            function.invoke(json!({})).await.unwrap_err().error_type,
            "Panic"
        );
        assert_eq!(function.invoke(Value::Null).await, Ok(Value::Null));
    }

    #[tokio::test]
    async fn a_function_that_is_not_there_is_named() {
        let function = AuthorizerFunction::remote("http://127.0.0.1:9").unwrap();
        let error = function.invoke(json!({})).await.unwrap_err().to_string();
        assert!(error.contains("http://127.0.0.1:9/2015-03-31"), "{error}");
    }
}
