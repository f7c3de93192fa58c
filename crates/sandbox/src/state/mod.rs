//! What one simulated server is at this moment: everything that a restart must bring back.

pub(crate) mod bare;
mod born;
mod comparable;
pub(crate) mod operations;
mod services;
pub(crate) mod system;

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;

pub(crate) use operations::Operation;
pub(crate) use services::{Service, description as services_description};

use crate::blueprint::Complaint;
use system::System;

/// Groups that YunoHost makes itself and does not let go.
pub(crate) const OWN_GROUPS: [&str; 3] = ["admins", "all_users", "visitors"];

/// One server.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct State {
    pub(crate) name: String,
    pub(crate) version: String,
    pub(crate) main_domain: String,
    /// The first administrator; nobody before the post-installation.
    #[serde(default = "admin")]
    pub(crate) admin: String,
    /// The first administrator's password: for SSH, sudo and the API.
    pub(crate) password: String,
    /// Lines of the first administrator's `authorized_keys`.
    #[serde(default)]
    pub(crate) authorized_keys: Vec<String>,
    /// The machine beneath.
    #[serde(default)]
    pub(crate) system: System,
    pub(crate) users: BTreeMap<String, User>,
    pub(crate) groups: BTreeMap<String, Group>,
    /// In the order they were added.
    pub(crate) domains: Vec<Domain>,
    pub(crate) apps: BTreeMap<String, App>,
    /// `mail`, `sftp`, `ssh`: who may.
    pub(crate) system_permissions: BTreeMap<String, Vec<String>>,
    pub(crate) services: BTreeMap<String, Service>,
    pub(crate) complaints: Vec<Complaint>,
    pub(crate) diagnosed_at: DateTime<Utc>,
    /// Oldest first.
    pub(crate) operations: Vec<Operation>,
    /// Name, installed and available version.
    pub(crate) packages: Vec<(String, String, String)>,
    pub(crate) apt_updated: DateTime<Utc>,
    pub(crate) catalogue_updated: DateTime<Utc>,
    pub(crate) mem_kib: u64,
    pub(crate) mem_free_kib: u64,
    pub(crate) disk_kib: u64,
    pub(crate) disk_free_kib: u64,
}

/// The first administrator of servers that were born as such.
fn admin() -> String {
    "admin".to_owned()
}

/// Someone's account.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct User {
    pub(crate) fullname: String,
    pub(crate) mail: String,
    pub(crate) aliases: Vec<String>,
    pub(crate) forward: Vec<String>,
    /// `0` or `500M`.
    pub(crate) quota: String,
    pub(crate) shell: String,
}

/// A group; primary groups are not kept, they follow from the users.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Group {
    pub(crate) members: Vec<String>,
    pub(crate) aliases: Vec<String>,
}

/// A domain and its certificate.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Domain {
    pub(crate) name: String,
    pub(crate) self_signed: bool,
    /// Days left; they do not go down, so that an exercise stays the same.
    pub(crate) days: i64,
    /// Where the certificate's symlink points, when that was changed by hand: to a folder in `DOMAIN-history`.
    #[serde(default)]
    pub(crate) own_certificate: Option<String>,
    /// The fingerprint of a certificate that was brought along.
    #[serde(default)]
    pub(crate) certificate_sha256: Option<String>,
}

/// An installed app.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct App {
    /// The catalogue's id, without `__2`.
    pub(crate) id: String,
    pub(crate) label: String,
    pub(crate) version: String,
    pub(crate) domain: Option<String>,
    pub(crate) path: Option<String>,
    pub(crate) settings: BTreeMap<String, Value>,
    pub(crate) installed_at: DateTime<Utc>,
    pub(crate) updated_at: Option<DateTime<Utc>>,
    pub(crate) permissions: BTreeMap<String, Permission>,
}

/// One permission of an app.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Permission {
    /// Its own words; the app's label when empty.
    pub(crate) label: Option<String>,
    /// `/`, `/admin`, or none.
    pub(crate) url: Option<String>,
    pub(crate) show_tile: bool,
    pub(crate) auth_header: bool,
    pub(crate) protected: bool,
    pub(crate) allowed: Vec<String>,
}

impl State {
    /// Whether it speaks as 12.0 did.
    pub(crate) fn is_old(&self) -> bool {
        self.version.starts_with("12.0") || self.version.starts_with("11.")
    }

    /// Whether an update waits for a reboot.
    pub(crate) fn needs_reboot(&self) -> bool {
        self.packages.len() > 10 || self.system.has(&crate::Obstacle::RebootNeeded)
    }

    /// Whether Let's Encrypt would be asked for a certificate, and would find the server.
    pub(crate) fn can_be_certified(&self) -> bool {
        use crate::Obstacle::{NoDns, Offline, WrongDns};
        let stopped = [WrongDns, NoDns, Offline];
        self.system.diagnosed && !stopped.iter().any(|one| self.system.has(one))
    }

    /// Whether YunoHost's API answers behind nginx.
    pub(crate) fn api_runs(&self) -> bool {
        let service = self.services.get("yunohost-api");
        service.is_none_or(|service| service.status == "running")
    }

    /// The domain of this name.
    pub(crate) fn domain(&self, name: &str) -> Option<&Domain> {
        self.domains.iter().find(|domain| domain.name == name)
    }

    /// A group's members; every user is in `all_users`, and alone in the group of the own name.
    pub(crate) fn members(&self, group: &str) -> Vec<String> {
        if group == "all_users" {
            return self.users.keys().cloned().collect();
        }
        if let Some(known) = self.groups.get(group) {
            return known.members.clone();
        }
        self.users
            .contains_key(group)
            .then(|| group.to_owned())
            .into_iter()
            .collect()
    }

    /// Who is meant by groups and users together, sorted.
    pub(crate) fn people_of(&self, allowed: &[String]) -> Vec<String> {
        let mut people: Vec<String> = allowed
            .iter()
            .flat_map(|group| self.members(group))
            .collect();
        people.sort();
        people.dedup();
        people
    }

    /// Whether a group, or a user's own group, has this name.
    pub(crate) fn has_group(&self, name: &str) -> bool {
        self.groups.contains_key(name) || self.users.contains_key(name)
    }

    /// Where an app answers: `nuage.glycines.example/office`.
    pub(crate) fn address_of(app: &App) -> Option<String> {
        let (domain, path) = (app.domain.as_ref()?, app.path.as_ref()?);
        Some(format!("{domain}{}", path.trim_end_matches('/')))
    }
}
