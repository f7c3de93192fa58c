//! Who may log in with a key: lines of `authorized_keys`, put and taken by the exact line (rule 23), and root's login.

use serde::{Deserialize, Serialize};

use crate::{Declaration, state::Sshd, task::task};

/// `put_key`: a line in an account's `~/.ssh/authorized_keys`, through a rename, owner and mode kept. What is there
/// already stays as it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PutKey {
    /// Whose account.
    pub user: String,
    /// The whole line: options, type, key, comment. No line break.
    pub line: String,
}

task!(PutKey, Declaration::write("put_key"), KeyChange);

/// `remove_key`: the same line taken away, wherever it stands; other lines are not touched.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RemoveKey {
    /// Whose account. An account that is not there has no keys: nothing to do.
    pub user: String,
    /// The whole line.
    pub line: String,
}

task!(RemoveKey, Declaration::write("remove_key"), KeyChange);

/// What became of a line of `authorized_keys`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct KeyChange {
    /// The file.
    pub path: String,
    /// Whether the file was there before.
    pub file_was_there: bool,
    /// Whether the line was there before.
    pub was_there: bool,
    /// Whether anything was changed now.
    pub changed: bool,
    /// How many keys the file has now (lines that are neither empty nor a comment).
    pub keys: u32,
}

/// `root_login`: takes our line from root's keys (`on: false`), or puts it back. Never edits `sshd_config`: YunoHost
/// writes that (rules 13, 16). Says by `sshd -T -C` what holds in truth.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RootLogin {
    /// Whether root may log in with our key.
    pub on: bool,
    /// Our whole line.
    pub line: String,
    /// Our address as the machine sees it, for `sshd -T -C`; left out, that of the session is taken.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub peer: Option<String>,
}

task!(RootLogin, Declaration::write("root_login"), RootLoginChange);

/// What became of root's login.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct RootLoginChange {
    /// Whether our line was there before.
    pub was_there: bool,
    /// Whether anything was changed now.
    pub changed: bool,
    /// How many keys root still has: other people's.
    pub other_keys: u32,
    /// What sshd allows root from our address. `permit_root_login` is `no` for most addresses after the
    /// post-installation; from private ranges it is not (rule 13).
    pub sshd: Sshd,
    /// Whether root can still log in from our address in some way: by a remaining key, or by password.
    pub possible: bool,
}
