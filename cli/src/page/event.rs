//! `GET /api/events`: what changes, as server-sent events (HTML Living Standard, section 9.2).
//!
//! A state is looked at three times a second while somebody watches: it is made of what many parts
//! hold, and a look costs less than being told by each.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::sse::{Event, KeepAlive, Sse};
use futures_util::Stream;
use futures_util::stream::unfold;
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::{OwnedSemaphorePermit, broadcast, watch};
use tokio::time::timeout;
use tollgate_local::gateway::Exchange;

use super::desk::Desk;
use super::problem::Problem;
use super::state;

/// Pages that watch at once.
pub const MAX_WATCHERS: usize = 16;

/// Time between two looks.
const LOOK: Duration = Duration::from_millis(300);

/// Looks at the state while somebody watches, until it is dropped.
pub async fn look(desk: Arc<Desk>) {
    loop {
        if desk.states.receiver_count() > 0
            && let Ok(now) = state::now(Arc::clone(&desk)).await
        {
            let now: Arc<str> = now.to_string().into();
            desk.states
                .send_if_modified(|known| known.replace(Arc::clone(&now)) != Some(now));
        }
        // A time-out is one more look.
        let _ = timeout(LOOK, desk.pulse.notified()).await;
    }
}

/// What a page is sent next.
struct Watching {
    states: watch::Receiver<Option<Arc<str>>>,
    traffic: broadcast::Receiver<Arc<Exchange>>,
    _place: OwnedSemaphorePermit,
}

/// `GET /api/events`
pub async fn watch(
    State(desk): State<Arc<Desk>>,
) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>>>, Problem> {
    let place = Arc::clone(&desk.watchers).try_acquire_owned();
    let place = place.map_err(|_| {
        Problem::new(
            StatusCode::SERVICE_UNAVAILABLE,
            format!("{MAX_WATCHERS} pages are open already: close one"),
        )
    })?;
    let mut states = desk.states.subscribe();
    // The first is what is there now.
    states.mark_changed();
    desk.pulse.notify_one();
    let watching = Watching {
        states,
        traffic: desk.traffic.watch(),
        _place: place,
    };
    let events = unfold(watching, |mut watching| async {
        let event = watching.next().await?;
        Some((Ok(event), watching))
    });
    Ok(Sse::new(events).keep_alive(KeepAlive::default()))
}

impl Watching {
    /// Waits for the next event; `None` once there will be none.
    async fn next(&mut self) -> Option<Event> {
        loop {
            tokio::select! {
                changed = self.states.changed() => {
                    changed.ok()?;
                    let state = self.states.borrow_and_update().clone();
                    if let Some(state) = state {
                        return Some(Event::default().event("state").data(&*state));
                    }
                }
                exchange = self.traffic.recv() => match exchange {
                    Ok(exchange) => {
                        let summary = exchange.summary().to_string();
                        return Some(Event::default().event("traffic").data(summary));
                    }
                    // A page that was slow asks for the list again when it wants the rest.
                    Err(RecvError::Lagged(_)) => {}
                    Err(RecvError::Closed) => return None,
                },
            }
        }
    }
}
