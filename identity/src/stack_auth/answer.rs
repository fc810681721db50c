//! Reading Stack Auth's answers. Errors are told apart by their code, never by their text.

use serde_json::{Map, Value};
use tollgate_engine::user::User;

use super::mfa;
use super::settings::UserKind;
use crate::exchange::{Problem, object};
use crate::fact;
use crate::http::Answer;
use crate::text;

pub(super) const NAME: &str = "stack_auth";

/// Codes that say that the token is bad, or belongs to nobody we take for signed in.
const UNAUTHENTICATED: [&str; 8] = [
    "UNPARSABLE_ACCESS_TOKEN",
    "ACCESS_TOKEN_EXPIRED",
    "INVALID_PROJECT_FOR_ACCESS_TOKEN",
    "ANONYMOUS_AUTHENTICATION_NOT_ALLOWED",
    "RESTRICTED_USER_NOT_ALLOWED",
    // A valid token of a user who was deleted.
    "CANNOT_GET_OWN_USER_WITHOUT_USER",
    // The same, when they were deleted between two questions.
    "USER_NOT_FOUND",
    "CUSTOMER_DOES_NOT_EXIST",
];

/// Codes that say that our key is.
const KEY_REFUSED: [&str; 1] = ["INVALID_SECRET_SERVER_KEY"];

/// The user behind a token.
pub(super) struct Me {
    pub id: String,
    pub kind: UserKind,
    /// The user object, without what the user's browser can write.
    pub members: Map<String, Value>,
}

/// A page of products.
pub(super) struct Page {
    pub products: Vec<String>,
    /// Where the next page begins.
    pub next: Option<String>,
}

/// Reads an answer; `of_ok` reads the object of a good one.
pub(super) fn read<T>(
    answer: &Answer,
    of_ok: impl Fn(&Map<String, Value>) -> Result<T, &'static str>,
) -> Result<T, Problem> {
    let undocumented = |what| Problem::undocumented(NAME, what);
    let status = actual_status(answer).map_err(undocumented)?;
    match (known_error(answer), status) {
        // Said in time, whatever the code: it may pass.
        (_, 408 | 425 | 429 | 500..) => Err(Problem::unavailable(format!(
            "{NAME} answered HTTP {status}"
        ))),
        (Some(code), _) => Err(of_code(code, status)),
        (None, 200) => {
            let members = object(answer).map_err(undocumented)?;
            of_ok(&members).map_err(undocumented)
        }
        // Nothing but the token can make the request large.
        (None, 413 | 431) => Err(Problem::Unauthenticated),
        (None, status) => Err(Problem::of_status(NAME, status)),
    }
}

/// The status of the answer, or that which a 200 hides: a header of the request that is not ours
/// would make every error a 200.
fn actual_status(answer: &Answer) -> Result<u16, &'static str> {
    let hidden = ["x-stack-actual-status", "x-hexclave-actual-status"]
        .into_iter()
        .filter_map(|name| answer.headers.get(name));
    for status in hidden.filter(|_| answer.status == 200) {
        let status = status.to_str().ok().and_then(|text| text.parse().ok());
        match status.filter(|status| (100..600).contains(status)) {
            Some(200) => {}
            Some(status) => return Ok(status),
            None => return Err("the status it hides is none"),
        }
    }
    Ok(answer.status)
}

/// The code of a known error, from the header of either name; whatever the status says. Anything
/// that is not a code is blotted out.
fn known_error(answer: &Answer) -> Option<&str> {
    let header = |name| answer.headers.get(name);
    let code = header("x-stack-known-error").or_else(|| header("x-hexclave-known-error"))?;
    let allowed = |b: u8| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_';
    let is_code = |code: &&str| !code.is_empty() && code.len() <= 64 && code.bytes().all(allowed);
    Some(code.to_str().ok().filter(is_code).unwrap_or("an odd code"))
}

fn of_code(code: &str, status: u16) -> Problem {
    if UNAUTHENTICATED.contains(&code) {
        Problem::Unauthenticated
    } else if KEY_REFUSED.contains(&code) {
        Problem::KeyRefused(status)
    } else {
        Problem::misconfigured(format!(
            "{NAME} refused the request ({code}): check `project`, `url` and `secret_server_key`"
        ))
    }
}

