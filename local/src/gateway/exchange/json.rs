//! An exchange as JSON: short for a list, or with every stage.

use hyper::HeaderMap;
use serde_json::{Map, Value, json};

use super::super::clock::iso_time;
use super::super::verdict::Verdict;
use super::Exchange;
use super::masked::Masks;
use super::steps::Step;

impl Exchange {
    /// A line of a list: what was asked, and what came of it.
    pub fn summary(&self) -> Value {
        let masks = self.secrets.masks(self.notes.request.as_ref());
        self.members(&masks).into()
    }

    /// All of it, stage by stage; `•••` stands for what the client identifies itself with.
    pub fn to_json(&self) -> Value {
        let notes = &self.notes;
        let masks = self.secrets.masks(notes.request.as_ref());
        let mut members = self.members(&masks);
        let mut add = |name: &str, value: Value| members.insert(name.to_owned(), value);
        let steps = self.steps();
        add(
            "steps",
            steps.iter().map(|it| of_step(it, &masks)).collect(),
        );
        let query = notes.request.as_ref().and_then(|it| it.query.as_deref());
        add("query", query.map(|query| masks.query(query)).into());
        let headers = notes.request.as_ref().map(|request| &request.headers);
        let headers = headers.into_iter().flatten();
        let pair = |(name, value): &(String, String)| json!([name, masks.header(name, value)]);
        add("request_headers", headers.map(pair).collect());
        let shown = |value: &Option<_>| value.as_deref().map_or(Value::Null, |it| masks.json(it));
        add("event", shown(&notes.event));
        add("answer", shown(&notes.answer));
        let error = notes.verdict.as_ref().and_then(error);
        add("error", error.map(|error| masks.text(error)).into());
        add("backend_context", self.backend_context(&masks));
        let body = self.body.as_deref().map(String::from_utf8_lossy);
        add(
            "response",
            json!({
                "status": self.status,
                "headers": headers_of(&self.headers, &masks),
                "body": body.map(|body| masks.text(&body)),
            }),
        );
        members.into()
    }

    fn members(&self, masks: &Masks<'_>) -> Map<String, Value> {
        let members = [
            ("id", self.id.into()),
            ("time", iso_time(self.epoch_ms).into()),
            ("api", self.api.as_str().into()),
            ("method", self.method.as_str().into()),
            ("path", masks.text(&self.path).into()),
            ("status", self.status.into()),
            ("outcome", self.outcome.word().into()),
            ("cached", self.cached.into()),
            ("reason", masks.text(&self.reason).into()),
            ("rule", self.notes.rule.clone().into()),
            ("user", self.user().into()),
            ("ms", millis(self.elapsed).into()),
        ];
        let members = members.into_iter();
        members
            .map(|(name, value)| (name.to_owned(), value))
            .collect()
    }

    /// What the backend is told of the caller.
    fn backend_context(&self, masks: &Masks<'_>) -> Value {
        match &self.notes.verdict {
            Some(Verdict::Allow { principal, context }) => {
                let mut told: Map<String, Value> = context.clone().into_iter().collect();
                if !principal.is_empty() {
                    told.insert("principalId".to_owned(), principal.as_str().into());
                }
                masks.json(&told.into())
            }
            _ => Value::Null,
        }
    }
}

fn of_step(step: &Step, masks: &Masks<'_>) -> Value {
    json!({
        "stage": step.stage,
        "ok": step.ok,
        "message": masks.text(&step.message),
        "ms": millis(step.took),
    })
}

fn headers_of(headers: &HeaderMap, masks: &Masks<'_>) -> Value {
    let pair = |(name, value): (&hyper::header::HeaderName, &hyper::header::HeaderValue)| {
        let value = String::from_utf8_lossy(value.as_bytes());
        json!([name.as_str(), masks.header(name.as_str(), &value)])
    };
    headers.iter().map(pair).collect()
}

/// How the authorizer failed, or what is wrong with its answer.
fn error(verdict: &Verdict) -> Option<&str> {
    match verdict {
        Verdict::Unauthorized => Some("Unauthorized"),
        Verdict::Failed(why) | Verdict::Malformed(why) => Some(why),
        Verdict::Allow { .. } | Verdict::Deny { .. } | Verdict::Unidentified(_) => None,
    }
}

/// With three digits.
fn millis(time: std::time::Duration) -> f64 {
    (time.as_secs_f64() * 1_000_000.0).round() / 1000.0
}
