//! What we put on a machine beside YunoHost, taken away.

use serde::{Deserialize, Serialize};

use crate::{Declaration, task::task};

/// `remove_traces`: `/usr/local/lib/towerify`, `/etc/towerify`, our drop-ins, and the notes of finished runs. The
/// notes of this very run stay until it is forgotten; forgetting the last one removes the folder too.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RemoveTraces {}

task!(
    RemoveTraces,
    Declaration::write("remove_traces"),
    TracesRemoved
);

/// What was taken away.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct TracesRemoved {
    /// The paths that were removed.
    pub removed: Vec<String>,
    /// What is still there, and why.
    pub left: Vec<String>,
}
