//! A user who has some of what a policy asks for, and of whom some is unknown.

use serde_json::{Map, Value, json};
use tollgate_engine::{Fact as Known, User};
use tollgate_grammar::tree::{ClaimTest, Fact, Literal, Membership, Name};

use crate::asked::Asked;
use crate::choices::Choices;

/// A user, or a visitor.
pub fn user(asked: &Asked<'_>, choices: &mut Choices<'_>) -> Option<User> {
    if choices.one_in(8) {
        return None;
    }
    let mut user = User {
        id: choices
            .of(&asked.words)
            .map_or("u-1", |word| word)
            .to_owned(),
        email: known(choices, None),
        email_verified: known(choices, false),
        products: known(choices, Vec::new()),
        mfa: known(choices, Vec::new()),
        provider: known(choices, None),
        roles: known(choices, Vec::new()),
        teams: known(choices, Vec::new()),
        permissions: known(choices, Vec::new()),
        scopes: known(choices, Vec::new()),
        groups: known(choices, Vec::new()),
        claims: known(choices, Value::Object(Map::new())),
    };
    for fact in &asked.facts {
        if choices.one_in(2) {
            give(&mut user, fact, asked, choices);
        }
    }
    Some(user)
}

fn known<T>(choices: &mut Choices<'_>, value: T) -> Known<T> {
    if choices.one_in(8) {
        Known::Unknown
    } else {
        Known::Known(value)
    }
}

fn give(user: &mut User, fact: &Fact, asked: &Asked<'_>, choices: &mut Choices<'_>) {
    match fact {
        Fact::UserId(Name::Text(id)) => user.id.clone_from(id),
        Fact::Product(word) => {
            let id = if word == "basic" { "p-1" } else { word };
            push(&mut user.products, id);
        }
        Fact::Email(address) => set(&mut user.email, Some(twisted(address, choices))),
        Fact::EmailDomain(domain) => {
            set(
                &mut user.email,
                Some(twisted(&format!("ann@{domain}"), choices)),
            );
        }
        Fact::EmailVerified => set(&mut user.email_verified, true),
        Fact::Mfa => push(&mut user.mfa, "any"),
        Fact::MfaMethod(method) => push(&mut user.mfa, method),
        Fact::Provider(name) => set(&mut user.provider, Some(name.clone())),
        Fact::Member(membership, Name::Text(name)) => push(list(user, *membership), name),
        Fact::Member(membership, Name::Parameter(_)) => {
            if let Some(word) = choices.of(&asked.words) {
                push(list(user, *membership), word);
            }
        }
        Fact::Claim { path, test } => {
            if let Known::Known(claims) = &mut user.claims {
                *member(claims, path) = value(test, choices);
            }
        }
        _ => {}
    }
}

/// The address, in another case, or one that is no address.
fn twisted(address: &str, choices: &mut Choices<'_>) -> String {
    match choices.below(6) {
        0 => address.to_ascii_uppercase(),
        1 => address.to_ascii_lowercase(),
        2 => format!("{address}@evil.example"),
        3 => format!("@{address}"),
        _ => address.to_owned(),
    }
}

/// What passes a test, nearly passes it, or is of another type.
fn value(test: &ClaimTest, choices: &mut Choices<'_>) -> Value {
    let literal = match test {
        ClaimTest::Compare(_, literal) | ClaimTest::Contains(literal) => literal,
        ClaimTest::In(literals) => match choices.of(literals) {
            Some(literal) => literal,
            None => return Value::Null,
        },
    };
    let value = match literal {
        Literal::Text(text) => json!(text),
        Literal::Integer(number) => match choices.below(4) {
            0 => json!(number.saturating_sub(1)),
            1 => json!(*number as f64),
            2 => json!(u64::MAX),
            _ => json!(number),
        },
        Literal::Decimal(number) => match choices.below(3) {
            0 => json!(*number as i64),
            _ => json!(number),
        },
        Literal::Truth(truth) => json!(truth),
    };
    match choices.below(8) {
        0 => Value::Null,
        1 => json!([value, null, 1]),
        2 => json!({ "a": value }),
        3 => json!("x"),
        4 => json!([value]),
        _ => value,
    }
}

fn member<'c>(claims: &'c mut Value, path: &[String]) -> &'c mut Value {
    path.iter().fold(claims, |at, name| {
        if !at.is_object() {
            *at = Value::Object(Map::new());
        }
        &mut at[name]
    })
}

fn set<T>(fact: &mut Known<T>, value: T) {
    if let Known::Known(known) = fact {
        *known = value;
    }
}

fn push(list: &mut Known<Vec<String>>, name: &str) {
    if let Known::Known(names) = list {
        names.push(name.to_owned());
    }
}

fn list(user: &mut User, membership: Membership) -> &mut Known<Vec<String>> {
    match membership {
        Membership::Role => &mut user.roles,
        Membership::Team => &mut user.teams,
        Membership::Permission => &mut user.permissions,
        Membership::Scope => &mut user.scopes,
        Membership::Group => &mut user.groups,
    }
}
