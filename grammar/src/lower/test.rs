//! `test "NAME" { … }`: who asks, then what happens. Each line is read on its own.

use crate::code::Code;
use crate::diagnostic::Diagnostic;
use crate::lower::{Reader, fact, item, quoted, request, spanned};
use crate::scan::{self, Kind};
use crate::span::{Span, Spanned};
use crate::split::{Block, Line};
use crate::suggest;
use crate::syntax::{Pair, Rule};
use crate::tree::{ClaimTest, Comparison, Condition, Fact, Name};
use crate::tree::{Test, TestFact, TestGroup, TestKnowledge, TestRequest, Who};
use crate::words::{self, shown};

/// What a line of a test is, if it holds no mistake.
enum Read {
    Who(Option<Spanned<Who>>),
    Request(Option<TestRequest>),
    Neither,
}

/// Reads a test: its name, if it has one, and the test, if no line holds a mistake.
pub(crate) fn test(reader: &mut Reader, block: &Block) -> (Option<Spanned<String>>, Option<Test>) {
    let before = reader.findings.seen();
    let name = head(reader, &block.head);
    let mut groups = Groups::default();
    for line in block.lines.iter().filter(|line| !line.spoiled) {
        let read = read_line(reader, line);
        groups.add(reader, read, line);
    }
    groups.close(reader);
    let span = reader_span(reader, block.head.range.start, block.end);
    let head = reader_span(reader, block.head.range.start, block.head.range.end);
    let unread = block.spoiled || block.lines.iter().any(|line| line.spoiled);
    if !groups.any_request && !unread && reader.findings.seen() == before {
        let finding = Diagnostic::new(Code::EmptyTest, head, "this test has no request line")
            .help("say who asks and what happens: `visitor`, then `GET /articles/1 is allowed`");
        reader.report(finding);
    }
    let sound = !unread && !block.head.spoiled && reader.findings.seen() == before;
    let test = name.clone().filter(|_| sound).map(|name| Test {
        span,
        name,
        groups: groups.done,
    });
    (name, test)
}

fn reader_span(reader: &mut Reader, start: usize, end: usize) -> Span {
    reader.base = start;
    reader.place(0..end - start)
}

/// The groups of a test while its lines are read.
#[derive(Default)]
struct Groups {
    done: Vec<TestGroup>,
    open: Option<Open>,
    any_request: bool,
    orphan_reported: bool,
}

/// A user and the requests so far.
struct Open {
    who: Option<Spanned<Who>>,
    place: Span,
    requests: Vec<TestRequest>,
    asks: bool,
}

impl Groups {
    fn add(&mut self, reader: &mut Reader, read: Read, line: &Line) {
        let place = reader_span(reader, line.range.start, line.range.end);
        match read {
            Read::Who(who) => {
                self.close(reader);
                self.open = Some(Open {
                    who,
                    place,
                    requests: Vec::new(),
                    asks: false,
                });
            }
            Read::Request(request) => {
                self.any_request = true;
                if let Some(open) = &mut self.open {
                    open.asks = true;
                    open.requests.extend(request);
                } else if !self.orphan_reported {
                    self.orphan_reported = true;
                    let message = "this test does not say who asks";
                    let finding = Diagnostic::new(Code::RequestBeforeUser, place, message)
                        .help("put `visitor`, `user` or `user with product NAME` on a line above");
                    reader.report(finding);
                }
            }
            Read::Neither => {
                // It may have been either: what is missing now is no second mistake.
                self.any_request = true;
                self.orphan_reported = true;
                if let Some(open) = &mut self.open {
                    open.asks = true;
                }
            }
        }
    }

    /// The open group is complete.
    fn close(&mut self, reader: &mut Reader) {
        let Some(open) = self.open.take() else {
            return;
        };
        // A broken line about the user may have been meant as something else.
        if !open.asks && open.who.is_some() {
            let message = "nothing is asked by this user";
            let finding = Diagnostic::new(Code::EmptyTest, open.place, message)
                .help("add a request below: `GET /articles/1 is allowed`");
            reader.report(finding);
        }
        if let Some(who) = open.who {
            self.done.push(TestGroup {
                who,
                requests: open.requests,
            });
        }
    }
}

/// `test "NAME" {`
fn head(reader: &mut Reader, line: &Line) -> Option<Spanned<String>> {
    if line.spoiled {
        return None;
    }
    let pair = reader.parse(Rule::test_head_unit, line.range.clone())?;
    let string = pair
        .into_inner()
        .find(|pair| pair.as_rule() == Rule::string)?;
    let name = quoted::text(reader, &string)?;
    let message = if name.trim().is_empty() {
        "a test needs a name"
    } else if name.len() > crate::limits::NAME_BYTES {
        "the name of this test is too long"
    } else {
        return Some(spanned(reader, &string, name));
    };
    let finding = Diagnostic::new(Code::BadName, reader.span(&string), message)
        .help("say in a few words what it shows: `test \"a visitor is asked to sign in\" {`");
    reader.report(finding);
    None
}

