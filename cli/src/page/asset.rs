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

/// A file of `cli/page`, under its name there.
macro_rules! asset {
    ($name:literal) => {
        Asset {
            path: concat!("/", $name),
            content: include_bytes!(concat!("../../page/", $name)),
        }
    };
}

/// The file that `/` is.
const INDEX: &str = "/index.html";

/// All of them.
const ASSETS: &[Asset] = &[
    asset!("icon.svg"),
    asset!("index.html"),
    asset!("main.js"),
    asset!("editor/change.js"),
    asset!("editor/editors.js"),
    asset!("editor/findings.js"),
    asset!("editor/language.js"),
    asset!("editor/look.js"),
    asset!("editor/safe.js"),
    asset!("editor/server.js"),
    asset!("model/api.js"),
    asset!("model/column.js"),
    asset!("model/copy.js"),
    asset!("model/notice.js"),
    asset!("model/policy.js"),
    asset!("model/scenario.js"),
    asset!("model/server.js"),
    asset!("model/theme.js"),
    asset!("model/traffic.js"),
    asset!("model/verdicts.js"),
    asset!("model/view.js"),
    asset!("style/base.css"),
    asset!("style/controls.css"),
    asset!("style/editor.css"),
    asset!("style/layout.css"),
    asset!("style/lists.css"),
    asset!("style/matrix.css"),
    asset!("style/story.css"),
    asset!("vendor/LICENSES.txt"),
    asset!("vendor/codemirror.js"),
    asset!("vendor/preact.js"),
    asset!("view/app.js"),
    asset!("view/bench.js"),
    asset!("view/cell.js"),
    asset!("view/choice.js"),
    asset!("view/condition.js"),
    asset!("view/conflict.js"),
    asset!("view/exchange.js"),
    asset!("view/explained.js"),
    asset!("view/field.js"),
    asset!("view/grid.js"),
    asset!("view/header.js"),
    asset!("view/health.js"),
    asset!("view/icon.js"),
    asset!("view/json.js"),
    asset!("view/keys.js"),
    asset!("view/matrix.js"),
    asset!("view/notices.js"),
    asset!("view/outcome.js"),
    asset!("view/panel.js"),
    asset!("view/place.js"),
    asset!("view/policy.js"),
    asset!("view/providers.js"),
    asset!("view/request.js"),
    asset!("view/reset.js"),
    asset!("view/response.js"),
    asset!("view/shortcuts.js"),
    asset!("view/story.js"),
    asset!("view/traffic.js"),
    asset!("view/users.js"),
];

/// Content types by the end of a name. Scripts and styles of another type are not run.
const TYPES: &[(&str, &str)] = &[
    (".html", "text/html; charset=utf-8"),
    (".js", "text/javascript; charset=utf-8"),
    (".css", "text/css; charset=utf-8"),
    (".svg", "image/svg+xml"),
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
