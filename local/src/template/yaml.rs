//! YAML and JSON into a tree with places. JSON is YAML's flow style, so one reader serves both.
//!
//! CloudFormation's short forms are written out on the way: `!GetAtt A.Arn` is
//! `{Fn::GetAtt: [A, Arn]}` ("Intrinsic function reference", AWS CloudFormation User Guide).

use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt;

use granit_parser::{Event, Parser, ScalarStyle, Tag, options};
use tollgate_grammar::{FileId, Span, Spanned};

use super::node::{Node, Piece, Value};

/// Most values of one file, each alias counted as all it stands for: ten lines of aliases could
/// otherwise stand for more than any memory holds.
pub const MAX_NODES: usize = 500_000;

/// Deepest nesting of one file, each alias counted as all it stands for: whoever reads a tree goes into
/// it level by level.
pub const MAX_DEPTH: usize = 96;

/// Why a text could not be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct YamlError {
    /// The byte at which it went wrong.
    pub offset: u32,
    /// What is wrong.
    pub message: String,
}

impl fmt::Display for YamlError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for YamlError {}

/// Reads the one document of a file.
///
/// # Errors
/// What is wrong and where.
pub fn read(file: FileId, text: &str) -> Result<Node, YamlError> {
    let options = options! { emit_comments: false };
    let mut reader = Reader {
        file,
        open: Vec::new(),
        document: None,
        anchors: HashMap::new(),
        count: 0,
    };
    for next in Parser::new_from_str_with_options(text, options) {
        let (event, place) = next.map_err(|error| YamlError {
            offset: offset(error.marker().byte_offset()),
            message: error.info(),
        })?;
        let range = place.byte_range().unwrap_or_default();
        let span = reader.span(range.start, range.end);
        reader.event(event, span)?;
    }
    let nothing = Node {
        span: reader.span(0, 0),
        value: Value::Null,
    };
    Ok(reader.document.unwrap_or(nothing))
}

fn offset(byte: Option<usize>) -> u32 {
    u32::try_from(byte.unwrap_or_default()).unwrap_or(u32::MAX)
}

/// A collection that is not closed yet.
struct Open {
    start: Span,
    anchor: usize,
    tag: Option<String>,
    /// Values within, those of aliases included.
    count: usize,
    /// Levels within, those of aliases included.
    depth: usize,
    kind: Kind,
}

/// How much a value holds, itself and all aliases within included.
#[derive(Clone, Copy)]
struct Size {
    count: usize,
    depth: usize,
}

impl Size {
    const SCALAR: Self = Self { count: 1, depth: 0 };
}

enum Kind {
    List(Vec<Node>),
    Map(Vec<(Spanned<String>, Node)>, Option<Spanned<String>>),
}

struct Reader {
    file: FileId,
    open: Vec<Open>,
    document: Option<Node>,
    /// What each anchor stands for, and how much that is.
    anchors: HashMap<usize, (Node, Size)>,
    count: usize,
}

impl Reader {
    fn span(&self, start: usize, end: usize) -> Span {
        Span {
            file: self.file,
            start: offset(Some(start)),
            end: offset(Some(end)),
        }
    }

