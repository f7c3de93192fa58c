//! What this computer's own SSH configuration says of machines, to choose from.

use serde::Serialize;
use towerify_domain::id::ServerId;

/// What `~/.ssh/config` says, with everything it includes.
#[derive(Clone, Debug, Serialize, specta::Type)]
pub struct SshConfig {
    /// The file that was read.
    pub file: String,
    /// The machines that it names outright, in its order.
    pub hosts: Vec<SshConfigHost>,
    /// What was left out of it, and why, in English: each with its file and line.
    pub notes: Vec<String>,
}

/// A machine of it.
#[derive(Clone, Debug, Serialize, specta::Type)]
pub struct SshConfigHost {
    /// What one types after `ssh`.
    pub name: String,
    /// Its name in the network, or its address.
    pub address: String,
    /// Its SSH port.
    pub port: u16,
    /// Who logs in, when it is said.
    pub user: Option<String>,
    /// The private key to log in with: the first one said that is there, else the first one said, else this user's own.
    pub key: Option<SshKeyFile>,
    /// The machine to go through, the nearest one when there are several.
    pub jump: Option<SshJump>,
    /// The server of the fleet with this address and port, if there is one.
    pub server: Option<ServerId>,
}

/// A private key on this computer.
#[derive(Clone, Debug, Serialize, specta::Type)]
pub struct SshKeyFile {
    /// Where it is.
    pub path: String,
    /// Whether it can be used.
    pub state: SshKeyState,
}

/// Whether a private key can be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, specta::Type)]
#[serde(rename_all = "snake_case")]
pub enum SshKeyState {
    /// As it is.
    Usable,
    /// With its passphrase.
    NeedsPassphrase,
    /// It is not there, or may not be read.
    Missing,
    /// It is no key, or one of a kind that is not supported.
    Unusable,
}

/// A machine to go through.
#[derive(Clone, Debug, Serialize, specta::Type)]
pub struct SshJump {
    /// As it is written.
    pub name: String,
    /// The server of the fleet that it is; it has to be added before the machine behind it.
    pub server: Option<ServerId>,
}
