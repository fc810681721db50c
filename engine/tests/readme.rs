//! The language reference, `grammar/README.md`: every example in it is what the page says it is.
//!
//! A block tagged `policy` has no finding and every line of its tests holds; `policy error E101` and
//! `policy warning W301` have exactly that finding. That a decision depends on more than the token
//! (W310) is no fault of an example, and is looked at only where it is the point.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use std::collections::BTreeSet;
use std::fmt::Write as _;

use tollgate_engine::{Policy, Products, Reason, Supplies, analyse, example};
use tollgate_grammar::{Code, Diagnostic, Severity, Sources, Style, render, words};

const PAGE: &str = include_str!("../../grammar/README.md");

/// Noon of 2026-07-01, the time of lines without `at`.
const NOW: i64 = 1_782_907_200_000;

/// A fenced block that is a policy.
struct Example {
    /// Line of the opening fence.
    line: usize,
    /// The codes it is tagged with; none if it is sound.
    codes: BTreeSet<&'static str>,
    text: String,
}

#[test]
fn every_example_is_what_it_says() {
    let mut failures = String::new();
    let mut lines = 0;
    for example in examples() {
        match run(&example) {
            Ok(count) => lines += count,
            Err(why) => {
                let _ = writeln!(failures, "line {}: {why}", example.line);
            }
        }
    }
    assert!(failures.is_empty(), "grammar/README.md\n{failures}");
    assert!(lines > 100, "only {lines} request lines were run");
}

#[test]
fn every_word_of_the_language_occurs_in_a_sound_example() {
    let sound: String = examples()
        .filter(|example| example.codes.is_empty())
        .map(|example| uncommented(&example.text))
        .collect();
    let words: BTreeSet<&str> = sound
        .split(|letter: char| letter.is_whitespace() || ",()".contains(letter))
        .collect();
    let reasons = Reason::ALL.map(Reason::as_str);
    let others = [
        "and", "or", "not", "requires", "else", "when", "unless", "is", "in", "contains", "public",
        "denied", "allowed", "visitor", "with", "unknown", "from", "at", "verified", "$connect",
        "field", "=", "!=", ">=", "true",
    ];
    let wanted = words::STATEMENTS
        .iter()
        .chain(words::CONDITIONS)
        .chain(&reasons)
        .chain(&others);
    let missing: Vec<_> = wanted.filter(|word| !words.contains(*word)).collect();
    assert!(missing.is_empty(), "no example shows {missing:?}");
}

#[test]
fn every_warning_is_listed_by_code_and_name() {
    for code in Code::ALL
        .iter()
        .filter(|code| code.severity() == Severity::Warning)
    {
        let row = format!("| {} | `{}` |", code.id(), code.name());
        assert!(PAGE.contains(&row), "there is no row `{row}`");
    }
}

#[test]
fn every_link_leads_to_a_heading() {
    let anchors: BTreeSet<String> = PAGE
        .lines()
        .filter_map(|line| line.strip_prefix("##"))
        .map(|heading| anchor(heading.trim_start_matches('#')))
        .collect();
    for link in PAGE.split("](#").skip(1) {
        let (target, _) = link.split_once(')').unwrap();
        assert!(anchors.contains(target), "there is no heading `{target}`");
    }
}

/// The anchor of a heading as GitHub makes it.
fn anchor(heading: &str) -> String {
    heading
        .trim()
        .to_lowercase()
        .chars()
        .filter(|letter| letter.is_alphanumeric() || " -_".contains(*letter))
        .map(|letter| if letter == ' ' { '-' } else { letter })
        .collect()
}

fn examples() -> impl Iterator<Item = Example> {
    let mut lines = PAGE.lines().enumerate();
    std::iter::from_fn(move || {
        loop {
            let (at, fence) = lines.next()?;
            let Some(tag) = fence.strip_prefix("```") else {
                continue;
            };
            let text: Vec<&str> = lines
                .by_ref()
                .map(|(_, line)| line)
                .take_while(|line| *line != "```")
                .collect();
            let mut tag = tag.split_whitespace();
            if tag.next() == Some("policy") {
                return Some(Example {
                    line: at + 1,
                    codes: codes(&tag.collect::<Vec<_>>()),
                    text: text.join("\n") + "\n",
                });
            }
        }
    })
}

/// The codes of a tag, which says of each whether it is an error.
fn codes(tag: &[&str]) -> BTreeSet<&'static str> {
    let Some((kind, ids)) = tag.split_first() else {
        return BTreeSet::new();
    };
    ids.iter()
        .map(|id| {
            let code = Code::ALL.iter().find(|code| code.id() == *id);
            let code = code.unwrap_or_else(|| panic!("there is no code `{id}`"));
            let is_error = code.severity() == Severity::Error;
            assert_eq!(*kind, if is_error { "error" } else { "warning" }, "{id}");
            code.id()
        })
        .collect()
}

/// How many request lines hold, or what is otherwise than the page says.
fn run(example: &Example) -> Result<usize, String> {
    let mut sources = Sources::default();
    sources.add("example.policy", example.text.clone());
    let products = Products::default();
    let (tree, mut findings) = tollgate_grammar::parse(&sources);
    let (policy, more) = Policy::compile(&sources, &tree, &products);
    findings.extend(more);
    if let Some(policy) = &policy {
        let supplies = [Supplies::everything("the provider")];
        findings.extend(analyse(&sources, &tree, &products, policy, &supplies));
    }
    let wants_cache = example.codes.contains(Code::NotCacheable.id());
    findings.retain(|finding| finding.code != Code::NotCacheable || wants_cache);
    let found: BTreeSet<&str> = findings.iter().map(|finding| finding.code.id()).collect();
    if found != example.codes {
        let shown = render(&sources, &findings, Style::Plain);
        return Err(format!("expected {:?}\n{shown}", example.codes));
    }
    if findings.iter().any(is_error) {
        return Ok(0);
    }
    let policy = policy.ok_or("no policy and no error")?;
    let lines = example::run(&policy, &tree, &products, NOW);
    let failures: Vec<String> = lines
        .iter()
        .filter(|line| !line.holds())
        .map(|line| format!("{}, but it is {}", sources.text(line.span), line.got()))
        .collect();
    if failures.is_empty() {
        Ok(lines.len())
    } else {
        Err(failures.join("\n"))
    }
}

fn is_error(finding: &Diagnostic) -> bool {
    finding.severity() == Severity::Error
}

fn uncommented(text: &str) -> String {
    text.lines()
        .map(|line| line.split(" #").next().unwrap_or_default().to_owned() + "\n")
        .collect()
}
