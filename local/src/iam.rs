//! IAM evaluation of an authorizer's policy document, as API Gateway does it, for `execute-api:Invoke`.
//!
//! Independent of what writes the documents. A document it does not understand to the last member is
//! refused whole, never half applied.

use serde_json::{Map, Value};

/// The action a call to an API needs.
const INVOKE: &str = "execute-api:invoke";
/// Longest resource in a returned policy, in characters (API Gateway developer guide).
const MAX_RESOURCE: usize = 512;

/// What a policy document says about one request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// An `Allow` matches and no `Deny`.
    Allowed,
    /// A `Deny` matches, whatever else does.
    ExplicitlyDenied,
    /// Nothing matches.
    ImplicitlyDenied,
}

/// What `document` says about a call of `method_arn`.
///
/// # Errors
/// The place and kind of what is not understood, `Condition`, `NotResource` and policy variables included.
pub fn evaluate(document: &Value, method_arn: &str) -> Result<Verdict, String> {
    let document = object(document, "policyDocument")?;
    known_members(document, "policyDocument", &["Version", "Id", "Statement"])?;
    match document.get("Version").and_then(Value::as_str) {
        Some("2012-10-17" | "2008-10-17") => {}
        _ => return Err("`policyDocument.Version` must be \"2012-10-17\"".to_owned()),
    }
    let statements = match document.get("Statement") {
        Some(Value::Array(statements)) => statements.as_slice(),
        Some(statement @ Value::Object(_)) => std::slice::from_ref(statement),
        _ => return Err("`policyDocument.Statement` must be a list of statements".to_owned()),
    };
    if statements.is_empty() {
        return Err("`policyDocument.Statement` is empty".to_owned());
    }
    let (mut allowed, mut denied) = (false, false);
    for (index, statement) in statements.iter().enumerate() {
        // To the last one, even after a Deny: a document is understood whole or not at all.
        match applies(statement, method_arn)
            .map_err(|why| format!("`policyDocument.Statement[{index}]`: {why}"))?
        {
            Some(Effect::Allow) => allowed = true,
            Some(Effect::Deny) => denied = true,
            None => {}
        }
    }
    Ok(match (denied, allowed) {
        (true, _) => Verdict::ExplicitlyDenied,
        (false, true) => Verdict::Allowed,
        (false, false) => Verdict::ImplicitlyDenied,
    })
}

enum Effect {
    Allow,
    Deny,
}

/// The statement's effect, if it is about this call.
fn applies(statement: &Value, method_arn: &str) -> Result<Option<Effect>, String> {
    let statement = object(statement, "the statement")?;
    known_members(
        statement,
        "a statement",
        &["Sid", "Effect", "Action", "Resource"],
    )?;
    let effect = match statement.get("Effect").and_then(Value::as_str) {
        Some("Allow") => Effect::Allow,
        Some("Deny") => Effect::Deny,
        _ => return Err("`Effect` must be \"Allow\" or \"Deny\"".to_owned()),
    };
    let mut action_matches = false;
    for action in texts(statement, "Action")? {
        if action != "*" && !action.contains(':') {
            return Err(format!(
                "`Action` `{action}` is none: write `execute-api:Invoke`"
            ));
        }
        action_matches |= matches(&action.to_ascii_lowercase(), INVOKE);
    }
    let mut resource_matches = false;
    for resource in texts(statement, "Resource")? {
        resource_matches |= resource_covers(resource, method_arn)?;
    }
    Ok((action_matches && resource_matches).then_some(effect))
}

fn resource_covers(resource: &str, method_arn: &str) -> Result<bool, String> {
    if resource == "*" {
        return Ok(true);
    }
    if resource.chars().count() > MAX_RESOURCE {
        return Err(format!(
            "a `Resource` is longer than {MAX_RESOURCE} characters"
        ));
    }
    if resource.contains("${") {
        return Err(format!(
            "`Resource` `{resource}` has a policy variable, and whether API Gateway resolves it is unknown"
        ));
    }
    // The path, the sixth part, may hold colons of its own.
    let parts: Vec<&str> = resource.splitn(6, ':').collect();
    if parts.len() != 6 || parts.first() != Some(&"arn") {
        return Err(format!(
            "`Resource` `{resource}` is no ARN: write `arn:aws:execute-api:REGION:ACCOUNT:API/STAGE/METHOD/PATH`"
        ));
    }
    let asked: Vec<&str> = method_arn.splitn(6, ':').collect();
    Ok(asked.len() == 6
        && parts
            .iter()
            .zip(asked)
            .all(|(pattern, text)| matches(pattern, text)))
}

/// Whether an IAM pattern covers a text: `*` is any run of characters, `/` included, `?` any one.
fn matches(pattern: &str, text: &str) -> bool {
    let (pattern, text): (Vec<char>, Vec<char>) =
        (pattern.chars().collect(), text.chars().collect());
    let (mut p, mut t) = (0, 0);
    // Where the last `*` stood and how much of the text it was given; all earlier ones can rest.
    let mut star: Option<(usize, usize)> = None;
    while let Some(c) = text.get(t) {
        match pattern.get(p) {
            Some('*') => {
                star = Some((p, t));
                p += 1;
            }
            Some(q) if *q == '?' || q == c => {
                p += 1;
                t += 1;
            }
            _ => {
                let Some((at, taken)) = star else {
                    return false;
                };
                star = Some((at, taken + 1));
                p = at + 1;
                t = taken + 1;
            }
        }
    }
    pattern.iter().skip(p).all(|q| *q == '*')
}

fn object<'a>(value: &'a Value, what: &str) -> Result<&'a Map<String, Value>, String> {
    value
        .as_object()
        .ok_or_else(|| format!("{what} must be an object"))
}

fn known_members(object: &Map<String, Value>, what: &str, known: &[&str]) -> Result<(), String> {
    match object.keys().find(|key| !known.contains(&key.as_str())) {
        Some(key) => Err(format!(
            "`{key}` in {what} is not understood; known are {}",
            known.join(", ")
        )),
        None => Ok(()),
    }
}

/// A member that is a text or a list of texts, of at least one.
fn texts<'a>(statement: &'a Map<String, Value>, member: &str) -> Result<Vec<&'a str>, String> {
    let wrong = || format!("`{member}` must be a text or a list of texts, of at least one");
    let texts: Vec<&str> = match statement.get(member) {
        Some(Value::String(text)) => vec![text],
        Some(Value::Array(list)) => list
            .iter()
            .map(|text| text.as_str().ok_or_else(wrong))
            .collect::<Result<_, _>>()?,
        _ => return Err(wrong()),
    };
    if texts.is_empty() {
        Err(wrong())
    } else {
        Ok(texts)
    }
}