fn read_line(reader: &mut Reader, line: &Line) -> Read {
    let text = reader.text.get(line.range.clone()).unwrap_or_default();
    let mut tokens = scan::tokens(text);
    let first = tokens.next();
    let second = tokens.next();
    let word = first.map_or("", |token| token.text(text));
    let next = second.map_or("", |token| token.text(text));
    let is_word = first.is_some_and(|token| token.kind == Kind::Word);
    if matches!(word, "visitor" | "user") {
        let pair = reader.parse(Rule::who_unit, line.range.clone());
        return Read::Who(pair.and_then(|pair| who(reader, pair)));
    }
    let has_path = next.starts_with('/')
        || second.is_some_and(|token| matches!(token.kind, Kind::Text { .. }));
    let upper = word.to_ascii_uppercase();
    let has_no_method = matches!(word, "$connect" | "field");
    if is_word && (has_path || has_no_method || words::METHODS.contains(&upper.as_str())) {
        let pair = reader.parse(Rule::request_unit, line.range.clone());
        return Read::Request(pair.and_then(|pair| request::request(reader, pair)));
    }
    let place = reader_span(reader, line.range.start, line.range.start + word.len());
    let message = format!("no line of a test starts with {}", shown(word));
    let mut finding = Diagnostic::new(Code::UnknownTestLine, place, message);
    if let Some(meant) = suggest::closest(word, ["visitor", "user"]) {
        finding = finding.label(format!("did you mean `{meant}`?"));
    }
    let help = if word.starts_with('/') {
        "put the method before the path: `GET /articles/1 is allowed`"
    } else if words::is_field(word) {
        "put `field` before it: `field Query.me is allowed`"
    } else if words::CONDITIONS.contains(&word) || matches!(word, "with" | "and" | "not") {
        "what is known of a user stands on one line: `user with product NAME, email verified`"
    } else {
        "it says who asks (`visitor`, `user with product NAME`) or what happens (`GET /a is allowed`)"
    };
    reader.report(finding.help(help));
    Read::Neither
}

/// `visitor`, `user [ID] [with FACT, …]`
fn who<'a>(reader: &mut Reader<'_, 'a>, pair: Pair<'a>) -> Option<Spanned<Who>> {
    let span = reader.span(&pair);
    let before = reader.findings.seen();
    let mut node = Who::Visitor;
    let mut comma = None;
    for pair in pair.into_inner() {
        let place = reader.span(&pair);
        match (pair.as_rule(), &mut node) {
            (Rule::user_word, _) => {
                node = Who::User {
                    id: None,
                    facts: Vec::new(),
                }
            }
            (Rule::string | Rule::bare, Who::User { id, .. }) => {
                *id = item::text(reader, &pair, "user");
            }
            (Rule::test_fact, Who::User { facts, .. }) => {
                comma = None;
                facts.extend(test_fact(reader, pair));
            }
            (Rule::comma, _) => comma = Some(place),
            _ => {}
        }
    }
    if let Some(comma) = comma {
        let finding = Diagnostic::new(Code::TrailingComma, comma, "no fact follows this comma")
            .help("remove the comma, or add a fact on the same line");
        reader.report(finding);
    }
    (reader.findings.seen() == before).then_some(Spanned { node, span })
}

/// `product p`, `not mfa`, `unknown email verified`
fn test_fact<'a>(reader: &mut Reader<'_, 'a>, pair: Pair<'a>) -> Option<TestFact> {
    let mut known = TestKnowledge::Present;
    let mut fact = None;
    for pair in pair.into_inner() {
        match pair.as_rule() {
            Rule::not_word => known = TestKnowledge::Absent,
            Rule::unknown_word => known = TestKnowledge::Unknown,
            _ => fact = single_fact(reader, pair),
        }
    }
    let fact = fact?;
    Some(TestFact { known, fact })
}

/// One fact, of those that a user can have.
fn single_fact<'a>(reader: &mut Reader<'_, 'a>, pair: Pair<'a>) -> Option<Spanned<Fact>> {
    let span = reader.span(&pair);
    let doubtful = reader.doubtful.len();
    let list = fact::facts(reader, pair);
    // No `let` can stand here.
    reader.doubtful.truncate(doubtful);
    if let Some((_, join)) = list.joins.first() {
        let message = "a user of a test has one thing after each keyword";
        let finding = Diagnostic::new(Code::BadTestFact, *join, message).help(format!(
            "separate facts by commas: `{0} …, {0} …`",
            list.keyword
        ));
        reader.report(finding);
        return None;
    }
    let Some(Condition::Facts { facts, .. }) = list.condition else {
        return None;
    };
    let node = facts.into_iter().next()?.node;
    if let Some((message, help)) = impossible(&node) {
        reader.report(Diagnostic::new(Code::BadTestFact, span, message).help(help));
        return None;
    }
    Some(Spanned { node, span })
}

/// What cannot be known of a user, and what to write instead.
fn impossible(fact: &Fact) -> Option<(&'static str, &'static str)> {
    Some(match fact {
        Fact::User | Fact::UserId(_) => (
            "the user is named before `with`",
            "write `user ID with …`, or `visitor` for somebody who is not signed in",
        ),
        Fact::Tier(_) => (
            "a tier follows from what is known of a user",
            "say what the tier asks for, such as `product NAME`",
        ),
        Fact::EmailDomain(_) => (
            "a user has an address, not only a domain",
            "write an address of the domain: `email \"ann@example.com\"`",
        ),
        Fact::IpIn(_) => (
            "an address belongs to a request, not to a user",
            "write `from 192.0.2.7` on the line of the request",
        ),
        Fact::Header(..) | Fact::Query(..) => (
            "headers and queries belong to a request, not to a user",
            "write `with header NAME = \"x\"` on the line of the request",
        ),
        Fact::Before(_) | Fact::After(_) => (
            "the time belongs to a request, not to a user",
            "write `at 2027-01-31` on the line of the request",
        ),
        Fact::Member(_, Name::Parameter(_)) => (
            "a parameter of the path cannot stand in a test",
            "write the name itself",
        ),
        Fact::Claim {
            test: ClaimTest::Compare(Comparison::Equal, _) | ClaimTest::Contains(_),
            ..
        } => return None,
        Fact::Claim { .. } => (
            "a claim of a user has one value",
            "write `claim a.b = \"x\"`, or `claim a.b contains \"x\"` for a list that holds it",
        ),
        _ => return None,
    })
}
