//! HTTP/2 with prior knowledge on the gateway's port: what the functions are told of such a request, and
//! what a client may not do.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "tests"
)]

mod rig;

use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http2::{SendRequest, handshake};
use hyper::{Request, Response};
use hyper_util::rt::{TokioExecutor, TokioIo};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use rig::{Rig, allow, deny};

const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
const HEADERS: u8 = 1;
const RST_STREAM: u8 = 3;
const SETTINGS: u8 = 4;
const GOAWAY: u8 = 7;
/// The error code of a connection that is ended for its manners (RFC 9113, section 7).
const ENHANCE_YOUR_CALM: u32 = 11;

type Client = SendRequest<Full<Bytes>>;

async fn client(rig: &Rig) -> Client {
    let stream = TcpStream::connect(rig.address()).await.unwrap();
    let io = TokioIo::new(stream);
    let (client, connection) = handshake(TokioExecutor::new(), io).await.unwrap();
    tokio::spawn(connection);
    client
}

fn get(uri: &str) -> hyper::http::request::Builder {
    Request::get(uri)
}

async fn send(
    client: &Client,
    request: hyper::http::request::Builder,
    body: &'static str,
) -> (u16, String) {
    let request = request.body(Full::from(body)).unwrap();
    read(client.clone().send_request(request).await.unwrap()).await
}

async fn read(response: Response<hyper::body::Incoming>) -> (u16, String) {
    let status = response.status().as_u16();
    let body = response.into_body().collect().await.unwrap().to_bytes();
    (status, String::from_utf8(body.to_vec()).unwrap())
}

#[tokio::test]
async fn a_request_is_told_as_api_gateway_tells_it() {
    let rig = Rig::new(allow("*")).await;
    let client = client(&rig).await;
    let request = get("http://localhost:3000/a%2Fb//c/../d?x=1&x=2&&")
        .header("Authorization", "Bearer t")
        .header("X-Odd", "1")
        .header("cookie", "a=1")
        .header("cookie", "b=2");
    assert_eq!(
        send(&client, request, "").await,
        (200, "/a%2Fb//c/../d".to_owned())
    );
    let event = rig.event();
    assert_eq!(event["httpMethod"], "GET");
    assert_eq!(event["path"], "/a%2Fb//c/../d");
    assert_eq!(
        event["multiValueQueryStringParameters"]["x"],
        json!(["1", "2"])
    );
    let headers = &event["headers"];
    assert_eq!(headers["host"], "localhost:3000");
    assert_eq!(headers["Authorization"], "Bearer t");
    assert_eq!(headers["x-odd"], "1");
    assert_eq!(event["multiValueHeaders"]["cookie"], json!(["a=1; b=2"]));
    // Of HTTP/2 too: see the README.
    assert_eq!(event["requestContext"]["protocol"], "HTTP/1.1");
    assert_eq!(rig.last_exchange().path, "/a%2Fb//c/../d");
}

#[tokio::test]
async fn a_body_and_a_refusal_are_the_same_as_by_http_1() {
    let rig = Rig::new(allow("POST/yes")).await;
    let client = client(&rig).await;
    let post = |uri: &str| Request::post(uri);
    assert_eq!(
        send(&client, post("http://localhost/yes"), "body").await.0,
        200
    );
    assert_eq!(rig.backend_request()["body"], "body");
    let (status, text) = send(&client, post("http://localhost/no"), "body").await;
    assert_eq!(status, 403);
    assert!(serde_json::from_str::<Value>(&text).unwrap().is_object());
    assert_eq!(rig.backend_calls(), 1);
}

#[tokio::test]
async fn many_streams_of_one_connection_do_not_mix() {
    let rig = Rig::new(allow("*")).await;
    let client = client(&rig).await;
    let requests = (0..300).map(|n| {
        let client = client.clone();
        tokio::spawn(async move { send(&client, get(&format!("http://localhost/{n}")), "").await })
    });
    for (n, request) in requests.collect::<Vec<_>>().into_iter().enumerate() {
        assert_eq!(request.await.unwrap(), (200, format!("/{n}")));
    }
}

#[tokio::test]
async fn what_is_no_request_to_this_api_is_a_400() {
    let rig = Rig::new(allow("*")).await;
    let client = client(&rig).await;
    let connect = Request::builder().method("CONNECT").uri("localhost:80");
    assert_eq!(send(&client, connect, "").await.0, 400);
    let asterisk = Request::builder().method("OPTIONS").uri("*");
    assert_eq!(send(&client, asterisk, "").await.0, 400);
    let two_hosts = get("http://localhost/").header("host", "example.com");
    assert_eq!(send(&client, two_hosts, "").await.0, 400);
    let one_host_twice = get("http://localhost/").header("host", "localhost");
    assert_eq!(send(&client, one_host_twice, "").await.0, 200);
    let no_host_name = get("http://a..b/");
    assert_eq!(send(&client, no_host_name, "").await.0, 400);
    assert_eq!(rig.backend_calls(), 1);
}

