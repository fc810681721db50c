//! How much memory what is known of a user takes, roughly: for the bound of the cache, so rather too
//! much than too little.

use serde_json::Value;
use tollgate_engine::user::User;

/// What a user's texts take, in bytes, roughly.
pub(super) fn size(user: &User) -> usize {
    let lists = [
        &user.products,
        &user.mfa,
        &user.roles,
        &user.teams,
        &user.permissions,
        &user.scopes,
        &user.groups,
    ];
    let listed: usize = lists
        .into_iter()
        .filter_map(|list| list.known())
        .flatten()
        .map(|name| name.len() + size_of::<String>())
        .sum();
    listed + user.id.len() + user.claims.known().map_or(0, json_size)
}

/// Most members in a node of a map, and least in one that is not the only one (`BTreeMap`). A node
/// has room for the most from the start, so an object of one member takes what one of many does.
const NODE_MEMBERS: (usize, usize) = (11, 5);

/// What a node of a map takes.
const NODE: usize = NODE_MEMBERS.0 * (size_of::<String>() + size_of::<Value>());

/// What a JSON value holds. The depth is bounded by the reader that made it.
pub(super) fn json_size(value: &Value) -> usize {
    match value {
        Value::Null | Value::Bool(_) | Value::Number(_) => 0,
        Value::String(text) => text.capacity(),
        Value::Array(items) => {
            let held: usize = items.iter().map(json_size).sum();
            held + items.capacity() * size_of::<Value>()
        }
        Value::Object(members) => {
            let held = members
                .iter()
                .map(|(name, value)| name.capacity() + json_size(value));
            held.sum::<usize>() + members.len().div_ceil(NODE_MEMBERS.1) * NODE
        }
    }
}
