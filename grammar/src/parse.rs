//! All files of a policy into one tree, with every mistake of all of them.
//!
//! text → lines ([`split`](crate::split)) → pairs (`policy.pest`) → tree (`lower/`). A statement
//! that does not parse is explained by `mistake.rs` and left out; the others are read all the same.

use std::collections::HashMap;

use crate::code::Code;
use crate::diagnostic::Diagnostic;
use crate::findings::Findings;
use crate::limits;
use crate::lower::{self, Doubtful, Reader};
use crate::scan;
use crate::span::{Encoding, FileId, SourceFile, Sources, Span, Spanned};
use crate::split::{self, Piece, span_of};
use crate::tree::{Statement, Tree};
use crate::words;

/// Reads all files. The tree holds the statements without a mistake; it says what the policy says
/// only if there is no error among the findings.
pub fn parse(sources: &Sources) -> (Tree, Vec<Diagnostic>) {
    let mut parse = Parse::default();
    for (id, file) in sources.files() {
        parse.file(id, file);
    }
    parse.duplicate_tests();
    parse.doubtful_items();
    parse.tree.incomplete |= parse.findings.is_full();
    (parse.tree, parse.findings.finish())
}

#[derive(Default)]
struct Parse<'a> {
    tree: Tree,
    findings: Findings,
    doubtful: Vec<Doubtful<'a>>,
    test_names: Vec<Spanned<String>>,
}

impl<'a> Parse<'a> {
    fn file(&mut self, id: FileId, file: &'a SourceFile) {
        let text = file.text();
        if text.len() > limits::FILE_BYTES {
            let message = format!(
                "this file has {} bytes; a policy file may have {}",
                text.len(),
                limits::FILE_BYTES
            );
            let finding = Diagnostic::new(Code::FileTooLarge, span_of(id, 0..0), message)
                .help("divide it into several `*.policy` files of one folder");
            self.findings.push(finding);
            self.tree.incomplete = true;
            return;
        }
        self.encoding(id, file.encoding());
        let before = self.findings.seen();
        let pieces = split::split(id, text, &mut self.tree.comments, &mut self.findings);
        self.tree.incomplete |= self.findings.seen() > before;
        for piece in pieces {
            if self.findings.is_full() {
                return;
            }
            let statement = match &piece {
                Piece::Statement(line) => {
                    let before = self.findings.seen();
                    let statement = if line.spoiled {
                        None
                    } else {
                        let mut reader = self.reader(id, text);
                        lower::statement(&mut reader, line.range.clone())
                    };
                    if statement.is_none() || self.findings.seen() > before {
                        self.broken_name(id, text, line.range.clone());
                    }
                    statement.filter(|_| self.findings.seen() == before)
                }
                Piece::Test(block) => {
                    let mut reader = self.reader(id, text);
                    let (name, read) = lower::test(&mut reader, block);
                    self.test_names.extend(name);
                    read.map(Statement::Test)
                }
            };
            self.tree.statements.extend(statement);
        }
    }

    fn reader(&mut self, file: FileId, text: &'a str) -> Reader<'_, 'a> {
        Reader::new(file, text, &mut self.findings, &mut self.doubtful)
    }

    fn encoding(&mut self, id: FileId, encoding: &Encoding) {
        const HELP: &str = "save the file as UTF-8";
        match encoding {
            Encoding::Utf8 => {}
            Encoding::Utf16 => {
                let place = span_of(id, 0..0);
                let finding = Diagnostic::new(Code::NotUtf8, place, "this file is UTF-16 text");
                self.findings.push(finding.help(HELP));
            }
            Encoding::Broken(places) => {
                for (start, end) in places {
                    let place = Span {
                        file: id,
                        start: *start,
                        end: *end,
                    };
                    let message = "the bytes here are not UTF-8 text";
                    let finding = Diagnostic::new(Code::NotUtf8, place, message);
                    self.findings.push(finding.help(HELP));
                }
            }
        }
    }

    /// Keeps the name that a broken `let` or `tier` gives.
    fn broken_name(&mut self, file: FileId, text: &str, range: std::ops::Range<usize>) {
        let start = range.start;
        let text = text.get(range).unwrap_or_default();
        let mut tokens = scan::tokens(text);
        let word = tokens.next().map_or("", |token| token.text(text));
        let broken = match word {
            "let" => &mut self.tree.broken_lets,
            "tier" => &mut self.tree.broken_tiers,
            _ => return,
        };
        if let Some(name) = tokens.next() {
            let span = span_of(file, start + name.start..start + name.end);
            let node = name.text(text).to_owned();
            broken.push(Spanned { node, span });
        }
    }

    fn duplicate_tests(&mut self) {
        let mut seen: HashMap<&str, Span> = HashMap::new();
        for Spanned { node: name, span } in &self.test_names {
            if let Some(first) = seen.get(name.as_str()) {
                let message = format!("there are two tests named {}", words::shown(name));
                let finding = Diagnostic::new(Code::DuplicateTest, *span, message)
                    .related(*first, "the other one")
                    .help("give each test a name of its own, so that a failure names one place");
                self.findings.push(finding);
            } else {
                seen.insert(name, *span);
            }
        }
    }

    /// A bare item of a list that is also the name of a `let`: a reader cannot know which is meant.
    fn doubtful_items(&mut self) {
        let lets = self
            .tree
            .statements
            .iter()
            .filter_map(|statement| match statement {
                Statement::Let(definition) => Some(&definition.name),
                _ => None,
            });
        let names: HashMap<&str, Span> = lets
            .chain(&self.tree.broken_lets)
            .map(|name| (name.node.as_str(), name.span))
            .collect();
        for doubtful in &self.doubtful {
            if let Some(definition) = names.get(doubtful.item.node) {
                self.findings.push(doubtful.explain(*definition));
            }
        }
    }
}
