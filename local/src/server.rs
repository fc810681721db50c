//! An HTTP/1.1 and HTTP/2 server on loopback: what the gateway and the stand-ins listen with.
//!
//! It stops with its handle, bounds connections, heads and waits, and can break a connection on purpose.

mod connection;
mod open_files;

use std::convert::Infallible;
use std::fmt;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Once};
use std::time::Duration;

use bytes::Bytes;
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Full};
use hyper::Response;
use hyper::body::Incoming;
use hyper::upgrade::OnUpgrade;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore, watch};
use tokio::task::{JoinHandle, JoinSet};

use self::connection::Shared;
use crate::wire::{Line, RequestHead};

/// Connections served at once. For the next one the longest idle is closed; where none is idle, it waits
/// in the listener's queue.
const MAX_CONNECTIONS: usize = 10_000;
/// How long requests in flight may go on once the server is told to stop.
const STOP_GRACE: Duration = Duration::from_secs(1);

/// Whether the limit of open files was looked at; it is the process's.
static OPEN_FILES: Once = Once::new();

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
    /// `None` when it could be read in more than one way: answer 400 and close.
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
        OPEN_FILES.call_once(open_files::allow_many);
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port))
            .await
            .map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        let (stop, stopped) = watch::channel(false);
        let room = Room::of(MAX_CONNECTIONS);
        let accepting = Some(tokio::spawn(accept(listener, room, handler, stopped)));
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
    room: Room,
    handler: Arc<H>,
    mut stopped: watch::Receiver<bool>,
) {
    // Dropped with this task, and the connections with it.
    let mut connections = JoinSet::new();
    loop {
        while connections.try_join_next().is_some() {}
        let accepted = tokio::select! {
            _ = stopped.wait_for(|stop| *stop) => break,
            accepted = room.next_connection(&listener) => accepted,
        };
        match accepted {
            Some((stream, peer, slot)) => {
                let shared = Shared {
                    handler: Arc::clone(&handler),
                    wanted: Arc::clone(&room.wanted),
                    stopped: stopped.clone(),
                };
                connections.spawn(connection::serve(stream, peer, slot, shared));
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

/// The connections there is room for.
struct Room {
    slots: Arc<Semaphore>,
    wanted: Arc<Notify>,
}

impl Room {
    fn of(connections: usize) -> Self {
        Self {
            slots: Arc::new(Semaphore::new(connections)),
            wanted: Arc::new(Notify::new()),
        }
    }

    async fn next_connection(
        &self,
        listener: &TcpListener,
    ) -> Option<(TcpStream, SocketAddr, OwnedSemaphorePermit)> {
        let accepted = listener.accept().await;
        if accepted.is_err() || self.slots.available_permits() == 0 {
            self.wanted.notify_one();
        }
        let (stream, peer) = accepted.ok()?;
        let slot = Arc::clone(&self.slots).acquire_owned().await.ok()?;
        Some((stream, peer, slot))
    }
}

#[cfg(test)]
mod tests;
