//! Who comes in, and by which way.

use secrecy::SecretString;
use towerify_domain::id::AccountId;
use towerify_vault::{AccountKeys, KeyFile};

use crate::{
    Result,
    error::{AppError, Code, FieldProblem},
};

/// Who wants to come in, with what.
pub struct Entry {
    /// The account: its name or its id. None: the one that was in last, or the only one.
    pub account: Option<String>,
    /// By which way.
    pub by: WayIn,
    /// The code of the second factor, or one of its recovery codes, once it was asked for.
    pub code: Option<SecretString>,
}

/// The ways in.
#[derive(Clone)]
pub enum WayIn {
    /// The account's password.
    Password(SecretString),
    /// What the keyring of this device keeps.
    Keyring,
    /// The account's recovery key, and the password that it will have from now on.
    Recovery {
        /// The key as typed.
        key: SecretString,
        /// The new password.
        password: SecretString,
    },
}

impl From<SecretString> for Entry {
    fn from(password: SecretString) -> Self {
        Self {
            account: None,
            by: WayIn::Password(password),
            code: None,
        }
    }
}

impl From<&str> for Entry {
    fn from(password: &str) -> Self {
        SecretString::from(password).into()
    }
}

impl WayIn {
    /// Its name in the journal.
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::Password(_) => "password",
            Self::Keyring => "keyring",
            Self::Recovery { .. } => "recovery",
        }
    }
}

/// The account that is meant: by its id or name, else the last one, else the only one.
///
/// # Errors
/// [`Code::InvalidFields`] for an account that is not there, or when it is not clear which is meant.
pub(super) fn account<'f>(
    file: &'f KeyFile,
    named: Option<&str>,
    last: Option<&str>,
) -> Result<&'f AccountKeys> {
    let called = |name: &str| {
        file.accounts.iter().find(|known| {
            known.name.to_lowercase() == name.to_lowercase()
                || name.parse::<AccountId>().ok().map(AccountId::uuid) == Some(known.id)
        })
    };
    if let Some(name) = named.map(str::trim).filter(|name| !name.is_empty()) {
        return called(name).ok_or_else(|| {
            AppError::invalid(vec![FieldProblem {
                field: "account".into(),
                words: towerify_domain::Words::new(
                    "This workspace has no account of this name.",
                    "Cet espace de travail n’a pas de compte de ce nom.",
                ),
            }])
        });
    }
    if let Some(last) = last.and_then(called) {
        return Ok(last);
    }
    match file.accounts.as_slice() {
        [] => Err(AppError::new(
            Code::WorkspaceDamaged,
            "The workspace's key file names no account.",
        )),
        [only] => Ok(only),
        _ => Err(AppError::invalid(vec![FieldProblem {
            field: "account".into(),
            words: towerify_domain::Words::new(
                "Say which account opens the workspace.",
                "Dites quel compte ouvre l’espace de travail.",
            ),
        }])),
    }
}
