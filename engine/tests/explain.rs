//! `explain` says what `decide` says, and what it says would turn a decision turns it.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::format_push_string,
    clippy::format_collect,
    clippy::too_many_lines,
    reason = "tests"
)]

#[path = "reference/conditions.rs"]
#[allow(dead_code, reason = "only a part is used here")]
mod conditions;
#[path = "reference/policies.rs"]
#[allow(dead_code, reason = "only a part is used here")]
mod policies;
#[path = "reference/requests.rs"]
#[allow(dead_code, reason = "only a part is used here")]
mod requests;
#[path = "reference/users.rs"]
mod users;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, TestRunner};
use requests::{Call, Callee};
use tollgate_engine::explain::{By, Checked, Considered, MAX_NEAR, Role};
use tollgate_engine::truth::Truth;
use tollgate_engine::{Explanation, Fact, Policy, Products, Supplies, User, analyse, explain};
use tollgate_grammar::tree::{Access, Route, Statement, Tree};
use tollgate_grammar::{Code, Sources};

struct Subject {
    sources: Sources,
    tree: Tree,
    policy: Policy,
}

impl Subject {
    fn new(files: &[String]) -> Self {
        let mut sources = Sources::default();
        for (number, text) in files.iter().enumerate() {
            sources.add(format!("{number}.policy"), text.as_str());
        }
        let (tree, _) = tollgate_grammar::parse(&sources);
        let (policy, findings) = Policy::compile(&sources, &tree, &Products::default());
        let policy = policy.unwrap_or_else(|| panic!("{files:?}: {findings:?}"));
        Self {
            sources,
            tree,
            policy,
        }
    }

    fn explain(&self, user: Option<&User>, call: &Call) -> Explanation<'_> {
        let principal = match user {
            Some(user) => self.policy.principal(user.clone()),
            None => self.policy.visitor(),
        };
        explain(
            &self.policy,
            &self.sources,
            &self.tree,
            &Products::default(),
            &call.request(),
            &principal,
        )
    }

    /// Explains, and checks all that must be true of any explanation; how many changes there are.
    fn checked(&self, user: Option<&User>, call: &Call) -> (bool, usize) {
        let request = call.request();
        let principal = match user {
            Some(user) => self.policy.principal(user.clone()),
            None => self.policy.visitor(),
        };
        let decision = self.policy.decide(&request, &principal);
        let explanation = self.explain(user, call);
        assert_eq!(explanation.decision, decision);

        // The decider is the rule the decision names.
        let rules = || explanation.routes.iter().chain(&explanation.forbids);
        let decider = rules().find(|rule| Some(rule.span) == explanation.decider);
        assert_eq!(decider.map(|rule| &rule.rule), decision.rule());
        let asked = |rule: &&Considered| rule.part == Role::Asked;
        assert!(explanation.routes.iter().filter(asked).count() <= 1);

        // The conditions come to what was decided.
        let route = explanation.routes.iter().find(asked);
        let condition = route.and_then(|route| route.condition.as_ref());
        let forbidden = rules().any(|rule| rule.part == Role::Forbids);
        if decision.is_allowed() {
            assert!(route.is_some() && !forbidden);
            assert!(condition.is_none_or(|condition| condition.value == Truth::True));
        } else if let Some(condition) = condition {
            assert!(forbidden || condition.value != Truth::True);
        }
        for rule in rules() {
            rule.condition.iter().for_each(consistent);
        }

        for change in &explanation.changes {
            assert!(!change.steps.is_empty());
            let principal = match change.user() {
                Some(user) => self.policy.principal(user.clone()),
                None => self.policy.visitor(),
            };
            let turned =
                change.request(&request, |request| self.policy.decide(request, &principal));
            assert_ne!(
                turned.is_allowed(),
                decision.is_allowed(),
                "{:?}",
                change.steps
            );
        }
        (decision.is_allowed(), explanation.changes.len())
    }
}

