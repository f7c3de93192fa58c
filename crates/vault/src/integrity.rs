//! That the file says what an account of the workspace wrote, and which of its versions it is.
//!
//! Everything but the throttle and the refusals (which are written while nobody is in) is sealed with a key derived from
//! the data key, together with a number that grows with every change. The database remembers that number, so that an old
//! copy of the file which is put back is known for what it is.

use std::path::Path;

use base64::{Engine, prelude::BASE64_STANDARD};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::{KeyFile, Keys, VaultError};

impl KeyFile {
    /// Seals what the file says, as one more generation of it. The caller saves.
    ///
    /// # Errors
    /// [`VaultError::Derive`].
    pub fn seal(&mut self, keys: &Keys) -> Result<(), VaultError> {
        self.format = crate::FORMAT;
        self.generation = self.generation.saturating_add(1);
        let seal = self.sealing(keys)?.finalize().into_bytes();
        self.seal = BASE64_STANDARD.encode(seal);
        Ok(())
    }

    /// Checks that the file says what was sealed. One of generation 0 was written before files were sealed; whether such a
    /// one may still be is known to the database.
    ///
    /// # Errors
    /// [`VaultError::Altered`].
    pub fn check_seal(&self, keys: &Keys) -> Result<(), VaultError> {
        if self.generation == 0 {
            return Ok(());
        }
        let given = BASE64_STANDARD
            .decode(&self.seal)
            .map_err(|_| VaultError::Altered)?;
        self.sealing(keys)?
            .verify_slice(&given)
            .map_err(|_| VaultError::Altered)
    }

    fn sealing(&self, keys: &Keys) -> Result<Hmac<Sha256>, VaultError> {
        let key = keys.data().derive("key file");
        let mut mac =
            Hmac::<Sha256>::new_from_slice(key.as_ref()).map_err(|_| VaultError::Derive)?;
        let said = (
            "towerify key file v1",
            self.workspace,
            &self.name,
            self.kind,
            self.generation,
            &self.accounts,
        );
        mac.update(&serde_json::to_vec(&said).map_err(|_| VaultError::Derive)?);
        Ok(mac)
    }
}

/// Loads the file at `path`, checks that it is what an account wrote, lets `change` change it, seals and saves it. Where
/// anything fails, file and keys are as before.
///
/// # Errors
/// Those of [`KeyFile::load`], [`KeyFile::check_seal`], `change` and [`KeyFile::save`].
pub fn change_file<T>(
    path: &Path,
    keys: &mut Keys,
    change: impl FnOnce(&mut KeyFile, &mut Keys) -> Result<T, VaultError>,
) -> Result<(u64, T), VaultError> {
    let mut file = KeyFile::load(path)?;
    file.check_seal(keys)?;
    let mut changed = keys.clone();
    let made = change(&mut file, &mut changed)?;
    file.seal(&changed)?;
    file.save(path)?;
    *keys = changed;
    Ok((file.generation, made))
}
