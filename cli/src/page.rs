//! The page of `tollgate dev`: its server, on a port of its own on loopback.
//!
//! ```text
//! connection ─► guard (is it this page that asks?) ─► asset: the page's files
//!                                                 └─► api: policy, language, matrix, …
//! ```
//!
//! Whatever is asked for here is asked by a browser, in which other sites have pages too: `guard` lets
//! none of them in. Errors are JSON, `{"message": "what is wrong and the cure"}`.

mod asset;
mod body;
mod connection;
mod desk;
mod draft;
mod event;
mod example;
mod guard;
mod inspect;
mod language;
mod matrix;
mod named;
mod person;
mod policy;
mod problem;
mod scenario;
mod state;
mod switch;
mod test_block;
mod token;
mod traffic;

use std::io::{self, ErrorKind};
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use axum::Router;
use axum::middleware;
use axum::routing::{any, get, post};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

pub use desk::{Desk, Laid};
pub use draft::{Configure, Drafts};
use problem::Problem;

/// Bytes of a request's body.
pub const BODY_BYTES: usize = 1024 * 1024;

/// A port that the page has, and does not serve yet.
pub struct Page {
    listener: TcpListener,
    address: SocketAddr,
}

/// The page, served until this is dropped.
pub struct Served(JoinHandle<()>);

impl Drop for Served {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl Page {
    /// Takes a port of 127.0.0.1; 0 takes a free one. Who calls before [`Page::serve`] waits.
    ///
    /// # Errors
    /// When the port cannot be had.
    pub async fn bind(port: u16) -> Result<Self, String> {
        let bound = async {
            let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await?;
            let address = listener.local_addr()?;
            Ok(Self { listener, address })
        };
        bound.await.map_err(|error| refused(port, &error))
    }

    /// `http://127.0.0.1:3002`
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Serves the page.
    pub fn serve(self, desk: Desk) -> Served {
        let desk = Arc::new(desk);
        let router = router(Arc::clone(&desk), self.address.port());
        let serving = connection::accept(self.listener, router);
        Served(tokio::spawn(async move {
            tokio::join!(serving, event::look(desk));
        }))
    }
}

fn refused(port: u16, error: &io::Error) -> String {
    let why = match error.kind() {
        ErrorKind::AddrInUse => "is taken: end the program that listens on it".to_owned(),
        ErrorKind::PermissionDenied => "may not be used by this user".to_owned(),
        _ => format!("cannot be had ({error})"),
    };
    format!(
        "port {port} for the page {why}, choose another with `--page-port PORT`, or do without the \
         page with `--no-page`"
    )
}

fn router(desk: Arc<Desk>, port: u16) -> Router {
    let api = Router::new()
        .route("/state", get(state::show))
        .route("/events", get(event::watch))
        .route("/policy", get(policy::read).put(policy::save))
        .route("/lsp", any(language::connect))
        .route("/matrix", post(matrix::show))
        .route("/tests", post(example::run))
        .route("/test-block", post(test_block::make))
        .route("/explain", post(inspect::explain))
        .route("/send", post(inspect::send))
        .route("/traffic", get(traffic::list))
        .route("/traffic/{id}", get(traffic::show))
        .route("/providers/{name}", post(switch::provider))
        .route("/users/{name}", post(switch::user))
        .route("/token", get(token::show))
        .fallback(|| async {
            Problem::not_found(
                "there is no such call: the page is older or newer than this server, load it again",
            )
        })
        .method_not_allowed_fallback(|| async { Problem::method() })
        .with_state(desk);
    Router::new()
        .nest("/api", api)
        .fallback(asset::serve)
        .layer(middleware::from_fn_with_state(port, guard::guard))
}
