//! Host keys: what is offered, what is pinned, how it was checked.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// What a server offers at first contact.
#[derive(Clone, Debug, Serialize, specta::Type)]
pub struct OfferedKey {
    /// `ssh-ed25519`…
    pub algorithm: String,
    /// `SHA256:…`, whole.
    pub fingerprint: String,
    /// The same, to read over the phone.
    pub words: String,
    /// What this computer's `known_hosts` says of it: `same`, `other`, `revoked` or `none`.
    pub known_hosts: KnownHostsSay,
}

/// What this computer's `known_hosts` says of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, specta::Type)]
#[serde(rename_all = "snake_case")]
pub enum KnownHostsSay {
    /// The same key is there.
    Same,
    /// Another key is there.
    Other,
    /// The key is revoked there.
    Revoked,
    /// Nothing.
    None,
}

/// How a person checked a fingerprint.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "snake_case")]
pub enum HowChecked {
    /// Read on the machine's own screen.
    Console,
    /// Read over the phone by someone at the machine.
    Phone,
    /// The provider's page shows it.
    Provider,
    /// It is in this computer's `known_hosts`.
    KnownHosts,
    /// Given on the command line.
    CommandLine,
    /// Not checked.
    NotChecked,
}

/// A pinned host key.
#[derive(Clone, Debug, Serialize, specta::Type)]
pub struct PinnedKey {
    /// `ssh-ed25519`…
    pub algorithm: String,
    /// `SHA256:…`.
    pub fingerprint: String,
    /// Since when.
    pub since: DateTime<Utc>,
    /// By whom.
    pub by: String,
    /// How it was checked.
    pub how: HowChecked,
}

/// What a changed key's page shows: both keys.
#[derive(Clone, Debug, Serialize, specta::Type)]
pub struct KeyConflict {
    /// What is offered now.
    pub offered: OfferedKey,
    /// What was pinned.
    pub pinned: Vec<PinnedKey>,
}
