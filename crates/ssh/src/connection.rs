//! One connection to a machine, by as many hops as it takes: reached in time, its host key judged, logged in,
//! kept alive, cut when it hangs. What is then done on it is in `exec`, `sftp` and `forward`.

use std::borrow::Cow;
use std::future::Future;
use std::io;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use russh::client::{self, DisconnectReason};
use russh::keys::{Algorithm, EcdsaCurve, HashAlg, PublicKeyBase64 as _, PublicKeyOrCertificate};
use russh::{Channel, ChannelOpenFailure, Disconnect, Preferred, SshId};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::{CancellationToken, DropGuard};

use crate::authentication::authenticate;
use crate::endpoint::Endpoint;
use crate::error::{CutReason, SshError, Stage, quoted};
use crate::host_key::HostKey;
use crate::host_keys::{HostKeyRefusal, HostKeys, Verdict};
use crate::login::Login;
use crate::severable::Severable;

/// Channels open at once on a connection; a further one waits. OpenSSH's server allows ten sessions
/// (`MaxSessions`), and answers the eleventh with a refusal.
pub const MAX_CHANNELS: usize = 8;

/// How long each stage may take.
#[derive(Clone, Debug)]
pub struct Timeouts {
    /// Name and TCP connection, over all addresses of the name.
    pub connect: Duration,
    /// From the TCP connection to agreed keys and a judged host key.
    pub handshake: Duration,
    /// One answer to one attempt at logging in; a person's time for answering questions is not counted.
    pub authentication: Duration,
    /// Opening a channel once there is room for it.
    pub channel: Duration,
    /// Closes a connection on which nothing moved for this long, keep-alives included; `None` keeps it open.
    pub idle: Option<Duration>,
    /// Asks for a sign of life when the server was silent for this long…
    pub keep_alive: Duration,
    /// …and gives the connection up after so many without an answer.
    pub keep_alive_max: usize,
}

impl Default for Timeouts {
    fn default() -> Self {
        Timeouts {
            connect: Duration::from_secs(10),
            handshake: Duration::from_secs(15),
            authentication: Duration::from_secs(30),
            channel: Duration::from_secs(15),
            idle: None,
            keep_alive: Duration::from_secs(15),
            keep_alive_max: 3,
        }
    }
}

/// A machine on the way.
#[derive(Clone, Debug)]
pub struct Hop {
    /// Where it is, as seen from the hop before.
    pub endpoint: Endpoint,
    /// As whom one logs in there.
    pub login: Login,
}

/// Where to go and how.
#[derive(Clone)]
pub struct Dial {
    /// The machine to reach, as seen from the last hop.
    pub endpoint: Endpoint,
    /// As whom.
    pub login: Login,
    /// Machines to go through, the first one first. Each one's host key is judged.
    pub jumps: Vec<Hop>,
    /// Whose host keys are trusted, for the machine and for every hop.
    pub host_keys: Arc<dyn HostKeys>,
    /// How long each stage may take, at every hop.
    pub timeouts: Timeouts,
}

impl Dial {
    /// A direct way, with the usual time-outs.
    pub fn new(endpoint: Endpoint, login: Login, host_keys: Arc<dyn HostKeys>) -> Self {
        Dial {
            endpoint,
            login,
            jumps: Vec::new(),
            host_keys,
            timeouts: Timeouts::default(),
        }
    }
}

/// A connection that is logged in. Clones share it; it ends with the last of them, or with
/// [`Connection::close`].
#[derive(Clone)]
pub struct Connection {
    shared: Arc<Shared>,
}

struct Shared {
    endpoint: Endpoint,
    handle: client::Handle<Gatekeeper>,
    timeouts: Timeouts,
    channels: Arc<Semaphore>,
    observed: Arc<Observed>,
    token: CancellationToken,
    /// Cuts the stream when the last clone goes, so that the protocol's task never outlives it.
    _cut: DropGuard,
    /// The hop underneath, which must live as long.
    _through: Option<Connection>,
}

/// A channel and its place among the [`MAX_CHANNELS`].
pub(crate) struct OpenChannel {
    pub(crate) channel: Channel<client::Msg>,
    pub(crate) place: OwnedSemaphorePermit,
}