    fn event(&mut self, event: Event<'_>, span: Span) -> Result<(), YamlError> {
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                let tag = short_form(tag);
                let plain = matches!(style, ScalarStyle::Plain);
                let node = scalar(&text, plain, tag.as_deref(), span);
                self.close(node, anchor, Size::SCALAR)
            }
            Event::SequenceStart(_, anchor, tag) => {
                self.begin(span, anchor, tag, Kind::List(Vec::new()))
            }
            Event::MappingStart(_, anchor, tag) => {
                self.begin(span, anchor, tag, Kind::Map(Vec::new(), None))
            }
            Event::SequenceEnd | Event::MappingEnd => self.end(span),
            Event::Alias(anchor) => match self.anchors.get(&anchor) {
                Some((_, size)) if self.count.saturating_add(size.count) > MAX_NODES => {
                    Err(too_many(span))
                }
                Some((_, size)) if self.open.len().saturating_add(size.depth) > MAX_DEPTH => {
                    Err(too_deep(span))
                }
                Some((node, size)) => {
                    let (node, size) = (node.clone(), *size);
                    self.close(node, 0, size)
                }
                None => Err(YamlError {
                    offset: span.start,
                    message: "an alias stands within what it stands for".to_owned(),
                }),
            },
            Event::DocumentStart(..) if self.document.is_some() => Err(YamlError {
                offset: span.start,
                message: "a second document starts here; one is read".to_owned(),
            }),
            _ => Ok(()),
        }
    }

    fn begin(
        &mut self,
        span: Span,
        anchor: usize,
        tag: Option<Cow<'_, Tag>>,
        kind: Kind,
    ) -> Result<(), YamlError> {
        if self.open.len() >= MAX_DEPTH {
            return Err(too_deep(span));
        }
        self.count = self.count.saturating_add(1);
        self.open.push(Open {
            start: span,
            anchor,
            tag: short_form(tag),
            count: 1,
            depth: 0,
            kind,
        });
        Ok(())
    }

    fn end(&mut self, span: Span) -> Result<(), YamlError> {
        let Some(open) = self.open.pop() else {
            return Ok(());
        };
        let value = match open.kind {
            Kind::List(items) => Value::List(items),
            Kind::Map(members, _) => Value::Map(merged(members)),
        };
        let node = Node {
            span: Span {
                end: span.end.max(open.start.end),
                ..open.start
            },
            value,
        };
        let node = match &open.tag {
            Some(tag) => long_form(tag, node),
            None => node,
        };
        // Its values were counted as they came.
        self.count = self.count.saturating_sub(open.count);
        let (count, depth) = (open.count, open.depth + 1);
        self.close(node, open.anchor, Size { count, depth })
    }

    /// A value is complete: it goes to where it stands.
    fn close(&mut self, node: Node, anchor: usize, size: Size) -> Result<(), YamlError> {
        let Size { count, depth } = size;
        self.count = self.count.saturating_add(count);
        if self.count > MAX_NODES {
            return Err(too_many(node.span));
        }
        if anchor != 0 {
            // Kept a second time.
            self.count = self.count.saturating_add(count);
            self.anchors.insert(anchor, (node.clone(), size));
        }
        let Some(open) = self.open.last_mut() else {
            self.document = Some(node);
            return Ok(());
        };
        open.count = open.count.saturating_add(count);
        open.depth = open.depth.max(depth);
        match &mut open.kind {
            Kind::List(items) => items.push(node),
            Kind::Map(members, waiting) => match waiting.take() {
                Some(key) => members.push((key, node)),
                None => {
                    *waiting = Some(Spanned {
                        node: node.shown(),
                        span: node.span,
                    });
                }
            },
        }
        Ok(())
    }
}

fn too_many(span: Span) -> YamlError {
    YamlError {
        offset: span.start,
        message: format!("there are more than {MAX_NODES} values, aliases written out"),
    }
}

fn too_deep(span: Span) -> YamlError {
    YamlError {
        offset: span.start,
        message: format!("this is nested more than {MAX_DEPTH} deep, aliases written out"),
    }
}

/// `<<: *defaults`: members of another mapping, behind the mapping's own.
fn merged(members: Vec<(Spanned<String>, Node)>) -> Vec<(Spanned<String>, Node)> {
    if members.iter().all(|(key, _)| key.node != "<<") {
        return members;
    }
    let (merges, own): (Vec<_>, Vec<_>) =
        members.into_iter().partition(|(key, _)| key.node == "<<");
    let mut all = own;
    for (_, node) in &merges {
        for other in node.items() {
            for (key, value) in other.members() {
                if all.iter().all(|(known, _)| known.node != key.node) {
                    all.push((key.clone(), value.clone()));
                }
            }
        }
    }
    all
}

/// The name of a local tag: `Ref` of `!Ref`.
fn short_form(tag: Option<Cow<'_, Tag>>) -> Option<String> {
    let tag = tag?;
    (tag.handle() == "!").then(|| tag.suffix().to_owned())
}

fn scalar(text: &str, plain: bool, tag: Option<&str>, span: Span) -> Node {
    let text_node = || Node::text_of(text, span);
    match tag {
        Some("") => text_node(),
        Some(tag) => long_form(tag, text_node()),
        None if plain => Node {
            span,
            value: plain_value(text),
        },
        None => text_node(),
    }
}

/// What a plain scalar is (YAML 1.2.2, section 10.3.2).
fn plain_value(text: &str) -> Value {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => Value::Null,
        "true" | "True" | "TRUE" => Value::Bool(true),
        "false" | "False" | "FALSE" => Value::Bool(false),
        _ if is_number(text) => Value::Number(text.to_owned()),
        _ => Value::Text(vec![Piece::Text(text.to_owned())]),
    }
}

fn is_number(text: &str) -> bool {
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    digits.starts_with(|first: char| first.is_ascii_digit()) && digits.parse::<f64>().is_ok()
}

/// A short form written out.
fn long_form(tag: &str, node: Node) -> Node {
    let span = node.span;
    let (name, inner) = match tag {
        "Ref" | "Condition" => (tag.to_owned(), node),
        "GetAtt" => {
            let parts = node.text().and_then(|text| text.split_once('.'));
            let parts = parts.map(|(resource, attribute)| {
                Value::List(vec![
                    Node::text_of(resource, span),
                    Node::text_of(attribute, span),
                ])
            });
            let value = parts.unwrap_or(node.value);
            ("Fn::GetAtt".to_owned(), Node { span, value })
        }
        other => (format!("Fn::{other}"), node),
    };
    Node {
        span,
        value: Value::Map(vec![(Spanned { node: name, span }, inner)]),
    }
}
