//! Making YunoHost come onto a bare machine: apt made ready, then the official installer (rules 1 to 11).

use serde::{Deserialize, Serialize};

use crate::{Declaration, task::task};

/// `prepare`: waits until cloud-init, apt's timers, unattended-upgrades and apt's locks have done (rule 8), then removes
/// what a failed try left behind (rule 7: `yunohost.list`, an empty key file). Without YunoHost only: with it installed
/// nothing is removed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Prepare {
    /// How long to wait for apt, in seconds; then the refusal is [`crate::refusal::APT_BUSY`].
    pub wait: u32,
}

impl Default for Prepare {
    fn default() -> Self {
        Self { wait: 1800 }
    }
}

task!(Prepare, Declaration::write("prepare"), Prepared);

/// What had to be made ready.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Prepared {
    /// What was waited for: `cloud-init`, `apt-daily.service`, `apt-daily-upgrade.service`, `unattended-upgrades`,
    /// `apt (pid 812, apt-get)`.
    pub waited_for: Vec<String>,
    /// How long, in milliseconds.
    pub waited_ms: u64,
    /// The leftovers that were removed.
    pub removed: Vec<String>,
}

/// `install_yunohost`: the official installer script, with `-a` (no questions). Its lines come as events, with a rough
/// percentage; before it, what [`Prepare`] does is done once more. An installed YunoHost is left as it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InstallYunohost {
    /// Where the script comes from.
    pub source: Source,
    /// What the script's SHA-256 must be, in small hexadecimal; left out, it is only told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sha256: Option<String>,
    /// The branch, as option `-d` takes it. Debian 13's script refuses `stable` (rule 9).
    #[serde(default)]
    pub distribution: Distribution,
    /// How long to wait for apt, in seconds.
    #[serde(default = "wait")]
    pub wait: u32,
    /// How long the script may take, in seconds: 10 to 40 minutes are usual.
    #[serde(default = "limit")]
    pub limit: u32,
}

fn wait() -> u32 {
    1800
}

fn limit() -> u32 {
    7200
}

impl InstallYunohost {
    /// The released YunoHost from a source, waiting as long as is usual.
    #[must_use]
    pub fn from(source: Source) -> Self {
        Self {
            source,
            sha256: None,
            distribution: Distribution::Stable,
            wait: wait(),
            limit: limit(),
        }
    }
}

task!(
    InstallYunohost,
    Declaration::write("install_yunohost"),
    Installed
);

/// Where the installer script comes from. As JSON: `{"address": "https://…"}`, `{"path": "/root/…"}`, `{"text": "…"}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// Fetched by the machine: this address, a `/`, and the Debian release's name (`bookworm`).
    Address(String),
    /// A file on the machine, brought there before.
    Path(String),
    /// The script itself, brought along (at most 256 KiB).
    Text(String),
}

/// The branch that packages come from.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Distribution {
    /// What is released.
    #[default]
    Stable,
    /// What is tried before it is.
    Testing,
    /// What is built from day to day.
    Unstable,
}

/// What was installed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Installed {
    /// True when YunoHost was there already and nothing was done.
    pub already: bool,
    /// The version of the package `yunohost` now.
    pub version: Option<String>,
    /// Where the script came from: the whole address, the path, or `brought along`.
    pub source: String,
    /// The script's SHA-256.
    pub sha256: String,
    /// The installer's own log on the machine.
    pub log: Option<String>,
    /// The leftovers of an earlier try that were removed.
    pub removed: Vec<String>,
    /// How long the script ran, in milliseconds.
    pub ms: u64,
}
