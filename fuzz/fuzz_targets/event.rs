//! Any JSON as an event, through the whole way of one, for each form of answer. Nobody is let through
//! whom the naive evaluator would not let through; the answer is one that API Gateway takes and says
//! what was decided; no part of a request is logged.
//!
//! `@TOKEN@` stands for a valid token, `@EXPIRED@` for one that is over, `@FORGED@` for one that nobody
//! signed.

#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::{Corpus, fuzz_mutator, fuzz_target};
use serde_json::{Value, json};
use tokio::runtime::{Builder, Runtime};
use tokio::time::Instant;
use tollgate_engine::{EVERY_FIELD, User};
use tollgate_fuzz::compare::Subject;
use tollgate_fuzz::evaluate::{Outcome, evaluate};
use tollgate_fuzz::token::{self, AUDIENCE, ISSUER, SUBJECT};
use tollgate_fuzz::{json, log};
use tollgate_gateway::answer::context::{MAX_VALUE, OWN_KEYS};
use tollgate_gateway::{Answer, AuthorizeError, Authorizer, Event, Files, Invocation};
use tollgate_identity::sources::{Clock, Sources};
use tollgate_local::iam::{Call, Document, Verdict};

const POLICY: &str = "\
route /open/* is public
route / is public
route GET /pro/{id} requires user
route POST /pro/{id} requires role admin
route /users/{id}/* requires user {id}
route /pro/articles/* requires user and not query draft = \"1\"
route $connect requires user
route field * requires user
route field Query.open is public
forbid /open/secret/* when not user
forbid /* when header X-Debug = \"1\"
";

/// The answers, in all their forms.
const ANSWERS: [&str; 3] = [
    "{ scope: request, http_api: simple }",
    "{ scope: token, bound_by_expiry: true, claims: { mail: email, name: user.name } }",
    "{ scope: request, http_unauthorized: error }",
];

/// Where a token may be.
const TOKEN_FROM: &str =
    "[bearer, cookie session, query access_token, protocol access-token, header x-token]";

struct Stage {
    runtime: Runtime,
    authorizers: Vec<Authorizer>,
    subject: Subject,
    token: String,
    expired: String,
    forged: String,
}

static STAGE: LazyLock<Stage> = LazyLock::new(|| {
    let runtime = Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build();
    let runtime = runtime.expect("a runtime");
    let header = r#"{"alg":"HS256"}"#;
    let claims = token::claims(ISSUER);
    let mut over = claims.clone();
    over["exp"] = json!(token::NOW - 3600);
    let sign =
        |claims: &Value, secret: &str| token::hs256(header, &claims.to_string(), secret.as_bytes());
    Stage {
        authorizers: ANSWERS
            .iter()
            .map(|answers| runtime.block_on(authorizer(answers)))
            .collect(),
        subject: Subject::sound(&[POLICY.to_owned()]),
        token: sign(&claims, token::SECRET),
        expired: sign(&over, token::SECRET),
        forged: sign(&claims, "zq: another secret of 32 bytes, or more"),
        runtime,
    }
});

async fn authorizer(answers: &str) -> Authorizer {
    let settings = format!(
        "providers:\n- oidc: {{ issuer: {ISSUER}, audience: '{AUDIENCE}', algorithms: [HS256], \
         keys: {{ secret: env:SECRET }} }}\n  token_from: {TOKEN_FROM}\nanswers: {answers}\n"
    );
    let files = Files {
        policies: vec![("access.policy".to_owned(), POLICY.into())],
        settings: ("authorizer.yaml".to_owned(), settings),
    };
    let sources = Sources::system()
        .with_variables(|_| Some(token::SECRET.to_owned()))
        .with_clock(Clock::new(token::now));
    let started = Authorizer::start_recording(&files, &sources, log::sink(), Instant::now()).await;
    started.unwrap_or_else(|error| panic!("{error}"))
}

fuzz_mutator!(|data: &mut [u8], size: usize, most: usize, seed: u32| {
    json::mutate(data, size, most, seed)
});

fuzz_target!(
    init: log::listen(),
    |bytes: &[u8]| -> Corpus {
        let Ok(text) = str::from_utf8(bytes) else {
            return Corpus::Reject;
        };
        let text = text
            .replace("@TOKEN@", &STAGE.token)
            .replace("@EXPIRED@", &STAGE.expired)
            .replace("@FORGED@", &STAGE.forged);
        let Ok(event) = serde_json::from_str::<Value>(&text) else {
            return Corpus::Reject;
        };
        for authorizer in &STAGE.authorizers {
            let answer = authorizer.authorize(&event, Invocation::new("fuzz"));
            match STAGE.runtime.block_on(answer) {
                Ok(answer) => check(&event, &text, &answer),
                Err(AuthorizeError::Unauthorized | AuthorizeError::Event(_)) => {}
                Err(error) => panic!("nothing else can fail: {error}"),
            }
            let logged = log::take();
            assert!(!logged.contains(log::SECRET), "logged: {logged}");
            let signature = STAGE.token.rsplit_once('.').expect("a token").1;
            assert!(!logged.contains(signature), "the token is logged");
        }
        Corpus::Keep
    }
);

fn check(event: &Value, text: &str, answer: &Answer) {
    let context = answer.context();
    let read = Event::read(event).expect("what is answered was read");
    let user = match &*context.user_id {
        "" => None,
        user => {
            assert!(
                user == SUBJECT && text.contains(&STAGE.token),
                "nobody proved {user}"
            );
            Some(user_of_token())
        }
    };
    let shown = serde_json::to_value(answer).expect("an answer");
    let allows = |target: Option<&str>| {
        let request = match target {
            None => read.request(0),
            Some(field) => read.request_of_field(field, 0),
        };
        let Subject { tree, products, .. } = &STAGE.subject;
        // Of a public route nobody is asked who calls, and who calls may be somebody.
        let either = [user.as_ref(), None];
        let mut asked = either.iter();
        asked.any(|user| evaluate(tree, products, *user, &request).outcome == Outcome::Allowed)
    };
    match answer {
        Answer::Iam(_) => {
            let arn = read.arn().expect("an ARN").whole;
            let document = &shown["policyDocument"];
            let document = Document::read(document).unwrap_or_else(|why| panic!("{why}: {shown}"));
            let call = Call {
                arn,
                unix_millis: i64::try_from(token::NOW).unwrap() * 1000,
                ip: None,
            };
            let verdict = document.verdict(&call);
            assert_eq!(
                answer.allows(),
                verdict == Verdict::Allowed,
                "{arn}: {shown}"
            );
            assert!(
                !shown["principalId"].as_str().unwrap_or_default().is_empty(),
                "{shown}"
            );
            assert!(
                !answer.allows() || allows(None),
                "let through: {event}\n{shown}"
            );
        }
        Answer::Simple(_) => {
            assert_eq!(shown["isAuthorized"], answer.allows());
            assert!(
                !answer.allows() || allows(None),
                "let through: {event}\n{shown}"
            );
        }
        Answer::AppSync(answer) => {
            let denies = |field: &str| answer.denied_fields.iter().any(|denied| denied == field);
            for field in [EVERY_FIELD, "Query.open"] {
                let open = answer.is_authorized && !denies(field);
                assert!(
                    !open || allows(Some(field)),
                    "let through: {event}\n{shown}"
                );
            }
        }
    }
    check_context(&shown);
}

/// Every key is there, with a text that a header can carry.
fn check_context(answer: &Value) {
    let context = answer.get("context").or(answer.get("resolverContext"));
    let context = context.and_then(Value::as_object).expect("a context");
    assert!(
        OWN_KEYS.iter().all(|key| context.contains_key(*key)),
        "{answer}"
    );
    for value in context.values() {
        let value = value.as_str().expect("a text");
        assert!(
            value.len() <= MAX_VALUE && !value.contains(char::is_control),
            "{answer}"
        );
    }
}

fn user_of_token() -> User {
    use tollgate_engine::Fact::Known;
    User {
        id: SUBJECT.to_owned(),
        email: Known(Some(token::EMAIL.to_owned())),
        claims: Known(token::claims(ISSUER)),
        ..User::default()
    }
}
