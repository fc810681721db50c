//! Any policy, and users made from what it asks about: the document that API Gateway keeps for one says
//! of every other request what the policy says of it.
//!
//! Two IAM evaluators judge, the naive one of `engine/tests/reference` and that of the local gateway;
//! the latter is given the document as it is sent. Bytes are as in `decide`.

#![no_main]

use libfuzzer_sys::fuzz_target;
use tollgate_engine::{Policy, Principal, Sees, User};
use tollgate_fuzz::asked::Asked;
use tollgate_fuzz::choices::Choices;
use tollgate_fuzz::compare::Subject;
use tollgate_fuzz::kept::{self, NOW};
use tollgate_fuzz::requests::{Call, Callee};
use tollgate_fuzz::{calls, users};
use tollgate_gateway::answer::document::PolicyDocument;
use tollgate_gateway::arn::{MAX_RESOURCE, MethodArn};
use tollgate_gateway::documents::Documents;
use tollgate_local::iam::{self, Verdict};

/// What every ARN of the stage starts with.
const STAGE: &str = "arn:aws:execute-api:eu-central-1:123456789012:a1b2c3d4e5/main/";
/// Users of each policy.
const USERS: usize = 3;
/// Requests of each user.
const CALLS: usize = 12;

fuzz_target!(|bytes: &[u8]| {
    let (text, mut choices) = Choices::behind_text(bytes);
    let subject = Subject::read(&[text]);
    let asked = Asked::of(&subject.tree);
    if !subject.errors.is_empty() || !asked.is_small() {
        return;
    }
    for _ in 0..USERS {
        let user = users::user(&asked, &mut choices);
        let calls: Vec<Call> = (0..CALLS)
            .map(|_| calls::call(&asked, &mut choices))
            .collect();
        if kept::replayed(&subject, user.as_ref(), &calls) {
            sent(&subject, user.as_ref(), &calls);
        }
    }
});

/// The document as it is sent says the same.
fn sent(subject: &Subject, user: Option<&User>, calls: &[Call]) {
    let policy = subject.policy.as_ref().expect("a policy without errors");
    let principal = match user {
        Some(user) => policy.principal(user.clone()),
        None => policy.visitor(),
    };
    let document = policy.document(&principal, Sees::ALL, NOW);
    let (Ok(document), Some(sent)) = (document, written(policy, &principal)) else {
        return;
    };
    for call in calls {
        let Callee::Path(method, path) = &call.callee else {
            continue;
        };
        for path in kept::readings(path) {
            let tail = format!("{method}{path}");
            let call = iam::Call {
                arn: &format!("{STAGE}{tail}"),
                unix_millis: NOW,
                ip: None,
            };
            assert_eq!(
                kept::allows(&document, &tail),
                sent.verdict(&call) == Verdict::Allowed,
                "as written, then as sent: {tail}\n{document:#?}\n{}",
                subject.text()
            );
        }
    }
}

/// The document as API Gateway gets it; nothing if it would be too long.
fn written(policy: &Policy, principal: &Principal) -> Option<iam::Document> {
    let arn = format!("{STAGE}GET/");
    let arn = MethodArn::read(&arn).expect("an ARN");
    let kept = Documents::default()
        .of(policy, principal, &arn, Sees::ALL, NOW)
        .ok()?;
    let sent = serde_json::to_value(PolicyDocument::of_token(&kept, None, None)).expect("JSON");
    let read = iam::Document::read(&sent);
    Some(read.unwrap_or_else(|why| panic!("{why} (at most {MAX_RESOURCE}): {sent}")))
}
