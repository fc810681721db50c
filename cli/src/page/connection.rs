//! Connections to the page, with bounds on how many there are, on heads and on waits.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::JoinSet;

/// Connections served at once; further ones wait in the listener's queue. A browser opens six for a
/// page and one for each WebSocket.
const MAX_CONNECTIONS: usize = 128;
/// How long a client may take to send a request head, an idle kept-alive connection included.
const HEAD_TIMEOUT: Duration = Duration::from_mins(1);
/// Bytes of a request head.
const HEAD_BYTES: usize = 32 * 1024;
/// Header lines of a request.
const HEADERS: usize = 64;

/// Serves all who come until it is dropped, and their connections with it.
pub async fn accept(listener: TcpListener, router: Router) {
    let slots = Arc::new(Semaphore::new(MAX_CONNECTIONS));
    let mut connections = JoinSet::new();
    loop {
        while connections.try_join_next().is_some() {}
        match next(&listener, &slots).await {
            Some((stream, slot)) => {
                connections.spawn(serve(stream, slot, router.clone()));
            }
            // Out of file descriptors, or a client that left before it was served.
            None => tokio::time::sleep(Duration::from_millis(20)).await,
        }
    }
}

async fn next(
    listener: &TcpListener,
    slots: &Arc<Semaphore>,
) -> Option<(TcpStream, OwnedSemaphorePermit)> {
    let slot = Arc::clone(slots).acquire_owned().await.ok()?;
    let (stream, _) = listener.accept().await.ok()?;
    Some((stream, slot))
}

async fn serve(stream: TcpStream, slot: OwnedSemaphorePermit, router: Router) {
    let _slot = slot;
    let _ = stream.set_nodelay(true);
    // A connection that breaks concerns its client alone.
    let _ = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIMEOUT)
        .max_buf_size(HEAD_BYTES)
        .max_headers(HEADERS)
        .serve_connection(TokioIo::new(stream), TowerToHyperService::new(router))
        .with_upgrades()
        .await;
}
