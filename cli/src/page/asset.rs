//! The page's own files, which are part of the binary.

use axum::body::Body;
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderValue, Method, Uri};
use axum::response::{IntoResponse, Response};

use super::problem::Problem;

/// A file as it is served.
struct Asset {
    path: &'static str,
    content: &'static [u8],
}

/// The file that `/` is.
const INDEX: &str = "/index.html";

/// All of `cli/page` that a browser loads (`cli/build.rs`).
const ASSETS: &[Asset] = include!(concat!(env!("OUT_DIR"), "/assets.rs"));

/// Content types by the end of a name. Scripts and styles of another type are not run.
const TYPES: &[(&str, &str)] = &[
    (".html", "text/html; charset=utf-8"),
    (".js", "text/javascript; charset=utf-8"),
    (".css", "text/css; charset=utf-8"),
    (".svg", "image/svg+xml"),
    (".png", "image/png"),
    (".txt", "text/plain; charset=utf-8"),
];

fn find(path: &str) -> Option<&'static Asset> {
    let path = if path == "/" { INDEX } else { path };
    ASSETS.iter().find(|asset| asset.path == path)
}

/// Whether a request is for one of them, which is nobody's secret.
pub fn is_asked_for(method: &Method, uri: &Uri) -> bool {
    matches!(*method, Method::GET | Method::HEAD) && find(uri.path()).is_some()
}

/// The file of this path.
pub async fn serve(method: Method, uri: Uri) -> Response {
    let Some(asset) = find(uri.path()) else {
        return Problem::not_found("the page has no such file").into_response();
    };
    if !matches!(method, Method::GET | Method::HEAD) {
        return Problem::method().into_response();
    }
    let named = |(end, _): &&(&str, &str)| asset.path.ends_with(end);
    let content_type = TYPES.iter().find(named).map_or("", |(_, name)| name);
    let mut response = Response::new(Body::from(asset.content));
    response
        .headers_mut()
        .insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    response
}

#[cfg(test)]
mod tests;
