//! `keys.json`: the workspace's public names, and its data key wrapped once for each way in.
//!
//! What is readable without a password: the workspace's name, the accounts' names and roles (for the lock screen),
//! the parameters of the derivation, the throttle. The whole carries a checksum, which tells a damaged file from
//! a wrong password; against forgery the wrapping's own authentication holds.

use std::io::Write;
use std::path::Path;

use base64::{Engine, prelude::BASE64_STANDARD};
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use chrono::{DateTime, Utc};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use uuid::Uuid;
use zeroize::Zeroizing;

use crate::{Cost, DataKey, Kdf, Throttle, VaultError};

/// The format written by this program.
pub const FORMAT: u32 = 1;

/// A key file is small: whatever is longer (1 MiB) is not one.
const LONGEST: u64 = 1024 * 1024;

/// What `keys.json` holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyFile {
    /// The format, [`FORMAT`].
    pub format: u32,
    /// The workspace's id.
    pub workspace: Uuid,
    /// The workspace's name, as shown on the lock screen.
    pub name: String,
    /// A real workspace, or a training one.
    pub kind: WorkspaceKind,
    /// Who can open it.
    pub accounts: Vec<AccountKeys>,
    /// The wait after wrong passwords.
    #[serde(default)]
    pub throttle: Throttle,
    /// SHA-256 of the file with this field empty, in hexadecimal; kept by [`KeyFile::save`].
    sum: String,
}

/// A real workspace or the training fleet's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WorkspaceKind {
    /// Real servers.
    Normal,
    /// The training fleet.
    Training,
}

/// The keys of an account, and what the lock screen shows of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountKeys {
    /// The account's id, as in the database.
    pub id: Uuid,
    /// Its name. What is in the database is what counts; this is for the lock screen.
    pub name: String,
    /// Its role, in the words of `domain`. For the lock screen only: rights are decided by the database.
    pub role: String,
    /// The ways in.
    pub wrappings: Vec<Wrapping>,
}

/// The data key, wrapped for one way in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wrapping {
    /// Which way.
    pub kind: WrappingKind,
    /// How a password becomes the wrapping key; absent for a keyring.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kdf: Option<Kdf>,
    /// 24 bytes, in base64.
    pub nonce: String,
    /// The data key sealed under the wrapping key, in base64.
    pub wrapped: String,
}

/// The ways in. Only the password is implemented; the others keep their place in the format.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WrappingKind {
    /// A password, through Argon2id.
    Password,
    /// The keyring of this device's system.
    Keyring,
    /// A key shown once, at creation.
    Recovery,
}

/// What a new workspace is called.
#[derive(Debug, Clone)]
pub struct NewWorkspace {
    /// Its id.
    pub id: Uuid,
    /// Its name.
    pub name: String,
    /// Real or training.
    pub kind: WorkspaceKind,
}

/// Whom a data key is wrapped for.
#[derive(Debug, Clone)]
pub struct NewAccount {
    /// The account's id.
    pub id: Uuid,
    /// Its name.
    pub name: String,
    /// Its role, in the words of `domain`.
    pub role: String,
}

impl KeyFile {
    /// A new workspace with a new random data key, wrapped for its first account. Nothing is written yet.
    /// Takes about a quarter of a second and 64 MiB (Argon2id): not for an async thread.
    ///
    /// # Errors
    /// [`VaultError::EmptyPassword`], [`VaultError::Random`], [`VaultError::Derive`].
    pub fn create(
        workspace: NewWorkspace,
        account: NewAccount,
        password: &SecretString,
    ) -> Result<(Self, DataKey), VaultError> {
        let key = DataKey::generate()?;
        let mut file = Self {
            format: FORMAT,
            workspace: workspace.id,
            name: workspace.name,
            kind: workspace.kind,
            accounts: Vec::new(),
            throttle: Throttle::default(),
            sum: String::new(),
        };
        file.add_account(account, &key, password)?;
        Ok((file, key))
    }

    /// Wraps the data key for one more account, by its password.
    ///
    /// # Errors
    /// [`VaultError::AccountExists`], and those of [`KeyFile::create`].
    pub fn add_account(
        &mut self,
        account: NewAccount,
        key: &DataKey,
        password: &SecretString,
    ) -> Result<(), VaultError> {
        if self.accounts.iter().any(|known| known.id == account.id) {
            return Err(VaultError::AccountExists);
        }
        let wrapping = self.wrap(account.id, key, password)?;
        self.accounts.push(AccountKeys {
            id: account.id,
            name: account.name,
            role: account.role,
            wrappings: vec![wrapping],
        });
        Ok(())
    }

