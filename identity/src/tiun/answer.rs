//! Reading tiun's answer: exact types, no guesses.
//!
//! Only the JSON `true` proves a user, and only the JSON `false` says that a token proves
//! nobody. An `isAuthenticated` that is `"true"`, `1`, `null` or absent is neither: the
//! answer is not what tiun's contract says, which a new sign-in cannot cure, so it is
//! *unavailable* and never a bad token.

use serde_json::{Map, Value};
use tollgate_engine::user::{Fact, User};

use crate::http::Answer;
use crate::json;
use crate::outcome::Cause;

/// Longest user ID, in bytes. tiun's look like `u-abc123`.
const MAX_USER_ID: usize = 256;
/// Longest e-mail address, in bytes: 64 of local part, `@`, 255 of domain (RFC 5321
/// section 4.5.3.1).
const MAX_EMAIL: usize = 320;
/// Most products of one user.
const MAX_PRODUCTS: usize = 1000;

/// What an answer says.
#[derive(Debug)]
pub(super) enum Reading {
    Identity(Box<User>),
    Unauthenticated,
    /// tiun does not accept our API key.
    KeyRefused,
    Misconfigured(Cause),
    Unavailable(Cause),
}

/// Reads an answer; that tiun cannot answer now (429, 5xx and their like) is none.
pub(super) fn read(answer: &Answer) -> Reading {
    let status = answer.status;
    match status {
        200 => read_ok(answer).unwrap_or_else(|what| {
            Reading::Unavailable(Cause::new(format!(
                "tiun's answer is not as documented: {what}"
            )))
        }),
        401 => Reading::KeyRefused,
        300..=399 => Reading::Misconfigured(Cause::new(format!(
            "tiun answered with a redirect (HTTP {status}), which is not followed with the API \
             key: check `base_url`"
        ))),
        // Our request or our rights: it will be the same for every user until it is changed.
        400..=499 => Reading::Misconfigured(Cause::new(format!(
            "tiun refused the request (HTTP {status}): check `base_url`, and the rights of the \
             API key"
        ))),
        _ => Reading::Unavailable(Cause::new(format!("tiun answered HTTP {status}"))),
    }
}

/// Reads a 200; the error is what is not as documented.
fn read_ok(answer: &Answer) -> Result<Reading, &'static str> {
    // An answer that does not say what it is, is judged by its content alone.
    let is_json = |media: &String| media == "application/json" || media.ends_with("+json");
    if !answer.media_type.as_ref().is_none_or(is_json) {
        return Err("its content type is not JSON");
    }
    // The error of the reader could repeat the body.
    let body = json::read(&answer.body)
        .map_err(|_| "it is not JSON, is cut short, or has a member twice")?;
    let Value::Object(mut members) = body else {
        return Err("it is not a JSON object");
    };
    match members.get("isAuthenticated") {
        // Whatever `userInfo` then is: tiun's documents show no shape for it.
        Some(Value::Bool(false)) => Ok(Reading::Unauthenticated),
        Some(Value::Bool(true)) => match members.remove("userInfo") {
            Some(Value::Object(info)) => read_user(info),
            _ => Err("`userInfo` is not an object"),
        },
        _ => Err("`isAuthenticated` is neither true nor false"),
    }
}

fn read_user(info: Map<String, Value>) -> Result<Reading, &'static str> {
    let id = match info.get("userId") {
        Some(Value::String(id)) if is_usable(id, MAX_USER_ID) => id.clone(),
        _ => return Err("`userInfo.userId` is not a short, non-empty text"),
    };
    Ok(Reading::Identity(Box::new(User {
        id,
        email: read_email(info.get("email")),
        products: read_products(info.get("productAccess")),
        claims: Fact::Known(Value::Object(info)),
        // What tiun does not tell is unknown.
        ..User::default()
    })))
}

/// Whether a text can go into the backend's headers and our logs.
fn is_usable(text: &str, longest: usize) -> bool {
    !text.trim().is_empty() && text.len() <= longest && !text.contains(char::is_control)
}

fn read_email(email: Option<&Value>) -> Fact<Option<String>> {
    match email {
        Some(Value::Null) => Fact::Known(None),
        Some(Value::String(address)) if address.is_empty() => Fact::Known(None),
        Some(Value::String(address)) if is_usable(address, MAX_EMAIL) => {
            Fact::Known(Some(address.clone()))
        }
        None => Fact::Unknown,
        Some(_) => {
            tracing::warn!("tiun's `userInfo.email` is not an address: the address is unknown");
            Fact::Unknown
        }
    }
}

/// Absent and `null` are no products, as in tiun's own sample. Anything but a list of texts
/// is unknown rather than none: with either no `product` condition holds, but with none
/// `not product` would, and a change of tiun's format must not let anybody in.
fn read_products(access: Option<&Value>) -> Fact<Vec<String>> {
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let products = match access {
        Some(Value::Array(list)) if list.len() <= MAX_PRODUCTS => list.iter().map(text).collect(),
        Some(Value::Null) => return Fact::Known(Vec::new()),
        None => {
            // Worth a line: a member that was renamed would look like this, for every user.
            tracing::warn!("tiun's answer has no `userInfo.productAccess`: read as no products");
            return Fact::Known(Vec::new());
        }
        Some(_) => None,
    };
    if products.is_none() {
        tracing::warn!(
            "tiun's `userInfo.productAccess` is not a list of at most {MAX_PRODUCTS} texts: the \
             user's products are unknown, no condition on them holds"
        );
    }
    products.map_or(Fact::Unknown, Fact::Known)
}
