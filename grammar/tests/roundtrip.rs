//! Whatever a tree says, its printed form says the same.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "tests"
)]

mod support;

use std::net::IpAddr;

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use support::{same_after_printing, source, statements};
use tollgate_grammar::tree::*;
use tollgate_grammar::{FileId, Span, Spanned, format, parse, print, words};

const NOWHERE: Span = Span {
    file: FileId(0),
    start: 0,
    end: 0,
};

fn at<T>(node: T) -> Spanned<T> {
    Spanned {
        node,
        span: NOWHERE,
    }
}

/// The `let`s that every generated tree has.
const LETS: &[&str] = &["staff", "Other-1", "x_y"];

/// Text without control characters and line separators.
fn text(longest: usize) -> impl Strategy<Value = String> {
    let text = proptest::string::string_regex(&format!("\\PC{{1,{longest}}}")).unwrap();
    text.prop_filter("a line of its own", |text| {
        !text.contains(['\u{2028}', '\u{2029}'])
    })
}

/// A name that needs no quotes, one that does, a word of the language, or one that is a `let`.
fn name() -> impl Strategy<Value = String> {
    prop_oneof![
        "[A-Za-z0-9][A-Za-z0-9._:@/-]{0,8}",
        text(8),
        select(words::CONDITIONS).prop_map(str::to_owned),
        select(LETS).prop_map(str::to_owned),
        select(vec![
            "and", "OR", "Not", "else", "is", "with", "||", "public", "\\", "\"", "{id}"
        ])
        .prop_map(str::to_owned),
    ]
}

fn tier() -> impl Strategy<Value = String> {
    "t[A-Za-z0-9_-]{0,5}".prop_filter("a word", |name| {
        name != "tier" && name != "team" && name != "test" && name != "true"
    })
}

fn member() -> impl Strategy<Value = Name> {
    prop_oneof![
        name().prop_map(Name::Text),
        "[a-z_][a-z0-9_-]{0,4}".prop_map(Name::Parameter)
    ]
}

fn membership() -> impl Strategy<Value = Membership> {
    select(vec![
        Membership::Role,
        Membership::Team,
        Membership::Permission,
        Membership::Scope,
        Membership::Group,
    ])
}

fn literal() -> impl Strategy<Value = Literal> {
    let finite = any::<f64>().prop_filter("not a number of JSON", |number| number.is_finite());
    prop_oneof![
        text(8).prop_map(Literal::Text),
        Just(Literal::Text(String::new())),
        any::<i64>().prop_map(Literal::Integer),
        finite.prop_map(Literal::Decimal),
        any::<bool>().prop_map(Literal::Truth),
    ]
}

fn claim_test() -> impl Strategy<Value = ClaimTest> {
    use Comparison::{Equal, Greater, GreaterOrEqual, Less, LessOrEqual, NotEqual};
    let any_order = select(vec![
        Equal,
        NotEqual,
        Less,
        LessOrEqual,
        Greater,
        GreaterOrEqual,
    ]);
    prop_oneof![
        (any_order, literal()).prop_map(|(comparison, literal)| match literal {
            Literal::Truth(_) => ClaimTest::Compare(Equal, literal),
            _ => ClaimTest::Compare(comparison, literal),
        }),
        vec(literal(), 1..4).prop_map(ClaimTest::In),
        literal().prop_map(ClaimTest::Contains),
    ]
}

fn claim() -> impl Strategy<Value = Fact> {
    let member = prop_oneof!["[A-Za-z0-9_:$@-]{1,6}", text(6)];
    (vec(member, 1..4), claim_test()).prop_map(|(path, test)| Fact::Claim { path, test })
}

fn network() -> impl Strategy<Value = Cidr> {
    let v4 = (any::<u32>(), 0_u32..=32).prop_map(|(bits, prefix)| Cidr {
        address: IpAddr::V4((bits & u32::MAX.checked_shl(32 - prefix).unwrap_or(0)).into()),
        prefix: u8::try_from(prefix).unwrap(),
    });
    let v6 = (any::<u128>(), 0_u32..=128).prop_map(|(bits, prefix)| Cidr {
        // The highest bit, so that it is never an IPv4 address in IPv6 form.
        address: IpAddr::V6(
            ((bits | 1 << 127) & u128::MAX.checked_shl(128 - prefix.max(1)).unwrap_or(0)).into(),
        ),
        prefix: u8::try_from(prefix.max(1)).unwrap(),
    });
    prop_oneof![v4, v6]
}

