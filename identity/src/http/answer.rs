//! What a provider answered, and what its headers say of how long things hold.

use std::time::{Duration, SystemTime};

use reqwest::header::{AGE, CACHE_CONTROL, CONTENT_TYPE, HeaderMap, RETRY_AFTER};

/// What a provider answered. No `Debug`: the body may say who a user is.
pub(crate) struct Answer {
    pub status: u16,
    /// Media type without parameters, in lower case, if one was given.
    pub media_type: Option<String>,
    /// How long the provider asks to be left alone.
    pub retry_after: Option<Duration>,
    /// How long the answer may be kept; zero when it says not to keep it.
    pub max_age: Option<Duration>,
    /// All headers, for those that only one provider has.
    pub headers: HeaderMap,
    pub body: Vec<u8>,
}

impl Answer {
    pub(super) fn new(status: u16, headers: HeaderMap, body: Vec<u8>, now: SystemTime) -> Self {
        Self {
            status,
            media_type: media_type(&headers),
            retry_after: retry_after(&headers, now),
            max_age: max_age(&headers),
            headers,
            body,
        }
    }
}

/// The media type (RFC 9110 section 8.3.1); one that cannot be read is none known.
fn media_type(headers: &HeaderMap) -> Option<String> {
    let value = headers.get(CONTENT_TYPE)?.to_str().unwrap_or_default();
    let (essence, _) = value.split_once(';').unwrap_or((value, ""));
    Some(essence.trim().to_ascii_lowercase())
}

/// `Retry-After` (RFC 9110 section 10.2.3): seconds, or a date, which says nothing once it
/// has passed.
fn retry_after(headers: &HeaderMap, now: SystemTime) -> Option<Duration> {
    let value = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    seconds(value).or_else(|| {
        let date = httpdate::parse_http_date(value).ok()?;
        date.duration_since(now).ok()
    })
}

/// What is left of `max-age` (RFC 9111 section 5.2.2.1) after the `Age` that caches on the way
/// give; nothing when the answer is not to be kept, or not without asking again. The least of
/// several counts, and one that cannot be read counts as nothing left (section 4.2.1).
fn max_age(headers: &HeaderMap) -> Option<Duration> {
    let mut least = None;
    let values = headers.get_all(CACHE_CONTROL).iter();
    let directives = values.filter_map(|value| value.to_str().ok());
    for directive in directives.flat_map(|value| value.split(',')) {
        let (name, value) = directive.split_once('=').unwrap_or((directive, ""));
        let span = match name.trim().to_ascii_lowercase().as_str() {
            "no-store" | "no-cache" => Duration::ZERO,
            "max-age" => seconds(value.trim().trim_matches('"')).unwrap_or_default(),
            _ => continue,
        };
        least = Some(least.map_or(span, |least: Duration| least.min(span)));
    }
    let age = headers.get(AGE).and_then(|value| value.to_str().ok());
    let age = age.and_then(|value| seconds(value.trim()));
    least.map(|span| span.saturating_sub(age.unwrap_or_default()))
}

/// A number of seconds, in digits alone; too many are as many as can be.
fn seconds(text: &str) -> Option<Duration> {
    let digits = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    digits.then(|| Duration::from_secs(text.parse().unwrap_or(u64::MAX)))
}

#[cfg(test)]
mod tests;
