//! The replay: an answer that API Gateway keeps by token is asked about other routes. For generated
//! policies, users, first and later requests, well-formed and not, whether ARNs have their escapes kept
//! or decoded: it says what a fresh answer says, or denies where the request is malformed.
//!
//! Two IAM evaluators judge, ours and npm's `@cloud-copilot/iam-simulate`, the latter a sample.
#![allow(
    clippy::panic,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "tests"
)]
#![allow(
    clippy::format_collect,
    reason = "short texts, read more easily than fast"
)]

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::{Config, TestRunner};
use serde_json::{Value, json};
use tollgate_engine::path::{AdmittedPath, Malformed};
use tollgate_gateway::{Answer, AuthorizeError, Authorizer, Invocation};
use tollgate_local::iam::{Call, Document, Verdict};
use tollgate_local::tiun::{TiunStandIn, development_key};
use tollgate_local::users::Environment;
use tollgate_tests::judge::Judge;
use tollgate_tests::rig::{self, Setup};

const STAGE: &str = "arn:aws:execute-api:eu-central-1:123456789012:a1b2c3d4e5/main/";
/// Of the stand-in; the last has no valid token.
const USERS: [&str; 4] = ["free", "light", "pro", "expired"];
/// How many of the later requests the outside judge is asked about: its patterns are slow.
const SAMPLE: usize = 3;

/// A route or a `forbid`.
fn rule() -> impl Strategy<Value = (String, String)> {
    let pattern = select(
        &[
            "/", "/a", "/a/b", "/a/*", "/{x}", "/{x}/b", "/a/{x}", "/*", "/a%20b/*", "/a/b/*",
            "/u/{x}/*",
        ][..],
    );
    let method = select(&["", "GET ", "POST "][..]);
    let access = prop_oneof![
        4 => select(&[
            "is public", "is denied", "requires user", "requires product p-live-light",
            "requires product p-live-pro or p-live-light", "requires product p-live-pro",
        ][..]),
        1 => Just("requires user and not product p-live-pro"),
    ];
    let forbid = select(
        &[
            "when product p-live-light",
            "unless product p-live-pro",
            "when not user",
        ][..],
    );
    (method, pattern, access, forbid, prop::bool::weighted(0.2)).prop_map(
        |(method, pattern, access, forbid, forbids)| {
            let access = match pattern {
                "/u/{x}/*" => "requires user {x}",
                _ => access,
            };
            let (word, rest) = if forbids {
                ("forbid", forbid)
            } else {
                ("route", access)
            };
            let key = format!("{word} {method}{pattern}");
            (key.clone(), format!("{key} {rest}\n"))
        },
    )
}

/// No two routes for the same pattern and method.
fn policy() -> impl Strategy<Value = String> {
    vec(rule(), 1..6).prop_map(|rules| {
        let mut keys: Vec<String> = Vec::new();
        let mut text = String::new();
        for (key, rule) in rules {
            // API Gateway's way, too: names of parameters make no difference.
            let same = |other: &String| key == *other;
            if !keys.iter().any(same) {
                text.push_str(&rule);
                keys.push(key);
            }
        }
        // There must be a route.
        text + "route /always is public\n"
    })
}

fn path() -> impl Strategy<Value = String> {
    let segment = prop_oneof![
        12 => select(&["a", "b", "a%20b", "u", "u-light", "u-pro"][..]),
        3 => select(&[
            "", ".", "..", "%2e%2e", "%61", "a%2fb", "a;b", "*", "a%20", "%00", "%5c", "a#", "é",
            "%C3%A9", "%ff", "%zz", "${x}", "%25é", "%25", "a:b", "%E2%82%AC",
        ][..]),
    ];
    (vec(segment, 0..4), any::<bool>()).prop_map(|(segments, slash)| {
        let path: String = segments
            .iter()
            .map(|segment| format!("/{segment}"))
            .collect();
        if slash || path.is_empty() {
            path + "/"
        } else {
            path
        }
    })
}