fn date() -> impl Strategy<Value = Date> {
    let dates = vec![
        ("1970-01-01", 0),
        ("2027-01-31T12:00:00Z", 1_801_396_800_000),
        ("2027-01-31t12:00:00.25+01:30", 1_801_391_400_250),
    ];
    select(dates).prop_map(|(text, unix_millis)| Date {
        text: text.to_owned(),
        unix_millis,
    })
}

fn email() -> impl Strategy<Value = String> {
    "[A-Za-z0-9.+'_|-]{1,6}@[a-z0-9]{1,5}\\.[a-z]{2}"
}

/// Facts that may stand in one list: all after the same keyword.
fn facts() -> impl Strategy<Value = Vec<Fact>> {
    let product = name().prop_filter("white space", |name| {
        !name.contains('+') && !name.contains(char::is_whitespace)
    });
    let email = prop_oneof![
        email().prop_map(Fact::Email),
        "[a-z0-9]{1,5}\\.[a-z]{2}".prop_map(Fact::EmailDomain),
        Just(Fact::EmailVerified),
    ];
    let member = (membership(), vec(member(), 1..4)).prop_map(|(membership, names)| {
        names
            .into_iter()
            .map(|name| Fact::Member(membership, name))
            .collect()
    });
    prop_oneof![
        Just(vec![Fact::User]),
        Just(vec![Fact::Mfa]),
        vec(self::member().prop_map(Fact::UserId), 1..4),
        vec(product.prop_map(Fact::Product), 1..4),
        vec(tier().prop_map(Fact::Tier), 1..4),
        vec(email, 1..4),
        vec(name().prop_map(Fact::MfaMethod), 1..4),
        vec(name().prop_map(Fact::Provider), 1..4),
        member,
        claim().prop_map(|fact| vec![fact]),
        vec(network().prop_map(Fact::IpIn), 1..4),
        ("[a-z0-9][a-z0-9-]{0,6}", text(6))
            .prop_map(|(name, value)| vec![Fact::Header(name, value)]),
        (name(), text(6)).prop_map(|(name, value)| vec![Fact::Query(name, value)]),
        date().prop_map(|date| vec![Fact::Before(date)]),
        date().prop_map(|date| vec![Fact::After(date)]),
    ]
}

fn join() -> impl Strategy<Value = Join> {
    select(vec![Join::All, Join::Any])
}

fn condition() -> impl Strategy<Value = Condition> {
    let list = (join(), facts()).prop_map(|(join, facts)| Condition::Facts {
        join: if facts.len() > 1 { join } else { Join::Any },
        facts: facts.into_iter().map(at).collect(),
        span: NOWHERE,
    });
    let leaf = prop_oneof![3 => list, 1 => select(LETS).prop_map(|name| Condition::Name(at(name.to_owned())))];
    leaf.prop_recursive(5, 24, 4, |inner| {
        prop_oneof![
            inner
                .clone()
                .prop_map(|inner| Condition::Not(Box::new(inner), NOWHERE)),
            (join(), vec(inner, 2..5))
                .prop_map(|(join, parts)| Condition::Join(join, parts, NOWHERE)),
        ]
    })
}

fn segment() -> impl Strategy<Value = Segment> {
    let refused = |text: &String| {
        text.contains(['/', '\\', '%', ';', '*', '?', '#'])
            || text.contains(char::is_control)
            || text.trim() != text
            || matches!(text.as_str(), "." | "..")
    };
    let literal = prop_oneof![
        text(6),
        "[a-z:<>{}$,()]{1,5}",
        Just("a\u{2028}\u{a0}b".to_owned())
    ];
    let literal = literal.prop_filter("refused in requests", move |text| !refused(text));
    prop_oneof![
        4 => literal.prop_map(|text| Segment::Literal(at(text))),
        1 => Just(Segment::Parameter(at(String::new()))),
    ]
}

