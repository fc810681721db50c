//! `tollgate dev` as its user meets it: the greeting, its curl lines, saved files.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "tests"
)]

mod rig;

use std::fs;
use std::path::Path;
use std::sync::{Arc, Mutex, RwLock};
use std::time::Duration;

use serde_json::{Value, json};
use tollgate_local::authorizer::{AuthorizerFunction, FunctionError};
use tollgate_local::dev::{self, Dev, DevOptions, Provider, Route, StandIn, Terminal, Wiring};
use tollgate_local::gateway::Api;
use tollgate_local::place::Place;
use tollgate_local::tiun::{TiunOptions, TiunStandIn, VERIFICATION_PATH, development_key};

/// An authorizer that knows one rule: under `/pro` one needs the product it holds.
fn authorizer(tiun: &TiunStandIn, product: Arc<RwLock<String>>) -> AuthorizerFunction {
    let (url, key) = (
        tiun.url() + VERIFICATION_PATH,
        development_key(tiun.environment()),
    );
    AuthorizerFunction::in_process(move |event: Value| {
        let (url, product) = (url.clone(), product.read().unwrap().clone());
        async move {
            let path = event["path"].as_str().unwrap();
            if path == "/health" {
                return Ok(rig::allow_answer(
                    "*",
                    &json!({ "userId": "", "reason": "" }),
                ));
            }
            let unauthorized = || FunctionError::new("Refused", "Unauthorized");
            let token = event["headers"]["Authorization"]
                .as_str()
                .and_then(|value| value.strip_prefix("Bearer "))
                .ok_or_else(unauthorized)?;
            let request = rig::client()
                .post(url)
                .header("X-TIUN-API-KEY", key)
                .json(&json!({ "userVerificationToken": token }));
            let user: Value = request.send().await.unwrap().json().await.unwrap();
            if user["isAuthenticated"] != true {
                return Err(unauthorized());
            }
            let products: Vec<&str> = user["userInfo"]["productAccess"]
                .as_array()
                .unwrap()
                .iter()
                .filter_map(Value::as_str)
                .collect();
            let mut answer = rig::allow_answer(
                "*",
                &json!({ "userId": user["userInfo"]["userId"], "products": products.join(" "), "reason": "" }),
            );
            if path.starts_with("/pro") && !products.contains(&product.as_str()) {
                answer["policyDocument"]["Statement"][0]["Effect"] = json!("Deny");
                answer["context"] = json!({ "reason": "upgrade_required", "required": product });
            }
            Ok(answer)
        }
    })
}

async fn tiun(options: &DevOptions) -> TiunStandIn {
    TiunStandIn::start(TiunOptions {
        users: dev::users(options).unwrap(),
        ..TiunOptions::development(options.environment).unwrap()
    })
    .await
    .unwrap()
}

fn provider(tiun: TiunStandIn) -> Provider {
    Provider {
        name: "tiun".to_owned(),
        place: Place::Bearer,
        tells_products: true,
        stand_in: StandIn::Tiun(tiun),
    }
}

struct Session {
    dev: Dev,
    printed: Arc<Mutex<Vec<String>>>,
    folder: tempfile::TempDir,
}

async fn session() -> Session {
    session_of(Api::sample()).await
}

async fn session_of(api: Api) -> Session {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("access.policy"), "p-live-pro").unwrap();
    fs::write(
        folder.path().join("users.yaml"),
        include_str!("../users.yaml"),
    )
    .unwrap();
    let printed = Arc::new(Mutex::new(Vec::new()));
    let lines = printed.clone();
    let options = DevOptions {
        port: 0,
        api,
        policy_folder: folder.path().to_owned(),
        users_file: Some(folder.path().join("users.yaml")),
        terminal: Terminal::to(move |text| lines.lock().unwrap().push(text.to_owned())),
        ..DevOptions::default()
    };
    let tiun = tiun(&options).await;
    let product = Arc::new(RwLock::new("p-live-pro".to_owned()));
    let route = |pattern: &str, rule: &str| Route {
        methods: vec!["GET".to_owned()],
        pattern: pattern.to_owned(),
        rule: rule.to_owned(),
    };
    let wiring = Wiring {
        token_places: vec![Place::Bearer],
        authorizer: authorizer(&tiun, product.clone()),
        routes: vec![
            route("/health", "is public"),
            route("/account/*", "requires user"),
            route("/pro/*", "requires product p-live-pro"),
        ],
        reload: Some(Box::new(move |paths| {
            let product = product.clone();
            Box::pin(async move { reload(&paths[0], &product) })
        })),
    };
    Session {
        dev: Dev::start(options, vec![provider(tiun)], wiring)
            .await
            .unwrap(),
        printed,
        folder,
    }
}

