//! Runs the cases of `tests/warnings`: a policy `x.policy` and what is said about it, `x.expected`.
//! A first line `# the provider tells: email, products` says what is known of users there; without
//! it everything is.
//!
//! `UPDATE_EXPECTED=1 cargo test -p tollgate-engine --test warnings` rewrites the expected files;
//! read the difference before keeping it.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::Path;

#[path = "../../grammar/tests/support/growth.rs"]
mod growth;

use growth::assert_linear;
use tollgate_engine::{FactKind, Policy, Products, Supplies, analyse};
use tollgate_grammar::{Code, Diagnostic, Severity, Sources, Style, render};

fn warnings(sources: &Sources, supplies: &[Supplies]) -> Vec<Diagnostic> {
    let products = products();
    let (tree, mut findings) = tollgate_grammar::parse(sources);
    let (policy, more) = Policy::compile(sources, &tree, &products);
    findings.extend(more);
    let broken = findings
        .iter()
        .any(|finding| finding.severity() == Severity::Error);
    let policy = policy
        .filter(|_| !broken)
        .unwrap_or_else(|| panic!("{}", render(sources, &findings, Style::Plain)));
    findings.extend(analyse(sources, &tree, &products, &policy, supplies));
    findings.sort_by_key(|finding| finding.span);
    findings
}

fn products() -> Products {
    [("pro", "p-live-pro"), ("light", "p-live-light")]
        .map(|(name, id)| (name.to_owned(), id.to_owned()))
        .into_iter()
        .collect()
}

fn of(text: &str) -> Vec<Diagnostic> {
    let mut sources = Sources::default();
    sources.add("access.policy", text);
    warnings(&sources, &[Supplies::everything("the provider")])
}

fn supplies(text: &str) -> Vec<Supplies> {
    let Some(told) = text
        .lines()
        .next()
        .and_then(|line| line.strip_prefix("# the provider tells:"))
    else {
        return vec![Supplies::everything("the provider")];
    };
    let kinds = told.split(',').map(|fact| match fact.trim() {
        "email" => FactKind::Email,
        "products" => FactKind::Products,
        "claims" => FactKind::Claims,
        other => panic!("this test knows no `{other}`"),
    });
    vec![Supplies {
        name: "the provider".to_owned(),
        facts: kinds.collect(),
    }]
}

#[test]
fn every_case_says_what_is_expected() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/warnings");
    let update = std::env::var("UPDATE_EXPECTED").is_ok_and(|value| value == "1");
    let (mut failures, mut seen) = (String::new(), BTreeSet::new());
    let mut files: Vec<_> = std::fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "policy"))
        .collect();
    files.sort();
    for file in &files {
        let text = std::fs::read_to_string(file).unwrap();
        let mut sources = Sources::default();
        sources.add(file.file_name().unwrap().to_str().unwrap(), text.as_str());
        let findings = warnings(&sources, &supplies(&text));
        seen.extend(findings.iter().map(|finding| finding.code));
        let actual = render(&sources, &findings, Style::Plain);
        let path = file.with_extension("expected");
        if update {
            std::fs::write(&path, &actual).unwrap();
        } else if std::fs::read_to_string(&path).unwrap_or_default() != actual {
            let _ = writeln!(failures, "{}: it is now\n{actual}", path.display());
        }
    }
    assert!(failures.is_empty(), "\n{failures}");
    let warnings = Code::ALL
        .iter()
        .filter(|code| code.severity() == Severity::Warning);
    let missing: Vec<_> = warnings.filter(|code| !seen.contains(code)).collect();
    assert!(missing.is_empty(), "no case shows {missing:?}");
}

