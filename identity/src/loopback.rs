//! A scripted HTTP server on loopback, a clock moved by hand, and a log that can be read: for
//! the tests.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "tests"
)]

use std::io::Write;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, LazyLock, Mutex};
use std::time::{Duration, UNIX_EPOCH};

use rustls::pki_types::PrivateKeyDer;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;
use tracing::Dispatch;
use tracing::subscriber::NoSubscriber;

use crate::http::ExtraRoots;
use crate::sources::Clock;

/// A request as it came.
#[derive(Debug, Clone)]
pub(crate) struct Request {
    pub line: String,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
    /// Which connection it came on, from 0.
    pub connection: usize,
}

impl Request {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let mut found = self.headers.iter().filter(|(n, _)| n == name);
        let value = found.next().map(|(_, value)| value.as_str());
        assert!(found.next().is_none(), "{name} came twice");
        value
    }
}

/// What the server does with a request.
pub(crate) enum Reply {
    /// Sends these bytes, pausing before each part, and keeps the connection.
    Parts(Vec<(Duration, Vec<u8>)>),
    /// Sends these bytes and closes.
    Cut(Vec<u8>),
    /// Closes with a TCP reset.
    Reset,
    /// Says nothing, for ever.
    Hang,
}

impl Reply {
    pub(crate) fn new(status: u16, media_type: &str, body: &str) -> Self {
        Self::bytes(format!(
            "HTTP/1.1 {status} Text\r\ncontent-type: {media_type}\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        ))
    }

    pub(crate) fn json(body: &str) -> Self {
        Self::new(200, "application/json; charset=utf-8", body)
    }

    pub(crate) fn bytes(bytes: impl Into<Vec<u8>>) -> Self {
        Self::Parts(vec![(Duration::ZERO, bytes.into())])
    }
}

type Script = dyn Fn(usize, &Request) -> Reply + Send + Sync;

/// The server; it ends with the test's runtime.
pub(crate) struct Server {
    pub address: SocketAddr,
    scheme: &'static str,
    requests: Arc<Mutex<Vec<Request>>>,
}

impl Server {
    /// Answers the n-th request with `script(n, request)`.
    pub(crate) async fn start(
        script: impl Fn(usize, &Request) -> Reply + Send + Sync + 'static,
    ) -> Self {
        Self::listen(None, script).await
    }

    /// The same over TLS.
    pub(crate) async fn start_tls(
        identity: &Identity,
        script: impl Fn(usize, &Request) -> Reply + Send + Sync + 'static,
    ) -> Self {
        Self::listen(Some(identity.acceptor()), script).await
    }

    async fn listen(
        tls: Option<TlsAcceptor>,
        script: impl Fn(usize, &Request) -> Reply + Send + Sync + 'static,
    ) -> Self {
        let scheme = if tls.is_some() { "https" } else { "http" };
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let requests = Arc::default();
        let script: Arc<Script> = Arc::new(script);
        let seen = Arc::clone(&requests);
        tokio::spawn(async move {
            for connection in 0.. {
                let (stream, _) = listener.accept().await.unwrap();
                let (script, seen) = (Arc::clone(&script), Arc::clone(&seen));
                let tls = tls.clone();
                tokio::spawn(async move {
                    match tls {
                        None => serve(stream, connection, script, seen).await,
                        // A client that does not trust us goes away in the handshake.
                        Some(tls) => {
                            if let Ok(stream) = tls.accept(stream).await {
                                serve(stream, connection, script, seen).await;
                            }
                        }
                    }
                });
            }
        });
        Self {
            address,
            scheme,
            requests,
        }
    }

    pub(crate) fn url(&self) -> String {
        format!("{}://{}", self.scheme, self.address)
    }

    /// Waits until there have been this many requests.
    pub(crate) async fn reaches(&self, requests: usize) {
        while self.requests.lock().unwrap().len() < requests {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    pub(crate) fn requests(&self) -> Vec<Request> {
        self.requests.lock().unwrap().clone()
    }
}

async fn serve(
    mut stream: impl Wire,
    connection: usize,
    script: Arc<Script>,
    seen: Arc<Mutex<Vec<Request>>>,
) {
    while let Some(request) = read_request(&mut stream, connection).await {
        let count = {
            let mut seen = seen.lock().unwrap();
            seen.push(request.clone());
            seen.len() - 1
        };
        match script(count, &request) {
            Reply::Parts(parts) => {
                for (pause, part) in parts {
                    tokio::time::sleep(pause).await;
                    // The client may have given up, which is often what is tested.
                    if stream.write_all(&part).await.is_err() || stream.flush().await.is_err() {
                        return;
                    }
                }
            }
            Reply::Cut(bytes) => {
                let _ = stream.write_all(&bytes).await;
                return;
            }
            Reply::Reset => {
                stream.reset();
                return;
            }
            Reply::Hang => std::future::pending().await,
        }
    }
}

/// A connection, in the clear or not.
trait Wire: AsyncRead + AsyncWrite + Unpin {
    /// Makes its end a TCP reset.
    fn reset(&self);
}

impl Wire for TcpStream {
    fn reset(&self) {
        self.set_zero_linger().unwrap();
    }
}

impl Wire for TlsStream<TcpStream> {
    fn reset(&self) {
        self.get_ref().0.reset();
    }
}

/// A server's self-signed certificate, with its key.
pub(crate) struct Identity {
    certificate: rcgen::Certificate,
    key: rcgen::KeyPair,
}

impl Identity {
    /// For this host, good for ever.
    pub(crate) fn new(host: &str) -> Self {
        Self::until(host, 4096)
    }

    /// For this host, good until the beginning of a year.
    pub(crate) fn until(host: &str, year: i32) -> Self {
        let mut params = rcgen::CertificateParams::new([host.to_owned()]).unwrap();
        params.not_after = rcgen::date_time_ymd(year, 1, 1);
        let key = rcgen::KeyPair::generate().unwrap();
        let certificate = params.self_signed(&key).unwrap();
        Self { certificate, key }
    }

    /// The certificate as PEM.
    pub(crate) fn pem(&self) -> String {
        self.certificate.pem()
    }

    fn acceptor(&self) -> TlsAcceptor {
        let key = PrivateKeyDer::Pkcs8(self.key.serialize_der().into());
        let provider = rustls::crypto::aws_lc_rs::default_provider();
        let config = rustls::ServerConfig::builder_with_provider(provider.into())
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![self.certificate.der().clone()], key)
            .unwrap();
        TlsAcceptor::from(Arc::new(config))
    }
}

/// Reads one request with a `Content-Length`, or `None` when the client has closed.
async fn read_request(
    stream: &mut (impl AsyncRead + AsyncWrite + Unpin),
    connection: usize,
) -> Option<Request> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.ok()?);
    }
    let head = String::from_utf8(head).unwrap();
    let mut lines = head.lines();
    let line = lines.next().unwrap().to_owned();
    let headers: Vec<(String, String)> = lines
        .filter_map(|line| line.split_once(": "))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()))
        .collect();
    let length = headers.iter().find(|(name, _)| name == "content-length");
    let mut body = vec![0; length.map_or(0, |(_, value)| value.parse().unwrap())];
    stream.read_exact(&mut body).await.ok()?;
    Some(Request {
        line,
        headers,
        body,
        connection,
    })
}

