//! Times and slow clients, over a stream in memory and a clock that does not tick by itself.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use std::sync::Mutex;
use std::time::Duration;

use lambda_http::{Body, Response};
use serde_json::json;
use tokio::io::DuplexStream;
use tokio::task::JoinHandle;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;

use super::*;
use crate::authorizer::AuthorizerFunction;
use crate::gateway::request::Request;
use crate::gateway::{Api, Backend, GatewayOptions};

const TEMPLATE: &str = "
Transform: AWS::Serverless-2016-10-31
Resources:
  F: { Type: AWS::Serverless::Function, Properties: {} }
  Sockets:
    Type: AWS::Serverless::WebSocketApi
    Properties:
      Routes: { $default: { FunctionArn: !GetAtt F.Arn, RouteResponseSelectionExpression: $default } }
";

type Socket = WebSocketStream<DuplexStream>;
type Lines = Arc<Mutex<Vec<String>>>;

struct Rig {
    client: Socket,
    stage: Arc<Stage>,
    served: JoinHandle<()>,
    lines: Lines,
}

/// A connection over a stream that holds so many bytes; the backend answers with `answer`.
async fn rig(buffer: usize, answer: String) -> Rig {
    let folder = tempfile::tempdir().unwrap();
    let template = folder.path().join("template.yaml");
    std::fs::write(&template, TEMPLATE).unwrap();
    let lines = Lines::default();
    let logged = Arc::clone(&lines);
    let authorizer = AuthorizerFunction::in_process(|_| std::future::ready(Ok(json!({}))));
    let options = GatewayOptions {
        backend: Backend::new(move |_| {
            let response = Response::new(Body::Text(answer.clone()));
            std::future::ready(Ok(response))
        }),
        log: Arc::new(move |record| logged.lock().unwrap().push(record.to_string())),
        ..GatewayOptions::new(authorizer)
    };
    let api = Api::find(&template, None, None).unwrap().unwrap();
    let stage = Arc::new(Stage::new(api, Arc::new(options), Arc::default()));
    let request = Request {
        method: "GET".to_owned(),
        path: "/".to_owned(),
        query: None,
        protocol: "HTTP/1.1".to_owned(),
        headers: Vec::new(),
        source_ip: [127, 0, 0, 1].into(),
        port: 3000,
    };
    let connection = Connection::of(&request, &Moment::now());
    let slot = stage.connections.slot().unwrap();
    let session = Session::open(&stage, slot, connection, None);
    let (near, far) = tokio::io::duplex(buffer);
    let served = tokio::spawn(session.serve(far));
    let client = WebSocketStream::from_raw_socket(near, Role::Client, None).await;
    Rig {
        client,
        stage,
        served,
        lines,
    }
}

async fn going_away(client: &mut Socket) {
    match client.next().await {
        Some(Ok(Message::Close(Some(frame)))) => assert_eq!(frame.code, CloseCode::Away),
        other => panic!("not closed: {other:?}"),
    }
}

#[tokio::test(start_paused = true)]
async fn ten_minutes_without_a_frame_are_the_end() {
    let mut rig = rig(1024, "yes".to_owned()).await;
    let begun = Instant::now();
    going_away(&mut rig.client).await;
    assert_eq!(begun.elapsed().as_secs(), 600);
    rig.served.await.unwrap();
    let lines = rig.lines.lock().unwrap().join("\n");
    assert!(lines.contains("→ 1001 closed Going away"), "{lines}");
}

#[tokio::test(start_paused = true)]
async fn a_frame_begins_the_ten_minutes_anew() {
    let mut rig = rig(1024, "yes".to_owned()).await;
    let begun = Instant::now();
    for message in [Message::text("a"), Message::Ping("b".into())] {
        tokio::time::sleep(Duration::from_secs(599)).await;
        rig.client.send(message).await.unwrap();
        assert!(rig.client.next().await.unwrap().is_ok());
    }
    going_away(&mut rig.client).await;
    assert_eq!(begun.elapsed().as_secs(), 599 * 2 + 600);
}

#[tokio::test(start_paused = true)]
async fn two_hours_are_the_end_whatever_goes_on() {
    let mut rig = rig(1024, "yes".to_owned()).await;
    let begun = Instant::now();
    let end = loop {
        tokio::select! {
            message = rig.client.next() => match message {
                Some(Ok(Message::Close(Some(frame)))) => break frame.code,
                Some(Ok(_)) => {}
                other => panic!("{other:?}"),
            },
            () = tokio::time::sleep(Duration::from_secs(100)) => {
                rig.client.send(Message::text("still here")).await.unwrap();
            }
        }
    };
    assert_eq!(end, CloseCode::Away);
    assert_eq!(begun.elapsed().as_secs(), 7200);
}

#[tokio::test(start_paused = true)]
async fn a_client_that_does_not_read_is_cut_off() {
    let mut rig = rig(1024, "x".repeat(10_000)).await;
    rig.client.send(Message::text("a")).await.unwrap();
    let begun = Instant::now();
    rig.served.await.unwrap();
    assert_eq!(begun.elapsed(), SEND_TIME + CLOSE_TIME);
    let lines = rig.lines.lock().unwrap().join("\n");
    assert!(lines.contains("→ 1006 closed"), "{lines}");
}

#[tokio::test(start_paused = true)]
async fn a_client_that_does_not_answer_a_close_frame_is_cut_off() {
    let rig = rig(1024, "yes".to_owned()).await;
    let begun = Instant::now();
    // Neither reads nor goes.
    rig.served.await.unwrap();
    assert_eq!(begun.elapsed(), MAX_IDLE + CLOSE_TIME);
    drop(rig.client);
}

#[tokio::test(start_paused = true)]
async fn a_connection_that_ended_is_known_no_more() {
    let mut rig = rig(1024, "yes".to_owned()).await;
    rig.client.close(None).await.unwrap();
    while let Some(Ok(_)) = rig.client.next().await {}
    rig.served.await.unwrap();
    assert_eq!(rig.stage.connections.count(), 0);
}