/// One line each: a condition, and the codes of what is said about it.
#[test]
fn conditions() {
    for (condition, codes) in [
        ("product a", ""),
        ("user and product a", ""),
        ("user or product a", "W306"),
        ("product a or user", "W306"),
        ("product a or a", "W306"),
        ("product a and not product a", "W304"),
        ("product a or not product a", "W305"),
        ("user and not user", "W304"),
        ("not user", ""),
        ("product a and not user", "W304"),
        ("not product a", "W301"),
        ("user and not product a", ""),
        ("product b or not product a", "W301"),
        ("not (product a and role x)", "W301"),
        ("not user or product a", ""),
        ("not not product a", ""),
        ("mfa and mfa totp", "W306"),
        ("mfa totp and sms", ""),
        ("mfa totp and not mfa", "W304"),
        ("mfa and not mfa totp", ""),
        ("user u-1 and user u-2", "W304"),
        ("user u-1 or u-2", ""),
        ("email \"a@b.c\" and email \"d@b.c\"", "W304"),
        ("email \"a@b.c\" and email @b.c", "W306"),
        ("email \"a@b.c\" and email @x.y", "W304"),
        ("email @b.c and not email \"a@b.c\"", ""),
        ("email \"a@b.c\" and email \"a@B.C\"", "W306"),
        ("provider github and provider google", "W304"),
        ("provider github or google", ""),
        ("claim a = \"x\" and claim a = \"y\"", "W304"),
        ("claim a = \"x\" and claim b = \"y\"", ""),
        ("claim a > 3 and claim a < 4", ""),
        ("claim a > 4 and claim a < 3", "W304"),
        ("claim a > \"a\" and claim a < \"b\"", ""),
        (
            "claim a > 9007199254740993 and claim a < 9007199254740993",
            "",
        ),
        ("claim a in (\"x\", \"y\") and claim a = \"z\"", "W304"),
        ("claim a contains \"x\" and claim a contains \"y\"", ""),
        ("claim a contains \"x\" and claim a = \"x\"", "W304"),
        ("claim a = 1 and claim a >= 1", "W306"),
        ("user and before 2027-01-01 and after 2026-01-01", "W310"),
        (
            "user and before 2026-01-01 and after 2027-01-01",
            "W304 W310",
        ),
        ("before 2026-01-01 or after 2026-01-01", "W305 W310"),
        ("before 2026-01-01 or after 2027-01-01", "W310"),
        ("ip in 10.0.0.0/8 and ip in 192.168.0.0/16", "W304 W310"),
        ("ip in 10.0.0.0/8 and ip in 10.1.0.0/16", "W306 W310"),
        (
            "ip in 10.0.0.0/8 and not ip in 10.0.0.0/9 and not ip in 10.128.0.0/9",
            "W304 W310",
        ),
        ("ip in 10.0.0.0/8 and not ip in 10.0.0.0/9", "W310"),
        ("ip in 0.0.0.0/0", "W310"),
        ("ip in 0.0.0.0/0 or ip in ::/0", "W305 W310"),
        ("header x-a = \"1\" and header x-a = \"2\"", "W304 W310"),
        ("query a = \"1\" and header a = \"2\"", "W310"),
        ("user {id} and user u-1", "W310"),
        ("team {id} and role x", "W310"),
        ("not team {id}", "W301 W310"),
        ("user and (product a or (mfa totp and not mfa))", "W304"),
        ("product a and (product b or product a)", "W306"),
    ] {
        let text = format!("route /a/{{id}} requires {condition}\n");
        let found: Vec<&str> = of(&text).iter().map(|finding| finding.code.id()).collect();
        let found: BTreeSet<&str> = found.into_iter().collect();
        let found: Vec<&str> = found.into_iter().collect();
        assert_eq!(found.join(" "), codes, "{condition}");
    }
}

/// Of a row that is too long to be looked at as a whole, two parts settle what it comes to.
#[test]
fn two_parts_of_a_long_row() {
    for (inner, rest, code) in [
        (" or ", "and mfa totp and not mfa", Code::NeverHolds),
        (" and ", "or mfa or not mfa", Code::AlwaysHolds),
    ] {
        let many: Vec<String> = (0..30).map(|number| format!("q{number}")).collect();
        let many = many.join(inner);
        let found = of(&format!("route /a requires (product {many}) {rest}\n"));
        let codes: Vec<Code> = found.iter().map(|finding| finding.code).collect();
        assert_eq!(codes, [code]);
        // What is shown of it is cut off.
        let shown = found.first().unwrap().message.split('`').nth(1).unwrap();
        assert_eq!(shown.chars().count(), 60, "{shown}");
        assert!(shown.ends_with('…'), "{shown}");
    }
}

