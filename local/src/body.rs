//! Request bodies, within a size: read whole in a time, or handed on as they come.

use std::fmt;
use std::time::Duration;

use bytes::Bytes;
use futures_util::stream;
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, LengthLimitError, Limited, StreamBody};
use hyper::body::{Body, Frame, Incoming};

use crate::query;
use crate::wire::RequestHead;

/// Why a body could not be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum BodyError {
    TooLarge,
    /// Not all there in time.
    Slow,
    /// The connection broke, or the framing is wrong.
    Broken,
}

impl fmt::Display for BodyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::TooLarge => "the body is too large",
            Self::Slow => "the body did not arrive in time",
            Self::Broken => "the body broke off",
        })
    }
}

impl std::error::Error for BodyError {}

/// A body that arrives while it is handed on.
pub(crate) type StreamedBody = UnsyncBoxBody<Bytes, BodyError>;

/// The body of a request.
pub(crate) enum RequestBody {
    /// There in full.
    Whole(Bytes),
    /// Still to be read, up to this many bytes.
    Coming(Incoming, usize),
}

impl Default for RequestBody {
    fn default() -> Self {
        Self::Whole(Bytes::new())
    }
}

impl RequestBody {
    /// One to be handed on, unless it says that it is larger than `limit`.
    pub(crate) async fn coming(mut body: Incoming, limit: usize) -> Result<Self, BodyError> {
        if body.size_hint().lower() > limit as u64 {
            drain(&mut body).await;
            return Err(BodyError::TooLarge);
        }
        Ok(Self::Coming(body, limit))
    }

    /// Reads a body that nobody wants, so that the client gets to read its answer.
    pub(crate) async fn discard(self) {
        if let Self::Coming(mut body, _) = self {
            drain(&mut body).await;
        }
    }

    /// How many bytes there will be; `None` where only the end tells.
    pub(crate) fn length(&self) -> Option<u64> {
        match self {
            Self::Whole(bytes) => Some(bytes.len() as u64),
            Self::Coming(body, _) => body.size_hint().exact(),
        }
    }

    /// The body as it comes; one that grows too large fails.
    pub(crate) fn streamed(self) -> StreamedBody {
        match self {
            Self::Whole(bytes) => http_body_util::Full::new(bytes)
                .map_err(|never| match never {})
                .boxed_unsync(),
            Self::Coming(body, limit) => {
                let frames = stream::unfold((body, limit), |(mut body, left)| async move {
                    let (frame, left) = next_frame(&mut body, left).await?;
                    Some((frame, (body, left)))
                });
                BodyExt::boxed_unsync(StreamBody::new(frames))
            }
        }
    }
}

/// The next frame, and how many bytes may still follow it.
async fn next_frame(
    body: &mut Incoming,
    left: usize,
) -> Option<(Result<Frame<Bytes>, BodyError>, usize)> {
    let Ok(frame) = body.frame().await? else {
        return Some((Err(BodyError::Broken), left));
    };
    let length = frame.data_ref().map_or(0, Bytes::len);
    if let Some(left) = left.checked_sub(length) {
        return Some((Ok(frame), left));
    }
    drain(body).await;
    Some((Err(BodyError::TooLarge), left))
}

/// Largest body of a request to a stand-in, in bytes; a token is well below.
const SMALL: usize = 64 * 1024;
const SMALL_TIME: Duration = Duration::from_secs(10);

/// What of an oversized body is read and dropped, so that the client gets to read its answer.
const DRAINED: usize = 64 * 1024 * 1024;
const DRAIN_TIME: Duration = Duration::from_secs(2);

/// The whole body, of at most `limit` bytes, arrived within `time`.
pub(crate) async fn read(
    mut body: Incoming,
    limit: usize,
    time: Duration,
) -> Result<Bytes, BodyError> {
    if body.size_hint().lower() > limit as u64 {
        drain(&mut body).await;
        return Err(BodyError::TooLarge);
    }
    let read = tokio::time::timeout(time, Limited::new(&mut body, limit).collect()).await;
    match read {
        Err(_) => Err(BodyError::Slow),
        Ok(Ok(collected)) => Ok(collected.to_bytes()),
        Ok(Err(error)) if error.is::<LengthLimitError>() => {
            drain(&mut body).await;
            Err(BodyError::TooLarge)
        }
        Ok(Err(_)) => Err(BodyError::Broken),
    }
}

/// The whole body of a request to a stand-in, or the status that refuses it.
pub(crate) async fn read_small(body: Incoming) -> Result<Bytes, u16> {
    read(body, SMALL, SMALL_TIME)
        .await
        .map_err(|error| match error {
            BodyError::TooLarge => 413,
            BodyError::Slow => 408,
            BodyError::Broken => 400,
        })
}

/// The pairs of a form in the body of a request to a stand-in, or the status that refuses it.
pub(crate) async fn read_form(
    body: Incoming,
    head: &RequestHead,
) -> Result<Vec<(String, String)>, u16> {
    if !head.is_of_type("application/x-www-form-urlencoded") {
        return Err(415);
    }
    let body = read_small(body).await?;
    Ok(query::of_form(&String::from_utf8_lossy(&body)))
}

async fn drain(body: &mut Incoming) {
    let rest = async {
        let mut left = DRAINED;
        while let Some(Ok(frame)) = body.frame().await {
            let length = frame.data_ref().map_or(0, Bytes::len);
            let Some(less) = left.checked_sub(length) else {
                break;
            };
            left = less;
        }
    };
    // A client that goes on sending finds its connection closed.
    let _ = tokio::time::timeout(DRAIN_TIME, rest).await;
}
