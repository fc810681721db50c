//! Request heads as the client wrote them, taken off the wire beside hyper.
//!
//! hyper drops a `#fragment` from the target and the spelling of header names; an authorizer has to
//! see both. So the connection's bytes are read by the same parser (httparse) a second time. Where the
//! two readers could disagree about what a request is, there is no head, and the request is refused.

mod chunks;
mod http2;

use std::collections::VecDeque;
use std::io;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

use hyper::Version;
use hyper::http::request::Parts;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::sync::OwnedSemaphorePermit;

use self::chunks::{Chunks, Followed};

/// Header lines in one request; more is answered with 431 by hyper, whose own limit this is.
pub(crate) const MAX_HEADERS: usize = 100;
/// Bytes of one request head kept while it is incomplete; hyper's buffer has the same limit.
pub(crate) const MAX_HEAD_BYTES: usize = 64 * 1024;

/// The head of one request: nothing decoded, folded or normalised.
#[derive(Clone, Default, PartialEq, Eq)]
pub(crate) struct RequestHead {
    /// `GET`
    pub method: String,
    /// What stands between method and version: `/pro/x?q=1`.
    pub target: String,
    /// `HTTP/1.1` or `HTTP/1.0`; of an HTTP/2 request `HTTP/1.1`, as API Gateway has it.
    pub version: &'static str,
    /// Names in the client's spelling, values as text ([`text`]), in order.
    pub headers: Vec<(String, String)>,
}

impl RequestHead {
    /// The values of all headers of this name, in any spelling.
    pub(crate) fn values<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.headers
            .iter()
            .filter(move |(n, _)| n.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }

    /// The value of the header of this name, if there is exactly one.
    pub(crate) fn only<'a>(&'a self, name: &'a str) -> Option<&'a str> {
        let mut values = self.values(name);
        match (values.next(), values.next()) {
            (Some(value), None) => Some(value),
            _ => None,
        }
    }

    /// What follows this scheme in the only `Authorization` header (RFC 9110 section 11.6.2).
    pub(crate) fn authorization(&self, scheme: &str) -> Option<&str> {
        let (given, credentials) = self.only("authorization")?.split_once(' ')?;
        given
            .eq_ignore_ascii_case(scheme)
            .then(|| credentials.trim())
    }

    /// Whether the body is said to be of this media type.
    pub(crate) fn is_of_type(&self, media_type: &str) -> bool {
        self.values("content-type").any(|value| {
            let essence = value.split(';').next().unwrap_or_default();
            essence.trim().eq_ignore_ascii_case(media_type)
        })
    }

    /// Path and query of the target; the query without its `?`.
    pub(crate) fn path_and_query(&self) -> (&str, &str) {
        self.target.split_once('?').unwrap_or((&self.target, ""))
    }

    /// Whether hyper read the same request. It does not look at the fragment, and a target that is no
    /// path is refused anyway.
    fn agrees_with(&self, parts: &Parts) -> bool {
        let version = if parts.version == Version::HTTP_10 {
            "HTTP/1.0"
        } else {
            "HTTP/1.1"
        };
        let target = self.target.split('#').next().unwrap_or_default();
        let is_path = target.starts_with('/');
        self.method == parts.method.as_str()
            && self.version == version
            && (!is_path || parts.uri.path_and_query().is_some_and(|it| it == target))
            && self.headers.len() == parts.headers.len()
    }
}

/// Header bytes as text: UTF-8, or else ISO-8859-1, in which every byte is a character.
fn text(bytes: &[u8]) -> String {
    std::str::from_utf8(bytes).map_or_else(
        |_| bytes.iter().copied().map(char::from).collect(),
        str::to_owned,
    )
}

/// What the connection shares with the handler of its requests.
#[derive(Clone, Default)]
pub(crate) struct Line {
    heads: Arc<Mutex<VecDeque<RequestHead>>>,
    reset: Arc<AtomicBool>,
    upgraded: Arc<AtomicBool>,
}

impl Line {
    /// The head of the request that hyper has just handed over; `None` when it, or what came before it
    /// on the connection, can be read in more than one way.
    pub(crate) fn head(&self, parts: &Parts) -> Option<RequestHead> {
        RequestHead::of_http2(parts).or_else(|| {
            let mut heads = self.heads.lock().unwrap_or_else(PoisonError::into_inner);
            heads.pop_front().filter(|head| head.agrees_with(parts))
        })
    }

    /// From here on the connection carries no requests: what is read is no longer looked at.
    pub(crate) fn upgraded(&self) {
        self.upgraded.store(true, Ordering::Relaxed);
    }

    /// Makes the connection end in a TCP reset rather than an orderly close.
    pub(crate) fn reset(&self) {
        self.reset.store(true, Ordering::Relaxed);
    }
}

/// Where in a request the reader stands.
enum Position {
    Head(Vec<u8>),
    Body {
        left: u64,
    },
    Chunks(Chunks),
    /// After bytes that are no request of HTTP/1, or one with two readings: no more heads are told from
    /// here on.
    Lost,
}

