//! Reaching a machine: host keys, sessions, files, tunnels. Knows no YunoHost.
//!
//! The path through it: a [`Dial`] says where to go, as whom, by which hops, and whose host keys are trusted;
//! [`Connection::open`] goes there; [`Connection::exec`] and [`Connection::run`] start commands,
//! [`Connection::sftp`] moves files, [`Connection::forward`] brings a remote port here. What goes wrong is an
//! [`SshError`], which names the stage it went wrong at.
//!
//! Left to others: where keys and passwords are kept (vault, store), who may accept a host key (core), what is
//! said once a command runs (driver).

mod authentication;
mod config;
mod connection;
mod dial;
mod endpoint;
mod error;
mod exec;
mod forward;
mod gatekeeper;
mod handshake;
mod host_key;
mod host_keys;
mod key;
mod known_hosts;
mod login;
mod severable;
mod sftp;
mod wildcard;

pub use config::{ClientConfig, ConfigNote, HostSettings, JumpHost};
pub use connection::{Connection, MAX_CHANNELS, scan};
pub use dial::{Dial, Hop, Timeouts};
pub use endpoint::{Endpoint, EndpointError};
pub use error::{CutReason, SshError, Stage};
pub use exec::{Exec, ExecExit, Exit, Input, Limits, Output, OutputStream};
pub use forward::Forward;
pub use host_key::{HostKey, HostKeyFormatError};
pub use host_keys::{HostKeyRefusal, HostKeys, Pinned, Verdict};
pub use key::{KeyError, PrivateKey};
pub use known_hosts::{KnownHosts, LineProblem};
pub use login::{Answer, Asked, Credential, Login, Question};
pub use sftp::{Progress, Resume, Sftp, Transferred};
pub use wildcard::matches as name_matches;
