//! The ways into an account: its password, its recovery key, the keyring of this device. Each wraps the same secret;
//! adding or taking one away leaves the others as they are.

use base64::{Engine, prelude::BASE64_STANDARD};
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use secrecy::{ExposeSecret, SecretString};
use uuid::Uuid;
use zeroize::Zeroizing;

use crate::account_key::AccountKey;
use crate::key_file::AccountKeys;
use crate::{Cost, Kdf, KeyFile, Keys, RecoveryKey, VaultError, Wrapping, WrappingKind};

/// The key that the keyring of this device keeps for an account. No `Debug`, no `Serialize`; wiped from memory when
/// dropped.
pub struct KeyringKey(Zeroizing<[u8; 32]>);

impl KeyringKey {
    /// The key as text, for the keyring and for nothing else.
    pub fn expose(&self) -> SecretString {
        SecretString::from(Zeroizing::new(BASE64_STANDARD.encode(self.0.as_ref())).as_str())
    }

    /// The key that the keyring gave back, or `None` when that is none.
    pub fn kept(text: &SecretString) -> Option<Self> {
        let bytes = Zeroizing::new(BASE64_STANDARD.decode(text.expose_secret()).ok()?);
        let bytes = <[u8; 32]>::try_from(bytes.as_slice()).ok()?;
        Some(Self(Zeroizing::new(bytes)))
    }
}

impl KeyFile {
    /// Replaces the password of the account that holds `keys`, with a new salt and today's cost. Its other ways in stay.
    /// The caller saves. Takes about a quarter of a second and 64 MiB (Argon2id): not for an async thread.
    ///
    /// # Errors
    /// [`VaultError::EmptyPassword`], [`VaultError::NoSuchAccount`], [`VaultError::Random`], [`VaultError::Derive`].
    pub fn change_password(
        &mut self,
        keys: &Keys,
        password: &SecretString,
    ) -> Result<(), VaultError> {
        let wrapping = wrap_for_password(self.workspace, keys.account(), &keys.own, password)?;
        self.put_way_in(keys.account(), wrapping)
    }

    /// Whether the account's password was wrapped at less than today's cost: then the caller calls
    /// [`KeyFile::change_password`] with the same password right after a successful unlock.
    pub fn deserves_rewrap(&self, account: Uuid) -> bool {
        self.way_in(account, WrappingKind::Password)
            .and_then(|wrapping| wrapping.kdf.as_ref())
            .is_some_and(|kdf| {
                let today = Cost::TODAY;
                kdf.m_kib < today.m_kib || kdf.t < today.t
            })
    }

    /// Makes this the recovery key of the account that holds `keys`; the one before opens nothing any more. The caller
    /// saves.
    ///
    /// # Errors
    /// [`VaultError::NoSuchAccount`], [`VaultError::Random`].
    pub fn keep_recovery_key(
        &mut self,
        keys: &Keys,
        recovery: &RecoveryKey,
    ) -> Result<(), VaultError> {
        let kind = WrappingKind::Recovery;
        let key = recovery.wrapping_key();
        let wrapping = Wrapping::random(self.workspace, keys.account(), kind, &keys.own, &key)?;
        self.put_way_in(keys.account(), wrapping)
    }

    /// A new key for the keyring of this device, for the account that holds `keys`; the one before opens nothing any
    /// more. The caller puts it into the keyring, and saves.
    ///
    /// # Errors
    /// [`VaultError::NoSuchAccount`], [`VaultError::Random`].
    pub fn make_keyring_key(&mut self, keys: &Keys) -> Result<KeyringKey, VaultError> {
        let mut bytes = Zeroizing::new([0u8; 32]);
        getrandom::fill(bytes.as_mut()).map_err(|_| VaultError::Random)?;
        let kind = WrappingKind::Keyring;
        let wrapping = Wrapping::random(self.workspace, keys.account(), kind, &keys.own, &bytes)?;
        self.put_way_in(keys.account(), wrapping)?;
        Ok(KeyringKey(bytes))
    }

    /// Takes a way into an account away; true when there was one. The caller saves.
    ///
    /// # Errors
    /// [`VaultError::NoSuchAccount`]; [`VaultError::LastWayIn`] for the password, without which nothing opens.
    pub fn remove_way_in(&mut self, account: Uuid, kind: WrappingKind) -> Result<bool, VaultError> {
        if kind == WrappingKind::Password {
            return Err(VaultError::LastWayIn);
        }
        let keys = self.account_mut(account)?;
        let before = keys.wrappings.len();
        keys.wrappings.retain(|known| known.kind != kind);
        Ok(keys.wrappings.len() < before)
    }

    /// Shuts an account out: its ways in leave the file, and are given to be kept where they open nothing. What it was
    /// granted stays, sealed to it. The caller saves.
    ///
    /// # Errors
    /// [`VaultError::NoSuchAccount`].
    pub fn shut_out(&mut self, account: Uuid) -> Result<Vec<Wrapping>, VaultError> {
        let keys = self.account_mut(account)?;
        keys.disabled = true;
        Ok(std::mem::take(&mut keys.wrappings))
    }

    /// Lets an account in again that was shut out, by the ways in that it had. The caller saves.
    ///
    /// # Errors
    /// [`VaultError::NoSuchAccount`].
    pub fn readmit(&mut self, account: Uuid, ways_in: Vec<Wrapping>) -> Result<(), VaultError> {
        let keys = self.account_mut(account)?;
        keys.disabled = false;
        keys.wrappings = ways_in;
        Ok(())
    }

    /// Whether the account has this way in.
    pub fn has_way_in(&self, account: Uuid, kind: WrappingKind) -> bool {
        self.way_in(account, kind).is_some()
    }

