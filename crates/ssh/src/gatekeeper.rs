//! What stands in the protocol's own task: it judges the host key that is shown, and notes how the connection ended, for the
//! errors that are told outside of it.

use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use russh::client::{self, DisconnectReason};
use russh::keys::{PublicKeyBase64 as _, PublicKeyOrCertificate};

use crate::endpoint::Endpoint;
use crate::error::{CutReason, SshError, quoted};
use crate::host_key::HostKey;
use crate::host_keys::{HostKeyRefusal, HostKeys, Verdict};

/// What the protocol's task saw, for the errors told outside of it.
#[derive(Default)]
pub(crate) struct Observed {
    offered: Mutex<Option<HostKey>>,
    refusal: OnceLock<(HostKey, HostKeyRefusal)>,
    end: OnceLock<CutReason>,
}

impl Observed {
    pub(crate) fn offered(&self) -> Option<HostKey> {
        self.offered
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    pub(crate) fn note_end(&self, reason: CutReason) {
        // The first reason is the true one; what follows from it is not.
        let _ = self.end.set(reason);
    }

    pub(crate) fn refused(&self, endpoint: &Endpoint) -> Option<SshError> {
        let (offered, refusal) = self.refusal.get()?;
        Some(SshError::HostKey {
            endpoint: endpoint.clone(),
            offered: offered.clone(),
            refusal: refusal.clone(),
        })
    }

    pub(crate) fn cut(&self, endpoint: &Endpoint) -> SshError {
        // A changed key at a re-exchange ends the connection too, and is the better answer.
        self.refused(endpoint).unwrap_or_else(|| SshError::Cut {
            endpoint: endpoint.clone(),
            reason: self
                .end
                .get()
                .cloned()
                .unwrap_or_else(|| CutReason::Broken("the network connection broke".to_owned())),
        })
    }

    /// Replaces a bare "gone" by the reason that the protocol's task saw.
    pub(crate) fn explain(&self, endpoint: &Endpoint, error: SshError) -> SshError {
        match error {
            SshError::Cut { .. } => self.cut(endpoint),
            other => other,
        }
    }
}

/// Stands in the protocol's task: judges the host key, and notes how the connection ended.
/// Channels that a server would open towards us are refused by the library when nobody accepts them.
pub(crate) struct Gatekeeper {
    endpoint: Endpoint,
    host_keys: Arc<dyn HostKeys>,
    observed: Arc<Observed>,
}

impl Gatekeeper {
    pub(crate) fn new(
        endpoint: Endpoint,
        host_keys: Arc<dyn HostKeys>,
        observed: Arc<Observed>,
    ) -> Self {
        Gatekeeper {
            endpoint,
            host_keys,
            observed,
        }
    }
}

impl client::Handler for Gatekeeper {
    type Error = russh::Error;

    async fn check_server_key(
        &mut self,
        shown: &PublicKeyOrCertificate,
    ) -> Result<bool, russh::Error> {
        let (blob, verdict_for_certificate) = match shown {
            PublicKeyOrCertificate::PublicKey { key, .. } => (key.public_key_bytes(), None),
            PublicKeyOrCertificate::Certificate(certificate) => (
                russh::keys::PublicKey::new(certificate.public_key().clone(), "")
                    .public_key_bytes(),
                Some(Verdict::Refuse(HostKeyRefusal::CertificateAuthority)),
            ),
        };
        let Ok(offered) = HostKey::from_blob(blob) else {
            return Ok(false);
        };
        let verdict = verdict_for_certificate
            .unwrap_or_else(|| self.host_keys.check(&self.endpoint, &offered));
        *self
            .observed
            .offered
            .lock()
            .unwrap_or_else(PoisonError::into_inner) = Some(offered.clone());
        match verdict {
            Verdict::Accept => Ok(true),
            Verdict::Refuse(refusal) => {
                let _ = self.observed.refusal.set((offered, refusal));
                Ok(false)
            }
        }
    }

    async fn disconnected(
        &mut self,
        reason: DisconnectReason<russh::Error>,
    ) -> Result<(), russh::Error> {
        let reason = match reason {
            DisconnectReason::ReceivedDisconnect(info) => {
                CutReason::ClosedByServer(quoted(&info.message))
            }
            DisconnectReason::Error(error) => match error {
                russh::Error::KeepaliveTimeout => CutReason::Silent,
                russh::Error::InactivityTimeout => CutReason::Idle,
                russh::Error::Disconnect | russh::Error::HUP => {
                    CutReason::ClosedByServer(String::new())
                }
                other => CutReason::Broken(other.to_string()),
            },
        };
        self.observed.note_end(reason);
        Ok(())
    }
}
