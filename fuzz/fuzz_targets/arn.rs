//! Two texts as ARNs of called methods: taken apart without a loss; and an answer that allows the first
//! allows the second only if they are the same.

#![no_main]

use libfuzzer_sys::fuzz_target;
use tollgate_gateway::answer::document::PolicyDocument;
use tollgate_gateway::arn::{MAX_RESOURCE, MethodArn};
use tollgate_local::iam::{Call, Document, Verdict};

fuzz_target!(|bytes: &[u8]| {
    let text = String::from_utf8_lossy(bytes);
    let (first, second) = text.split_once('\n').unwrap_or((&text, &text));
    let (Ok(first), Ok(second)) = (MethodArn::read(first), MethodArn::read(second)) else {
        return;
    };
    whole(&first);
    let document = PolicyDocument::of_request(Some(&first), true, None);
    let document = serde_json::to_value(document).expect("a document");
    let document = Document::read(&document).unwrap_or_else(|why| panic!("{why}: {document}"));
    let allows = |arn: &MethodArn<'_>| {
        let call = Call {
            arn: arn.whole,
            unix_millis: 0,
            ip: None,
        };
        document.verdict(&call) == Verdict::Allowed
    };
    assert_eq!(allows(&first), first.stands_for_itself(), "{first:?}");
    if allows(&second) {
        assert_eq!(first.whole, second.whole, "another is allowed");
    }
});

/// What it was taken apart into is all of it.
fn whole(arn: &MethodArn<'_>) {
    let MethodArn {
        whole,
        stage,
        method,
        path,
        ..
    } = arn;
    let up_to_stage = arn.up_to_stage();
    let behind = whole.strip_prefix(up_to_stage).expect("its start");
    assert!(up_to_stage.ends_with(&format!("/{stage}/")), "{arn:?}");
    assert!(
        behind == format!("{method}/{path}") || (path.is_empty() && behind == *method),
        "{arn:?}"
    );
    assert!(whole.starts_with(&format!("arn:{}:execute-api:", arn.partition())));
    assert!(!stage.contains('/') && !method.contains('/') && !stage.is_empty());
    assert!(!arn.stands_for_itself() || whole.chars().count() <= MAX_RESOURCE);
    assert!(!arn.is_connect() || behind == "$connect");
}
