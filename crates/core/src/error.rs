//! The one error that leaves the core: a code that somebody acts on, and a sentence.
//!
//! `Code` is closed and exported to TypeScript, where a table in both languages is exhaustive over it. A code is
//! added only when a face acts on it. Turning the errors of the other crates into codes happens here and nowhere else.

use serde::{Deserialize, Serialize};
use towerify_domain::{Words, id::RunId};

/// What went wrong, as far as anybody acts on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "snake_case")]
pub enum Code {
    /// No workspace is open: create or open one first.
    NoWorkspace,
    /// The workspace is locked: the password is asked.
    Locked,
    /// The password does not open the workspace.
    WrongPassword,
    /// The recovery key does not open the account.
    WrongRecoveryKey,
    /// The account has a second factor: its code is asked.
    SecondFactorNeeded,
    /// The code of the second factor is wrong, or was used already.
    WrongCode,
    /// The account was shut out, or is no longer in the workspace.
    AccountDisabled,
    /// The account can't be taken away; `params.reason` says why: `last`, `own`, `entries`…
    AccountNeeded,
    /// There is no keyring here, or it is locked: the password is asked.
    KeyringUnavailable,
    /// Too many wrong passwords: wait. `params.seconds` says how long.
    Throttled,
    /// Another program has this workspace open.
    WorkspaceInUse,
    /// There is no workspace in this folder.
    WorkspaceMissing,
    /// There is a workspace of this name already.
    WorkspaceExists,
    /// The workspace was written by a newer Towerify.
    WorkspaceNewer,
    /// The workspace's files are damaged, or were altered.
    WorkspaceDamaged,
    /// One or more answers can't be taken; see `fields`.
    InvalidFields,
    /// What was named does not exist, or is not yours to see.
    NotFound,
    /// This role may not do this.
    Denied,
    /// A server of this name is in the workspace already.
    ServerExists,
    /// The server's name has no address.
    NameNotFound,
    /// Nothing listens on that address and port.
    ConnectionRefused,
    /// No answer in time.
    TimedOut,
    /// The connection was cut.
    ConnectionCut,
    /// No host key is pinned yet: somebody must look at the fingerprint.
    HostKeyUnknown,
    /// The server offers another host key than the pinned one. Nothing was sent.
    HostKeyChanged,
    /// The server offers a revoked key. Nothing was sent.
    HostKeyRevoked,
    /// The server took none of the ways to log in.
    AuthenticationFailed,
    /// The private key can't be used as it is: a passphrase is missing or wrong, or its form is unknown.
    KeyUnusable,
    /// The account is not root and sudo refused.
    SudoRefused,
    /// There is no Python 3 on the server.
    NoPython,
    /// The server has no entry for this account, or does not open it.
    NoEntry,
    /// YunoHost is not installed there.
    NoYunohost,
    /// YunoHost is installed, its post-installation is not done.
    NotPostinstalled,
    /// The server answered something that makes no sense.
    Nonsense,
    /// Nobody has accepted this server's certificate yet: somebody must look at the fingerprint. Nothing was sent.
    CertificateUnknown,
    /// The server shows another certificate than the accepted one. Nothing was sent.
    CertificateChanged,
    /// Something answers there, and it is not the portal of a YunoHost server.
    NotAPortal,
    /// The portal did not take the name and the password, or not on this domain.
    LoginRefused,
    /// The session with the portal ended: the password is asked again.
    SessionEnded,
    /// YunoHost refused; `params.key` is its own word for it.
    Refused,
    /// The machine is not ready for this, or did not become what it should: the words say what to change.
    NotReady,
    /// Another operation holds YunoHost's lock.
    Busy,
    /// Less than 4 MiB are free on the server's disk.
    DiskFull,
    /// The work was cut and its outcome is not known.
    OutcomeUnknown,
    /// The disk of this computer, or a file on it, failed.
    LocalDisk,
    /// A fault in Towerify itself.
    Internal,
}

/// Whether doing it again may help.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, specta::Type)]
#[serde(rename_all = "snake_case")]
pub enum Retry {
    /// The same call gives the same answer.
    Never,
    /// It may pass by itself.
    Later,
    /// After a person changed something.
    AfterChange,
}

/// An answer that can't be taken. The answer itself is not kept: it may be a secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, specta::Type)]
pub struct FieldProblem {
    /// The field's name in the form; an app's own question: its id.
    pub field: String,
    /// What is allowed.
    pub words: Words,
}

/// The error that crosses to a face. It never carries a secret.
#[derive(Clone, Debug, Serialize, specta::Type, thiserror::Error)]
#[error("{message}")]
pub struct AppError {
    /// What a face acts on.
    pub code: Code,
    /// What happened, in English, for the command line and for the details of the window.
    pub message: String,
    /// What to do next, in English; the window has its own words by `code`.
    pub hint: Option<String>,
    /// Whether doing it again may help.
    pub retry: Retry,
    /// The run in which it happened.
    pub run: Option<RunId>,
    /// The answers that can't be taken, with [`Code::InvalidFields`].
    pub fields: Vec<FieldProblem>,
    /// Values that the words need: `server`, `key`, `fingerprint`, `seconds`…
    pub params: std::collections::BTreeMap<String, String>,
}

impl AppError {
    /// An error of this code with this sentence; the rest is empty and `retry` follows from the code.
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        let retry = match code {
            Code::TimedOut
            | Code::ConnectionCut
            | Code::ConnectionRefused
            | Code::Busy
            | Code::Throttled => Retry::Later,
            Code::NotFound | Code::Denied | Code::Internal => Retry::Never,
            _ => Retry::AfterChange,
        };
        Self {
            code,
            message: message.into(),
            hint: None,
            retry,
            run: None,
            fields: Vec::new(),
            params: Default::default(),
        }
    }

    /// The same with a value that the words need.
    pub fn with(mut self, name: &str, value: impl ToString) -> Self {
        self.params.insert(name.to_owned(), value.to_string());
        self
    }

    /// The same with what to do next.
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// The answers that can't be taken.
    pub fn invalid(fields: Vec<FieldProblem>) -> Self {
        let sentence = fields
            .iter()
            .map(|problem| format!("{}: {}", problem.field, problem.words.en))
            .collect::<Vec<_>>()
            .join(" ");
        Self {
            fields,
            ..Self::new(Code::InvalidFields, sentence)
        }
    }

    /// What does not exist and what is not one's own answer alike.
    pub fn not_found(what: &str) -> Self {
        Self::new(Code::NotFound, format!("There is no such {what}.")).with("what", what)
    }
}

/// Runs what takes long and is not async, away from the async threads.
pub(crate) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, AppError> + Send + 'static,
) -> Result<T, AppError> {
    tokio::task::spawn_blocking(work).await.unwrap_or_else(|_| {
        Err(AppError::new(
            Code::Internal,
            "A piece of work of Towerify ended without an answer.",
        ))
    })
}