/// Every part has the value its parts make.
fn consistent(checked: &Checked) {
    let values = checked.parts.iter().map(|part| part.value);
    let value = match (checked.text.as_str(), checked.parts.as_slice()) {
        (_, []) => checked.value,
        ("all of", _) => values.fold(Truth::True, Truth::and),
        ("any of", _) => values.fold(Truth::False, Truth::or),
        ("not", [inner]) => !inner.value,
        (_, [inner]) => inner.value,
        _ => panic!("{checked:?}"),
    };
    assert_eq!(checked.value, value, "{checked:?}");
    checked.parts.iter().for_each(consistent);
}

fn case() -> impl Strategy<Value = (Vec<String>, Vec<User>, Vec<Call>)> {
    (
        policies::policy(),
        vec(users::user(), 3),
        vec(requests::call(), 6),
    )
}

proptest! {
    #![proptest_config(Config { cases: 96, failure_persistence: None, ..Config::default() })]

    #[test]
    fn explanations_are_true((files, users, calls) in case()) {
        let subject = Subject::new(&files);
        for call in &calls {
            subject.checked(None, call);
            for user in &users {
                subject.checked(Some(user), call);
            }
        }
    }
}

/// What a warning calls certain is so for every user and request that comes along.
#[test]
fn warnings_are_true() {
    let (mut runner, mut certain) = (TestRunner::deterministic(), 0);
    let cases = (
        conditions::condition(&[], &[]),
        vec(users::user(), 6),
        vec(requests::call(), 6),
    );
    for _ in 0..1500 {
        let (sketch, users, calls) = cases.new_tree(&mut runner).unwrap().current();
        let text = format!(
            "route /* requires {}\nroute / is public\n",
            sketch.write(&[])
        );
        let subject = Subject::new(std::slice::from_ref(&text));
        let found = analyse(
            &subject.sources,
            &subject.tree,
            &Products::default(),
            &subject.policy,
            &[Supplies::everything("the provider")],
        );
        let Some(Statement::Route(Route {
            access: Access::Requires(condition),
            ..
        })) = subject.tree.statements.first()
        else {
            panic!("{text}");
        };
        let is_whole = |code: Code| {
            found
                .iter()
                .any(|finding| finding.code == code && finding.span == condition.span())
        };
        let (never, always) = (is_whole(Code::NeverHolds), is_whole(Code::AlwaysHolds));
        if !never && !always {
            continue;
        }
        certain += 1;
        for call in &calls {
            for user in users.iter().map(Some).chain([None]) {
                let explanation = subject.explain(user, call);
                let route = explanation.routes.first();
                if let Some(checked) = route.and_then(|route| route.condition.as_ref()) {
                    assert!(
                        !never || checked.value != Truth::True,
                        "{text}{user:?} {call:?}"
                    );
                    assert!(
                        !always || checked.value != Truth::False,
                        "{text}{user:?} {call:?}"
                    );
                }
            }
        }
    }
    assert!(certain >= 20, "only {certain} conditions were certain");
}

/// A search that never finds anything would be true of everything.
#[test]
fn changes_are_found() {
    let (mut denied, mut allowed) = ((0, 0), (0, 0));
    let mut runner = TestRunner::deterministic();
    for _ in 0..60 {
        let (files, users, calls) = case().new_tree(&mut runner).unwrap().current();
        let subject = Subject::new(&files);
        for call in &calls {
            for user in &users {
                let (is_allowed, changes) = subject.checked(Some(user), call);
                let count = if is_allowed {
                    &mut allowed
                } else {
                    &mut denied
                };
                count.0 += 1;
                count.1 += usize::from(changes > 0);
            }
        }
    }
    assert!(denied.1 * 10 > denied.0, "{denied:?}");
    assert!(allowed.1 * 2 > allowed.0, "{allowed:?}");
}

