//! An HTTP/1.1 server on loopback: what the gateway and the stand-ins listen with.
//!
//! It stops with its handle, bounds connections, heads and waits, and can break a connection on purpose.

use std::convert::Infallible;
use std::fmt;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::upgrade::OnUpgrade;
use hyper::{Request, Response};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::task::{JoinHandle, JoinSet};

use crate::wire::{Line, MAX_HEAD_BYTES, MAX_HEADERS, RequestHead, TappedStream};

/// Connections served at once; further ones wait in the listener's queue.
const MAX_CONNECTIONS: usize = 1024;
/// How long a client may take to send a request head, an idle kept-alive connection included.
const HEAD_TIMEOUT: Duration = Duration::from_mins(1);
/// How long requests in flight may go on once the server is told to stop.
const STOP_GRACE: Duration = Duration::from_secs(1);

/// A response body; one that cannot fail, or whose failure breaks the connection off.
pub(crate) type ResponseBody = UnsyncBoxBody<Bytes, io::Error>;

/// A body that is there in full.
pub(crate) fn full(bytes: impl Into<Bytes>) -> ResponseBody {
    Full::new(bytes.into())
        .map_err(|never: Infallible| match never {})
        .boxed_unsync()
}

/// Why a connection is ended without an answer.
#[derive(Debug)]
pub(crate) struct Abort;

impl fmt::Display for Abort {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("connection ended without an answer")
    }
}

impl std::error::Error for Abort {}

/// One request as a handler gets it.
pub(crate) struct Arrival {
    /// `None` when the head is not known: answer 400 and close.
    pub head: Option<RequestHead>,
    pub body: Incoming,
    pub peer: SocketAddr,
    /// The port the client called.
    pub port: u16,
    pub line: Line,
    /// The connection itself, once the answer is 101 (WebSocket).
    pub upgrade: OnUpgrade,
}

/// Answers requests; shared by all connections of a server.
pub(crate) trait Handler: Send + Sync + 'static {
    /// One request in, its answer out.
    fn handle(
        self: Arc<Self>,
        request: Arrival,
    ) -> impl Future<Output = Result<Response<ResponseBody>, Abort>> + Send;
}

/// A port that could not be listened on.
#[derive(Debug)]
pub struct PortError {
    port: u16,
    purpose: &'static str,
    flag: &'static str,
    cause: io::Error,
}

impl PortError {
    /// The port that was asked for.
    pub fn port(&self) -> u16 {
        self.port
    }
}

impl fmt::Display for PortError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            port,
            purpose,
            flag,
            cause,
        } = self;
        match cause.kind() {
            io::ErrorKind::AddrInUse => write!(
                f,
                "port {port} for the {purpose} is taken: end the program that listens on it, or choose another with `{flag} PORT`"
            ),
            io::ErrorKind::PermissionDenied => write!(
                f,
                "port {port} for the {purpose} may not be used by this user: choose one above 1023 with `{flag} PORT`"
            ),
            _ => write!(
                f,
                "can't listen on port {port} for the {purpose}: {cause}; choose another with `{flag} PORT`"
            ),
        }
    }
}

impl std::error::Error for PortError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.cause)
    }
}

/// A running server; dropping it closes the port and every connection at once.
pub(crate) struct Server {
    address: SocketAddr,
    stop: watch::Sender<bool>,
    accepting: Option<JoinHandle<()>>,
}

impl Server {
    /// Listens on `127.0.0.1:port` (0 for a free one) and serves until stopped.
    pub(crate) async fn start<H: Handler>(
        port: u16,
        purpose: &'static str,
        flag: &'static str,
        handler: Arc<H>,
    ) -> Result<Self, PortError> {
        let failed = |cause| PortError {
            port,
            purpose,
            flag,
            cause,
        };
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port))
            .await
            .map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        let (stop, stopped) = watch::channel(false);
        let accepting = Some(tokio::spawn(accept(listener, handler, stopped)));
        Ok(Self {
            address,
            stop,
            accepting,
        })
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Closes the port, lets requests in flight end within a second, then cuts the rest off.
    pub(crate) async fn stop(mut self) {
        self.stop.send_replace(true);
        if let Some(accepting) = self.accepting.take() {
            // An accept loop that was cut off has stopped as well.
            let _ = accepting.await;
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(accepting) = &self.accepting {
            accepting.abort();
        }
    }
}

async fn accept<H: Handler>(
    listener: TcpListener,
    handler: Arc<H>,
    mut stopped: watch::Receiver<bool>,
) {
    let slots = Arc::new(Semaphore::new(MAX_CONNECTIONS));
    // Dropped with this task, and the connections with it.
    let mut connections = JoinSet::new();
    loop {
        while connections.try_join_next().is_some() {}
        let accepted = tokio::select! {
            _ = stopped.wait_for(|stop| *stop) => break,
            accepted = next_connection(&listener, &slots) => accepted,
        };
        match accepted {
            Some((stream, peer, slot)) => {
                connections.spawn(serve(
                    stream,
                    peer,
                    slot,
                    Arc::clone(&handler),
                    stopped.clone(),
                ));
            }
            // Out of file descriptors, or a client that left before it was served.
            None => tokio::time::sleep(Duration::from_millis(20)).await,
        }
    }
    drop(listener);
    let all = async { while connections.join_next().await.is_some() {} };
    // What outlasts the grace is dropped with the set.
    let _ = tokio::time::timeout(STOP_GRACE, all).await;
}

async fn next_connection(
    listener: &TcpListener,
    slots: &Arc<Semaphore>,
) -> Option<(TcpStream, SocketAddr, OwnedSemaphorePermit)> {
    let slot = Arc::clone(slots).acquire_owned().await.ok()?;
    let (stream, peer) = listener.accept().await.ok()?;
    Some((stream, peer, slot))
}

async fn serve<H: Handler>(
    stream: TcpStream,
    peer: SocketAddr,
    slot: OwnedSemaphorePermit,
    handler: Arc<H>,
    mut stopped: watch::Receiver<bool>,
) {
    let _slot = slot;
    // Without it small answers on a kept-alive connection wait for the peer's delayed acknowledgement.
    let _ = stream.set_nodelay(true);
    let port = stream.local_addr().map_or(0, |address| address.port());
    let line = Line::default();
    let io = TokioIo::new(TappedStream::new(stream, line.clone()));
    let service = service_fn(|mut request: Request<Incoming>| {
        let head = line.next_head();
        let upgrade = hyper::upgrade::on(&mut request);
        let request = Arrival {
            head,
            body: request.into_body(),
            peer,
            port,
            line: line.clone(),
            upgrade,
        };
        Arc::clone(&handler).handle(request)
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIMEOUT)
        .max_buf_size(MAX_HEAD_BYTES)
        .max_headers(MAX_HEADERS)
        .serve_connection(io, service)
        .with_upgrades();
    let mut connection = std::pin::pin!(connection);
    let stopping = tokio::select! {
        // A connection that breaks concerns its client alone.
        _ = connection.as_mut() => false,
        _ = stopped.wait_for(|stop| *stop) => true,
    };
    if stopping {
        connection.as_mut().graceful_shutdown();
        let _ = connection.await;
    }
}
