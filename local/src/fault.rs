//! What can go wrong with a provider, on demand.

mod named;

use std::collections::VecDeque;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http_body_util::BodyExt;
use hyper::body::{Body, Frame};
use hyper::header::{CONTENT_TYPE, HeaderName, HeaderValue, LOCATION, RETRY_AFTER};
use hyper::{Response, StatusCode};
use tokio::time::Sleep;

use crate::answer::problem;
use crate::server::{Abort, ResponseBody, full};
use crate::wire::Line;

pub use named::NamedFault;

/// A way to fail. Where it says "the right answer", the request is looked at as ever.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// This status with a problem document; 429 and 503 come with `Retry-After: 1`.
    Status(u16),
    /// The right answer, its head this much late.
    SlowHead(Duration),
    /// The right answer: its head at once, its body over this much time.
    SlowBody(Duration),
    /// The request is read, and nothing ever comes back.
    NoAnswer,
    /// TCP reset in place of an answer.
    Reset,
    /// The client's own key is refused, in the provider's words.
    KeyRefused,
    /// A load balancer's 503 in HTML.
    Html,
    /// The right answer, but the JSON text ends half-way.
    TruncatedJson,
    /// The right answer, but the connection breaks half-way through the body.
    CutOff,
    /// The right answer under another content type.
    ContentType(String),
    /// The right answer, with blanks after it up to this many bytes: good JSON that nobody should read.
    Huge(usize),
    /// 307 to this URL; a client must not take its key there.
    Redirect(String),
    /// 200 with this text as `application/json`, in place of the right answer.
    Body(String),
    /// This answer, word for word.
    Reply {
        /// What is no status becomes 500.
        status: u16,
        /// Names and values; what can't be a header is left out.
        headers: Vec<(String, String)>,
        /// The body.
        body: String,
    },
}

impl Fault {
    pub(crate) async fn answer(
        self,
        line: Line,
        right: impl Future<Output = Response<ResponseBody>>,
    ) -> Result<Response<ResponseBody>, Abort> {
        if self == Self::Reset {
            line.reset();
            return Err(Abort);
        }
        // Also where it is not used: an answer to a half-read request could be lost in the close.
        let mut right = right.await;
        Ok(match self {
            Self::Status(status) => status_response(status),
            Self::SlowHead(time) => {
                tokio::time::sleep(time).await;
                right
            }
            Self::SlowBody(time) => dripping(right, time).await,
            // What the provider says of a wrong key is its right answer here.
            Self::KeyRefused => right,
            Self::NoAnswer | Self::Reset => std::future::pending().await,
            Self::Html => html(),
            Self::TruncatedJson => half(right, false).await,
            Self::CutOff => half(right, true).await,
            Self::ContentType(content_type) => {
                match HeaderValue::from_str(&content_type) {
                    Ok(value) => right.headers_mut().insert(CONTENT_TYPE, value),
                    Err(_) => right.headers_mut().remove(CONTENT_TYPE),
                };
                right
            }
            Self::Huge(bytes) => huge(right, bytes).await,
            Self::Redirect(url) => redirect(&url),
            Self::Body(text) => json(full(text)),
            Self::Reply {
                status,
                headers,
                body,
            } => reply(status, &headers, body),
        })
    }
}

fn redirect(url: &str) -> Response<ResponseBody> {
    let mut response = problem(307);
    // A URL that is no header value leaves a redirect without a target: odd as well.
    if let Ok(url) = HeaderValue::from_str(url) {
        response.headers_mut().insert(LOCATION, url);
    }
    response
}

fn status_response(status: u16) -> Response<ResponseBody> {
    let mut response = problem(status);
    if status == 429 || status == 503 {
        response
            .headers_mut()
            .insert(RETRY_AFTER, HeaderValue::from_static("1"));
    }
    response
}

fn json(body: ResponseBody) -> Response<ResponseBody> {
    let mut response = Response::new(body);
    response
        .headers_mut()
        .insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

fn html() -> Response<ResponseBody> {
    let page = "<html><head><title>503 Service Temporarily Unavailable</title></head>\
                <body><center><h1>503 Service Temporarily Unavailable</h1></center></body></html>\n";
    let mut response = Response::new(full(page));
    *response.status_mut() = StatusCode::SERVICE_UNAVAILABLE;
    response
        .headers_mut()
        .insert(CONTENT_TYPE, HeaderValue::from_static("text/html"));
    response
}

async fn bytes_of(body: ResponseBody) -> Bytes {
    // The bodies of right answers are in memory and can't fail.
    body.collect()
        .await
        .map(http_body_util::Collected::to_bytes)
        .unwrap_or_default()
}

async fn half(response: Response<ResponseBody>, broken: bool) -> Response<ResponseBody> {
    let (parts, body) = response.into_parts();
    let body = bytes_of(body).await;
    let half = body.slice(..body.len() / 2);
    let body = if broken {
        Drip::new([half], Duration::ZERO, true).boxed_unsync()
    } else {
        full(half)
    };
    Response::from_parts(parts, body)
}

async fn dripping(response: Response<ResponseBody>, time: Duration) -> Response<ResponseBody> {
    const DROPS: u32 = 16;
    let (parts, body) = response.into_parts();
    let body = bytes_of(body).await;
    let size = body.len().div_ceil(DROPS as usize).max(1);
    let drops = body.chunks(size).map(Bytes::copy_from_slice);
    Response::from_parts(parts, Drip::new(drops, time / DROPS, false).boxed_unsync())
}

/// Streamed, the same chunk again and again: its size costs this side nothing.
async fn huge(response: Response<ResponseBody>, bytes: usize) -> Response<ResponseBody> {
    const CHUNK: usize = 64 * 1024;
    let (parts, body) = response.into_parts();
    let body = bytes_of(body).await;
    let padding = Bytes::from(vec![b' '; CHUNK]);
    let mut left = bytes.saturating_sub(body.len());
    let mut chunks = vec![body];
    while left > 0 {
        let size = left.min(CHUNK);
        chunks.push(padding.slice(..size));
        left -= size;
    }
    Response::from_parts(
        parts,
        Drip::new(chunks, Duration::ZERO, false).boxed_unsync(),
    )
}

fn reply(status: u16, headers: &[(String, String)], body: String) -> Response<ResponseBody> {
    let mut response = Response::new(full(body));
    *response.status_mut() =
        StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    for (name, value) in headers {
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::from_str(value)) {
            response.headers_mut().append(name, value);
        }
    }
    response
}

/// A body that comes in drops, and may break off after the last.
struct Drip {
    drops: VecDeque<Bytes>,
    pause: Duration,
    broken: bool,
    sleep: Option<Pin<Box<Sleep>>>,
}

impl Drip {
    fn new(drops: impl IntoIterator<Item = Bytes>, pause: Duration, broken: bool) -> Self {
        Self {
            drops: drops.into_iter().collect(),
            pause,
            broken,
            sleep: None,
        }
    }
}

impl Body for Drip {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        if self.drops.is_empty() {
            let end = self
                .broken
                .then(|| Err(io::ErrorKind::ConnectionAborted.into()));
            return Poll::Ready(end);
        }
        if !self.pause.is_zero() {
            let pause = self.pause;
            let sleep = self
                .sleep
                .get_or_insert_with(|| Box::pin(tokio::time::sleep(pause)));
            std::task::ready!(sleep.as_mut().poll(cx));
            self.sleep = None;
        }
        Poll::Ready(self.drops.pop_front().map(|drop| Ok(Frame::data(drop))))
    }
}
