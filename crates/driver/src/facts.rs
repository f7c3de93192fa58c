//! What the driver says about the machine in its first event, with or without YunoHost.

use serde::{Deserialize, Serialize};

/// The machine, as the driver found it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Facts {
    /// Version of the wire protocol.
    pub protocol: u32,
    /// Version of the Python that runs the driver (`3.11.2`).
    pub python: String,
    /// `VERSION_ID` of /etc/os-release (`12`).
    pub debian: String,
    /// `ID` of /etc/os-release (`debian`).
    pub os: String,
    /// `VERSION_CODENAME` of /etc/os-release.
    pub codename: Option<String>,
    /// `x86_64`, `aarch64`, `armv7l`, …
    pub arch: String,
    /// The kernel's release.
    pub kernel: String,
    /// The machine's own name.
    pub host: String,
    /// The version of the installed package `yunohost`, from dpkg.
    pub yunohost: Option<String>,
    /// True once YunoHost's post-installation was made.
    pub postinstalled: bool,
    /// YunoHost's main domain.
    pub main_domain: Option<String>,
    /// Whether systemd runs the machine.
    pub systemd: bool,
    /// Changes with each boot.
    pub boot_id: String,
    /// Start of process 1, in clock ticks since boot: changes when a container restarts.
    pub pid1_start: Option<u64>,
    /// The user that the driver runs as; 0.
    pub uid: u32,
    /// Memory in KiB.
    pub mem_kib: u64,
    /// Memory that can be had without swapping, in KiB.
    pub mem_free_kib: u64,
    /// Size of the root file system, in KiB; 0 when the driver did not say.
    pub disk_kib: u64,
    /// Free on the root file system, in KiB.
    pub disk_free_kib: u64,
    /// The server's clock, in seconds since 1970.
    pub clock: f64,
    /// The system's time zone (`Europe/Paris`).
    pub timezone: Option<String>,
    /// The system's language (`fr_FR.UTF-8`), from /etc/default/locale.
    pub locale: Option<String>,
    /// True when Debian asks for a reboot.
    pub reboot_required: bool,
    /// Why YunoHost's modules could not be loaded, in Python's words.
    pub yunohost_error: Option<String>,
    /// What the driver takes and gives.
    pub limits: Limits,
    /// The gate that the conversation goes through, where it goes through one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gate: Option<Gate>,
}

/// A gate on a server, as it says of itself.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Gate {
    /// The version of its files there; [`crate::gate::version`] is that of ours.
    pub version: String,
    /// The system account that came in.
    pub account: String,
}

/// What the driver takes and gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Limits {
    /// The longest request line, in bytes.
    pub line: usize,
    /// Results beyond this many characters come in parts.
    pub part: usize,
    /// How many reads it does at once.
    pub readers: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            line: 1 << 20,
            part: 1 << 18,
            readers: 4,
        }
    }
}
