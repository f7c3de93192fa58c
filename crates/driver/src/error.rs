//! What can go wrong in a conversation, named by the operation that failed. No variant carries a secret: requests are
//! never quoted, only what a server said, and that within bounds.

use std::time::Duration;

use serde_json::Value;

use crate::frame::ResultOf;
use crate::{LostHow, Outcome};

/// YunoHost's own refusal of an action.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// YunoHost's name of the reason (`user_unknown`, `domain_exists`, `password_listed`); `failed` when it gave
    /// only a sentence; `[a-z0-9_]{1,64}`.
    pub key: String,
    /// The sentence, in the language that was asked for; at most 8 KiB.
    pub message: String,
    /// The name of YunoHost's operation log that tells the rest.
    pub operation: Option<String>,
    /// True when YunoHost found a fault in what was asked, before doing anything.
    pub validation: bool,
}

/// Why sudo did not let us through.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SudoError {
    /// The password was asked for a second time. The channel was closed at once: one failed try counts for fail2ban.
    #[error("sudo did not accept the password")]
    WrongPassword,
    /// sudo wants a password and none was given.
    #[error("sudo asks for a password, and none is kept for this server")]
    PasswordNeeded,
    /// The account may not use sudo.
    #[error("this account may not use sudo on the server")]
    NotASudoer,
    /// `requiretty` is set in the server's sudoers.
    #[error("sudo on this server wants a terminal (requiretty)")]
    NeedsTerminal,
    /// There is no sudo on the server.
    #[error("there is no sudo on the server")]
    Missing,
}

/// Why the driver said goodbye by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ByeReason {
    /// YunoHost's code changed under it (an upgrade): it must be started again.
    Upgraded,
    /// It heard nothing for 15 minutes.
    Idle,
    /// A reason that this program does not know.
    Other,
}

/// How what came was not the protocol.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ProtocolFault {
    /// A line beyond the limit.
    #[error("a line was longer than allowed")]
    LineTooLong,
    /// A reply beyond the limit.
    #[error("a reply was larger than allowed")]
    ReplyTooLarge,
    /// Not JSON (NaN and Infinity are not).
    #[error("a line was not JSON")]
    NotJson,
    /// Bytes that are not UTF-8.
    #[error("a line was not UTF-8")]
    NotUtf8,
    /// Nested deeper than any real reply.
    #[error("a reply was nested too deeply")]
    TooDeep,
    /// An object that has a name twice: which one is meant cannot be known.
    #[error("an object had the same name twice")]
    DuplicateName,
    /// JSON, but not an event of the protocol.
    #[error("a line was not an event of the protocol")]
    NotAnEvent,
    /// Some parts of a large reply are missing.
    #[error("parts of a reply were missing")]
    PartsMissing,
    /// The driver speaks another version of the protocol.
    #[error("the driver speaks another version of the protocol")]
    Version,
}

