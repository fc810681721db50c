//! Products by name: what a word of a policy stands for, and what nobody can have here.
#![allow(clippy::panic, reason = "tests")]

use tollgate_engine::{Policy, Products};
use tollgate_grammar::{Code, Diagnostic, Sources, parse};

fn products() -> Products {
    [("pro", "p-live-pro"), ("light", "p-live-light")]
        .map(|(name, id)| (name.to_owned(), id.to_owned()))
        .into_iter()
        .collect()
}

fn errors(text: &str, products: &Products) -> Vec<Diagnostic> {
    let mut sources = Sources::default();
    sources.add("access.policy", text);
    let (tree, findings) = parse(&sources);
    assert_eq!(findings, [], "{text}");
    let (policy, findings) = Policy::compile(&sources, &tree, products);
    assert_eq!(policy.is_none(), !findings.is_empty(), "{findings:?}");
    findings
}

#[test]
fn a_name_stands_for_an_id_and_any_other_word_for_itself() {
    let products = products();
    assert_eq!(products.id("pro"), "p-live-pro");
    assert_eq!(products.id("p-live-pro"), "p-live-pro");
    assert_eq!(products.id("Pro"), "Pro");
    let all: Vec<_> = products.iter().collect();
    assert_eq!(all, [("light", "p-live-light"), ("pro", "p-live-pro")]);
}

#[test]
fn a_product_of_another_environment_is_an_error_by_id_and_by_name() {
    let words = "belongs to the sandbox".to_owned();
    let live = products().without("p-sandbox-", words);
    assert_eq!(
        live.foreign("p-sandbox-pro"),
        Some("belongs to the sandbox")
    );
    assert_eq!(live.foreign("p-live-pro"), None);
    assert_eq!(products().foreign("p-sandbox-pro"), None);

    assert_eq!(errors("route /a requires product pro\n", &live), []);
    let errors = errors("route /a requires product p-sandbox-pro\n", &live);
    let [error] = errors.as_slice() else {
        panic!("{errors:?}");
    };
    assert_eq!(error.code, Code::WrongEnvironment);
    assert!(
        error.message.contains("belongs to the sandbox"),
        "{error:?}"
    );
}
