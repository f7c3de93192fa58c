//! One connection to a machine, by as many hops as it takes: logged in, kept alive, cut when it hangs. Where it goes is
//! in `dial`, how it comes about in `handshake`; what is then done on it is in `exec`, `sftp` and `forward`.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use russh::client;
use russh::{Channel, ChannelOpenFailure, Disconnect};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::{CancellationToken, DropGuard};

use crate::authentication::authenticate;
use crate::dial::{Dial, Timeouts};
use crate::endpoint::Endpoint;
use crate::error::{CutReason, SshError, Stage};
use crate::gatekeeper::{Gatekeeper, Observed};
use crate::handshake::{OnlyLook, handshake};
use crate::host_key::HostKey;
use crate::login::Login;

/// Channels open at once on a connection; a further one waits. OpenSSH's server allows ten sessions
/// (`MaxSessions`), and answers the eleventh with a refusal.
pub const MAX_CHANNELS: usize = 8;

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

fn refusal_in_words(reason: ChannelOpenFailure) -> &'static str {
    match reason {
        ChannelOpenFailure::AdministrativelyProhibited => "its settings do not allow it",
        ChannelOpenFailure::ConnectFailed => "it could not connect",
        ChannelOpenFailure::UnknownChannelType => "it does not know this kind of channel",
        ChannelOpenFailure::ResourceShortage => "it has no room for another channel",
        _ => "it gave no reason",
    }
}
