//! Lets in the page itself and nobody else: no other site that is open in the same browser, and no
//! name of another site that was made to point here (DNS rebinding).

use axum::extract::{Request, State};
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HOST, HeaderName, ORIGIN,
    REFERRER_POLICY, UPGRADE, X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::asset;
use super::problem::Problem;

/// The header by which a script of the page says that it is one: another site's would have to ask
/// first (CORS), and is never told yes.
const OWN: HeaderName = HeaderName::from_static("x-tollgate-page");
const FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");
const FETCH_MODE: HeaderName = HeaderName::from_static("sec-fetch-mode");

/// On every response. Neither scripts nor styles may be inline.
const HEADERS: [(HeaderName, HeaderValue); 6] = [
    (
        CONTENT_SECURITY_POLICY,
        HeaderValue::from_static(
            "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; \
             img-src 'self' data:; font-src 'self'; form-action 'none'; base-uri 'none'; \
             frame-ancestors 'none'",
        ),
    ),
    (CACHE_CONTROL, HeaderValue::from_static("no-store")),
    (X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    (
        HeaderName::from_static("cross-origin-resource-policy"),
        HeaderValue::from_static("same-origin"),
    ),
    (
        HeaderName::from_static("cross-origin-opener-policy"),
        HeaderValue::from_static("same-origin"),
    ),
    (REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
];

/// Passes on what the page asks, and refuses all else.
pub async fn guard(State(port): State<u16>, request: Request, next: Next) -> Response {
    let mut response = match admit(&request, port) {
        Ok(()) => next.run(request).await,
        Err(problem) => problem.into_response(),
    };
    let headers = response.headers_mut();
    for (name, value) in HEADERS {
        headers.insert(name, value);
    }
    response
}

fn admit(request: &Request, port: u16) -> Result<(), Problem> {
    let host = host(request, port)?;
    if asset::is_asked_for(request.method(), request.uri()) {
        return Ok(());
    }
    let headers = request.headers();
    let foreign = || {
        Problem::new(
            StatusCode::FORBIDDEN,
            "another site asks: only the page itself may",
        )
    };
    let reads = matches!(*request.method(), Method::GET | Method::HEAD);
    let navigates = reads && value(headers, &FETCH_MODE) == One::Is("navigate");
    match value(headers, &FETCH_SITE) {
        One::None | One::Is("same-origin") => {}
        One::Is("none") if navigates => {}
        _ => return Err(foreign()),
    }
    match value(headers, &ORIGIN) {
        One::Is(origin) if origin.strip_prefix("http://") == Some(host) => {}
        // Every browser says where a WebSocket is from.
        One::None if !headers.contains_key(UPGRADE) => {}
        _ => return Err(foreign()),
    }
    if reads {
        return Ok(());
    }
    if value(headers, &OWN) != One::Is("1") {
        return Err(Problem::new(
            StatusCode::FORBIDDEN,
            "only the page itself may ask: the header `X-Tollgate-Page: 1` is missing",
        ));
    }
    match value(headers, &CONTENT_TYPE) {
        One::Is(kind) if is_json(kind) => Ok(()),
        _ => Err(Problem::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "a body is JSON: send it with `Content-Type: application/json`",
        )),
    }
}

/// The name by which the page is called, which must be one of this machine's own.
fn host(request: &Request, port: u16) -> Result<&str, Problem> {
    let own = |host: &str| {
        let names = ["127.0.0.1", "localhost", "[::1]"];
        names.iter().any(|name| {
            let rest = host.strip_prefix(name);
            // A browser leaves out the port that `http:` has anyway.
            rest == Some(&format!(":{port}")) || port == 80 && rest == Some("")
        })
    };
    let target = request.uri().authority();
    match value(request.headers(), &HOST) {
        One::Is(host) if own(host) && target.is_none_or(|target| target.as_str() == host) => {
            Ok(host)
        }
        _ => Err(Problem::new(
            StatusCode::MISDIRECTED_REQUEST,
            format!("the page is called http://127.0.0.1:{port} or http://localhost:{port}"),
        )),
    }
}

fn is_json(kind: &str) -> bool {
    let kind = kind.split(';').next().unwrap_or_default();
    kind.trim_ascii().eq_ignore_ascii_case("application/json")
}

/// The value of a header that has at most one.
#[derive(PartialEq)]
enum One<'v> {
    None,
    Is(&'v str),
    /// Several, or one that is no text.
    Odd,
}

fn value<'h>(headers: &'h HeaderMap, name: &HeaderName) -> One<'h> {
    let mut values = headers.get_all(name).iter();
    match (values.next(), values.next()) {
        (None, _) => One::None,
        (Some(value), None) => value.to_str().map_or(One::Odd, One::Is),
        (Some(_), Some(_)) => One::Odd,
    }
}
