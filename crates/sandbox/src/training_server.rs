//! One simulated server, as whoever wants to reach it sees it.

use std::net::Ipv4Addr;

use std::sync::Arc;

use serde_json::Value;

use crate::{Effect, Faults, api::Portal, machine::Machine};

/// A running server. Everything needed to reach it is public; it is an invented one on loopback.
#[derive(Clone)]
pub struct TrainingServer {
    /// Its name in the fleet.
    pub name: String,
    /// Where it listens: 127.0.0.1.
    pub address: Ipv4Addr,
    /// Its SSH port.
    pub ssh_port: u16,
    /// Its HTTPS port; the API is at `https://ADDRESS:PORT/yunohost/api`, the portal's at `/yunohost/portalapi` there.
    pub api_port: u16,
    /// The administrator that may log in.
    pub user: String,
    /// The administrator's password, for SSH, for sudo and for the API; everybody's of a new server, for the portal.
    pub password: String,
    /// What SSH clients see.
    pub host_key: HostIdentity,
    /// SHA-256 of the HTTPS certificate (DER), in lower-case hexadecimal.
    pub certificate_sha256: String,
    /// Its main domain.
    pub main_domain: String,
    /// Whose it is.
    pub customer: String,
    /// How it is sorted.
    pub tags: Vec<String>,
    /// Its YunoHost.
    pub yunohost: String,
    /// False for the one that is left to be added by hand.
    pub registered: bool,
    pub(crate) faults: Faults,
    pub(crate) machine: Arc<Machine>,
    pub(crate) portal: Arc<Portal>,
}

impl TrainingServer {
    /// What goes wrong with it; set and cleared here.
    pub fn faults(&self) -> &Faults {
        &self.faults
    }

    /// Every change that was really made on it since it was born, in the order of their names.
    pub fn effects(&self) -> Vec<Effect> {
        self.machine.effects()
    }

    /// What it is, without times, secrets and names that are drawn.
    pub fn final_state(&self) -> Value {
        self.machine.final_state()
    }

    /// Whether whoever connects counts as coming from a private range: only then may root log in. True at first.
    pub fn count_peers_as_private(&self, private: bool) {
        self.machine
            .change(|state| state.system.private_peers = private);
    }

    /// Ends every session of the portal, as a cleaning of its session files does.
    pub fn end_portal_sessions(&self) {
        self.portal.end_sessions();
    }

    /// A power cut and a start: connections end, what runs is lost, the boot id is another.
    pub fn reboot(&self) {
        self.machine.reboot();
    }
}

impl std::fmt::Debug for TrainingServer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TrainingServer")
            .field("name", &self.name)
            .field("ssh_port", &self.ssh_port)
            .field("api_port", &self.api_port)
            .field("yunohost", &self.yunohost)
            .finish_non_exhaustive()
    }
}

/// A host key, as it is shown and pinned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HostIdentity {
    /// The public key as OpenSSH writes it: `ssh-ed25519 AAAA…`.
    pub openssh: String,
    /// `SHA256:…`.
    pub fingerprint: String,
}
