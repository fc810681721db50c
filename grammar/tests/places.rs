//! What the tree and the findings say about where things stand, beside what the cases show.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "tests"
)]

mod support;

use support::{codes, source};
use tollgate_grammar::tree::{
    Access, Condition, Fact, Join, Segment, Statement, Target, TestTarget,
};
use tollgate_grammar::{Code, Diagnostic, FileId, Sources, Span, Style, parse, render, words};

const POLICY: &str = "\
# first
route GET, POST /a/{id}/*  requires product p-1   # why
  # between
  or p-2 else \"hint\"   # last
test \"t\" { # head
  # inside
  user u-1 with mfa
  GET /a at 2027-01-01 is denied, no_route # line
} # end
let x is not (user  ) # paren
";

#[test]
fn every_part_knows_where_it_was_written() {
    let sources = source(POLICY);
    let (tree, findings) = parse(&sources);
    assert_eq!(findings, []);
    let text = |span: Span| sources.text(span);
    let [
        Statement::Route(route),
        Statement::Test(example),
        Statement::Let(definition),
    ] = tree.statements.as_slice()
    else {
        panic!("{:?}", tree.statements);
    };
    assert!(text(route.span).starts_with("route GET") && text(route.span).ends_with("\"hint\""));
    let methods: Vec<&str> = route
        .methods
        .iter()
        .map(|method| text(method.span))
        .collect();
    assert_eq!(methods, ["GET", "POST"]);
    let Target::Path(pattern) = &route.target else {
        panic!()
    };
    assert_eq!(text(pattern.span), "/a/{id}/*");
    let segments: Vec<&str> = pattern
        .segments
        .iter()
        .map(|segment| match segment {
            Segment::Literal(name) | Segment::Parameter(name) => text(name.span),
            Segment::Rest { span, .. } => text(*span),
        })
        .collect();
    assert_eq!(segments, ["a", "{id}", "*"]);
    let Access::Requires(condition) = &route.access else {
        panic!()
    };
    let Condition::Facts {
        join: Join::Any,
        facts,
        ..
    } = condition
    else {
        panic!()
    };
    let places: Vec<&str> = facts.iter().map(|fact| text(fact.span)).collect();
    assert_eq!(places, ["p-1", "p-2"]);
    assert!(
        text(condition.span()).starts_with("product p-1")
            && text(condition.span()).ends_with("or p-2")
    );
    assert_eq!(text(route.hint.as_ref().unwrap().span), "\"hint\"");

    assert!(text(example.span).starts_with("test \"t\"") && text(example.span).ends_with('}'));
    assert_eq!(text(example.name.span), "\"t\"");
    let group = example.groups.first().unwrap();
    assert_eq!(text(group.who.span), "user u-1 with mfa");
    let request = group.requests.first().unwrap();
    assert_eq!(
        text(request.span),
        "GET /a at 2027-01-01 is denied, no_route"
    );
    let TestTarget::Path { path, .. } = &request.target else {
        panic!()
    };
    assert_eq!(text(path.span), "/a");

    assert_eq!(text(definition.name.span), "x");
    let Condition::Not(inner, span) = &definition.condition else {
        panic!()
    };
    assert_eq!((text(*span), text(inner.span())), ("not (user  )", "user"));
    assert_eq!(text(definition.span), "let x is not (user  )");
}

#[test]
fn comments_are_kept_in_order() {
    let sources = source(POLICY);
    let (tree, _) = parse(&sources);
    let comments: Vec<&str> = tree
        .comments
        .iter()
        .map(|comment| comment.node.as_str())
        .collect();
    let expected = [
        "# first",
        "# why",
        "# between",
        "# last",
        "# head",
        "# inside",
        "# line",
        "# end",
        "# paren",
    ];
    assert_eq!(comments, expected);
    for comment in &tree.comments {
        assert_eq!(sources.text(comment.span), comment.node);
    }
}

#[test]
fn what_could_not_be_read_is_known() {
    let (tree, _) = parse(&source(
        "let a is prodct b\ntier t is\nlet c is user\nroute /x is pubic\n",
    ));
    let names = |list: &[tollgate_grammar::Spanned<String>]| {
        list.iter()
            .map(|name| name.node.clone())
            .collect::<Vec<_>>()
    };
    assert_eq!(names(&tree.broken_lets), ["a"]);
    assert_eq!(names(&tree.broken_tiers), ["t"]);
    assert_eq!(tree.statements.len(), 1, "only what holds no mistake");
    assert!(!tree.incomplete);
    assert!(parse(&source("lte a is user\n")).0.incomplete);
    assert!(parse(&source("route /a is public\u{202e}\n")).0.incomplete);
}

#[test]
fn facts_are_read_into_plain_values() {
    let sources = source(
        "let x is email @Example.COM and header X-A = \"B\" and before 2027-01-31 and not user {id}\n",
    );
    let (tree, findings) = parse(&sources);
    assert_eq!(findings, []);
    let Some(Statement::Let(definition)) = tree.statements.first() else {
        panic!()
    };
    let Condition::Join(Join::All, parts, _) = &definition.condition else {
        panic!()
    };
    let facts: Vec<&Fact> = parts
        .iter()
        .filter_map(|part| match part {
            Condition::Facts { facts, .. } => facts.first().map(|fact| &fact.node),
            _ => None,
        })
        .collect();
    let [
        Fact::EmailDomain(domain),
        Fact::Header(name, value),
        Fact::Before(date),
    ] = facts.as_slice()
    else {
        panic!("{facts:?}");
    };
    assert_eq!(
        (domain.as_str(), name.as_str(), value.as_str()),
        ("example.com", "x-a", "B")
    );
    assert_eq!(
        (date.text.as_str(), date.unix_millis),
        ("2027-01-31", 1_801_353_600_000)
    );
}

/// `reserved` in the grammar and the tables of words say the same.
#[test]
fn the_words_of_the_grammar_are_those_of_the_tables() {
    for word in words::CONDITIONS {
        assert_ne!(
            codes(&format!("route /a requires product {word}")),
            [""; 0],
            "{word} is no item"
        );
        assert_eq!(
            codes(&format!("route /a requires product \"{word}\"")),
            [""; 0],
            "{word} in quotes is"
        );
        assert_eq!(
            codes(&format!("let {word} is user")),
            ["E113"],
            "{word} names nothing"
        );
        let misspelt = format!("route /a requires {word}x \"a\"");
        assert_eq!(codes(&misspelt), ["E115"], "{misspelt}");
    }
    for word in words::STATEMENTS {
        assert_eq!(codes(&format!("{word}q /a")), ["E101"], "{word}");
        assert_eq!(
            codes(&format!("let {word} is user")),
            ["E113"],
            "{word} names nothing"
        );
        assert_ne!(
            codes(&format!("{word} ?")),
            ["E101"],
            "{word} starts a statement"
        );
    }
    for word in [
        "is", "requires", "when", "unless", "else", "and", "or", "not", "AND", "Or", "&&", "||",
    ] {
        assert_ne!(
            codes(&format!("route /a requires product {word}")),
            [""; 0],
            "{word} is no item"
        );
    }
}

#[test]
fn files_are_read_whatever_marks_their_encoding() {
    let codes_of = |bytes: &[u8]| {
        let mut sources = Sources::default();
        sources.add_bytes("access.policy", bytes);
        let codes = parse(&sources)
            .1
            .iter()
            .map(|finding| finding.code.id())
            .collect::<Vec<_>>();
        (codes, sources.file(FileId(0)).unwrap().text().to_owned())
    };
    let policy = "route /é is public\n";
    assert_eq!(codes_of(policy.as_bytes()), (vec![], policy.to_owned()));
    let marked = [b"\xef\xbb\xbf", policy.as_bytes()].concat();
    assert_eq!(codes_of(&marked), (vec![], policy.to_owned()));
    let twice = [b"\xef\xbb\xbf\xef\xbb\xbf", policy.as_bytes()].concat();
    assert_eq!(
        codes_of(&twice).0,
        ["E105"],
        "one mark is dropped, a second is a stray character"
    );
    let big: Vec<u8> = "\u{feff}route /é is public\n"
        .encode_utf16()
        .flat_map(u16::to_be_bytes)
        .collect();
    assert_eq!(codes_of(&big), (vec!["E104"], policy.to_owned()));
    let odd = [&big[..], b"x"].concat();
    assert_eq!(codes_of(&odd).0, ["E104", "E105"]);
    assert_eq!(codes_of(b"").0, [""; 0]);
    assert_eq!(codes_of(b"\xff").0, ["E104"]);
    assert_eq!(
        codes_of(&b"\xff\n".repeat(50)).0.len(),
        50,
        "twenty places of a file, then strays"
    );
}

#[test]
fn findings_are_in_the_order_of_files_and_lines() {
    let mut sources = Sources::default();
    sources.add("b.policy", "route /b is pubic\ntest \"t\" {\n}\nrout /c\n");
    sources.add("a.policy", "rout /a\n");
    let places: Vec<(u32, u32)> = parse(&sources)
        .1
        .iter()
        .map(|finding| (finding.span.file.0, finding.span.start))
        .collect();
    assert_eq!(places, [(0, 12), (0, 18), (0, 31), (1, 0)]);
}

#[test]
fn a_report_counts_and_colours() {
    let sources = source("rout /a\n");
    let (_, mut findings) = parse(&sources);
    assert_eq!(render(&sources, &[], Style::Plain), "");
    let place = findings.first().unwrap().span;
    findings.push(Diagnostic::new(
        Code::UnusedLet,
        place,
        "a warning\u{1b}[2J",
    ));
    let plain = render(&sources, &findings, Style::Plain);
    assert!(plain.ends_with("\n1 error, 1 warning\n"), "{plain}");
    assert!(
        plain.contains("warning[W302]: a warning\u{fffd}[2J\n"),
        "{plain}"
    );
    let colour = render(&sources, &findings, Style::Colour);
    assert!(
        colour.starts_with("\u{1b}[1;31merror[E101]\u{1b}[0m"),
        "{colour}"
    );
    let mut stripped = colour;
    for code in ["0", "1", "1;31", "1;33", "1;34"] {
        stripped = stripped.replace(&format!("\u{1b}[{code}m"), "");
    }
    assert_eq!(stripped, plain);
}

#[test]
fn a_place_outside_of_its_file_is_shown_at_its_end() {
    let sources = source("route /a is public\n");
    let far = Span {
        file: FileId(0),
        start: 1_000,
        end: 2_000,
    };
    let report = render(
        &sources,
        &[Diagnostic::new(Code::Syntax, far, "x")],
        Style::Plain,
    );
    assert!(report.contains("--> access.policy:2:1"), "{report}");
    let nowhere = Span {
        file: FileId(9),
        start: 0,
        end: 0,
    };
    let report = render(
        &sources,
        &[Diagnostic::new(Code::Syntax, nowhere, "x")],
        Style::Plain,
    );
    assert_eq!(report, "error[E102]: x\n\n1 error\n");
}
