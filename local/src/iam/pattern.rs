//! IAM's patterns: `*` is any run of characters, `/` included, `?` any one; what the escapes
//! `${*}`, `${?}` and `${$}` stand for is itself (IAM user guide, policy elements: variables and tags).

use std::str::Chars;

/// Whether `${…}` may stand in a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Variables {
    /// It may not: IAM has none in this place, or in this version of its language.
    None,
    /// The three that stand for a character may. What any other would be replaced with is unknown here.
    Escapes,
}

/// A pattern, read.
#[derive(Debug, Clone)]
pub(super) enum Pattern {
    /// Without `?`: the texts between its `*`, which the standard library finds fast. Never empty.
    Runs(Vec<String>),
    /// With one.
    Tokens(Vec<Token>),
}

/// A character of a pattern, or what stands for some.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Token {
    Char(char),
    AnyOne,
    AnyRun,
}

impl Pattern {
    /// Reads a pattern.
    ///
    /// # Errors
    /// How it goes on after naming it, if it has a variable that is not understood.
    pub(super) fn read(text: &str, variables: Variables) -> Result<Self, &'static str> {
        let mut tokens = Vec::with_capacity(text.len());
        let mut rest = text;
        while let Some(first) = rest.chars().next() {
            let (token, length) = match first {
                '*' => (Token::AnyRun, 1),
                '?' => (Token::AnyOne, 1),
                '$' if rest.starts_with("${") => (escape(rest, variables)?, "${*}".len()),
                other => (Token::Char(other), other.len_utf8()),
            };
            // Two are as one.
            if token != Token::AnyRun || tokens.last() != Some(&token) {
                tokens.push(token);
            }
            rest = rest.get(length..).unwrap_or_default();
        }
        Ok(if tokens.contains(&Token::AnyOne) {
            Self::Tokens(tokens)
        } else {
            Self::Runs(runs(&tokens))
        })
    }

    /// Whether it covers a text to its end.
    pub(super) fn covers(&self, text: &str) -> bool {
        match self {
            Self::Runs(runs) => covered_by_runs(runs, text),
            Self::Tokens(tokens) => covered_by_tokens(tokens, text),
        }
    }
}

/// The texts between the `*` of a pattern that has nothing else in it.
fn runs(tokens: &[Token]) -> Vec<String> {
    let run = |tokens: &[Token]| tokens.iter().filter_map(|token| token.char()).collect();
    tokens
        .split(|token| *token == Token::AnyRun)
        .map(run)
        .collect()
}

/// The first run begins the text, the last ends it, and those between follow each other: where one is
/// taken as early as it can be, the most is left for the next.
fn covered_by_runs(runs: &[String], text: &str) -> bool {
    let Some((first, rest)) = runs.split_first() else {
        return false;
    };
    let Some((last, between)) = rest.split_last() else {
        return text == first;
    };
    let Some(mut text) = text.strip_prefix(first.as_str()) else {
        return false;
    };
    for run in between {
        let Some((_, after)) = text.split_once(run.as_str()) else {
            return false;
        };
        text = after;
    }
    text.ends_with(last.as_str())
}

/// With a way back to the last `*` alone: all earlier ones can rest.
fn covered_by_tokens(mut tokens: &[Token], text: &str) -> bool {
    let mut rest = text.chars();
    // What follows that `*`, and the text it was last tried at.
    let mut retry: Option<(&[Token], Chars<'_>)> = None;
    loop {
        if let Some((Token::AnyRun, after)) = tokens.split_first() {
            if after.is_empty() {
                return true;
            }
            retry = Some((after, rest.clone()));
            tokens = after;
            continue;
        }
        let mut ahead = rest.clone();
        match (tokens.split_first(), ahead.next()) {
            (None, None) => return true,
            // The `*` would have to take more of a text that is too short already.
            (Some(_), None) => return false,
            (Some((token, after)), Some(char)) if token.is(char) => {
                (tokens, rest) = (after, ahead);
            }
            (_, Some(_)) => {
                let Some((after, from)) = &mut retry else {
                    return false;
                };
                from.next();
                (tokens, rest) = (after, from.clone());
            }
        }
    }
}

impl Token {
    fn is(self, char: char) -> bool {
        match self {
            Self::Char(own) => own == char,
            Self::AnyOne => true,
            Self::AnyRun => false,
        }
    }

    fn char(self) -> Option<char> {
        match self {
            Self::Char(char) => Some(char),
            Self::AnyOne | Self::AnyRun => None,
        }
    }
}

/// The character that the escape at the beginning of a text stands for.
fn escape(text: &str, variables: Variables) -> Result<Token, &'static str> {
    let known = [("${*}", '*'), ("${?}", '?'), ("${$}", '$')];
    let known = known
        .into_iter()
        .find(|(escape, _)| text.starts_with(escape));
    match (variables, known) {
        (Variables::Escapes, Some((_, char))) => Ok(Token::Char(char)),
        (Variables::Escapes, None) => {
            Err("has a policy variable, and whether API Gateway resolves it is unknown")
        }
        (Variables::None, _) => Err(
            "has a policy variable where none is resolved: in the path alone, with version 2012-10-17",
        ),
    }
}
