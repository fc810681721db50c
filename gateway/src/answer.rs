//! The answer: what API Gateway is told, in the form that the kind of event wants.

pub mod context;
pub mod document;

use serde::Serialize;
use tollgate_engine::Decision;

use self::context::Context;
use self::document::PolicyDocument;
use crate::event::{Event, Kind};
use crate::settings::answers::{AnswerSettings, HttpFormat};
use crate::usage_key::UsageKey;

/// The principal of somebody who is not signed in, or whom nobody asked about.
pub const ANONYMOUS: &str = "anonymous";

/// Longest answer to a WebSocket API, in bytes as it is sent (API Gateway developer guide, quotas
/// for WebSocket APIs: result size of an AWS Lambda authorizer).
pub const MAX_WEBSOCKET: usize = 8 * 1024;

/// An answer; it is serialized as it stands, without a null member.
#[derive(Debug, Clone, Serialize)]
#[serde(untagged)]
pub enum Answer {
    /// To a REST API, a WebSocket API, and an HTTP API without simple responses.
    Iam(IamAnswer),
    /// To an HTTP API with simple responses.
    Simple(SimpleAnswer),
    /// To an AppSync API.
    AppSync(AppSyncAnswer),
}

/// An IAM policy and the context that travels with it (API Gateway developer guide, output from a
/// Lambda authorizer).
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct IamAnswer {
    /// Who asks.
    pub principal_id: String,
    /// What they may do.
    pub policy_document: PolicyDocument,
    /// What the backend is told.
    pub context: Context,
    /// The API key of the user's usage plan; REST APIs alone know it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub usage_identifier_key: Option<UsageKey>,
    /// Whether the request may pass that the answer was made for.
    #[serde(skip)]
    allows: bool,
}

/// Yes or no, and the context (API Gateway developer guide, Lambda authorizers for HTTP APIs, payload
/// format 2.0).
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SimpleAnswer {
    /// Whether the request may pass.
    pub is_authorized: bool,
    /// What the backend is told.
    pub context: Context,
}

/// Yes or no for a GraphQL request as a whole, and the fields it does not get (AWS AppSync developer
/// guide, AWS Lambda authorization).
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AppSyncAnswer {
    /// Whether the request may run.
    pub is_authorized: bool,
    /// What resolvers are told: `$ctx.identity.resolverContext`.
    pub resolver_context: Context,
    /// Fields, as `Type.name`, that are null in its result.
    pub denied_fields: Vec<String>,
    /// How many seconds the answer may be kept for further requests of the token; 0 for none.
    pub ttl_override: u64,
}

impl Answer {
    /// The answer for a decision; `document` says the same of its request.
    pub fn new(
        event: &Event<'_>,
        decision: &Decision<'_>,
        document: PolicyDocument,
        context: Context,
        usage_key: Option<UsageKey>,
        settings: &AnswerSettings,
    ) -> Self {
        let allows = decision.is_allowed();
        if event.kind == Kind::Http2 && settings.http_api == HttpFormat::Simple {
            return Self::Simple(SimpleAnswer {
                is_authorized: allows,
                context,
            });
        }
        let mut answer = IamAnswer {
            principal_id: match &*context.user_id {
                "" => ANONYMOUS.to_owned(),
                user => user.to_owned(),
            },
            policy_document: document,
            context,
            usage_identifier_key: usage_key,
            allows,
        };
        if event.kind == Kind::WebSocket {
            answer.shorten(MAX_WEBSOCKET);
        }
        Self::Iam(answer)
    }

    /// Whether the answer lets the request through.
    pub fn allows(&self) -> bool {
        match self {
            Self::Iam(answer) => answer.allows,
            Self::Simple(answer) => answer.is_authorized,
            Self::AppSync(answer) => answer.is_authorized,
        }
    }

    /// What the backend is told.
    pub fn context(&self) -> &Context {
        match self {
            Self::Iam(answer) => &answer.context,
            Self::Simple(answer) => &answer.context,
            Self::AppSync(answer) => &answer.resolver_context,
        }
    }
}

impl IamAnswer {
    /// Leaves out what the backend can do without, until the answer is no longer than that. All
    /// else is bounded well below any limit there is.
    fn shorten(&mut self, most: usize) {
        let around = length(self).saturating_sub(length(&self.context));
        let left_out = self
            .context
            .shorten(|context| around + length(context) > most);
        if !left_out.is_empty() {
            tracing::warn!(
                decision = self.context.decision,
                left_out = left_out.join(", "),
                "the answer was longer than a WebSocket API takes"
            );
        }
    }
}

/// How many bytes a value takes when it is sent.
fn length(value: &impl Serialize) -> usize {
    // What cannot be serialized is as long as anything: it is shortened, and then not sent.
    serde_json::to_vec(value).map_or(usize::MAX, |bytes| bytes.len())
}
