//! Reading tiun's answer: exact types, no guesses.
//!
//! Only the JSON `true` proves a user, and only the JSON `false` says that a token proves
//! nobody. An `isAuthenticated` that is `"true"`, `1`, `null` or absent is neither: the
//! answer is not what tiun's contract says, which a new sign-in cannot cure, so it is
//! *unavailable* and never a bad token.

use serde_json::{Map, Value};
use tollgate_engine::user::{Fact, User};

use crate::exchange::{Problem, object};
use crate::fact;
use crate::http::Answer;
use crate::text::{self, MAX_NAMES};

const NAME: &str = "tiun";

pub(super) fn read(answer: &Answer) -> Result<User, Problem> {
    match answer.status {
        200 => read_ok(answer),
        401 => Err(Problem::KeyRefused(401)),
        status => Err(Problem::of_status(NAME, status)),
    }
}

fn read_ok(answer: &Answer) -> Result<User, Problem> {
    let undocumented = |what| Problem::undocumented(NAME, what);
    let mut members = object(answer).map_err(undocumented)?;
    match members.get("isAuthenticated") {
        // Whatever `userInfo` then is: tiun's documents show no shape for it.
        Some(Value::Bool(false)) => Err(Problem::Unauthenticated),
        Some(Value::Bool(true)) => match members.remove("userInfo") {
            Some(Value::Object(info)) => read_user(info).map_err(undocumented),
            _ => Err(undocumented("`userInfo` is not an object")),
        },
        _ => Err(undocumented("`isAuthenticated` is neither true nor false")),
    }
}

fn read_user(info: Map<String, Value>) -> Result<User, &'static str> {
    let id = match info.get("userId") {
        Some(Value::String(id)) if text::is_user_id(id) => id.clone(),
        _ => return Err("`userInfo.userId` is not a short, non-empty text"),
    };
    Ok(User {
        id,
        email: read_email(info.get("email")),
        products: read_products(info.get("productAccess")),
        claims: Fact::Known(Value::Object(info)),
        // What tiun does not tell is unknown.
        ..User::default()
    })
}

fn read_email(email: Option<&Value>) -> Fact<Option<String>> {
    let address = fact::text(email, text::is_email);
    if email.is_some() && address == Fact::Unknown {
        tracing::warn!("tiun's `userInfo.email` is not an address: the address is unknown");
    }
    address
}

/// Absent and `null` are no products, as in tiun's own sample. Anything but a list of texts
/// is unknown rather than none: with either no `product` condition holds, but with none
/// `not product` would, and a change of tiun's format must not let anybody in.
fn read_products(access: Option<&Value>) -> Fact<Vec<String>> {
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let products = match access {
        Some(Value::Array(list)) if list.len() <= MAX_NAMES => list.iter().map(text).collect(),
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
            "tiun's `userInfo.productAccess` is not a list of at most {MAX_NAMES} texts: the \
             user's products are unknown, no condition on them holds"
        );
    }
    products.map_or(Fact::Unknown, Fact::Known)
}
