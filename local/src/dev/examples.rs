//! Requests worth trying: one for each outcome the policy has, found by asking the authorizer.

use std::collections::BTreeSet;
use std::time::Duration;

use super::Provider;
use crate::gateway::verdict::Verdict;
use crate::gateway::{BasePath, Gateway};
use crate::template::api::ApiKind;
use crate::users::{Session, TokenState, User};

/// Routes and users that are tried; more would only make the start slow.
const MAX_ROUTES: usize = 30;
const MAX_USERS: usize = 8;
/// Examples for each provider after the first.
const MAX_OF_FURTHER: usize = 2;
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
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Example {
    pub method: String,
    pub path: String,
    /// `None` for a request without a token.
    pub asker: Option<Asker>,
    pub verdict: Verdict,
}

/// Whose token a request has, and which provider's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Asker {
    pub name: String,
    pub user: User,
    /// Its place among the providers.
    pub provider: usize,
}

impl Example {
    fn reason(&self) -> Option<&str> {
        match &self.verdict {
            Verdict::Deny { context, .. } => context.get("reason")?.as_str(),
            _ => None,
        }
    }

    fn is_allowed(&self) -> bool {
        matches!(self.verdict, Verdict::Allow { .. })
    }

    /// The user bought something: makes the better example, of an allow as of a deny.
    fn is_customer(&self) -> bool {
        self.asker.as_ref().is_some_and(|asker| {
            asker
                .user
                .products
                .as_ref()
                .is_some_and(|products| !products.is_empty())
        })
    }
}

/// One example for each outcome, and two for each further provider; none if the authorizer gives no
/// answers.
pub(super) async fn choose(
    gateway: &Gateway,
    providers: &[Provider],
    routes: &[Route],
) -> Vec<Example> {
    let mut asked = Vec::new();
    // What was asked when the time is over is shown.
    if let Some(prefix) = prefix(gateway) {
        let asking = ask_all(gateway, &prefix, providers, routes, &mut asked);
        let _ = tokio::time::timeout(TIME, asking).await;
    }
    let of = |number: usize| {
        let fits = move |example: &&Example| {
            let provider = example.asker.as_ref().map(|asker| asker.provider);
            provider.is_none_or(|provider| provider == number)
        };
        asked.iter().filter(fits).cloned().collect::<Vec<_>>()
    };
    let mut examples = pick(&of(0));
    for number in 1..providers.len() {
        let further = pick(&of(number)).into_iter();
        let further = further.filter(|example| example.asker.is_some());
        examples.extend(further.take(MAX_OF_FURTHER));
    }
    examples
}

/// What stands before the paths of the first API that takes requests.
fn prefix(gateway: &Gateway) -> Option<String> {
    let served = gateway.served();
    let mut apis = served.apis().iter();
    let api = apis.find(|api| api.kind() != ApiKind::WebSocket)?;
    let base_path = api.base_path().map(BasePath::prefix);
    Some(base_path.unwrap_or_default().to_owned())
}

async fn ask_all(
    gateway: &Gateway,
    prefix: &str,
    providers: &[Provider],
    routes: &[Route],
    asked: &mut Vec<Example>,
) {
    for (number, provider) in providers.iter().enumerate() {
        let mut askers = askers(provider, number);
        if number == 0 {
            askers.insert(0, (None, None));
        }
        for route in routes.iter().take(MAX_ROUTES) {
            for (asker, token) in &askers {
                // One's own ID makes `/users/{id}` a page of one's own; it must fit into a path as it is.
                let id = asker.as_ref().map_or("1", |asker| asker.user.id.as_str());
                let plain = id
                    .bytes()
                    .all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
                let Some(path) = route.path(if plain { id } else { "1" }) else {
                    continue;
                };
                let path = format!("{prefix}{path}");
                let token = token
                    .as_ref()
                    .map(|token| (&provider.place, token.as_str()));
                // Routes that the API has not, or lets everybody use, show nothing of the policy.
                let Some(verdict) = gateway.preview(route.method(), &path, token).await else {
                    continue;
                };
                if matches!(verdict, Verdict::Failed(_) | Verdict::Malformed(_)) {
                    return;
                }
                asked.push(Example {
                    method: route.method().to_owned(),
                    path,
                    asker: asker.clone(),
                    verdict,
                });
            }
        }
    }
}

/// Who could connect to the WebSocket API at a path, with their token: the first user whom its
/// authorizer lets in.
pub(super) async fn guest(
    gateway: &Gateway,
    provider: &Provider,
    path: &str,
) -> Option<(String, String)> {
    for (asker, token) in askers(provider, 0) {
        let (asker, token) = (asker?, token?);
        let asking = gateway.preview_handshake(path, (&provider.place, &token));
        let verdict = tokio::time::timeout(TIME, asking).await.ok()?;
        // Where nobody is asked, everybody connects.
        if verdict.is_none_or(|verdict| matches!(verdict, Verdict::Allow { .. })) {
            return Some((asker.name, token));
        }
    }
    None
}

/// A provider's users who are signed in, with their tokens.
fn askers(provider: &Provider, number: usize) -> Vec<(Option<Asker>, Option<String>)> {
    // A token that proves nobody shows no more than no token.
    let signed_in = |user: &User| user.token == TokenState::Good && user.session == Session::Active;
    let users = provider.stand_in.users().into_iter();
    let users = users.filter(|(_, user)| signed_in(user)).take(MAX_USERS);
    let asker = |(name, user): (String, User)| {
        let token = provider.stand_in.token(&name);
        let provider = number;
        let asker = Asker {
            name,
            user,
            provider,
        };
        (Some(asker), token)
    };
    users.map(asker).collect()
}

fn pick(asked: &[Example]) -> Vec<Example> {
    let visitor = |wanted: &dyn Fn(&Example) -> bool| {
        asked
            .iter()
            .find(|example| example.asker.is_none() && wanted(example))
    };
    let public = visitor(&Example::is_allowed);
    let refused = visitor(&|example| {
        matches!(
            example.verdict,
            Verdict::Unauthorized | Verdict::Unidentified(_)
        )
    });
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
        .filter(|example| example.asker.is_none() && example.is_allowed())
        .map(|example| example.path.as_str())
        .collect();
    let members: Vec<&Example> = asked
        .iter()
        .filter(|example| {
            example.asker.is_some()
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
        example.asker.is_some() && example.reason().is_some_and(|reason| told.insert(reason))
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