/// A method, and the path as it stands in the ARN.
type Request = (&'static str, String);

fn request() -> impl Strategy<Value = Request> {
    (
        select(&["GET", "POST", "DELETE"][..]),
        path(),
        any::<bool>(),
    )
        .prop_map(|(method, path, decoded)| (method, if decoded { decode(&path) } else { path }))
}

/// Escapes decoded, as API Gateway may or may not do before it makes an ARN.
fn decode(path: &str) -> String {
    let mut decoded = Vec::new();
    let mut rest = path.as_bytes();
    while let [first, behind @ ..] = rest {
        let digits = behind
            .first_chunk::<2>()
            .and_then(|pair| std::str::from_utf8(pair).ok());
        match digits.and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
            Some(byte) if *first == b'%' => {
                decoded.push(byte);
                rest = behind.get(2..).unwrap_or_default();
            }
            _ => {
                decoded.push(*first);
                rest = behind;
            }
        }
    }
    String::from_utf8_lossy(&decoded).into_owned()
}

fn arn((method, path): &Request) -> String {
    format!("{STAGE}{method}{path}")
}

/// The event of a request; the last kind sees the token and the ARN alone.
fn event(kind: usize, request: &Request, token: &str) -> Value {
    let bearer = format!("Bearer {token}");
    match kind {
        0 => json!({
            "type": "REQUEST",
            "methodArn": arn(request),
            "httpMethod": request.0,
            "headers": { "Authorization": bearer },
            "requestContext": { "identity": { "sourceIp": "203.0.113.7" } },
        }),
        1 => json!({
            "type": "REQUEST",
            "version": "2.0",
            "routeArn": arn(request),
            "headers": { "authorization": bearer },
            "requestContext": { "http": { "method": request.0, "sourceIp": "203.0.113.7" } },
        }),
        _ => json!({ "type": "TOKEN", "methodArn": arn(request), "authorizationToken": bearer }),
    }
}

struct Stage {
    tiun: TiunStandIn,
    judge: Judge,
}

/// What happened in all cases together: a test that never came to a point proves nothing.
#[derive(Debug, Default)]
struct Seen {
    allowed: usize,
    denied: usize,
    malformed: usize,
}

impl Stage {
    async fn authorizer(&self, policy: &str) -> Authorizer {
        let configuration = format!(
            "providers:\n  - tiun: {{ environment: live, base_url: \"{}\", api_key: env:API_KEY }}\nanswers:\n  scope: token\n",
            self.tiun.url()
        );
        let setup = Setup::new(&configuration, policy);
        setup
            .with("API_KEY", development_key(Environment::Live))
            .authorizer()
            .await
    }

    async fn replay(
        &self,
        policy: &str,
        kind: usize,
        firsts: &[Request],
        laters: &[Request],
        seen: &mut Seen,
    ) {
        let authorizer = self.authorizer(policy).await;
        for user in USERS {
            let token = self.tiun.token(user).unwrap();
            for first in firsts {
                let Some(answer) = ask(&authorizer, &event(kind, first, &token)).await else {
                    // A 401 is not kept.
                    continue;
                };
                let document = &answer["policyDocument"];
                let kept =
                    Document::read(document).unwrap_or_else(|why| panic!("{why}: {document}"));
                // One that is for its request alone is none to be kept: the doctor sees to that.
                if document["Statement"][0]["Resource"].is_string() {
                    continue;
                }
                for later in laters {
                    let fresh = ask(&authorizer, &event(kind, later, &token)).await;
                    compare(policy, user, later, &kept, fresh.as_ref(), seen);
                }
                self.ask_judge(document, &kept, laters);
            }
        }
    }

