#![allow(clippy::indexing_slicing, clippy::unwrap_used, reason = "tests")]

mod batches;

use std::time::Instant;

use super::*;
use crate::loopback::{Log, Reply, Server, ssm_at, ssm_error, ssm_parameter, ssm_value};

const ENOUGH: Duration = Duration::from_secs(5);

/// Reads `/tiun` from a server that always gives this reply.
async fn read(reply: impl Fn() -> Reply + Send + Sync + 'static) -> Result<String, ParameterError> {
    let server = Server::start(move |_, _| reply()).await;
    read_from(&server, ENOUGH).await
}

async fn read_from(server: &Server, within: Duration) -> Result<String, ParameterError> {
    read_one(server, "/tiun", within).await
}

async fn read_one(server: &Server, name: &str, within: Duration) -> Result<String, ParameterError> {
    let parameter: ParameterRef = name.parse().unwrap();
    let wanted = std::slice::from_ref(&parameter);
    let mut values = ssm_at(server).read(wanted, within).await;
    match values.remove(&parameter).unwrap() {
        Ok(secret) => Ok(secret.expose().to_owned()),
        Err(problem) => Err(ParameterError { parameter, problem }),
    }
}

#[tokio::test]
async fn asks_for_the_parameter_decrypted() {
    let server = Server::start(|_, _| ssm_value("key\n")).await;
    assert_eq!(read_from(&server, ENOUGH).await.unwrap(), "key\n");
    let requests = server.requests();
    assert_eq!(requests.len(), 1);
    let request = requests.first().unwrap();
    assert_eq!(
        request.header("x-amz-target"),
        Some("AmazonSSM.GetParameters")
    );
    let body: serde_json::Value = serde_json::from_slice(&request.body).unwrap();
    assert_eq!(
        body,
        serde_json::json!({"Names": ["/tiun"], "WithDecryption": true})
    );
}

#[tokio::test]
async fn each_refusal_says_what_is_wrong_and_the_cure() {
    let denied = "User: arn:aws:sts::123456789012:assumed-role/r is not authorized to perform: \
                  ssm:GetParameters on resource: arn:aws:ssm:eu-central-1:123456789012:parameter/tiun";
    let kms = "User: arn:aws:sts::123456789012:assumed-role/r is not authorized to perform: \
               kms:Decrypt on the resource associated with this ciphertext";
    for (status, code, message, problem, words) in [
        (
            400,
            "AccessDeniedException",
            denied,
            Problem::Denied,
            "allow `ssm:GetParameters` on `arn:aws:ssm:REGION:ACCOUNT:parameter/tiun`",
        ),
        (
            400,
            "AccessDeniedException",
            kms,
            Problem::KeyDenied,
            "allow `kms:Decrypt`",
        ),
        (
            400,
            "InvalidKeyId",
            "key is disabled",
            Problem::KeyDenied,
            "check that the key is enabled",
        ),
        (
            400,
            "KMSAccessDeniedException",
            "no",
            Problem::KeyDenied,
            "allow `kms:Decrypt`",
        ),
        (
            400,
            "UnrecognizedClientException",
            "no",
            Problem::Credentials("UnrecognizedClientException".into()),
            "check the role",
        ),
        (
            400,
            "ExpiredTokenException",
            "no",
            Problem::Credentials("ExpiredTokenException".into()),
            "credentials",
        ),
        (
            400,
            "ValidationException",
            "no",
            Problem::Refused("ValidationException".into()),
            "ValidationException",
        ),
        (
            400,
            "com.amazonaws#AccessDeniedException",
            denied,
            Problem::Denied,
            "/tiun",
        ),
        (
            400,
            "a code with sk_live_1",
            "no",
            Problem::Refused("HTTP 400".into()),
            "HTTP 400",
        ),
    ] {
        let error = read(move || ssm_error(status, code, message))
            .await
            .unwrap_err();
        let text = error.to_string();
        assert_eq!(error.problem, problem, "{code}");
        assert!(text.contains(words) && text.contains("/tiun"), "{text}");
        assert!(
            !text.contains("123456789012"),
            "repeats the account: {text}"
        );
    }
}

