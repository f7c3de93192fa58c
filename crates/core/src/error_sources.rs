//! The errors of the other crates, as the codes that faces act on.

use towerify_domain::{Denied, Words, server::Reason, text};
use towerify_driver::DriverError;
use towerify_ssh::{HostKeyRefusal, SshError};
use towerify_store::StoreError;
use towerify_vault::{SealError, VaultError};

use crate::error::{AppError, Code, FieldProblem};

/// The most characters of a server's own words in an error.
const SAID: usize = 2_000;

impl From<Denied> for AppError {
    fn from(denied: Denied) -> Self {
        let who: Vec<String> = denied
            .who_may()
            .into_iter()
            .map(|role| role.words().en)
            .collect();
        AppError::new(
            Code::Denied,
            format!("This is done by: {}.", who.join(", ")),
        )
        .with("privilege", denied.privilege.name())
        .with("who", who.join(", "))
    }
}

impl From<towerify_domain::FieldProblem> for FieldProblem {
    fn from(problem: towerify_domain::FieldProblem) -> Self {
        Self {
            field: problem.field.into_owned(),
            words: problem.rule.words(),
        }
    }
}

impl From<VaultError> for AppError {
    fn from(error: VaultError) -> Self {
        let message = sentence(&error.to_string());
        match error {
            VaultError::WrongPassword { wait } => AppError::new(
                Code::WrongPassword,
                "Wrong password. The workspace stays locked.",
            )
            .with("seconds", wait.num_seconds().max(0)),
            VaultError::Throttled { until } => {
                let seconds = (until - crate::clock::now()).num_seconds().max(1);
                AppError::new(
                    Code::Throttled,
                    format!("Too many wrong passwords. Try again in {seconds} s."),
                )
                .with("seconds", seconds)
            }
            VaultError::Disabled => AppError::new(Code::AccountDisabled, message)
                .hint("An administrator can enable it again."),
            VaultError::EmptyPassword => AppError::invalid(vec![FieldProblem {
                field: "password".into(),
                words: Words::new("A password is needed.", "Un mot de passe est nécessaire."),
            }]),
            VaultError::Damaged { .. }
            | VaultError::TooWeak
            | VaultError::Forged
            | VaultError::Altered => AppError::new(Code::WorkspaceDamaged, message),
            VaultError::Older { .. } => AppError::new(Code::WorkspaceDamaged, message).hint(
                "It was made by a trial version, and can't be opened. Create a workspace anew.",
            ),
            VaultError::NotHeld => AppError::new(Code::Denied, message),
            VaultError::NoSuchAccount => AppError::not_found("account"),
            VaultError::Newer { .. } => AppError::new(Code::WorkspaceNewer, message),
            VaultError::Read { .. } | VaultError::Write { .. } => {
                AppError::new(Code::LocalDisk, message)
            }
            VaultError::AccountExists
            | VaultError::KeyExists
            | VaultError::LastWayIn
            | VaultError::Derive
            | VaultError::Random => AppError::new(Code::Internal, message),
        }
    }
}

impl From<SealError> for AppError {
    fn from(error: SealError) -> Self {
        let code = match error {
            SealError::NotHeld => Code::Denied,
            _ => Code::WorkspaceDamaged,
        };
        AppError::new(code, sentence(&error.to_string()))
    }
}

impl From<StoreError> for AppError {
    fn from(error: StoreError) -> Self {
        let message = sentence(&error.to_string());
        let code = match &error {
            StoreError::WrongKey { .. }
            | StoreError::Foreign { .. }
            | StoreError::Corrupt { .. } => Code::WorkspaceDamaged,
            StoreError::Newer { .. } => Code::WorkspaceNewer,
            StoreError::Missing { .. } => Code::WorkspaceMissing,
            StoreError::Exists { .. } => Code::WorkspaceExists,
            StoreError::File { .. } => Code::LocalDisk,
            StoreError::NotFound { .. } => Code::NotFound,
            StoreError::Migrate { .. }
            | StoreError::Duplicate { .. }
            | StoreError::Reference { .. }
            | StoreError::Database { .. } => Code::Internal,
        };
        AppError::new(code, message)
    }
}

impl From<SshError> for AppError {
    fn from(error: SshError) -> Self {
        of_ssh(&error)
    }
}

impl From<DriverError> for AppError {
    fn from(error: DriverError) -> Self {
        of_driver(&error)
    }
}

/// An error of reaching a machine.
fn of_ssh(error: &SshError) -> AppError {
    let message = sentence(&text::line(&error.to_string(), SAID));
    match error {
        SshError::NameNotFound { endpoint } => {
            AppError::new(Code::NameNotFound, message).with("address", endpoint)
        }
        SshError::Refused { endpoint } | SshError::Unreachable { endpoint, .. } => {
            AppError::new(Code::ConnectionRefused, message).with("address", endpoint)
        }
        SshError::Jump { endpoint, via, .. } => AppError::new(Code::ConnectionRefused, message)
            .with("address", endpoint)
            .with("via", via),
        SshError::TimedOut {
            endpoint,
            stage,
            after,
        } => AppError::new(Code::TimedOut, message)
            .with("address", endpoint)
            .with("stage", stage)
            .with("seconds", after.as_secs()),
        SshError::CommandTimedOut { endpoint, after } => AppError::new(Code::TimedOut, message)
            .with("address", endpoint)
            .with("seconds", after.as_secs()),
        SshError::HostKey {
            endpoint,
            offered,
            refusal,
        } => {
            let code = match refusal {
                HostKeyRefusal::Unknown => Code::HostKeyUnknown,
                HostKeyRefusal::Changed { .. } | HostKeyRefusal::CertificateAuthority => {
                    Code::HostKeyChanged
                }
                HostKeyRefusal::Revoked => Code::HostKeyRevoked,
            };
            AppError::new(code, format!("{message} Nothing was sent."))
                .with("address", endpoint)
                .with("fingerprint", offered.fingerprint())
                .with("algorithm", offered.algorithm())
        }
        SshError::Authentication {
            endpoint,
            user,
            offered,
            ..
        } => AppError::new(Code::AuthenticationFailed, message)
            .with("address", endpoint)
            .with("user", user)
            .with("offered", text::line(&offered.join(", "), 200)),
        SshError::Cut { endpoint, .. } => {
            AppError::new(Code::ConnectionCut, message).with("address", endpoint)
        }
        SshError::Key(_) => AppError::new(Code::KeyUnusable, message),
        SshError::LocalFile { .. } | SshError::Forward { .. } => {
            AppError::new(Code::LocalDisk, message)
        }
        SshError::Handshake { endpoint, .. } => {
            AppError::new(Code::Nonsense, message).with("address", endpoint)
        }
        SshError::Channel { .. }
        | SshError::TooMuchOutput { .. }
        | SshError::Sftp { .. }
        | SshError::Checksum { .. } => AppError::new(Code::Nonsense, message),
    }
}

