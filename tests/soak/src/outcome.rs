//! What came of an event, as far as it can be right or wrong.

use std::collections::BTreeSet;

use serde_json::Value;
use tollgate_local::iam::{self, Call, Verdict};
use tollgate_tests::function::Invoked;

use crate::event::Event;
use crate::function::Answered;

/// What came of an event, or may.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The client is told to sign in: a 401.
    Unauthorized,
    /// It could not be decided: a 500.
    Undecided,
    /// The event is none.
    UnknownEvent,
    /// A decision.
    Decision(Decision),
    /// Something that is never right.
    Broken(String),
}

/// A decision, and what the backend is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// Whether the call that was asked about is let through.
    pub allowed: bool,
    /// Why not; `None` where the answer is for other requests as well and tells what is true of all.
    pub why: Option<Why>,
    /// Who calls; empty for nobody.
    pub user: String,
    /// Who vouches for them.
    pub provider: String,
    /// Their address.
    pub email: String,
    /// Their products.
    pub products: String,
    /// Their roles.
    pub roles: String,
    /// Their tier.
    pub tier: String,
}

/// Why a decision denies.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Why {
    /// The reason.
    pub reason: String,
    /// Sets of products of which each would do.
    pub required: BTreeSet<BTreeSet<String>>,
}

impl Outcome {
    /// What came of an event. `kept` is that the answer is for other requests as well.
    pub fn read(answered: &Answered, event: &Event, kept: bool) -> Self {
        match &answered.invoked {
            Invoked::Failed(kind, message) => match kind.as_str() {
                "Unauthorized" if message == "Unauthorized" => Self::Unauthorized,
                "ProviderUnavailable" | "ProviderMisconfigured" => Self::Undecided,
                "UnknownEvent" => Self::UnknownEvent,
                _ => Self::Broken(format!("failed: {kind}: {message}")),
            },
            Invoked::Answer(answer) => match decision(answer, &answered.id, event, kept) {
                Ok(decision) => Self::Decision(decision),
                Err(why) => Self::Broken(why),
            },
        }
    }

    /// One word for counts.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Unauthorized => "unauthorized",
            Self::Undecided => "undecided",
            Self::UnknownEvent => "unknown event",
            Self::Decision(Decision { allowed: true, .. }) => "allowed",
            Self::Decision(_) => "denied",
            Self::Broken(_) => "broken",
        }
    }
}

fn decision(answer: &Value, id: &str, event: &Event, kept: bool) -> Result<Decision, String> {
    let told = |key: &str| {
        let text = answer["context"][key].as_str();
        text.map(str::to_owned)
            .ok_or_else(|| format!("the context has no `{key}`"))
    };
    if told("decision")? != id {
        return Err(format!("the decision has another event's name, not {id}"));
    }
    let required = told("required")?;
    let ways = required.split(',').filter(|way| !way.is_empty());
    let why = Why {
        reason: told("reason")?,
        required: ways
            .map(|way| way.split('+').map(str::to_owned).collect())
            .collect(),
    };
    Ok(Decision {
        allowed: allows(answer, event)?,
        why: (!kept).then_some(why),
        user: told("userId")?,
        provider: told("provider")?,
        email: told("email")?,
        products: told("products")?,
        roles: told("roles")?,
        tier: told("tier")?,
    })
}

/// What the answer says of the call that was asked about, as API Gateway evaluates it.
fn allows(answer: &Value, event: &Event) -> Result<bool, String> {
    if let Some(yes) = answer["isAuthorized"].as_bool() {
        return Ok(yes);
    }
    let call = Call {
        arn: &event.arn,
        unix_millis: 1_767_225_600_000,
        ip: event.ip(),
    };
    match iam::evaluate(&answer["policyDocument"], &call)? {
        Verdict::Allowed => Ok(true),
        Verdict::ExplicitlyDenied => Ok(false),
        Verdict::ImplicitlyDenied => Err("the document says nothing of the call".to_owned()),
    }
}
