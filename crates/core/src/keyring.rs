//! The keyring of this device's system: Secret Service on Linux, Credential Manager on Windows, Keychain on macOS. It keeps
//! a random key that opens one account of one workspace, if that account asked for it.
//!
//! Where there is no keyring, or it is locked and stays so, that is said, and the password is asked; nothing is kept
//! anywhere else instead. Every call may wait for a person who is asked to unlock the keyring: not for an async thread.

use std::{collections::HashMap, sync::Arc};

use keyring_core::{Error, api::CredentialStoreApi};
use secrecy::{ExposeSecret, SecretString};
use uuid::Uuid;

use crate::{
    Result,
    error::{AppError, Code},
};

/// Under which name something is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyringName {
    /// What it is found by: the ids of the workspace and of the account, which no renaming changes.
    key: String,
    /// What a person reads in the keyring.
    label: String,
}

/// A keyring.
pub trait Keyring: Send + Sync {
    /// Keeps a secret, and reads it back: a keyring that is locked refuses only then.
    ///
    /// # Errors
    /// [`Code::KeyringUnavailable`].
    fn put(&self, name: &KeyringName, secret: &SecretString) -> Result<()>;

    /// What is kept; `None` when nothing is.
    ///
    /// # Errors
    /// [`Code::KeyringUnavailable`].
    fn get(&self, name: &KeyringName) -> Result<Option<SecretString>>;

    /// Forgets it; nothing happens when nothing is kept.
    ///
    /// # Errors
    /// [`Code::KeyringUnavailable`].
    fn remove(&self, name: &KeyringName) -> Result<()>;
}

/// The name for this account of this workspace, to be found by.
pub(crate) fn entry(workspace: Uuid, account: Uuid) -> KeyringName {
    KeyringName {
        key: format!("{workspace}/{account}"),
        label: String::from("Towerify"),
    }
}

impl KeyringName {
    /// What it is found by.
    pub fn key(&self) -> &str {
        &self.key
    }

    /// The same, to be read by a person: `Towerify · WORKSPACE · ACCOUNT`.
    pub(crate) fn called(self, workspace: &str, account: &str) -> Self {
        Self {
            label: format!("Towerify · {workspace} · {account}"),
            ..self
        }
    }
}

/// The keyring of the system that the program runs on.
pub struct SystemKeyring;

impl SystemKeyring {
    fn entry(name: &KeyringName) -> Result<keyring_core::Entry> {
        let store: Arc<dyn CredentialStoreApi + Send + Sync> = store().map_err(unavailable)?;
        let label = HashMap::from([("label", name.label.as_str())]);
        // Only Secret Service has labels.
        let modifiers = cfg!(target_os = "linux").then_some(&label);
        store
            .build("Towerify", &name.key, modifiers)
            .map_err(unavailable)
    }
}

impl Keyring for SystemKeyring {
    fn put(&self, name: &KeyringName, secret: &SecretString) -> Result<()> {
        let entry = Self::entry(name)?;
        entry
            .set_password(secret.expose_secret())
            .map_err(unavailable)?;
        let back = SecretString::from(entry.get_password().map_err(unavailable)?);
        if back.expose_secret() == secret.expose_secret() {
            Ok(())
        } else {
            Err(said("it gave back something else than it was given"))
        }
    }

    fn get(&self, name: &KeyringName) -> Result<Option<SecretString>> {
        match Self::entry(name)?.get_password() {
            Ok(kept) => Ok(Some(SecretString::from(kept))),
            Err(Error::NoEntry) => Ok(None),
            Err(error) => Err(unavailable(error)),
        }
    }

    fn remove(&self, name: &KeyringName) -> Result<()> {
        match Self::entry(name)?.delete_credential() {
            Ok(()) | Err(Error::NoEntry) => Ok(()),
            Err(error) => Err(unavailable(error)),
        }
    }
}

#[cfg(target_os = "linux")]
fn store() -> keyring_core::Result<Arc<dyn CredentialStoreApi + Send + Sync>> {
    Ok(zbus_secret_service_keyring_store::Store::new()?)
}

#[cfg(target_os = "macos")]
fn store() -> keyring_core::Result<Arc<dyn CredentialStoreApi + Send + Sync>> {
    Ok(apple_native_keyring_store::keychain::Store::new()?)
}

#[cfg(target_os = "windows")]
fn store() -> keyring_core::Result<Arc<dyn CredentialStoreApi + Send + Sync>> {
    Ok(windows_native_keyring_store::Store::new()?)
}

#[cfg(not(any(target_os = "linux", target_os = "macos", target_os = "windows")))]
fn store() -> keyring_core::Result<Arc<dyn CredentialStoreApi + Send + Sync>> {
    Err(Error::NotSupportedByStore(
        "no keyring is known on this system".into(),
    ))
}

/// What the keyring kept is in some of its errors: only their kind is told.
fn unavailable(error: Error) -> AppError {
    said(match error {
        Error::NoStorageAccess(_) => "it is locked, or refuses access",
        Error::PlatformFailure(_) | Error::NoDefaultStore => "there is none, or it does not answer",
        Error::Ambiguous(_) => "it keeps several things under this name",
        Error::NotSupportedByStore(_) => "this system has none that Towerify knows",
        _ => "what it keeps can't be read",
    })
}

fn said(why: &str) -> AppError {
    AppError::new(
        Code::KeyringUnavailable,
        format!("The keyring of this computer can't be used: {why}."),
    )
    .hint("Open the workspace with the password.")
}
