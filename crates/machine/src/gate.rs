//! The gate of a restricted administrator: put on a machine, looked for, taken away.
//!
//! Left to others: what the gate decides (`driver::gate` has its files), what its policy allows (`yunohost::gate`).

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{Declaration, task::task};

/// `gates`: who has a gate on this machine, and which version of it lies there.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AskGates {}

task!(AskGates, Declaration::read("gates"), Gates);

/// The gates of a machine.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Gates {
    /// The version of the files that all gates share; none: they are not there.
    pub version: Option<String>,
    /// Each account with any trace of a gate.
    pub gates: Vec<GateThere>,
}

/// One account's gate.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct GateThere {
    /// The system account.
    pub account: String,
    /// The public key that opens it: type, key, comment. Empty when there is none.
    pub key: String,
    /// Whether the account and its one right of sudo are there.
    pub there: bool,
    /// The SHA-256 of its policy's file; none: it has no policy.
    pub policy: Option<String>,
}

/// `put_gate`: a gate for one account, or the same gate with newer files, another policy, another key. What lets in is
/// put last, so that a try that breaks off lets nobody in by half.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PutGate {
    /// The system account: `towerify-` and 4 to 22 letters and digits. Made where it is missing.
    pub account: String,
    /// The public key that opens it: type, key, comment; no options.
    pub key: String,
    /// What the account may do: a JSON object that names the same account.
    pub policy: Value,
    /// The gate's program.
    pub program: String,
    /// The driver's.
    pub driver: String,
    /// The version of both.
    pub version: String,
}

task!(PutGate, Declaration::write("put_gate"), GatePut);

/// What became of a gate.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct GatePut {
    /// The gate as it is there now.
    #[serde(flatten)]
    pub gate: GateThere,
    /// The version that lies there.
    pub version: String,
    /// Whether anything was changed now.
    pub changed: bool,
}

/// `remove_gate`: an account's gate taken away whole; with the last one go the files that all share. An account that has
/// none: nothing to do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RemoveGate {
    /// The system account.
    pub account: String,
}

task!(RemoveGate, Declaration::write("remove_gate"), GateRemoved);

/// What was taken away.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct GateRemoved {
    /// The paths, and the account.
    pub removed: Vec<String>,
    /// The accounts that still have a gate.
    pub left: Vec<String>,
}
