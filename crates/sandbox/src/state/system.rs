//! The Debian machine beneath YunoHost: who may log in to it, its doors, and what provisioning changes on it.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::{Obstacle, effects::Effects, gate::Gate};

/// How far a machine is from being a server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize)]
pub(crate) enum Stage {
    /// Debian and nothing else.
    Bare,
    /// An installation ended midway.
    Broken,
    /// YunoHost's packages are there.
    Installed,
    /// A post-installation ended midway; it can't be resumed.
    HalfPostinstalled,
    /// It serves.
    #[default]
    Serving,
}

/// Whether, and how, someone becomes root.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(crate) enum Sudo {
    /// Is root.
    Root,
    /// Without being asked.
    Free,
    /// With the own password.
    Asks,
    /// Not at all.
    #[default]
    Never,
}

/// How one user of the machine gets in.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Login {
    /// None for who has no password, or one that the training fleet was never told.
    pub(crate) password: Option<String>,
    /// Lines of `authorized_keys`.
    pub(crate) keys: Vec<String>,
    /// For users that are not YunoHost's.
    pub(crate) sudo: Sudo,
}

/// One port of YunoHost's firewall.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Port {
    pub(crate) open: bool,
    pub(crate) upnp: bool,
    pub(crate) comment: String,
}

/// YunoHost's firewall: ports (or ranges, `9000-9010`) by protocol.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Firewall {
    pub(crate) tcp: BTreeMap<String, Port>,
    pub(crate) udp: BTreeMap<String, Port>,
}

/// A backup archive.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Archive {
    pub(crate) name: String,
    pub(crate) at: DateTime<Utc>,
    pub(crate) description: String,
    pub(crate) size: u64,
    /// Instance, version and label.
    pub(crate) apps: Vec<(String, String, String)>,
    pub(crate) system: Vec<String>,
}

/// The machine.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct System {
    pub(crate) debian: u8,
    pub(crate) stage: Stage,
    /// Whoever may have a shell: root, local users, and YunoHost's users with a password that is known here.
    pub(crate) logins: BTreeMap<String, Login>,
    /// What YunoHost's users log in to the portal with; the first administrator's stands elsewhere.
    pub(crate) passwords: BTreeMap<String, String>,
    /// Whether connections count as from a private range.
    pub(crate) private_peers: bool,
    /// As the machine sees it: 22 is the first port that the fleet gave it.
    pub(crate) ssh_port: u16,
    /// Global settings that are not as they were born.
    pub(crate) settings: BTreeMap<String, String>,
    pub(crate) firewall: Firewall,
    /// The addresses of `/etc/fail2ban/jail.d/towerify.local`.
    pub(crate) never_banned: Option<Vec<String>>,
    pub(crate) unattended_upgrades: bool,
    /// Whether a diagnosis was ever made.
    pub(crate) diagnosed: bool,
    /// Oldest first.
    pub(crate) backups: Vec<Archive>,
    pub(crate) obstacles: Vec<Obstacle>,
    /// Until when apt's lock is held.
    pub(crate) apt_locked_until: Option<DateTime<Utc>>,
    /// Until when cloud-init is at work.
    pub(crate) cloud_init_until: Option<DateTime<Utc>>,
    /// An empty key file of YunoHost's repository is left.
    pub(crate) empty_key: bool,
    /// `yunohost.list` is left by an installation that failed.
    pub(crate) broken_list: bool,
    /// What `disconnect` would remove: traces of ours under `/var/lib/towerify`, `/etc/towerify` and so on.
    pub(crate) traces: Vec<String>,
    /// The gates of restricted administrators, by their accounts.
    pub(crate) gates: BTreeMap<String, Gate>,
    /// The version of their files.
    pub(crate) gate_version: Option<String>,
    pub(crate) effects: Effects,
}

impl Default for System {
    fn default() -> Self {
        Self {
            debian: 12,
            stage: Stage::Serving,
            logins: BTreeMap::new(),
            passwords: BTreeMap::new(),
            gates: BTreeMap::new(),
            gate_version: None,
            private_peers: true,
            ssh_port: 22,
            settings: BTreeMap::new(),
            firewall: Firewall::default(),
            never_banned: None,
            unattended_upgrades: true,
            diagnosed: true,
            backups: Vec::new(),
            obstacles: Vec::new(),
            apt_locked_until: None,
            cloud_init_until: None,
            empty_key: false,
            broken_list: false,
            traces: Vec::new(),
            effects: Effects::default(),
        }
    }
}