    /// The data key, for whoever knows the password of `account` at `now`. A wrong password, and an account that
    /// does not exist, are counted in the throttle; a right one clears it: in both cases the caller saves the file
    /// (or uses [`unlock_file`], which does). Not for an async thread, as [`KeyFile::create`].
    ///
    /// # Errors
    /// [`VaultError::Throttled`] before anything is tried, [`VaultError::WrongPassword`],
    /// [`VaultError::Damaged`], [`VaultError::TooWeak`].
    pub fn unlock(
        &mut self,
        account: Uuid,
        password: &SecretString,
        now: DateTime<Utc>,
    ) -> Result<DataKey, VaultError> {
        if let Some(until) = self.throttle.refused_until(now) {
            return Err(VaultError::Throttled { until });
        }
        match self.unwrap_key(account, password)? {
            Some(key) => {
                self.throttle = Throttle::default();
                Ok(key)
            }
            None => Err(VaultError::WrongPassword {
                wait: self.throttle.fail(now),
            }),
        }
    }

    /// Replaces the password of `account`: its wrapping is made anew, with a new salt and today's cost. Other ways
    /// in (keyring, recovery) stay. The caller has proved the old password by holding the data key, and saves.
    ///
    /// # Errors
    /// [`VaultError::Damaged`] when the account is not in the file, and those of [`KeyFile::create`].
    pub fn rewrap(
        &mut self,
        account: Uuid,
        key: &DataKey,
        password: &SecretString,
    ) -> Result<(), VaultError> {
        let wrapping = self.wrap(account, key, password)?;
        let keys = self
            .accounts
            .iter_mut()
            .find(|known| known.id == account)
            .ok_or(VaultError::Damaged {
                reason: "the account has no keys",
            })?;
        keys.wrappings
            .retain(|known| known.kind != WrappingKind::Password);
        keys.wrappings.push(wrapping);
        Ok(())
    }

    /// Whether the account's password was wrapped at less than today's cost: then the caller calls
    /// [`KeyFile::rewrap`] right after a successful unlock.
    pub fn deserves_rewrap(&self, account: Uuid) -> bool {
        self.password_wrapping(account)
            .and_then(|wrapping| wrapping.kdf.as_ref())
            .is_some_and(|kdf| {
                let today = Cost::TODAY;
                kdf.m_kib < today.m_kib || kdf.t < today.t
            })
    }

    /// Reads and checks a key file.
    ///
    /// # Errors
    /// [`VaultError::Read`], [`VaultError::Newer`], [`VaultError::Damaged`], [`VaultError::TooWeak`].
    pub fn load(path: &Path) -> Result<Self, VaultError> {
        let read = |source| VaultError::Read {
            path: path.to_owned(),
            source,
        };
        if std::fs::metadata(path).map_err(read)?.len() > LONGEST {
            return Err(VaultError::Damaged {
                reason: "it is far too long",
            });
        }
        Self::parse(&std::fs::read(path).map_err(read)?)
    }

    /// The key file that these bytes hold.
    ///
    /// # Errors
    /// [`VaultError::Newer`], [`VaultError::Damaged`], [`VaultError::TooWeak`].
    pub fn parse(bytes: &[u8]) -> Result<Self, VaultError> {
        #[derive(Deserialize)]
        struct Header {
            format: u32,
        }
        let header: Header = serde_json::from_slice(bytes).map_err(|_| VaultError::Damaged {
            reason: "it is not a key file",
        })?;
        if header.format > FORMAT {
            return Err(VaultError::Newer {
                found: header.format,
                known: FORMAT,
            });
        }
        let file: Self = serde_json::from_slice(bytes).map_err(|_| VaultError::Damaged {
            reason: "a field is missing or wrong",
        })?;
        if file.format != FORMAT || file.sum != file.checksum() {
            return Err(VaultError::Damaged {
                reason: "its checksum does not match",
            });
        }
        for kdf in file
            .accounts
            .iter()
            .flat_map(|a| &a.wrappings)
            .filter_map(|w| w.kdf.as_ref())
        {
            kdf.check()?;
        }
        Ok(file)
    }

    /// Writes the file whole or not at all: a new file beside it (mode 0600), flushed to the disk, then renamed.
    ///
    /// # Errors
    /// [`VaultError::Write`]; what was there before is then unchanged.
    pub fn save(&self, path: &Path) -> Result<(), VaultError> {
        let write = |source: std::io::Error| VaultError::Write {
            path: path.to_owned(),
            source,
        };
        let mut file = self.clone();
        file.sum = file.checksum();
        let mut text = serde_json::to_vec_pretty(&file).map_err(|error| write(error.into()))?;
        text.push(b'\n');

        let folder = path
            .parent()
            .filter(|p| !p.as_os_str().is_empty())
            .unwrap_or(Path::new("."));
        // tempfile creates with mode 0600 on Unix; elsewhere the folder's own rights apply.
        let mut temporary = tempfile::Builder::new()
            .prefix(".keys")
            .tempfile_in(folder)
            .map_err(write)?;
        temporary.write_all(&text).map_err(write)?;
        temporary.as_file().sync_all().map_err(write)?;
        temporary
            .persist(path)
            .map_err(|error| write(error.error))?;
        // The rename itself is on the disk only once the folder is; Windows has no such call.
        #[cfg(unix)]
        std::fs::File::open(folder)
            .and_then(|folder| folder.sync_all())
            .map_err(write)?;
        Ok(())
    }

