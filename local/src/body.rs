//! Request bodies, read within a size and a time.

use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, LengthLimitError, Limited};
use hyper::body::{Body, Incoming};

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
