//! The answer: an IAM policy for exactly this request, and the context that travels with it.

use serde::Serialize;
use tollgate_engine::{Decision, User};

use crate::arn::MethodArn;

/// The principal of somebody who is not signed in, or whom nobody asked about.
pub const ANONYMOUS: &str = "anonymous";
/// Longest single context value, in bytes. API Gateway limits a backend's headers to 10 240
/// bytes together, and mappings may put every value into one.
pub const MAX_CONTEXT_VALUE: usize = 2048;
/// Longest user ID that is carried, in bytes.
pub const MAX_USER_ID: usize = 256;

/// An IAM answer of a Lambda authorizer (REST API, HTTP API without simple responses).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Answer {
    /// Who asks.
    #[serde(rename = "principalId")]
    pub principal_id: String,
    /// What they may do.
    #[serde(rename = "policyDocument")]
    pub policy_document: PolicyDocument,
    /// What the backend and the gateway responses are told. Every key is always there: a
    /// missing one would let a client's own header of that name through (CVE-2026-30851).
    pub context: Context,
}

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

/// Context values: text that is safe inside JSON, headers and mapping templates as it stands.
#[derive(Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Context {
    /// The user's ID; empty if nobody is signed in or nobody was asked about.
    pub user_id: String,
    /// The user's e-mail address; empty if there is none or the provider cannot say.
    pub email: String,
    /// IDs of the user's products, joined by `,`.
    pub products: String,
    /// The user's tier; empty if none.
    pub tier: String,
    /// Why it was denied; empty if allowed.
    pub reason: String,
    /// With `upgrade_required`: what would do, joined by `,`; products needed together by `+`.
    pub required: String,
    /// What the policy says to a denied client; empty if nothing.
    pub hint: String,
    /// The configured provider that proved who the user is; empty if nobody is signed in.
    pub provider: String,
    /// The version of the policy that decided.
    pub policy: String,
}

/// Who an answer is about.
#[derive(Clone, Copy)]
pub struct Who<'a> {
    /// The user; `None` if nobody is signed in or nobody was asked about.
    pub user: Option<&'a User>,
    /// The provider that proved it, by its name in the configuration; empty without a user.
    pub provider: &'a str,
}

impl std::fmt::Debug for Context {
    /// Never the user.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Context")
            .field("reason", &self.reason)
            .field("required", &self.required)
            .field("policy", &self.policy)
            .finish_non_exhaustive()
    }
}

/// A user whose ID cannot be carried to the backend as it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UnfitUserId;

impl Answer {
    /// The answer for a decision, scoped to the one request it was made for.
    ///
    /// An ARN that could stand for more than itself is never allowed; the caller has made that
    /// a denial. Refusals are explicit Denies, since silence can be an allow beside a resource
    /// policy.
    ///
    /// # Errors
    /// [`UnfitUserId`]: changing an ID to fit could make two users one.
    pub fn new(
        decision: &Decision<'_>,
        arn: &MethodArn<'_>,
        Who { user, provider }: Who<'_>,
        policy: &str,
    ) -> Result<Self, UnfitUserId> {
        let user_id = match user {
            None => String::new(),
            Some(user) if fits(&user.id, MAX_USER_ID) && !user.id.is_empty() => user.id.clone(),
            Some(_) => return Err(UnfitUserId),
        };
        let exact = arn.stands_for_itself();
        let allowed = decision.is_allowed() && exact;
        let (reason, required, hint) = match decision.denial() {
            Some(denial) => (
                denial.reason.as_str().to_owned(),
                join(denial.required.iter().map(|products| products.join("+"))),
                denial.hint.clone().unwrap_or_default(),
            ),
            None => Default::default(),
        };
        let email = user.and_then(|user| user.email.known().cloned().flatten());
        let products = user.and_then(|user| user.products.known());
        Ok(Self {
            principal_id: if user_id.is_empty() {
                ANONYMOUS.to_owned()
            } else {
                user_id.clone()
            },
            policy_document: PolicyDocument {
                version: "2012-10-17",
                statement: [Statement {
                    action: "execute-api:Invoke",
                    effect: if allowed { "Allow" } else { "Deny" },
                    // A Deny may be wide.
                    resource: if exact {
                        arn.whole.to_owned()
                    } else {
                        "*".to_owned()
                    },
                }],
            },
            context: Context {
                user_id,
                email: email
                    .filter(|email| fits(email, MAX_CONTEXT_VALUE))
                    .unwrap_or_default(),
                products: join(products.into_iter().flatten().cloned()),
                tier: decision.tier().unwrap_or_default().to_owned(),
                reason,
                required,
                hint: if fits(&hint, MAX_CONTEXT_VALUE) {
                    hint
                } else {
                    String::new()
                },
                provider: provider.to_owned(),
                policy: policy.to_owned(),
            },
        })
    }

    /// Whether the answer lets the request through.
    pub fn allows(&self) -> bool {
        self.policy_document
            .statement
            .iter()
            .all(|statement| statement.effect == "Allow")
    }
}

/// Whether text is safe where API Gateway puts it in unescaped: inside a JSON string, a header,
/// a mapping template.
fn fits(text: &str, longest: usize) -> bool {
    text.len() <= longest && !text.contains(|char: char| char.is_control() || "\"\\".contains(char))
}

/// Items joined by `,`; those that are unfit or would break the joint are left out, and so is
/// what goes over the limit.
fn join(items: impl Iterator<Item = String>) -> String {
    let mut joined = String::new();
    for item in items.filter(|item| fits(item, MAX_CONTEXT_VALUE) && !item.contains(',')) {
        if joined.len() + item.len() + 1 > MAX_CONTEXT_VALUE {
            break;
        }
        if !joined.is_empty() {
            joined.push(',');
        }
        joined.push_str(&item);
    }
    joined
}