#[tokio::test]
async fn throttling_and_server_errors_are_tried_three_times() {
    for (status, code, problem) in [
        (400, "ThrottlingException", Problem::Throttled),
        (
            500,
            "InternalServerError",
            Problem::Refused("InternalServerError".into()),
        ),
    ] {
        let server = Server::start(move |_, _| ssm_error(status, code, "Rate exceeded")).await;
        assert_eq!(
            read_from(&server, ENOUGH).await.unwrap_err().problem,
            problem
        );
        assert_eq!(server.requests().len(), 3, "{code}");
    }
    let recovering = Server::start(|n, _| match n {
        0 => ssm_error(400, "ThrottlingException", "Rate exceeded"),
        1 => Reply::Reset,
        _ => ssm_value("key"),
    });
    assert_eq!(read_from(&recovering.await, ENOUGH).await.unwrap(), "key");
}

#[tokio::test]
async fn what_is_stored_is_looked_at() {
    let json = |body: &'static str| move || Reply::new(200, "application/x-amz-json-1.1", body);
    let missing = r#"{"Parameters":[],"InvalidParameters":["/tiun"]}"#;
    let error = read(json(missing)).await.unwrap_err();
    assert_eq!(error.problem, Problem::Missing);
    assert!(
        error
            .to_string()
            .contains("`/tiun` does not exist in this account and Region")
    );

    for other in [
        "{}",
        r#"{"Parameters":[{"Name":"/other","Type":"SecureString","Value":"key"}]}"#,
        r#"{"Parameters":[{"Name":"/tiun","Type":"SecureString"}]}"#,
    ] {
        assert_eq!(
            read(json(other)).await.unwrap_err().problem,
            Problem::Incomplete
        );
    }
    let error = read(|| ssm_parameter("StringList", "a,b"))
        .await
        .unwrap_err();
    assert_eq!(error.problem, Problem::List);

    let log = Log::start();
    assert_eq!(
        read(|| ssm_parameter("String", "key4711")).await.unwrap(),
        "key4711"
    );
    let log = log.ours();
    assert!(
        log.contains("store it as a SecureString") && !log.contains("key4711"),
        "{log}"
    );
}

#[tokio::test]
async fn what_does_not_answer_is_given_up_in_time() {
    let within = Duration::from_millis(400);
    let hanging = Server::start(|_, _| Reply::Hang).await;
    let began = Instant::now();
    let error = read_from(&hanging, within).await.unwrap_err();
    assert_eq!(error.problem, Problem::TimedOut(within));
    assert!(began.elapsed() < within * 2, "{:?}", began.elapsed());
    assert!(error.to_string().contains("within 400ms"), "{error}");
    assert!(
        hanging.requests().len() >= 2,
        "a lost attempt leaves time for another"
    );

    let slow_once = Server::start(|n, _| {
        if n == 0 {
            Reply::Hang
        } else {
            ssm_value("key")
        }
    })
    .await;
    assert_eq!(
        read_from(&slow_once, Duration::from_secs(1)).await.unwrap(),
        "key"
    );
}

#[tokio::test]
async fn what_cannot_be_reached_or_understood_says_so() {
    let dead = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let mut server = Server::start(|_, _| Reply::Hang).await;
    server.address = dead.local_addr().unwrap();
    drop(dead);
    let error = read_from(&server, ENOUGH).await.unwrap_err();
    let Problem::Unreachable(reason) = &error.problem else {
        unreachable!("{error:?}")
    };
    assert!(reason.contains("refused"), "{reason}");

    let html = || Reply::new(503, "text/html", "<h1>sk_live_1</h1>");
    let error = read(html).await.unwrap_err();
    assert!(error.to_string().contains("HTTP 503"), "{error}");
    assert!(!error.to_string().contains("sk_live_1"), "{error}");

    let garbage = || {
        Reply::new(
            200,
            "application/x-amz-json-1.1",
            "{\"Parameters\":[{sk_live_1",
        )
    };
    let error = read(garbage).await.unwrap_err();
    assert!(!error.to_string().contains("sk_live_1"), "{error}");
}

#[tokio::test]
async fn no_region_is_said() {
    let error = ParameterError {
        parameter: "/tiun".parse().unwrap(),
        problem: Problem::NoRegion,
    };
    assert!(error.to_string().contains("set `AWS_REGION`"));
}