    /// What the account holds, for whoever has its recovery key; `None` when it is another. The recovery key is too long
    /// to be guessed, so that no throttle holds it back.
    ///
    /// # Errors
    /// [`VaultError::Damaged`].
    pub fn recover(
        &self,
        account: Uuid,
        recovery: &RecoveryKey,
    ) -> Result<Option<Keys>, VaultError> {
        self.enter(account, WrappingKind::Recovery, &recovery.wrapping_key())
    }

    /// What the account holds, for whoever has the key that this device's keyring keeps; `None` when it is another, or the
    /// account has none.
    ///
    /// # Errors
    /// [`VaultError::Damaged`].
    pub fn unlock_from_keyring(
        &self,
        account: Uuid,
        kept: &KeyringKey,
    ) -> Result<Option<Keys>, VaultError> {
        self.enter(account, WrappingKind::Keyring, &kept.0)
    }

    /// What the account holds, or `None` when the password does not open it.
    pub(crate) fn enter_by_password(
        &self,
        account: Uuid,
        password: &SecretString,
    ) -> Result<Option<Keys>, VaultError> {
        let Some(wrapping) = self.way_in(account, WrappingKind::Password) else {
            return Ok(None);
        };
        let kdf = wrapping.kdf.as_ref().ok_or(VaultError::Damaged {
            reason: "a derivation is missing",
        })?;
        self.enter(account, WrappingKind::Password, &*kdf.derive(password)?)
    }

    fn enter(
        &self,
        account: Uuid,
        kind: WrappingKind,
        key: &[u8; 32],
    ) -> Result<Option<Keys>, VaultError> {
        let (Some(known), Some(wrapping)) = (self.account(account), self.way_in(account, kind))
        else {
            return Ok(None);
        };
        match wrapping.unwrap(self.workspace, account, key)? {
            Some(own) => self.granted(known, own).map(Some),
            None => Ok(None),
        }
    }

    fn way_in(&self, account: Uuid, kind: WrappingKind) -> Option<&Wrapping> {
        let keys: &AccountKeys = self.account(account)?;
        keys.wrappings.iter().find(|wrapping| wrapping.kind == kind)
    }

    fn put_way_in(&mut self, account: Uuid, wrapping: Wrapping) -> Result<(), VaultError> {
        let keys = self.account_mut(account)?;
        keys.wrappings.retain(|known| known.kind != wrapping.kind);
        keys.wrappings.push(wrapping);
        Ok(())
    }
}

/// An account's secret, wrapped for its password.
pub(crate) fn wrap_for_password(
    workspace: Uuid,
    account: Uuid,
    own: &AccountKey,
    password: &SecretString,
) -> Result<Wrapping, VaultError> {
    if password.expose_secret().is_empty() {
        return Err(VaultError::EmptyPassword);
    }
    let kdf = Kdf::fresh()?;
    let key = kdf.derive(password)?;
    Wrapping::new(
        workspace,
        account,
        WrappingKind::Password,
        Some(kdf),
        own,
        &key,
    )
}

impl Wrapping {
    fn random(
        workspace: Uuid,
        account: Uuid,
        kind: WrappingKind,
        own: &AccountKey,
        key: &[u8; 32],
    ) -> Result<Self, VaultError> {
        Self::new(workspace, account, kind, None, own, key)
    }

    fn new(
        workspace: Uuid,
        account: Uuid,
        kind: WrappingKind,
        kdf: Option<Kdf>,
        own: &AccountKey,
        key: &[u8; 32],
    ) -> Result<Self, VaultError> {
        let mut nonce = [0u8; 24];
        getrandom::fill(&mut nonce).map_err(|_| VaultError::Random)?;
        let aad = associated_data(workspace, account, kind, kdf.as_ref());
        let wrapped = XChaCha20Poly1305::new(key.into())
            .encrypt(
                &XNonce::from(nonce),
                Payload {
                    msg: own.bytes(),
                    aad: &aad,
                },
            )
            .map_err(|_| VaultError::Derive)?;
        Ok(Self {
            kind,
            kdf,
            nonce: BASE64_STANDARD.encode(nonce),
            wrapped: BASE64_STANDARD.encode(wrapped),
        })
    }

    /// The account's secret, or `None` when the key does not open it.
    fn unwrap(
        &self,
        workspace: Uuid,
        account: Uuid,
        key: &[u8; 32],
    ) -> Result<Option<AccountKey>, VaultError> {
        let (Ok(nonce), Ok(wrapped)) = (
            BASE64_STANDARD.decode(&self.nonce),
            BASE64_STANDARD.decode(&self.wrapped),
        ) else {
            return Err(VaultError::Damaged {
                reason: "a wrapped key is not base64",
            });
        };
        let nonce: [u8; 24] = nonce.try_into().map_err(|_| VaultError::Damaged {
            reason: "a nonce is cut short",
        })?;
        let aad = associated_data(workspace, account, self.kind, self.kdf.as_ref());
        let Ok(plain) = XChaCha20Poly1305::new(key.into())
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
            reason: "an account's secret has another length",
        })?;
        Ok(Some(AccountKey::from_bytes(bytes)))
    }
}

/// What a wrapping is bound to: workspace, account, way in and derivation. A wrapping copied to another account
/// or another workspace's file does not open.
fn associated_data(
    workspace: Uuid,
    account: Uuid,
    kind: WrappingKind,
    kdf: Option<&Kdf>,
) -> Vec<u8> {
    let derived = kdf.map_or_else(String::new, |kdf| {
        let Kdf {
            alg,
            m_kib,
            t,
            p,
            salt,
        } = kdf;
        format!("{alg}|{m_kib}|{t}|{p}|{salt}")
    });
    format!("towerify keys v2|{workspace}|{account}|{kind:?}|{derived}").into_bytes()
}
