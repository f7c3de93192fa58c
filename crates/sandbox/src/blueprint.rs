//! What a training server is like before anybody touches it.

use serde::{Deserialize, Serialize};

/// One server to build. Names are lower-case letters, digits and hyphens, each once in a fleet.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Blueprint {
    /// Its name in the fleet: `glycines-01`.
    pub name: String,
    /// Its main domain, under `.example`.
    pub main_domain: String,
    /// Whose it is.
    pub customer: String,
    /// How it is sorted: `prod`, `hds`, …
    pub tags: Vec<String>,
    /// Its YunoHost, 12.0.x or 12.1.x.
    pub version: String,
    /// False for a server that is left to be added by hand, as an exercise.
    pub registered: bool,
    /// Who has an account, besides `admin`.
    pub people: Vec<Person>,
    /// Groups beyond YunoHost's own.
    pub groups: Vec<Team>,
    /// Domains besides the main one.
    pub domains: Vec<String>,
    /// Days that the certificates are still good; Let's Encrypt's unless `self_signed`.
    pub certificate_days: i64,
    /// Whether the certificates are the server's own.
    pub self_signed: bool,
    /// What is installed.
    pub apps: Vec<Installed>,
    /// Services that are down.
    pub down: Vec<String>,
    /// How many Debian packages wait for an update.
    pub updates: usize,
    /// What the diagnosis complains about.
    pub complaints: Vec<Complaint>,
    /// Free disk, in percent of 160 GB.
    pub disk_free_percent: u64,
}

/// Someone with an account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    /// Lower-case letters, digits, `_` and `.`: `i.calvet`.
    pub username: String,
    /// As it is shown.
    pub fullname: String,
    /// Whether in the group `admins`.
    pub admin: bool,
}

/// A group and who is in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Team {
    /// Its name.
    pub name: String,
    /// Usernames.
    pub members: Vec<String>,
}

/// An app that is there from the beginning.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Installed {
    /// Its id in the training catalogue.
    pub app: String,
    /// Where; the main domain when empty.
    pub domain: String,
    /// `/office`, or `/` for a domain of its own.
    pub path: String,
    /// The name that people see; the app's own when empty.
    pub label: String,
    /// Who may open it: group names.
    pub allowed: Vec<String>,
    /// Whether the catalogue has a newer version.
    pub behind: bool,
}

/// Something that the diagnosis says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Complaint {
    /// No reverse DNS: a warning.
    ReverseDns,
    /// Port 25 is closed from outside: an error.
    PortClosed,
    /// Wrong DNS records: an error.
    DnsRecords,
    /// Little disk left: an error.
    DiskSpace,
    /// A configuration file was changed by hand: a warning.
    ChangedFile,
}
