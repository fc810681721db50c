//! Products of a user: what they cost a decision, and what API Gateway takes of them in an answer.

use std::hint::black_box;
use std::time::Duration;

use serde_json::Value;
use tokio::runtime::{Builder, Runtime};
use tollgate_benches::figure::{count, size, time};
use tollgate_benches::part::Part;
use tollgate_benches::rules::product;
use tollgate_benches::tollgate::{self, Tollgate};
use tollgate_gateway::answer::MAX_WEBSOCKET;
use tollgate_gateway::answer::context::MAX_VALUE;
use tollgate_gateway::documents::MAX_DOCUMENT;
use tollgate_gateway::{Authorizer, Files, Invocation};
use tollgate_identity::sources::Sources;

use crate::curve::Curve;
use crate::timing::per_call;
use crate::{event, provider};

/// Numbers of products, the last of them the most that are taken of a provider.
const SIZES: [usize; 7] = [1, 10, 30, 100, 200, 500, 1_000];

/// A route for each product there is, and the connect route of a WebSocket API.
fn policy() -> String {
    let routes = (0..SIZES[SIZES.len() - 1]).map(|number| {
        format!(
            "route GET /area-{number}/list requires product {}\n",
            product(number)
        )
    });
    routes
        .chain(["route $connect requires user\n".to_owned()])
        .collect()
}

/// A user with so many products.
struct Had {
    look_up: f64,
    decision: f64,
    way: f64,
    answer: Answered,
    of_token: Answered,
    websocket: Answered,
}

/// Measures all sizes.
pub fn measure(part: &mut Part) {
    let bench = Bench::new();
    let had = SIZES.map(|products| bench.measure(products));
    let curve = |figure: fn(&Had) -> f64| {
        Curve(SIZES.iter().copied().zip(had.iter().map(figure)).collect())
    };
    let (look_ups, decisions, ways) = (
        curve(|had| had.look_up),
        curve(|had| had.decision),
        curve(|had| had.way),
    );
    let heads = [
        "products",
        "looked up",
        "×",
        "a decision",
        "×",
        "event to answer",
        "×",
        "answer",
        "told of them",
        "`scope: token`",
        "WebSocket",
        "told of them",
    ];
    let rows = had.iter().enumerate().map(|(at, had)| {
        vec![
            count(SIZES[at]),
            time(had.look_up),
            look_ups.growth(at),
            time(had.decision),
            decisions.growth(at),
            time(had.way),
            ways.growth(at),
            size(had.answer.bytes as f64),
            count(had.answer.products),
            if had.of_token.for_every_route {
                size(had.of_token.bytes as f64)
            } else {
                format!("{}, the one request", size(had.of_token.bytes as f64))
            },
            size(had.websocket.bytes as f64),
            count(had.websocket.products),
        ]
    });
    part.section("Products of a user");
    part.table(&heads.map(str::to_owned), &rows.collect::<Vec<_>>());
    part.say(&words(&had, &decisions));
}

fn words(had: &[Had; SIZES.len()], decisions: &Curve) -> String {
    let last = |fits: fn(&Had, usize) -> bool| {
        let fitting = had
            .iter()
            .zip(SIZES)
            .take_while(|(had, products)| fits(had, *products));
        fitting.last().map_or(0, |(_, products)| products)
    };
    let told = last(|had, products| had.answer.products == products);
    let document = last(|had, _| had.of_token.for_every_route);
    let most = had
        .iter()
        .map(|had| had.answer.products)
        .max()
        .unwrap_or_default();
    let longest = had.iter().map(|had| had.websocket.bytes).max();
    let longest = longest.unwrap_or_default();
    format!(
        "A policy of {} routes, one for each product; the user's token is known. **Where it bends**: a decision is \
         {}. All of {} products reach the backend and at most {} of more, since a value of the context has at \
         most {} bytes: API Gateway limits the headers that it becomes. An answer for all routes of a token \
         (`scope: token`) allows each of them, and has room for those of {} products in {}; with more, answers are for \
         one request. A WebSocket API takes an answer of {}; the longest here has {}.",
        count(SIZES[SIZES.len() - 1]),
        decisions.bend(1.5, "product"),
        count(told),
        count(most),
        count(MAX_VALUE),
        count(document),
        size(MAX_DOCUMENT as f64),
        size(MAX_WEBSOCKET as f64),
        size(longest as f64),
    )
}

/// What an answer holds.
struct Answered {
    bytes: usize,
    /// Told to the backend.
    products: usize,
    /// Rather than for the one request.
    for_every_route: bool,
}

/// The policy alone, and authorizers with it.
struct Bench {
    policy: String,
    runtime: Runtime,
    of_request: Authorizer,
    of_token: Authorizer,
}

impl Bench {
    fn new() -> Self {
        let runtime = Builder::new_current_thread().enable_all().build();
        let runtime = runtime.expect("a runtime");
        let address = runtime.block_on(provider::start(Duration::ZERO));
        let policy = policy();
        let start = |scope| {
            let files = Files {
                policies: vec![("access.policy".to_owned(), policy.clone().into_bytes())],
                settings: (
                    "authorizer.yaml".to_owned(),
                    provider::settings(address, "1h", scope),
                ),
            };
            let sources = Sources::system().with_variables(|_| Some("a secret".to_owned()));
            runtime
                .block_on(Authorizer::start(&files, &sources))
                .expect("an authorizer")
        };
        Self {
            of_request: start("request"),
            of_token: start("token"),
            policy,
            runtime,
        }
    }

    fn measure(&self, products: usize) -> Had {
        let names: Vec<_> = (0..products).map(product).collect();
        let policy = tollgate::load(&self.policy);
        let user = tollgate::user(names.clone());
        let look_up = per_call(100, || {
            for _ in 0..100 {
                black_box(policy.principal(user.clone()));
            }
        });
        let ours = Tollgate::with(policy, names);
        let decision = per_call(1_000, || {
            for _ in 0..1_000 {
                assert!(ours.allows(black_box("/area-0/list")));
            }
        });
        let token = provider::token(products, 0);
        let rest = event::rest("/area-0/list", &token);
        Had {
            look_up,
            decision,
            answer: self.answer(&self.of_request, &rest),
            of_token: self.answer(&self.of_token, &rest),
            websocket: self.answer(&self.of_request, &event::websocket(&token)),
            way: per_call(100, || {
                for _ in 0..100 {
                    black_box(self.text(&self.of_request, &rest));
                }
            }),
        }
    }

    /// From an event to the text that the function sends.
    fn text(&self, authorizer: &Authorizer, event: &Value) -> String {
        let answer = authorizer.authorize(
            event,
            Invocation::new("8476a536-e9f4-11e8-9739-2dfe598c3fcd"),
        );
        let answer = self.runtime.block_on(answer).expect("an answer");
        assert!(answer.allows(), "a user with the product is let in");
        serde_json::to_string(&answer).expect("JSON")
    }

    fn answer(&self, authorizer: &Authorizer, event: &Value) -> Answered {
        let text = self.text(authorizer, event);
        let answer: Value = serde_json::from_str(&text).expect("JSON");
        let products = answer["context"]["products"].as_str().unwrap_or_default();
        // One route alone takes two: with a trailing slash too.
        let resources = answer["policyDocument"]["Statement"][0]["Resource"].as_array();
        Answered {
            bytes: text.len(),
            products: products
                .split(',')
                .filter(|product| !product.is_empty())
                .count(),
            for_every_route: resources.is_some_and(|all| all.len() > 1),
        }
    }
}
