//! `POST /api/explain` and `POST /api/send`: what becomes of a request, without sending it and by
//! sending it.

use std::net::IpAddr;
use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use serde::Deserialize;
use serde_json::{Value, json};
use tollgate_gateway::Invocation;
use tollgate_local::gateway::{Exchange, Request};

use super::body::Body;
use super::desk::Desk;
use super::draft::{Answering, Draft, Texts};
use super::problem::Problem;
use super::scenario::Scenario;
use crate::inspection;

/// The route of a handshake, whose method and path no policy is shown.
const CONNECT: &str = "$connect";

/// A request to explain, and by which policy.
#[derive(Deserialize)]
pub struct Asked {
    #[serde(default)]
    drafts: Texts,
    #[serde(flatten)]
    scenario: Scenario,
}

/// `POST /api/explain`: no backend is asked, and no answer is kept.
pub async fn explain(
    State(desk): State<Arc<Desk>>,
    Body(asked): Body<Asked>,
) -> Result<Json<Value>, Problem> {
    let Answering { draft, problem } = desk.drafts.with(asked.drafts).await?;
    let scenario = asked.scenario;
    let request = scenario.request(&desk)?;
    let at = scenario.moment()?;
    let mut inspection = inspected(&desk, &draft, &request, Some(at), scenario.ip).await?;
    if let Value::Object(members) = &mut inspection {
        members.insert("problem".to_owned(), json!(problem));
    }
    Ok(Json(inspection))
}

/// `POST /api/send`: through the running gateway, kept answers, log and all.
pub async fn send(
    State(desk): State<Arc<Desk>>,
    Body(scenario): Body<Scenario>,
) -> Result<Json<Value>, Problem> {
    if scenario.is_handshake(&desk)? {
        return Err(Problem::unfit(
            "a connection of a WebSocket API is opened by a client: npx wscat -c URL",
        ));
    }
    let request = scenario.request(&desk)?;
    let body = Bytes::from(scenario.body.clone().unwrap_or_default());
    let sent = desk.gateway.send(&request, body).await;
    let inspection = of_exchange(&desk, &sent.exchange).await?;
    let headers = sent.headers.iter();
    let headers = headers
        .map(|(name, value)| json!([name.as_str(), String::from_utf8_lossy(value.as_bytes())]));
    Ok(Json(json!({
        "exchange": sent.exchange.to_json(),
        "response": {
            "status": sent.status,
            "headers": headers.collect::<Vec<_>>(),
            "body": String::from_utf8_lossy(&sent.body),
            "truncated": sent.truncated,
        },
        "inspection": inspection,
    })))
}

/// A request that was made, by the policy in force and what the providers say now; `None` where there
/// is nothing to inspect.
///
/// # Errors
/// When no authorizer can be started.
pub async fn of_exchange(desk: &Desk, exchange: &Exchange) -> Result<Option<Value>, Problem> {
    let (Some(draft), Some(request)) = (desk.drafts.in_force(), &exchange.notes.request) else {
        return Ok(None);
    };
    let at = i64::try_from(exchange.epoch_ms).ok();
    inspected(desk, &draft, request, at, None).await.map(Some)
}

async fn inspected(
    desk: &Desk,
    draft: &Draft,
    request: &Request,
    at: Option<i64>,
    ip: Option<IpAddr>,
) -> Result<Value, Problem> {
    let approach = desk.gateway.approach(request);
    let call = match approach.route.as_deref() {
        Some(CONNECT) => CONNECT.to_owned(),
        _ => format!("{} {}", request.method, approach.path),
    };
    let Some(event) = &approach.event else {
        return Ok(inspection::object(&call, &approach, None));
    };
    let authorizer = draft.authorizer().await?;
    let invocation = Invocation::new("inspection");
    let inspected = authorizer.inspect(event, invocation, at, ip).await;
    Ok(inspection::object(&call, &approach, Some(&inspected)))
}
