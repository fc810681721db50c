//! What a function finds outside: an SSM that holds one parameter and an issuer with one key, on
//! loopback, plain or over TLS.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::thread;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer};
use rustls::pki_types::PrivateKeyDer;
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use serde_json::{Value, json};

use crate::Failure;
use crate::http::Connection;

pub const ISSUER: &str = "https://issuer.example";
pub const AUDIENCE: &str = "paid-api";
pub const PARAMETER: &str = "/tollgate/log-salt";
const SECRET: &str = "a-salt-of-at-least-thirty-two-characters";
const KID: &str = "key-1";
const HOST: &str = "localhost";

/// Both servers and the issuer's key.
pub struct World {
    key: EcdsaKeyPair,
    /// `http://localhost:PORT` or `https://…`
    pub plain: String,
    pub tls: String,
    /// The CA of the TLS server as PEM.
    pub ca: String,
}

impl World {
    /// Starts both.
    pub fn start() -> Result<Self, Failure> {
        let document =
            EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).map_err(|_| "no key")?;
        let jwks = Arc::new(jwks(document.public_key().as_ref()).to_string());
        let (ca, config) = certified()?;
        let (config, keys) = (Arc::new(config), Arc::clone(&jwks));
        let plain = listen(move |stream| serve(stream, &jwks))?;
        let tls = listen(move |stream| {
            if let Ok(session) = ServerConnection::new(Arc::clone(&config)) {
                serve(StreamOwned::new(session, stream), &keys);
            }
        })?;
        Ok(Self {
            key: document,
            plain: format!("http://{HOST}:{plain}"),
            tls: format!("https://{HOST}:{tls}"),
            ca,
        })
    }

    /// A token of a subscriber that no other call made.
    pub fn token(&self, number: usize) -> Result<String, Failure> {
        let header = json!({ "alg": "ES256", "kid": KID, "typ": "JWT" });
        let claims = json!({
            "iss": ISSUER, "aud": AUDIENCE, "sub": "u-1", "roles": ["subscriber"],
            "iat": 1_767_225_600, "exp": 4_102_444_800_u64, "jti": number.to_string(),
        });
        let part = |value: Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let input = format!("{}.{}", part(header), part(claims));
        let signature = self
            .key
            .sign(&SystemRandom::new(), input.as_bytes())
            .map_err(|_| "no signature")?;
        Ok(format!("{input}.{}", URL_SAFE_NO_PAD.encode(signature)))
    }

    /// The point on P-256, uncompressed, in base64url.
    pub fn public_key(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.key.public_key())
    }
}

fn jwks(point: &[u8]) -> Value {
    let coordinate = |from: usize| URL_SAFE_NO_PAD.encode(&point[from..from + 32]);
    json!({ "keys": [{
        "kty": "EC", "crv": "P-256", "alg": "ES256", "use": "sig", "kid": KID,
        "x": coordinate(1), "y": coordinate(33),
    }] })
}

/// A CA of our own as PEM, and a server's configuration with a certificate by it.
fn certified() -> Result<(String, ServerConfig), Failure> {
    let mut params = CertificateParams::new(Vec::new())?;
    // A name of its own: a certificate whose issuer has its own name passes for self-signed.
    params
        .distinguished_name
        .push(DnType::CommonName, "CA of the measurement");
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let key = rcgen::KeyPair::generate()?;
    let ca = params.self_signed(&key)?;
    let issuer = Issuer::new(params, key);
    let server_key = rcgen::KeyPair::generate()?;
    let server = CertificateParams::new([HOST.to_owned()])?.signed_by(&server_key, &issuer)?;
    let private = PrivateKeyDer::Pkcs8(server_key.serialize_der().into());
    let provider = rustls::crypto::aws_lc_rs::default_provider();
    let config = ServerConfig::builder_with_provider(provider.into())
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(vec![server.der().clone()], private)?;
    Ok((ca.pem(), config))
}

fn listen(handle: impl Fn(TcpStream) + Send + Sync + 'static) -> Result<u16, Failure> {
    let listener = TcpListener::bind(("127.0.0.1", 0))?;
    let port = listener.local_addr()?.port();
    let handle = Arc::new(handle);
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let handle = Arc::clone(&handle);
            let _ = stream.set_nodelay(true);
            thread::spawn(move || handle(stream));
        }
    });
    Ok(port)
}

/// Answers SSM's `GetParameter` and `GetParameters`, and everything else with the key set.
fn serve(stream: impl Read + Write, jwks: &str) {
    let parameter =
        json!({ "Name": PARAMETER, "Type": "SecureString", "Value": SECRET, "Version": 1 });
    let mut connection = Connection::new(stream);
    while let Ok(Some(request)) = connection.next() {
        let body = match request.header("x-amz-target") {
            Some("AmazonSSM.GetParameters") => {
                json!({ "Parameters": [parameter], "InvalidParameters": [] }).to_string()
            }
            Some(_) => json!({ "Parameter": parameter }).to_string(),
            None => jwks.to_owned(),
        };
        if connection.answer(200, "", body.as_bytes()).is_err() {
            return;
        }
    }
}