fn reload(path: &Path, product: &RwLock<String>) -> Result<String, String> {
    let text = fs::read_to_string(path).unwrap();
    if text.starts_with("p-live-") {
        product.write().unwrap().clone_from(&text);
        return Ok(format!("policy: {text}"));
    }
    Err("no product".to_owned())
}

impl Session {
    async fn printed(&self, expected: &str) {
        for _ in 0..100 {
            if self
                .printed
                .lock()
                .unwrap()
                .iter()
                .any(|line| line.contains(expected))
            {
                return;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!(
            "`{expected}` was never printed, but {:?}",
            self.printed.lock().unwrap()
        );
    }

    async fn status(&self, user: &str, path: &str) -> u16 {
        let token = self.dev.providers()[0].stand_in.token(user).unwrap();
        rig::client()
            .get(self.dev.gateway().url() + path)
            .bearer_auth(token)
            .send()
            .await
            .unwrap()
            .status()
            .as_u16()
    }
}

#[tokio::test]
async fn every_printed_curl_line_does_what_is_said_of_it() {
    let session = session().await;
    let welcome = session.dev.welcome().await;
    let lines: Vec<&str> = welcome.lines().collect();
    let remarks: Vec<&str> = lines
        .iter()
        .filter_map(|line| line.strip_prefix("  # "))
        .collect();
    assert_eq!(
        remarks,
        [
            "200: public, no token needed",
            "401 login_required: no token",
            "200: pro has p-live-pro",
            "403 upgrade_required: light has p-live-light, this needs p-live-pro",
        ],
        "{welcome}"
    );
    for pair in lines.windows(2) {
        let (Some(remark), Some(command)) =
            (pair[0].strip_prefix("  # "), pair[1].strip_prefix("  "))
        else {
            continue;
        };
        let run = tokio::process::Command::new("sh")
            .arg("-c")
            .arg(command.replacen("curl", "curl -s", 1))
            .output()
            .await
            .unwrap();
        let answer = String::from_utf8(run.stdout).unwrap();
        assert!(
            answer.starts_with(&format!(
                "HTTP/1.1 {}",
                remark.split([' ', ':']).next().unwrap()
            )),
            "{command}\n{answer}"
        );
        assert!(
            !remark.contains("upgrade_required")
                || answer.contains(r#""reason":"upgrade_required""#),
            "{answer}"
        );
        assert!(
            !remark.contains("pro has") || answer.contains("p-live-pro"),
            "{answer}"
        );
    }
    assert!(
        welcome.contains("  GET /pro/*      requires product p-live-pro"),
        "{welcome}"
    );
    assert!(welcome.contains("  signed-out  signed out"), "{welcome}");
    assert!(
        !welcome.contains('\u{1b}'),
        "no colours where there is no terminal"
    );
    assert_eq!(
        session.printed.lock().unwrap().len(),
        4,
        "a line for each request, none for the questions of the greeting"
    );
}

#[tokio::test]
async fn a_saved_policy_is_obeyed_within_a_second_and_a_broken_one_is_not() {
    let session = session().await;
    let policy = session.folder.path().join("access.policy");
    assert_eq!(
        (
            session.status("light", "/pro/1").await,
            session.status("pro", "/pro/1").await
        ),
        (403, 200)
    );
    fs::write(&policy, "p-live-light").unwrap();
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!(
        (
            session.status("light", "/pro/1").await,
            session.status("pro", "/pro/1").await
        ),
        (200, 403)
    );
    session.printed("✓ policy: p-live-light").await;
    fs::write(&policy, "nonsense").unwrap();
    session.printed("✗ no product").await;
    assert_eq!(session.status("light", "/pro/1").await, 200);
}

#[tokio::test]
async fn saved_users_count_and_broken_ones_do_not() {
    let session = session().await;
    let users = session.folder.path().join("users.yaml");
    assert_eq!(session.status("free", "/pro/1").await, 403);
    fs::write(
        &users,
        "live:\n  free: {id: u-free, products: [p-live-pro]}\n",
    )
    .unwrap();
    session.printed("users.yaml: 1 users").await;
    assert_eq!(session.status("free", "/pro/1").await, 200);
    fs::write(
        &users,
        "live:\n  free: {id: u-free, product: [p-live-pro]}\n",
    )
    .unwrap();
    session.printed("unknown field `product`").await;
    assert_eq!(session.status("free", "/pro/1").await, 200);
}

#[tokio::test]
async fn the_greeting_comes_without_an_authorizer_too() {
    let options = DevOptions {
        port: 0,
        ..DevOptions::default()
    };
    let tiun = tiun(&options).await;
    let authorizer = AuthorizerFunction::remote("http://127.0.0.1:9").unwrap();
    let routes = vec![Route {
        methods: vec![],
        pattern: "/*".to_owned(),
        rule: "requires user".to_owned(),
    }];
    let dev = Dev::start(
        options,
        vec![provider(tiun)],
        Wiring {
            token_places: vec![Place::Bearer],
            authorizer,
            routes,
            reload: None,
        },
    )
    .await
    .unwrap();
    let welcome = dev.welcome().await;
    assert!(
        welcome.contains("the authorizer gave no answer yet"),
        "{welcome}"
    );
}

#[test]
fn a_broken_users_file_stops_the_start() {
    let options = DevOptions {
        users_file: Some("no/such/users.yaml".into()),
        ..DevOptions::default()
    };
    assert!(
        dev::users(&options)
            .unwrap_err()
            .to_string()
            .starts_with("no/such/users.yaml: ")
    );
}

#[tokio::test]
async fn the_greeting_says_what_is_served_and_what_is_not() {
    let folder = tempfile::tempdir().unwrap();
    let template = folder.path().join("template.yaml");
    let text = "Resources:
  Nested: { Type: AWS::CloudFormation::Stack }
  F:
    Type: AWS::Serverless::Function
    Properties:
      Events:
        Pro: { Type: Api, Properties: { RestApiId: !Ref Rest, Path: /pro/{id}, Method: get } }
        Health: { Type: Api, Properties: { RestApiId: !Ref Rest, Path: /health, Method: get, Auth: { Authorizer: NONE } } }
  Http: { Type: AWS::Serverless::HttpApi }
  Rest:
    Type: AWS::Serverless::Api
    Properties:
      StageName: prod
      Auth: { DefaultAuthorizer: A, Authorizers: { A: { FunctionArn: !GetAtt F.Arn, FunctionPayloadType: REQUEST, Identity: { ReauthorizeEvery: 0 } } } }
";
    fs::write(&template, text.replace("/pro/{id}", "\"/pro/{id}\"")).unwrap();
    let api = Api::find(&template, Some("Rest"), None).unwrap().unwrap();
    let session = session_of(api).await;
    let greeting = session.dev.welcome().await;
    for expected in [
        format!(
            "  Rest, the REST API of {}, stage prod; `--api` takes Http\n",
            template.display()
        ),
        format!(
            "  not served, because it could not be read: {}:2:3: Nested, an AWS::CloudFormation::Stack\n",
            template.display()
        ),
        "/pro/1 -H".to_owned(),
    ] {
        assert!(greeting.contains(&expected), "{expected}\n{greeting}");
    }
    // Open to everybody, and not there at all.
    let lines: Vec<&str> = greeting.lines().filter(|it| it.contains("curl")).collect();
    assert!(!lines.is_empty());
    for unexpected in ["/health", "/account/"] {
        let has = lines.iter().any(|line| line.contains(unexpected));
        assert!(!has, "{unexpected}\n{greeting}");
    }
}

#[tokio::test]
async fn a_saved_policy_counts_though_answers_are_kept() {
    let folder = tempfile::tempdir().unwrap();
    let template = folder.path().join("template.yaml");
    let text = "Resources:
  F:
    Type: AWS::Serverless::Function
    Properties:
      Events:
        All: { Type: Api, Properties: { RestApiId: !Ref Rest, Path: '/{proxy+}', Method: get } }
  Rest:
    Type: AWS::Serverless::Api
    Properties:
      StageName: prod
      Auth: { DefaultAuthorizer: A, Authorizers: { A: { FunctionArn: !GetAtt F.Arn, FunctionPayloadType: REQUEST, Identity: { Headers: [Authorization] } } } }
";
    fs::write(&template, text).unwrap();
    let api = Api::find(&template, None, None).unwrap().unwrap();
    let session = session_of(api).await;
    for _ in 0..2 {
        assert_eq!(session.status("light", "/pro/1").await, 403);
    }
    session.printed("· cached ·").await;
    fs::write(session.folder.path().join("access.policy"), "p-live-light").unwrap();
    session.printed("✓ policy: p-live-light").await;
    assert_eq!(session.status("light", "/pro/1").await, 200);
}
