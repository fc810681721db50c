//! Identity sources and formats: whether API Gateway asks at all, with what, and in which form it
//! wants the answer.

use tollgate_grammar::tree::{Access, Target};
use tollgate_identity::token_source::TokenSource;
use tollgate_local::template::api::{Api, ApiKind};
use tollgate_local::template::authorizer::{Authorizer, AuthorizerKind, IdentitySource};

use super::asks::{Asked, asked};
use super::code::Code;
use super::finding::Finding;
use super::meeting;
use super::subject::{Subject, identity_source};

/// Everything found.
pub fn check(subject: &Subject<'_>, findings: &mut Vec<Finding>) {
    for (api, authorizer) in subject.authorizers() {
        findings.extend(unknown_source(authorizer));
        findings.extend(token_in_key(subject, api, authorizer));
        findings.extend(visitors(subject, api, authorizer));
        findings.extend(blind(subject, authorizer));
        findings.extend(unanchored(authorizer));
        match api.kind {
            ApiKind::Http => form(subject, authorizer, findings),
            ApiKind::WebSocket => findings.extend(browser_sockets(subject, authorizer)),
            ApiKind::Rest | ApiKind::AppSync => {}
        }
    }
}

/// Nothing is said of identity sources that only a deployment knows.
fn unknown_source(authorizer: &Authorizer) -> Option<Finding> {
    let mut sources = authorizer.identity.iter();
    let unknown = sources.find(|source| matches!(source.node, IdentitySource::Unknown(_)))?;
    let message = format!("this identity source is not known: {}", unknown.node);
    Some(Finding::new(Code::UnknownValue, unknown.span, message))
}

/// The places of tokens that are no identity sources, or identity sources that are no places.
fn token_in_key(subject: &Subject<'_>, api: &Api, authorizer: &Authorizer) -> Option<Finding> {
    let identity = &authorizer.identity;
    let (first, sources) = (identity.first()?, subject.token_sources());
    let is_unknown = |source: &IdentitySource| matches!(source, IdentitySource::Unknown(_));
    if sources.is_empty() || identity.iter().any(|source| is_unknown(&source.node)) {
        return None;
    }
    // Nothing is kept of a WebSocket API, and a TOKEN authorizer has checks of its own.
    let is_kept = authorizer.ttl.known().is_some_and(|ttl| *ttl > 0);
    if authorizer.kind != AuthorizerKind::Request {
        return None;
    }
    if is_kept && api.kind != ApiKind::WebSocket {
        let missing = sources.iter().find(|source| {
            let wanted = identity_source(source);
            identity.iter().all(|known| known.node != wanted)
        })?;
        let message = format!(
            "tokens are taken from `{missing}`, and `{}` does not keep answers by that",
            authorizer.name
        );
        return Some(Finding::new(Code::TokenNotInKey, first.span, message));
    }
    let is_place = |known: &IdentitySource| {
        let mut places = sources.iter();
        places.any(|source| identity_source(source) == *known)
    };
    let needless = identity.iter().find(|known| !is_place(&known.node))?;
    let message = format!("a request without {} gets 401", needless.node);
    Some(Finding::new(Code::NeedlessSource, needless.span, message))
}

/// Public rules that nobody without a token gets to.
fn visitors(subject: &Subject<'_>, api: &Api, authorizer: &Authorizer) -> Option<Finding> {
    let source = authorizer.identity.first()?;
    let mut public = subject
        .rules()
        .filter(|rule| matches!(rule.access, Access::Public));
    let rule = public.find(|rule| {
        if api.kind == ApiKind::WebSocket {
            return matches!(rule.target, Target::Connect(_));
        }
        let mut routes = api.guarded(authorizer);
        routes.any(|route| meeting::meets(subject, rule, api, route))
    })?;
    let message = format!(
        "a request without {} gets 401 from `{}`, also where the policy lets everybody in",
        source.node, authorizer.name
    );
    let finding = Finding::new(Code::VisitorsLockedOut, source.span, message);
    Some(finding.related(rule.span, "this is public"))
}

