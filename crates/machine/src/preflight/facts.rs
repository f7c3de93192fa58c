//! What a machine says of itself before anything is done to it.

use serde::{Deserialize, Serialize};

use crate::state::{Account, Listener, Sshd, Yunohost};

/// The facts of a machine. What could not be found out is none or empty.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Facts {
    /// Which system.
    pub debian: Debian,
    /// The machine's own name.
    pub hostname: String,
    /// Whether the tasks run as root.
    pub root: bool,
    /// The folders that programs are looked for in.
    pub path: Vec<String>,
    /// The name of process 1 (`systemd`).
    pub init: String,
    /// What kind of container this is (`docker`, `lxc`, `podman`, `systemd-nspawn`); none on a machine, real or virtual.
    pub container: Option<String>,
    /// `nft list ruleset`.
    pub nft: Said,
    /// `/` and `/var`.
    pub disks: Vec<Disk>,
    /// Memory, in KiB.
    pub memory_kib: u64,
    /// Swap, in KiB.
    pub swap_kib: u64,
    /// The clock.
    pub clock: Clock,
    /// Packages and their sources.
    pub apt: Apt,
    /// What is at work on its own: `cloud-init`, `apt-daily.service`, `apt-daily-upgrade.service`,
    /// `unattended-upgrades`. It is waited for.
    pub at_work: Vec<String>,
    /// Installed packages that YunoHost conflicts with (rule 11).
    pub conflicts: Vec<Package>,
    /// Installed packages that YunoHost refuses when they are newer than this Debian's own (rule 11): `openssl`,
    /// `slapd`, `dovecot-core`, `nginx-extras`.
    pub versions: Vec<Package>,
    /// Every port that is listened on.
    pub listeners: Vec<Listener>,
    /// What there is of YunoHost.
    pub yunohost: Yunohost,
    /// What a failed installation left behind (rule 7).
    pub leftovers: Vec<String>,
    /// The hosts that were asked for, in that order.
    pub hosts: Vec<HostAnswer>,
    /// sshd's settings that hold for root from our address.
    pub sshd: Sshd,
    /// Our address as the machine sees it.
    pub peer: Option<String>,
    /// The address of the machine's own that we reached.
    pub reached: Option<String>,
    /// The machine's addresses, without loopback and link-local ones.
    pub addresses: Vec<String>,
    /// The accounts that were asked for, in that order.
    pub users: Vec<Account>,
    /// Whether Debian asks for a restart.
    pub reboot_needed: bool,
}

/// Which system this is.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Debian {
    /// `ID` of /etc/os-release: `debian`.
    pub id: String,
    /// `VERSION_ID` of /etc/os-release: `12`.
    pub version: String,
    /// /etc/debian_version: `12.15`.
    pub point: String,
    /// `VERSION_CODENAME` of /etc/os-release: `bookworm`.
    pub codename: String,
    /// dpkg's name of the architecture: `amd64`.
    pub arch: String,
    /// The kernel's release.
    pub kernel: String,
}

/// A question to a program of the machine.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Said {
    /// Whether all is well; none when it could not be asked.
    pub ok: Option<bool>,
    /// What it said, when it is not well (at most 2 KiB).
    pub text: String,
}

impl Said {
    /// All is well.
    #[must_use]
    pub fn well() -> Self {
        Self {
            ok: Some(true),
            text: String::new(),
        }
    }

    /// All is not well.
    #[must_use]
    pub fn unwell(text: &str) -> Self {
        Self {
            ok: Some(false),
            text: text.to_owned(),
        }
    }
}

/// Room on a file system.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Disk {
    /// `/` or `/var`.
    pub path: String,
    /// Which file system: the same number for both when they are one.
    pub device: u64,
    /// Size in KiB.
    pub total_kib: u64,
    /// Free in KiB.
    pub free_kib: u64,
    /// How many files it can hold; 0 where there is no limit.
    pub inodes: u64,
    /// How many more it can hold.
    pub inodes_free: u64,
}

