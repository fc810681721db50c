//! A server behind https, known by its certificate as this machine trusts it.

use std::path::Path;
use std::process::Command;
use std::sync::Arc;

use rcgen::{CertificateParams, KeyPair};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;

use super::rest;
use super::rig::allow;

/// Names the server to the test that asks it.
const URL: &str = "TOLLGATE_TEST_UPSTREAM";

/// Starts a server for `localhost` that says hello; its URL. Its certificate is written to a file.
async fn server(certificate: &Path) -> String {
    let params = CertificateParams::new(["localhost".to_owned()]).unwrap();
    let key = KeyPair::generate().unwrap();
    let signed = params.self_signed(&key).unwrap();
    std::fs::write(certificate, signed.pem()).unwrap();
    let private = PrivateKeyDer::Pkcs8(key.serialize_der().into());
    let config = ServerConfig::builder_with_provider(aws_lc_rs::default_provider().into())
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![signed.der().clone()], private)
        .unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let Ok(mut stream) = acceptor.accept(stream).await else {
                continue;
            };
            let mut request = [0; 4096];
            let _ = stream.read(&mut request).await;
            let _ = stream
                .write_all(
                    b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello",
                )
                .await;
            let _ = stream.shutdown().await;
        }
    });
    format!("https://localhost:{port}")
}

#[tokio::test]
async fn a_certificate_that_nobody_vouches_for_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let url = server(&folder.path().join("certificate.pem")).await;
    let rig = rest(&url, allow("*")).await;
    assert_eq!(rig.get("/").await.status, 504);
    let record = rig.last_exchange();
    assert!(record.reason.contains("certificate"), "{record}");
}

#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_that_this_machine_trusts_is_good() {
    let folder = tempfile::tempdir().unwrap();
    let certificate = folder.path().join("certificate.pem");
    let url = server(&certificate).await;
    // What a process trusts is read from its environment, so it has one of its own.
    let child = Command::new(std::env::current_exe().unwrap())
        .args([
            "--ignored",
            "--exact",
            "encryption::asked_by_the_test_above",
        ])
        .env("SSL_CERT_FILE", &certificate)
        .env(URL, &url)
        .output()
        .unwrap();
    let output = String::from_utf8_lossy(&child.stdout);
    assert!(
        child.status.success() && output.contains("1 passed"),
        "{output}"
    );
}

#[tokio::test]
#[ignore = "a_certificate_that_this_machine_trusts_is_good runs it"]
async fn asked_by_the_test_above() {
    let url = std::env::var(URL).unwrap();
    let rig = rest(&url, allow("*")).await;
    let reply = rig.get("/").await;
    assert_eq!(
        (reply.status, reply.text.as_str()),
        (200, "hello"),
        "{}",
        rig.last_exchange()
    );
}