impl Connection {
    /// Goes there: each hop in turn, then the machine itself.
    ///
    /// # Errors
    /// [`SshError`] names the endpoint (a hop or the machine) and the stage. Host keys are judged before
    /// anything of a login is sent.
    pub async fn open(dial: Dial) -> Result<Self, SshError> {
        let mut through: Option<Connection> = None;
        for hop in &dial.jumps {
            through = Some(Self::reach(&dial, &hop.endpoint, &hop.login, through).await?);
        }
        Self::reach(&dial, &dial.endpoint, &dial.login, through).await
    }

    async fn reach(
        dial: &Dial,
        endpoint: &Endpoint,
        login: &Login,
        through: Option<Connection>,
    ) -> Result<Self, SshError> {
        let mut session = handshake(
            endpoint,
            Arc::clone(&dial.host_keys),
            &dial.timeouts,
            through.as_ref(),
        )
        .await?;
        authenticate(&mut session.handle, endpoint, login, &dial.timeouts)
            .await
            .map_err(|error| session.observed.explain(endpoint, error))?;
        Ok(Connection {
            shared: Arc::new(Shared {
                endpoint: endpoint.clone(),
                handle: session.handle,
                timeouts: dial.timeouts.clone(),
                channels: Arc::new(Semaphore::new(MAX_CHANNELS)),
                observed: session.observed,
                _cut: session.token.clone().drop_guard(),
                token: session.token,
                _through: through,
            }),
        })
    }

    /// The machine at the other end.
    pub fn endpoint(&self) -> &Endpoint {
        &self.shared.endpoint
    }

    /// The key the machine proved to hold.
    pub fn host_key(&self) -> Option<HostKey> {
        self.shared.observed.offered()
    }

    /// Whether the connection is gone; the reason comes with the next operation's error.
    pub fn is_closed(&self) -> bool {
        self.shared.handle.is_closed()
    }

    /// Says goodbye and ends the connection, with everything on it. A server that no longer answers is not
    /// waited for.
    pub async fn close(&self) {
        self.shared.observed.note_end(CutReason::ClosedHere);
        let goodbye = self
            .shared
            .handle
            .disconnect(Disconnect::ByApplication, "", "");
        if tokio::time::timeout(Duration::from_millis(500), goodbye)
            .await
            .is_ok()
        {
            // The message is queued; give it the time to leave before the stream is cut.
            let gone = async {
                while !self.shared.handle.is_closed() {
                    tokio::time::sleep(Duration::from_millis(5)).await;
                }
            };
            let _ = tokio::time::timeout(Duration::from_millis(500), gone).await;
        }
        self.shared.token.cancel();
    }

    /// Opens a session channel, waiting while [`MAX_CHANNELS`] are open.
    pub(crate) async fn open_session(&self) -> Result<OpenChannel, SshError> {
        let place = self.place().await?;
        let channel = self
            .in_time(self.shared.handle.channel_open_session())
            .await?;
        Ok(OpenChannel { channel, place })
    }

    /// Opens a channel to a port as seen from the machine.
    pub(crate) async fn open_direct(
        &self,
        to: &Endpoint,
        place: OwnedSemaphorePermit,
    ) -> Result<OpenChannel, SshError> {
        let opening = self.shared.handle.channel_open_direct_tcpip(
            to.host.clone(),
            u32::from(to.port),
            "127.0.0.1",
            0,
        );
        let channel = self.in_time(opening).await?;
        Ok(OpenChannel { channel, place })
    }

    /// A place among the channels, waited for in order.
    pub(crate) async fn place(&self) -> Result<OwnedSemaphorePermit, SshError> {
        tokio::select! {
            place = Arc::clone(&self.shared.channels).acquire_owned() => {
                place.map_err(|_| self.cut())
            }
            () = self.shared.token.cancelled() => Err(self.cut()),
        }
    }

    /// Whether a channel could be opened now, without waiting.
    pub(crate) fn has_room(&self) -> bool {
        self.shared.channels.available_permits() > 0
    }

