//! Two switches of the machine: YunoHost's HTTP API (rule 20), and unattended upgrades (rule 22).

use serde::{Deserialize, Serialize};

use crate::{Declaration, state::Unit, task::task};

/// `api`: `systemctl enable --now` or `disable --now` of `yunohost-api`. It holds through regenerated configurations
/// and reinstallation; nginx then answers 502 there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Api {
    /// Whether it is to run.
    pub on: bool,
}

task!(Api, Declaration::write("api"), UnitChange);

/// What became of a service.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct UnitChange {
    /// How it was.
    pub before: Unit,
    /// How it is.
    pub after: Unit,
    /// Whether anything was changed now.
    pub changed: bool,
}

/// `unattended_upgrades`: whether Debian installs security updates by itself, by a drop-in of ours in
/// `/etc/apt/apt.conf.d` where the machine's own settings say otherwise.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnattendedUpgrades {
    /// Whether they are to be installed.
    pub on: bool,
}

task!(
    UnattendedUpgrades,
    Declaration::write("unattended_upgrades"),
    UnattendedChange
);

/// What became of unattended upgrades.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct UnattendedChange {
    /// Whether they were installed before.
    pub before: bool,
    /// Whether they are now.
    pub after: bool,
    /// Whether anything was changed now.
    pub changed: bool,
    /// Whether the package that does it is installed. Without it `after` is false.
    pub package: bool,
}
