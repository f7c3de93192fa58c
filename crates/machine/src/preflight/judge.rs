//! What the facts of a machine mean for what is wanted of it.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use towerify_domain::words::Words;

use super::{Facts, checks};
use crate::install::Distribution;

/// What a machine is wanted for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Wanted {
    /// The first administrator's account.
    pub admin: String,
    /// The branch that YunoHost is installed from.
    pub distribution: Distribution,
    /// The SSH port in the end.
    pub ssh_port: u16,
    /// A person says that there is another way into the machine (a console).
    pub second_way_in: bool,
    /// An isolated site: what is on the Internet is not asked for.
    pub isolated: bool,
}

/// What was looked at.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, specta::Type,
)]
#[serde(rename_all = "snake_case", rename = "PreflightCheck")]
pub enum Check {
    /// What there is of YunoHost already.
    Yunohost,
    /// The system and its release.
    Debian,
    /// The processor.
    Architecture,
    /// Root, or sudo.
    Privilege,
    /// Where programs are looked for.
    Path,
    /// systemd runs.
    Init,
    /// Not a container that shares too much.
    Container,
    /// The firewall can be asked.
    Nftables,
    /// Room on `/` and `/var`.
    Disk,
    /// Files that can still be made.
    Inodes,
    /// Memory and swap.
    Memory,
    /// The clock is right.
    Clock,
    /// apt, cloud-init or an unattended upgrade is at work.
    AptAtWork,
    /// No package is half installed.
    Packages,
    /// No package is held back.
    Holds,
    /// Packages come from this Debian release only.
    Sources,
    /// No package is pinned.
    Pins,
    /// The package sources answer.
    Update,
    /// No package that YunoHost conflicts with.
    Conflicts,
    /// Nobody listens where YunoHost will.
    Ports,
    /// What a failed try left behind.
    Leftovers,
    /// The hosts that are needed answer.
    Hosts,
    /// The ping of the installer's Internet test.
    Ping,
    /// How sshd lets in.
    Sshd,
    /// The first administrator's name is free.
    Admin,
    /// We do not lock ourselves out.
    WayIn,
    /// Debian asks for a restart.
    Reboot,
}

/// What a look at something means.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, specta::Type,
)]
#[serde(rename_all = "snake_case", rename = "PreflightVerdict")]
pub enum Verdict {
    /// All is well.
    Fine,
    /// Goes, and should be known.
    Warn,
    /// Does not go.
    Stop,
}

/// What was looked at, and what it means.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, specta::Type)]
#[serde(rename = "PreflightFinding")]
pub struct Finding {
    /// What was looked at.
    pub check: Check,
    /// What it means.
    pub verdict: Verdict,
    /// The same in words, with what can be done about it.
    pub words: Words,
}

/// Every check once, in the order of [`Check`]. What does not apply is left out: a machine that has YunoHost is adopted,
/// and not asked whether YunoHost could be installed. `now` is our clock.
#[must_use]
pub fn judge(facts: &Facts, wanted: &Wanted, now: DateTime<Utc>) -> Vec<Finding> {
    let bare = facts.yunohost.installed.is_none();
    let mut findings = vec![
        checks::yunohost(facts),
        checks::debian(facts, wanted),
        checks::architecture(facts),
        checks::privilege(facts),
        checks::path(facts),
        checks::init(facts),
        checks::container(facts),
    ];
    if bare {
        findings.push(checks::nftables(facts));
    }
    findings.extend([
        checks::disk(facts, bare),
        checks::inodes(facts),
        checks::memory(facts),
        checks::clock(facts, now),
        checks::apt_at_work(facts),
        checks::packages(facts),
        checks::holds(facts),
    ]);
    if bare {
        findings.extend([
            checks::sources(facts),
            checks::pins(facts),
            checks::update(facts),
            checks::conflicts(facts),
            checks::ports(facts),
            checks::leftovers(facts),
        ]);
        findings.push(checks::hosts(facts, wanted));
        findings.push(checks::ping(facts, wanted));
    }
    findings.push(checks::sshd(facts, wanted));
    if !facts.yunohost.postinstalled {
        findings.push(checks::admin(facts, wanted));
        findings.push(checks::way_in(facts, wanted));
    }
    findings.push(checks::reboot(facts));
    findings
}
