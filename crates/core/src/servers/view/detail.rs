//! One server's page.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use towerify_domain::id::ServerId;

use super::key::PinnedKey;
use super::list::Row;
use super::saying::LoginKind;

/// A server's page.
#[derive(Clone, Debug, Serialize, specta::Type)]
#[serde(rename = "ServerDetail")]
pub struct Detail {
    /// What the list shows.
    pub row: Row,
    /// Its SSH port.
    pub port: u16,
    /// Who logs in.
    pub user: String,
    /// How they log in.
    pub login: LoginKind,
    /// The jump host, if any.
    pub jump: Option<ServerId>,
    /// The pinned host keys.
    pub host_keys: Vec<PinnedKey>,
    /// What the machine is.
    pub facts: Option<Facts>,
    /// When each part was last read: `apps`, `users`, `domains`…
    pub snapshots: Vec<SnapshotDate>,
    /// Numbers on the tabs.
    pub counts: Counts,
    /// When it was added.
    pub added_at: DateTime<Utc>,
    /// When it was last tried.
    pub last_tried: Option<DateTime<Utc>>,
}

/// Numbers on the tabs.
#[derive(Clone, Copy, Debug, Default, Serialize, specta::Type)]
pub struct Counts {
    /// Apps.
    pub apps: u32,
    /// Users.
    pub users: u32,
    /// Domains.
    pub domains: u32,
    /// Services.
    pub services: u32,
    /// Errors and warnings of the diagnosis.
    pub diagnosis: u32,
    /// Runs.
    pub runs: u32,
}

/// When a part was last read.
#[derive(Clone, Debug, Serialize, specta::Type)]
pub struct SnapshotDate {
    /// Which part.
    pub kind: String,
    /// When.
    pub taken_at: DateTime<Utc>,
}

/// What a machine is.
#[derive(Clone, Debug, Serialize, Deserialize, specta::Type)]
pub struct Facts {
    /// YunoHost's version, or none.
    pub yunohost: Option<String>,
    /// Whether YunoHost's post-installation is done.
    pub postinstalled: bool,
    /// Debian's release.
    pub debian: String,
    /// Processor kind.
    pub arch: String,
    /// Its own name.
    pub host: String,
    /// Memory, KiB.
    pub memory_kib: u32,
    /// Memory free, KiB.
    pub memory_free_kib: u32,
    /// Disk of `/`, KiB, when known.
    #[specta(type = Option<specta_typescript::Number>)]
    pub disk_kib: Option<u64>,
    /// Disk free, KiB.
    #[specta(type = specta_typescript::Number)]
    pub disk_free_kib: u64,
    /// Whether the machine asks to be restarted.
    pub reboot_required: bool,
}