/// An error of a conversation.
pub(crate) fn of_driver(error: &DriverError) -> AppError {
    let message = sentence(&text::line(&error.to_string(), SAID));
    match error {
        DriverError::Ssh(error) => of_ssh(error),
        DriverError::Sudo(_) | DriverError::NotRoot => AppError::new(Code::SudoRefused, message),
        DriverError::GateRefused(_) => AppError::new(Code::Denied, message),
        DriverError::GateShut { .. } => AppError::new(
            Code::NoEntry,
            "This server does not open its entry for you.",
        )
        .hint("Ask your provider: the server’s log says why (journalctl -t towerify-gate)."),
        DriverError::NoPython => AppError::new(Code::NoPython, message),
        DriverError::NoYunohost => AppError::new(Code::NoYunohost, message),
        DriverError::NotPostInstalled => AppError::new(Code::NotPostinstalled, message),
        DriverError::Refused(refusal) if refusal.key == "instance_already_running" => {
            AppError::new(Code::Busy, sentence(&text::line(&refusal.message, SAID)))
                .with("key", &refusal.key)
        }
        DriverError::Refused(refusal) => {
            let said = text::line(&refusal.message, SAID);
            let mut refused = AppError::new(Code::Refused, sentence(&said))
                .with("key", &refusal.key)
                .with("said", said);
            if let Some(operation) = &refusal.operation {
                refused = refused.with("operation", text::line(operation, 200));
            }
            refused
        }
        DriverError::DiskFull => AppError::new(Code::DiskFull, message),
        DriverError::Timeout { after, .. } => {
            AppError::new(Code::TimedOut, message).with("seconds", after.as_secs())
        }
        DriverError::Cut { .. } | DriverError::Bye(_) | DriverError::Closed => {
            AppError::new(Code::ConnectionCut, message)
        }
        DriverError::RunUnknown(_) => AppError::new(Code::OutcomeUnknown, message),
        DriverError::Protocol(_) | DriverError::Reply(_) | DriverError::NotStarted { .. } => {
            AppError::new(Code::Nonsense, message)
        }
        _ => AppError::new(Code::Internal, message),
    }
}

impl AppError {
    /// The reason that this error is for a server's state; none where the server is not to blame.
    pub(crate) fn reason(&self) -> Option<Reason> {
        Some(match self.code {
            Code::HostKeyChanged => Reason::HostKeyChanged,
            Code::HostKeyRevoked => Reason::HostKeyRevoked,
            Code::HostKeyUnknown => Reason::HostKeyUnknown,
            Code::NameNotFound => Reason::NameNotFound,
            Code::ConnectionRefused if self.params.contains_key("via") => Reason::JumpFailed,
            Code::ConnectionRefused => Reason::ConnectionRefused,
            Code::TimedOut => Reason::NoAnswer,
            Code::ConnectionCut => Reason::ConnectionCut,
            Code::AuthenticationFailed | Code::KeyUnusable => Reason::LoginRefused,
            Code::SudoRefused => Reason::SudoRefused,
            Code::NoPython => Reason::NoPython,
            Code::NoYunohost => Reason::NoYunohost,
            Code::NotPostinstalled => Reason::NotConfigured,
            Code::Nonsense => Reason::Nonsense,
            Code::DiskFull => Reason::DiskFull,
            _ => return None,
        })
    }
}

/// A sentence: a capital first, a full stop last.
fn sentence(text: &str) -> String {
    let text = text.trim();
    let mut letters = text.chars();
    let mut sentence: String = letters
        .next()
        .into_iter()
        .flat_map(char::to_uppercase)
        .chain(letters)
        .collect();
    if !sentence.ends_with(['.', '!', '?', '…']) {
        sentence.push('.');
    }
    sentence
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_becomes_a_sentence() {
        for (text, expected) in [
            ("no answer", "No answer."),
            ("É", "É."),
            (" Done! ", "Done!"),
            ("", "."),
        ] {
            assert_eq!(sentence(text), expected);
        }
    }

    #[test]
    fn a_refusal_keeps_yunohosts_own_key() {
        let refusal = towerify_driver::Refusal {
            key: "user_unknown".into(),
            message: "Unknown user: ruth".into(),
            operation: None,
            validation: true,
        };
        let error = AppError::from(DriverError::Refused(refusal));
        assert_eq!(error.code, Code::Refused);
        assert_eq!(
            error.params.get("key").map(String::as_str),
            Some("user_unknown")
        );
        assert_eq!(error.message, "Unknown user: ruth.");
    }
}
