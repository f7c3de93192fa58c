//! What the faces see of servers.

use chrono::{DateTime, Utc};
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use towerify_domain::{
    self as domain, Words,
    id::{RunId, ServerId},
    server::ServerState,
};

/// Which servers, in which order, and which part of them.
#[derive(Clone, Debug, Default, Deserialize, specta::Type)]
#[serde(rename = "ServerQuery")]
pub struct ListQuery {
    /// Words that must all be in name, address, domain, customer or tags.
    #[serde(default)]
    pub text: String,
    /// Any of these states; empty: all.
    #[serde(default)]
    pub states: Vec<ServerState>,
    /// All of these tags.
    #[serde(default)]
    pub tags: Vec<String>,
    /// Any of these YunoHost versions; empty: all.
    #[serde(default)]
    pub versions: Vec<String>,
    /// Any of these customers; empty: all.
    #[serde(default)]
    pub customers: Vec<String>,
    /// Order.
    #[serde(default)]
    pub sort: Sort,
    /// Turned round.
    #[serde(default)]
    pub descending: bool,
    /// First row.
    #[serde(default)]
    pub offset: u32,
    /// At most so many rows; 0: 200.
    #[serde(default)]
    pub limit: u32,
}

/// Order of the list.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, specta::Type)]
#[serde(rename_all = "snake_case")]
#[serde(rename = "ServerSort")]
pub enum Sort {
    /// Severity, then since when.
    #[default]
    State,
    /// Name.
    Name,
    /// Customer.
    Customer,
    /// YunoHost's version.
    Version,
    /// Number of apps.
    Apps,
    /// Days left of the shortest certificate.
    Certificate,
    /// Number of updates.
    Updates,
    /// When it last answered.
    LastSeen,
}

/// A part of the list, with what the head of the page needs.
#[derive(Clone, Debug, Serialize, specta::Type)]
#[serde(rename = "ServerPage")]
pub struct Page {
    /// How many match.
    pub total: u32,
    /// How many there are at all.
    pub all: u32,
    /// The rows asked for.
    pub rows: Vec<Row>,
    /// How many of all the servers are in each state.
    pub states: Vec<StateCount>,
    /// Tags in use.
    pub tags: Vec<Facet>,
    /// YunoHost versions in use.
    pub versions: Vec<Facet>,
    /// Customers in use.
    pub customers: Vec<Facet>,
    /// Sums over all servers, for the line under the title.
    pub certificates_soon: u32,
    /// Updates pending.
    pub updates: u32,
    /// Servers with updates pending.
    pub servers_with_updates: u32,
}

/// How many servers are in a state.
#[derive(Clone, Copy, Debug, Serialize, specta::Type)]
pub struct StateCount {
    /// The state.
    pub state: ServerState,
    /// How many.
    pub count: u32,
}

/// A value to filter by, and how many have it.
#[derive(Clone, Debug, Serialize, specta::Type)]
pub struct Facet {
    /// The value.
    pub value: String,
    /// How many servers have it.
    pub count: u32,
}

/// A server in a list.
#[derive(Clone, Debug, Serialize, specta::Type)]
#[serde(rename = "ServerRow")]
pub struct Row {
    /// Its id.
    pub id: ServerId,
    /// Its name.
    pub name: String,
    /// Its address, as given.
    pub address: String,
    /// Its main domain, once known.
    pub domain: Option<String>,
    /// Whose it is.
    pub customer: Option<String>,
    /// Its state.
    pub state: ServerState,
    /// Why, when it is not well; the worst first.
    pub reasons: Vec<Reason>,
    /// Since when it is in this state.
    pub since: Option<DateTime<Utc>>,
    /// The run at work on it.
    pub run: Option<RunBrief>,
    /// Its tags.
    pub tags: Vec<String>,
    /// YunoHost's version.
    pub yunohost: Option<String>,
    /// Number of apps.
    pub apps: Option<u32>,
    /// Days left of the shortest certificate.
    pub certificate_days: Option<i32>,
    /// Number of updates.
    pub updates: Option<u32>,
    /// When it last answered.
    pub last_seen: Option<DateTime<Utc>>,
}

/// Why a server is not well.
#[derive(Clone, Debug, Serialize, specta::Type)]
#[serde(rename = "ServerReason")]
pub struct Reason {
    /// Which one.
    pub reason: domain::server::Reason,
    /// It in words.
    pub words: Words,
    /// What goes with it: a service's name, a server's own words.
    pub detail: Option<String>,
}

/// A run at work, in a row.
#[derive(Clone, Debug, Serialize, specta::Type)]
pub struct RunBrief {
    /// Which one.
    pub id: RunId,
    /// What it does.
    pub kind: domain::run::RunKind,
    /// What it does, in words.
    pub title: Words,
    /// 0 to 100, where known.
    pub percent: Option<u8>,
    /// The step at work, from 0.
    pub step: u32,
    /// Of so many.
    pub steps: u32,
    /// When it began.
    pub started_at: Option<DateTime<Utc>>,
    /// Who began it.
    pub started_by: String,
}

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

/// How one logs in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "snake_case")]
pub enum LoginKind {
    /// A password.
    Password,
    /// A private key, kept sealed in the workspace.
    Key,
    /// The SSH agent of this computer.
    Agent,
}

/// What it takes to log in. Secrets come in and never go out.
#[derive(Clone, Deserialize, specta::Type)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Login {
    /// A password; sudo is asked for with the same one.
    Password {
        /// It.
        #[specta(type = String)]
        password: SecretString,
    },
    /// A private key.
    Key {
        /// Its text, OpenSSH or PEM.
        #[specta(type = String)]
        private_key: SecretString,
        /// Its passphrase, if it has one.
        #[specta(type = Option<String>)]
        passphrase: Option<SecretString>,
        /// What sudo asks for, when the user is not root.
        #[specta(type = Option<String>)]
        sudo_password: Option<SecretString>,
    },
    /// The SSH agent of this computer.
    Agent {
        /// What sudo asks for, when the user is not root.
        #[specta(type = Option<String>)]
        sudo_password: Option<SecretString>,
    },
}