    /// The outside judge says of some of the calls what ours says.
    fn ask_judge(&self, document: &Value, kept: &Document, laters: &[Request]) {
        let arns: Vec<String> = laters.iter().map(arn).collect();
        let known_to_differ =
            |arn: &&String| arn.contains(['*', '$']) || arn.contains(char::is_control);
        let calls: Vec<Call<'_>> = arns
            .iter()
            .filter(|arn| !known_to_differ(arn))
            .take(SAMPLE)
            .map(|arn| call(arn))
            .collect();
        let verdicts = self.judge.verdicts(document, &calls);
        let verdicts = verdicts.unwrap_or_else(|why| panic!("{why}: {document}"));
        for (call, verdict) in calls.iter().zip(verdicts) {
            assert_eq!(
                kept.verdict(call),
                verdict,
                "ours, then the judge's: {}",
                call.arn
            );
        }
    }
}

fn compare(
    policy: &str,
    user: &str,
    later: &Request,
    kept: &Document,
    fresh: Option<&Value>,
    seen: &mut Seen,
) {
    let arn = arn(later);
    let call = call(&arn);
    let allowed = kept.verdict(&call) == Verdict::Allowed;
    let fresh = fresh.is_some_and(|answer| {
        let document = Document::read(&answer["policyDocument"]).unwrap();
        document.verdict(&call) == Verdict::Allowed
    });
    let told = || format!("{user}: {later:?}\n{policy}");
    match AdmittedPath::admit(&later.1) {
        Ok(_) => assert_eq!(allowed, fresh, "kept, then fresh: {}", told()),
        // IAM has no pattern for these: see `tollgate_engine::document`.
        Err(Malformed::NotUtf8) => {}
        Err(Malformed::BrokenEscape) if !later.1.is_ascii() => {}
        Err(_) => assert!(!allowed, "malformed and allowed: {}", told()),
    }
    match (AdmittedPath::admit(&later.1).is_ok(), allowed) {
        (false, _) => seen.malformed += 1,
        (true, true) => seen.allowed += 1,
        (true, false) => seen.denied += 1,
    }
}

fn call(arn: &str) -> Call<'_> {
    Call {
        arn,
        unix_millis: 1_780_272_000_000,
        ip: None,
    }
}

/// The answer; `None` for a 401.
async fn ask(authorizer: &Authorizer, event: &Value) -> Option<Value> {
    match authorizer.authorize(event, Invocation::new("replay")).await {
        Ok(answer @ Answer::Iam(_)) => {
            let decided = answer.allows();
            let answer = serde_json::to_value(answer).unwrap();
            let arn = event.get("methodArn").or(event.get("routeArn")).unwrap();
            let document = Document::read(&answer["policyDocument"]).unwrap();
            let said = document.verdict(&call(arn.as_str().unwrap())) == Verdict::Allowed;
            assert_eq!(decided, said, "decision, then document: {event}\n{answer}");
            Some(answer)
        }
        Ok(other) => panic!("no IAM answer: {other:?}"),
        Err(AuthorizeError::Unauthorized) => None,
        Err(error) => panic!("{error}: {event}"),
    }
}

#[test]
fn a_kept_answer_says_what_a_fresh_one_says() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let stage = Stage {
        tiun: runtime.block_on(rig::tiun()),
        judge: Judge::start(),
    };
    let config = Config {
        cases: 48,
        failure_persistence: None,
        ..Config::default()
    };
    let mut seen = Seen::default();
    let cases = (policy(), 0..3_usize, vec(request(), 2), vec(request(), 16));
    let seen_in_all = std::cell::RefCell::new(&mut seen);
    TestRunner::new(config)
        .run(&cases, |(policy, kind, firsts, laters)| {
            let mut seen = seen_in_all.borrow_mut();
            runtime.block_on(stage.replay(&policy, kind, &firsts, &laters, &mut seen));
            Ok(())
        })
        .unwrap();
    let enough = seen.allowed > 20 && seen.denied > 20 && seen.malformed > 20;
    assert!(enough, "{seen:?}");
}
