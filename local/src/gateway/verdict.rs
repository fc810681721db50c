//! Reads what the authorizer answered, as strictly as API Gateway: whatever is not understood lets nobody in.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::api::Form;
use crate::authorizer::FunctionError;
use crate::iam::{self, Call, Document};

/// The one error message that makes a REST API answer 401.
const UNAUTHORIZED: &str = "Unauthorized";
/// The key of a context that is API Gateway's own ("Working with AWS Lambda authorizers for HTTP APIs",
/// API Gateway Developer Guide).
const RESERVED: &str = "claims";

/// Largest answer of a WebSocket API's authorizer, in bytes (API Gateway's quota).
const MAX_WEBSOCKET_ANSWER: usize = 8 * 1024;

/// The authorizer's context: of a REST or a WebSocket API every value is a text, of an HTTP API what
/// the function gave.
pub type Context = BTreeMap<String, Value>;

/// What the authorizer's answer means for one request.
#[derive(Debug, Clone, PartialEq)]
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
        /// Who called.
        principal: String,
        /// What the gateway response is made of.
        context: Context,
    },
    /// The request lacks what the authorizer is asked with, so that it was not; the text says what.
    Unidentified(String),
    /// The function failed with exactly `Unauthorized`.
    Unauthorized,
    /// The function failed in another way, or not in time.
    Failed(String),
    /// The answer is not one that API Gateway takes; the text says what is wrong with it.
    Malformed(String),
}

/// Who called, by the authorizer's answer.
#[derive(Debug, Clone, Copy)]
pub struct Principal<'a> {
    /// Its `principalId`.
    pub id: &'a str,
    /// What it says beside.
    pub context: &'a Context,
}

impl Principal<'_> {
    /// What a REST or a WebSocket API tells the backend of the caller.
    pub(super) fn authorizer(&self) -> Map<String, Value> {
        let pairs = self.context.iter();
        let mut authorizer: Map<String, Value> = pairs
            .map(|(key, value)| (key.clone(), value.clone()))
            .collect();
        authorizer.insert("principalId".to_owned(), self.id.into());
        authorizer
    }
}

impl Verdict {
    /// Who called; `None` where the authorizer gave no answer.
    pub(super) fn principal(&self) -> Option<Principal<'_>> {
        match self {
            Self::Allow { principal, context }
            | Self::Deny {
                principal, context, ..
            } => Some(Principal {
                id: principal,
                context,
            }),
            Self::Unidentified(_) | Self::Unauthorized | Self::Failed(_) | Self::Malformed(_) => {
                None
            }
        }
    }
}

/// The text that a context value is in logs, in gateway responses, and of a REST API everywhere.
pub(super) fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// The products of `required` in words: `p-1 or p-2 and p-3` for `p-1,p-2+p-3`.
pub(crate) fn alternatives(required: &str) -> String {
    required.replace(',', " or ").replace('+', " and ")
}

/// An answer, read once and judged for many requests.
#[derive(Debug, Clone)]
pub(super) struct Answer {
    says: Says,
    principal: String,
    context: Context,
}

#[derive(Debug, Clone)]
enum Says {
    Policy(Document),
    Simple(bool),
}

impl Answer {
    /// Reads an answer of the form that the authorizer is set to.
    ///
    /// # Errors
    /// What is wrong with it.
    pub(super) fn read(answer: &Value, form: Form) -> Result<Self, String> {
        if form == Form::WebSocket && answer.to_string().len() > MAX_WEBSOCKET_ANSWER {
            return Err(format!(
                "the authorizer's answer is larger than {MAX_WEBSOCKET_ANSWER} bytes"
            ));
        }
        let members = answer
            .as_object()
            .ok_or("the authorizer's answer must be an object")?;
        let (says, principal) = if form == Form::Http2Simple {
            match members.get("isAuthorized").and_then(Value::as_bool) {
                Some(says) => (Says::Simple(says), String::new()),
                None => {
                    return Err(
                        "`isAuthorized` must be true or false: simple responses are switched on"
                            .to_owned(),
                    );
                }
            }
        } else {
            policy(members)?
        };
        let context = match members.get("context") {
            None => Context::new(),
            Some(Value::Object(context)) => context
                .iter()
                .map(|(key, value)| Ok((key.clone(), value_of(key, value, form)?)))
                .collect::<Result<_, String>>()?,
            Some(_) => return Err("`context` must be an object".to_owned()),
        };
        Ok(Self {
            says,
            principal,
            context,
        })
    }

    /// What it means for a call.
    pub(super) fn verdict(&self, call: &Call<'_>) -> Verdict {
        let (principal, context) = (self.principal.clone(), self.context.clone());
        let explicit = match &self.says {
            Says::Policy(document) => match document.verdict(call) {
                iam::Verdict::Allowed => return Verdict::Allow { principal, context },
                iam::Verdict::ExplicitlyDenied => true,
                iam::Verdict::ImplicitlyDenied => false,
            },
            Says::Simple(true) => return Verdict::Allow { principal, context },
            Says::Simple(false) => true,
        };
        Verdict::Deny {
            explicit,
            principal,
            context,
        }
    }
}

/// What a failure of the function means. `Unauthorized` is a 401 of REST and WebSocket APIs; for HTTP
/// APIs nothing but the 500 of every failure is documented.
pub(super) fn of_error(error: &FunctionError, form: Form) -> Verdict {
    if error.error_message == UNAUTHORIZED && !form.is_http() {
        Verdict::Unauthorized
    } else {
        Verdict::Failed(error.to_string())
    }
}

fn policy(members: &Map<String, Value>) -> Result<(Says, String), String> {
    let principal = match members.get("principalId").and_then(Value::as_str) {
        Some(principal) if !principal.is_empty() => principal.to_owned(),
        _ => return Err("`principalId` must be a text".to_owned()),
    };
    let document = members
        .get("policyDocument")
        .ok_or("`policyDocument` is missing")?;
    Ok((Says::Policy(Document::read(document)?), principal))
}

/// A REST or a WebSocket API takes scalars and makes texts of them; an HTTP API takes anything.
fn value_of(key: &str, value: &Value, form: Form) -> Result<Value, String> {
    match value {
        _ if key == RESERVED => Err(format!(
            "`context.{key}` is a key that API Gateway keeps for itself"
        )),
        value if form.is_http() => Ok(value.clone()),
        Value::Null | Value::Array(_) | Value::Object(_) => Err(format!(
            "`context.{key}` must be a text, a number or a boolean"
        )),
        scalar => Ok(text(scalar).into()),
    }
}
