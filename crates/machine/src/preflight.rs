//! Before the first write: the facts of a machine, and what they mean.
//!
//! [`Preflight`] asks, [`judge`] decides. Facts are only facts: which of them stand in the way depends on what is
//! wanted, and is said here, in words.

mod checks;
mod facts;
mod judge;

use serde::{Deserialize, Serialize};

use crate::{Declaration, task::task};

pub use facts::{
    Apt, Clock, Debian, Disk, Facts, HostAnswer, LockHolder, Package, Said, SourceLine,
};
pub use judge::{Check, Finding, Verdict, Wanted, judge};

/// `preflight`: the facts of a machine. With `update` it may take minutes: give the read a limit of 300 s.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Preflight {
    /// The hosts that the installation needs ([`hosts_needed`]).
    pub hosts: Vec<AskHost>,
    /// The accounts to look at: the first administrator.
    pub users: Vec<String>,
    /// Whether to ask the package sources (`apt-get update` with errors shown: a plain one exits 0 with unreachable
    /// hosts). It renews apt's lists, and changes nothing else.
    pub update: bool,
    /// Our address, for `sshd -T -C`; left out, that of the session is taken.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub peer: Option<String>,
}

task!(Preflight, Declaration::read("preflight"), Facts);

/// A host to try.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct AskHost {
    /// Its name.
    pub host: String,
    /// The TCP port that must answer; 0: only the name is asked.
    pub port: u16,
    /// Whether it is pinged too (ICMP).
    pub ping: bool,
}

/// The hosts that an installation needs (rule 10): YunoHost's, of which the installer pings the first, and the
/// installer's own.
#[must_use]
pub fn hosts_needed(installer: Option<&str>) -> Vec<AskHost> {
    let host = |host: &str, port: u16, ping: bool| AskHost {
        host: host.to_owned(),
        port,
        ping,
    };
    let mut hosts = vec![
        host("yunohost.org", 443, true),
        host("forge.yunohost.org", 443, false),
        host("deb.debian.org", 80, false),
    ];
    let script = installer.and_then(|address| address.split_once("://"));
    if let Some((scheme, rest)) = script {
        let authority = rest.split('/').next().unwrap_or_default();
        let (name, port) = match authority.rsplit_once(':') {
            Some((name, port)) => (name, port.parse().unwrap_or(443)),
            None => (authority, if scheme == "http" { 80 } else { 443 }),
        };
        if !name.is_empty() && !hosts.iter().any(|known| known.host == name) {
            hosts.push(host(name, port, false));
        }
    }
    hosts
}