/// A TCP stream that keeps a copy of each request head it reads.
pub(crate) struct TappedStream {
    stream: TcpStream,
    position: Position,
    line: Line,
    /// Given back when the stream closes, which after an upgrade is not when its requests end.
    _slot: OwnedSemaphorePermit,
}

impl TappedStream {
    pub(crate) fn new(stream: TcpStream, line: Line, slot: OwnedSemaphorePermit) -> Self {
        Self {
            stream,
            position: Position::Head(Vec::new()),
            line,
            _slot: slot,
        }
    }

    fn observe(&mut self, mut bytes: &[u8]) {
        if self.line.upgraded.load(Ordering::Relaxed) {
            self.position = Position::Lost;
        }
        while !bytes.is_empty() {
            match &mut self.position {
                Position::Lost => return,
                Position::Body { left } => {
                    let skip =
                        usize::try_from(*left).map_or(bytes.len(), |left| left.min(bytes.len()));
                    *left -= skip as u64;
                    bytes = bytes.get(skip..).unwrap_or_default();
                    if *left == 0 {
                        self.position = Position::Head(Vec::new());
                    }
                }
                Position::Chunks(chunks) => match chunks.follow(bytes) {
                    Followed::More => return,
                    Followed::Bad => self.position = Position::Lost,
                    Followed::Ended(rest) => {
                        bytes = rest;
                        self.position = Position::Head(Vec::new());
                    }
                },
                Position::Head(kept) => {
                    let before = kept.len();
                    kept.extend_from_slice(bytes);
                    match parse_head(kept) {
                        Parsed::More if kept.len() <= MAX_HEAD_BYTES => return,
                        Parsed::More | Parsed::Bad => self.position = Position::Lost,
                        Parsed::Head { head, length, body } => {
                            bytes = bytes
                                .get(length.saturating_sub(before)..)
                                .unwrap_or_default();
                            self.position = match body {
                                Framing::Length(0) => Position::Head(Vec::new()),
                                Framing::Length(left) => Position::Body { left },
                                Framing::Chunked => Position::Chunks(Chunks::new()),
                            };
                            self.line
                                .heads
                                .lock()
                                .unwrap_or_else(PoisonError::into_inner)
                                .push_back(head);
                        }
                    }
                }
            }
        }
    }
}

enum Parsed {
    More,
    Bad,
    Head {
        head: RequestHead,
        length: usize,
        body: Framing,
    },
}

/// How the end of a body is told (RFC 9112, section 6.3).
enum Framing {
    Length(u64),
    Chunked,
}

fn parse_head(bytes: &[u8]) -> Parsed {
    let mut headers = [httparse::EMPTY_HEADER; MAX_HEADERS];
    let mut request = httparse::Request::new(&mut headers);
    let length = match request.parse(bytes) {
        Ok(httparse::Status::Complete(length)) => length,
        Ok(httparse::Status::Partial) => return Parsed::More,
        Err(_) => return Parsed::Bad,
    };
    let (Some(method), Some(target)) = (request.method, request.path) else {
        return Parsed::Bad;
    };
    let head = RequestHead {
        method: method.to_owned(),
        target: target.to_owned(),
        version: if request.version == Some(0) {
            "HTTP/1.0"
        } else {
            "HTTP/1.1"
        },
        headers: request
            .headers
            .iter()
            .map(|header| (header.name.to_owned(), text(header.value)))
            .collect(),
    };
    match framing(&head) {
        Some(body) => Parsed::Head { head, length, body },
        None => Parsed::Bad,
    }
}

/// `None` where readers differ: both ways at once, one of them twice, or in an unusual form.
fn framing(head: &RequestHead) -> Option<Framing> {
    let mut lengths = head.values("content-length");
    let mut codings = head.values("transfer-encoding");
    let first = (lengths.next(), codings.next());
    if lengths.next().is_some() || codings.next().is_some() {
        return None;
    }
    match first {
        (None, None) => Some(Framing::Length(0)),
        // Parsing alone would take a sign.
        (Some(length), None) if length.bytes().all(|byte| byte.is_ascii_digit()) => {
            length.parse().ok().map(Framing::Length)
        }
        (None, Some(coding)) if head.version == "HTTP/1.1" => coding
            .eq_ignore_ascii_case("chunked")
            .then_some(Framing::Chunked),
        _ => None,
    }
}

impl AsyncRead for TappedStream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        let polled = Pin::new(&mut self.stream).poll_read(cx, buf);
        if let Poll::Ready(Ok(())) = polled {
            self.observe(buf.filled().get(before..).unwrap_or_default());
        }
        polled
    }
}

impl AsyncWrite for TappedStream {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(cx, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
}

impl Drop for TappedStream {
    fn drop(&mut self) {
        if self.line.reset.load(Ordering::Relaxed) {
            // Closing with a zero linger time sends RST; if that fails the peer sees FIN, an error all the same.
            let _ = self.stream.set_zero_linger();
        }
    }
}
