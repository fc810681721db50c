//! `GET /api/traffic`: the requests that the gateway handled, the newest first.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::Json;
use axum::extract::State;
use serde_json::{Value, json};
use tokio::sync::broadcast;
use tollgate_local::gateway::{Exchange, Log};

use super::desk::Desk;
use super::inspect;
use super::named::Named;
use super::problem::Problem;

/// Requests that are kept.
const KEPT: usize = 200;

/// Requests that wait for a page that is slow to read; it misses what came before them.
const AHEAD: usize = 256;

/// The requests of late, and who is told of new ones.
pub struct Traffic {
    kept: Mutex<VecDeque<Arc<Exchange>>>,
    told: broadcast::Sender<Arc<Exchange>>,
}

impl Default for Traffic {
    fn default() -> Self {
        Self {
            kept: Mutex::default(),
            told: broadcast::Sender::new(AHEAD),
        }
    }
}

impl Traffic {
    /// For the gateway, to tell of each request.
    pub fn watcher(self: &Arc<Self>) -> Log {
        let traffic = Arc::clone(self);
        Arc::new(move |exchange| traffic.add(exchange))
    }

    /// Notes a request. It becomes text when somebody asks.
    fn add(&self, exchange: &Arc<Exchange>) {
        let mut kept = self.kept();
        kept.truncate(KEPT - 1);
        kept.push_front(Arc::clone(exchange));
        drop(kept);
        // Without anybody to tell it is kept all the same.
        let _ = self.told.send(Arc::clone(exchange));
    }

    /// Tells of those from now on.
    pub(super) fn watch(&self) -> broadcast::Receiver<Arc<Exchange>> {
        self.told.subscribe()
    }

    fn kept(&self) -> MutexGuard<'_, VecDeque<Arc<Exchange>>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// `GET /api/traffic`
pub async fn list(State(desk): State<Arc<Desk>>) -> Json<Value> {
    let kept = desk.traffic.kept().clone();
    let all: Vec<Value> = kept.iter().map(|exchange| exchange.summary()).collect();
    Json(json!({ "exchanges": all }))
}

/// `GET /api/traffic/ID`
pub async fn show(State(desk): State<Arc<Desk>>, Named(id): Named) -> Result<Json<Value>, Problem> {
    let id: Option<u64> = id.parse().ok();
    let found = desk
        .traffic
        .kept()
        .iter()
        .find(|one| Some(one.id) == id)
        .cloned();
    let exchange = found.ok_or_else(|| {
        Problem::not_found(format!(
            "there is no such request any more: the last {KEPT} are kept"
        ))
    })?;
    let inspection = inspect::of_exchange(&desk, &exchange).await?;
    Ok(Json(
        json!({ "exchange": exchange.to_json(), "inspection": inspection }),
    ))
}
