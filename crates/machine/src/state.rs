//! What probes need: how the machine is now, in what we change.

use serde::{Deserialize, Serialize};

use crate::{Declaration, task::task};

/// `state`: how the machine is now.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct AskState {
    /// The accounts to look at (`root` is one).
    pub users: Vec<String>,
    /// The domains whose certificates to look at.
    pub domains: Vec<String>,
    /// Our address, for `sshd -T -C`; left out, that of the session is taken.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub peer: Option<String>,
}

task!(AskState, Declaration::read("state"), State);

/// How the machine is.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct State {
    /// What there is of YunoHost.
    pub yunohost: Yunohost,
    /// The accounts that were asked for, in that order.
    pub users: Vec<Account>,
    /// sshd's settings that hold for root from our address.
    pub sshd: Sshd,
    /// Our address as the machine sees it.
    pub peer: Option<String>,
    /// The addresses in our jail file (without the machine's own); none when it is not there.
    pub never_banned: Option<Vec<String>>,
    /// YunoHost's HTTP API.
    pub api: Unit,
    /// Whether security updates are installed unattended.
    pub unattended_upgrades: bool,
    /// The certificates of the domains that were asked for, in that order.
    pub certificates: Vec<CertificateLink>,
    /// Every port that is listened on.
    pub listeners: Vec<Listener>,
    /// What a failed installation left behind (rule 7).
    pub leftovers: Vec<String>,
    /// Whether Debian asks for a restart.
    pub reboot_needed: bool,
    /// What of ours is there, by path.
    pub traces: Vec<String>,
}

/// What there is of YunoHost.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Yunohost {
    /// The version of the installed package.
    pub installed: Option<String>,
    /// Whether its post-installation was made (`/etc/yunohost/installed`).
    pub postinstalled: bool,
    /// Its main domain.
    pub main_domain: Option<String>,
}

/// An account of the machine.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Account {
    /// Its name.
    pub name: String,
    /// Whether there is such an account.
    pub exists: bool,
    /// Its number.
    pub uid: Option<u32>,
    /// Its home folder.
    pub home: Option<String>,
    /// Its shell.
    pub shell: Option<String>,
    /// The groups it is in.
    pub groups: Vec<String>,
    /// The lines of its `authorized_keys` that are neither empty nor a comment.
    pub keys: Vec<String>,
    /// Whether `sudo -n true` works for it; none when it could not be tried.
    pub sudo_passwordless: Option<bool>,
    /// Where mail to this name goes, when it is an alias (`/etc/aliases`) and no account.
    pub alias_of: Option<String>,
}

/// What sshd lets in: the essentials of `sshd -T`, which is what holds, whatever files say (rule 16).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Sshd {
    /// The ports it listens on.
    pub ports: Vec<u16>,
    /// `yes`, `no`, `prohibit-password` (also written `without-password`), `forced-commands-only`; for root from our
    /// address.
    pub permit_root_login: String,
    /// Whether a key is taken.
    pub pubkey: bool,
    /// Whether a password is taken (by itself or through a dialogue).
    pub password: bool,
    /// `AllowUsers`; empty: everybody.
    pub allow_users: Vec<String>,
    /// `AllowGroups`; empty: everybody.
    pub allow_groups: Vec<String>,
    /// The conditions of `Match` blocks in its files.
    pub match_blocks: Vec<String>,
    /// Why it could not be asked.
    pub error: Option<String>,
}

/// A service of systemd.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Unit {
    /// Whether the machine has it.
    pub exists: bool,
    /// Whether it is started with the machine.
    pub enabled: bool,
    /// Whether it runs.
    pub active: bool,
}

/// Where a domain's certificate is.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct CertificateLink {
    /// The domain.
    pub domain: String,
    /// Where the symlink `/etc/yunohost/certs/DOMAIN` points; none when there is none.
    pub target: Option<String>,
    /// The leaf's SHA-256 fingerprint, in small hexadecimal.
    pub sha256: Option<String>,
}

/// A port that is listened on.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Listener {
    /// Its number.
    pub port: u16,
    /// `tcp` or `udp`.
    pub protocol: String,
    /// The address that is listened on (`0.0.0.0`, `::`, `127.0.0.1`).
    pub address: String,
    /// The program's name, where it can be known.
    pub process: Option<String>,
}

impl Listener {
    /// Whether only the machine itself can reach it.
    #[must_use]
    pub fn is_local(&self) -> bool {
        self.address == "::1" || self.address.starts_with("127.")
    }
}
