//! From a user of the users file to what an issuer's token says.

use serde_json::{Map, Value};
use tollgate_engine::user::{Fact, User as Facts};
use tollgate_identity::token_form::TokenForm;
use tollgate_local::users::User;

/// The claims of a token of this form.
pub fn claims(form: &TokenForm, user: &User) -> Map<String, Value> {
    let facts = facts(user);
    if user.anonymous || user.ban.is_some() {
        form.claims_of_outsider(&facts)
    } else {
        form.claims(&facts)
    }
}

/// What is known of the user; what the file leaves open is unknown.
fn facts(user: &User) -> Facts {
    let open = |list: &Option<Vec<String>>| list.clone().map_or(Fact::Unknown, Fact::Known);
    let teams = user.teams.iter().map(|team| team.id.clone());
    Facts {
        id: user.id.clone(),
        email: Fact::Known(user.email.clone()),
        email_verified: match user.email {
            Some(_) => Fact::Known(user.email_verified),
            None => Fact::Unknown,
        },
        products: open(&user.products),
        mfa: open(&user.mfa),
        provider: Fact::Known(user.oauth_provider.clone()),
        roles: Fact::Known(user.roles.clone()),
        teams: Fact::Known(teams.collect()),
        permissions: Fact::Known(user.permissions.clone()),
        scopes: Fact::Known(user.scopes.clone()),
        groups: Fact::Known(user.groups.clone()),
        claims: Fact::Unknown,
    }
}
