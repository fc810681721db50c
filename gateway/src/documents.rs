//! The IAM documents that are right for every route, ready to be sent and kept: users of whom the
//! policy knows the same share one.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::value::{RawValue, to_raw_value};
use tollgate_engine::document::malformed;
use tollgate_engine::{
    Decision, Denial, Document, Inexact, Policy, Principal, Reason, Sees, Sharing,
};

use crate::arn::{MAX_RESOURCE, MethodArn};

/// Longest document, in bytes. AWS names no limit but for WebSocket APIs, whose answers are for one
/// request; this is what a function sends in a moment.
pub const MAX_DOCUMENT: usize = 64 * 1024;
/// Most documents that are kept. A user whose document is gone has it written again.
pub const MAX_DOCUMENTS: usize = 256;

/// What calls are named by in a stage with a name of a usual length, where no event tells.
const USUAL: &str = "arn:aws:execute-api:eu-central-1:123456789012:a1b2c3d4e5/main/GET/";

/// Most partitions whose start of an ARN is kept; a function is in one.
const MAX_PARTITIONS: usize = 8;

/// A document, ready to be sent.
#[derive(Debug)]
pub struct Written {
    /// The resources to allow, a JSON array; none if there are none.
    pub allow: Option<Arc<RawValue>>,
    /// Arrays of resources to deny.
    pub deny: Vec<Arc<RawValue>>,
    /// Why what is denied is denied, true of every route that it denies.
    pub denial: Denial,
}

impl Written {
    /// What can be said of everything that the document denies, one of them for this reason.
    pub fn denial(&self, decision: &Decision<'_>) -> Denial {
        match decision.denial() {
            Some(denial) if denial.reason != self.denial.reason => Denial {
                reason: Reason::Forbidden,
                required: Vec::new(),
                hint: None,
            },
            _ => self.denial.clone(),
        }
    }
}

/// The documents of one policy.
#[derive(Debug, Default)]
pub struct Documents(Mutex<State>);

/// Two halves: when the young one is full, the old one goes. What is used stays.
#[derive(Debug, Default)]
struct State {
    young: HashMap<Key, Kept>,
    old: HashMap<Key, Kept>,
    /// What is denied because it is malformed, by partition.
    guards: HashMap<String, Arc<RawValue>>,
}

/// A user as the policy knows them, and the stage of an API.
type Key = (Sharing, String);
/// That there is none is kept too.
pub(crate) type Kept = Result<Arc<Written>, Arc<NoDocument>>;

/// Why there is no document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NoDocument {
    /// None says what the policy says.
    Inexact(Inexact),
    /// The ARN could be of other stages or APIs too.
    ManyStages,
    /// It, or one of its resources, would be longer than API Gateway takes.
    TooLong,
}

impl fmt::Display for NoDocument {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Inexact(inexact) => inexact.fmt(f),
            Self::ManyStages => f.write_str("the ARN names no single stage"),
            Self::TooLong => {
                f.write_str("the document, or one of its resources, would be too long")
            }
        }
    }
}

impl Documents {
    /// The document of a user for the stage of an ARN, right for whatever events of this kind tell.
    ///
    /// # Errors
    /// [`NoDocument`]: the answer must be for the one request.
    pub fn of(
        &self,
        policy: &Policy,
        principal: &Principal,
        arn: &MethodArn<'_>,
        sees: Sees,
        unix_millis: i64,
    ) -> Kept {
        if !arn.names_stage() {
            return Err(Arc::new(NoDocument::ManyStages));
        }
        let key = (
            policy.sharing(principal, sees, unix_millis),
            arn.up_to_stage().to_owned(),
        );
        if let Some(known) = self.lock(|state| state.find(&key)) {
            return known;
        }
        // Two at once may both write it, and write the same.
        let outcome = policy
            .document(principal, sees, unix_millis)
            .map_err(NoDocument::Inexact)
            .and_then(|document| self.write(&document, arn))
            .map(Arc::new)
            .map_err(Arc::new);
        self.lock(|state| state.keep(key, outcome.clone()));
        outcome
    }

    /// Whether a document is short enough to be sent, for a stage with a name of a usual length.
    pub fn can_send(&self, document: &Document) -> bool {
        MethodArn::read(USUAL).is_ok_and(|arn| self.write(document, &arn).is_ok())
    }

    fn lock<T>(&self, look: impl FnOnce(&mut State) -> T) -> T {
        look(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn write(&self, document: &Document, arn: &MethodArn<'_>) -> Result<Written, NoDocument> {
        let start = arn.up_to_stage();
        let mut deny = Vec::new();
        let allow = match &*document.allow {
            // In so many words: silence can be an allow beside a resource policy.
            [] => {
                deny.push(resources(start, &["*".to_owned()])?);
                None
            }
            allow => Some(resources(start, allow)?),
        };
        if !document.deny.is_empty() {
            deny.push(resources(start, &document.deny)?);
        }
        if document.wide {
            deny.push(self.guards(arn.partition())?);
        }
        let length = |resources: &Arc<RawValue>| resources.get().len();
        let length: usize = deny.iter().chain(&allow).map(length).sum();
        if length > MAX_DOCUMENT {
            return Err(NoDocument::TooLong);
        }
        Ok(Written {
            allow,
            deny,
            denial: document.denial.clone(),
        })
    }

    /// What is denied because it is malformed, the same for all stages and APIs: a Deny may be wide,
    /// and is shorter so.
    fn guards(&self, partition: &str) -> Result<Arc<RawValue>, NoDocument> {
        if let Some(guards) = self.lock(|state| state.guards.get(partition).cloned()) {
            return Ok(guards);
        }
        let start = format!("arn:{partition}:execute-api:*:*:*/*/");
        let guards = resources(&start, malformed())?;
        self.lock(|state| {
            if state.guards.len() < MAX_PARTITIONS {
                state
                    .guards
                    .insert(partition.to_owned(), Arc::clone(&guards));
            }
        });
        Ok(guards)
    }
}

impl State {
    fn find(&mut self, key: &Key) -> Option<Kept> {
        if let Some(known) = self.young.get(key) {
            return Some(known.clone());
        }
        let known = self.old.remove(key)?;
        self.keep(key.clone(), known.clone());
        Some(known)
    }

    fn keep(&mut self, key: Key, outcome: Kept) {
        if self.young.len() >= MAX_DOCUMENTS / 2 {
            self.old = std::mem::take(&mut self.young);
        }
        self.young.insert(key, outcome);
    }
}

/// A JSON array of resources, each behind the start of the ARN.
fn resources(start: &str, tails: &[String]) -> Result<Arc<RawValue>, NoDocument> {
    let whole: Vec<String> = tails.iter().map(|tail| format!("{start}{tail}")).collect();
    if whole
        .iter()
        .any(|resource| resource.chars().count() > MAX_RESOURCE)
    {
        return Err(NoDocument::TooLong);
    }
    let raw = to_raw_value(&whole).map_err(|_| NoDocument::TooLong)?;
    Ok(raw.into())
}

#[cfg(test)]
mod tests;
