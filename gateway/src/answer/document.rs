//! The IAM policy in an answer.

use serde::Serialize;

use crate::arn::MethodArn;

/// An IAM policy of one statement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PolicyDocument {
    /// `2012-10-17`
    #[serde(rename = "Version")]
    pub version: &'static str,
    /// One statement.
    #[serde(rename = "Statement")]
    pub statement: [Statement; 1],
}

/// One IAM statement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Statement {
    /// `execute-api:Invoke`
    #[serde(rename = "Action")]
    pub action: &'static str,
    /// `Allow` or `Deny`
    #[serde(rename = "Effect")]
    pub effect: &'static str,
    /// The ARN of this request.
    #[serde(rename = "Resource")]
    pub resource: String,
}

impl PolicyDocument {
    /// The policy for the one request that has this ARN.
    ///
    /// An ARN that could stand for more than itself is never allowed; the caller has made that
    /// a denial. Refusals are explicit Denies, since silence can be an allow beside a resource
    /// policy.
    pub fn of_request(arn: &MethodArn<'_>, allowed: bool) -> Self {
        let exact = arn.stands_for_itself();
        Self {
            version: "2012-10-17",
            statement: [Statement {
                action: "execute-api:Invoke",
                effect: if allowed && exact { "Allow" } else { "Deny" },
                // A Deny may be wide.
                resource: if exact { arn.whole } else { "*" }.to_owned(),
            }],
        }
    }

    /// Whether it lets the request through.
    pub fn allows(&self) -> bool {
        self.statement
            .iter()
            .all(|statement| statement.effect == "Allow")
    }
}
