//! The TLS side of a server: its certificate, or another one when a fault asks for it.

use std::sync::Arc;

use rustls::{
    crypto::CryptoProvider,
    pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer},
    server::{ClientHello, ResolvesServerCert},
    sign::CertifiedKey,
};

use crate::{Fault, Faults};

/// A certificate and its key, both DER.
pub(crate) struct Certificate {
    pub(crate) certificate: Vec<u8>,
    pub(crate) key: Vec<u8>,
}

/// The certificates of a server: its own, and the one that fault `ChangedCertificate` shows.
#[derive(Debug)]
struct Shown {
    own: Arc<CertifiedKey>,
    changed: Arc<CertifiedKey>,
    faults: Faults,
}

impl ResolvesServerCert for Shown {
    fn resolve(&self, _hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        let changed = self.faults.has(&Fault::ChangedCertificate);
        Some(Arc::clone(if changed { &self.changed } else { &self.own }))
    }
}

fn certified(
    provider: &CryptoProvider,
    from: Certificate,
) -> Result<Arc<CertifiedKey>, rustls::Error> {
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(from.key));
    let key = provider.key_provider.load_private_key(key)?;
    let chain = vec![CertificateDer::from(from.certificate)];
    Ok(Arc::new(CertifiedKey::new(chain, key)))
}

/// The TLS side of a server.
pub(crate) fn tls(
    own: Certificate,
    changed: Certificate,
    faults: Faults,
) -> Result<Arc<rustls::ServerConfig>, rustls::Error> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let shown = Shown {
        own: certified(&provider, own)?,
        changed: certified(&provider, changed)?,
        faults,
    };
    let mut config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_cert_resolver(Arc::new(shown));
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(Arc::new(config))
}
