//! `# allow unused-let`: a warning silenced by name, on the line above a statement or at the end
//! of one of its lines. Several names are separated by commas; a reason may follow a colon.

use std::collections::HashMap;

use tollgate_grammar::tree::{Statement, Tree};
use tollgate_grammar::{Code, Diagnostic, FileId, Severity, Sources, Span, Spanned, suggest};

/// Every `allow` of a policy.
pub(crate) struct Allows {
    all: Vec<Allow>,
    /// Spans of statements by file and start.
    statements: Vec<Span>,
    by_statement: HashMap<usize, Vec<usize>>,
}

struct Allow {
    span: Span,
    word: String,
    code: Option<Code>,
    used: bool,
}

/// Warnings that no comment can silence, as they are about the comments themselves.
const ABOUT_ALLOWS: [Code; 2] = [Code::UnknownAllow, Code::StaleAllow];

impl Allows {
    pub(crate) fn read(sources: &Sources, tree: &Tree) -> Self {
        let mut statements: Vec<Span> = tree.statements.iter().map(span).collect();
        statements.sort_unstable();
        let mut allows = Self {
            all: Vec::new(),
            statements,
            by_statement: HashMap::new(),
        };
        // A comment above a comment is above the statement below both.
        let mut below: Option<(FileId, usize, Option<usize>)> = None;
        for comment in tree.comments.iter().rev() {
            let Some(file) = sources.file(comment.span.file) else {
                continue;
            };
            let place = file.place(comment.span.start);
            let line = file.line(place.line);
            let own_line = line.trim_start().starts_with('#');
            let beside = if own_line {
                match below {
                    Some((id, number, next))
                        if id == comment.span.file && number == place.line + 1 =>
                    {
                        next
                    }
                    _ => allows.starting(sources, comment.span, place.line + 1),
                }
            } else {
                allows.ending(sources, comment.span, place.line)
            };
            let statement = allows.at(comment.span).or(beside);
            if own_line {
                below = Some((comment.span.file, place.line, statement));
            }
            allows.comment(comment, statement);
        }
        allows
    }

    fn comment(&mut self, comment: &Spanned<String>, statement: Option<usize>) {
        for (word, offset) in names(&comment.node) {
            let start = comment.span.start + offset;
            let end = start + u32::try_from(word.len()).unwrap_or(0);
            let known = Code::ALL
                .iter()
                .copied()
                .find(|code| code.id() == word || code.name() == word);
            if let Some(statement) = statement {
                let allows = self.by_statement.entry(statement).or_default();
                allows.push(self.all.len());
            }
            self.all.push(Allow {
                span: Span {
                    start,
                    end,
                    ..comment.span
                },
                word: word.to_owned(),
                code: known.filter(|code| !ABOUT_ALLOWS.contains(code)),
                used: false,
            });
        }
    }

    /// The statement around or before a place.
    fn before(&self, span: Span) -> Option<usize> {
        self.statements
            .partition_point(|statement| {
                (statement.file, statement.start) <= (span.file, span.start)
            })
            .checked_sub(1)
    }

    /// The statement around a place.
    fn at(&self, span: Span) -> Option<usize> {
        let number = self.before(span)?;
        let statement = self.statements.get(number)?;
        (statement.file == span.file && span.start < statement.end).then_some(number)
    }

    /// The statement that ends on this line, before the comment.
    fn ending(&self, sources: &Sources, span: Span, line: usize) -> Option<usize> {
        let number = self.before(span)?;
        let statement = self.statements.get(number)?;
        let last = sources
            .file(span.file)?
            .place(statement.end.saturating_sub(1));
        (statement.file == span.file && last.line == line).then_some(number)
    }

    /// The statement that starts on this line.
    fn starting(&self, sources: &Sources, span: Span, line: usize) -> Option<usize> {
        let number = self.before(span).map_or(0, |number| number + 1);
        let statement = self.statements.get(number)?;
        let first = sources.file(span.file)?.place(statement.start);
        (statement.file == span.file && first.line == line).then_some(number)
    }

