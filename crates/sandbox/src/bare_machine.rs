//! One simulated machine with nothing on it but Debian, as whoever wants to make a server of it sees it.

use std::{net::Ipv4Addr, sync::Arc};

use serde_json::Value;

use crate::{Effect, Faults, HostIdentity, Obstacle, machine::Machine};

/// A running machine. It stays one of these when it has become a YunoHost server.
#[derive(Clone)]
pub struct BareMachine {
    /// Its name in the fleet.
    pub name: String,
    /// Where it listens: 127.0.0.1.
    pub address: Ipv4Addr,
    /// Its first SSH port: what the machine itself takes for port 22.
    pub ssh_port: u16,
    /// Where its HTTPS will be, once YunoHost is installed.
    pub api_port: u16,
    /// Who may log in before it is a server: `root`, or a user with sudo.
    pub user: String,
    /// That user's password.
    pub password: String,
    /// What SSH clients see; it stays when YunoHost is installed.
    pub host_key: HostIdentity,
    /// The domain that is meant for it, under `.example`; [`crate::Fleet::resolver`] answers for it.
    pub domain: String,
    /// Whose it is to become.
    pub customer: String,
    /// Its Debian release: 12.
    pub debian: u8,
    pub(crate) machine: Arc<Machine>,
}

impl BareMachine {
    /// What goes wrong with it as with any other server: cut lines, slowness, …
    pub fn faults(&self) -> &Faults {
        &self.machine.faults
    }

    /// Puts something in the way; one of the same kind is replaced.
    pub fn obstacle(&self, obstacle: Obstacle) {
        self.machine.put_obstacle(obstacle);
    }

    /// What stands in the way now.
    pub fn obstacles(&self) -> Vec<Obstacle> {
        self.machine.state().system.obstacles.clone()
    }

    /// Takes everything out of the way. What an obstacle has already left behind stays.
    pub fn clear_obstacles(&self) {
        self.machine.clear_obstacles();
    }

    /// Whether whoever connects counts as coming from a private range: only then may root log in once the machine
    /// is a server. False at first, as over the Internet.
    pub fn count_peers_as_private(&self, private: bool) {
        self.machine
            .change(|state| state.system.private_peers = private);
    }

    /// Every change that was really made on it, in the order of their names.
    pub fn effects(&self) -> Vec<Effect> {
        self.machine.effects()
    }

    /// What it has become, without times, secrets and names that are drawn: equal for two machines that were
    /// made into the same server.
    pub fn final_state(&self) -> Value {
        self.machine.final_state()
    }

    /// Where its sshd can be reached now: [`Self::ssh_port`] until it was moved; `None` when it has locked
    /// everybody out.
    pub fn ssh_port_now(&self) -> Option<u16> {
        self.machine.ssh_port_now()
    }

    /// Lets a public key, as OpenSSH writes it, log in as a user that the machine has.
    pub fn authorize(&self, user: &str, key: &str) {
        self.machine.change(|state| state.put_key(user, key));
    }

    /// A power cut and a start: connections end, what runs is lost, the boot id is another.
    pub fn reboot(&self) {
        self.machine.reboot();
    }
}

impl std::fmt::Debug for BareMachine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("BareMachine")
            .field("name", &self.name)
            .field("ssh_port", &self.ssh_port)
            .field("debian", &self.debian)
            .finish_non_exhaustive()
    }
}