/// The machine's clock.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Clock {
    /// In milliseconds since 1970.
    pub epoch_ms: i64,
    /// Whether it is set by the network (`timedatectl`).
    pub synchronized: Option<bool>,
}

/// Packages and their sources.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Apt {
    /// Who holds one of apt's locks.
    pub lock: Option<LockHolder>,
    /// `dpkg --audit`.
    pub audit: Said,
    /// `apt-get check`.
    pub check: Said,
    /// `apt-get update` with errors shown, when it was asked for.
    pub update: Said,
    /// Packages that are held back.
    pub holds: Vec<String>,
    /// The sources, one a suite.
    pub sources: Vec<SourceLine>,
    /// Files that pin packages.
    pub pins: Vec<String>,
}

/// A process that holds a lock.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct LockHolder {
    /// Its number.
    pub pid: u32,
    /// Its program.
    pub program: String,
}

/// A source of packages.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct SourceLine {
    /// The file it stands in.
    pub file: String,
    /// Where packages come from.
    pub uri: String,
    /// The suite (`bookworm`, `bookworm-security`, `bookworm-backports`).
    pub suite: String,
}

/// An installed package.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Package {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
}

/// What became of trying a host.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct HostAnswer {
    /// Its name.
    pub host: String,
    /// The port that was tried; 0: none.
    pub port: u16,
    /// Its addresses; empty: its name is not known.
    pub addresses: Vec<String>,
    /// Whether the port answered.
    pub answers: Option<bool>,
    /// Whether it answered a ping.
    pub ping: Option<bool>,
}

impl Facts {
    /// A freshly installed Debian with nothing in the way: `12` is bookworm, `13` trixie. For simulators and tests,
    /// which change from here what they want to show.
    #[must_use]
    pub fn bare(version: &str) -> Self {
        let (codename, point) = match version {
            "10" => ("buster", "10.13"),
            "11" => ("bullseye", "11.11"),
            "13" => ("trixie", "13.2"),
            _ => ("bookworm", "12.15"),
        };
        let source = |uri: &str, suite: &str| SourceLine {
            file: "/etc/apt/sources.list".into(),
            uri: uri.into(),
            suite: format!("{codename}{suite}"),
        };
        let disk = |path: &str| Disk {
            path: path.into(),
            device: 65_025,
            total_kib: 40 << 20,
            free_kib: 37 << 20,
            inodes: 2_600_000,
            inodes_free: 2_550_000,
        };
        Self {
            debian: Debian {
                id: "debian".into(),
                version: version.into(),
                point: point.into(),
                codename: codename.into(),
                arch: "amd64".into(),
                kernel: "6.1.0-41-amd64".into(),
            },
            hostname: "debian".into(),
            root: true,
            path: [
                "/usr/local/sbin",
                "/usr/local/bin",
                "/usr/sbin",
                "/usr/bin",
                "/sbin",
                "/bin",
            ]
            .map(String::from)
            .to_vec(),
            init: "systemd".into(),
            nft: Said::well(),
            disks: vec![disk("/"), disk("/var")],
            memory_kib: 4 << 20,
            swap_kib: 1 << 20,
            clock: Clock {
                epoch_ms: 0,
                synchronized: Some(true),
            },
            apt: Apt {
                audit: Said::well(),
                check: Said::well(),
                sources: vec![
                    source("http://deb.debian.org/debian", ""),
                    source("http://deb.debian.org/debian", "-updates"),
                    source("http://security.debian.org/debian-security", "-security"),
                ],
                ..Apt::default()
            },
            listeners: vec![Listener {
                port: 22,
                protocol: "tcp".into(),
                address: "0.0.0.0".into(),
                process: Some("sshd".into()),
            }],
            sshd: Sshd {
                ports: vec![22],
                permit_root_login: "prohibit-password".into(),
                pubkey: true,
                password: true,
                ..Sshd::default()
            },
            peer: Some("192.168.1.20".into()),
            ..Self::default()
        }
    }
}
