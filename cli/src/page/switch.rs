//! What is switched on the page while the stand-ins run: faults, latency, and what users are.

use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use serde_json::Value;
use tollgate_local::dev::{change_user, restore_user};
use tollgate_local::fault::NamedFault;
use tollgate_local::users::{Change, Session, TokenState};

use super::body::Body;
use super::desk::Desk;
use super::named::Named;
use super::problem::Problem;
use super::state;

/// Longest latency: an authorizer has 10 s, and whoever tries more has seen what comes of it.
const MAX_LATENCY: Duration = Duration::from_mins(1);

/// What becomes of a provider; what is left out stays.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Switch {
    #[serde(default)]
    fault: Option<String>,
    #[serde(default)]
    latency_ms: Option<u64>,
}

/// `POST /api/providers/NAME`
pub async fn provider(
    State(desk): State<Arc<Desk>>,
    Named(name): Named,
    Body(switch): Body<Switch>,
) -> Result<Json<Value>, Problem> {
    let provider = desk.provider(&name)?;
    let fault = switch.fault.map(|name| fault(&name)).transpose()?;
    let latency = switch.latency_ms.map(Duration::from_millis);
    if latency.is_some_and(|latency| latency > MAX_LATENCY) {
        let longest = MAX_LATENCY.as_secs();
        return Err(Problem::bad(format!(
            "a latency is at most {longest} seconds"
        )));
    }
    if let Some(fault) = fault {
        provider.stand_in.set_fault(fault);
    }
    if let Some(latency) = latency {
        provider.stand_in.set_latency(latency);
    }
    changed(desk).await
}

fn fault(name: &str) -> Result<NamedFault, Problem> {
    NamedFault::named(name).ok_or_else(|| {
        let names: Vec<&str> = NamedFault::all().map(NamedFault::name).collect();
        Problem::bad(format!(
            "there is no fault `{name}`; there are {}",
            names.join(", ")
        ))
    })
}

/// What becomes of a user; what is left out stays, and with nothing but `null`s all is as in the file
/// again.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Changed {
    #[serde(default)]
    products: Option<Vec<String>>,
    #[serde(default)]
    session: Option<Session>,
    #[serde(default)]
    token: Option<TokenState>,
}

/// `POST /api/users/NAME`
pub async fn user(
    State(desk): State<Arc<Desk>>,
    Named(name): Named,
    Body(changed_to): Body<Option<Changed>>,
) -> Result<Json<Value>, Problem> {
    let change = match changed_to {
        Some(Changed {
            products,
            session,
            token,
        }) => Change {
            products,
            session,
            token,
        },
        None => Change::default(),
    };
    let done = if change == Change::default() {
        restore_user(&desk.providers, &name)
    } else {
        let (environment, catalogue) = (desk.environment, desk.catalogue);
        change.check(environment, catalogue).map_err(Problem::bad)?;
        change_user(&desk.providers, &name, &change)
    };
    done.map_err(|_| desk.no_user(&name))?;
    changed(desk).await
}

/// Who watches is told at once, as is who asked.
async fn changed(desk: Arc<Desk>) -> Result<Json<Value>, Problem> {
    desk.pulse.notify_one();
    Ok(Json(state::now(desk).await?))
}