#[tokio::test]
async fn sizes_are_bounded_as_by_http_1() {
    let rig = Rig::new(allow("*")).await;
    let client = client(&rig).await;
    let long = "a".repeat(11_000);
    let target = get(&format!("http://localhost/{long}"));
    assert_eq!(send(&client, target, "").await.0, 414);
    let header = get("http://localhost/").header("x", &long);
    assert_eq!(send(&client, header, "").await.0, 431);
    let huge = get("http://localhost/").header("x", "a".repeat(70_000));
    let huge = huge.body(Full::from("")).unwrap();
    let answer = client.clone().send_request(huge).await;
    assert!(answer.is_err() || answer.is_ok_and(|it| it.status().as_u16() == 431));
    assert_eq!(rig.backend_calls(), 0);
}

/// A frame (RFC 9113, section 4.1).
fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
    let head = [&length[1..], &[kind, flags], &stream.to_be_bytes()];
    [&head.concat(), payload].concat()
}

/// A connection after its preface.
async fn raw(rig: &Rig) -> TcpStream {
    let mut stream = TcpStream::connect(rig.address()).await.unwrap();
    stream.write_all(PREFACE).await.unwrap();
    stream.write_all(&frame(SETTINGS, 0, 0, &[])).await.unwrap();
    stream
}

/// The next frame that is of one of these kinds: its kind, its stream and its payload.
async fn next(stream: &mut TcpStream, kinds: &[u8]) -> (u8, u32, Vec<u8>) {
    let read = async {
        loop {
            let mut head = [0; 9];
            stream.read_exact(&mut head).await.unwrap();
            let length = u32::from_be_bytes([0, head[0], head[1], head[2]]);
            let mut payload = vec![0; usize::try_from(length).unwrap()];
            stream.read_exact(&mut payload).await.unwrap();
            if kinds.contains(&head[3]) {
                let id = u32::from_be_bytes([head[5], head[6], head[7], head[8]]);
                return (head[3], id, payload);
            }
        }
    };
    tokio::time::timeout(Duration::from_secs(10), read)
        .await
        .unwrap()
}

#[tokio::test]
async fn a_request_without_a_path_is_reset_or_refused() {
    let rig = Rig::new(allow("*")).await;
    // `:method: GET` and `:scheme: http` of HPACK's static table, and the end of head and stream.
    let no_path = [0x82, 0x86];
    // The same with `:authority: localhost`.
    let no_path_but_a_host = [&no_path[..], &[0x41, 9], b"localhost"].concat();
    for block in [&no_path[..], &no_path_but_a_host] {
        let mut stream = raw(&rig).await;
        stream
            .write_all(&frame(HEADERS, 5, 1, block))
            .await
            .unwrap();
        let (kind, id, payload) = next(&mut stream, &[HEADERS, RST_STREAM]).await;
        assert_eq!(id, 1);
        // 400 has a place of its own in the static table.
        assert!(kind == RST_STREAM || payload[0] == 0x8c, "{payload:x?}");
    }
    assert_eq!(rig.backend_calls(), 0);
}

#[tokio::test]
async fn a_client_that_opens_and_resets_streams_is_ended() {
    let rig = Rig::new(deny(json!({}))).await;
    let mut stream = raw(&rig).await;
    let request = [&[0x82, 0x86, 0x84, 0x41, 9][..], b"localhost"].concat();
    let flood = (0..5_000_u32).flat_map(|n| {
        let id = 2 * n + 1;
        let reset = frame(RST_STREAM, 0, id, &8_u32.to_be_bytes());
        [frame(HEADERS, 5, id, &request), reset].concat()
    });
    // The server may have closed before all is sent.
    let _ = stream.write_all(&flood.collect::<Vec<_>>()).await;
    let (_, _, payload) = next(&mut stream, &[GOAWAY]).await;
    assert_eq!(payload[4..8], ENHANCE_YOUR_CALM.to_be_bytes());
    // Others are served on.
    assert_eq!(rig.get("/").await.status, 403);
}

#[tokio::test]
async fn the_gateway_stops_with_a_connection_open() {
    let rig = Rig::new(allow("*")).await;
    let client = client(&rig).await;
    assert_eq!(send(&client, get("http://localhost/"), "").await.0, 200);
    tokio::time::timeout(Duration::from_secs(5), rig.stop())
        .await
        .unwrap();
}
