//! Identity sources: what a request must have before an authorizer is asked, and what its answers are
//! kept by.

use super::api::Authorizer;
use super::called::Called;
use crate::template::authorizer::IdentitySource;

/// The values of the authorizer's identity sources, in order.
///
/// They are asked for whatever the TTL is: AWS says so where answers are kept, and leaves open what
/// holds where they are not.
///
/// # Errors
/// What is missing or empty, or that the token is not of the form that is asked for: a 401 without a
/// call.
pub(super) fn values(authorizer: &Authorizer, called: &Called<'_>) -> Result<Vec<String>, String> {
    let mut values = Vec::with_capacity(authorizer.identity.len());
    for source in &authorizer.identity {
        match value(source, called).filter(|value| !value.is_empty()) {
            Some(value) => values.push(value),
            None => return Err(format!("the identity source is missing: {source}")),
        }
    }
    let fits = |token: &String| {
        let validation = authorizer.validation.as_ref();
        validation.is_none_or(|validation| validation.is_match(token))
    };
    if values.first().is_none_or(fits) {
        Ok(values)
    } else {
        Err("the token does not match the validation expression".to_owned())
    }
}

fn value(source: &IdentitySource, called: &Called<'_>) -> Option<String> {
    match source {
        // Which of several counts is documented nowhere for REST APIs; here the one of the event's map
        // of single values.
        IdentitySource::Header(name) if called.api.is_http() => {
            let values: Vec<&str> = called.request.values(name).collect();
            Some(values.join(","))
        }
        IdentitySource::Header(name) => called.request.values(name).next_back().map(str::to_owned),
        IdentitySource::Query(name) => {
            let query = called.query();
            let values = query.iter().filter(|(key, _)| key == name);
            let mut values = values.map(|(_, value)| value.as_str());
            if called.api.is_http() {
                Some(values.collect::<Vec<_>>().join(","))
            } else {
                values.next_back().map(str::to_owned)
            }
        }
        IdentitySource::Context(name) => called.context(name),
        IdentitySource::StageVariable(name) => called.stage_variable(name),
        // No API with one is served.
        IdentitySource::Unknown(_) => None,
    }
}
