//! Chunked bodies, cut at every byte, and what is none.

use super::{Chunks, Followed};

#[test]
fn a_body_ends_where_its_last_line_does() {
    for (name, body) in [
        ("nothing", "0\r\n\r\n"),
        ("one chunk", "3\r\nabc\r\n0\r\n\r\n"),
        ("leading zeros", "0003\r\nabc\r\n000\r\n\r\n"),
        ("both cases", "aA\r\n"),
        ("an extension", "3;a=b;c=\"d\"\r\nabc\r\n0;e\r\n\r\n"),
        ("trailers", "0\r\nA: b\r\nC: d\r\n\r\n"),
        (
            "data that looks like the end",
            "7\r\n0\r\n\r\n\r\n\r\n0\r\n\r\n",
        ),
    ] {
        let body = match body {
            "aA\r\n" => format!("{body}{}\r\n0\r\n\r\n", "x".repeat(0xaa)),
            body => body.to_owned(),
        };
        let whole = format!("{body}GET / HTTP/1.1\r\n");
        for cut in 0..body.len() {
            let (first, second) = whole.as_bytes().split_at(cut);
            let mut chunks = Chunks::new();
            assert_eq!(chunks.follow(first), Followed::More, "{name}, cut at {cut}");
            assert_eq!(
                chunks.follow(second),
                Followed::Ended(b"GET / HTTP/1.1\r\n"),
                "{name}, cut at {cut}"
            );
        }
    }
}

#[test]
fn what_another_reader_could_take_for_something_else_is_bad() {
    for (name, body) in [
        ("no size", "\r\nabc\r\n0\r\n\r\n"),
        ("a sign", "+3\r\nabc\r\n0\r\n\r\n"),
        ("a prefix", "0x3\r\nabc\r\n0\r\n\r\n"),
        ("a space before the size", " 3\r\nabc\r\n0\r\n\r\n"),
        ("a space after the size", "3 \r\nabc\r\n0\r\n\r\n"),
        ("a size of 65 bits", "10000000000000000\r\nabc"),
        ("zeros without end", "00000000000000003\r\nabc"),
        ("a bare line feed after the size", "3\nabc\r\n0\r\n\r\n"),
        ("a bare line feed in an extension", "3;\nabc\r\n0\r\n\r\n"),
        ("a bare carriage return", "3\rabc\r\n0\r\n\r\n"),
        ("more data than the size says", "3\r\nabcd\r\n0\r\n\r\n"),
        ("no line end after the data", "3\r\nabc0\r\n\r\n"),
        ("a bare line feed in a trailer", "0\r\nA: b\n\r\n"),
        ("a bare line feed at the end", "0\r\n\nGET"),
        ("a bare carriage return at the end", "0\r\n\rGET"),
    ] {
        let mut chunks = Chunks::new();
        assert_eq!(chunks.follow(body.as_bytes()), Followed::Bad, "{name}");
    }
}
