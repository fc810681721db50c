//! Reading Stack Auth's answers. Errors are told apart by their code, never by their text.

use serde_json::{Map, Value};
use tollgate_engine::user::{Fact, User};

use super::settings::UserKind;
use super::{flag, mfa};
use crate::exchange::{Problem, object};
use crate::http::Answer;
use crate::text;

const NAME: &str = "stack_auth";

/// Codes that say that the token is bad, or belongs to nobody we take for signed in.
const UNAUTHENTICATED: [&str; 6] = [
    "UNPARSABLE_ACCESS_TOKEN",
    "ACCESS_TOKEN_EXPIRED",
    "INVALID_PROJECT_FOR_ACCESS_TOKEN",
    "ANONYMOUS_AUTHENTICATION_NOT_ALLOWED",
    "RESTRICTED_USER_NOT_ALLOWED",
    // A valid token of a user who was deleted.
    "CANNOT_GET_OWN_USER_WITHOUT_USER",
];

/// Codes that say that our key is.
const KEY_REFUSED: [&str; 1] = ["INVALID_SECRET_SERVER_KEY"];

/// The user behind a token.
#[derive(Debug)]
pub(super) struct Me {
    pub user: User,
    /// `None` if its flags are not flags.
    pub kind: Option<UserKind>,
}

/// A page of products.
#[derive(Debug)]
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
    if let Some(code) = known_error(answer) {
        return Err(if UNAUTHENTICATED.contains(&code.as_str()) {
            Problem::Unauthenticated
        } else if KEY_REFUSED.contains(&code.as_str()) {
            Problem::KeyRefused(answer.status)
        } else {
            Problem::misconfigured(format!(
                "{NAME} refused the request ({code}): check `project`, `url` and `secret_server_key`"
            ))
        });
    }
    match answer.status {
        200 => {
            let members = object(answer).map_err(|what| Problem::undocumented(NAME, what))?;
            of_ok(&members).map_err(|what| Problem::undocumented(NAME, what))
        }
        status => Err(Problem::of_status(NAME, status)),
    }
}

/// The code of a known error, from the header of either name; whatever the status says, since a
/// proxy or header can turn an error into a 200. Anything that is not a code is blotted out.
fn known_error(answer: &Answer) -> Option<String> {
    let header = |name| answer.headers.get(name);
    let code = header("x-stack-known-error").or_else(|| header("x-hexclave-known-error"));
    let hidden = ["x-stack-actual-status", "x-hexclave-actual-status"]
        .into_iter()
        .filter_map(header)
        .any(|status| !status.to_str().is_ok_and(|status| status.starts_with('2')));
    let is_code = |code: &&str| {
        code.len() <= 64
            && code
                .bytes()
                .all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_')
    };
    match code {
        Some(code) => Some(
            code.to_str()
                .ok()
                .filter(is_code)
                .unwrap_or("an odd code")
                .to_owned(),
        ),
        None => hidden.then(|| "a hidden error".to_owned()),
    }
}

pub(super) fn user(members: &Map<String, Value>) -> Result<Me, &'static str> {
    let id = match members.get("id") {
        // It becomes part of an address.
        Some(Value::String(id))
            if text::is_user_id(id)
                && id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-') =>
        {
            id.clone()
        }
        _ => return Err("`id` is not a user's ID"),
    };
    let kind = match (members.get("is_anonymous"), members.get("is_restricted")) {
        (Some(Value::Bool(true)), _) => Some(UserKind::Anonymous),
        (None | Some(Value::Bool(false)), Some(Value::Bool(true))) => Some(UserKind::Restricted),
        (None | Some(Value::Bool(false)), None | Some(Value::Bool(false))) => {
            Some(UserKind::Normal)
        }
        _ => None,
    };
    let email = match members.get("primary_email") {
        Some(Value::Null) => Fact::Known(None),
        Some(Value::String(address)) if text::is_email(address) => {
            Fact::Known(Some(address.clone()))
        }
        _ => Fact::Unknown,
    };
    let mut claims = members.clone();
    // The user's browser writes it: no policy may believe it. Teams carry one of their own.
    claims.remove("client_metadata");
    if let Some(Value::Object(team)) = claims.get_mut("selected_team") {
        team.remove("client_metadata");
    }
    let user = User {
        id,
        email,
        email_verified: flag(members.get("primary_email_verified")),
        mfa: mfa(members.get("requires_totp_mfa")),
        claims: Fact::Known(Value::Object(claims)),
        ..User::default()
    };
    Ok(Me { user, kind })
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
    let next = match next_cursor(members) {
        None | Some(Value::Null) => None,
        Some(Value::String(next)) if text::is_name(next) => Some(next.clone()),
        Some(_) => return Err("`pagination.next_cursor` is not a short text"),
    };
    Ok(Page { products, next })
}

pub(super) fn permissions(members: &Map<String, Value>) -> Result<Vec<String>, &'static str> {
    all_items(members)?
        .iter()
        .map(|item| name(item, "id"))
        .collect()
}

pub(super) fn team_permissions(members: &Map<String, Value>) -> Result<Vec<String>, &'static str> {
    let of_team = |item| Ok(format!("{}/{}", name(item, "team_id")?, name(item, "id")?));
    all_items(members)?.iter().map(of_team).collect()
}

pub(super) fn teams(members: &Map<String, Value>) -> Result<Vec<String>, &'static str> {
    all_items(members)?
        .iter()
        .map(|item| name(item, "id"))
        .collect()
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
    match next_cursor(members) {
        None | Some(Value::Null) => items(members),
        Some(_) => Err("a list that is documented as whole goes on"),
    }
}

fn next_cursor(members: &Map<String, Value>) -> Option<&Value> {
    members.get("pagination")?.get("next_cursor")
}

fn name(item: &Value, member: &str) -> Result<String, &'static str> {
    match item.get(member) {
        Some(Value::String(name)) if text::is_name(name) => Ok(name.clone()),
        _ => Err("an item of a list has no `id`"),
    }
}
