//! What is printed at the start, and that its lines do what is said of them.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::{Value, json};
use tollgate_local::authorizer::AuthorizerFunction;
use tollgate_local::dev::{Dev, DevOptions, Route, Terminal, Wiring};
use tollgate_local::fault::NamedFault;
use tollgate_local::place::Place;

use crate::{MAPPED, described, provider, rig, session, session_at, tiun};

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
