//! IAM evaluation of an authorizer's policy document, as API Gateway does it, for `execute-api:Invoke`.
//!
//! Independent of what writes the documents. A document it does not understand to the last member is
//! refused whole, never half applied.

mod condition;
mod pattern;

use std::net::IpAddr;

use serde_json::{Map, Value};

use self::condition::Condition;
use self::pattern::{Pattern, Variables};

/// The action a call to an API needs.
const INVOKE: &str = "execute-api:invoke";
/// Longest resource in a returned policy, in characters (API Gateway developer guide).
const MAX_RESOURCE: usize = 512;
/// Parts of an ARN. The last one, the path, may hold colons of its own.
const PARTS: usize = 6;

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

/// A call of a method: all that a document can ask about it.
#[derive(Debug, Clone, Copy)]
pub struct Call<'a> {
    /// The ARN of the method, with its path.
    pub arn: &'a str,
    /// When it is made, in milliseconds since 1970: `aws:CurrentTime` and `aws:EpochTime`.
    pub unix_millis: i64,
    /// The caller's address: `aws:SourceIp`; `None` if the request has none.
    pub ip: Option<IpAddr>,
}

/// A policy document, read to the last member, for many calls.
#[derive(Debug, Clone)]
pub struct Document {
    statements: Vec<Statement>,
}

#[derive(Debug, Clone)]
struct Statement {
    effect: Effect,
    /// Whether one of its actions is the one that a call needs.
    invokes: bool,
    resources: Vec<Resource>,
    conditions: Vec<Condition>,
}

#[derive(Debug, Clone, Copy)]
enum Effect {
    Allow,
    Deny,
}

#[derive(Debug, Clone)]
enum Resource {
    /// `*`
    Every,
    /// Each part of an ARN for itself, so that a `*` in one stays in it.
    Arn([Pattern; PARTS]),
}

/// What `document` says about a call.
///
/// # Errors
/// As [`Document::read`].
pub fn evaluate(document: &Value, call: &Call<'_>) -> Result<Verdict, String> {
    Ok(Document::read(document)?.verdict(call))
}

impl Document {
    /// Reads a document.
    ///
    /// # Errors
    /// The place and kind of what is not understood: `NotResource`, policy variables but for `${*}`,
    /// `${?}` and `${$}`, and all but the most usual conditions included.
    pub fn read(document: &Value) -> Result<Self, String> {
        let document = object(document, "policyDocument")?;
        known_members(document, "policyDocument", &["Version", "Id", "Statement"])?;
        let variables = match document.get("Version").and_then(Value::as_str) {
            Some("2012-10-17") => Variables::Escapes,
            Some("2008-10-17") => Variables::None,
            _ => return Err("`policyDocument.Version` must be \"2012-10-17\"".to_owned()),
        };
        let statements = match document.get("Statement") {
            Some(Value::Array(statements)) => statements.as_slice(),
            Some(statement @ Value::Object(_)) => std::slice::from_ref(statement),
            _ => return Err("`policyDocument.Statement` must be a list of statements".to_owned()),
        };
        if statements.is_empty() {
            return Err("`policyDocument.Statement` is empty".to_owned());
        }
        let read = |(index, statement)| {
            Statement::read(statement, variables)
                .map_err(|why| format!("`policyDocument.Statement[{index}]`: {why}"))
        };
        let statements = statements.iter().enumerate().map(read);
        Ok(Self {
            statements: statements.collect::<Result<_, _>>()?,
        })
    }

    /// What it says about a call. Nothing is allocated.
    pub fn verdict(&self, call: &Call<'_>) -> Verdict {
        let arn = parts(call.arn);
        let mut verdict = Verdict::ImplicitlyDenied;
        for statement in &self.statements {
            if statement.applies(call, arn.as_ref()) {
                match statement.effect {
                    Effect::Allow => verdict = Verdict::Allowed,
                    Effect::Deny => return Verdict::ExplicitlyDenied,
                }
            }
        }
        verdict
    }
}

