//! An HTTP server on loopback, for what a function finds around it.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;

use http_body_util::{BodyExt as _, Full};
use hyper::body::{Bytes, Incoming};
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;

/// A request that has come in whole.
pub struct Asked {
    pub path: String,
    pub body: String,
}

/// An answer.
pub type Answer = Response<Full<Bytes>>;

/// Answers every request as `answer` does, for as long as the runtime lives.
pub async fn serve<A>(answer: impl Fn(Asked) -> A + Send + Sync + 'static) -> SocketAddr
where
    A: Future<Output = Answer> + Send + 'static,
{
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a port");
    let address = listener.local_addr().expect("an address");
    let answer = Arc::new(answer);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let _ = stream.set_nodelay(true);
            let answer = Arc::clone(&answer);
            let service = service_fn(move |request| {
                let answer = Arc::clone(&answer);
                async move { Ok::<_, Infallible>(answer(whole(request).await).await) }
            });
            let connection = hyper::server::conn::http1::Builder::new();
            tokio::spawn(connection.serve_connection(TokioIo::new(stream), service));
        }
    });
    address
}

async fn whole(request: Request<Incoming>) -> Asked {
    let (head, body) = request.into_parts();
    let body = body.collect().await.expect("a whole request").to_bytes();
    Asked {
        path: head.uri.path().to_owned(),
        body: String::from_utf8_lossy(&body).into_owned(),
    }
}

/// An answer of JSON.
pub fn json(text: impl Into<Bytes>) -> Answer {
    let answer = Response::builder().header("Content-Type", "application/json");
    answer.body(Full::new(text.into())).expect("an answer")
}
