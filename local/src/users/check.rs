//! What a users file must hold to beyond its shape; a mistake is named with its place.

use std::collections::{BTreeMap, BTreeSet};

use super::{Environment, MAX_USERS, User};

/// Longest name, ID, address, product or other text, in bytes.
const MAX_TEXT: usize = 256;
/// Most entries of one list of a user.
const MAX_ENTRIES: usize = 1000;

/// What products are called.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Catalogue {
    /// As tiun calls them: each ID says its environment.
    #[default]
    Tiun,
    /// Anything: tiun is not among the providers.
    Any,
}

/// The first mistake in the users of one environment.
pub(super) fn check(
    users: &BTreeMap<String, User>,
    environment: Environment,
    catalogue: Catalogue,
) -> Result<(), String> {
    let world = environment.name();
    if users.len() > MAX_USERS {
        return Err(format!(
            "`{world}` has {} users; at most {MAX_USERS} are kept",
            users.len()
        ));
    }
    let mut ids = BTreeSet::new();
    for (name, user) in users {
        let place = format!("{world}.{}", name.escape_debug());
        if name.is_empty()
            || name.len() > MAX_TEXT
            || !name
                .chars()
                .all(|c| c.is_alphanumeric() || "-_.".contains(c))
        {
            return Err(format!(
                "`{place}`: a user's name is made of letters, digits, `-`, `_` and `.`"
            ));
        }
        check_texts(user, &place)?;
        if !ids.insert(&user.id) {
            return Err(format!(
                "`{place}.id`: `{}` is another user's ID already",
                user.id
            ));
        }
        check_lists(user, &place)?;
        let products = user.products.as_deref().unwrap_or_default();
        check_products(
            products,
            &format!("{place}.products"),
            environment,
            catalogue,
        )?;
        check_teams(user, &place)?;
    }
    Ok(())
}

/// The first mistake in what somebody bought.
pub(super) fn check_products(
    products: &[String],
    place: &str,
    environment: Environment,
    catalogue: Catalogue,
) -> Result<(), String> {
    check_length(products.len(), place)?;
    products.iter().try_for_each(|product| match catalogue {
        Catalogue::Tiun => {
            check_product(product, environment).map_err(|why| format!("`{place}`: {why}"))
        }
        Catalogue::Any => check_text(product, place),
    })
}

fn check_texts(user: &User, place: &str) -> Result<(), String> {
    let ban = user.ban.as_ref();
    let texts = [
        ("id", Some(&user.id)),
        ("email", user.email.as_ref()),
        ("name", user.name.as_ref()),
        ("picture", user.picture.as_ref()),
        ("oauth_provider", user.oauth_provider.as_ref()),
        ("ban.reason", ban.and_then(|ban| ban.reason.as_ref())),
        ("ban.expires", ban.and_then(|ban| ban.expires.as_ref())),
    ];
    for (member, value) in texts {
        if let Some(value) = value {
            check_text(value, &format!("{place}.{member}"))?;
        }
    }
    Ok(())
}

fn check_lists(user: &User, place: &str) -> Result<(), String> {
    let none = Vec::new();
    let lists = [
        ("mfa", user.mfa.as_ref().unwrap_or(&none)),
        ("roles", &user.roles),
        ("groups", &user.groups),
        ("scopes", &user.scopes),
        ("permissions", &user.permissions),
    ];
    for (member, list) in lists {
        check_list(list, &format!("{place}.{member}"))?;
    }
    // A space would make two scopes of one (RFC 6749 section 3.3).
    match user.scopes.iter().find(|scope| scope.contains(' ')) {
        Some(scope) => Err(format!(
            "`{place}.scopes`: `{scope}` has a space; write two scopes"
        )),
        None => Ok(()),
    }
}

fn check_teams(user: &User, place: &str) -> Result<(), String> {
    check_length(user.teams.len(), &format!("{place}.teams"))?;
    let mut ids = BTreeSet::new();
    for team in &user.teams {
        let place = format!("{place}.teams");
        let texts = [
            Some(&team.id),
            team.name.as_ref(),
            team.slug.as_ref(),
            team.role.as_ref(),
        ];
        for text in texts.into_iter().flatten() {
            check_text(text, &place)?;
        }
        check_list(&team.permissions, &place)?;
        if !ids.insert(&team.id) {
            return Err(format!("`{place}`: `{}` is there twice", team.id));
        }
    }
    match &user.selected_team {
        Some(selected) if !ids.contains(selected) => Err(format!(
            "`{place}.selected_team`: `{}` is none of the user's teams",
            selected.escape_debug()
        )),
        _ => Ok(()),
    }
}

fn check_list(list: &[String], place: &str) -> Result<(), String> {
    check_length(list.len(), place)?;
    list.iter().try_for_each(|text| check_text(text, place))
}

fn check_length(length: usize, place: &str) -> Result<(), String> {
    if length > MAX_ENTRIES {
        return Err(format!(
            "`{place}` has {length} entries; at most {MAX_ENTRIES} are kept"
        ));
    }
    Ok(())
}

fn check_text(text: &str, place: &str) -> Result<(), String> {
    if text.is_empty() || text.len() > MAX_TEXT || text.chars().any(char::is_control) {
        return Err(format!(
            "`{place}`: write 1 to {MAX_TEXT} bytes without control characters"
        ));
    }
    Ok(())
}

fn check_product(product: &str, environment: Environment) -> Result<(), String> {
    let prefix = environment.product_prefix();
    match product.strip_prefix(prefix) {
        Some(rest)
            if !rest.is_empty()
                && product.len() <= MAX_TEXT
                && !rest.contains(|c: char| c.is_whitespace() || c.is_control()) =>
        {
            Ok(())
        }
        _ => Err(format!(
            "`{}` is no product of the {} environment: IDs there start with `{prefix}` and have no spaces (to try an odd answer, write it under `answer`)",
            product.escape_debug(),
            environment.name()
        )),
    }
}
