//! The IAM policy in an answer: of one request, or of a user whatever they call.

use std::sync::Arc;
use std::time::SystemTime;

use serde::{Serialize, Serializer};
use serde_json::value::RawValue;

use crate::arn::MethodArn;
use crate::documents::Written;
use crate::timestamp::timestamp;

/// The action of every call of an API.
const INVOKE: &str = "execute-api:Invoke";

/// An IAM policy.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct PolicyDocument {
    version: &'static str,
    statement: Vec<Statement>,
}

/// One IAM statement.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Statement {
    action: &'static str,
    effect: Effect,
    resource: Resource,
    #[serde(skip_serializing_if = "Option::is_none")]
    condition: Option<Condition>,
}

#[derive(Debug, Clone, Copy, Serialize)]
enum Effect {
    Allow,
    Deny,
}

#[derive(Debug, Clone)]
enum Resource {
    One(String),
    /// A JSON array, serialized before.
    Kept(Arc<RawValue>),
}

impl Serialize for Resource {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::One(resource) => serializer.serialize_str(resource),
            Self::Kept(resources) => resources.serialize(serializer),
        }
    }
}

/// An Allow that ends with the token. AWS documents the key for resource policies alone, so that it is
/// an operator's choice.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Condition {
    date_less_than: CurrentTime,
}

#[derive(Debug, Clone, Serialize)]
struct CurrentTime {
    #[serde(rename = "aws:CurrentTime")]
    until: String,
}

impl PolicyDocument {
    /// The policy for the one request that has this ARN; what it allows it allows `until` then, if
    /// that is set. Without an ARN it denies.
    ///
    /// An ARN that could stand for more than itself is never allowed; the caller has made that
    /// a denial. Refusals are explicit Denies, since silence can be an allow beside a resource
    /// policy.
    pub fn of_request(
        arn: Option<&MethodArn<'_>>,
        allowed: bool,
        until: Option<SystemTime>,
    ) -> Self {
        let exact = arn.filter(|arn| arn.stands_for_itself());
        // A Deny may be wide.
        let resource = Resource::One(exact.map_or("*", |arn| arn.whole).to_owned());
        Self::new(vec![if allowed && exact.is_some() {
            allow(resource, until)
        } else {
            deny(resource)
        }])
    }

    /// The policy for every request of a user. One that is `denied` is so in as many words, whether
    /// the document says more of it than silence or not.
    pub fn of_token(
        written: &Written,
        denied: Option<&MethodArn<'_>>,
        until: Option<SystemTime>,
    ) -> Self {
        let kept = |resources: &Arc<RawValue>| Resource::Kept(Arc::clone(resources));
        let allowed = written.allow.iter().map(kept);
        let this = denied.filter(|arn| arn.stands_for_itself());
        let this = this.map(|arn| Resource::One(arn.whole.to_owned()));
        let refused = written.deny.iter().map(kept).chain(this);
        let allowed = allowed.map(|resource| allow(resource, until));
        Self::new(allowed.chain(refused.map(deny)).collect())
    }

    fn new(statement: Vec<Statement>) -> Self {
        Self {
            version: "2012-10-17",
            statement,
        }
    }
}

fn allow(resource: Resource, until: Option<SystemTime>) -> Statement {
    Statement {
        action: INVOKE,
        effect: Effect::Allow,
        resource,
        condition: until.map(|until| Condition {
            date_less_than: CurrentTime {
                until: timestamp(until),
            },
        }),
    }
}

fn deny(resource: Resource) -> Statement {
    Statement {
        action: INVOKE,
        effect: Effect::Deny,
        resource,
        condition: None,
    }
}
