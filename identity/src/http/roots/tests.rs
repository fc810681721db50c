#![allow(clippy::unwrap_used, reason = "tests")]

use super::*;
use crate::loopback::Identity;

fn read(pem: &str) -> Result<usize, ExtraRootsError> {
    ExtraRoots::from_pem(pem.as_bytes()).map(|roots| roots.0.len())
}

#[test]
fn certificates_are_read_among_other_blocks() {
    let (one, two) = (
        Identity::new("a.example").pem(),
        Identity::new("b.example").pem(),
    );
    let other = "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n";
    assert_eq!(read(&one), Ok(1));
    assert_eq!(read(&format!("# ours\r\n{one}{other}\n{two}")), Ok(2));
    let mozillas = webpki_roots::TLS_SERVER_ROOTS.len();
    assert_eq!(ExtraRoots::default().beside_mozillas().len(), mozillas);
    let extra = ExtraRoots::from_pem(one.as_bytes()).unwrap();
    assert_eq!(extra.beside_mozillas().len(), mozillas + 1);
}

#[test]
fn what_is_no_certificate_is_said() {
    let one = Identity::new("a.example").pem();
    for (pem, error) in [
        ("", ExtraRootsError::Empty),
        ("4711", ExtraRootsError::Empty),
        (
            "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n",
            ExtraRootsError::Empty,
        ),
        (
            "-----BEGIN CERTIFICATE-----\nAAAA\n",
            ExtraRootsError::NotPem,
        ),
        (
            "-----BEGIN CERTIFICATE-----\n!!!\n-----END CERTIFICATE-----\n",
            ExtraRootsError::NotPem,
        ),
        (
            "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
            ExtraRootsError::NotACertificate,
        ),
        (
            one.trim_end().trim_end_matches('-'),
            ExtraRootsError::NotPem,
        ),
    ] {
        assert_eq!(read(pem), Err(error), "{pem}");
        assert!(!error.to_string().contains("4711"));
    }
}