pub(super) fn me(members: &Map<String, Value>) -> Result<Me, &'static str> {
    // It becomes part of an address.
    let allowed = |b: u8| b.is_ascii_alphanumeric() || b == b'-';
    let id = match members.get("id") {
        Some(Value::String(id)) if text::is_user_id(id) && id.bytes().all(allowed) => id.clone(),
        _ => return Err("`id` is not a user's ID"),
    };
    let kind = UserKind::of_flags(members)
        .ok_or("`is_anonymous` and `is_restricted` are not those of a kind of user")?;
    let mut members = members.clone();
    // The user's browser writes it: no policy may believe it. Teams carry one of their own.
    members.remove("client_metadata");
    if let Some(Value::Object(team)) = members.get_mut("selected_team") {
        team.remove("client_metadata");
    }
    Ok(Me { id, kind, members })
}

/// What the user object itself tells.
pub(super) fn user(id: String, members: &Map<String, Value>) -> User {
    User {
        id,
        email: fact::nullable(members.get("primary_email"), text::is_email),
        email_verified: fact::flag(members.get("primary_email_verified")),
        mfa: mfa(members.get("requires_totp_mfa")),
        ..User::default()
    }
}

/// Products the user has at least one of; one without an ID was made up for a single sale.
pub(super) fn products(members: &Map<String, Value>) -> Result<Page, &'static str> {
    let items = items(members)?;
    let mut products = Vec::new();
    for item in items {
        let quantity = item.get("quantity").and_then(Value::as_f64);
        match (item.get("id"), quantity) {
            (Some(Value::String(id)), Some(quantity)) if text::is_name(id) => {
                if quantity > 0.0 {
                    products.push(id.clone());
                }
            }
            (Some(Value::Null), _) => {}
            _ => return Err("a product has no `id` or no `quantity`"),
        }
    }
    let next = next_cursor(members)?;
    Ok(Page { products, next })
}

/// The IDs of permissions in the project; `user` is whom they were asked of.
pub(super) fn permissions(
    members: &Map<String, Value>,
    user: &str,
) -> Result<Vec<String>, &'static str> {
    let permission = |item| {
        check_user(item, user)?;
        name(item, "id")
    };
    all_items(members)?.iter().map(permission).collect()
}

/// Permissions in teams, as `TEAM/PERMISSION`; `user` is whom they were asked of.
pub(super) fn team_permissions(
    members: &Map<String, Value>,
    user: &str,
) -> Result<Vec<String>, &'static str> {
    let permission = |item| {
        check_user(item, user)?;
        Ok(format!("{}/{}", name(item, "team_id")?, name(item, "id")?))
    };
    all_items(members)?.iter().map(permission).collect()
}

/// The IDs of teams.
pub(super) fn teams(members: &Map<String, Value>) -> Result<Vec<String>, &'static str> {
    let team = |item| name(item, "id");
    all_items(members)?.iter().map(team).collect()
}

fn items(members: &Map<String, Value>) -> Result<&Vec<Value>, &'static str> {
    match members.get("items") {
        Some(Value::Array(items)) => Ok(items),
        _ => Err("`items` is not a list"),
    }
}

/// The items of a list that comes in one piece. Half a list is worse than none: a `not` of what is
/// missing would hold.
fn all_items(members: &Map<String, Value>) -> Result<&Vec<Value>, &'static str> {
    match next_cursor(members)? {
        None => items(members),
        Some(_) => Err("a list that is documented as whole goes on"),
    }
}

/// Where the list goes on.
fn next_cursor(members: &Map<String, Value>) -> Result<Option<String>, &'static str> {
    let pagination = members.get("pagination");
    match pagination.and_then(|pagination| pagination.get("next_cursor")) {
        Some(Value::Null) => Ok(None),
        Some(Value::String(next)) if text::is_name(next) => Ok(Some(next.clone())),
        Some(_) => Err("`pagination.next_cursor` is not a short text"),
        None => match members.get("is_paginated") {
            Some(Value::Bool(false)) => Ok(None),
            _ => Err("a list does not say whether it goes on"),
        },
    }
}

/// Whether an item is of this user. A filter that the server does not know would give those of
/// everybody.
fn check_user(item: &Value, user: &str) -> Result<(), &'static str> {
    match item.get("user_id") {
        Some(Value::String(id)) if id == user => Ok(()),
        _ => Err("a permission is not of the user asked for"),
    }
}

/// The name of a permission or team, which has no slash: one is put between them.
fn name(item: &Value, member: &str) -> Result<String, &'static str> {
    match item.get(member) {
        Some(Value::String(name)) if text::is_name(name) && !name.contains('/') => Ok(name.clone()),
        _ => Err("an item of a list has no ID"),
    }
}
