//! The certificates of CAs that are trusted beside Mozilla's, for a provider with a CA of its
//! own.

use std::fmt;

use rustls::RootCertStore;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, TrustAnchor};

/// The CA roots of an operator. None unless they are read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ExtraRoots(Vec<TrustAnchor<'static>>);

impl ExtraRoots {
    /// Reads the certificates of a PEM text (RFC 7468); other blocks in it are passed over.
    ///
    /// # Errors
    /// When there is none, or one that cannot be trusted.
    pub fn from_pem(pem: &[u8]) -> Result<Self, ExtraRootsError> {
        let mut store = RootCertStore::empty();
        for certificate in CertificateDer::pem_slice_iter(pem) {
            let certificate = certificate.map_err(|_| ExtraRootsError::NotPem)?;
            let added = store.add(certificate);
            added.map_err(|_| ExtraRootsError::NotACertificate)?;
        }
        if store.is_empty() {
            return Err(ExtraRootsError::Empty);
        }
        Ok(Self(store.roots))
    }

    /// These and Mozilla's.
    pub(super) fn beside_mozillas(&self) -> RootCertStore {
        webpki_roots::TLS_SERVER_ROOTS
            .iter()
            .chain(&self.0)
            .cloned()
            .collect()
    }
}

/// Why certificates cannot be trusted in addition. Reads after the name of the setting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExtraRootsError {
    /// Not PEM, or a block of it is broken.
    NotPem,
    /// PEM without a certificate.
    Empty,
    /// A certificate that cannot be read.
    NotACertificate,
}

impl fmt::Display for ExtraRootsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotPem => {
                "is not PEM text: store certificates as `-----BEGIN CERTIFICATE-----` blocks"
            }
            Self::Empty => {
                "holds no certificate: store the CA's certificate in it, as a \
                 `-----BEGIN CERTIFICATE-----` block"
            }
            Self::NotACertificate => {
                "holds a certificate that cannot be read: export the CA's certificate anew"
            }
        })
    }
}

impl std::error::Error for ExtraRootsError {}

#[cfg(test)]
mod tests;
