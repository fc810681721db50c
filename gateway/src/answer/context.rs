//! What the backend and the gateway responses are told: text that is safe inside JSON, headers and
//! mapping templates as it stands.

use std::collections::BTreeMap;
use std::fmt;
use std::time::{SystemTime, UNIX_EPOCH};

use serde::Serialize;
use serde_json::Value;
use tollgate_engine::{Decision, Denial, User};

use crate::settings::answers::Claims;

/// Longest single value, in bytes. API Gateway limits a backend's headers to 10 240 bytes
/// together, and mappings may put every value into one.
pub const MAX_VALUE: usize = 2048;

/// Longest user ID that is carried, in bytes.
pub const MAX_USER_ID: usize = 256;

/// Longest name of a decision, in bytes. Lambda's request IDs have 36.
const MAX_DECISION: usize = 128;

/// The keys that every context has.
pub const OWN_KEYS: [&str; 12] = [
    "userId", "email", "products", "roles", "tier", "reason", "required", "hint", "provider",
    "expires", "decision", "policy",
];

/// Keys that API Gateway has a use of its own for (API Gateway developer guide, `$context`
/// variables; Lambda authorizers for HTTP APIs).
pub const RESERVED_KEYS: [&str; 3] = ["claims", "principalId", "integrationLatency"];

/// The context. Every key is always there: a missing one would let a client's own header of that
/// name through (CVE-2026-30851).
#[derive(Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Context {
    /// The user's ID; empty if nobody is signed in or nobody was asked about.
    pub user_id: String,
    /// The user's e-mail address; empty if there is none or the provider cannot say.
    pub email: String,
    /// IDs of the user's products, joined by `,`.
    pub products: String,
    /// The user's roles, joined by `,`.
    pub roles: String,
    /// The user's tier; empty if none.
    pub tier: String,
    /// Why it was denied; empty if allowed. In an answer for every request of a token, why it
    /// denies what it denies.
    pub reason: String,
    /// With `upgrade_required`: what would do, joined by `,`; products needed together by `+`.
    pub required: String,
    /// What the policy says to a denied client; empty if nothing.
    pub hint: String,
    /// The configured provider that proved who the user is; empty if nobody is signed in.
    pub provider: String,
    /// When the token expires, in whole seconds since 1970-01-01T00:00:00Z; empty if unknown.
    pub expires: String,
    /// The name of the decision, by which its log line is found.
    pub decision: String,
    /// The version of the policy that decided.
    pub policy: String,
    /// The claims that the configuration passes on, by its keys.
    #[serde(flatten)]
    pub claims: BTreeMap<String, String>,
}

/// Who an answer is about.
#[derive(Clone, Copy)]
pub struct Who<'a> {
    /// The user; `None` if nobody is signed in or nobody was asked about.
    pub user: Option<&'a User>,
    /// The provider that proved it, by its name in the configuration; empty without a user.
    pub provider: &'a str,
    /// When the token expires, where the provider says so.
    pub expires: Option<SystemTime>,
}

/// What a context is about beside the user.
#[derive(Clone, Copy)]
pub struct About<'a> {
    /// The name of the decision: [`Invocation::id`](crate::Invocation::id).
    pub decision: &'a str,
    /// Why the answer denies what it denies; `None` if that is nothing.
    pub denial: Option<&'a Denial>,
    /// The version of the policy.
    pub policy: &'a str,
    /// Which claims are passed on.
    pub claims: &'a Claims,
}

/// A user whose ID cannot be carried to the backend as it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UnfitUserId;

impl fmt::Debug for Context {
    /// Never the user.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Context")
            .field("reason", &self.reason)
            .field("required", &self.required)
            .field("decision", &self.decision)
            .field("policy", &self.policy)
            .finish_non_exhaustive()
    }
}

/// Some values of a context.
type Values = fn(&mut Context) -> Vec<&mut String>;

/// What a backend can do without, in the order in which it is left out.
const OPTIONAL: [(&str, Values); 5] = [
    ("claims", |context| context.claims.values_mut().collect()),
    ("roles", |context| vec![&mut context.roles]),
    ("products", |context| vec![&mut context.products]),
    ("hint", |context| vec![&mut context.hint]),
    ("email", |context| vec![&mut context.email]),
];

