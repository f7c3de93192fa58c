//! Addresses that fail2ban never bans, in a drop-in file of ours (rule 18: it survives YunoHost's regeneration of
//! configurations, and is seen in every jail).

use serde::{Deserialize, Serialize};

use crate::{Declaration, task::task};

/// Our file.
pub const JAIL: &str = "/etc/fail2ban/jail.d/towerify.local";

/// `never_ban`: these addresses, and the machine's own, are never banned. An empty list removes the file.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct NeverBan {
    /// IPv4 or IPv6 addresses, with or without a prefix length.
    pub addresses: Vec<String>,
}

task!(NeverBan, Declaration::write("never_ban"), BanChange);

/// `allow_again`: back to what [`BanChange::before`] said.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AllowAgain {
    /// The former addresses; none: the file is removed.
    pub former: Option<Vec<String>>,
}

task!(AllowAgain, Declaration::write("allow_again"), BanChange);

/// What became of the list.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct BanChange {
    /// The addresses before (without the machine's own); none when our file was not there.
    pub before: Option<Vec<String>>,
    /// The addresses now.
    pub after: Option<Vec<String>>,
    /// Whether anything was changed now.
    pub changed: bool,
    /// Whether fail2ban runs and has read it. False where it is not installed yet.
    pub reloaded: bool,
}
