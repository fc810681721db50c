//! The rules that are shown beside the one that decides, and the part each has.

use tollgate_engine::explain::{Considered, MAX_NEAR};

use crate::requests::{Call, Callee};
use crate::subject::Subject;

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
fn many_near_rules_are_counted_not_listed() {
    let text = (0..100).fold(String::new(), |text, number| {
        text + &format!("route M{number} /a is public\n")
    });
    let subject = Subject::new(&[text]);
    let explanation = subject.explain(None, &Call::of("GET", "/a"));
    assert_eq!(explanation.routes.len(), MAX_NEAR);
    assert_eq!(explanation.more, 100 - MAX_NEAR);
}