/// One line each: rules, and the numbers of those that no request reaches.
#[test]
fn rules_that_no_request_reaches() {
    for (rules, unreachable) in [
        (
            &["route /a/* requires user", "route /a/{x} requires user"][..],
            &[][..],
        ),
        (
            &[
                "route /a/* requires user",
                "route /a/{x} requires user",
                "route /a/{x}/* requires user",
            ],
            &[1],
        ),
        (
            &[
                "route GET /a/* requires user",
                "route /a/{x} requires user",
                "route GET, POST /a/{x}/* requires user",
            ],
            &[1],
        ),
        (
            &[
                "route /a/* requires user",
                "route /a/{x} requires user",
                "route GET, POST /a/{x}/* requires user",
            ],
            &[],
        ),
        (
            &[
                "route /a/* requires user",
                "route /a/{x} requires user",
                "route /a/{x}/{y} requires user",
                "route /a/{x}/{y}/* requires user",
            ],
            &[1],
        ),
        (&["forbid /a unless user"], &[1]),
        (&["route /a requires user", "forbid /a unless mfa"], &[]),
        (&["route /b requires user", "forbid /a unless mfa"], &[2]),
        (&["route /a is denied", "forbid /a unless mfa"], &[2]),
        (
            &["route GET /a requires user", "forbid POST /a unless mfa"],
            &[2],
        ),
        (
            &[
                "route GET /a requires user",
                "forbid POST, GET /a unless mfa",
            ],
            &[],
        ),
        (&["route /{x} requires user", "forbid /a unless mfa"], &[]),
        (&["route /a/* requires user", "forbid /* unless mfa"], &[]),
        (&["route / requires user", "forbid /* unless mfa"], &[2]),
        (&["route /a requires user", "forbid /a/* unless mfa"], &[2]),
        (
            &[
                "route /* requires user",
                "route /legacy/* is denied",
                "forbid /legacy/* unless mfa",
            ],
            &[3],
        ),
        (
            &[
                "route /* requires user",
                "route GET /legacy/* is denied",
                "forbid /legacy/* unless mfa",
            ],
            &[],
        ),
        (
            &[
                "route /legacy/* requires user",
                "route GET /legacy/* is denied",
                "forbid GET /legacy/* unless mfa",
            ],
            &[3],
        ),
        (
            &[
                "route /legacy/x requires user",
                "route /legacy/* is denied",
                "forbid /legacy/* unless mfa",
            ],
            &[],
        ),
        (
            &[
                "route /legacy/x requires user",
                "route GET /legacy/* requires user",
                "forbid GET /legacy/x unless mfa",
            ],
            &[],
        ),
        (
            &["route /a requires user", "forbid $connect unless mfa"],
            &[2],
        ),
        (
            &["route $connect requires user", "forbid $connect unless mfa"],
            &[],
        ),
        (
            &[
                "route /* requires user",
                "forbid field Query.a unless mfa",
                "forbid field * unless mfa",
            ],
            &[2, 3],
        ),
        (
            &[
                "route field * requires user",
                "forbid field Query.a unless mfa",
            ],
            &[],
        ),
        (
            &[
                "route field * requires user",
                "route field Query.a is denied",
                "forbid field Query.a unless mfa",
                "forbid field * unless mfa",
            ],
            &[3],
        ),
        (
            &["route field Query.a is denied", "forbid field * unless mfa"],
            &[2],
        ),
    ] {
        let text = rules.join("\n");
        let mut sources = Sources::default();
        let file = sources.add("access.policy", text.as_str());
        let lines: Vec<usize> = warnings(&sources, &[Supplies::everything("the provider")])
            .iter()
            .filter(|finding| finding.code == Code::UnreachableRule)
            .map(|finding| sources.file(file).unwrap().place(finding.span.start).line)
            .collect();
        assert_eq!(lines, unreachable, "{text}");
    }
}

#[test]
fn large_policies_are_looked_at_in_linear_time() {
    assert_linear("rules", 25, |count| {
        let mut text = String::new();
        for number in 0..count {
            let _ = writeln!(
                text,
                "route /r{number}/{{id}} requires (product a{number} or b or c or d) and (role e or f or g or h) and not (team i or j or k or l)"
            );
            let _ = writeln!(text, "forbid DELETE /r{number}/* unless role admin{number}");
        }
        assert_eq!(of(&text), []);
    });
    assert_linear("facts of a condition", 500, |count| {
        let many: Vec<String> = (0..count).map(|number| format!("q{number}")).collect();
        let many = many.join(" or ");
        let findings = of(&format!(
            "route /many requires (product {many}) and mfa totp and not mfa\n"
        ));
        let codes: Vec<Code> = findings.iter().map(|finding| finding.code).collect();
        assert_eq!(codes, [Code::NeverHolds], "the pair that excludes itself");
    });
}

/// Names of names, each a level: more than a condition may have is an error, not a stack overflow.
#[test]
fn a_long_chain_of_names_is_refused() {
    for first in ["product a", "ip in 10.0.0.0/8"] {
        let mut text = format!("let n0 is {first}\n");
        for number in 1..100_000 {
            let _ = writeln!(text, "let n{number} is n{}", number - 1);
        }
        text.push_str("route /a requires n99999\n");
        let mut sources = Sources::default();
        sources.add("access.policy", text);
        let (tree, findings) = tollgate_grammar::parse(&sources);
        assert_eq!(findings, []);
        let (policy, findings) = Policy::compile(&sources, &tree, &Products::default());
        assert!(policy.is_none());
        let errors = findings
            .iter()
            .filter(|one| one.severity() == Severity::Error);
        let codes: Vec<Code> = errors.map(|error| error.code).collect();
        assert_eq!(codes, [Code::PolicyTooLarge], "{first}");
    }
}
