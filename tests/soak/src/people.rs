//! Who there is: what tiun knows of its users, which changes, and what the issuer's tokens say of its
//! own, which does not.

use serde_json::{Value, json};
use tollgate_engine::{Fact, User};
use tollgate_local::users::Users;

use crate::random::Random;

/// How many users each of the two has.
pub const USERS: usize = 64;

/// The audience of the issuer's tokens.
pub const AUDIENCE: &str = "https://api.example.com";

/// The user of tiun whose every token is over.
pub const LATE: &str = "late";

/// What tiun knows of a user for now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// What they bought.
    pub products: Vec<String>,
    /// Whether they are signed in.
    pub active: bool,
}

impl Account {
    /// Any account, signed in more often than not.
    pub fn any(random: &mut Random) -> Self {
        let products: &[&str] = match random.below(8) {
            0..3 => &[],
            3 | 4 => &["p-live-light"],
            5 | 6 => &["p-live-pro"],
            _ => &["p-live-pro", "p-live-light"],
        };
        Self {
            products: products.iter().map(|id| (*id).to_owned()).collect(),
            active: random.percent(88),
        }
    }

    /// What the policy is told of the user with this number and account.
    pub fn user(&self, number: usize) -> User {
        let (id, email) = (id(number), email(number));
        let mut info = json!({"userId": id, "productAccess": self.products, "locale": "en"});
        if let Some(email) = &email {
            info["email"] = email.as_str().into();
        }
        User {
            id,
            // tiun leaves the member out, and what is absent is unknown.
            email: email.map_or(Fact::Unknown, |email| Fact::Known(Some(email))),
            products: Fact::Known(self.products.clone()),
            claims: Fact::Known(info),
            ..User::default()
        }
    }
}

/// The name and the ID of a user of tiun.
pub fn id(number: usize) -> String {
    format!("u-{number}")
}

fn email(number: usize) -> Option<String> {
    match number % 4 {
        0 | 1 => Some(format!("u-{number}@example.com")),
        2 => Some(format!("u-{number}@example.org")),
        _ => None,
    }
}

/// All users of tiun, with these accounts.
pub fn users(accounts: &[Account]) -> Users {
    let mut yaml = format!("live:\n  {LATE}: {{ id: u-{LATE}, token: expired }}\n");
    for (number, account) in accounts.iter().enumerate() {
        let id = id(number);
        let email = email(number).map_or_else(String::new, |email| format!(", email: {email}"));
        let products = account.products.join(", ");
        let session = if account.active { "active" } else { "ended" };
        yaml +=
            &format!("  {id}: {{ id: {id}{email}, products: [{products}], session: {session} }}\n");
    }
    Users::parse(&yaml, "the soak's users").unwrap()
}

/// What a token of the issuer says of the user with this number, but for issuer and times.
pub fn claims(number: usize) -> Value {
    let some = |names: &[&str], keep: usize| -> Value {
        let held = names.iter().enumerate();
        let held = held.filter(|(at, _)| (keep >> at) & 1 == 1);
        held.map(|(_, name)| *name).collect()
    };
    let id = format!("s-{number}");
    let scopes = ["chat", "articles:read", "articles:read chat"];
    let plans = ["gold", "silver"];
    // Some of either may use the files of `private`, so that the `forbid` about one domain decides.
    let domain = ["example.org", "example.com"][usize::from(!number.is_multiple_of(5))];
    json!({
        "sub": id,
        "aud": AUDIENCE,
        "email": format!("{id}@{domain}"),
        "email_verified": !number.is_multiple_of(3),
        "roles": some(&["editor", "admin"], number),
        "groups": some(&["red", "blue", "private"], number / 2),
        "scope": scopes[number % 3],
        "plan": plans[number / 3 % 2],
    })
}

/// What the policy is told of the user whose token has these claims.
pub fn signed(claims: &Value) -> User {
    let list = |value: &Value| -> Vec<String> {
        let names = value.as_array().into_iter().flatten();
        names.filter_map(Value::as_str).map(str::to_owned).collect()
    };
    let text = |name: &str| claims[name].as_str().unwrap_or_default().to_owned();
    let scopes = text("scope");
    User {
        id: text("sub"),
        email: Fact::Known(Some(text("email"))),
        email_verified: Fact::Known(claims["email_verified"] == true),
        roles: Fact::Known(list(&claims["roles"])),
        groups: Fact::Known(list(&claims["groups"])),
        scopes: Fact::Known(scopes.split(' ').map(str::to_owned).collect()),
        claims: Fact::Known(claims.clone()),
        ..User::default()
    }
}