    /// Runs an operation of the protocol within the channel time-out.
    pub(crate) async fn in_time<T>(
        &self,
        operation: impl Future<Output = Result<T, russh::Error>>,
    ) -> Result<T, SshError> {
        let limit = self.shared.timeouts.channel;
        match tokio::time::timeout(limit, operation).await {
            Ok(Ok(done)) => Ok(done),
            Ok(Err(russh::Error::ChannelOpenFailure(reason))) => Err(SshError::Channel {
                endpoint: self.shared.endpoint.clone(),
                reason: refusal_in_words(reason).to_owned(),
            }),
            Ok(Err(_)) => Err(self.cut()),
            Err(_) => Err(SshError::TimedOut {
                endpoint: self.shared.endpoint.clone(),
                stage: Stage::Channel,
                after: limit,
            }),
        }
    }

    /// Returns once the server has heard everything sent before, or the connection is gone.
    pub(crate) async fn ping(&self) {
        let _ = self.shared.handle.send_ping().await;
    }

    /// Cancelled once the connection is cut from this side.
    pub(crate) fn token(&self) -> &CancellationToken {
        &self.shared.token
    }

    /// The error for a connection that is gone.
    pub(crate) fn cut(&self) -> SshError {
        self.shared.observed.cut(&self.shared.endpoint)
    }
}

impl std::fmt::Debug for Connection {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Connection({})", self.shared.endpoint)
    }
}

/// Asks a machine for its host key, by the given hops, and goes no further: no byte of a login is sent.
/// For showing a fingerprint before a key is pinned.
///
/// # Errors
/// As [`Connection::open`]; the hops' own keys are judged by `dial.host_keys`, the machine's is only read.
pub async fn scan(dial: &Dial) -> Result<HostKey, SshError> {
    let mut through: Option<Connection> = None;
    for hop in &dial.jumps {
        through = Some(Connection::reach(dial, &hop.endpoint, &hop.login, through).await?);
    }
    match handshake(
        &dial.endpoint,
        Arc::new(OnlyLook),
        &dial.timeouts,
        through.as_ref(),
    )
    .await
    {
        Err(SshError::HostKey { offered, .. }) => Ok(offered),
        Err(other) => Err(other),
        // `OnlyLook` refuses every key, so that this arm means that no key was asked about.
        Ok(_) => Err(SshError::Handshake {
            endpoint: dial.endpoint.clone(),
            reason: "the server showed no host key".to_owned(),
        }),
    }
}

/// Refuses every key: the handshake ends as soon as one is shown.
struct OnlyLook;

impl HostKeys for OnlyLook {
    fn check(&self, _: &Endpoint, _: &HostKey) -> Verdict {
        Verdict::Refuse(HostKeyRefusal::Unknown)
    }

    fn known(&self, _: &Endpoint) -> Vec<HostKey> {
        Vec::new()
    }
}

struct Session {
    handle: client::Handle<Gatekeeper>,
    observed: Arc<Observed>,
    token: CancellationToken,
}

/// From nothing to agreed keys and an accepted host key.
async fn handshake(
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
    let gatekeeper = Gatekeeper {
        endpoint: endpoint.clone(),
        host_keys,
        observed: Arc::clone(&observed),
    };
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

/// What the protocol's task saw, for the errors told outside of it.
#[derive(Default)]
pub(crate) struct Observed {
    offered: Mutex<Option<HostKey>>,
    refusal: OnceLock<(HostKey, HostKeyRefusal)>,
    end: OnceLock<CutReason>,
}

impl Observed {
    fn offered(&self) -> Option<HostKey> {
        self.offered
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    fn note_end(&self, reason: CutReason) {
        // The first reason is the true one; what follows from it is not.
        let _ = self.end.set(reason);
    }

    fn refused(&self, endpoint: &Endpoint) -> Option<SshError> {
        let (offered, refusal) = self.refusal.get()?;
        Some(SshError::HostKey {
            endpoint: endpoint.clone(),
            offered: offered.clone(),
            refusal: refusal.clone(),
        })
    }

    fn cut(&self, endpoint: &Endpoint) -> SshError {
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
    fn explain(&self, endpoint: &Endpoint, error: SshError) -> SshError {
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

fn refusal_in_words(reason: ChannelOpenFailure) -> &'static str {
    match reason {
        ChannelOpenFailure::AdministrativelyProhibited => "its settings do not allow it",
        ChannelOpenFailure::ConnectFailed => "it could not connect",
        ChannelOpenFailure::UnknownChannelType => "it does not know this kind of channel",
        ChannelOpenFailure::ResourceShortage => "it has no room for another channel",
        _ => "it gave no reason",
    }
}