fn user(products: &[&str], mfa: &[&str], roles: &[&str]) -> User {
    let names = |names: &[&str]| Fact::Known(names.iter().map(|name| (*name).to_owned()).collect());
    User {
        id: "u-1".to_owned(),
        email: Fact::Known(None),
        email_verified: Fact::Known(false),
        products: names(products),
        mfa: names(mfa),
        provider: Fact::Unknown,
        roles: names(roles),
        teams: names(&[]),
        permissions: Fact::Unknown,
        scopes: names(&[]),
        groups: names(&[]),
        claims: Fact::Known(serde_json::json!({})),
    }
}

/// Sets as `+product a +mfa | -role x (operator)`, in the order they are named.
fn changes(explanation: &Explanation<'_>) -> String {
    let step = |step: &tollgate_engine::explain::Step| {
        let sign = if step.holds { '+' } else { '-' };
        let by = match step.by {
            By::User => String::new(),
            other => format!(" ({})", other.as_str()),
        };
        format!("{sign}{}{by}", step.fact)
    };
    let sets = explanation.changes.iter().map(|change| {
        let steps: Vec<String> = change.steps.iter().map(step).collect();
        steps.join(" ")
    });
    sets.collect::<Vec<_>>().join(" | ")
}

/// One line each: a condition, what a user with product `a`, TOTP and role `x` would have to have
/// or lack for the decision to turn, and the same for a visitor.
#[test]
fn the_smallest_changes() {
    let signed_in = user(&["a"], &["totp"], &["x"]);
    for (condition, of_user, of_visitor) in [
        ("user", "-user", "+user"),
        ("not user", "-user (operator)", "+user"),
        ("product a", "-product a", "+user +product a"),
        ("product b", "+product b", "+user +product b"),
        (
            "product b or c",
            "+product b | +product c",
            "+user +product b | +user +product c",
        ),
        (
            "product b and c",
            "+product b +product c",
            "+user +product b +product c",
        ),
        (
            "product a and not mfa",
            "-mfa (operator)",
            "+user +product a",
        ),
        ("mfa totp", "-mfa totp", "+user +mfa totp"),
        ("mfa sms", "+mfa sms", "+user +mfa sms"),
        ("mfa and mfa sms", "+mfa sms", "+user +mfa sms"),
        (
            "product b and email verified",
            "+product b +email verified",
            "+user +product b +email verified",
        ),
        (
            "role y or (product b and mfa sms)",
            "+role y (operator) | +product b +mfa sms",
            "+user +role y (operator) | +user +product b +mfa sms",
        ),
        ("role y", "+role y (operator)", "+user +role y (operator)"),
        (
            "permission p",
            "+permission p (provider)",
            "+user +permission p (operator)",
        ),
        // With one of an unknown list all of it is known.
        (
            "permission p and not permission q",
            "+permission p (provider)",
            "+user +permission p (operator)",
        ),
        (
            "email \"a@b.c\"",
            "+email \"a@b.c\" (operator)",
            "+user +email \"a@b.c\" (operator)",
        ),
        (
            "user {id}",
            "+user me (operator)",
            "+user +user me (operator)",
        ),
        (
            "role {id}",
            "+role me (operator)",
            "+user +role me (operator)",
        ),
        (
            "claim a.b = \"x\"",
            "+claim a.b = \"x\" (operator)",
            "+user +claim a.b = \"x\" (operator)",
        ),
        (
            "claim n > 3 and claim n < 4",
            "+claim n > 3 (operator) +claim n < 4 (operator)",
            "+user +claim n > 3 (operator) +claim n < 4 (operator)",
        ),
        (
            "ip in 10.0.0.0/8",
            "+ip in 10.0.0.0/8 (request)",
            "+ip in 10.0.0.0/8 (request)",
        ),
        (
            "header x-a = \"1\"",
            "+header x-a = \"1\" (request)",
            "+header x-a = \"1\" (request)",
        ),
        (
            "after 2027-01-01",
            "+after 2027-01-01 (request)",
            "+after 2027-01-01 (request)",
        ),
        (
            "user and before 2027-01-01",
            "-user | -before 2027-01-01 (request)",
            "+user",
        ),
        (
            "(product b or (product c and d and e)) and (not product b or product f)",
            "+product b +product f",
            "+user +product b +product f",
        ),
        ("product a and not product a", "", ""),
        ("mfa totp and not mfa", "", ""),
        (
            "product a or role x",
            "-product a -role x (operator)",
            "+user +product a | +user +role x (operator)",
        ),
    ] {
        let subject = Subject::new(&[format!("route /a/{{id}} requires {condition}\n")]);
        let call = Call::of("GET", "/a/me");
        for (who, expected) in [(Some(&signed_in), of_user), (None, of_visitor)] {
            subject.checked(who, &call);
            let explanation = subject.explain(who, &call);
            assert_eq!(
                changes(&explanation),
                expected,
                "{condition}, {}",
                if who.is_some() { "user" } else { "visitor" }
            );
        }
    }
}

