//! The forms in which issuers write a list of names.

use serde::Deserialize;
use serde_json::{Value, json};

use crate::text::{MAX_NAMES, is_name};

/// How a claim holds names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Form {
    /// An array of texts, or one text that is one name.
    #[default]
    List,
    /// A text of names with a space between (`scope`, RFC 8693 section 4.2), or an array.
    Words,
    /// A text of names with a comma between, or an array.
    Commas,
    /// An object whose members are the names; those that are `false`, `null` or `0` are not.
    Keys,
    /// Clerk's `pla` and `fea`: `u:free,o:pro`, names with whose they are in front.
    Clerk,
    /// `amr` (RFC 8176): second factors, where it says that there were any.
    Amr,
    /// Supabase's `aal`: `aal2` says that a second factor was used.
    Aal,
    /// Supabase's `amr`: objects with a `method`, of which some are second factors.
    SupabaseAmr,
}

impl Form {
    /// The names in a claim; `None` if it is not of this form, or too much.
    pub(crate) fn names(self, claim: &Value) -> Option<Vec<String>> {
        let names = match self {
            Self::List => list(claim, |text| vec![text.to_owned()]),
            Self::Words => list(claim, |text| split(text, ' ')),
            Self::Commas => list(claim, |text| split(text, ',')),
            Self::Keys => keys(claim),
            Self::Clerk => list(claim, |text| split(text, ','))
                .map(|names| names.iter().map(|name| without_scope(name)).collect()),
            Self::Amr => amr(claim),
            Self::Aal => match claim.as_str() {
                Some(level @ ("aal2" | "aal3")) => Some(vec![level.to_owned()]),
                _ => None,
            },
            Self::SupabaseAmr => supabase_amr(claim),
        };
        names.filter(|names| names.len() <= MAX_NAMES && names.iter().all(|name| is_name(name)))
    }
}

impl Form {
    /// A claim of this form with these names: what [`Form::names`] reads, as far as the form has
    /// words for it.
    pub(crate) fn claim(self, names: &[String]) -> Value {
        match self {
            Self::List => names.into(),
            Self::Words => names.join(" ").into(),
            Self::Commas => names.join(",").into(),
            Self::Keys => names
                .iter()
                .map(|name| (name.clone(), Value::Bool(true)))
                .collect(),
            Self::Clerk => {
                let scoped: Vec<String> = names.iter().map(|name| format!("u:{name}")).collect();
                scoped.join(",").into()
            }
            Self::Amr if names.is_empty() => json!(["pwd"]),
            Self::Amr => {
                let factors = names.iter().filter(|name| *name != "mfa");
                let methods = std::iter::once("pwd").chain(factors.map(String::as_str));
                methods.chain(["mfa"]).collect()
            }
            Self::Aal if names.is_empty() => "aal1".into(),
            Self::Aal => "aal2".into(),
            Self::SupabaseAmr => {
                let factors = names.iter().map(|name| match name.as_str() {
                    "totp" => "totp".to_owned(),
                    other => format!("mfa/{other}"),
                });
                let methods = std::iter::once("password".to_owned()).chain(factors);
                methods.map(|method| json!({ "method": method })).collect()
            }
        }
    }
}

/// The texts of an array, or what a text is split into.
fn list(claim: &Value, of_text: impl Fn(&str) -> Vec<String>) -> Option<Vec<String>> {
    match claim {
        Value::String(text) if text.is_empty() => Some(Vec::new()),
        Value::String(text) => Some(of_text(text)),
        Value::Array(items) => items
            .iter()
            .map(|item| item.as_str().map(str::to_owned))
            .collect(),
        _ => None,
    }
}

fn split(text: &str, at: char) -> Vec<String> {
    let names = text.split(at).map(|name| name.trim_matches(' '));
    names
        .filter(|name| !name.is_empty())
        .map(str::to_owned)
        .collect()
}

fn keys(claim: &Value) -> Option<Vec<String>> {
    let held = |value: &Value| {
        !matches!(value, Value::Null | Value::Bool(false)) && value.as_f64() != Some(0.0)
    };
    let members = claim.as_object()?.iter();
    Some(
        members
            .filter(|(_, value)| held(value))
            .map(|(name, _)| name.clone())
            .collect(),
    )
}

/// `o:pro` is `pro`, `uo:pro` too: `u` for what the user has, `o` for what the organisation does.
fn without_scope(name: &str) -> String {
    match name.split_once(':') {
        Some((scope, rest)) if !scope.is_empty() && scope.bytes().all(|b| b"uo".contains(&b)) => {
            rest.to_owned()
        }
        _ => name.to_owned(),
    }
}

/// A list without `mfa` says how this login went, not whether the user has a second factor.
fn amr(claim: &Value) -> Option<Vec<String>> {
    /// What one knows, and the word `mfa` itself (RFC 8176 section 2).
    const NO_FACTOR: [&str; 5] = ["mfa", "pwd", "pin", "kba", "mca"];
    let methods = list(claim, |text| vec![text.to_owned()])?;
    if !methods.iter().any(|method| method == "mfa") {
        return None;
    }
    let mut factors = methods.clone();
    factors.retain(|method| !NO_FACTOR.contains(&method.as_str()));
    Some(if factors.is_empty() {
        vec!["mfa".to_owned()]
    } else {
        factors
    })
}

/// `[{"method":"password"},{"method":"totp"}]`, or the methods alone.
fn supabase_amr(claim: &Value) -> Option<Vec<String>> {
    let factor = |item: &Value| {
        let method = item.get("method").unwrap_or(item).as_str()?;
        match method.strip_prefix("mfa/") {
            Some(factor) => Some(factor.to_owned()),
            None => (method == "totp").then(|| method.to_owned()),
        }
    };
    Some(claim.as_array()?.iter().filter_map(factor).collect())
}
