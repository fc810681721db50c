//! What users have: teams, permissions and products.

use std::collections::BTreeSet;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use super::StackAuth;
use super::access_token::SIGNED_UP_AT;
use super::caller::{Access, Caller};
use super::known_error::{KnownError, Refusal};
use super::user::team_json;
use crate::stand_in::Desk;
use crate::users::User;

/// Products on a page, unless asked otherwise, and at most.
const PAGE: usize = 10;
const MAX_PAGE: usize = 100;

/// The pairs of a query string.
pub(super) struct Query(pub Vec<(String, String)>);

impl Query {
    /// The first value of this name.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        let mut pairs = self.0.iter();
        pairs
            .find(|(given, _)| given == name)
            .map(|(_, value)| value.as_str())
    }

    /// `true` or `false`; what is not there is false.
    pub(super) fn flag(&self, name: &str) -> Result<bool, Refusal> {
        match self.get(name) {
            None | Some("false") => Ok(false),
            Some("true") => Ok(true),
            Some(_) => Err(schema(&format!("query.{name} must be true or false"))),
        }
    }
}

fn schema(message: &str) -> Refusal {
    Refusal::Known(KnownError::Schema {
        message: format!("Request validation failed: {message}"),
    })
}

fn unpaged(items: &[Value]) -> Value {
    json!({ "is_paginated": false, "items": items })
}

/// `GET /api/v1/teams`: those of a user, or of everybody.
pub(super) fn teams(caller: &Caller, query: &Query, desk: &Desk) -> Result<Value, Refusal> {
    let mut seen = BTreeSet::new();
    let mut items = Vec::new();
    for user in asked_users(caller, query, desk)? {
        for team in &user.teams {
            if seen.insert(team.id.clone()) {
                items.push(team_json(team, caller.access));
            }
        }
    }
    Ok(unpaged(&items))
}

impl StackAuth {
    /// `GET /api/v1/team-permissions`
    pub(super) fn team_permissions(
        &self,
        caller: &Caller,
        query: &Query,
        desk: &Desk,
    ) -> Result<Value, Refusal> {
        let wanted = Wanted::of(query)?;
        let asked_team = query.get("team_id");
        let mut items = Vec::new();
        for user in asked_users(caller, query, desk)? {
            for team in &user.teams {
                if asked_team.is_some_and(|asked| asked != team.id) {
                    continue;
                }
                for id in self.granted(&team.permissions, &wanted) {
                    items.push(json!({ "id": id, "team_id": team.id, "user_id": user.id }));
                }
            }
        }
        Ok(unpaged(&items))
    }

    /// `GET /api/v1/project-permissions`
    pub(super) fn project_permissions(
        &self,
        caller: &Caller,
        query: &Query,
        desk: &Desk,
    ) -> Result<Value, Refusal> {
        let wanted = Wanted::of(query)?;
        let mut items = Vec::new();
        for user in asked_users(caller, query, desk)? {
            for id in self.granted(&user.permissions, &wanted) {
                items.push(json!({ "id": id, "user_id": user.id }));
            }
        }
        Ok(unpaged(&items))
    }

    /// Those wanted of the permissions and, if asked for, of all that they contain; in order, each once.
    fn granted(&self, direct: &[String], wanted: &Wanted<'_>) -> BTreeSet<String> {
        let mut granted = BTreeSet::new();
        let mut open: Vec<&String> = direct.iter().collect();
        while let Some(id) = open.pop() {
            if granted.insert(id.clone()) && wanted.recursive {
                open.extend(self.contained_permissions.get(id).into_iter().flatten());
            }
        }
        granted.retain(|id| wanted.permission.is_none_or(|permission| permission == id));
        granted
    }
}

/// Which permissions a list is about.
struct Wanted<'a> {
    /// Contained ones as well; without it direct grants only.
    recursive: bool,
    /// A plain filter: one that nobody has matches nothing.
    permission: Option<&'a str>,
}

