//! Answers that API Gateway keeps: by what, for how long, and whether they are right for whoever
//! gets them.

use tollgate_engine::Sees;
use tollgate_gateway::documents::Documents;
use tollgate_gateway::settings::answers::Scope;
use tollgate_grammar::Span;
use tollgate_grammar::tree::Access;
use tollgate_local::template::api::{Api, ApiKind, Route};
use tollgate_local::template::authorizer::{Authorizer, AuthorizerKind, IdentitySource};

use super::asks::{Asked, asked, asked_by};
use super::code::Code;
use super::finding::Finding;
use super::meeting;
use super::subject::Subject;
use crate::clock;

/// Longest time API Gateway keeps an answer, in seconds.
const MAX_TTL: u64 = 3600;

/// Everything found.
pub fn check(subject: &Subject<'_>, findings: &mut Vec<Finding>) {
    for (api, authorizer) in subject.authorizers() {
        match api.kind {
            ApiKind::AppSync => findings.extend(appsync(authorizer)),
            // Nothing is kept: a connection is asked about once.
            ApiKind::WebSocket => {}
            ApiKind::Rest | ApiKind::Http => match &authorizer.ttl.value {
                Err(text) => {
                    let message = format!("how long answers are kept is not known: {text}");
                    let finding = Finding::new(Code::UnknownValue, authorizer.ttl.span, message);
                    findings.push(finding);
                }
                Ok(0) => findings.extend(not_kept(subject, authorizer)),
                Ok(ttl) => kept(subject, api, authorizer, *ttl, findings),
            },
        }
    }
}

fn appsync(authorizer: &Authorizer) -> Option<Finding> {
    let message = "how long AppSync keeps answers is not set";
    let unset = !authorizer.ttl.written;
    unset.then(|| Finding::new(Code::AppSyncTtl, authorizer.ttl.span, message))
}

fn not_kept(subject: &Subject<'_>, authorizer: &Authorizer) -> Option<Finding> {
    let message = "every request is asked about, with answers for the whole token";
    let wasted = subject.answers.scope == Scope::Token;
    wasted.then(|| Finding::new(Code::NothingKept, authorizer.ttl.span, message))
}

/// The checks of answers that are kept.
fn kept(
    subject: &Subject<'_>,
    api: &Api,
    authorizer: &Authorizer,
    ttl: u64,
    findings: &mut Vec<Finding>,
) {
    let at = authorizer.ttl.span;
    let is_simple = authorizer.simple.is(&true);
    let key = Key {
        api,
        authorizer,
        for_token: subject.answers.scope == Scope::Token && !is_simple,
    };
    let label = if authorizer.ttl.written {
        format!("kept for {ttl} s")
    } else {
        format!("kept for {ttl} s, as nothing else is set")
    };
    if ttl > MAX_TTL {
        let message = format!("the TTL is {ttl} s");
        findings.push(Finding::new(Code::TtlTooLong, at, message));
    }
    if authorizer.identity.is_empty() && authorizer.kind != AuthorizerKind::Token {
        let message = format!(
            "`{}` keeps answers without identity sources",
            authorizer.name
        );
        findings.push(Finding::new(Code::NoIdentitySource, at, message).label(&label));
    }
    for (what, span) in asked(subject.tree) {
        findings.extend(in_key(&key, &what, span));
    }
    if is_simple {
        findings.extend(simple(subject, &key));
    } else if !key.tells_requests_apart() {
        let narrow = narrow(subject, &key).into_iter();
        findings.extend(narrow.map(|finding| finding.label(&label)));
    }
    findings.push(late(subject, authorizer, ttl));
}

/// Answers that are for one request alone, though requests are not told apart.
fn narrow(subject: &Subject<'_>, key: &Key<'_>) -> Vec<Finding> {
    let at = key.authorizer.ttl.span;
    let finding = |message: String| Finding::new(Code::RequestScopeCached, at, message);
    if !key.for_token {
        let message = "an answer for one request is kept by the identity sources alone";
        return vec![finding(message.to_owned())];
    }
    let causes = inexact(subject, key.authorizer).into_iter();
    causes
        .map(|cause| {
            finding(format!(
                "some users' answers are for one request alone: {cause}"
            ))
        })
        .collect()
}

/// Why some users' answers cannot be right for every route.
fn inexact(subject: &Subject<'_>, authorizer: &Authorizer) -> Vec<String> {
    let sees = match authorizer.kind {
        AuthorizerKind::Token => Sees::NOTHING,
        _ => Sees::ALL,
    };
    let documents = Documents::default();
    let causes = subject
        .policy
        .inexact(sees, clock::unix_millis(), |document| {
            documents.can_send(document)
        });
    causes.iter().map(ToString::to_string).collect()
}

