//! Reading `AuthGate`'s answer: exact types, no guesses.
//!
//! Only `"valid":true` beside a user proves one, and only `"valid":false` says that a token proves
//! nobody.

use std::time::{Duration, SystemTime};

use aws_sdk_ssm::primitives::{DateTime, DateTimeFormat};
use serde_json::{Map, Value};
use tollgate_engine::user::{Fact, User};

use crate::exchange::{Problem, object};
use crate::http::Answer;
use crate::mapping::Form;
use crate::outcome::Identity;
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
    let expires = match members.get("expiresAt") {
        Some(Value::String(text)) => moment(text),
        _ => None,
    };
    let expires = expires.ok_or(undocumented("`expiresAt` is not a date and time"))?;
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

/// An RFC 3339 date-time, as in `2025-01-15T10:05:00.000Z`.
fn moment(text: &str) -> Option<SystemTime> {
    let moment = DateTime::from_str(text, DateTimeFormat::DateTimeWithOffset).ok()?;
    let millis = u64::try_from(moment.to_millis().ok()?).ok()?;
    Some(SystemTime::UNIX_EPOCH + Duration::from_millis(millis))
}

fn read_user(user: Map<String, Value>, mfa: Fact<Vec<String>>) -> Result<User, &'static str> {
    let id = match user.get("id") {
        Some(Value::String(id)) if text::is_user_id(id) => id.clone(),
        _ => return Err("`user.id` is not a short, non-empty text"),
    };
    let read = |name: &str, fits: fn(&str) -> bool| match user.get(name) {
        Some(Value::Null) => Fact::Known(None),
        Some(Value::String(text)) if text.is_empty() => Fact::Known(None),
        Some(Value::String(text)) if fits(text) => Fact::Known(Some(text.clone())),
        _ => Fact::Unknown,
    };
    Ok(User {
        id,
        email: read("email", text::is_email),
        provider: read("provider", text::is_name),
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
