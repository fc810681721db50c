//! The connections that are open, so that the management API finds them and the gateway ends them.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, oneshot, watch};
use tokio_tungstenite::tungstenite::Message;

use super::connection::Connection;
use super::{CLOSE_TIME, MAX_CONNECTIONS};

/// Orders that wait for a connection; more make the management API wait.
const MAX_ORDERS: usize = 8;
/// How long connections may take to end with the gateway: a close handshake, and `$disconnect`.
const STOP_TIME: Duration = CLOSE_TIME.saturating_mul(2);

/// What the management API has a connection do.
pub(super) enum Order {
    /// Send this, and tell when it is sent.
    Send(Message, oneshot::Sender<()>),
    Close,
}

/// A connection as the management API sees it.
#[derive(Clone)]
pub(super) struct Open {
    pub connection: Connection,
    /// The name of its stage.
    pub stage: String,
    /// When something last went over it, in milliseconds since 1970.
    pub active: Arc<AtomicU64>,
    pub orders: mpsc::Sender<Order>,
}

/// All open connections of a gateway, whatever their API.
pub(in crate::gateway) struct Connections {
    open: Mutex<HashMap<String, Open>>,
    slots: Arc<Semaphore>,
    ending: watch::Sender<bool>,
}

impl Default for Connections {
    fn default() -> Self {
        Self {
            open: Mutex::default(),
            slots: Arc::new(Semaphore::new(MAX_CONNECTIONS)),
            ending: watch::Sender::new(false),
        }
    }
}

impl Connections {
    /// A slot for one more; `None` if all are taken, or the gateway ends.
    pub(super) fn slot(&self) -> Option<OwnedSemaphorePermit> {
        let slot = Arc::clone(&self.slots).try_acquire_owned().ok()?;
        (!*self.ending.borrow()).then_some(slot)
    }

    /// Makes a connection known, for as long as its seat lasts.
    pub(super) fn seat(self: &Arc<Self>, connection: Connection, stage: &str) -> Seat {
        let (orders, inbox) = mpsc::channel(MAX_ORDERS);
        let active = Arc::new(AtomicU64::new(connection.connected_at));
        let id = connection.id.clone();
        let open = Open {
            connection,
            stage: stage.to_owned(),
            active: Arc::clone(&active),
            orders,
        };
        self.all().insert(id.clone(), open);
        Seat {
            connections: Arc::clone(self),
            id,
            inbox,
            active,
            ending: self.ending.subscribe(),
        }
    }

    pub(super) fn find(&self, id: &str) -> Option<Open> {
        self.all().get(id).cloned()
    }

    #[cfg(test)]
    pub(super) fn count(&self) -> usize {
        self.all().len()
    }

    fn all(&self) -> MutexGuard<'_, HashMap<String, Open>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A connection's place among the others.
pub(super) struct Seat {
    connections: Arc<Connections>,
    id: String,
    pub inbox: mpsc::Receiver<Order>,
    active: Arc<AtomicU64>,
    /// Whether the gateway ends.
    pub ending: watch::Receiver<bool>,
}

impl Seat {
    /// Something went over the connection.
    pub(super) fn active_at(&self, epoch_ms: u64) {
        self.active.store(epoch_ms, Ordering::Relaxed);
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.connections.all().remove(&self.id);
    }
}

/// Ends all connections when it is dropped.
pub(in crate::gateway) struct Closing(Arc<Connections>);

impl Closing {
    pub(in crate::gateway) fn of(connections: &Arc<Connections>) -> Self {
        Self(Arc::clone(connections))
    }

    /// Ends all connections and waits until `$disconnect` was told, for two seconds at most.
    pub(in crate::gateway) async fn wait(self) {
        let connections = Arc::clone(&self.0);
        drop(self);
        let all = u32::try_from(MAX_CONNECTIONS).unwrap_or(u32::MAX);
        let _ = tokio::time::timeout(STOP_TIME, connections.slots.acquire_many(all)).await;
    }
}

impl Drop for Closing {
    fn drop(&mut self) {
        self.0.ending.send_replace(true);
    }
}
