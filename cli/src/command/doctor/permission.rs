//! Whether API Gateway may invoke the authorizer, and who else may.

use tollgate_grammar::Span;
use tollgate_local::template::api::{Api, ApiKind};
use tollgate_local::template::authorizer::Authorizer;
use tollgate_local::template::function::Permission;
use tollgate_local::template::node::{Node, Piece};

use super::code::Code;
use super::finding::Finding;
use super::subject::Subject;

/// Everything found.
pub fn check(subject: &Subject<'_>, findings: &mut Vec<Finding>) {
    let mut wide: Vec<Span> = Vec::new();
    for (api, authorizer) in subject.authorizers() {
        let Some(function) = authorizer
            .function
            .known()
            .filter(|name| is_here(subject, name))
        else {
            findings.push(elsewhere(authorizer));
            continue;
        };
        let permissions = subject.deployment.permissions.iter();
        let permissions = permissions.filter(|permission| permission.function.is(function));
        let mut allowed = authorizer.has_role;
        for permission in permissions {
            allowed |= covers(permission, api);
            if !wide.contains(&permission.span) {
                wide.push(permission.span);
                findings.extend(too_wide(permission));
            }
        }
        if !allowed {
            let (kind, name) = (api.kind.name(), &api.name);
            let message = format!("the {kind} {name} may not invoke {function}");
            let finding = Finding::new(Code::NoPermission, authorizer.span, message);
            findings.push(finding.label("every call ends in 500"));
        }
    }
}

fn is_here(subject: &Subject<'_>, function: &str) -> bool {
    let mut functions = subject.deployment.functions.iter();
    functions.any(|known| known.name == function)
}

fn elsewhere(authorizer: &Authorizer) -> Finding {
    let name = &authorizer.name;
    let message = format!("the function of `{name}` is not described here");
    let finding = Finding::new(Code::UnknownValue, authorizer.function.span, message);
    finding.label("neither its permissions nor its settings were judged")
}

/// The principal that invokes authorizers of an API.
fn service(kind: ApiKind) -> &'static str {
    match kind {
        ApiKind::AppSync => "appsync.amazonaws.com",
        _ => "apigateway.amazonaws.com",
    }
}

/// Whether the permission lets this API ask its authorizers; what is not known may.
fn covers(permission: &Permission, api: &Api) -> bool {
    if permission.by_url {
        return false;
    }
    let principal = permission.principal.known();
    let fits = principal.is_none_or(|name| name == "*" || name == service(api.kind));
    fits && permission
        .source
        .as_ref()
        .is_none_or(|source| reaches(source, &api.name))
}

/// Whether a `SourceArn` covers the authorizers of an API.
fn reaches(source: &Node, api: &str) -> bool {
    let pieces = source.pieces();
    let at = pieces
        .iter()
        .position(|piece| matches!(piece, Piece::Resource { name, .. } if name == api));
    let Some(at) = at else {
        // Another API's, unless it is an ARN that says nothing of resources here.
        return source.resource().is_none();
    };
    match pieces.get(at + 1) {
        Some(Piece::Text(rest)) => may_be_authorizer(rest),
        _ => true,
    }
}

/// Whether what follows the API in an ARN, as far as it is text, can be `/authorizers/ID`.
fn may_be_authorizer(rest: &str) -> bool {
    let parts: Vec<&str> = rest.split('/').collect();
    match parts.as_slice() {
        [""] | ["", "*"] | ["", "*" | "authorizers", _] => true,
        ["", "*", more @ ..] => more.iter().all(|part| *part == "*"),
        _ => false,
    }
}

/// A permission for more than one API's authorizers.
fn too_wide(permission: &Permission) -> Option<Finding> {
    let principal = permission.principal.known()?;
    if principal == "*" {
        let message = "anybody may invoke the authorizer";
        let finding = Finding::new(Code::PermissionOpen, permission.span, message);
        return Some(if permission.by_url {
            finding.label("by a URL of its own")
        } else {
            finding
        });
    }
    let services = [service(ApiKind::Rest), service(ApiKind::AppSync)];
    let message = if !services.contains(&principal.as_str()) {
        format!("{principal} may invoke the authorizer")
    } else if permission.source.is_none() {
        "every API of every account may invoke the authorizer".to_owned()
    } else {
        return None;
    };
    Some(Finding::new(
        Code::PermissionTooWide,
        permission.span,
        message,
    ))
}
