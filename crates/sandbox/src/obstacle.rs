//! What can be wrong with a bare machine before, or while, it is made into a server.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// One thing that stands in the way. Set on a [`crate::Blueprint`] or on a running [`crate::BareMachine`]; kept over
/// restarts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Obstacle {
    /// The domain's A record is another address, and so is the wildcard's.
    WrongDns,
    /// The domain has its record, names below it have none.
    NoWildcardDns,
    /// Nobody knows the domain.
    NoDns,
    /// Whoever logs in is not root and may not become root.
    NoSudo,
    /// Something listens on a port that YunoHost needs.
    PortInUse {
        /// The port: 80.
        port: u16,
        /// What listens there: `lighttpd`.
        process: String,
    },
    /// The disk has 5 GB.
    SmallDisk,
    /// The clock is wrong by so many seconds; negative when it is slow.
    ClockOff(i64),
    /// The next installation fails while it fetches YunoHost's key, and leaves an empty key file and a list that
    /// apt refuses: every further one fails too until both are removed. Happens once.
    InstallerFailsHalfway,
    /// Another program holds apt's lock. Counted from when the obstacle is set, or from when the machine's first
    /// task asks.
    AptLocked(Duration),
    /// ICMP does not come through: the installer's Internet test fails.
    PingBlocked,
    /// A package update waits for a reboot.
    RebootNeeded,
    /// The next post-installation dies in the middle: the machine is half post-installed for ever. Happens once.
    PostinstallCut,
    /// The disk fills up while packages are installed.
    FullDiskInInstall,
    /// A package that YunoHost conflicts with is installed: `apache2`, `bind9`, …
    ConflictingPackage(String),
    /// Packages are held back.
    HeldPackages,
    /// The machine is a container.
    Container,
    /// cloud-init is still at work, for so long from when the obstacle is set or the first task asks.
    CloudInitAtWork(Duration),
    /// Its sshd_config was edited by hand: ssh settings say success and change nothing.
    EditedSshdConfig,
    /// The machine can't reach any host of the Internet.
    Offline,
}
