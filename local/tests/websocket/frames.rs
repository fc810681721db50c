//! Frames as no client library sends them, and how they are put together (RFC 6455, section 5).

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::{HANDSHAKE, LIMIT, echo, raw};

/// A frame of a client, with a mask that changes nothing.
fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
    let mut frame = vec![first];
    match payload.len() {
        length @ 0..126 => frame.push(0x80 | u8::try_from(length).unwrap()),
        length @ 126..65_536 => {
            frame.push(0xFE);
            frame.extend(u16::try_from(length).unwrap().to_be_bytes());
        }
        length => {
            frame.push(0xFF);
            frame.extend((length as u64).to_be_bytes());
        }
    }
    frame.extend([0; 4]);
    frame.extend(payload);
    frame
}

/// All that comes until the connection is closed.
async fn rest(stream: &mut TcpStream) -> Vec<u8> {
    let mut rest = Vec::new();
    let read = stream.read_to_end(&mut rest);
    tokio::time::timeout(LIMIT, read).await.unwrap().unwrap();
    rest
}

/// The code of the close frame at the end of what came.
fn close_code(bytes: &[u8]) -> u16 {
    let mut starts = (0..bytes.len()).filter(|at| {
        let length = bytes.get(at + 1).map(|it| usize::from(*it));
        bytes[*at] == 0x88 && length == Some(bytes.len() - at - 2)
    });
    let start = starts
        .next_back()
        .unwrap_or_else(|| panic!("no close frame: {bytes:?}"));
    u16::from_be_bytes([bytes[start + 2], bytes[start + 3]])
}

#[tokio::test]
async fn frames_that_may_not_be_end_the_connection_with_their_code() {
    let gateway = echo().await;
    let large = "x".repeat(32 * 1024 + 1).into_bytes();
    let mut header_of_a_giant = vec![0x81, 0xFF];
    header_of_a_giant.extend(u64::MAX.to_be_bytes());
    header_of_a_giant.extend([0; 4]);
    let mut too_many: Vec<u8> = frame(0x01, &large[1..]);
    for _ in 0..3 {
        too_many.extend(frame(0x00, &large[1..]));
    }
    too_many.extend(frame(0x80, b"x"));
    for (name, bytes, code) in [
        ("no mask", vec![0x81, 0x01, b'x'], 1002),
        ("reserved bit 1, as of compression", frame(0xC1, b"x"), 1002),
        ("reserved bit 2", frame(0xA1, b"x"), 1002),
        ("reserved bit 3", frame(0x91, b"x"), 1002),
        ("reserved data opcode", frame(0x83, b"x"), 1002),
        ("reserved control opcode", frame(0x8B, b"x"), 1002),
        ("continuation of nothing", frame(0x80, b"x"), 1002),
        (
            "a second start",
            [frame(0x01, b"x"), frame(0x81, b"x")].concat(),
            1002,
        ),
        ("fragmented ping", frame(0x09, b"x"), 1002),
        ("ping of 126 bytes", frame(0x89, &[b'x'; 126]), 1002),
        ("close of one byte", frame(0x88, &[3]), 1002),
        (
            "close with a code that may not be sent",
            frame(0x88, &1005_u16.to_be_bytes()),
            1002,
        ),
        ("text that is not UTF-8", frame(0x81, &[0xFF]), 1007),
        (
            "half a character",
            [frame(0x01, &[0xC3]), frame(0x80, b"x")].concat(),
            1007,
        ),
        ("frame of more than 32 KB", frame(0x81, &large), 1009),
        ("header of a frame of 2^64 bytes", header_of_a_giant, 1009),
        ("message of more than 128 KB", too_many, 1009),
        ("binary", frame(0x82, b"x"), 1003),
    ] {
        let mut stream = raw(&gateway).await;
        stream.write_all(&bytes).await.unwrap();
        let rest = rest(&mut stream).await;
        assert_eq!(close_code(&rest), code, "{name}: {rest:?}");
    }
}

#[tokio::test]
async fn frames_that_may_be_are_put_together() {
    let gateway = echo().await;
    let half = "x".repeat(32 * 1024).into_bytes();
    let largest: Vec<u8> = [
        frame(0x01, &half),
        frame(0x00, &half),
        frame(0x00, &half),
        frame(0x80, &half),
    ]
    .concat();
    for (name, bytes, expected) in [
        ("one frame", frame(0x81, b"ab"), b"ab".to_vec()),
        (
            "three",
            [frame(0x01, b"a"), frame(0x00, b""), frame(0x80, b"b")].concat(),
            b"ab".to_vec(),
        ),
        (
            "a character in two",
            [frame(0x01, &[0xC3]), frame(0x80, &[0xA9])].concat(),
            "é".into(),
        ),
        ("128 KB", largest, "x".repeat(128 * 1024).into_bytes()),
    ] {
        let mut stream = raw(&gateway).await;
        stream.write_all(&bytes).await.unwrap();
        let mut got = Vec::new();
        while !got.ends_with(&expected) {
            let byte = tokio::time::timeout(LIMIT, stream.read_u8()).await;
            got.push(byte.unwrap().unwrap());
        }
        assert_eq!(got[0], 0x81, "{name}");
    }
}

#[tokio::test]
async fn a_ping_between_the_frames_of_a_message_is_answered_at_once() {
    let gateway = echo().await;
    let mut stream = raw(&gateway).await;
    let bytes = [frame(0x01, b"a"), frame(0x89, b"p"), frame(0x80, b"b")].concat();
    stream.write_all(&bytes).await.unwrap();
    let mut got = [0; 7];
    stream.read_exact(&mut got).await.unwrap();
    assert_eq!(&got, b"\x8A\x01p\x81\x02ab");
}

#[tokio::test]
async fn frames_that_arrive_with_the_handshake_are_not_lost() {
    let gateway = echo().await;
    let mut stream = TcpStream::connect(gateway.address()).await.unwrap();
    let bytes = [HANDSHAKE.as_bytes(), &frame(0x81, b"early")].concat();
    stream.write_all(&bytes).await.unwrap();
    let mut got = Vec::new();
    while !got.ends_with(b"\x81\x05early") {
        let byte = tokio::time::timeout(LIMIT, stream.read_u8()).await;
        got.push(byte.unwrap().unwrap());
    }
}

#[tokio::test]
async fn a_frame_in_packets_of_one_byte_is_a_frame() {
    let gateway = echo().await;
    let mut stream = raw(&gateway).await;
    stream.set_nodelay(true).unwrap();
    for byte in frame(0x81, b"slowly") {
        stream.write_all(&[byte]).await.unwrap();
        tokio::task::yield_now().await;
    }
    let mut got = [0; 8];
    stream.read_exact(&mut got).await.unwrap();
    assert_eq!(&got, b"\x81\x06slowly");
}

#[tokio::test]
async fn what_reads_like_a_request_is_none_once_the_connection_is_a_websocket() {
    let gateway = echo().await;
    let mut stream = raw(&gateway).await;
    let text = "GET /x HTTP/1.1\r\nHost: localhost\r\n\r\n".repeat(10);
    stream
        .write_all(&frame(0x81, text.as_bytes()))
        .await
        .unwrap();
    let mut got = vec![0; text.len() + 4];
    stream.read_exact(&mut got).await.unwrap();
    assert_eq!(&got[4..], text.as_bytes());
}
