//! Reading `AuthGate`'s answer: exact types, no guesses.
//!
//! Only `"valid":true` beside a user proves one, and only `"valid":false` says that a token proves
//! nobody.

use std::time::SystemTime;

use serde_json::{Map, Value};
use tollgate_engine::user::{Fact, User};

use crate::exchange::{Problem, object};
use crate::fact;
use crate::http::Answer;
use crate::mapping::Form;
use crate::outcome::Identity;
use crate::rfc3339;
use crate::text;

const NAME: &str = "authgate";

pub(super) fn read(answer: &Answer, now: SystemTime) -> Result<Identity, Problem> {
    match answer.status {
        200 => read_ok(answer, now),
        // The two meanings of 401 are told apart by this member alone.
        400 | 401 if says_invalid(answer) => Err(Problem::Unauthenticated),
        401 => Err(Problem::KeyRefused(401)),
        // Nothing but the token can make the request large.
        413 => Err(Problem::Unauthenticated),
        status => Err(Problem::of_status(NAME, status)),
    }
}

fn says_invalid(answer: &Answer) -> bool {
    object(answer).is_ok_and(|members| members.get("valid") == Some(&Value::Bool(false)))
}

fn read_ok(answer: &Answer, now: SystemTime) -> Result<Identity, Problem> {
    let undocumented = |what| Problem::undocumented(NAME, what);
    let mut members = object(answer).map_err(undocumented)?;
    match members.get("valid") {
        Some(Value::Bool(true)) => {}
        Some(Value::Bool(false)) => return Err(Problem::Unauthenticated),
        _ => return Err(undocumented("`valid` is neither true nor false")),
    }
    let expires = members.get("expiresAt").and_then(Value::as_str);
    let expires = expires
        .and_then(rfc3339::moment)
        .ok_or(undocumented("`expiresAt` is not a date and time"))?;
    if expires <= now {
        return Err(Problem::Unauthenticated);
    }
    let mfa = read_mfa(members.get("mfa"));
    match members.remove("user") {
        Some(Value::Object(user)) => {
            let user = read_user(user, mfa).map_err(undocumented)?;
            Ok(Identity {
                user: user.into(),
                expires: Some(expires),
            })
        }
        _ => Err(undocumented("`user` is not an object")),
    }
}

fn read_user(user: Map<String, Value>, mfa: Fact<Vec<String>>) -> Result<User, &'static str> {
    let id = match user.get("id") {
        Some(Value::String(id)) if text::is_user_id(id) => id.clone(),
        _ => return Err("`user.id` is not a short, non-empty text"),
    };
    Ok(User {
        id,
        email: fact::text(user.get("email"), text::is_email),
        provider: fact::text(user.get("provider"), text::is_name),
        mfa,
        claims: Fact::Known(Value::Object(user)),
        // What AuthGate does not tell is unknown.
        ..User::default()
    })
}

/// `{"enrolled":true,"methods":["totp"]}`, "included when applicable": absent says nothing. The two
/// members must agree.
fn read_mfa(mfa: Option<&Value>) -> Fact<Vec<String>> {
    let enrolled = mfa
        .and_then(|mfa| mfa.get("enrolled"))
        .and_then(Value::as_bool);
    let methods = mfa
        .and_then(|mfa| mfa.get("methods"))
        .and_then(|methods| Form::List.names(methods).filter(|_| methods.is_array()));
    match (enrolled, methods) {
        (Some(false), None) => Fact::Known(Vec::new()),
        (Some(enrolled), Some(methods)) if enrolled != methods.is_empty() => Fact::Known(methods),
        _ => Fact::Unknown,
    }
}
