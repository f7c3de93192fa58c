//! From nothing to agreed keys: the name found, the machine reached in time (by a hop where there is one), the protocol's
//! settings, the host key judged. Logging in is left to `authentication`.

use std::borrow::Cow;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use russh::client;
use russh::keys::{Algorithm, EcdsaCurve, HashAlg};
use russh::{Preferred, SshId};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_util::sync::CancellationToken;

use crate::connection::Connection;
use crate::dial::Timeouts;
use crate::endpoint::Endpoint;
use crate::error::{CutReason, SshError, Stage, quoted};
use crate::gatekeeper::{Gatekeeper, Observed};
use crate::host_key::HostKey;
use crate::host_keys::{HostKeyRefusal, HostKeys, Verdict};
use crate::severable::Severable;

/// Refuses every key: the handshake ends as soon as one is shown.
pub(crate) struct OnlyLook;

impl HostKeys for OnlyLook {
    fn check(&self, _: &Endpoint, _: &HostKey) -> Verdict {
        Verdict::Refuse(HostKeyRefusal::Unknown)
    }

    fn known(&self, _: &Endpoint) -> Vec<HostKey> {
        Vec::new()
    }
}

/// Agreed keys and an accepted host key, nobody logged in yet.
pub(crate) struct Session {
    pub(crate) handle: client::Handle<Gatekeeper>,
    pub(crate) observed: Arc<Observed>,
    pub(crate) token: CancellationToken,
}

/// From nothing to agreed keys and an accepted host key.
pub(crate) async fn handshake(
    endpoint: &Endpoint,
    host_keys: Arc<dyn HostKeys>,
    timeouts: &Timeouts,
    through: Option<&Connection>,
) -> Result<Session, SshError> {
    let config = Arc::new(protocol(timeouts, &host_keys.known(endpoint)));
    match through {
        None => {
            let stream = connect(endpoint, timeouts.connect).await?;
            // Small requests and answers: waiting to fill a segment would cost 40 ms each.
            let _ = stream.set_nodelay(true);
            agree(endpoint, host_keys, timeouts, config, stream).await
        }
        Some(hop) => {
            let place = hop.place().await?;
            let opened = hop
                .open_direct(endpoint, place)
                .await
                .map_err(|error| match error {
                    SshError::Channel {
                        endpoint: via,
                        reason,
                    } => SshError::Jump {
                        endpoint: endpoint.clone(),
                        via,
                        reason,
                    },
                    other => other,
                })?;
            agree(
                endpoint,
                host_keys,
                timeouts,
                config,
                opened.channel.into_stream(),
            )
            .await
        }
    }
}

async fn agree<S>(
    endpoint: &Endpoint,
    host_keys: Arc<dyn HostKeys>,
    timeouts: &Timeouts,
    config: Arc<client::Config>,
    stream: S,
) -> Result<Session, SshError>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let token = CancellationToken::new();
    let observed = Arc::new(Observed::default());
    let gatekeeper = Gatekeeper::new(endpoint.clone(), host_keys, Arc::clone(&observed));
    // Until it is disarmed, leaving this function cuts the stream, which ends the protocol's own task.
    let cut = token.clone().drop_guard();
    let agreeing =
        client::connect_stream(config, Severable::new(stream, token.clone()), gatekeeper);
    match tokio::time::timeout(timeouts.handshake, agreeing).await {
        Err(_) => Err(SshError::TimedOut {
            endpoint: endpoint.clone(),
            stage: Stage::Handshake,
            after: timeouts.handshake,
        }),
        Ok(Err(error)) => Err(observed
            .refused(endpoint)
            .unwrap_or_else(|| handshake_error(endpoint, &error))),
        Ok(Ok(handle)) => {
            cut.disarm();
            Ok(Session {
                handle,
                observed,
                token,
            })
        }
    }
}

