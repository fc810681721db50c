//! What the doctor looks at: a deployment, the policy and the settings of its authorizer.

use std::time::Duration;

use tollgate_engine::Policy;
use tollgate_gateway::settings::Settings;
use tollgate_grammar::tree::{Route as Rule, Statement, Tree};
use tollgate_identity::token_source::TokenSource;
use tollgate_local::template::Deployment;
use tollgate_local::template::api::{Api, Guard, Route};
use tollgate_local::template::authorizer::{Authorizer, AuthorizerKind, IdentitySource};

use super::answers::Answers;

/// What the doctor looks at.
pub struct Subject<'a> {
    /// What is deployed.
    pub deployment: &'a Deployment,
    /// The policy as written.
    pub tree: &'a Tree,
    /// The policy compiled.
    pub policy: &'a Policy,
    /// `authorizer.yaml`, if there is one.
    pub settings: Option<&'a Settings>,
    /// How the function answers.
    pub answers: Answers,
}

impl<'a> Subject<'a> {
    /// The `route` statements of the policy.
    pub fn rules(&self) -> impl Iterator<Item = &'a Rule> {
        self.tree
            .statements
            .iter()
            .filter_map(|statement| match statement {
                Statement::Route(rule) => Some(rule),
                _ => None,
            })
    }

    /// Every Lambda authorizer, with its API.
    pub fn authorizers(&self) -> impl Iterator<Item = (&'a Api, &'a Authorizer)> {
        self.deployment.apis.iter().flat_map(|api| {
            let authorizers = api.authorizers.iter();
            let lambda = authorizers.filter(|authorizer| authorizer.is_lambda());
            lambda.map(move |authorizer| (api, authorizer))
        })
    }

    /// Where tokens are looked for; none without settings.
    pub fn token_sources(&self) -> Vec<&'a TokenSource> {
        let providers = self.settings.map(|settings| settings.providers.as_slice());
        let providers = providers.unwrap_or_default().iter();
        let mut sources = Vec::new();
        for source in providers.flat_map(|provider| &provider.token_from) {
            if !sources.contains(&source) {
                sources.push(source);
            }
        }
        sources
    }

    /// The shortest life that is known of tokens which an answer outlives, and their provider's name:
    /// where answers are bound by expiry, those of providers that do not tell it.
    pub fn token_life(&self, is_bound: bool) -> Option<(Duration, &'a str)> {
        let providers = self.settings.map(|settings| settings.providers.as_slice());
        let providers = providers.unwrap_or_default().iter();
        let outlived = providers.filter(|provider| !(is_bound && provider.tells_expiry()));
        let lives =
            outlived.filter_map(|provider| Some((provider.token_life()?, provider.name.as_str())));
        lives.min()
    }
}

/// The identity source that a place of tokens is.
pub fn identity_source(source: &TokenSource) -> IdentitySource {
    let header = |name: &str| IdentitySource::Header(name.to_owned());
    match source {
        TokenSource::Bearer => header("authorization"),
        TokenSource::Header(name) => header(name),
        TokenSource::Cookie(_) => header("cookie"),
        TokenSource::Query(name) => IdentitySource::Query(name.clone()),
        TokenSource::Protocol(_) => header("sec-websocket-protocol"),
    }
}

/// What guards a route other than a Lambda authorizer, if something does.
pub fn other_guard<'a>(api: &'a Api, route: &'a Route) -> Option<&'a str> {
    match (&route.guard, api.authorizer(route).map(|known| &known.kind)) {
        (Guard::Other(guard), _) | (_, Some(AuthorizerKind::Other(guard))) => Some(guard),
        _ => None,
    }
}

/// Whether a route is one that the policy decides about.
pub fn is_guarded(api: &Api, route: &Route) -> bool {
    api.authorizer(route).is_some_and(Authorizer::is_lambda)
}
