//! What can go wrong between here and a machine, each with the stage it went wrong at.
//! No variant carries a secret; texts that come from a server are bounded and are to be shown as text only.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use crate::endpoint::Endpoint;
use crate::host_key::HostKey;
use crate::host_keys::HostKeyRefusal;
use crate::key::KeyError;

/// How far one got.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Stage {
    /// Finding the address of a name.
    Name,
    /// Reaching the machine over TCP.
    Connect,
    /// Agreeing on a protocol and on keys.
    Handshake,
    /// Judging the machine's host key.
    HostKey,
    /// Proving who one is.
    Authentication,
    /// Opening a channel on a connection that stands.
    Channel,
    /// Running a command.
    Command,
    /// Moving a file.
    Transfer,
    /// Bringing a remote port here.
    Forward,
    /// Reading a private key, before anything was sent.
    Key,
}

impl fmt::Display for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Stage::Name => "looking up the name",
            Stage::Connect => "connecting",
            Stage::Handshake => "the handshake",
            Stage::HostKey => "judging the host key",
            Stage::Authentication => "logging in",
            Stage::Channel => "opening a channel",
            Stage::Command => "running a command",
            Stage::Transfer => "moving a file",
            Stage::Forward => "forwarding a port",
            Stage::Key => "reading the private key",
        })
    }
}

/// Why a connection that stood is gone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CutReason {
    /// This side closed it.
    ClosedHere,
    /// The server said goodbye (with its own words, which may be empty).
    ClosedByServer(String),
    /// Nothing came from the server for as long as the keep-alive allows.
    Silent,
    /// Nothing moved for the idle time.
    Idle,
    /// The network, or the protocol, broke.
    Broken(String),
}

impl fmt::Display for CutReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            CutReason::ClosedHere => f.write_str("it was closed on this side"),
            CutReason::ClosedByServer(words) if words.is_empty() => {
                f.write_str("the server closed it")
            }
            CutReason::ClosedByServer(words) => write!(f, "the server closed it: {words}"),
            CutReason::Silent => f.write_str("the server no longer answers"),
            CutReason::Idle => f.write_str("it was idle for too long"),
            CutReason::Broken(reason) => f.write_str(reason),
        }
    }
}