/// What a TOKEN authorizer is not told.
fn blind(subject: &Subject<'_>, authorizer: &Authorizer) -> Option<Finding> {
    if authorizer.kind != AuthorizerKind::Token {
        return None;
    }
    let needs_request =
        |what: &Asked| matches!(what, Asked::Header(_) | Asked::Query(_) | Asked::Address);
    let mut asked = asked(subject.tree).into_iter();
    if let Some((what, span)) = asked.find(|(what, _)| needs_request(what)) {
        let name = &authorizer.name;
        let message = format!("`{name}` is not told {what}, which the policy asks for");
        let finding = Finding::new(Code::TokenAuthorizerBlind, authorizer.span, message);
        return Some(finding.related(span, "asked for here"));
    }
    let header = authorizer.identity.first()?;
    if matches!(header.node, IdentitySource::Unknown(_)) {
        return None;
    }
    let sources = subject.token_sources();
    let missed = sources.iter().find(|source| {
        let is_header = matches!(source, TokenSource::Bearer | TokenSource::Header(_));
        !is_header || identity_source(source) != header.node
    })?;
    let message = format!(
        "tokens are taken from `{missed}`, and `{}` is told {} alone",
        authorizer.name, header.node
    );
    Some(Finding::new(
        Code::TokenAuthorizerBlind,
        authorizer.span,
        message,
    ))
}

fn unanchored(authorizer: &Authorizer) -> Option<Finding> {
    let validation = authorizer.validation.as_ref()?;
    let text = validation.known()?;
    let anchored = text.starts_with('^') && text.ends_with('$');
    let message = format!("`{text}` may match a part of a token");
    (!anchored).then(|| Finding::new(Code::UnanchoredValidation, validation.span, message))
}

/// The form of answers of an HTTP API.
fn form(subject: &Subject<'_>, authorizer: &Authorizer, findings: &mut Vec<Finding>) {
    let (payload, simple) = (&authorizer.payload, &authorizer.simple);
    if !payload.written {
        let message = format!("`{}` has no payload format", authorizer.name);
        findings.push(Finding::new(
            Code::NoPayloadFormat,
            authorizer.span,
            message,
        ));
    }
    for (unknown, span) in [
        (payload.unknown(), payload.span),
        (simple.unknown(), simple.span),
    ] {
        if let Some(text) = unknown {
            let message = format!("the form of answers is not known: {text}");
            findings.push(Finding::new(Code::UnknownValue, span, message));
        }
    }
    let Some(simple_wanted) = simple.known().copied() else {
        return;
    };
    let first_format = payload
        .known()
        .is_some_and(|format| format.starts_with('1'));
    if simple_wanted && first_format {
        let message = "payload format 1.0 has no simple responses";
        findings.push(Finding::new(Code::FormMismatch, simple.span, message));
    } else if simple_wanted != subject.answers.simple && !first_format {
        let (wants, gives) = if simple_wanted {
            ("yes or no", "an IAM policy")
        } else {
            ("an IAM policy", "yes or no")
        };
        let message = format!("the API expects {wants}, and authorizer.yaml has {gives} given");
        findings.push(Finding::new(Code::FormMismatch, simple.span, message));
    }
}

/// Pages cannot send the token of a WebSocket in a header.
fn browser_sockets(subject: &Subject<'_>, authorizer: &Authorizer) -> Option<Finding> {
    let sources = subject.token_sources();
    let is_header =
        |source: &&TokenSource| matches!(source, TokenSource::Bearer | TokenSource::Header(_));
    if sources.is_empty() || !sources.iter().all(is_header) {
        return None;
    }
    let message = "tokens are taken from headers alone, which no page can set on a WebSocket";
    Some(Finding::new(Code::BrowserSockets, authorizer.span, message))
}