impl Context {
    /// What is told of a decision.
    ///
    /// # Errors
    /// [`UnfitUserId`]: changing an ID to fit could make two users one.
    pub fn new(
        decision: &Decision<'_>,
        who: Who<'_>,
        about: About<'_>,
    ) -> Result<Self, UnfitUserId> {
        let user = who.user;
        let user_id = match user {
            None => String::new(),
            Some(user) if fits(&user.id, MAX_USER_ID) && !user.id.is_empty() => user.id.clone(),
            Some(_) => return Err(UnfitUserId),
        };
        let (reason, required, hint) = match about.denial {
            Some(denial) => (
                denial.reason.as_str(),
                join(denial.required.iter().map(|products| products.join("+"))),
                denial.hint.as_deref().unwrap_or_default(),
            ),
            None => Default::default(),
        };
        let email = user.and_then(|user| user.email.known()?.as_deref());
        let products = user.and_then(|user| user.products.known());
        let roles = user.and_then(|user| user.roles.known());
        let claims = user.and_then(|user| user.claims.known());
        let claim = |(key, path): (&str, &[String])| {
            let told = claims.and_then(|claims| text(member(claims, path)?));
            (key.to_owned(), told.unwrap_or_default())
        };
        Ok(Self {
            user_id,
            email: fitting(email.unwrap_or_default(), MAX_VALUE),
            products: join(products.into_iter().flatten().cloned()),
            roles: join(roles.into_iter().flatten().cloned()),
            tier: decision.tier().unwrap_or_default().to_owned(),
            reason: reason.to_owned(),
            required,
            hint: fitting(hint, MAX_VALUE),
            provider: who.provider.to_owned(),
            expires: who.expires.and_then(seconds).unwrap_or_default(),
            decision: fitting(about.decision, MAX_DECISION),
            policy: about.policy.to_owned(),
            claims: about.claims.iter().map(claim).collect(),
        })
    }

    /// Leaves out values, one kind after the other, for as long as it is `too_long`: configured
    /// claims, roles, products, hint, e-mail address. Always whole, since half a list would be
    /// another list. Gives what was left out.
    pub(super) fn shorten(&mut self, too_long: impl Fn(&Self) -> bool) -> Vec<&'static str> {
        let mut left_out = Vec::new();
        for (name, values) in OPTIONAL {
            if !too_long(self) {
                break;
            }
            let mut values = values(self);
            values.retain(|value| !value.is_empty());
            if !values.is_empty() {
                left_out.push(name);
            }
            for value in values {
                value.clear();
            }
        }
        left_out
    }
}

/// Whole seconds since 1970.
fn seconds(moment: SystemTime) -> Option<String> {
    let since = moment.duration_since(UNIX_EPOCH).ok()?;
    Some(since.as_secs().to_string())
}

/// The claim that a path leads to.
fn member<'v>(claims: &'v Value, path: &[String]) -> Option<&'v Value> {
    path.iter()
        .try_fold(claims, |at, name| at.as_object()?.get(name))
}

/// A claim as it is passed on: text as it stands, numbers and truth values as JSON has them, a list
/// of texts joined by `,`. Whole or not at all: half a list would be another claim.
fn text(claim: &Value) -> Option<String> {
    let text = match claim {
        Value::String(text) => text.clone(),
        Value::Number(_) | Value::Bool(_) => claim.to_string(),
        Value::Array(items) => {
            let texts = items.iter().map(|item| {
                let text = item.as_str()?;
                (!text.contains(',')).then_some(text)
            });
            texts.collect::<Option<Vec<_>>>()?.join(",")
        }
        Value::Null | Value::Object(_) => return None,
    };
    fits(&text, MAX_VALUE).then_some(text)
}

/// Whether text is safe where API Gateway puts it in unescaped: inside a JSON string, a header,
/// a mapping template.
fn fits(text: &str, longest: usize) -> bool {
    text.len() <= longest && !text.contains(|char: char| char.is_control() || "\"\\".contains(char))
}

/// The text if it fits, else nothing.
fn fitting(text: &str, longest: usize) -> String {
    if fits(text, longest) { text } else { "" }.to_owned()
}

/// Items joined by `,`; those that are unfit or would break the joint are left out, and so is
/// what goes over the limit.
fn join(items: impl Iterator<Item = String>) -> String {
    let mut joined = String::new();
    for item in items.filter(|item| fits(item, MAX_VALUE) && !item.contains(',')) {
        let joint = usize::from(!joined.is_empty());
        if joined.len() + joint + item.len() > MAX_VALUE {
            break;
        }
        if !joined.is_empty() {
            joined.push(',');
        }
        joined.push_str(&item);
    }
    joined
}