fn target() -> impl Strategy<Value = Target> {
    let rest = option::of(any::<bool>());
    let path = (vec(segment(), 0..5), rest).prop_map(|(mut segments, rest)| {
        for (index, segment) in segments.iter_mut().enumerate() {
            if let Segment::Parameter(name) = segment {
                name.node = format!("p{index}");
            }
        }
        if let Some(named) = rest {
            let name = named.then(|| "rest".to_owned());
            segments.push(Segment::Rest {
                name,
                span: NOWHERE,
            });
        }
        Target::Path(Pattern {
            span: NOWHERE,
            segments,
        })
    });
    let field = field().prop_map(|name| Target::Field(at(name)));
    prop_oneof![8 => path, 1 => Just(Target::Connect(NOWHERE)), 1 => field]
}

/// `Type.name` or `*`.
fn field() -> impl Strategy<Value = String> {
    prop_oneof![4 => "[_A-Za-z][_0-9A-Za-z]{0,6}\\.[_A-Za-z][_0-9A-Za-z]{0,6}", 1 => Just("*".to_owned())]
}

fn methods() -> impl Strategy<Value = Vec<Spanned<String>>> {
    subsequence(vec!["GET", "POST", "DELETE", "PURGE", "M-SEARCH"], 0..4).prop_map(|methods| {
        methods
            .into_iter()
            .map(|method| at(method.to_owned()))
            .collect()
    })
}

fn hint() -> impl Strategy<Value = Option<Spanned<String>>> {
    option::of(
        text(20)
            .prop_map(|text| text.replace(['"', '\\'], "'"))
            .prop_filter("empty", |text| !text.trim().is_empty())
            .prop_map(at),
    )
}

fn rule() -> impl Strategy<Value = Statement> {
    let rule = (methods(), target(), condition(), hint(), 0..5);
    rule.prop_map(|(mut methods, target, condition, hint, kind)| {
        if !matches!(target, Target::Path(_)) {
            methods.clear();
        }
        let span = NOWHERE;
        let forbid = |mode, condition, hint| Forbid {
            span,
            methods: methods.clone(),
            target: target.clone(),
            mode,
            condition,
            hint,
        };
        let route = |access, hint| Route {
            span,
            methods: methods.clone(),
            target: target.clone(),
            access,
            hint,
        };
        match kind {
            0 => Statement::Forbid(forbid(ForbidMode::When, condition, hint)),
            1 => Statement::Forbid(forbid(ForbidMode::Unless, condition, hint)),
            2 => Statement::Route(route(Access::Public, None)),
            3 => Statement::Route(route(Access::Denied, None)),
            _ => Statement::Route(route(Access::Requires(condition), hint)),
        }
    })
}

fn test_fact() -> impl Strategy<Value = TestFact> {
    use TestKnowledge::{Absent, Present, Unknown};
    let holds = facts().prop_filter_map("not of a user", |facts| {
        let fact = facts.into_iter().next()?;
        let fits = match &fact {
            Fact::Product(_)
            | Fact::Email(_)
            | Fact::EmailVerified
            | Fact::Mfa
            | Fact::MfaMethod(_)
            | Fact::Provider(_) => true,
            Fact::Member(_, name) => matches!(name, Name::Text(_)),
            Fact::Claim { test, .. } => matches!(
                test,
                ClaimTest::Compare(Comparison::Equal, _) | ClaimTest::Contains(_)
            ),
            _ => false,
        };
        fits.then_some(fact)
    });
    (select(vec![Present, Absent, Unknown]), holds).prop_map(|(known, fact)| TestFact {
        known,
        fact: at(fact),
    })
}

fn who() -> impl Strategy<Value = Who> {
    let user = (option::of(name()), vec(test_fact(), 0..4))
        .prop_map(|(id, facts)| Who::User { id, facts });
    prop_oneof![1 => Just(Who::Visitor), 4 => user]
}

fn request() -> impl Strategy<Value = TestRequest> {
    let path = prop_oneof!["/[a-z/.%;?#(),=!{}]{0,8}", text(8), Just(String::new())];
    let path = path.prop_map(|path| TestTarget::Path {
        method: at("GET".to_owned()),
        path: at(path),
    });
    let field = field().prop_map(|name| TestTarget::Field(at(name)));
    let target = prop_oneof![4 => path, 2 => Just(TestTarget::Connect(NOWHERE)), 2 => field];
    let reason = option::of(select(Reason::ALL.to_vec()));
    let pairs = || vec(("[a-z0-9][a-z0-9-]{0,6}", text(6)), 0..3);
    let outcome = option::of(reason);
    let parts = (
        target,
        option::of(any::<IpAddr>()),
        option::of(date()),
        pairs(),
        pairs(),
        outcome,
    );
    parts.prop_map(
        |(target, ip, at_date, headers, query, outcome)| TestRequest {
            span: NOWHERE,
            target,
            ip,
            at: at_date,
            headers,
            query,
            outcome: match outcome {
                None => Expected::Allowed,
                Some(reason) => Expected::Denied(reason.map(at)),
            },
        },
    )
}

