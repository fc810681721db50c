//! What is known of a user, as data files write it: for the tests.

use serde_json::{Map, Value, json};
use tollgate_engine::user::{Fact, User};

/// The user's ID and the facts that are known, the claims left out.
pub(crate) fn known_facts(user: &User) -> Map<String, Value> {
    let lists = user
        .lists()
        .map(|(name, list)| (name, list.known().map(|list| json!(list))));
    let texts = [
        ("id", Some(json!(user.id))),
        ("email", user.email.known().map(|email| json!(email))),
        (
            "email_verified",
            user.email_verified.known().map(|verified| json!(verified)),
        ),
        (
            "provider",
            user.provider.known().map(|provider| json!(provider)),
        ),
    ];
    let known = texts.into_iter().chain(lists);
    known
        .filter_map(|(name, value)| Some((name.to_owned(), value?)))
        .collect()
}

/// The user's claims; an empty object where they are unknown.
pub(crate) fn claims(user: &User) -> Value {
    match &user.claims {
        Fact::Known(claims) => claims.clone(),
        Fact::Unknown => json!({}),
    }
}
