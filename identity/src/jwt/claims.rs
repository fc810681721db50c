//! The registered claims (RFC 7519 section 4.1): times, issuer, audience, subject.

use std::time::{Duration, SystemTime};

use serde_json::{Map, Value};

use super::{Audience, MAX_DEPTH, Refusal, Rules, Verified};
use crate::json;

/// Longest `sub`, in bytes.
pub const MAX_SUBJECT: usize = 256;

/// The last second of the year 9999. A later time is milliseconds, or a mistake.
const LATEST: u64 = 253_402_300_799;

/// Reads a payload. The error of the reader could repeat it, and is dropped.
pub(super) fn read(payload: &[u8]) -> Result<Map<String, Value>, Refusal> {
    match json::read_within(MAX_DEPTH, payload) {
        Ok(Value::Object(claims)) => Ok(claims),
        _ => Err(Refusal::Payload),
    }
}

/// Judges the claims of a token whose signature is right.
pub(super) fn check(
    claims: Map<String, Value>,
    rules: &Rules,
    now: SystemTime,
) -> Result<Verified, Refusal> {
    let expires = check_times(&claims, rules, now)?;
    check_issuer(&claims, &rules.issuers)?;
    if let Some(audience) = &rules.audience {
        check_audience(&claims, audience)?;
    }
    let subject = match claims.get("sub") {
        Some(Value::String(subject)) if is_usable(subject) => subject.clone(),
        _ => return Err(Refusal::Subject),
    };
    Ok(Verified {
        claims,
        subject,
        expires,
    })
}

/// Checks `exp`, `nbf` and `iat`, and gives `exp`.
fn check_times(
    claims: &Map<String, Value>,
    rules: &Rules,
    now: SystemTime,
) -> Result<SystemTime, Refusal> {
    let time = |name| claims.get(name).map(numeric_date).transpose();
    let expires = time("exp")?.ok_or(Refusal::Time)?;
    let (not_before, issued) = (time("nbf")?, time("iat")?);
    let now = now
        .duration_since(SystemTime::UNIX_EPOCH)
        .map_err(|_| Refusal::Clock)?;
    let latest = now.saturating_add(rules.skew);
    if expires.saturating_add(rules.skew) <= now {
        return Err(Refusal::Expired);
    }
    if not_before.is_some_and(|time| time > latest) {
        return Err(Refusal::NotYetValid);
    }
    if issued.is_some_and(|time| time > latest) {
        return Err(Refusal::IssuedInFuture);
    }
    if let Some(most) = rules.max_lifetime {
        let lifetime = expires.saturating_sub(issued.ok_or(Refusal::Time)?);
        if lifetime > most {
            return Err(Refusal::Lifetime);
        }
    }
    SystemTime::UNIX_EPOCH
        .checked_add(expires)
        .ok_or(Refusal::Time)
}

/// A `NumericDate` (RFC 7519 section 2) as time since 1970, parts of a second cut off.
fn numeric_date(value: &Value) -> Result<Duration, Refusal> {
    let seconds = value.as_u64().or_else(|| {
        let seconds = Duration::try_from_secs_f64(value.as_f64()?).ok()?;
        Some(seconds.as_secs())
    });
    match seconds {
        Some(seconds) if seconds <= LATEST => Ok(Duration::from_secs(seconds)),
        _ => Err(Refusal::Time),
    }
}

/// A `NumericDate` as a moment; `None` if it is none.
pub(crate) fn moment(value: &Value) -> Option<SystemTime> {
    SystemTime::UNIX_EPOCH.checked_add(numeric_date(value).ok()?)
}

fn check_issuer(claims: &Map<String, Value>, expected: &[String]) -> Result<(), Refusal> {
    match claims.get("iss") {
        _ if expected.is_empty() => Ok(()),
        Some(Value::String(issuer)) if expected.contains(issuer) => Ok(()),
        _ => Err(Refusal::Issuer),
    }
}

fn check_audience(claims: &Map<String, Value>, audience: &Audience) -> Result<(), Refusal> {
    let named = audience.claims.iter().find_map(|name| claims.get(name));
    match named {
        Some(Value::String(one)) => Some(audience.accepted.contains(one)),
        Some(Value::Array(list)) => list.iter().try_fold(false, |found, one| match one {
            Value::String(one) => Some(found || audience.accepted.contains(one)),
            _ => None,
        }),
        _ => None,
    }
    .filter(|&found| found)
    .map(|_| ())
    .ok_or(Refusal::Audience)
}

/// Whether a subject can go into the backend's headers and our logs.
fn is_usable(subject: &str) -> bool {
    !subject.is_empty() && subject.len() <= MAX_SUBJECT && !subject.chars().any(char::is_control)
}
