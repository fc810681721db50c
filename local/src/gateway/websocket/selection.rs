//! Route selection expressions: which route a message takes ("WebSocket selection expressions", API
//! Gateway Developer Guide).

use serde_json::Value;

/// What selects the route unless an API says otherwise.
const ROUTE_SELECTION: &str = "$request.body.action";

/// A route selection expression: texts, and paths into the message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::gateway) struct Selection(Vec<Piece>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece {
    Text(String),
    /// Names of members, from the message's outermost object inwards.
    Member(Vec<String>),
}

impl Default for Selection {
    fn default() -> Self {
        Self::parse(ROUTE_SELECTION).unwrap_or(Self(Vec::new()))
    }
}

impl Selection {
    /// Reads `$request.body.action`, `${request.body.action}`, and these among other text.
    ///
    /// # Errors
    /// What is wrong with it, as the end of a sentence.
    pub(in crate::gateway) fn parse(text: &str) -> Result<Self, String> {
        let unknown = || {
            format!("is of no form that is known (`{text}`): write one like `{ROUTE_SELECTION}`")
        };
        if let Some(path) = text.strip_prefix("$request.") {
            return Ok(Self(vec![member(path).ok_or_else(unknown)?]));
        }
        let mut pieces = Vec::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('$') {
            // `\$` is a dollar sign.
            if let Some(before) = before.strip_suffix('\\') {
                pieces.push(Piece::Text(format!("{before}$")));
                rest = after;
                continue;
            }
            pieces.push(Piece::Text(before.to_owned()));
            let inner = after.strip_prefix('{').and_then(|it| it.split_once('}'));
            let (path, after) = inner.ok_or_else(unknown)?;
            let path = path.strip_prefix("request.").ok_or_else(unknown)?;
            pieces.push(member(path).ok_or_else(unknown)?);
            rest = after;
        }
        pieces.push(Piece::Text(rest.to_owned()));
        Ok(Self(pieces))
    }

    /// The route key that a message selects; `None` if it is no JSON, or has no such member, or one
    /// that is no text, number or boolean.
    pub(in crate::gateway) fn of(&self, message: &str) -> Option<String> {
        let message = serde_json::from_str(message).ok()?;
        let pieces = self.0.iter().map(|piece| match piece {
            Piece::Text(text) => Some(text.clone()),
            Piece::Member(path) => scalar(path, &message),
        });
        pieces.collect()
    }
}

/// `body.action`
fn member(path: &str) -> Option<Piece> {
    let path = path.strip_prefix("body.")?;
    let is_name = |name: &str| {
        !name.is_empty()
            && name
                .chars()
                .all(|c| c.is_alphanumeric() || "_-".contains(c))
    };
    let names = path
        .split('.')
        .map(|name| is_name(name).then(|| name.to_owned()));
    Some(Piece::Member(names.collect::<Option<_>>()?))
}

fn scalar(path: &[String], message: &Value) -> Option<String> {
    let found = path
        .iter()
        .try_fold(message, |value, name| value.get(name))?;
    match found {
        Value::String(text) => Some(text.clone()),
        Value::Number(_) | Value::Bool(_) => Some(found.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn a_message_selects_by_its_members() {
        for (expression, message, key) in [
            ("$request.body.action", r#"{"action":"send"}"#, Some("send")),
            (
                "${request.body.action}",
                r#"{"action":"send"}"#,
                Some("send"),
            ),
            ("$request.body.a.b", r#"{"a":{"b":"c"}}"#, Some("c")),
            (
                "${request.body.a}/${request.body.b}",
                r#"{"a":"x","b":1}"#,
                Some("x/1"),
            ),
            ("v1-${request.body.a}", r#"{"a":true}"#, Some("v1-true")),
            (r"\$default", "{}", Some("$default")),
            ("$request.body.action", r#"{"action":null}"#, None),
            ("$request.body.action", r#"{"action":["send"]}"#, None),
            ("$request.body.action", r#"{"action":{}}"#, None),
            ("$request.body.action", r#"{"Action":"send"}"#, None),
            ("$request.body.action", r#""send""#, None),
            ("$request.body.action", "send", None),
            ("$request.body.action", "", None),
            ("$request.body.a.b", r#"{"a.b":"c"}"#, None),
            ("${request.body.a}/${request.body.b}", r#"{"a":"x"}"#, None),
        ] {
            let selection = Selection::parse(expression).unwrap();
            assert_eq!(
                selection.of(message).as_deref(),
                key,
                "{expression} {message}"
            );
        }
    }

    #[test]
    fn what_is_no_expression_is_named() {
        for expression in [
            "$request.body",
            "$request.body.",
            "$request.body.a..b",
            "$request.header.action",
            "$request.method $request.path",
            "$request.body.a[0]",
            "${request.body.action",
            "${body.action}",
            "a$b",
        ] {
            let error = Selection::parse(expression).unwrap_err();
            assert!(error.contains(expression), "{error}");
        }
        assert_eq!(
            Selection::default(),
            Selection::parse(ROUTE_SELECTION).unwrap()
        );
    }
}