fn test() -> impl Strategy<Value = Vec<TestGroup>> {
    let group = (who(), vec(request(), 1..3));
    vec(
        group.prop_map(|(who, requests)| TestGroup {
            who: at(who),
            requests,
        }),
        1..3,
    )
}

fn tree() -> impl Strategy<Value = Tree> {
    let tiers = vec((tier(), condition()), 0..3);
    let parts = (
        vec(rule(), 0..4),
        vec(condition(), LETS.len()),
        tiers,
        vec(test(), 0..2),
    );
    parts.prop_map(|(mut statements, conditions, tiers, tests)| {
        let define = |name: &str, condition| Definition {
            span: NOWHERE,
            name: at(name.to_owned()),
            condition,
        };
        let lets = LETS
            .iter()
            .zip(conditions)
            .map(|(name, condition)| Statement::Let(define(name, condition)));
        statements.extend(lets);
        statements.extend(
            tiers
                .into_iter()
                .map(|(name, condition)| Statement::Tier(define(&name, condition))),
        );
        for (index, groups) in tests.into_iter().enumerate() {
            let name = at(format!("test \"{index}\" \\"));
            statements.push(Statement::Test(Test {
                span: NOWHERE,
                name,
                groups,
            }));
        }
        Tree {
            statements,
            ..Tree::default()
        }
    })
}

/// The same policy with comments and blank lines, other white space, and statements that go on
/// over several lines.
fn untidy(text: &str, edits: &[u8]) -> String {
    let mut untidy = String::new();
    let mut in_test = false;
    for (line, edit) in text.lines().zip(edits.iter().cycle()) {
        let bit = |number: u32| edit & (1 << number) != 0;
        in_test = (in_test || line.starts_with("test ")) && line != "}";
        let is_statement = !in_test && line != "}";
        if bit(0) {
            untidy.push_str("\n\t\n\n");
        }
        if bit(1) {
            untidy.push_str("  # on its own line: \u{e9} \"#\" \n");
        }
        let broken = [" requires ", " unless ", " and ", " or "];
        let mut line = line.to_owned();
        // A quote may hold any of these words.
        if is_statement && bit(2) && !line.contains('"') {
            for word in broken {
                let comment = if bit(3) { " # within" } else { "\r" };
                let broken = format!("{comment}\n\n    {}  ", word.trim());
                line = line.replace(word, &broken);
            }
        }
        if !is_statement && bit(4) {
            untidy.push_str("\t ");
        }
        untidy.push_str(&line);
        untidy.push_str(if bit(5) { "   #at the end  " } else { "" });
        untidy.push_str(if bit(6) { "\r\n" } else { "\n" });
    }
    untidy
}

fn comments(tree: &Tree) -> Vec<&str> {
    let nodes = tree.comments.iter();
    nodes.map(|comment| comment.node.as_str()).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_formatted_text_is_read_as_the_same_tree(
        tree in tree(),
        edits in vec(any::<u8>(), 1..40),
    ) {
        let text = untidy(&print(&tree), &edits);
        let formatted = format(&text).map_err(|error| TestCaseError::fail(format!("{error:?} of\n{text}")))?;
        let (before, after) = (parse(&source(&text)), parse(&source(&formatted)));
        prop_assert_eq!(statements(&before.0), statements(&tree), "untidy as\n{}", &text);
        prop_assert_eq!(statements(&after.0), statements(&tree), "formatted as\n{}", &formatted);
        prop_assert_eq!(comments(&before.0), comments(&after.0));
        prop_assert_eq!(format(&formatted).unwrap(), formatted);
    }

    #[test]
    fn a_printed_tree_is_read_as_the_same_tree(tree in tree()) {
        same_after_printing(&tree);
    }
}
