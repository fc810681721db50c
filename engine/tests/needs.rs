//! What a policy needs to know of its users: no fact too few, none too many.
#![allow(clippy::panic, clippy::unwrap_used, reason = "tests")]

use tollgate_engine::FactKind::{
    Claims, Email, EmailVerified, Groups, Mfa, Permissions, Products, Provider, Roles, Scopes,
    Teams,
};
use tollgate_engine::truth::Truth;
use tollgate_engine::{Fact, FactKind, FactSet, Needs, Policy, Products as Names, User};
use tollgate_grammar::{Sources, parse};

fn needs(policy: &str) -> Needs {
    let mut sources = Sources::default();
    sources.add("access.policy", policy);
    let (tree, findings) = parse(&sources);
    let (policy, more) = Policy::compile(&sources, &tree, &Names::default());
    policy
        .unwrap_or_else(|| panic!("{findings:?} {more:?}"))
        .needs()
}

#[test]
fn each_condition_needs_its_kind() {
    let cases: &[(&str, &[FactKind])] = &[
        ("route /a is public", &[]),
        ("route /a is denied", &[]),
        ("route /a requires user", &[]),
        ("route /users/{id} requires user {id} or user u-1", &[]),
        (
            "route /a requires ip in 10.0.0.0/8 and header x = \"1\"",
            &[],
        ),
        ("route /a requires product p", &[Products]),
        ("route /a requires email @example.com", &[Email]),
        ("route /a requires email \"a@example.com\"", &[Email]),
        ("route /a requires email verified", &[EmailVerified]),
        ("route /a requires mfa", &[Mfa]),
        ("route /a requires not mfa totp", &[Mfa]),
        ("route /a requires provider github", &[Provider]),
        ("route /a requires role a or role b", &[Roles]),
        ("route /teams/{team} requires team {team}", &[Teams]),
        (
            "route /a/{p} requires not (user or permission {p})",
            &[Permissions],
        ),
        ("route /a requires scope s", &[Scopes]),
        (
            "route /a requires user\nforbid /b/{g} unless group {g}",
            &[Groups],
        ),
        (
            "let paying is product p\nroute /a requires paying and mfa",
            &[Products, Mfa],
        ),
        ("tier gold is role gold\nroute /a is public", &[Roles]),
        ("route /a requires claim org.id = \"x\"", &[Claims]),
    ];
    for (policy, kinds) in cases {
        assert_eq!(needs(policy).facts, FactSet::of(kinds), "{policy}");
    }
}

#[test]
fn claims_are_named_each_once() {
    let needs = needs(
        "route /a requires claim org.id = \"x\" and claim plan = 3\n\
         forbid /b when claim org.id = \"y\"",
    );
    assert_eq!(
        needs.claims,
        [
            vec!["org".to_owned(), "id".to_owned()],
            vec!["plan".to_owned()]
        ]
    );
}

#[test]
fn what_a_policy_asks_is_told_of_somebody_in_its_words() {
    let text = "\
route /a requires product p and (claim org.plan = \"pro\" or not mfa totp)
route /b/{t} requires (team {t} and email @example.com) or user
";
    let mut sources = Sources::default();
    sources.add("access.policy", text);
    let (tree, _) = parse(&sources);
    let (policy, _) = Policy::compile(&sources, &tree, &Names::default());
    let policy = policy.unwrap();
    let user = User {
        id: "u-1".to_owned(),
        products: Fact::Known(vec!["p".to_owned(), "q".to_owned()]),
        mfa: Fact::Known(Vec::new()),
        ..User::default()
    };
    let told = |principal| policy.facts_of(&principal).collect::<Vec<_>>();
    let facts = [
        ("product p", Truth::True),
        ("claim org.plan = \"pro\"", Truth::Unknown),
        ("mfa totp", Truth::False),
        ("email @example.com", Truth::Unknown),
        ("user", Truth::True),
    ];
    assert_eq!(
        told(policy.principal(user)),
        facts.map(|(fact, value)| (fact.to_owned(), value))
    );
    let nothing = facts.map(|(fact, _)| (fact.to_owned(), Truth::False));
    assert_eq!(told(policy.visitor()), nothing);
}
