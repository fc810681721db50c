//! Which rules leave some users without a document, whoever these users are: each is found, once.
#![allow(clippy::panic, reason = "tests")]

mod compiled;

use tollgate_engine::{Document, Inexact, Sees};

use compiled::policy;

/// The rules that are the causes, and `too large`; every document that there is fits.
fn causes(text: &str) -> Vec<String> {
    causes_if(text, |_| true)
}

fn causes_if(text: &str, fits: impl Fn(&Document) -> bool) -> Vec<String> {
    let causes = policy(text).inexact(Sees::ALL, 0, fits);
    let name = |cause: &Inexact| match cause.rule() {
        Some(rule) => rule.head.clone(),
        None => cause.to_string(),
    };
    causes.iter().map(name).collect()
}

/// Everybody else is turned away, so that only somebody who meets the condition has no document.
fn needs(condition: &str) -> bool {
    let route = format!("route /a requires {condition} and ip in 10.0.0.0/8\n");
    match causes(&route).as_slice() {
        [] => false,
        [cause] => {
            assert_eq!(cause, "route /a", "{condition}");
            true
        }
        more => panic!("{condition}: {more:?}"),
    }
}

#[test]
fn of_few_facts_every_combination_is_tried() {
    for condition in [
        "user",
        "not user",
        "product p",
        "user and not product p",
        "product p and not product q",
        "product q and not product p",
        "product p and product q and not (product r or product s)",
        "product q and product s and not (product p or product r)",
        "product s and product r and not (product p or product q)",
        "user and not (product p or product q or product r or product s)",
    ] {
        assert!(needs(condition), "{condition}");
    }
    for nobody in ["product p and not product p", "role a and not user"] {
        assert!(!needs(nobody), "{nobody}");
    }
}

#[test]
fn of_many_facts_each_alone_and_each_missing() {
    let names: Vec<String> = (0..12).map(|number| format!("p{number}")).collect();
    let or = |names: &[String]| format!("(product {})", names.join(" or "));
    let and = |names: &[String]| format!("(product {})", names.join(" and "));
    for (at, one) in names.iter().enumerate() {
        let mut others = names.clone();
        others.remove(at);
        assert!(needs(&format!("product {one} and not {}", or(&others))));
        assert!(needs(&format!("{} and not product {one}", and(&others))));
    }
    assert!(needs(&and(&names)));
    assert!(needs(&format!("user and not {}", or(&names))));
    // Two of twelve is a combination that is not tried.
    let (two, others) = names.split_at(2);
    assert!(!needs(&format!("{} and not {}", and(two), or(others))));
}

#[test]
fn each_cause_is_told_once() {
    let two = "\
route /a requires product p and ip in 10.0.0.0/8
route /b requires user and header x = \"1\"
route /c requires product p or product q
";
    assert_eq!(causes(two), ["route /b", "route /a"]);
    assert_eq!(causes("route /c requires product p\n"), [""; 0]);
}

#[test]
fn a_tier_is_a_cause_of_its_own() {
    let tier = "tier gold is product p and ip in 10.0.0.0/8\nroute /a requires user\n";
    let causes = causes(tier);
    assert_eq!(causes.len(), 1, "{causes:?}");
    assert!(causes.concat().contains("`tier gold`"), "{causes:?}");
}

#[test]
fn a_document_that_does_not_fit_is_none() {
    let route = "route /a requires product p\n";
    assert_eq!(
        causes_if(route, |document| document.allow.is_empty()),
        ["the rules and what the user has come to more than a document can hold"]
    );
    assert_eq!(causes_if(route, |document| !document.wide), [""; 0]);
}

/// A parameter is compared with what somebody has: each list has one name, and a user has an ID.
#[test]
fn somebody_is_a_member_of_each_kind_of_list() {
    for what in ["user", "role", "team", "permission", "scope", "group"] {
        let condition = format!("{what} {{x}} and ip in 10.0.0.0/8");
        let causes = causes(&format!("route /{{x}} requires {condition}\n"));
        assert_eq!(causes, ["route /{x}"], "{what}");
    }
}

#[test]
fn what_is_wrong_is_told_in_words_with_a_request() {
    for (text, words) in [
        (
            "route /a requires product p and ip in 10.0.0.0/8\n",
            &["`route /a` (access.policy:1)", "the address", " /a`"][..],
        ),
        (
            "route /a/{x} requires product p\nroute /a/{x}/b/{y} requires product q\n\
             route /a/{x}/{y}/{z} is denied\n",
            &["`*` crosses slashes", "access.policy:"],
        ),
    ] {
        let told: String = policy(text)
            .inexact(Sees::ALL, 0, |_| true)
            .iter()
            .map(ToString::to_string)
            .collect();
        for words in words {
            assert!(told.contains(words), "{words:?} in {told:?}");
        }
    }
}
