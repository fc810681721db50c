//! The document that is kept for a user, held against other requests: it must say what the policy says
//! of each, and deny what is malformed, whether an ARN has its escapes kept or decoded.

use std::borrow::Cow;

use tollgate_engine::path::{AdmittedPath, Malformed};
use tollgate_engine::{
    Decision, Denial, Document, Policy, Principal, Reason, Request, Sees, Target, User, document,
};

use crate::compare::Subject;
use crate::requests::{Call, Callee};

/// 2026-06-01T00:00:00Z: far from the dates of the policies.
pub const NOW: i64 = 1_780_272_000_000;

/// Whether an IAM resource covers a text, written from the IAM user guide alone: `*` is any run of
/// characters, `?` any one, `${*}`, `${?}` and `${$}` are the characters themselves.
pub fn covers(resource: &str, text: &str) -> bool {
    // Nearly all that is malformed is told by what stands between two stars.
    let mut between = resource.split(['*', '?']);
    if !resource.contains("${") && !between.all(|literal| text.contains(literal)) {
        return false;
    }
    let mut reached: Vec<bool> = std::iter::once(true)
        .chain(text.chars().map(|_| false))
        .collect();
    let mut rest = resource;
    while let Some(first) = rest.chars().next() {
        let literal = ["${*}", "${?}", "${$}"]
            .into_iter()
            .find(|variable| rest.starts_with(variable));
        let length = literal.map_or(first.len_utf8(), str::len);
        let mut next = vec![false; reached.len()];
        if literal.is_none() && first == '*' {
            let mut any = false;
            for (place, reached) in reached.iter().enumerate() {
                any |= reached;
                next[place] = any;
            }
        } else {
            let wanted = literal.map_or(first, |variable| variable.chars().nth(2).unwrap());
            for (place, found) in text.chars().enumerate() {
                let fits = literal.is_none() && first == '?' || wanted == found;
                next[place + 1] = reached[place] && fits;
            }
        }
        if !next.contains(&true) {
            return false;
        }
        reached = next;
        rest = &rest[length..];
    }
    *reached.last().unwrap()
}

/// Whether a document, as it is sent, lets a call through.
pub fn allows(document: &Document, tail: &str) -> bool {
    let any = |resources: &[String]| resources.iter().any(|resource| covers(resource, tail));
    any(&document.allow) && !any(&document.deny) && !(document.wide && any(document::malformed()))
}

/// The ARN's path in both readings.
pub fn readings(path: &str) -> Vec<Cow<'_, str>> {
    let mut decoded = Vec::new();
    let mut bytes = path.bytes();
    while let Some(byte) = bytes.next() {
        let mut ahead = bytes.clone();
        let digits = [ahead.next(), ahead.next()].map(|digit| (digit? as char).to_digit(16));
        match (byte, digits) {
            (b'%', [Some(high), Some(low)]) => {
                decoded.push(u8::try_from(high * 16 + low).unwrap());
                bytes = ahead;
            }
            _ => decoded.push(byte),
        }
    }
    let decoded = String::from_utf8_lossy(&decoded).into_owned();
    let mut readings = vec![Cow::Borrowed(path)];
    readings.extend((decoded != path).then_some(Cow::Owned(decoded)));
    readings
}

/// A path in which what IAM has no pattern for is replaced by something harmless: bytes that are not
/// UTF-8, and a `%` before a character beyond ASCII.
fn with_inexpressible_replaced(path: &str) -> Option<String> {
    let is_inexpressible = |path: &str| match AdmittedPath::admit(path) {
        Err(Malformed::BrokenEscape) => path.split('%').skip(1).any(|behind| {
            behind
                .chars()
                .take(2)
                .any(|character| !character.is_ascii())
        }),
        Err(Malformed::NotUtf8) => true,
        _ => false,
    };
    if !is_inexpressible(path) {
        return None;
    }
    let whole = path.strip_suffix('/').unwrap_or(path);
    let segments = whole.split('/').map(|segment| {
        if is_inexpressible(&format!("/{segment}")) {
            "inexpressible"
        } else {
            segment
        }
    });
    Some(segments.collect::<Vec<_>>().join("/"))
}

/// What the engine says now of a call with another path.
fn fresh<'p>(policy: &'p Policy, principal: &Principal, call: &Call, path: &str) -> Decision<'p> {
    let Callee::Path(method, _) = &call.callee else {
        unreachable!("only these are asked");
    };
    let request = Request {
        target: Target::Path { method, path },
        ..call.request()
    };
    policy.decide(&request, principal)
}

/// Whether what a document says of all its denials is true of this one.
fn is_true_of(said: &Denial, decision: &Decision<'_>) -> bool {
    let Some(denial) = decision.denial().filter(|_| decision.rule().is_some()) else {
        return true;
    };
    let general = Denial {
        reason: Reason::Forbidden,
        required: Vec::new(),
        hint: None,
    };
    let required = said.required.is_empty() || said.required == denial.required;
    let hint = said.hint.is_none() || said.hint == denial.hint;
    *said == general || said.reason == denial.reason && required && hint
}

/// Holds a user's document against calls; whether there is one.
pub fn replayed(subject: &Subject, user: Option<&User>, calls: &[Call]) -> bool {
    let policy = subject.policy.as_ref().unwrap();
    let principal = match user {
        Some(user) => policy.principal(user.clone()),
        None => policy.visitor(),
    };
    let Ok(document) = policy.document(&principal, Sees::ALL, NOW) else {
        return false;
    };
    for call in calls {
        let Callee::Path(method, path) = &call.callee else {
            continue;
        };
        // What API Gateway may let through to an authorizer: methods of its own, and a path.
        if !path.starts_with('/') || !["GET", "POST", "PUT", "DELETE"].contains(&method.as_str()) {
            continue;
        }
        let call = Call {
            unix_millis: NOW,
            ..call.clone()
        };
        for path in readings(path) {
            let allowed = allows(&document, &format!("{method}{path}"));
            let fresh = |path: &str| fresh(policy, &principal, &call, path);
            if let Some(replaced) = with_inexpressible_replaced(&path) {
                assert!(
                    !allowed || fresh(&replaced).is_allowed(),
                    "{method} {path} allowed\n{document:#?}"
                );
                continue;
            }
            let decision = fresh(&path);
            assert!(
                is_true_of(&document.denial, &decision),
                "{method} {path}: {decision:#?}\n{document:#?}\n{}",
                subject.text()
            );
            assert_eq!(
                allowed,
                decision.is_allowed(),
                "document, then engine: {method} {path}\n{}\n{document:#?}\n{}",
                subject.text(),
                crate::compare::shown(user)
            );
        }
    }
    true
}
