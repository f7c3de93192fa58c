//! What a run tells while it goes on, how it ended, and who holds YunoHost's lock.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// How much a line of YunoHost's log matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// Progress.
    Info,
    /// Something was achieved.
    Success,
    /// Something is not as it should be.
    Warning,
    /// Something failed. A hook's error arrives in an action that stays successful: show it.
    Error,
}

impl Level {
    /// Python's name of a level; what is unknown matters as information.
    pub(crate) fn from_word(word: &str) -> Self {
        match word {
            "success" => Self::Success,
            "warning" => Self::Warning,
            "error" | "critical" => Self::Error,
            _ => Self::Info,
        }
    }
}

/// Who holds YunoHost's lock. Holds no argument values: words up to the first option.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Default)]
#[serde(default)]
pub struct LockHolder {
    /// False when only a dead process's lock file is left.
    pub held: bool,
    /// True when the process in the lock file does not exist any more.
    pub stale: bool,
    /// Its process.
    pub pid: Option<u32>,
    /// Since when, in seconds since 1970 on the server's clock.
    pub since: Option<f64>,
    /// The run of ours that holds it.
    pub run: Option<String>,
    /// The program's name (`yunohost`, `yunohost-api`, `towerify`).
    pub program: Option<String>,
    /// The action's words.
    pub words: Option<Vec<String>>,
    /// The name of its open operation log.
    pub operation: Option<String>,
}

/// What YunoHost itself noted of an operation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Operation {
    /// The operation's name, as `log show` takes it.
    pub name: String,
    /// Whether it succeeded; `None` is YunoHost's own "?".
    #[serde(deserialize_with = "known", default)]
    pub success: Option<bool>,
    /// Whether its end was written.
    #[serde(default)]
    pub ended: bool,
    /// The operation that it was a part of.
    #[serde(default, deserialize_with = "named")]
    pub parent: Option<String>,
}

fn known<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Option<bool>, D::Error> {
    Ok(Value::deserialize(from)?.as_bool())
}

/// YAML's `null` arrives as the text "null".
fn named<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Option<String>, D::Error> {
    Ok(Value::deserialize(from)?
        .as_str()
        .filter(|name| !name.is_empty() && *name != "null")
        .map(str::to_owned))
}

/// Something that a run tells. `n` numbers what was kept on the server: after a cut, follow from the last one seen.
#[derive(Debug, Clone, PartialEq)]
pub enum RunEvent {
    /// The server has begun; from here on it goes on without us.
    Started {
        /// The run's process.
        pid: Option<u32>,
        /// True when it is in a systemd scope of its own; false where only setsid protects it.
        scope: bool,
    },
    /// A line of YunoHost's log.
    Log {
        /// Its number.
        n: u64,
        /// The server's clock.
        at: Option<DateTime<Utc>>,
        /// How much it matters.
        level: Level,
        /// The text, at most 8 KiB.
        message: String,
        /// The text's full length in characters, when it was cut.
        cut: Option<u64>,
    },
    /// Text that the action printed beside its log (the post-install note, between `==========`).
    Output {
        /// Its number.
        n: u64,
        /// The server's clock.
        at: Option<DateTime<Utc>>,
        /// The text, at most 64 KiB.
        text: String,
    },
    /// Another operation holds YunoHost's lock; told at once and when the holder changes.
    Waiting {
        /// Its number.
        n: u64,
        /// The server's clock.
        at: Option<DateTime<Utc>>,
        /// Who holds it.
        holder: LockHolder,
    },
    /// The run's process got a signal (`SIGTERM`); YunoHost undoes what it can.
    Signal {
        /// Its number.
        n: u64,
        /// The server's clock.
        at: Option<DateTime<Utc>>,
        /// The signal's name.
        signal: String,
    },
    /// The end; nothing follows.
    Ended(Outcome),
}

impl RunEvent {
    /// The number to follow from after a cut, if the event has one.
    pub fn number(&self) -> Option<u64> {
        match self {
            Self::Log { n, .. }
            | Self::Output { n, .. }
            | Self::Waiting { n, .. }
            | Self::Signal { n, .. } => Some(*n),
            Self::Started { .. } | Self::Ended(_) => None,
        }
    }
}

/// How a run ended.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    /// YunoHost did it.
    Done {
        /// Its reply, often null.
        result: Value,
        /// The operation logs that were written meanwhile.
        operations: Vec<String>,
        /// How long it took, without waiting for the lock, in milliseconds.
        ms: f64,
    },
    /// YunoHost refused or failed. For key `interrupted` see `signal`; `instance_already_running` is a lock that
    /// was not had in time: nothing was begun.
    Refused {
        /// The reason.
        refusal: crate::Refusal,
        /// The operation logs that were written meanwhile.
        operations: Vec<String>,
        /// The signal that interrupted it.
        signal: Option<String>,
        /// YunoHost's own key, where a signal took its place.
        cause: Option<String>,
    },
    /// The process ended without a word. What it did is unknown: look at YunoHost's operations, then at the real
    /// state. Never to be tried again by itself.
    Lost {
        /// What became of it.
        how: LostHow,
        /// What YunoHost noted since the run began.
        operations: Vec<Operation>,
    },
}

/// How a run was lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LostHow {
    /// The server was restarted meanwhile.
    ByReboot,
    /// The process was killed.
    ByKill,
    /// The spool folder was made and the process never began: nothing happened.
    Unstarted,
}

/// Where a run of the server's spool stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RunState {
    /// It goes on.
    Running,
    /// Its outcome is written.
    Done,
    /// Lost by a restart of the server.
    LostByReboot,
    /// Lost by a kill.
    LostKilled,
    /// Never begun.
    Unstarted,
    /// A state that this program does not know.
    #[serde(other)]
    Unknown,
}

/// A run in the server's spool.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RunRecord {
    /// Where it stands.
    pub state: RunState,
    /// The action's words, never values.
    #[serde(default)]
    pub argv: Vec<String>,
    /// Its process.
    #[serde(default)]
    pub pid: Option<u32>,
    /// When it began, in seconds since 1970 on the server's clock.
    #[serde(default)]
    pub at: Option<f64>,
    /// Whether it has a systemd scope of its own.
    #[serde(default)]
    pub scope: bool,
}
