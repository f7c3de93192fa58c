//! The list's rows, what they are filtered and sorted by, and the numbers above them.

use chrono::{DateTime, Utc};
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
