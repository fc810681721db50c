//! From a request to its answer: paths, and what every answer carries.

use serde_json::Value;

use super::StackAuth;
use super::access_token::Kind;
use super::caller::{Caller, header};
use super::known_error::{KnownError, Refusal};
use super::lists::{Query, products, teams};
use super::user::user_json;
use crate::answer::{Answer, Outcome, set_header};
use crate::gateway::Moment;
use crate::query;
use crate::server::Arrival;
use crate::stand_in::Desk;
use crate::wire::RequestHead;

/// How long a client may keep keys.
const KEYS_CACHED: &str = "public, max-age=3600";

impl StackAuth {
    pub(super) fn route(&self, request: &Arrival, desk: &Desk) -> Answer {
        let Some(head) = &request.head else {
            return Refusal::Text(400, "Bad Request").answer();
        };
        let answer = self
            .answer_to(head, request.port, desk)
            .unwrap_or_else(|refusal| refusal.answer());
        finished(answer, head)
    }

    fn answer_to(&self, head: &RequestHead, port: u16, desk: &Desk) -> Result<Answer, Refusal> {
        let (path, query) = head.path_and_query();
        if let Some(location) = redirected(path, query) {
            return Ok(Answer::text(Outcome::Rejected, 308, "").with("location", &location));
        }
        let query = Query(query::of_form(query));
        let segments: Vec<&str> = path.split('/').skip(1).collect();
        let ["api", "v1", rest @ ..] = segments.as_slice() else {
            return Err(Refusal::Text(404, "Not Found"));
        };
        if let [collection, project, ".well-known", "jwks.json"] = rest {
            check_method(head)?;
            return self.jwks(collection, project, &query);
        }
        if !matches!(
            rest,
            ["users", _]
                | ["teams" | "team-permissions" | "project-permissions"]
                | ["payments", "products", _, _]
        ) {
            return Err(Refusal::Text(404, "Not Found"));
        }
        check_method(head)?;
        let caller = self.caller(head, port, desk)?;
        let (outcome, body) = match rest {
            ["users", id] => (Outcome::Authenticated, user(&caller, id, desk)?),
            ["teams"] => (Outcome::Listed, teams(&caller, &query, desk)?),
            ["team-permissions"] => {
                let body = self.team_permissions(&caller, &query, desk)?;
                (Outcome::Listed, body)
            }
            ["project-permissions"] => {
                let body = self.project_permissions(&caller, &query, desk)?;
                (Outcome::Listed, body)
            }
            ["payments", "products", customer_type, id] => {
                let body = products(&caller, (customer_type, id), &query, desk)?;
                (Outcome::Listed, body)
            }
            _ => return Err(Refusal::Text(404, "Not Found")),
        };
        Ok(Answer::json(outcome, 200, &body))
    }

    /// Normal users' keys, and those of other kinds if asked for.
    fn jwks(&self, collection: &str, project: &str, query: &Query) -> Result<Answer, Refusal> {
        if collection == "projects-anonymous-users" {
            let path = format!("/api/v1/projects/{project}/.well-known/jwks.json");
            let location = format!("{path}?include_anonymous=true");
            return Ok(Answer::text(Outcome::Rejected, 307, "").with("location", &location));
        }
        if collection != "projects" {
            return Err(Refusal::Text(404, "Not Found"));
        }
        let anonymous = query.flag("include_anonymous")?;
        let restricted = query.flag("include_restricted")?;
        let kinds: &[Kind] = match (anonymous, restricted) {
            (true, _) => &[Kind::Normal, Kind::Restricted, Kind::Anonymous],
            (false, true) => &[Kind::Normal, Kind::Restricted],
            (false, false) => &[Kind::Normal],
        };
        let jwks = self.state().keys.jwks(project, kinds);
        let jwks = jwks.ok_or(Refusal::Text(404, "Project not found"))?;
        Ok(Answer::json(Outcome::Published, 200, &jwks).with("cache-control", KEYS_CACHED))
    }
}

fn check_method(head: &RequestHead) -> Result<(), Refusal> {
    if head.method == "GET" {
        Ok(())
    } else {
        Err(Refusal::Text(405, "Method not allowed"))
    }
}

/// `GET /api/v1/users/me`, or that of an ID. The session is not looked at.
fn user(caller: &Caller, id: &str, desk: &Desk) -> Result<Value, Refusal> {
    let not_found = if id == "me" {
        KnownError::CannotGetOwnUserWithoutUser
    } else {
        caller.check_server()?;
        KnownError::UserNotFound
    };
    let id = caller.resolve(id)?;
    let user = desk.user_of_id(&id).ok_or(not_found)?;
    Ok(match user.answer {
        Some(answer) => answer,
        None => user_json(&user, caller.access),
    })
}

/// Where a path with a slash at the end, or two in a row, should have gone.
fn redirected(path: &str, query: &str) -> Option<String> {
    if path == "/" || !(path.ends_with('/') || path.contains("//")) {
        return None;
    }
    let segments: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
    let query = if query.is_empty() {
        String::new()
    } else {
        format!("?{query}")
    };
    Some(format!("/{}{query}", segments.join("/")))
}

/// With the headers that every answer has; a browser SDK asks for 200 in place of any 4xx.
fn finished(mut answer: Answer, head: &RequestHead) -> Answer {
    let id = Moment::now().request_id;
    for name in ["x-stack-request-id", "x-hexclave-request-id"] {
        answer = answer.with(name, &id);
    }
    answer = answer.with("access-control-allow-origin", "*");
    if !answer.response.headers().contains_key("cache-control") {
        answer = answer.with("cache-control", "no-store, max-age=0");
    }
    let status = answer.response.status();
    if status.is_client_error() && header(head, "override-error-status").is_some() {
        *answer.response.status_mut() = hyper::StatusCode::OK;
        for name in ["x-stack-actual-status", "x-hexclave-actual-status"] {
            set_header(&mut answer.response, name, status.as_str());
        }
    }
    answer
}