/// Everything that can go wrong in a conversation.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DriverError {
    /// Root could not be reached through sudo.
    #[error("becoming root failed: {0}")]
    Sudo(#[from] SudoError),
    /// The server has no `python3`.
    #[error("the server has no python3")]
    NoPython,
    /// The login is not root, and sudo was not asked for.
    #[error("the driver needs root")]
    NotRoot,
    /// The gate on the server did not let us in, or is not in order; its log there says why.
    #[error("the gate on the server did not open ({key})")]
    GateShut {
        /// `gate_refused` or `gate_broken`.
        key: String,
    },
    /// The gate refused this request: it is not among what this account may do on this server.
    #[error("{0}")]
    GateRefused(String),
    /// The command ended, or said something else, before the driver was ready. `said` is the end of its standard
    /// error, at most 2 KiB.
    #[error("the driver did not start: {said}")]
    NotStarted {
        /// The end of what it said on standard error.
        said: String,
        /// Its exit status, if one came.
        exit: Option<u32>,
    },
    /// YunoHost is not installed on the server.
    #[error("YunoHost is not installed on this server")]
    NoYunohost,
    /// YunoHost is installed, and its first configuration was not made.
    #[error("YunoHost is not configured yet on this server (post-installation)")]
    NotPostInstalled,
    /// YunoHost refused the action.
    #[error("YunoHost refused: {} ({})", .0.message, .0.key)]
    Refused(Refusal),
    /// YunoHost's parser did not understand the action: its words.
    #[error("YunoHost does not know this action so: {0}")]
    Usage(String),
    /// The action was asked as a read and is not one.
    #[error("this action is not a read")]
    NotARead,
    /// The run's spool folder could not be made; `spool_full` has its own variant.
    #[error("the server could not keep a note of the run: {0}")]
    Spool(String),
    /// Less than 4 MiB free: a write is not begun.
    #[error("the server's disk is full: nothing was begun")]
    DiskFull,
    /// No run of this key is known to the server.
    #[error("the server knows no run {0}")]
    RunUnknown(String),
    /// The run still goes on and can't be forgotten.
    #[error("the run {0} still goes on")]
    RunRunning(String),
    /// A run key must be 8 to 64 letters, digits, `-` and `_`, and begin with a letter or digit.
    #[error("not a run key: 8 to 64 letters, digits, - and _")]
    RunKey,
    /// A request that is larger than the driver takes.
    #[error("the request has {bytes} bytes, the driver takes {limit}")]
    RequestTooLong {
        /// The request's size.
        bytes: usize,
        /// What the driver takes.
        limit: usize,
    },
    /// The driver itself refused or failed (`bad_request`, `internal`, `too_big`, `read_died`): its key and words.
    #[error("the driver failed: {message} ({key})")]
    Internal {
        /// Its key.
        key: String,
        /// Its words.
        message: String,
    },
    /// No answer within the time allowed.
    #[error("no answer to {what} within {after:?}")]
    Timeout {
        /// What was asked.
        what: &'static str,
        /// The time allowed.
        after: Duration,
    },
    /// The connection ended, or fell silent, before the answer came. A run goes on without us: follow it again.
    #[error("the connection was cut{}", .said.as_deref().map(|s| format!(": {s}")).unwrap_or_default())]
    Cut {
        /// The end of the driver's standard error, if it said something; at most 2 KiB.
        said: Option<String>,
    },
    /// The driver said goodbye before the answer. A read may be asked again.
    #[error("the driver ended ({0:?})")]
    Bye(ByeReason),
    /// What came was not the protocol: the conversation is over.
    #[error("the server's answer was not understood: {0}")]
    Protocol(ProtocolFault),
    /// The answer was JSON, and not what the action answers.
    #[error("the reply was not understood: {0}")]
    Reply(String),
    /// The listener of a run's events was too slow; follow again from event `after`.
    #[error("events came faster than they were taken")]
    Lagging {
        /// The last event that was given.
        after: u64,
    },
    /// The conversation was closed by us.
    #[error("the conversation is closed")]
    Closed,
    /// No channel could be had on the connection.
    #[error(transparent)]
    Ssh(#[from] towerify_ssh::SshError),
}

impl DriverError {
    /// True when asking the same read once more, in a new conversation, is right.
    pub fn may_ask_again(&self) -> bool {
        matches!(self, Self::Bye(_) | Self::Cut { .. })
    }

    /// YunoHost's key, when YunoHost refused.
    pub fn key(&self) -> Option<&str> {
        match self {
            Self::Refused(refusal) => Some(&refusal.key),
            _ => None,
        }
    }
}

/// The error behind a result that is not a success; `run` is the run's key, where there is one.
pub(crate) fn from_result(result: ResultOf, run: &str) -> DriverError {
    let ResultOf {
        key,
        message,
        operation,
        validation,
        ..
    } = result;
    match key.as_str() {
        "no_yunohost" => DriverError::NoYunohost,
        "yunohost_not_installed" => DriverError::NotPostInstalled,
        "usage" | "help" => DriverError::Usage(message),
        "gate_refused" => DriverError::GateRefused(message),
        "not_a_read" => DriverError::NotARead,
        "read_timeout" => DriverError::Timeout {
            what: "a read",
            after: Duration::ZERO,
        },
        "run_unknown" => DriverError::RunUnknown(run.to_owned()),
        "run_running" => DriverError::RunRunning(run.to_owned()),
        "spool_full" => DriverError::DiskFull,
        "spool" => DriverError::Spool(message),
        "bad_request" | "too_big" | "too_long" | "internal" | "read_died" | "exit" | "not_json" => {
            DriverError::Internal { key, message }
        }
        _ => DriverError::Refused(Refusal {
            key: refusal_key(key),
            message,
            operation,
            validation,
        }),
    }
}

/// How a run ended, or why it can't be told: refusals that are the driver's own, from before the run began, are
/// errors of the request; everything that a begun run says is an outcome.
pub(crate) fn outcome(result: ResultOf, run: &str) -> Result<Outcome, DriverError> {
    match (result.ok, result.key.as_str()) {
        (Some(true), _) => Ok(Outcome::Done {
            result: result.result,
            operations: names(result.operations),
            ms: result.ms,
        }),
        (None, how) => Ok(Outcome::Lost {
            how: match how {
                "lost_by_reboot" => LostHow::ByReboot,
                "unstarted" => LostHow::Unstarted,
                _ => LostHow::ByKill,
            },
            operations: result
                .operations
                .into_iter()
                .filter_map(|one| serde_json::from_value(one).ok())
                .collect(),
        }),
        (
            Some(false),
            "no_yunohost" | "run_unknown" | "run_running" | "spool_full" | "spool" | "too_long"
            | "gate_refused",
        ) => Err(from_result(result, run)),
        // Without a number it never was in the run's events: the request itself was refused.
        (Some(false), "bad_request" | "internal") if !result.numbered => {
            Err(from_result(result, run))
        }
        (Some(false), _) => Ok(Outcome::Refused {
            refusal: Refusal {
                key: refusal_key(result.key),
                message: result.message,
                operation: result.operation,
                validation: result.validation,
            },
            operations: names(result.operations),
            signal: result.signal,
            cause: result.cause,
        }),
    }
}

fn names(operations: Vec<Value>) -> Vec<String> {
    operations
        .into_iter()
        .filter_map(|name| name.as_str().map(str::to_owned))
        .collect()
}

/// `[A-Za-z0-9_]{1,64}`, else `failed`: a failed install carries its whole text in place of a key. (Upper case:
/// YunoHost has `certmanager_attempt_to_renew_nonLE_cert`.)
fn refusal_key(key: String) -> String {
    let is_key = (1..=64).contains(&key.len())
        && key.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    if is_key { key } else { "failed".to_owned() }
}