/// What went wrong, and at which stage.
#[derive(Debug, thiserror::Error)]
pub enum SshError {
    /// The host's name has no address.
    #[error("the name {} was not found", .endpoint.host)]
    NameNotFound {
        /// Where one was going.
        endpoint: Endpoint,
    },
    /// The machine is there, and nothing listens on that port.
    #[error("{endpoint} refused the connection: nothing listens there")]
    Refused {
        /// Where one was going.
        endpoint: Endpoint,
    },
    /// The network has no way there, or the way broke.
    #[error("{endpoint} cannot be reached: {reason}")]
    Unreachable {
        /// Where one was going.
        endpoint: Endpoint,
        /// The system's words.
        reason: String,
    },
    /// A stage took longer than allowed.
    #[error("{endpoint} did not answer within {} s, while {stage}", .after.as_secs_f32())]
    TimedOut {
        /// Where one was going.
        endpoint: Endpoint,
        /// What was under way.
        stage: Stage,
        /// How long it was waited for.
        after: Duration,
    },
    /// A hop would not, or could not, connect onwards.
    #[error("{via} could not connect onwards to {endpoint}: {reason}")]
    Jump {
        /// Where one was going.
        endpoint: Endpoint,
        /// The hop that was asked.
        via: Endpoint,
        /// The hop's reason.
        reason: String,
    },
    /// What answers is no SSH server, or shares no accepted algorithm.
    #[error("the handshake with {endpoint} failed: {reason}")]
    Handshake {
        /// Where one was going.
        endpoint: Endpoint,
        /// What was wrong.
        reason: String,
    },
    /// The host key was refused. Nothing of the login was sent.
    #[error("the host key of {endpoint} ({offered}) was refused: {refusal}")]
    HostKey {
        /// Where one was going.
        endpoint: Endpoint,
        /// The key that was offered.
        offered: HostKey,
        /// Why it was refused.
        refusal: HostKeyRefusal,
    },
    /// No credential was accepted.
    #[error("{endpoint} let {user} in by none of the ways tried ({}); it offers: {}", listed(.tried), listed(.offered))]
    Authentication {
        /// Where one was going.
        endpoint: Endpoint,
        /// As whom.
        user: String,
        /// The methods that the server offers at this point, in SSH's names.
        offered: Vec<String>,
        /// What was tried or left out, a few words each, without secrets.
        tried: Vec<String>,
    },
    /// The connection stood, and is gone.
    #[error("the connection to {endpoint} is gone: {reason}")]
    Cut {
        /// Where one was.
        endpoint: Endpoint,
        /// Why.
        reason: CutReason,
    },
    /// The server would not open a channel, or not start what was asked on it.
    #[error("{endpoint} refused a channel: {reason}")]
    Channel {
        /// Where one was.
        endpoint: Endpoint,
        /// The server's reason.
        reason: String,
    },
    /// A command wrote more than was allowed, and was ended.
    #[error("the command on {endpoint} wrote more than {limit} bytes and was ended")]
    TooMuchOutput {
        /// Where it ran.
        endpoint: Endpoint,
        /// The limit, in bytes.
        limit: usize,
    },
    /// A command did not end within its time, and its channel was closed.
    #[error("the command on {endpoint} did not end within {} s", .after.as_secs_f32())]
    CommandTimedOut {
        /// Where it ran.
        endpoint: Endpoint,
        /// How long it was given.
        after: Duration,
    },
    /// The server refused an operation on a file.
    #[error("{operation} {path} on {endpoint} failed: {reason}")]
    Sftp {
        /// Where.
        endpoint: Endpoint,
        /// What was being done, such as `writing`.
        operation: &'static str,
        /// The remote path.
        path: String,
        /// The server's reason.
        reason: String,
    },
    /// A file arrived, and is not the one that left. The partial file was removed.
    #[error("{path} arrived damaged: its SHA-256 is {found}, not {expected}")]
    Checksum {
        /// The path that was being written.
        path: String,
        /// SHA-256 of the source, in hexadecimal.
        expected: String,
        /// SHA-256 of what arrived.
        found: String,
    },
    /// A file of this machine could not be read or written.
    #[error("{operation} {} failed: {source}", .path.display())]
    LocalFile {
        /// What was being done, such as `reading`.
        operation: &'static str,
        /// The path here.
        path: PathBuf,
        /// The system's reason.
        source: std::io::Error,
    },
    /// No local port could be opened for a forward.
    #[error("no local port could be opened: {source}")]
    Forward {
        /// The system's reason.
        source: std::io::Error,
    },
    /// A private key could not be used.
    #[error(transparent)]
    Key(#[from] KeyError),
}

impl SshError {
    /// The stage it went wrong at.
    pub fn stage(&self) -> Stage {
        match self {
            SshError::NameNotFound { .. } => Stage::Name,
            SshError::Refused { .. } | SshError::Unreachable { .. } | SshError::Jump { .. } => {
                Stage::Connect
            }
            SshError::TimedOut { stage, .. } => *stage,
            SshError::Handshake { .. } => Stage::Handshake,
            SshError::HostKey { .. } => Stage::HostKey,
            SshError::Authentication { .. } => Stage::Authentication,
            SshError::Cut { .. } | SshError::Channel { .. } => Stage::Channel,
            SshError::TooMuchOutput { .. } | SshError::CommandTimedOut { .. } => Stage::Command,
            SshError::Sftp { .. } | SshError::Checksum { .. } | SshError::LocalFile { .. } => {
                Stage::Transfer
            }
            SshError::Forward { .. } => Stage::Forward,
            SshError::Key(_) => Stage::Key,
        }
    }
}

fn listed(words: &[String]) -> String {
    if words.is_empty() {
        "nothing".to_owned()
    } else {
        words.join(", ")
    }
}

/// A server's words, bounded and on one line, with control characters made visible.
pub(crate) fn quoted(words: &str) -> String {
    words
        .trim()
        .chars()
        .take(300)
        .map(|c| if c.is_control() { '\u{fffd}' } else { c })
        .collect()
}
