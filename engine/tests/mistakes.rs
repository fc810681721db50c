//! Mistakes of meaning: what is one, what only seems to be one, and what is said about it.
#![allow(
    clippy::panic,
    clippy::indexing_slicing,
    clippy::format_push_string,
    reason = "tests"
)]

use tollgate_engine::{Policy, Products, Reason, Request, Target};
use tollgate_grammar::{Code, Diagnostic, Sources, parse};

fn compile(text: &str) -> (Option<Policy>, Vec<Diagnostic>) {
    let mut sources = Sources::default();
    sources.add("access.policy", text);
    let (tree, mut findings) = parse(&sources);
    let (policy, more) = Policy::compile(&sources, &tree, &Products::default());
    findings.extend(more);
    (policy, findings)
}

fn codes(text: &str) -> Vec<Code> {
    let (_, findings) = compile(text);
    findings.iter().map(|finding| finding.code).collect()
}

/// What the one finding says would help.
fn help(text: &str) -> String {
    match compile(text).1.as_slice() {
        [finding] => finding.help.concat(),
        findings => panic!("{text}: {findings:?}"),
    }
}

#[test]
fn a_parameter_is_named_by_the_pattern_of_its_rule() {
    for sound in [
        "route /{x} requires user {x}",
        "route /a/{r+} requires user {r}",
        "route /{x}/{r+} requires user {x} or user {r}",
    ] {
        assert_eq!(codes(sound), [], "{sound}");
    }
    for (text, words) in [
        (
            "route /{x} requires user {y}",
            "name a segment of the pattern `{y}`",
        ),
        (
            "route /{r+} requires user {y}",
            "name a segment of the pattern `{y}`",
        ),
        (
            "route /{user} requires user {usr}",
            "did you mean `{user}`?",
        ),
        (
            "route $connect requires user {x}",
            "only a path has parameters",
        ),
        (
            "route field Query.a requires user {x}",
            "only a path has parameters",
        ),
    ] {
        assert_eq!(codes(text), [Code::UnknownParameter], "{text}");
        assert!(help(text).contains(words), "{text}: {}", help(text));
    }
}

/// One mistake is told once: what uses a broken definition is not said to use an unknown name.
#[test]
fn a_name_whose_definition_is_broken_is_not_unknown() {
    for (broken, name, unknown) in [
        ("let staff is is", "staff", Code::UnknownName),
        ("tier gold is is", "tier gold", Code::UnknownTier),
    ] {
        let uses = codes(&format!("{broken}\nroute /a requires {name}\n"));
        assert!(!uses.contains(&unknown), "{uses:?}");
        let other = name.replace("staff", "others").replace("gold", "iron");
        let uses = codes(&format!("{broken}\nroute /a requires {other}\n"));
        assert!(uses.contains(&unknown), "{uses:?}");
        let none = codes(&format!("route /a requires {name}\n"));
        assert_eq!(none, [unknown]);
    }
}

/// A method that is not one of HTTP's own is told apart from these and from every other.
#[test]
fn each_method_has_its_own_routes() {
    let methods = ["BREW", "WHEN", "POUR", "get"];
    let mut text = String::new();
    for method in &methods[..3] {
        text.push_str(&format!("route {method} /{method} is public\n"));
    }
    let (policy, findings) = compile(&text);
    let policy = policy.unwrap_or_else(|| panic!("{findings:?}"));
    let usual = tollgate_grammar::words::METHODS.iter().copied();
    for method in usual.chain(methods) {
        for place in &methods[..3] {
            let path = format!("/{place}");
            let request = Request {
                target: Target::Path {
                    method,
                    path: &path,
                },
                ip: None,
                unix_millis: 0,
                headers: None,
                query: None,
            };
            let decision = policy.decide(&request, &policy.visitor());
            let reason = decision.denial().map(|denial| denial.reason);
            let wanted = (method != *place).then_some(Reason::NoRoute);
            assert_eq!(reason, wanted, "{method} {path}");
        }
    }
}
