//! A small HTTP/1.1 server whose connections are kept: one handler for all requests.

use std::convert::Infallible;
use std::future::Future;

use http_body_util::{BodyExt as _, Collected, Full};
use hyper::body::{Bytes, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;
use tokio::task::{JoinHandle, JoinSet};

/// A request, its body read whole.
pub type Request = hyper::Request<String>;
/// An answer.
pub type Response = hyper::Response<Full<Bytes>>;

/// The server; it and its connections end when it is dropped.
pub struct Server {
    /// `127.0.0.1:PORT`
    pub address: String,
    task: JoinHandle<()>,
}

impl Server {
    /// Starts it on a free port.
    pub async fn start<F, A>(handle: F) -> Self
    where
        F: Fn(Request) -> A + Clone + Send + Sync + 'static,
        A: Future<Output = Response> + Send,
    {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let task = tokio::spawn(async move {
            let mut connections = JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                let handle = handle.clone();
                let service = service_fn(move |request: hyper::Request<Incoming>| {
                    let handle = handle.clone();
                    async move {
                        let (head, body) = request.into_parts();
                        // A body that breaks off is answered like an empty one, to nobody.
                        let body = body.collect().await.map(Collected::to_bytes);
                        let body = String::from_utf8_lossy(&body.unwrap_or_default()).into_owned();
                        let request = Request::from_parts(head, body);
                        Ok::<_, Infallible>(handle(request).await)
                    }
                });
                let connection =
                    http1::Builder::new().serve_connection(TokioIo::new(stream), service);
                connections.spawn(async move {
                    // The client's end of it is the client's business.
                    let _ = connection.await;
                });
                while connections.try_join_next().is_some() {}
            }
        });
        Self { address, task }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// An answer with a status, headers and a body.
pub fn respond(status: u16, headers: &[(&'static str, &str)], body: String) -> Response {
    let mut response = hyper::Response::builder().status(status);
    for (name, value) in headers {
        response = response.header(*name, *value);
    }
    response.body(Full::from(body)).unwrap()
}
