//! `tollgate dev` as its user meets it: the greeting, its curl lines, saved files.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "tests"
)]

#[path = "../rig/mod.rs"]
mod rig;

mod greeting;
mod saves;

use std::fs;
use std::path::Path;
use std::sync::{Arc, Mutex, RwLock};
use std::time::Duration;

use serde_json::{Value, json};
use tollgate_local::authorizer::{AuthorizerFunction, FunctionError};
use tollgate_local::dev::{
    self, Dev, DevOptions, Problem, Provider, Route, Saved, StandIn, Terminal, Wiring,
};
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
        include_str!("../../users.yaml"),
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
