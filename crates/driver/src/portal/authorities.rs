//! Whose word on certificates counts: the authorities that this computer trusts, as its browsers do.

use std::{
    fmt,
    sync::{Arc, OnceLock},
};

use rustls::{
    RootCertStore,
    client::{WebPkiServerVerifier, danger::ServerCertVerifier},
    crypto::CryptoProvider,
    pki_types::{CertificateDer, ServerName, UnixTime},
};
use rustls_platform_verifier::Verifier;

use super::error::PortalError;

type Judge = Option<Arc<dyn ServerCertVerifier>>;

/// Those who can vouch that a certificate is the one of a name. Cheap to clone; read when first asked.
#[derive(Clone)]
pub struct Authorities(Arc<OnceLock<Judge>>);

impl Authorities {
    /// Those that this computer's system trusts. Where they can't be read nobody vouches for anything, and a person is
    /// asked about every other certificate.
    pub fn of_system() -> Self {
        Self(Arc::default())
    }

    /// These alone, each its own certificate in DER.
    ///
    /// # Errors
    /// [`PortalError::Setup`] for what is no certificate, and for none at all.
    pub fn these(roots: impl IntoIterator<Item = Vec<u8>>) -> Result<Self, PortalError> {
        let setup = |why: String| PortalError::Setup { why };
        let mut known = RootCertStore::empty();
        for root in roots {
            known
                .add(CertificateDer::from(root))
                .map_err(|error| setup(error.to_string()))?;
        }
        let judge = WebPkiServerVerifier::builder_with_provider(Arc::new(known), provider())
            .build()
            .map_err(|error| setup(error.to_string()))?;
        let judge: Judge = Some(judge);
        Ok(Self(Arc::new(OnceLock::from(judge))))
    }

    /// Whether one of them says that this certificate is the name's, at this instant.
    pub(super) fn vouch(
        &self,
        certificate: &CertificateDer<'_>,
        chain: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        stapled: &[u8],
        now: UnixTime,
    ) -> bool {
        let judge = self.0.get_or_init(|| match Verifier::new(provider()) {
            Ok(judge) => Some(Arc::new(judge)),
            Err(error) => {
                tracing::warn!(%error, "the authorities that this computer trusts can't be read");
                None
            }
        });
        judge.as_ref().is_some_and(|judge| {
            judge
                .verify_server_cert(certificate, chain, name, stapled, now)
                .is_ok()
        })
    }
}

impl fmt::Debug for Authorities {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Authorities")
    }
}

fn provider() -> Arc<CryptoProvider> {
    Arc::new(rustls::crypto::ring::default_provider())
}