/// A clock that is moved by hand, in milliseconds.
#[derive(Clone)]
pub(crate) struct Hand(Arc<AtomicU64>);

impl Default for Hand {
    fn default() -> Self {
        Self(Arc::new(AtomicU64::new(1_000_000_000)))
    }
}

impl Hand {
    pub(crate) fn clock(&self) -> Clock {
        let hand = self.clone();
        Clock::new(move || UNIX_EPOCH + Duration::from_millis(hand.0.load(Ordering::SeqCst)))
    }

    pub(crate) fn set(&self, millis: u64) {
        self.0.store(millis, Ordering::SeqCst);
    }

    pub(crate) fn forward(&self, span: Duration) {
        let millis = u64::try_from(span.as_millis()).unwrap();
        self.0.fetch_add(millis, Ordering::SeqCst);
    }
}

/// Everything logged on this thread while it lives, down to TRACE.
pub(crate) struct Log {
    text: Arc<Mutex<Vec<u8>>>,
    _guard: tracing::subscriber::DefaultGuard,
}

/// While there is but one subscriber, tracing asks the thread that first comes to a place
/// whether anybody listens there, and keeps a "no" for all threads; tests run side by side.
static NEVER_ALONE: LazyLock<[Dispatch; 2]> =
    LazyLock::new(|| [(); 2].map(|()| Dispatch::new(NoSubscriber::new())));