/// Where a server is, before anything was said to it.
#[derive(Clone, Debug, Deserialize, specta::Type)]
pub struct Address {
    /// Name or address.
    pub address: String,
    /// SSH port.
    pub port: u16,
    /// The server to jump through, if any.
    #[serde(default)]
    pub jump: Option<ServerId>,
}

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

/// A server to add.
#[derive(Clone, Deserialize, specta::Type)]
pub struct NewServer {
    /// Its name in the fleet.
    pub name: String,
    /// Where it is.
    pub address: Address,
    /// Who logs in.
    pub user: String,
    /// How.
    pub login: Login,
    /// The fingerprint that a person accepted.
    pub fingerprint: String,
    /// How they checked it.
    pub how: HowChecked,
    /// Whose it is.
    #[serde(default)]
    pub customer: Option<String>,
    /// Tags.
    #[serde(default)]
    pub tags: Vec<String>,
}

/// What may be changed of a server. Absent: stays.
#[derive(Clone, Default, Deserialize, specta::Type)]
pub struct ServerEdit {
    /// Its name in the fleet.
    #[serde(default)]
    pub name: Option<String>,
    /// Where it is. Its pinned key stays.
    #[serde(default)]
    pub address: Option<Address>,
    /// Who logs in.
    #[serde(default)]
    pub user: Option<String>,
    /// How.
    #[serde(default)]
    pub login: Option<Login>,
    /// Whose it is; an empty text: nobody's.
    #[serde(default)]
    pub customer: Option<String>,
    /// Tags, all of them.
    #[serde(default)]
    pub tags: Option<Vec<String>>,
}

/// Which servers to act on.
#[derive(Clone, Debug, Deserialize, specta::Type)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Selection {
    /// All of them.
    All,
    /// These.
    These {
        /// Which ones.
        ids: Vec<ServerId>,
    },
}

/// What became of a refresh, server by server.
#[derive(Clone, Debug, Serialize, specta::Type)]
pub struct Sweep {
    /// How many answered.
    pub answered: u32,
    /// Those that did not, and why.
    pub failed: Vec<SweepFailure>,
}

/// A server that did not answer.
#[derive(Clone, Debug, Serialize, specta::Type)]
pub struct SweepFailure {
    /// Which one.
    pub id: ServerId,
    /// Its name.
    pub name: String,
    /// Why.
    pub error: crate::error::AppError,
}

/// A domain and its certificate.
#[derive(Clone, Debug, Serialize, specta::Type)]
pub struct DomainRow {
    /// Its name.
    pub name: String,
    /// Whether it is the main one.
    pub main: bool,
    /// The apps that it serves.
    pub apps: Vec<String>,
    /// Days left of its certificate.
    pub certificate_days: Option<i32>,
    /// Who signed it: `letsencrypt`, `selfsigned`, …
    pub certificate_kind: Option<String>,
    /// YunoHost's own word on it: `success`, `warning`, `danger`…
    pub certificate_style: Option<String>,
}

/// A service.
#[derive(Clone, Debug, Serialize, specta::Type)]
pub struct ServiceRow {
    /// Its name.
    pub name: String,
    /// What it is for.
    pub description: String,
    /// `running`, `inactive`, `failed`…
    pub status: String,
    /// Whether it starts with the machine.
    pub start_on_boot: Option<String>,
    /// Since when, as the server says.
    pub since: Option<String>,
}

/// A finding of the diagnosis.
#[derive(Clone, Debug, Serialize, specta::Type)]
pub struct DiagnosisItem {
    /// Its category, in words.
    pub category: String,
    /// `SUCCESS`, `INFO`, `WARNING`, `ERROR`.
    pub status: String,
    /// What was found.
    pub summary: String,
    /// More about it.
    pub details: Vec<String>,
    /// Whether someone chose to ignore it.
    pub ignored: bool,
}

/// The domains of a server.
#[derive(Clone, Debug, Serialize, specta::Type)]
pub struct Domains {
    /// When this was read.
    pub taken_at: Option<DateTime<Utc>>,
    /// Them.
    pub domains: Vec<DomainRow>,
}

/// The services of a server.
#[derive(Clone, Debug, Serialize, specta::Type)]
pub struct Services {
    /// When this was read.
    pub taken_at: Option<DateTime<Utc>>,
    /// Them.
    pub services: Vec<ServiceRow>,
}

/// The diagnosis of a server.
#[derive(Clone, Debug, Serialize, specta::Type)]
pub struct Diagnosis {
    /// When this was read.
    pub taken_at: Option<DateTime<Utc>>,
    /// Whether it was ever run there.
    pub ever_run: bool,
    /// What was found, worst first.
    pub items: Vec<DiagnosisItem>,
}

/// YunoHost's own operation logs of a server.
#[derive(Clone, Debug, Serialize, specta::Type)]
pub struct Operations {
    /// When this was read.
    pub taken_at: Option<DateTime<Utc>>,
    /// Them, newest first.
    pub operations: Vec<OperationRow>,
}

/// One of YunoHost's own operations.
#[derive(Clone, Debug, Serialize, specta::Type)]
pub struct OperationRow {
    /// Its name there.
    pub name: String,
    /// What it did.
    pub description: String,
    /// `yes`, `no` or `unknown`.
    pub success: String,
    /// When it began, as the server says.
    pub started_at: Option<String>,
}
