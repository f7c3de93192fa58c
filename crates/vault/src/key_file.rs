//! `keys.json`: the workspace's public names, and for each account its ways in and the keys that it was granted.
//!
//! A way in (a password, the recovery key, the system's keyring) opens the account's own secret; that opens the keys
//! granted to it: the workspace's data key, which every account has, and those of the privileges that it holds. What was
//! not granted is not in the file in any form that the account could open.
//!
//! What is readable without a password: the workspace's name, the accounts' names and roles (for the lock screen),
//! the parameters of the derivation, the names of granted keys, the throttle. The whole carries a checksum, which tells a
//! damaged file from a wrong password; against forgery hold the authentication of wrappings and grants, the endorsement of
//! each account's public key, and the seal of an account over all that accounts wrote (`integrity.rs`).

use std::io::Write;
use std::path::Path;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::account_key::PublicKey;
use crate::{Kdf, Refusals, Throttle, VaultError};

/// The format written by this program. 1 had one key for everybody, in versions that were never released; 2 was not
/// sealed, and is written anew as 3.
pub const FORMAT: u32 = 3;

/// The oldest format that this program reads.
const OLDEST: u32 = 2;

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
    /// How many times what is above was changed: an old copy put back is known by it.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub generation: u64,
    /// That an account of the workspace wrote what is above; kept by [`KeyFile::seal`].
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(crate) seal: String,
    /// The wait after wrong passwords.
    #[serde(default)]
    pub throttle: Throttle,
    /// Who was not let in since the workspace was last opened.
    #[serde(default, skip_serializing_if = "Refusals::is_empty")]
    pub refusals: Refusals,
    /// SHA-256 of the file with this field empty, in hexadecimal; kept by [`KeyFile::save`].
    pub(crate) sum: String,
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
    /// The public half of its key pair, in base64: what it is granted is sealed to this.
    pub public: PublicKey,
    /// That a holder of [`ENDORSING`](crate::ENDORSING) made this account with this public half and this role, in base64. Without it
    /// nothing is granted: whoever may write the file must not receive by that what others were granted.
    pub endorsement: String,
    /// It was shut out. For the lock screen; the database decides.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub disabled: bool,
    /// The ways in, each with the account's secret. None while it is shut out.
    pub wrappings: Vec<Wrapping>,
    /// The keys that it may use, each sealed to its public half.
    pub grants: Vec<Grant>,
}

/// The secret of an account, wrapped for one way in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wrapping {
    /// Which way.
    pub kind: WrappingKind,
    /// How a password becomes the wrapping key; absent where the key is random.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kdf: Option<Kdf>,
    /// 24 bytes, in base64.
    pub nonce: String,
    /// The account's secret, sealed under the wrapping key, in base64.
    pub wrapped: String,
}

/// A key that an account may use.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grant {
    /// The key's name: `data`, `administrator`, `customer/…`.
    pub key: String,
    /// The key, sealed to the account's public half, in base64.
    pub sealed: String,
}

/// The ways in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WrappingKind {
    /// A password, through Argon2id.
    Password,
    /// A random key that the keyring of this device's system keeps.
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

impl KeyFile {
    /// Reads and checks a key file.
    ///
    /// # Errors
    /// [`VaultError::Read`], [`VaultError::Newer`], [`VaultError::Older`], [`VaultError::Damaged`], [`VaultError::TooWeak`].
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
    /// [`VaultError::Newer`], [`VaultError::Older`], [`VaultError::Damaged`], [`VaultError::TooWeak`].
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
        if header.format < OLDEST {
            return Err(VaultError::Older {
                found: header.format,
            });
        }
        let file: Self = serde_json::from_slice(bytes).map_err(|_| VaultError::Damaged {
            reason: "a field is missing or wrong",
        })?;
        if file.sum != file.checksum() {
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
        file.format = FORMAT;
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

    /// What the file says of this account.
    pub fn account(&self, account: Uuid) -> Option<&AccountKeys> {
        self.accounts.iter().find(|known| known.id == account)
    }

    pub(crate) fn account_mut(&mut self, account: Uuid) -> Result<&mut AccountKeys, VaultError> {
        self.accounts
            .iter_mut()
            .find(|known| known.id == account)
            .ok_or(VaultError::NoSuchAccount)
    }
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "the form that serde asks for"
)]
fn is_zero(number: &u64) -> bool {
    *number == 0
}
