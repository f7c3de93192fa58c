//! What can go wrong with keys, in the words of the operation that failed. Nothing here carries a secret, nor
//! says more about a wrong password than that it was wrong.

use std::path::PathBuf;

use chrono::{DateTime, TimeDelta, Utc};

/// Creating, reading, writing or opening a key file.
#[derive(Debug, thiserror::Error)]
pub enum VaultError {
    /// The password (or the account) is not the right one. The failure is counted in the file's throttle.
    #[error("wrong password")]
    WrongPassword {
        /// How long the next attempt is refused.
        wait: TimeDelta,
    },
    /// Too many failures: the password was not even tried.
    #[error("too many wrong passwords: try again later")]
    Throttled {
        /// When an attempt is taken again.
        until: DateTime<Utc>,
    },
    /// The account was shut out by an administrator: nothing was tried.
    #[error("the account is disabled")]
    Disabled,
    /// What the file says was not written by an account of the workspace.
    #[error("the key file was changed by something other than Towerify")]
    Altered,
    /// The file is not one of ours, is cut short, or some bits of it have changed.
    #[error("the key file is damaged: {reason}")]
    Damaged {
        /// What was found, without any content of the file.
        reason: &'static str,
    },
    /// The file was written by a later version of the program.
    #[error("the key file has format {found}, and this program knows up to {known}")]
    Newer {
        /// The format written in the file.
        found: u32,
        /// The last format that this program knows.
        known: u32,
    },
    /// The file was written by a version that was never released, and has another shape.
    #[error("the key file has format {found}, of a trial version")]
    Older {
        /// The format written in the file.
        found: u32,
    },
    /// The password's derivation is weaker than this program accepts (see [`crate::Cost::FLOOR`]).
    #[error("the key file asks for a weaker password derivation than is allowed")]
    TooWeak,
    /// An empty password protects nothing.
    #[error("the password is empty")]
    EmptyPassword,
    /// The account already has keys in this file.
    #[error("the account already has keys in this workspace")]
    AccountExists,
    /// The file has no such account.
    #[error("the account has no keys in this workspace")]
    NoSuchAccount,
    /// The account that acts was not granted the key that it would grant or use.
    #[error("the key was not granted to this account")]
    NotHeld,
    /// There is a key of this name already.
    #[error("there is a key of this name already")]
    KeyExists,
    /// The account's public key was not put there by an administrator: nothing is granted to it.
    #[error("the account's public key was not made by an administrator")]
    Forged,
    /// The password is the way in that is always there.
    #[error("the password can't be taken away")]
    LastWayIn,
    /// Argon2 could not run (not enough memory, for instance).
    #[error("the password could not be derived into a key")]
    Derive,
    /// The operating system gave no random numbers.
    #[error("the operating system gave no random numbers")]
    Random,
    /// The file could not be read.
    #[error("reading {path}: {source}")]
    Read {
        /// Which file.
        path: PathBuf,
        /// The system's answer.
        source: std::io::Error,
    },
    /// The file could not be written; what was there before is unchanged.
    #[error("writing {path}: {source}")]
    Write {
        /// Which file.
        path: PathBuf,
        /// The system's answer.
        source: std::io::Error,
    },
}

/// Sealing or opening a value of the database.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    /// Shorter than any sealed value can be.
    #[error("the sealed value is cut short")]
    Truncated,
    /// Sealed by a later version of the program.
    #[error("the sealed value has version {found}, and this program knows only 1")]
    Newer {
        /// The version byte found.
        found: u8,
    },
    /// Changed bits, another row's value, another purpose or another workspace's key: it can't be told which.
    #[error("the sealed value was changed, or belongs elsewhere")]
    Damaged,
    /// What was sealed is not text, and text was asked for.
    #[error("the sealed value is not text")]
    NotText,
    /// The operating system gave no random numbers.
    #[error("the operating system gave no random numbers")]
    Random,
    /// The account that is open does not hold the key.
    #[error("the key was not granted to this account")]
    NotHeld,
}
