//! Reads what the authorizer answered, as strictly as API Gateway: whatever is not understood lets nobody in.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::authorizer::FunctionError;
use crate::iam::{self, Call};

/// The one error message that makes a REST API answer 401.
const UNAUTHORIZED: &str = "Unauthorized";

/// The authorizer's context with every value as the text the backend and the gateway responses get.
pub type Context = BTreeMap<String, String>;

/// What the authorizer's answer means for one request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// The document allows the request.
    Allow {
        /// Who called.
        principal: String,
        /// What the authorizer tells the backend.
        context: Context,
    },
    /// It does not.
    Deny {
        /// By a `Deny` that matches, rather than for want of an `Allow`.
        explicit: bool,
        /// What the gateway response is made of.
        context: Context,
    },
    /// The function failed with exactly `Unauthorized`.
    Unauthorized,
    /// The function failed in another way, or not in time.
    Failed(String),
    /// The answer is not one that API Gateway takes; the text says what is wrong with it.
    Malformed(String),
}

/// What an invocation's outcome means for a call.
pub fn read(outcome: Result<Value, FunctionError>, call: &Call<'_>) -> Verdict {
    match outcome {
        Ok(answer) => judge(&answer, call).unwrap_or_else(Verdict::Malformed),
        Err(error) if error.error_message == UNAUTHORIZED => Verdict::Unauthorized,
        Err(error) => Verdict::Failed(error.to_string()),
    }
}

fn judge(answer: &Value, call: &Call<'_>) -> Result<Verdict, String> {
    let members = answer
        .as_object()
        .ok_or("the authorizer's answer must be an object")?;
    let principal = match members.get("principalId").and_then(Value::as_str) {
        Some(principal) if !principal.is_empty() => principal.to_owned(),
        _ => return Err("`principalId` must be a text".to_owned()),
    };
    let document = members
        .get("policyDocument")
        .ok_or("`policyDocument` is missing")?;
    let context = match members.get("context") {
        None => Context::new(),
        Some(Value::Object(context)) => context
            .iter()
            .map(|(key, value)| Ok((key.clone(), scalar(key, value)?)))
            .collect::<Result<_, String>>()?,
        Some(_) => return Err("`context` must be an object".to_owned()),
    };
    Ok(match iam::evaluate(document, call)? {
        iam::Verdict::Allowed => Verdict::Allow { principal, context },
        iam::Verdict::ExplicitlyDenied => Verdict::Deny {
            explicit: true,
            context,
        },
        iam::Verdict::ImplicitlyDenied => Verdict::Deny {
            explicit: false,
            context,
        },
    })
}

/// Context values arrive at the backend as texts, whatever scalar they were.
fn scalar(key: &str, value: &Value) -> Result<String, String> {
    match value {
        Value::String(text) => Ok(text.clone()),
        Value::Number(number) => Ok(number.to_string()),
        Value::Bool(bool) => Ok(bool.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => Err(format!(
            "`context.{key}` must be a text, a number or a boolean"
        )),
    }
}