    /// Whether a comment silences a warning of this code at one of these places.
    pub(crate) fn silence(&mut self, code: Code, places: &[Span]) -> bool {
        let mut silent = false;
        for place in places {
            let statement = self.at(*place);
            let allows = statement.and_then(|number| self.by_statement.get(&number));
            for number in allows.into_iter().flatten() {
                if let Some(allow) = self.all.get_mut(*number)
                    && allow.code == Some(code)
                {
                    allow.used = true;
                    silent = true;
                }
            }
        }
        silent
    }

    /// Takes out what is silenced.
    pub(crate) fn filter(&mut self, findings: &mut Vec<Diagnostic>) {
        findings.retain(|finding| {
            finding.severity() == Severity::Error || !self.silence(finding.code, &[finding.span])
        });
    }

    /// Comments that name no warning, or one that is not given; for when all warnings were seen.
    pub(super) fn left_over(&self) -> impl Iterator<Item = Diagnostic> {
        self.all
            .iter()
            .filter(|allow| !allow.used)
            .map(|allow| match allow.code {
                Some(code) if code.severity() == Severity::Error => {
                    let message = format!("`{}` is an error, which cannot be allowed", allow.word);
                    Diagnostic::new(Code::UnknownAllow, allow.span, message)
                        .help("remove this comment")
                }
                Some(_) => {
                    let message = format!("`allow {}` silences nothing here", allow.word);
                    Diagnostic::new(Code::StaleAllow, allow.span, message)
                        .label("the statement gives no such warning")
                        .help("remove it, or put it right above the statement it is meant for")
                }
                None => unknown(allow),
            })
    }
}

fn unknown(allow: &Allow) -> Diagnostic {
    let warnings = Code::ALL
        .iter()
        .filter(|code| code.severity() == Severity::Warning && !ABOUT_ALLOWS.contains(code));
    let message = format!("no warning that can be allowed is called `{}`", allow.word);
    let finding = Diagnostic::new(Code::UnknownAllow, allow.span, message);
    match suggest::closest(&allow.word, warnings.map(|code| code.name())) {
        Some(near) => finding.help(format!("did you mean `{near}`?")),
        None => finding
            .help("each warning shows its code and its name is in `tollgate explain-error CODE`"),
    }
}

/// The names of an `allow` and where in the comment each stands. Prose that happens to start
/// with "allow" is none: every name is one word, with a hyphen or as a code.
fn names(comment: &str) -> Vec<(&str, u32)> {
    let after_hash = comment.trim_start_matches('#').trim_start();
    let Some(list) = after_hash
        .strip_prefix("allow")
        .filter(|rest| rest.starts_with([' ', '\t']))
    else {
        return Vec::new();
    };
    let list = list.split_once(':').map_or(list, |(names, _)| names);
    let offset = |word: &str| {
        let offset = (word.as_ptr() as usize).checked_sub(comment.as_ptr() as usize);
        offset
            .and_then(|offset| u32::try_from(offset).ok())
            .unwrap_or(0)
    };
    let words: Vec<&str> = list.split(',').map(str::trim).collect();
    if words.iter().all(|word| is_name(word)) {
        words.into_iter().map(|word| (word, offset(word))).collect()
    } else {
        Vec::new()
    }
}

fn is_name(word: &str) -> bool {
    let is_code = word.strip_prefix(['E', 'W']).is_some_and(|number| {
        !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit())
    });
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    is_code || (word.contains('-') && word.bytes().all(plain))
}

fn span(statement: &Statement) -> Span {
    match statement {
        Statement::Route(route) => route.span,
        Statement::Forbid(forbid) => forbid.span,
        Statement::Let(definition) | Statement::Tier(definition) => definition.span,
        Statement::Test(test) => test.span,
    }
}
