//! The parts of a server's page: domains, services, diagnosis, YunoHost's own operations.

use chrono::{DateTime, Utc};
use serde::Serialize;

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
#[derive(Clone, Debug, Default, Serialize, specta::Type)]
pub struct Domains {
    /// When this was read.
    pub taken_at: Option<DateTime<Utc>>,
    /// Them.
    pub domains: Vec<DomainRow>,
}

/// The services of a server.
#[derive(Clone, Debug, Default, Serialize, specta::Type)]
pub struct Services {
    /// When this was read.
    pub taken_at: Option<DateTime<Utc>>,
    /// Them.
    pub services: Vec<ServiceRow>,
}

/// The diagnosis of a server.
#[derive(Clone, Debug, Default, Serialize, specta::Type)]
pub struct Diagnosis {
    /// When this was read.
    pub taken_at: Option<DateTime<Utc>>,
    /// Whether it was ever run there.
    pub ever_run: bool,
    /// What was found, worst first.
    pub items: Vec<DiagnosisItem>,
}

/// YunoHost's own operation logs of a server.
#[derive(Clone, Debug, Default, Serialize, specta::Type)]
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
