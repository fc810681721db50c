//! Where a request ends and the next begins: the gateway and the authorizer read it in one way, or the
//! request is refused and the connection closed.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "tests"
)]

mod rig;

use rig::{Rig, allow};

const HOST: &str = "Host: localhost\r\n";
const NEXT: &str = "GET /next HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";

/// The statuses of the answers to what was sent, and the paths that the backend was asked for.
async fn outcome(request: &str) -> (Vec<u16>, Vec<String>) {
    let rig = Rig::new(allow("*")).await;
    let text = rig.exchange(request.as_bytes()).await;
    let statuses = text
        .split("HTTP/1.1 ")
        .skip(1)
        .map(|answer| answer.split(' ').next().unwrap().parse().unwrap())
        .collect();
    let paths = rig.backend_requests();
    let path = |request: &serde_json::Value| request["path"].as_str().unwrap().to_owned();
    (statuses, paths.iter().map(path).collect())
}

#[tokio::test]
async fn a_connection_goes_on_after_a_chunked_body() {
    for (name, body) in [
        ("one chunk", "3\r\nabc\r\n0\r\n\r\n"),
        ("empty", "0\r\n\r\n"),
        (
            "an extension and a trailer",
            "3;a=b\r\nabc\r\n0\r\nX: y\r\n\r\n",
        ),
        (
            "a body that looks like a request",
            "20\r\nGET /inner HTTP/1.1\r\nHost: x\r\n\r\n\r\n0\r\n\r\n",
        ),
    ] {
        let head = format!("POST /one HTTP/1.1\r\n{HOST}Transfer-Encoding: chunked\r\n\r\n");
        let (statuses, paths) = outcome(&format!("{head}{body}{NEXT}")).await;
        assert_eq!(statuses, [200, 200], "{name}");
        assert_eq!(paths, ["/one", "/next"], "{name}");
    }
}

#[tokio::test]
async fn a_chunked_body_reaches_the_backend_byte_by_byte_sent() {
    let rig = Rig::new(allow("*")).await;
    let chunked = "POST /one HTTP/1.1\r\nHost: localhost\r\ntransfer-encoding: Chunked\r\n\r\n1\r\na\r\n2;x\r\nbc\r\n0\r\n\r\n";
    let text = rig
        .exchange_slowly(format!("{chunked}{NEXT}").as_bytes())
        .await;
    assert_eq!(text.matches("HTTP/1.1 200").count(), 2, "{text}");
    assert_eq!(rig.backend_requests()[0]["body"], "abc");
}

#[tokio::test]
async fn a_head_with_two_readings_is_refused_and_nothing_after_it_is_read() {
    let chunks = "0\r\n\r\n";
    for (name, headers) in [
        (
            "chunked and a length",
            "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n",
        ),
        (
            "a length and chunked",
            "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n",
        ),
        (
            "chunked twice",
            "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
        ),
        ("chunked in a list", "Transfer-Encoding: gzip, chunked\r\n"),
        (
            "chunked before another",
            "Transfer-Encoding: chunked, identity\r\n",
        ),
        ("a coding that is none", "Transfer-Encoding: xchunked\r\n"),
        ("a coding that is empty", "Transfer-Encoding:\r\n"),
        (
            "a vertical tab before chunked",
            "Transfer-Encoding: \u{b}chunked\r\n",
        ),
        (
            "a space before the colon",
            "Transfer-Encoding : chunked\r\n",
        ),
        ("a folded coding", "Transfer-Encoding:\r\n chunked\r\n"),
        ("a folded header", "X: a\r\n b\r\nContent-Length: 5\r\n"),
        ("two lengths", "Content-Length: 5\r\nContent-Length: 6\r\n"),
        (
            "one length twice",
            "Content-Length: 5\r\nContent-Length: 5\r\n",
        ),
        ("a list of lengths", "Content-Length: 5, 5\r\n"),
        ("a length with a sign", "Content-Length: +5\r\n"),
        ("a negative length", "Content-Length: -5\r\n"),
        ("a length in hexadecimal", "Content-Length: 0x5\r\n"),
        ("an empty length", "Content-Length:\r\n"),
        (
            "a length of 65 bits",
            "Content-Length: 18446744073709551621\r\n",
        ),
        (
            "a bare carriage return in a header",
            "X: a\rContent-Length: 5\r\n",
        ),
        ("a null byte in a header", "X: a\0b\r\n"),
    ] {
        let request = format!("POST /one HTTP/1.1\r\n{HOST}{headers}\r\n{chunks}{NEXT}");
        let (statuses, paths) = outcome(&request).await;
        assert_eq!(
            (statuses.as_slice(), paths.len()),
            ([400].as_slice(), 0),
            "{name}"
        );
    }
    let old = format!("POST /one HTTP/1.0\r\n{HOST}Transfer-Encoding: chunked\r\n\r\n{chunks}");
    assert_eq!(outcome(&old).await.1, [""; 0], "chunks of HTTP/1.0");
}

#[tokio::test]
async fn nothing_is_read_after_chunks_with_two_readings() {
    for (name, body) in [
        ("a space after the size", "3 \r\nabc\r\n0\r\n\r\n"),
        ("a size with a sign", "+3\r\nabc\r\n0\r\n\r\n"),
        ("a size with a prefix", "0x3\r\nabc\r\n0\r\n\r\n"),
        ("a size of 65 bits", "10000000000000003\r\nabc\r\n0\r\n\r\n"),
        ("a bare line feed after the size", "3\nabc\r\n0\r\n\r\n"),
        ("a bare line feed in an extension", "3;a\nabc\r\n0\r\n\r\n"),
        ("more data than the size says", "3\r\nabcdef\r\n0\r\n\r\n"),
        ("a bare line feed at the end", "0\r\n\n"),
        ("a bare line feed in a trailer", "0\r\nX: y\n\r\n"),
    ] {
        let head = format!("POST /one HTTP/1.1\r\n{HOST}Transfer-Encoding: chunked\r\n\r\n");
        let (statuses, paths) = outcome(&format!("{head}{body}{NEXT}")).await;
        assert!(!paths.contains(&"/next".to_owned()), "{name}: {statuses:?}");
    }
}
