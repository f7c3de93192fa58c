//! What a training server is like before anybody touches it.

use serde::{Deserialize, Serialize};

use crate::Obstacle;

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
    /// In-house apps that `towerify deploy` put there.
    #[serde(default)]
    pub deployed: Vec<Shipped>,
    /// Services that are down.
    pub down: Vec<String>,
    /// How many Debian packages wait for an update.
    pub updates: usize,
    /// What the diagnosis complains about.
    pub complaints: Vec<Complaint>,
    /// Free disk, in percent of 160 GB.
    pub disk_free_percent: u64,
    /// Nobody answers on its port.
    pub dead: bool,
    /// How long every piece of data that it sends waits first, in milliseconds.
    pub slow_ms: u64,
    /// A machine with nothing on it yet: what is said above about YunoHost does not hold until it is installed.
    pub bare: Option<Bare>,
}

/// A machine before YunoHost. Its server's `main_domain` is the domain that is meant for it, `version` is the YunoHost
/// that an installation brings.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bare {
    /// The Debian release: 10, 11, 12 or 13.
    pub debian: u8,
    /// Who may log in: `root`, or a user that has sudo with its password.
    pub user: String,
    /// That user's password.
    pub password: String,
    /// What stands in the way.
    pub obstacles: Vec<Obstacle>,
}

impl Default for Bare {
    fn default() -> Self {
        Self {
            debian: 12,
            user: "root".to_owned(),
            password: "Debian-Neuf-2026".to_owned(),
            obstacles: Vec::new(),
        }
    }
}

impl Blueprint {
    /// A bare Debian 12 for a domain, that root may log in to by password; an installation brings YunoHost 12.1.25.
    pub fn bare(name: &str, domain: &str) -> Self {
        Self {
            name: name.to_owned(),
            main_domain: domain.to_owned(),
            version: "12.1.25".to_owned(),
            disk_free_percent: 92,
            bare: Some(Bare::default()),
            ..Self::default()
        }
    }

    /// With something in the way of making it a server.
    #[must_use]
    pub fn with(mut self, obstacle: Obstacle) -> Self {
        self.bare.get_or_insert_default().obstacles.push(obstacle);
        self
    }

    /// With another Debian.
    #[must_use]
    pub fn debian(mut self, release: u8) -> Self {
        self.bare.get_or_insert_default().debian = release;
        self
    }

    /// With another YunoHost: the one that is there, or that an installation brings.
    #[must_use]
    pub fn yunohost(mut self, version: &str) -> Self {
        version.clone_into(&mut self.version);
        self
    }

    /// Many servers without apps, `many-001` and so on, for what is done to many at once.
    pub fn many(how_many: usize) -> Vec<Self> {
        let server = |number| Self {
            name: format!("many-{number:03}"),
            main_domain: format!("many-{number:03}.example"),
            customer: "Tour & Cie".to_owned(),
            version: "12.1.25".to_owned(),
            registered: true,
            certificate_days: 60,
            disk_free_percent: 50,
            ..Self::default()
        };
        (1..=how_many).map(server).collect()
    }

    /// One that nobody answers on.
    #[must_use]
    pub fn dead(mut self) -> Self {
        self.dead = true;
        self
    }

    /// One that takes so many milliseconds for every piece of data it sends.
    #[must_use]
    pub fn slow(mut self, milliseconds: u64) -> Self {
        self.slow_ms = milliseconds;
        self
    }
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

/// An in-house app that was deployed from the command line, on the main domain.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shipped {
    /// Its id on the server: `hours_dev`.
    pub id: String,
    /// The name that people see.
    pub label: String,
    /// Its path.
    pub path: String,
    /// How many releases there were; the last one is live.
    pub releases: u32,
    /// Who deployed them.
    pub by: String,
    /// What the live one's commit says.
    pub message: String,
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