/// What stands in the way beside the route.
#[test]
fn forbids_are_part_of_the_change() {
    let subject = Subject::new(&[
        "route /a requires product b\nforbid /* unless mfa sms\nforbid GET /a when role x\nforbid POST /a when user\n".to_owned(),
    ]);
    let signed_in = user(&["a"], &["totp"], &["x"]);
    let explanation = subject.explain(Some(&signed_in), &Call::of("GET", "/a"));
    assert_eq!(
        changes(&explanation),
        "+product b +mfa sms -role x (operator)"
    );
    let parts: Vec<_> = explanation
        .forbids
        .iter()
        .map(|forbid| (forbid.rule.head.as_str(), forbid.part))
        .collect();
    assert_eq!(
        parts,
        [
            ("forbid GET /a", Role::Forbids),
            ("forbid /*", Role::Forbids),
            ("forbid POST /a", Role::OtherMethod),
        ]
    );
}

/// One line each: a request, and the part every rule had.
#[test]
fn why_other_rules_did_not_decide() {
    let subject = Subject::new(&[
        "route /pro/* requires user\nroute /pro/{x} requires user\nroute GET /pro/reports requires user\nroute /pro/reports requires user\nroute /health is public\nroute $connect requires user\n".to_owned(),
    ]);
    for (method, path, parts) in [
        (
            "GET",
            "/pro/reports",
            "asked 3; less-specific 1; less-specific 2; less-specific 4",
        ),
        (
            "POST",
            "/pro/reports",
            "asked 4; less-specific 1; less-specific 2; other-method 3",
        ),
        (
            "POST",
            "/pro/Reports",
            "asked 2; less-specific 1; other-case 4",
        ),
        ("GET", "/pro", "other-length 1"),
        ("GET", "/health/live", "other-length 5"),
        ("GET", "/HEALTH", "other-case 5"),
        ("GET", "/none", ""),
        ("GET", "/pro//x", ""),
    ] {
        let explanation = subject.explain(None, &Call::of(method, path));
        let found: Vec<String> = explanation
            .routes
            .iter()
            .map(|rule| {
                format!(
                    "{} {}",
                    rule.part.as_str(),
                    rule.rule.place.rsplit_once(':').unwrap().1
                )
            })
            .collect();
        assert_eq!(found.join("; "), parts, "{method} {path}");
    }
}

/// The same of fields.
#[test]
fn why_other_routes_did_not_decide_of_a_field() {
    let subject = Subject::new(&[
        "route field * requires user\nroute field Query.me is public\nroute /* is public\nforbid field Query.me when mfa\nforbid field * when role x\n".to_owned(),
    ]);
    for (field, routes, forbids) in [
        ("Query.me", "asked 2; less-specific 1", "passes 4; passes 5"),
        (
            "Query.ME",
            "asked 1; other-case 2",
            "passes 5; other-case 4",
        ),
        ("Query.you", "asked 1", "passes 5"),
        ("*", "asked 1", "passes 5"),
        ("Query", "", ""),
    ] {
        let call = Call {
            callee: Callee::Field(field.to_owned()),
            ..Call::of("", "")
        };
        let explanation = subject.explain(None, &call);
        let parts = |rules: &[Considered]| {
            let part = |rule: &Considered| {
                let line = rule.rule.place.rsplit_once(':').unwrap().1;
                format!("{} {line}", rule.part.as_str())
            };
            rules.iter().map(part).collect::<Vec<_>>().join("; ")
        };
        assert_eq!(parts(&explanation.routes), routes, "{field}");
        assert_eq!(parts(&explanation.forbids), forbids, "{field}");
        assert_eq!(explanation.segments, None);
    }
}