impl Firewall {
    /// As YunoHost makes it.
    pub(crate) fn new(is_old: bool) -> Self {
        let port = |number: &str, upnp, comment: &str| {
            let port = Port {
                open: true,
                upnp,
                comment: comment.to_owned(),
            };
            (number.to_owned(), port)
        };
        let mut tcp = vec![
            port("22", true, "Default SSH port"),
            port("25", true, "SMTP email server (postfix)"),
            port("80", true, "HTTP server (nginx)"),
            port("443", true, "HTTPS server (nginx)"),
            port("587", true, "SMTP MSA email server (postfix)"),
            port("993", true, "IMAP email server (dovecot)"),
        ];
        let mut udp = vec![
            port("53", false, "DNS server (dnsmasq)"),
            port("5353", false, "mDNS (yunomdns)"),
        ];
        if is_old {
            tcp.extend([
                port("53", false, ""),
                port("5222", true, ""),
                port("5269", true, ""),
            ]);
        } else {
            udp.extend([
                port("1900", false, "UPnP services"),
                port("55354", false, "YunoHost UPnP firewall configurator"),
            ]);
        }
        Self {
            tcp: tcp.into_iter().collect(),
            udp: udp.into_iter().collect(),
        }
    }

    /// Whether a TCP port is open, by itself or in a range.
    pub(crate) fn lets_in(&self, wanted: u16) -> bool {
        self.tcp.iter().any(|(port, rule)| {
            let (first, last) = port.split_once('-').unwrap_or((port, port));
            let within = first.parse().is_ok_and(|first: u16| first <= wanted)
                && last.parse().is_ok_and(|last: u16| wanted <= last);
            rule.open && within
        })
    }
}

impl System {
    /// Whether something stands in the way.
    pub(crate) fn has(&self, obstacle: &Obstacle) -> bool {
        self.obstacles.contains(obstacle)
    }

    /// Puts something in the way, in place of one of its kind. `now` is when what passes by itself begins.
    pub(crate) fn put_obstacle(&mut self, obstacle: Obstacle, now: DateTime<Utc>) {
        let kind = std::mem::discriminant(&obstacle);
        self.obstacles
            .retain(|known| std::mem::discriminant(known) != kind);
        let until = |time: &std::time::Duration| {
            chrono::TimeDelta::from_std(*time).map_or(now, |time| now + time)
        };
        match &obstacle {
            Obstacle::AptLocked(time) => self.apt_locked_until = Some(until(time)),
            Obstacle::CloudInitAtWork(time) => self.cloud_init_until = Some(until(time)),
            _ => {}
        }
        self.obstacles.push(obstacle);
    }

    /// Takes an obstacle away that has struck, and says whether it was there.
    pub(crate) fn strikes(&mut self, obstacle: &Obstacle) -> bool {
        let before = self.obstacles.len();
        self.obstacles.retain(|known| known != obstacle);
        self.obstacles.len() < before
    }

    /// Where sshd can be reached, as the machine counts ports; `None` where the firewall is shut to it.
    pub(crate) fn ssh_door(&self) -> Option<u16> {
        let is_shut = self.stage == Stage::Serving && !self.firewall.lets_in(self.ssh_port);
        (!is_shut).then_some(self.ssh_port)
    }

    /// How far the machine's clock is from the real one.
    pub(crate) fn clock_off(&self) -> chrono::TimeDelta {
        let seconds = self.obstacles.iter().find_map(|obstacle| match obstacle {
            Obstacle::ClockOff(seconds) => Some(*seconds),
            _ => None,
        });
        chrono::TimeDelta::seconds(seconds.unwrap_or(0))
    }

    /// What a boot puts right by itself.
    pub(crate) fn rebooted(&mut self) {
        self.obstacles
            .retain(|obstacle| *obstacle != Obstacle::RebootNeeded);
        self.apt_locked_until = None;
    }

    /// Takes away what listens, or is installed, under these names.
    pub(crate) fn free(&mut self, names: &[&str]) {
        self.obstacles.retain(|obstacle| match obstacle {
            Obstacle::PortInUse { process: name, .. } | Obstacle::ConflictingPackage(name) => {
                !names.contains(&name.as_str())
            }
            _ => true,
        });
    }

    /// A user's login, made when there is none.
    pub(crate) fn login_mut(&mut self, user: &str) -> &mut Login {
        self.logins.entry(user.to_owned()).or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_is_open_by_itself_or_within_a_range() {
        let mut firewall = Firewall::new(false);
        assert!(firewall.lets_in(22) && !firewall.lets_in(9_005));
        let range = Port {
            open: true,
            upnp: false,
            comment: String::new(),
        };
        firewall.tcp.insert("9000-9010".to_owned(), range);
        assert!(firewall.lets_in(9_005) && !firewall.lets_in(9_011));
    }
}
