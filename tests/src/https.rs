//! HTTPS in front of a server that speaks plain HTTP.

use std::net::SocketAddr;
use std::sync::Arc;

use rcgen::{CertificateParams, KeyPair};
use rustls::ServerConfig;
use rustls::pki_types::PrivateKeyDer;
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;

/// The host that the certificate is for.
const HOST: &str = "localhost";

/// A front with a certificate that it signed itself.
pub struct Https {
    port: u16,
    certificate: String,
    task: JoinHandle<()>,
}

impl Https {
    /// Starts one before the server at this address; its certificate is good until the beginning of
    /// a year.
    ///
    /// # Panics
    /// If there is no free port, or no certificate can be made.
    pub async fn start(server: SocketAddr, until: i32) -> Self {
        let (certificate, config) =
            certified(until).unwrap_or_else(|error| panic!("a certificate: {error}"));
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let listener = TcpListener::bind(("127.0.0.1", 0))
            .await
            .unwrap_or_else(|error| panic!("no free port: {error}"));
        let port = listener.local_addr().map_or_else(
            |error| panic!("no address: {error}"),
            |address| address.port(),
        );
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(forward(acceptor.clone(), stream, server));
            }
        });
        Self {
            port,
            certificate,
            task,
        }
    }

    /// The base of its URLs.
    pub fn url(&self) -> String {
        format!("https://{HOST}:{}", self.port)
    }

    /// Its certificate as PEM.
    pub fn certificate(&self) -> &str {
        &self.certificate
    }
}

impl Drop for Https {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// A certificate as PEM, and a server's configuration with it.
fn certified(until: i32) -> Result<(String, ServerConfig), Box<dyn std::error::Error>> {
    let mut params = CertificateParams::new([HOST.to_owned()])?;
    params.not_after = rcgen::date_time_ymd(until, 1, 1);
    let key = KeyPair::generate()?;
    let certificate = params.self_signed(&key)?;
    let private = PrivateKeyDer::Pkcs8(key.serialize_der().into());
    let provider = rustls::crypto::aws_lc_rs::default_provider();
    let config = ServerConfig::builder_with_provider(provider.into())
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], private)?;
    Ok((certificate.pem(), config))
}

/// One connection. A client that does not like the certificate breaks it off.
async fn forward(acceptor: TlsAcceptor, stream: TcpStream, server: SocketAddr) -> Option<()> {
    let mut outside = acceptor.accept(stream).await.ok()?;
    let mut inside = TcpStream::connect(server).await.ok()?;
    copy_bidirectional(&mut outside, &mut inside).await.ok()?;
    Some(())
}
