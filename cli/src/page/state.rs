//! `GET /api/state`: what is in force, who is there, and what is wrong.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde_json::{Value, json};
use tollgate_local::dev::{Problems, Provider, is_user_changed};
use tollgate_local::fault::NamedFault;
use tollgate_local::gateway::Endpoint;
use tollgate_local::users::{Session, TokenState, User};

use super::desk::Desk;
use super::draft::Texts;
use super::policy::in_background;
use super::problem::Problem;

/// Most users that are shown; a file of more is for load tests.
const MAX_USERS: usize = 200;

/// `GET /api/state`
pub async fn show(State(desk): State<Arc<Desk>>) -> Result<Json<Value>, Problem> {
    Ok(Json(now(desk).await?))
}

/// As it is now.
///
/// # Errors
/// When reading the folder was cut off.
pub async fn now(desk: Arc<Desk>) -> Result<Value, Problem> {
    let mut problems = desk.health.problems();
    if desk.function.is_some() {
        // Nobody else looks at what is saved.
        problems.policy = match desk.drafts.with(Texts::new()).await {
            Ok(answering) => answering.problem,
            Err(problem) => Some(problem.message().to_owned()),
        };
    }
    in_background(move || Ok(state(&desk, &problems))).await
}

fn state(desk: &Desk, problems: &Problems) -> Value {
    let apis = desk.gateway.apis();
    let in_force = desk.drafts.in_force();
    json!({
        "version": env!("CARGO_PKG_VERSION"),
        "gateway": {
            "url": desk.gateway.url(),
            "apis": apis.iter().map(api).collect::<Vec<_>>(),
        },
        "policy": {
            "folder": desk.called,
            "root_uri": desk.folder.root_uri(),
            "files": desk.folder.names(),
            "saved": desk.folder.state(),
            "version": in_force.as_ref().map(|draft| draft.version()),
        },
        "problems": {
            "policy": problems.policy,
            "configuration": problems.configuration,
            "template": problems.template,
            "users": problems.users,
        },
        "function": desk.function,
        "providers": desk.providers.iter().map(provider).collect::<Vec<_>>(),
        "faults": NamedFault::all()
            .map(|fault| json!({ "value": fault.name(), "label": fault.label() }))
            .collect::<Vec<_>>(),
        "users": users(&desk.providers),
        "products": in_force.map(|draft| draft.products()).unwrap_or_default(),
    })
}

fn api(api: &Endpoint) -> Value {
    json!({
        "name": api.name,
        "kind": api.kind.name(),
        "stage": api.stage,
        "base_path": api.base_path,
        "url": api.url,
        "routes": api.routes,
    })
}

fn provider(provider: &Provider) -> Value {
    let stand_in = &provider.stand_in;
    json!({
        "name": provider.name,
        "kind": stand_in.kind(),
        "url": stand_in.url(),
        "fault": stand_in.fault().name(),
        "latency_ms": millis(stand_in.latency()),
        "tells_products": provider.tells_products,
        "sign_in_url": stand_in.sign_in_url(),
    })
}

fn millis(time: std::time::Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

/// Those that the first provider knows: a users file is for all of them.
fn users(providers: &[Provider]) -> Vec<Value> {
    let Some(first) = providers.first() else {
        return Vec::new();
    };
    let tell_products = providers.iter().any(|provider| provider.tells_products);
    let users = first.stand_in.users().into_iter().take(MAX_USERS);
    let user = |(name, user): (String, User)| {
        json!({
            "name": name,
            "id": user.id,
            "email": user.email,
            "products": user.products.as_deref().unwrap_or_default(),
            "session": match user.session {
                Session::Active => "active",
                Session::Ended => "ended",
            },
            "token": match user.token {
                TokenState::Good => "good",
                TokenState::Expired => "expired",
            },
            "summary": if tell_products {
                user.summary()
            } else {
                user.summary_without_products()
            },
            "changed": is_user_changed(providers, &name),
        })
    };
    users.map(user).collect()
}
