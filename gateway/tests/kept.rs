//! Answers for every request of a token, from events that are odd: what is kept is right all the
//! same.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use serde_json::{Value, json};
use tollgate_gateway::{Answer, Authorizer, Files, Invocation};
use tollgate_identity::sources::Sources;

const STAGE: &str = "arn:aws:execute-api:eu-central-1:123456789012:a1b2c3/main/";
/// Nobody signs in: no provider is asked.
const POLICY: &str = "\
tier guest is not user
route GET /a/* is public
route GET /b requires user
";

async fn authorizer(answers: &str) -> Authorizer {
    let settings = format!(
        "providers: [{{ tiun: {{ environment: live, api_key: env:KEY }} }}]\nanswers: {answers}\n"
    );
    let files = Files {
        policies: vec![("access.policy".to_owned(), POLICY.as_bytes().to_vec())],
        settings: ("authorizer.yaml".to_owned(), settings),
    };
    let sources = Sources::system().with_variables(|name| match name {
        "KEY" => Some("tiun-live-key".to_owned()),
        "GUEST" => Some("key-of-guests".to_owned()),
        "DEFAULT" => Some("key-of-others".to_owned()),
        _ => None,
    });
    Authorizer::start(&files, &sources).await.unwrap()
}

fn rest(arn: &str) -> Value {
    json!({ "type": "REQUEST", "methodArn": arn })
}

async fn answer(authorizer: &Authorizer, event: &Value) -> (Answer, Value) {
    let answer = authorizer.authorize(event, Invocation::new("1")).await;
    let answer = answer.unwrap();
    let sent = serde_json::to_value(&answer).unwrap();
    (answer, sent)
}

fn resources<'v>(sent: &'v Value, effect: &str) -> Vec<&'v str> {
    let statements = sent["policyDocument"]["Statement"].as_array().unwrap();
    let of_effect = statements.iter().filter(|one| one["Effect"] == effect);
    let resources = of_effect.flat_map(|statement| match &statement["Resource"] {
        Value::Array(all) => all.iter().collect(),
        one => vec![one],
    });
    resources
        .map(|resource| resource.as_str().unwrap())
        .collect()
}

/// A resource has at most 512 characters, but what is kept does not name the request: a later one of
/// any length is let in by it, and so is the first.
#[tokio::test]
async fn a_long_path_is_judged_as_what_is_kept_judges_it() {
    let long = rest(&format!("{STAGE}GET/a/{}", "x".repeat(600)));
    let (fresh, sent) = answer(&authorizer("{ scope: token }").await, &long).await;
    assert!(fresh.allows());
    assert_eq!(resources(&sent, "Allow"), [format!("{STAGE}GET/a/?*")]);
    assert_eq!(sent["context"]["reason"], "login_required");

    // Where the answer must name it, it cannot.
    let (refused, sent) = answer(&authorizer("{ scope: request }").await, &long).await;
    assert!(!refused.allows());
    assert_eq!(resources(&sent, "Deny"), ["*"]);
    assert_eq!(sent["context"]["reason"], "malformed_path");
}

/// An answer that names the request must not name a policy variable. What is kept names no request, so
/// that it lets in what the policy lets in, and the decision says the same.
#[tokio::test]
async fn a_path_that_reads_like_a_variable_is_judged_as_what_is_kept_judges_it() {
    let odd = rest(&format!("{STAGE}GET/a/${{aws:username}}"));
    let (kept, sent) = answer(&authorizer("{ scope: token }").await, &odd).await;
    assert!(kept.allows());
    assert_eq!(resources(&sent, "Allow"), [format!("{STAGE}GET/a/?*")]);

    let (refused, sent) = answer(&authorizer("{ scope: request }").await, &odd).await;
    assert!(!refused.allows());
    assert_eq!(resources(&sent, "Deny"), ["*"]);
}

/// The console's test of an authorizer has `*` for the stage.
#[tokio::test]
async fn no_document_is_for_all_stages() {
    let authorizer = authorizer("{ scope: token }").await;
    for stage in ["*", "?", "${aws:username}", "a*"] {
        let arn = STAGE.replace("main", stage) + "GET/a/x";
        let (refused, sent) = answer(&authorizer, &rest(&arn)).await;
        assert!(!refused.allows(), "{stage}");
        assert_eq!(resources(&sent, "Allow"), [""; 0], "{stage}");
        assert_eq!(resources(&sent, "Deny"), ["*"], "{stage}");
    }
}

/// The backend is told the tier of an answer for as long as it is kept, and API Gateway counts by its
/// key.
#[tokio::test]
async fn an_odd_first_request_leaves_the_tier_as_it_is() {
    let authorizer =
        authorizer("{ scope: token, usage_keys: { guest: env:GUEST, default: env:DEFAULT } }")
            .await;
    let whole = format!("{STAGE}GET/a/x");
    let mut overriding = rest(&whole);
    overriding["headers"] = json!({ "X-HTTP-Method-Override": "DELETE" });
    for odd in [
        overriding,
        rest(&format!("{STAGE}GET/a/*")),
        rest(&format!("{STAGE}GET/a//x")),
        rest(&format!("{STAGE}GET/nowhere")),
    ] {
        let (refused, sent) = answer(&authorizer, &odd).await;
        assert!(!refused.allows(), "{odd}");
        assert_eq!(resources(&sent, "Allow"), [format!("{STAGE}GET/a/?*")]);
        assert_eq!(sent["context"]["tier"], "guest", "{odd}");
        assert_eq!(sent["usageIdentifierKey"], "key-of-guests", "{odd}");
    }
}