    fn checksum(&self) -> String {
        let unsigned = Self {
            sum: String::new(),
            ..self.clone()
        };
        // Serialising plain structs of strings and numbers can't fail.
        let text = serde_json::to_vec(&unsigned).unwrap_or_default();
        Sha256::digest(&text)
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect()
    }

    fn password_wrapping(&self, account: Uuid) -> Option<&Wrapping> {
        let keys = self.accounts.iter().find(|known| known.id == account)?;
        keys.wrappings
            .iter()
            .find(|wrapping| wrapping.kind == WrappingKind::Password)
    }

    /// The data key, or `None` when the password does not open it.
    fn unwrap_key(
        &self,
        account: Uuid,
        password: &SecretString,
    ) -> Result<Option<DataKey>, VaultError> {
        let Some(wrapping) = self.password_wrapping(account) else {
            return Ok(None);
        };
        let kdf = wrapping.kdf.as_ref().ok_or(VaultError::Damaged {
            reason: "a derivation is missing",
        })?;
        let damaged = VaultError::Damaged {
            reason: "a wrapped key is not base64",
        };
        let (Ok(nonce), Ok(wrapped)) = (
            BASE64_STANDARD.decode(&wrapping.nonce),
            BASE64_STANDARD.decode(&wrapping.wrapped),
        ) else {
            return Err(damaged);
        };
        let nonce: [u8; 24] = nonce.try_into().map_err(|_| VaultError::Damaged {
            reason: "a nonce is cut short",
        })?;
        let aad = self.associated_data(account, WrappingKind::Password, kdf);
        let cipher = XChaCha20Poly1305::new((&*kdf.derive(password)?).into());
        let Ok(plain) = cipher
            .decrypt(
                &XNonce::from(nonce),
                Payload {
                    msg: &wrapped,
                    aad: &aad,
                },
            )
            .map(Zeroizing::new)
        else {
            return Ok(None);
        };
        let bytes = <[u8; 32]>::try_from(plain.as_slice()).map_err(|_| VaultError::Damaged {
            reason: "the data key has another length",
        })?;
        Ok(Some(DataKey::from_bytes(bytes)))
    }

    fn wrap(
        &self,
        account: Uuid,
        key: &DataKey,
        password: &SecretString,
    ) -> Result<Wrapping, VaultError> {
        if password.expose_secret().is_empty() {
            return Err(VaultError::EmptyPassword);
        }
        let kdf = Kdf::fresh()?;
        let mut nonce = [0u8; 24];
        getrandom::fill(&mut nonce).map_err(|_| VaultError::Random)?;
        let aad = self.associated_data(account, WrappingKind::Password, &kdf);
        let wrapped = XChaCha20Poly1305::new((&*kdf.derive(password)?).into())
            .encrypt(
                &XNonce::from(nonce),
                Payload {
                    msg: key.bytes(),
                    aad: &aad,
                },
            )
            .map_err(|_| VaultError::Derive)?;
        Ok(Wrapping {
            kind: WrappingKind::Password,
            kdf: Some(kdf),
            nonce: BASE64_STANDARD.encode(nonce),
            wrapped: BASE64_STANDARD.encode(wrapped),
        })
    }

    /// What a wrapping is bound to: workspace, account, way in and derivation. A wrapping copied to another account
    /// or another workspace's file does not open.
    fn associated_data(&self, account: Uuid, kind: WrappingKind, kdf: &Kdf) -> Vec<u8> {
        let Kdf {
            alg,
            m_kib,
            t,
            p,
            salt,
        } = kdf;
        format!(
            "towerify keys v1|{}|{account}|{kind:?}|{alg}|{m_kib}|{t}|{p}|{salt}",
            self.workspace
        )
        .into_bytes()
    }
}

/// Loads the file at `path`, unlocks it for `account`, and saves what the attempt changed in the throttle: the whole
/// of an attempt, so that no caller can forget to count it.
///
/// # Errors
/// Those of [`KeyFile::load`], [`KeyFile::unlock`] and [`KeyFile::save`]. When a right password's success can't be
/// saved (a read-only stick), the key is given all the same.
pub fn unlock_file(
    path: &Path,
    account: Uuid,
    password: &SecretString,
    now: DateTime<Utc>,
) -> Result<(KeyFile, DataKey), VaultError> {
    let mut file = KeyFile::load(path)?;
    let before = file.throttle;
    let result = file.unlock(account, password, now);
    if file.throttle != before {
        let saved = file.save(path);
        if result.is_err() {
            saved?;
        }
    }
    result.map(|key| (file, key))
}