impl<'a> Wanted<'a> {
    fn of(query: &'a Query) -> Result<Self, Refusal> {
        let permission = query.get("permission_id");
        if permission.is_some_and(|id| !is_permission_id(id)) {
            return Err(schema("query.permission_id is no permission ID"));
        }
        Ok(Self {
            recursive: query.flag("recursive")?,
            permission,
        })
    }
}

/// `^\$?[a-z0-9_:]+$`
fn is_permission_id(id: &str) -> bool {
    let name = id.strip_prefix('$').unwrap_or(id);
    let allowed = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_' || b == b':';
    !name.is_empty() && name.bytes().all(allowed)
}

/// `GET /api/v1/payments/products/{type}/{id}`, in pages.
pub(super) fn products(
    caller: &Caller,
    (customer_type, customer_id): (&str, &str),
    query: &Query,
    desk: &Desk,
) -> Result<Value, Refusal> {
    if customer_type != "user" {
        let message = "the stand-in has customers of the type user only";
        return Err(schema(message));
    }
    caller.check_own(Some(customer_id))?;
    // `me` is no ID here.
    let user = desk
        .user_of_id(customer_id)
        .ok_or_else(|| KnownError::CustomerDoesNotExist {
            customer_id: customer_id.to_owned(),
        })?;
    let products = user.products.unwrap_or_default();
    let (from, limit) = (start(query)?, page_size(query)?);
    let items: Vec<Value> = products
        .iter()
        .skip(from)
        .take(limit)
        .map(|id| product(id))
        .collect();
    let next = from.saturating_add(limit);
    let cursor = (next < products.len()).then(|| cursor(next));
    Ok(json!({
        "is_paginated": true,
        "items": items,
        "pagination": { "next_cursor": cursor },
    }))
}

/// The users a list is about: that of `user_id`, or all of them.
fn asked_users(caller: &Caller, query: &Query, desk: &Desk) -> Result<Vec<User>, Refusal> {
    let user_id = query
        .get("user_id")
        .map(|id| caller.resolve(id))
        .transpose()?;
    caller.check_own(user_id.as_deref())?;
    Ok(match user_id {
        Some(id) => desk.user_of_id(&id).into_iter().collect(),
        None => desk.users().into_values().collect(),
    })
}

fn page_size(query: &Query) -> Result<usize, Refusal> {
    match query.get("limit").map(str::parse) {
        None => Ok(PAGE),
        Some(Ok(limit)) if (1..=MAX_PAGE).contains(&limit) => Ok(limit),
        Some(_) => Err(schema("query.limit must be from 1 to 100")),
    }
}

/// To a client a cursor says nothing; it is where the next page starts.
fn cursor(from: usize) -> String {
    URL_SAFE_NO_PAD.encode(format!("from {from}"))
}

fn start(query: &Query) -> Result<usize, Refusal> {
    let Some(cursor) = query.get("cursor") else {
        return Ok(0);
    };
    URL_SAFE_NO_PAD
        .decode(cursor)
        .ok()
        .and_then(|bytes| {
            let text = String::from_utf8(bytes).ok()?;
            text.strip_prefix("from ")?.parse().ok()
        })
        .ok_or_else(|| schema("query.cursor is none of ours"))
}

fn product(id: &str) -> Value {
    json!({
        "id": id,
        "quantity": 1,
        "product": {
            "display_name": id,
            "customer_type": "user",
            "server_only": false,
            "stackable": false,
            "prices": {},
            "included_items": {},
        },
        "type": "subscription",
        "subscription": {
            "subscription_id": format!("sub-{id}"),
            "current_period_end": crate::gateway::clock::iso_time((SIGNED_UP_AT + 365 * 86_400) * 1000),
            "cancel_at_period_end": false,
            "is_cancelable": true,
        },
    })
}

impl Caller {
    /// What only servers may ask.
    pub(super) fn check_server(&self) -> Result<(), Refusal> {
        match self.access {
            Access::Client => Err(Refusal::Known(KnownError::InsufficientAccessType {
                actual: self.access,
            })),
            Access::Server | Access::Admin => Ok(()),
        }
    }
}
