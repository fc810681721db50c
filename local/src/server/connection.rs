//! One connection: HTTP/1, or HTTP/2 where the client starts with its preface (RFC 9113, section 3.3).
//!
//! What it may hold is bounded. Of HTTP/1 it is a read buffer and a head, [`MAX_HEAD_BYTES`] each, and
//! one body; of HTTP/2 that for each of [`MAX_STREAMS`] streams, and [`CONNECTION_WINDOW`] of data that
//! nobody has read yet. An idle connection holds about 10 KB.

use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use hyper::body::{Body, Frame, Incoming, SizeHint};
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use tokio::net::TcpStream;
use tokio::sync::{Notify, OwnedSemaphorePermit, watch};

use super::{Abort, Arrival, Handler, ResponseBody, STOP_GRACE};
use crate::wire::{Line, MAX_HEAD_BYTES, MAX_HEADERS, TappedStream};

/// How long a connection may be without a request, the time that a head takes to arrive included.
const IDLE_TIME: Duration = Duration::from_mins(1);
/// Requests of one HTTP/2 connection at once. Of streams that the client opens and resets, hyper lets
/// 20 wait to be looked at, and ends the connection with `ENHANCE_YOUR_CALM` at the next (CVE-2023-44487).
const MAX_STREAMS: u32 = 100;
/// What a client may send on one HTTP/2 stream before the handler reads it, in bytes.
const STREAM_WINDOW: u32 = 64 * 1024;
/// The same of all streams of a connection.
const CONNECTION_WINDOW: u32 = 1024 * 1024;
/// Bytes of an answer that wait in an HTTP/2 stream for the client to read.
const SEND_BUFFER: usize = 64 * 1024;

/// What a connection shares with its server.
pub(super) struct Shared<H> {
    pub handler: Arc<H>,
    /// Told when there is no room for another connection: the one that is idle the longest makes some.
    pub wanted: Arc<Notify>,
    pub stopped: watch::Receiver<bool>,
}

/// Serves one connection to its end.
pub(super) async fn serve<H: Handler>(
    stream: TcpStream,
    peer: SocketAddr,
    slot: OwnedSemaphorePermit,
    mut shared: Shared<H>,
) {
    // Without it small answers on a kept-alive connection wait for the peer's delayed acknowledgement.
    let _ = stream.set_nodelay(true);
    let port = stream.local_addr().map_or(0, |address| address.port());
    let line = Line::default();
    let io = TokioIo::new(TappedStream::new(stream, line.clone(), slot));
    let (busy, mut at_work) = watch::channel(0_usize);
    let busy = Arc::new(busy);
    let service = service_fn(|mut request: Request<Incoming>| {
        let in_hand = InHand::new(&busy);
        let upgrade = hyper::upgrade::on(&mut request);
        let (parts, body) = request.into_parts();
        let arrival = Arrival {
            head: line.head(&parts),
            body,
            peer,
            port,
            line: line.clone(),
            upgrade,
        };
        let handler = Arc::clone(&shared.handler);
        async move {
            let response = handler.handle(arrival).await?;
            let held = |body| Held {
                body,
                _in_hand: in_hand,
            };
            Ok::<Response<Held>, Abort>(response.map(held))
        }
    });
    let protocols = protocols();
    let connection = protocols.serve_connection_with_upgrades(io, service);
    let mut connection = std::pin::pin!(connection);
    tokio::select! {
        // A connection that breaks concerns its client alone.
        _ = connection.as_mut() => return,
        _ = shared.stopped.wait_for(|stop| *stop) => {}
        () = idle(&mut at_work, IDLE_TIME, &shared.wanted) => {}
    }
    connection.as_mut().graceful_shutdown();
    let nobody = Notify::new();
    tokio::select! {
        _ = connection => {}
        // A head half sent, or an answer that the client does not read.
        () = idle(&mut at_work, STOP_GRACE, &nobody) => {}
    }
}

fn protocols() -> auto::Builder<TokioExecutor> {
    let mut builder = auto::Builder::new(TokioExecutor::new());
    builder
        .http1()
        .max_buf_size(MAX_HEAD_BYTES)
        .max_headers(MAX_HEADERS);
    builder
        .http2()
        .max_concurrent_streams(MAX_STREAMS)
        .max_header_list_size(u32::try_from(MAX_HEAD_BYTES).unwrap_or(u32::MAX))
        .initial_stream_window_size(STREAM_WINDOW)
        .initial_connection_window_size(CONNECTION_WINDOW)
        .max_send_buf_size(SEND_BUFFER);
    builder
}

/// Ends when there has been no request for `limit`, or when another connection is `wanted` and none has
/// waited here for longer.
async fn idle(at_work: &mut watch::Receiver<usize>, limit: Duration, wanted: &Notify) {
    while at_work.wait_for(|requests| *requests == 0).await.is_ok() {
        tokio::select! {
            // Also by a request that has come and gone.
            _ = at_work.changed() => {}
            () = tokio::time::sleep(limit) => return,
            // First come, first told.
            () = wanted.notified() => return,
        }
    }
}

/// A request that the connection is busy with, from its head to the last byte of its answer.
struct InHand(Arc<watch::Sender<usize>>);

impl InHand {
    fn new(busy: &Arc<watch::Sender<usize>>) -> Self {
        busy.send_modify(|requests| *requests += 1);
        Self(Arc::clone(busy))
    }
}

impl Drop for InHand {
    fn drop(&mut self) {
        self.0.send_modify(|requests| *requests -= 1);
    }
}

/// An answer's body, in hand until it is sent or given up.
struct Held {
    body: ResponseBody,
    _in_hand: InHand,
}

impl Body for Held {
    type Data = Bytes;
    type Error = std::io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, std::io::Error>>> {
        Pin::new(&mut self.body).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
