//! Any HTTP server behind the gateway, called as an HTTP proxy integration calls one ("HTTP integrations",
//! API Gateway Developer Guide): the request as it came, with the headers that say for whom.

mod client;
mod headers;

use std::error::Error as StdError;
use std::fmt;
use std::time::Duration;

use futures_util::stream;
use http_body_util::{BodyExt, StreamBody};
use hyper::body::Incoming;
use hyper::http::uri::{Authority, PathAndQuery, Scheme};
use hyper::{Request, Response, StatusCode, Uri, Version};

use self::client::Client;
use super::{Admitted, BackendError};
use crate::authorizer::root_cause;
use crate::body::BodyError;
use crate::server::ResponseBody;

/// How long an answer that has begun may pause (idle time of a streamed answer of a regional REST API).
const PAUSE: Duration = Duration::from_mins(5);

/// A server.
pub(super) struct Upstream {
    scheme: Scheme,
    authority: Authority,
    client: Client,
}

impl fmt::Display for Upstream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}", self.scheme, self.authority)
    }
}

impl Upstream {
    /// # Errors
    /// What is wrong with the URL.
    pub(super) fn new(url: &str) -> Result<Self, String> {
        let uri: Uri = url.parse().map_err(|error| format!("{error}"))?;
        let parts = uri.into_parts();
        let known = |scheme: &Scheme| *scheme == Scheme::HTTP || *scheme == Scheme::HTTPS;
        let (Some(scheme), Some(authority)) = (parts.scheme.filter(known), parts.authority) else {
            return Err("it does not start with `http://` or `https://` and a host".to_owned());
        };
        if authority.as_str().contains('@') {
            return Err("it has a user name".to_owned());
        }
        // What a request asks for is all of the path.
        if parts.path_and_query.is_some_and(|it| it != "/") {
            return Err("it has a path or a query, which are the request's".to_owned());
        }
        let client = Client::new(scheme == Scheme::HTTPS)?;
        Ok(Self {
            scheme,
            authority,
            client,
        })
    }

    pub(super) fn is_on_port(&self, port: u16) -> bool {
        let default = if self.scheme == Scheme::HTTPS {
            443
        } else {
            80
        };
        let host = self.authority.host();
        let is_here = host == "localhost" || host == "0.0.0.0" || host.starts_with("127.");
        is_here && self.authority.port_u16().unwrap_or(default) == port
    }

    pub(super) async fn call(
        &self,
        admitted: Admitted<'_>,
    ) -> Result<Response<ResponseBody>, BackendError> {
        let request = self.request(admitted)?;
        let response = self.client.send(request).await;
        let mut response = response.map_err(|error| self.failure(&error))?;
        // A server's older version is of its connection, not of the client's.
        *response.version_mut() = Version::HTTP_11;
        if response.status() == StatusCode::SWITCHING_PROTOCOLS {
            let why = format!("{self} switched protocols, which nobody asked for");
            return Err(BackendError::Failed(why));
        }
        Ok(response.map(as_it_comes))
    }

    fn request(
        &self,
        admitted: Admitted<'_>,
    ) -> Result<Request<crate::body::StreamedBody>, BackendError> {
        let called = admitted.called;
        let mut request = Request::new(());
        *request.uri_mut() = self.uri(called.request).ok_or_else(|| {
            let why = "the URL can't be handed on to the letter: it has a fragment";
            BackendError::Failed(why.to_owned())
        })?;
        let method = called.request.method.parse();
        *request.method_mut() = method.map_err(|error| failed(&error))?;
        let length = admitted.body.length();
        *request.headers_mut() =
            headers::of(called, admitted.principal, length).map_err(BackendError::Failed)?;
        Ok(request.map(|()| admitted.body.streamed()))
    }

    /// Of this server, with path and query as they were sent; `None` where that can't be.
    fn uri(&self, request: &crate::gateway::Request) -> Option<Uri> {
        let target = match &request.query {
            Some(query) => format!("{}?{query}", request.path),
            None => request.path.clone(),
        };
        let path_and_query = PathAndQuery::try_from(target.as_str()).ok()?;
        // A fragment is left out there, and the authorizer was asked about the whole.
        if path_and_query != target.as_str() {
            return None;
        }
        let mut parts = hyper::http::uri::Parts::default();
        parts.scheme = Some(self.scheme.clone());
        parts.authority = Some(self.authority.clone());
        parts.path_and_query = Some(path_and_query);
        Uri::from_parts(parts).ok()
    }

    fn failure(&self, error: &client::Error) -> BackendError {
        let mut cause: Option<&(dyn StdError + 'static)> = Some(error);
        while let Some(error) = cause {
            if let Some(body) = error.downcast_ref::<BodyError>() {
                return BackendError::Body(*body);
            }
            cause = error.source();
        }
        let cause = root_cause(error);
        if error.is_connect() {
            let why = format!(
                "no connection to {self} ({cause}): start the server, or say where it listens with \
                 `--upstream URL`"
            );
            BackendError::Unreachable(why)
        } else {
            BackendError::Failed(format!("no answer of HTTP from {self}: {cause}"))
        }
    }
}

fn failed(error: &dyn StdError) -> BackendError {
    BackendError::Failed(error.to_string())
}

/// An answer's body, frame by frame; a pause that is too long breaks it off.
fn as_it_comes(body: Incoming) -> ResponseBody {
    let frames = stream::unfold(body, |mut body| async move {
        let frame = match tokio::time::timeout(PAUSE, body.frame()).await {
            Ok(frame) => frame?.map_err(std::io::Error::other),
            Err(_) => Err(std::io::ErrorKind::TimedOut.into()),
        };
        Some((frame, body))
    });
    StreamBody::new(frames).boxed_unsync()
}

#[cfg(test)]
mod tests;