/// Finds the name's addresses and connects to the first that answers.
async fn connect(endpoint: &Endpoint, limit: Duration) -> Result<TcpStream, SshError> {
    let stage = Mutex::new(Stage::Name);
    let connecting = async {
        let addresses = tokio::net::lookup_host((endpoint.host.as_str(), endpoint.port))
            .await
            .map_err(|_| SshError::NameNotFound {
                endpoint: endpoint.clone(),
            })?;
        *stage.lock().unwrap_or_else(PoisonError::into_inner) = Stage::Connect;
        let mut last = SshError::NameNotFound {
            endpoint: endpoint.clone(),
        };
        for address in addresses {
            match TcpStream::connect(address).await {
                Ok(stream) => return Ok(stream),
                Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => {
                    last = SshError::Refused {
                        endpoint: endpoint.clone(),
                    };
                }
                Err(error) => {
                    last = SshError::Unreachable {
                        endpoint: endpoint.clone(),
                        reason: error.to_string(),
                    };
                }
            }
        }
        Err(last)
    };
    match tokio::time::timeout(limit, connecting).await {
        Ok(result) => result,
        Err(_) => Err(SshError::TimedOut {
            endpoint: endpoint.clone(),
            stage: *stage.lock().unwrap_or_else(PoisonError::into_inner),
            after: limit,
        }),
    }
}

/// The protocol's settings: strict key exchange as the library has it on; no SHA-1 signatures, no CBC, no 3DES.
fn protocol(timeouts: &Timeouts, known: &[HostKey]) -> client::Config {
    client::Config {
        client_id: SshId::Standard(Cow::Borrowed(concat!(
            "SSH-2.0-Towerify_",
            env!("CARGO_PKG_VERSION")
        ))),
        inactivity_timeout: timeouts.idle,
        keepalive_interval: Some(timeouts.keep_alive),
        keepalive_max: timeouts.keep_alive_max,
        nodelay: true,
        preferred: Preferred {
            key: Cow::Owned(host_key_algorithms(known)),
            // Compression of secrets next to text that others choose leaks lengths; links are fast enough.
            compression: Cow::Borrowed(&[russh::compression::NONE]),
            ..Preferred::DEFAULT
        },
        ..client::Config::default()
    }
}

/// The accepted host key algorithms, those of known keys first.
fn host_key_algorithms(known: &[HostKey]) -> Vec<Algorithm> {
    let mut algorithms = vec![
        Algorithm::Ed25519,
        Algorithm::Ecdsa {
            curve: EcdsaCurve::NistP256,
        },
        Algorithm::Ecdsa {
            curve: EcdsaCurve::NistP384,
        },
        Algorithm::Ecdsa {
            curve: EcdsaCurve::NistP521,
        },
        Algorithm::Rsa {
            hash: Some(HashAlg::Sha512),
        },
        Algorithm::Rsa {
            hash: Some(HashAlg::Sha256),
        },
    ];
    let is_known = |algorithm: &Algorithm| {
        let key_type = match algorithm {
            Algorithm::Rsa { .. } => "ssh-rsa",
            other => other.as_str(),
        };
        known.iter().any(|key| key.algorithm() == key_type)
    };
    // A stable sort: within known and unknown, the order above holds.
    algorithms.sort_by_key(|algorithm| !is_known(algorithm));
    algorithms
}

/// A line that broke while keys were agreed on is a cut; anything else is an end that does not speak our SSH.
fn handshake_error(endpoint: &Endpoint, error: &russh::Error) -> SshError {
    let endpoint = endpoint.clone();
    let reason = match error {
        russh::Error::Disconnect | russh::Error::HUP => {
            let reason = CutReason::ClosedByServer(String::new());
            return SshError::Cut { endpoint, reason };
        }
        russh::Error::IO(error) => {
            let reason = CutReason::Broken(error.to_string());
            return SshError::Cut { endpoint, reason };
        }
        russh::Error::NoCommonAlgo { kind, theirs, .. } => format!(
            "no accepted algorithm in common ({kind:?}); it offers {}",
            quoted(&theirs.join(", "))
        ),
        russh::Error::Version => "what answers there is not an SSH server".to_owned(),
        other => quoted(&other.to_string()),
    };
    SshError::Handshake { endpoint, reason }
}
