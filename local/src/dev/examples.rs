//! Requests worth trying: one for each outcome the policy has, found by asking the authorizer.

use std::collections::BTreeSet;
use std::time::Duration;

use crate::gateway::Gateway;
use crate::gateway::verdict::Verdict;
use crate::tiun::TiunStandIn;
use crate::users::{Session, TokenState, User};

/// Routes and users that are tried; more would only make the start slow.
const MAX_ROUTES: usize = 30;
const MAX_USERS: usize = 8;
/// For all questions together: a function that is still being built must not hold up the greeting.
const TIME: Duration = Duration::from_secs(12);
/// The reason that a bought product would change.
const UPGRADE: &str = "upgrade_required";

/// A route of the policy, in the parts it is shown in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Route {
    /// As in the policy; none means any.
    pub methods: Vec<String>,
    /// `/pro/*`, `/users/{id}`
    pub pattern: String,
    /// What follows: `is public`, `requires product p-live-pro`.
    pub rule: String,
}

impl Route {
    /// `GET, HEAD /health`
    pub(super) fn subject(&self) -> String {
        if self.methods.is_empty() {
            self.pattern.clone()
        } else {
            format!("{} {}", self.methods.join(", "), self.pattern)
        }
    }

    fn method(&self) -> &str {
        let get = self.methods.is_empty() || self.methods.iter().any(|method| method == "GET");
        if get {
            "GET"
        } else {
            self.methods.first().map_or("GET", String::as_str)
        }
    }

    /// A path of this pattern: `value` for parameters, `1` for a rest.
    fn path(&self, value: &str) -> Option<String> {
        // Other patterns (`$connect`) are no paths.
        let segments = self.pattern.strip_prefix('/')?.split('/').map(|segment| {
            if segment == "*" || segment.ends_with("+}") {
                "1"
            } else if segment.starts_with('{') {
                value
            } else {
                segment
            }
        });
        Some(format!("/{}", segments.collect::<Vec<_>>().join("/")))
    }
}

/// A request and what the authorizer said to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Example {
    pub method: String,
    pub path: String,
    /// Name and whole user; `None` for a request without a token.
    pub user: Option<(String, User)>,
    pub verdict: Verdict,
}

impl Example {
    fn reason(&self) -> Option<&str> {
        match &self.verdict {
            Verdict::Deny { context, .. } => context.get("reason").map(String::as_str),
            _ => None,
        }
    }

    fn is_allowed(&self) -> bool {
        matches!(self.verdict, Verdict::Allow { .. })
    }

    /// The user bought something: makes the better example, of an allow as of a deny.
    fn is_customer(&self) -> bool {
        self.user.as_ref().is_some_and(|(_, user)| {
            user.products
                .as_ref()
                .is_some_and(|products| !products.is_empty())
        })
    }
}

/// One example for each outcome; none if the authorizer gives no answers.
pub(super) async fn choose(
    gateway: &Gateway,
    tiun: &TiunStandIn,
    routes: &[Route],
) -> Vec<Example> {
    tokio::time::timeout(TIME, ask_all(gateway, tiun, routes))
        .await
        .map(|asked| pick(&asked))
        .unwrap_or_default()
}

async fn ask_all(gateway: &Gateway, tiun: &TiunStandIn, routes: &[Route]) -> Vec<Example> {
    let mut users: Vec<Option<(String, User)>> = vec![None];
    // A token that proves nobody shows no more than no token.
    let signed_in = |user: &User| user.token == TokenState::Good && user.session == Session::Active;
    let known = tiun.users().into_iter().filter(|(_, user)| signed_in(user));
    users.extend(known.take(MAX_USERS).map(Some));
    let mut asked = Vec::new();
    for route in routes.iter().take(MAX_ROUTES) {
        for user in &users {
            // One's own ID makes `/users/{id}` a page of one's own; it must fit into a path as it is.
            let id = user.as_ref().map_or("1", |(_, user)| user.id.as_str());
            let plain = id
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
            let Some(path) = route.path(if plain { id } else { "1" }) else {
                continue;
            };
            let token = user
                .as_ref()
                .and_then(|(name, _)| tiun.development_token(name));
            let verdict = gateway
                .preview(route.method(), &path, token.as_deref())
                .await;
            if matches!(verdict, Verdict::Failed(_) | Verdict::Malformed(_)) {
                return asked;
            }
            asked.push(Example {
                method: route.method().to_owned(),
                path,
                user: user.clone(),
                verdict,
            });
        }
    }
    asked
}

fn pick(asked: &[Example]) -> Vec<Example> {
    let visitor = |wanted: &dyn Fn(&Example) -> bool| {
        asked
            .iter()
            .find(|example| example.user.is_none() && wanted(example))
    };
    let public = visitor(&Example::is_allowed);
    let refused = visitor(&|example| example.verdict == Verdict::Unauthorized);
    let upgrade = {
        let mut wanted = asked
            .iter()
            .filter(|example| example.reason() == Some(UPGRADE));
        wanted
            .clone()
            .find(|example| example.is_customer())
            .or_else(|| wanted.next())
    };
    let public_paths: BTreeSet<&str> = asked
        .iter()
        .filter(|example| example.user.is_none() && example.is_allowed())
        .map(|example| example.path.as_str())
        .collect();
    let members: Vec<&Example> = asked
        .iter()
        .filter(|example| {
            example.user.is_some()
                && example.is_allowed()
                && !public_paths.contains(example.path.as_str())
        })
        .collect();
    // Best where somebody else is denied: the same line with another token then shows the difference.
    let paid = members
        .iter()
        .find(|example| {
            example.is_customer() && upgrade.is_some_and(|other| other.path == example.path)
        })
        .or_else(|| members.iter().find(|example| example.is_customer()))
        .or_else(|| members.first())
        .copied();
    let mut told = BTreeSet::from([UPGRADE]);
    let others = asked.iter().filter(|example| {
        example.user.is_some() && example.reason().is_some_and(|reason| told.insert(reason))
    });
    public
        .into_iter()
        .chain(refused)
        .chain(paid)
        .chain(upgrade)
        .chain(others)
        .cloned()
        .collect()
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    fn route(methods: &[&str], pattern: &str) -> Route {
        let methods = methods.iter().map(|method| (*method).to_owned()).collect();
        Route {
            methods,
            pattern: pattern.to_owned(),
            rule: String::new(),
        }
    }

    #[test]
    fn a_pattern_has_a_path() {
        for (pattern, expected) in [
            ("/", Some("/")),
            ("/health", Some("/health")),
            ("/pro/*", Some("/pro/1")),
            ("/users/{id}/{rest+}", Some("/users/u-1/1")),
            ("$connect", None),
        ] {
            assert_eq!(route(&[], pattern).path("u-1").as_deref(), expected);
        }
        assert_eq!(
            (
                route(&[], "/").method(),
                route(&["POST", "GET"], "/").method(),
                route(&["PUT"], "/").method()
            ),
            ("GET", "GET", "PUT")
        );
        assert_eq!(route(&["GET", "PUT"], "/a").subject(), "GET, PUT /a");
    }
}