#[test]
fn the_tree_has_names_and_lists_written_out() {
    let subject = Subject::new(&[
        "tier pro is product p\ntier light is product l\nlet staff is email @example.com and mfa\nroute /{id}/x requires staff or tier light or (role a or b) or not user {id}\n".to_owned(),
    ]);
    let explanation = subject.explain(
        Some(&user(&["p"], &["totp"], &[])),
        &Call::of("GET", "/u-1/x"),
    );
    let mut lines = String::new();
    let condition = explanation.routes[0].condition.as_ref().unwrap();
    write(condition, 0, &mut lines);
    assert_eq!(
        lines,
        "\
any of True
  staff False
    all of False
      email @example.com False
      mfa True
  tier light True
    any of True
      product l False
      tier pro True
        product p True
  any of False
    role a False
    role b False
  not False
    user {id} True ({id} is `u-1`)
"
    );
}

fn write(checked: &Checked, depth: usize, lines: &mut String) {
    let note = checked
        .note
        .as_ref()
        .map_or_else(String::new, |note| format!(" ({note})"));
    let line = format!(
        "{}{} {:?}{note}\n",
        "  ".repeat(depth),
        checked.text,
        checked.value
    );
    lines.push_str(&line);
    for part in &checked.parts {
        write(part, depth + 1, lines);
    }
}

#[test]
fn many_near_rules_are_counted_not_listed() {
    let text = (0..100).fold(String::new(), |text, number| {
        text + &format!("route M{number} /a is public\n")
    });
    let subject = Subject::new(&[text]);
    let explanation = subject.explain(None, &Call::of("GET", "/a"));
    assert_eq!(explanation.routes.len(), MAX_NEAR);
    assert_eq!(explanation.more, 100 - MAX_NEAR);
}

/// More facts than every pair of could be tried: the structure alone shows the way, and what it has
/// too much of is left out.
#[test]
fn more_facts_than_can_be_tried() {
    let products: Vec<String> = (0..100).map(|number| format!("a{number}")).collect();
    let none = format!("not (product {})", products.join(" or "));
    for (condition, forbids, held, expected) in [
        (
            "user",
            "",
            &["a0", "a1"][..],
            "-product a0 (operator) -product a1 (operator)",
        ),
        (
            "product q and mfa and mfa sms",
            "",
            &[],
            "+product q +mfa sms",
        ),
        (
            "product q",
            "forbid /a unless mfa sms\nforbid /a when product r\n",
            &["r"],
            "+product q +mfa sms -product r (operator)",
        ),
    ] {
        let subject = Subject::new(&[format!(
            "route /a requires {condition} and {none}\n{forbids}"
        )]);
        let explanation = subject.explain(Some(&user(held, &[], &[])), &Call::of("GET", "/a"));
        assert_eq!(changes(&explanation), expected, "{condition}");
    }
}

/// Two to the power of 500 ways in: the search ends.
#[test]
fn more_ways_than_can_be_looked_at() {
    let pairs: Vec<String> = (0..500)
        .map(|n| format!("(product a{n} or b{n})"))
        .collect();
    let subject = Subject::new(&[format!("route /a requires {}\n", pairs.join(" and "))]);
    let explanation = subject.explain(Some(&user(&[], &[], &[])), &Call::of("GET", "/a"));
    assert_eq!(explanation.changes[0].steps.len(), 500);
}
