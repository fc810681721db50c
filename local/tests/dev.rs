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
use tollgate_local::dev::{
    self, Dev, DevOptions, Problem, Provider, Route, Saved, StandIn, Terminal, Wiring,
};
use tollgate_local::fault::NamedFault;
use tollgate_local::gateway::{Api, Choice, Template};
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
            let arn = event["methodArn"].as_str().unwrap();
            let path = arn.splitn(4, '/').nth(3).unwrap();
            if path == "health" {
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
            if path.starts_with("pro") && !products.contains(&product.as_str()) {
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

/// What this template describes; all that it maps, or the API of this name.
fn described(folder: &Path, text: &str, api: Option<&str>) -> Template {
    let path = folder.join("template.yaml");
    fs::write(&path, text).unwrap();
    Template {
        path,
        is_required: true,
        choice: Choice {
            api: api.map(str::to_owned),
            ..Choice::default()
        },
    }
}

async fn session_of(api: Api) -> Session {
    session_with(|options| options.served = api.into()).await
}

async fn session_at(template: Template) -> Session {
    session_with(|options| {
        options.served = template.read().served.unwrap();
        options.template = Some(template);
    })
    .await
}

async fn session_with(adapt: impl FnOnce(&mut DevOptions)) -> Session {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("access.policy"), "p-live-pro").unwrap();
    fs::write(
        folder.path().join("users.yaml"),
        include_str!("../users.yaml"),
    )
    .unwrap();
    let printed = Arc::new(Mutex::new(Vec::new()));
    let lines = printed.clone();
    let mut options = DevOptions {
        port: 0,
        policy_folder: folder.path().to_owned(),
        users_file: Some(folder.path().join("users.yaml")),
        terminal: Terminal::to(move |text| lines.lock().unwrap().push(text.to_owned())),
        ..DevOptions::default()
    };
    adapt(&mut options);
    let tiun = tiun(&options).await;
    let product = Arc::new(RwLock::new("p-live-pro".to_owned()));
    let route = |pattern: &str, rule: &str| Route {
        methods: vec!["GET".to_owned()],
        pattern: pattern.to_owned(),
        rule: rule.to_owned(),
    };
    let wiring = Wiring {
        token_places: vec![Place::Bearer],
        watchers: Vec::new(),
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

fn reload(path: &Path, product: &RwLock<String>) -> Result<String, Problem> {
    let text = fs::read_to_string(path).unwrap();
    if text.starts_with("p-live-") {
        product.write().unwrap().clone_from(&text);
        return Ok(format!("policy: {text}"));
    }
    Err(Problem {
        saved: Saved::Policy,
        message: "no product".to_owned(),
    })
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

    async fn greeting(&self) -> String {
        format!("{}\n{}", self.dev.welcome(), self.dev.suggestions().await)
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
async fn the_greeting_says_what_is_switched_on() {
    let session = session().await;
    let stand_in = &session.dev.providers()[0].stand_in;
    assert!(!session.dev.welcome().contains("switched on"));
    stand_in.set_fault(NamedFault::Down);
    stand_in.set_latency(Duration::from_millis(800));
    let welcome = session.dev.welcome();
    assert!(
        welcome.contains("stands in for tiun (live); switched on: down, 800 ms late\n"),
        "{welcome}"
    );
}

#[tokio::test]
async fn every_printed_curl_line_does_what_is_said_of_it() {
    let session = session().await;
    let welcome = session.greeting().await;
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
            watchers: Vec::new(),
            authorizer,
            routes,
            reload: None,
        },
    )
    .await
    .unwrap();
    let welcome = dev.suggestions().await;
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
    let text = text.replace("/pro/{id}", "\"/pro/{id}\"");
    let session = session_at(described(folder.path(), &text, Some("Rest"))).await;
    let greeting = session.greeting().await;
    for expected in [
        format!(
            "{} is Rest, the REST API of {}, stage prod\n  `--api` takes Http too\n",
            session.dev.gateway().url(),
            template.display()
        ),
        format!(
            "  not served: {}:2:3: Nested, an AWS::CloudFormation::Stack, which could not be read\n",
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

const MAPPED: &str = "Resources:
  F:
    Type: AWS::Serverless::Function
    Properties:
      Events:
        All: { Type: Api, Properties: { RestApiId: !Ref Rest, Path: '/{proxy+}', Method: any } }
  Rest:
    Type: AWS::Serverless::Api
    Properties:
      StageName: prod
      Domain: { BasePath: v1 }
      Auth: { DefaultAuthorizer: A, Authorizers: { A: { FunctionArn: !GetAtt F.Arn, FunctionPayloadType: REQUEST, Identity: { Headers: [Authorization] } } } }
  Sockets:
    Type: AWS::Serverless::WebSocketApi
    Properties: { Routes: { $connect: { FunctionArn: !GetAtt F.Arn } } }
";

#[tokio::test]
async fn each_api_is_greeted_with_its_address_and_a_line_to_paste() {
    let folder = tempfile::tempdir().unwrap();
    let template = described(folder.path(), MAPPED, None);
    let session = session_at(template).await;
    let (greeting, url) = (session.greeting().await, session.dev.gateway().url());
    let sockets = url.replace("http:", "ws:");
    for expected in [
        format!("{url}/v1 is Rest, the REST API of "),
        format!("{sockets} is Sockets, the WebSocket API of "),
        format!("curl -i {url}/v1/health\n"),
        format!("npx wscat -c \"{sockets}/\" -H \"Authorization: Bearer "),
    ] {
        assert!(greeting.contains(&expected), "{expected}\n{greeting}");
    }
    assert!(!greeting.contains(&format!("{url}/health")), "{greeting}");
    let apis = session.dev.gateway().apis();
    let told: Vec<_> = apis
        .iter()
        .map(|api| {
            (
                api.name.as_str(),
                api.stage.as_str(),
                api.base_path.as_str(),
            )
        })
        .collect();
    assert_eq!(told, [("Rest", "prod", "/v1"), ("Sockets", "default", "/")]);
    assert_eq!(apis[0].routes, ["ANY /{proxy+}"]);
}

#[tokio::test]
async fn a_saved_template_is_served_and_a_broken_one_is_not() {
    let folder = tempfile::tempdir().unwrap();
    let session = session_at(described(folder.path(), MAPPED, None)).await;
    let problem = || session.dev.health().problems().template;
    // Kept, for what the template says then.
    assert_eq!(session.status("light", "/v1/pro/1").await, 403);
    let file = folder.path().join("template.yaml");

    let text = MAPPED.replace("BasePath: v1", "BasePath: v2");
    fs::write(&file, &text).unwrap();
    session.printed("/v2 is Rest, the REST API of ").await;
    assert_eq!(session.status("pro", "/v2/pro/1").await, 200);
    // The WebSocket API at the root takes handshakes alone.
    assert_eq!(session.status("pro", "/v1/pro/1").await, 426);
    assert_eq!(problem(), None);

    fs::write(&file, "Resources: [").unwrap();
    session.printed("what was served before still is").await;
    assert_eq!(session.status("pro", "/v2/pro/1").await, 200);
    assert!(problem().unwrap().contains("template.yaml:1:"));

    // What cannot be read at all is told apart, though neither has contents.
    fs::write(&file, [0xFF]).unwrap();
    session.printed("it is not UTF-8 text").await;
    fs::remove_file(&file).unwrap();
    fs::create_dir(&file).unwrap();
    session.printed("it is not a file").await;
    fs::remove_dir(&file).unwrap();

    // What the template names is part of it, and is watched although it is not there yet.
    let named = text.replace(
        "StageName: prod",
        "StageName: prod, DefinitionUri: api.yaml",
    );
    let named = named.replace("StageName: prod, ", "StageName: prod\n      ");
    fs::write(&file, named).unwrap();
    session.printed("api.yaml: ").await;
    fs::write(folder.path().join("api.yaml"), "openapi: 3.0.1\n").unwrap();
    for _ in 0..100 {
        if problem().is_none() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(problem(), None);
    assert_eq!(session.status("pro", "/v2/pro/1").await, 200);
}

#[tokio::test]
async fn requests_are_answered_before_the_greeting_is_complete() {
    let folder = tempfile::tempdir().unwrap();
    let printed = Arc::new(Mutex::new(Vec::<String>::new()));
    let lines = printed.clone();
    let options = DevOptions {
        port: 0,
        policy_folder: folder.path().to_owned(),
        terminal: Terminal::to(move |text| lines.lock().unwrap().push(text.to_owned())),
        ..DevOptions::default()
    };
    let tiun = tiun(&options).await;
    // Answers requests that say so, and no question of the greeting.
    let authorizer = AuthorizerFunction::in_process(|event: Value| async move {
        if event["path"] != "/now" {
            std::future::pending::<()>().await;
        }
        Ok(rig::allow_answer(
            "*",
            &json!({ "userId": "", "reason": "" }),
        ))
    });
    let wiring = Wiring {
        token_places: Vec::new(),
        watchers: Vec::new(),
        authorizer,
        routes: vec![Route {
            methods: vec![],
            pattern: "/*".to_owned(),
            rule: "is public".to_owned(),
        }],
        reload: None,
    };
    let dev = Dev::start(options, vec![provider(tiun)], wiring)
        .await
        .unwrap();
    let url = dev.gateway().url();
    let running = tokio::spawn(dev.run());
    for _ in 0..100 {
        if !printed.lock().unwrap().is_empty() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(rig::get(&url, "/now").await.status, 200);
    let printed = printed.lock().unwrap().join("\n");
    assert!(printed.contains(&format!("{url} is your API")), "{printed}");
    assert!(!printed.contains("Ctrl-C"), "{printed}");
    running.abort();
}
