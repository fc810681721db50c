//! Files that are saved while it runs.

use std::fs;
use std::time::Duration;

use tollgate_local::dev::{self, DevOptions};
use tollgate_local::gateway::Api;

use crate::{MAPPED, described, session, session_at, session_of};

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