impl Statement {
    fn read(statement: &Value, variables: Variables) -> Result<Self, String> {
        let statement = object(statement, "the statement")?;
        let known = ["Sid", "Effect", "Action", "Resource", "Condition"];
        known_members(statement, "a statement", &known)?;
        let effect = match statement.get("Effect").and_then(Value::as_str) {
            Some("Allow") => Effect::Allow,
            Some("Deny") => Effect::Deny,
            _ => return Err("`Effect` must be \"Allow\" or \"Deny\"".to_owned()),
        };
        let mut invokes = false;
        for action in texts(statement, "Action")? {
            invokes |= is_invoke(action)?;
        }
        let resources = texts(statement, "Resource")?.into_iter();
        let resources = resources.map(|resource| Resource::read(resource, variables));
        Ok(Self {
            effect,
            invokes,
            resources: resources.collect::<Result<_, _>>()?,
            conditions: match statement.get("Condition") {
                None => Vec::new(),
                Some(condition) => Condition::read(condition)?,
            },
        })
    }

    fn applies(&self, call: &Call<'_>, arn: Option<&[&str; PARTS]>) -> bool {
        self.invokes
            && self.resources.iter().any(|it| it.covers(arn))
            && self.conditions.iter().all(|it| it.holds(call))
    }
}

fn is_invoke(action: &str) -> Result<bool, String> {
    if action != "*" && !action.contains(':') {
        return Err(format!(
            "`Action` `{action}` is none: write `execute-api:Invoke`"
        ));
    }
    let pattern = Pattern::read(&action.to_ascii_lowercase(), Variables::None)
        .map_err(|why| format!("`Action` `{action}` {why}"))?;
    Ok(pattern.covers(INVOKE))
}

impl Resource {
    fn read(resource: &str, variables: Variables) -> Result<Self, String> {
        if resource == "*" {
            return Ok(Self::Every);
        }
        if resource.chars().count() > MAX_RESOURCE {
            return Err(format!(
                "a `Resource` is longer than {MAX_RESOURCE} characters"
            ));
        }
        let mut patterns = Vec::with_capacity(PARTS);
        for (index, part) in resource.splitn(PARTS, ':').enumerate() {
            // Variables stand in the path alone (IAM user guide, policy elements: variables and tags).
            let path = index + 1 == PARTS;
            let pattern = Pattern::read(part, if path { variables } else { Variables::None })
                .map_err(|why| format!("`Resource` `{resource}` {why}"))?;
            patterns.push(pattern);
        }
        match <[Pattern; PARTS]>::try_from(patterns) {
            Ok(parts) if resource.starts_with("arn:") => Ok(Self::Arn(parts)),
            _ => Err(format!(
                "`Resource` `{resource}` is no ARN: write `arn:aws:execute-api:REGION:ACCOUNT:API/STAGE/METHOD/PATH`"
            )),
        }
    }

    /// `arn` is the call's, in parts; `None` if it is no ARN.
    fn covers(&self, arn: Option<&[&str; PARTS]>) -> bool {
        match (self, arn) {
            (Self::Every, _) => true,
            (Self::Arn(patterns), Some(parts)) => patterns
                .iter()
                .zip(parts)
                .all(|(pattern, part)| pattern.covers(part)),
            (Self::Arn(_), None) => false,
        }
    }
}

fn parts(arn: &str) -> Option<[&str; PARTS]> {
    let mut split = arn.splitn(PARTS, ':');
    let mut parts = [""; PARTS];
    for part in &mut parts {
        *part = split.next()?;
    }
    Some(parts)
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
fn texts<'a>(object: &'a Map<String, Value>, member: &str) -> Result<Vec<&'a str>, String> {
    let wrong = || format!("`{member}` must be a text or a list of texts, of at least one");
    let texts: Vec<&str> = match object.get(member) {
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
