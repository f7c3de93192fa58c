//! The keys of the account that is open, and the file they came from. Everything that changes `keys.json` while a
//! workspace is open goes through here, one change at a time.

use std::{
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
};

use secrecy::SecretString;
use serde_json::json;
use towerify_store::Store;
use towerify_vault::{
    KeyFile, Keys, Sealer, Signer, Throttle, VaultError, WayRefused, change_file, unlock_file,
};

use crate::{
    Result,
    clock::now,
    error::{AppError, Code, blocking},
};

/// The setting of the workspace that remembers the last generation of `keys.json`.
const GENERATION: &str = "keys.generation";

/// What the account that is open holds. Emptied when the workspace is locked.
pub(crate) struct HeldKeys {
    path: PathBuf,
    keys: Mutex<Option<Keys>>,
    turn: tokio::sync::Mutex<()>,
}

impl HeldKeys {
    pub(super) fn new(path: PathBuf, keys: Keys) -> Self {
        Self {
            path,
            keys: Mutex::new(Some(keys)),
            turn: tokio::sync::Mutex::new(()),
        }
    }

    /// The file.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// A copy, while the workspace is open.
    ///
    /// # Errors
    /// [`Code::Locked`].
    pub(crate) fn now(&self) -> Result<Keys> {
        self.keys
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
            .ok_or_else(|| AppError::new(Code::Locked, "The workspace is locked."))
    }

    /// The keys leave the memory.
    pub(super) fn forget(&self) {
        self.keys
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
    }

    /// What seals and opens under the key of this name; where the account does not hold it, nothing.
    ///
    /// # Errors
    /// [`Code::Locked`].
    pub(crate) fn sealer(&self, name: &str) -> Result<Sealer> {
        Ok(self.now()?.sealer(name))
    }

    /// What signs for the workspace, where the account may.
    pub(super) fn signer(&self) -> Option<Signer> {
        self.now().ok()?.signer()
    }

    /// What the file says now.
    ///
    /// # Errors
    /// Those of reading it.
    pub(crate) async fn file(&self) -> Result<KeyFile> {
        let path = self.path.clone();
        blocking(move || Ok(KeyFile::load(&path)?)).await
    }

    /// Asks the account that is open for its password again. Wrong ones are counted as at the door.
    ///
    /// # Errors
    /// [`Code::WrongPassword`], [`Code::Throttled`].
    pub(crate) async fn confirm(&self, password: SecretString) -> Result<()> {
        let _turn = self.turn.lock().await;
        let (account, path) = (self.now()?.account(), self.path.clone());
        blocking(move || {
            let (mut file, _) = unlock_file(&path, account, &password, now())?;
            if file.throttle != Throttle::default() {
                file.throttle = Throttle::default();
                file.save(&path)?;
            }
            Ok(())
        })
        .await
    }

    /// Counts a wrong code of the account that is open, and gives the error that says so.
    ///
    /// # Errors
    /// Those of the file.
    pub(crate) async fn refuse_code(&self) -> Result<AppError> {
        let _turn = self.turn.lock().await;
        let (account, path) = (self.now()?.account(), self.path.clone());
        let wait = blocking(move || {
            let mut file = KeyFile::load(&path)?;
            let wait = file.refuse(account, WayRefused::Code, now());
            file.save(&path)?;
            Ok(wait)
        })
        .await?;
        Ok(
            AppError::new(Code::WrongCode, "This code is wrong, or was used already.")
                .with("seconds", wait.num_seconds()),
        )
    }

    /// Changes the file, seals and saves it; then the database is told which generation it is. Where it fails, all is as
    /// before.
    ///
    /// # Errors
    /// Those of `change`, of [`change_file`] and of the database.
    pub(crate) async fn change<T: Send + 'static>(
        &self,
        store: &Store,
        change: impl FnOnce(&mut KeyFile, &mut Keys) -> std::result::Result<T, VaultError>
        + Send
        + 'static,
    ) -> Result<T> {
        let _turn = self.turn.lock().await;
        let mut keys = self.now()?;
        let path = self.path.clone();
        let (keys, generation, made) = blocking(move || {
            let (generation, made) = change_file(&path, &mut keys, change)?;
            Ok((keys, generation, made))
        })
        .await?;
        // Unless it was locked meanwhile.
        if let Some(held) = self
            .keys
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .as_mut()
        {
            *held = keys;
        }
        set_generation(store, generation).await?;
        Ok(made)
    }
}

/// The last generation of the file that the database knows of; 0 before there was one.
pub(super) async fn generation(store: &Store) -> Result<u64> {
    let known = store.settings().get(None, GENERATION).await?;
    Ok(known
        .and_then(|generation| generation.as_u64())
        .unwrap_or_default())
}

pub(super) async fn set_generation(store: &Store, generation: u64) -> Result<()> {
    store
        .settings()
        .set(None, GENERATION, &json!(generation))
        .await?;
    Ok(())
}