/// What answers are kept by.
struct Key<'a> {
    api: &'a Api,
    authorizer: &'a Authorizer,
    /// What is kept are documents for every route of a token.
    for_token: bool,
}

impl<'a> Key<'a> {
    fn has(&self, source: &IdentitySource) -> bool {
        let mut sources = self.authorizer.identity.iter();
        sources.any(|known| known.node == *source)
    }

    fn has_context(&self, name: &str) -> bool {
        self.has(&IdentitySource::Context(name.to_owned()))
    }

    fn has_unknown(&self) -> bool {
        let mut sources = self.authorizer.identity.iter();
        sources.any(|source| matches!(source.node, IdentitySource::Unknown(_)))
    }

    /// Whether requests that differ in this differ in the key; `None` of what no key holds and no
    /// document for the whole token needs.
    fn tells_apart(&self, what: &Asked) -> Option<bool> {
        match what {
            Asked::Header(name) => Some(self.has(&IdentitySource::Header(name.clone()))),
            Asked::Query(name) => Some(self.has(&IdentitySource::Query(name.clone()))),
            Asked::Address => Some(self.has_context("identity.sourceIp")),
            // A document is right for the hour it may be kept, or there is none: see `inexact`.
            Asked::Time => (!self.for_token).then_some(false),
            // The document of a user names the user's own paths.
            Asked::Parameter => None,
        }
    }

    fn routes(&self) -> impl Iterator<Item = &'a Route> {
        self.api.guarded(self.authorizer)
    }

    /// Whether no two requests with the same key differ in method or path.
    fn tells_requests_apart(&self) -> bool {
        let exact = || {
            let mut routes = self.routes();
            routes
                .all(|route| !route.is_greedy() && !route.has_parameters() && route.method != "ANY")
        };
        (self.has_context("routeKey") && exact())
            || (self.has_context("path") && self.has_context("httpMethod"))
    }
}

/// Yes or no, kept.
fn simple(subject: &Subject<'_>, key: &Key<'_>) -> Option<Finding> {
    let at = key.authorizer.simple.span;
    if !key.has_context("routeKey") {
        let message = "yes or no is kept for all routes together";
        return Some(Finding::new(Code::RouteKeyMissing, at, message));
    }
    let route = key
        .routes()
        .find(|route| is_coarse(subject, key.api, route))?;
    let message = format!("`{}` is one route key for many paths", route.shown());
    let finding = Finding::new(Code::RouteKeyCoarse, route.span, message);
    Some(finding.related(at, "yes or no is kept for them together"))
}

/// Whether the policy tells requests of one route apart.
fn is_coarse(subject: &Subject<'_>, api: &Api, route: &Route) -> bool {
    let has_parameters = route.has_parameters() || route.is_greedy();
    // `ANY /x` is one route key for all methods.
    if !has_parameters && route.method != "ANY" {
        return false;
    }
    let met = meeting::rules(subject, api, route);
    let by_parameter = met.iter().any(|(rule, _)| match &rule.access {
        Access::Requires(condition) => {
            asked_by(subject.tree, condition).contains(&Asked::Parameter)
        }
        _ => false,
    });
    route.is_greedy() || met.len() > 1 || by_parameter
}

/// A condition whose subject answers are not kept by.
fn in_key(key: &Key<'_>, what: &Asked, span: Span) -> Option<Finding> {
    if key.tells_apart(what)? || key.has_unknown() {
        return None;
    }
    let message = format!("the policy asks for {what}, which kept answers are not told apart by");
    let finding = Finding::new(Code::ConditionNotInKey, span, message);
    let kept = format!("`{}` keeps answers", key.authorizer.name);
    Some(finding.related(key.authorizer.ttl.span, kept))
}

/// How late changes take effect.
fn late(subject: &Subject<'_>, authorizer: &Authorizer, ttl: u64) -> Finding {
    let at = authorizer.ttl.span;
    // Yes or no has no condition that could end with the token.
    let is_bound = subject.answers.bound_by_expiry && !authorizer.simple.is(&true);
    if let Some((life, provider)) = subject.token_life(is_bound)
        && ttl > life.as_secs()
    {
        let life = life.as_secs();
        let message =
            format!("answers are kept for {ttl} s, and tokens of {provider} live {life} s");
        return Finding::new(Code::TtlOutlivesToken, at, message);
    }
    let message = format!("a sign-out or a purchase takes effect up to {ttl} s late");
    Finding::new(Code::LateChanges, at, message)
}