impl Log {
    pub(crate) fn start() -> Self {
        LazyLock::force(&NEVER_ALONE);
        let text = Arc::new(Mutex::new(Vec::new()));
        let writer = LogWriter(Arc::clone(&text));
        let subscriber = tracing_subscriber::fmt()
            .with_max_level(tracing::Level::TRACE)
            .with_ansi(false)
            .with_writer(move || writer.clone())
            .finish();
        Self {
            text,
            _guard: tracing::subscriber::set_default(subscriber),
        }
    }

    /// What everybody logged.
    pub(crate) fn all(&self) -> String {
        String::from_utf8(self.text.lock().unwrap().clone()).unwrap()
    }

    /// What this crate logged.
    pub(crate) fn ours(&self) -> String {
        self.all()
            .lines()
            .filter(|line| line.contains("tollgate_identity"))
            .map(|line| line.to_owned() + "\n")
            .collect()
    }
}

#[derive(Clone)]
struct LogWriter(Arc<Mutex<Vec<u8>>>);

impl Write for LogWriter {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// A client of the SSM that `server` plays, with quick retries.
pub(crate) fn ssm_at(server: &Server) -> crate::ssm::Parameters {
    ssm_trusting(server, &ExtraRoots::default())
}

/// The same over TLS.
pub(crate) fn ssm_trusting(server: &Server, roots: &ExtraRoots) -> crate::ssm::Parameters {
    use aws_sdk_ssm::config::{BehaviorVersion, Credentials, Region, retry::RetryConfig};
    let config = aws_sdk_ssm::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("eu-central-1"))
        .credentials_provider(Credentials::new("AKIDTEST", "secret", None, None, "test"))
        .endpoint_url(server.url())
        .http_client(crate::ssm::http_client(roots).unwrap())
        .retry_config(RetryConfig::standard().with_initial_backoff(Duration::from_millis(10)))
        .build();
    crate::ssm::Parameters::new(aws_sdk_ssm::Client::from_conf(config))
}

/// SSM's answer with the `SecureString` named `/tiun`.
pub(crate) fn ssm_value(value: &str) -> Reply {
    ssm_parameter("SecureString", value)
}

pub(crate) fn ssm_parameter(kind: &str, value: &str) -> Reply {
    let value = serde_json::to_string(value).unwrap();
    Reply::new(
        200,
        "application/x-amz-json-1.1",
        &format!(
            r#"{{"Parameters":[{{"Name":"/tiun","Type":"{kind}","Value":{value},"Version":1}}],"InvalidParameters":[]}}"#
        ),
    )
}

/// The names that a call to SSM asks for.
pub(crate) fn ssm_names(request: &Request) -> Vec<String> {
    let body: serde_json::Value = serde_json::from_slice(&request.body).unwrap();
    let names = body["Names"].as_array().unwrap().iter();
    names
        .map(|name| name.as_str().unwrap().to_owned())
        .collect()
}

/// SSM's answer to a call as AWS gives it: each name is looked up, with its selector; what
/// has no value is invalid.
pub(crate) fn ssm_store(request: &Request, value: impl Fn(&str) -> Option<String>) -> Reply {
    let (mut parameters, mut invalid) = (Vec::new(), Vec::new());
    for asked in ssm_names(request) {
        let Some(value) = value(&asked) else {
            invalid.push(asked);
            continue;
        };
        let mut parameter = serde_json::json!({"Type": "SecureString", "Value": value});
        if let Some((name, selector)) = asked.split_once(':') {
            parameter["Name"] = name.into();
            parameter["Selector"] = format!(":{selector}").into();
            parameter["Version"] = selector.parse().unwrap_or(7).into();
        } else {
            parameter["Name"] = asked.into();
            parameter["Version"] = 7.into();
        }
        parameters.push(parameter);
    }
    let answer = serde_json::json!({"Parameters": parameters, "InvalidParameters": invalid});
    Reply::new(200, "application/x-amz-json-1.1", &answer.to_string())
}

/// An error as SSM sends it.
pub(crate) fn ssm_error(status: u16, code: &str, message: &str) -> Reply {
    Reply::new(
        status,
        "application/x-amz-json-1.1",
        &format!(r#"{{"__type":"{code}","message":"{message}"}}"#),
    )
}
