//! Accounts and the keys that they are granted: creating a workspace, adding and removing accounts, granting, taking
//! back by rotation, and what an account holds once it is open.

use std::collections::BTreeMap;
use std::path::Path;

use base64::{Engine, prelude::BASE64_STANDARD};
use chrono::{DateTime, Utc};
use hmac::{Hmac, KeyInit, Mac};
use secrecy::SecretString;
use sha2::Sha256;
use uuid::Uuid;
use zeroize::Zeroizing;

use crate::account_key::{AccountKey, seal_to};
use crate::key_file::{AccountKeys, Grant, NewWorkspace};
use crate::rotation::FORMER;
use crate::ways_in::wrap_for_password;
use crate::{DataKey, KeyFile, Refusals, SIGNING, Sealer, Throttle, VaultError, WayRefused};

/// The key that every account of the workspace holds: the database's.
pub const DATA: &str = "data";

/// The key whose holders make accounts and grant keys.
pub const ENDORSING: &str = "administrator";

/// The name of an account's own key, which it and the administrators hold.
pub fn own_key(account: Uuid) -> String {
    format!("account/{account}")
}

/// Whom a workspace opens for.
#[derive(Debug, Clone)]
pub struct NewAccount {
    /// The account's id.
    pub id: Uuid,
    /// Its name.
    pub name: String,
    /// Its role, in the words of `domain`.
    pub role: String,
}

/// What an account holds while it is open. No `Debug`, no `Serialize`; wiped from memory when dropped.
#[derive(Clone)]
pub struct Keys {
    account: Uuid,
    pub(crate) own: AccountKey,
    data: DataKey,
    pub(crate) held: BTreeMap<String, Zeroizing<[u8; 32]>>,
}

impl Keys {
    /// Whose they are.
    pub fn account(&self) -> Uuid {
        self.account
    }

    /// The workspace's data key.
    pub fn data(&self) -> &DataKey {
        &self.data
    }

    /// The names of the keys that it was granted besides the data key, in order.
    pub fn held(&self) -> impl Iterator<Item = &str> {
        self.held
            .keys()
            .map(String::as_str)
            .filter(|name| !name.starts_with(FORMER))
    }

    pub(crate) fn key(&self, name: &str) -> Option<&[u8; 32]> {
        self.held.get(name).map(|key| &**key)
    }

    /// What seals and opens under the key of this name. Where the account does not hold it, it opens nothing, and says so
    /// ([`SealError::NotHeld`](crate::SealError::NotHeld)).
    pub fn sealer(&self, name: &str) -> Sealer {
        let Some(key) = self.held.get(name) else {
            return Sealer::none();
        };
        let sealer = Sealer::under(key, name);
        match self.former_sealer(name) {
            Some(former) => sealer.after(&former),
            None => sealer,
        }
    }
}

impl KeyFile {
    /// A new workspace for its first account, which holds a new data key, [`ENDORSING`], [`SIGNING`] and a key
    /// of its own, all random. Nothing
    /// is written yet. Takes about a quarter of a second and 64 MiB (Argon2id): not for an async thread.
    ///
    /// # Errors
    /// [`VaultError::EmptyPassword`], [`VaultError::Random`], [`VaultError::Derive`].
    pub fn create(
        workspace: NewWorkspace,
        account: NewAccount,
        password: &SecretString,
    ) -> Result<(Self, Keys), VaultError> {
        let mut file = Self {
            format: crate::FORMAT,
            workspace: workspace.id,
            name: workspace.name,
            kind: workspace.kind,
            accounts: Vec::new(),
            generation: 0,
            seal: String::new(),
            throttle: Throttle::default(),
            refusals: Refusals::default(),
            sum: String::new(),
        };
        let first = Keys {
            account: account.id,
            own: AccountKey::generate()?.0,
            data: DataKey::generate()?,
            held: BTreeMap::from([
                (ENDORSING.to_owned(), random()?),
                (SIGNING.to_owned(), random()?),
            ]),
        };
        let name = own_key(account.id);
        let mut first = first;
        first.held.insert(name.clone(), random()?);
        let own = file.add_account(&first, account, password, &[ENDORSING, SIGNING, &name])?;
        let keys = Keys { own, ..first };
        file.seal(&keys)?;
        Ok((file, keys))
    }

    /// Makes one more account, with a password, the data key and the keys of these names, which `by` must hold. The caller
    /// saves. Not for an async thread, as [`KeyFile::create`].
    ///
    /// # Errors
    /// [`VaultError::AccountExists`], [`VaultError::NotHeld`], and those of [`KeyFile::create`].
    pub fn add(
        &mut self,
        by: &Keys,
        account: NewAccount,
        password: &SecretString,
        keys: &[&str],
    ) -> Result<(), VaultError> {
        self.add_account(by, account, password, keys).map(drop)
    }

    fn add_account(
        &mut self,
        by: &Keys,
        account: NewAccount,
        password: &SecretString,
        keys: &[&str],
    ) -> Result<AccountKey, VaultError> {
        if self.account(account.id).is_some() {
            return Err(VaultError::AccountExists);
        }
        let (own, made) = self.made(by, account, password, keys)?;
        self.accounts.push(made);
        Ok(own)
    }

    /// A new password for another account, by an administrator: a new key pair, the same granted keys, which `by` must
    /// hold. Its recovery key and its keyrings open nothing any more. The caller saves. Not for an async thread.
    ///
    /// # Errors
    /// [`VaultError::NoSuchAccount`], [`VaultError::NotHeld`], and those of [`KeyFile::create`].
    pub fn reset_password(
        &mut self,
        by: &Keys,
        account: Uuid,
        password: &SecretString,
    ) -> Result<(), VaultError> {
        let known = self.account(account).ok_or(VaultError::NoSuchAccount)?;
        let again = NewAccount {
            id: known.id,
            name: known.name.clone(),
            role: known.role.clone(),
        };
        let names: Vec<String> = known.grants.iter().map(|grant| grant.key.clone()).collect();
        let names: Vec<&str> = names
            .iter()
            .map(String::as_str)
            .filter(|name| *name != DATA)
            .collect();
        let (_, made) = self.made(by, again, password, &names)?;
        *self.account_mut(account)? = made;
        Ok(())
    }

    fn made(
        &self,
        by: &Keys,
        account: NewAccount,
        password: &SecretString,
        keys: &[&str],
    ) -> Result<(AccountKey, AccountKeys), VaultError> {
        let (own, public) = AccountKey::generate()?;
        let wrapping = wrap_for_password(self.workspace, account.id, &own, password)?;
        let mut made = AccountKeys {
            id: account.id,
            endorsement: self.endorsement(by, account.id, &public, &account.role)?,
            name: account.name,
            role: account.role,
            public,
            disabled: false,
            wrappings: vec![wrapping],
            grants: Vec::new(),
        };
        self.seal_grant(&mut made, DATA, by.data.bytes())?;
        for name in keys {
            let key = by.held.get(*name).ok_or(VaultError::NotHeld)?;
            self.seal_grant(&mut made, name, key)?;
        }
        Ok((own, made))
    }

    /// Takes an account out of the file; true when it was there. What it held it may have kept elsewhere: the caller
    /// [rotates](KeyFile::rotate) the keys of its privileges. The caller saves.
    pub fn remove(&mut self, account: Uuid) -> bool {
        let before = self.accounts.len();
        self.accounts.retain(|known| known.id != account);
        self.accounts.len() < before
    }

    /// Grants a key that `by` holds to another account. The caller saves.
    ///
    /// # Errors
    /// [`VaultError::NoSuchAccount`], [`VaultError::NotHeld`]; [`VaultError::Forged`] when the account's public half was
    /// not made by a holder of [`ENDORSING`].
    pub fn grant(&mut self, by: &Keys, account: Uuid, name: &str) -> Result<(), VaultError> {
        let key = by.held.get(name).ok_or(VaultError::NotHeld)?;
        let mut known = self.endorsed(by, account)?;
        self.seal_grant(&mut known, name, key)?;
        *self.account_mut(account)? = known;
        Ok(())
    }

    /// Makes a new key of this name for its first holder, `by`. The caller saves.
    ///
    /// # Errors
    /// [`VaultError::NoSuchAccount`], [`VaultError::KeyExists`], [`VaultError::Random`].
    pub fn make_key(&mut self, by: &mut Keys, name: &str) -> Result<(), VaultError> {
        let taken = |known: &AccountKeys| known.grants.iter().any(|grant| grant.key == name);
        if name == DATA || self.accounts.iter().any(taken) {
            return Err(VaultError::KeyExists);
        }
        let key = random()?;
        let mut known = self
            .account(by.account)
            .ok_or(VaultError::NoSuchAccount)?
            .clone();
        self.seal_grant(&mut known, name, &key)?;
        *self.account_mut(by.account)? = known;
        by.held.insert(name.to_owned(), key);
        Ok(())
    }

    /// What the account holds, for whoever knows its password at `now`. A wrong password, and an account that
    /// does not exist, are counted in the throttle, and the caller saves the file (or uses [`unlock_file`], which does).
    /// A right one leaves the throttle as it is: more may be asked before whoever it is is let in
    /// ([`KeyFile::let_in`]). Not for an async thread, as [`KeyFile::create`].
    ///
    /// # Errors
    /// [`VaultError::Throttled`] and [`VaultError::Disabled`] before anything is tried, [`VaultError::WrongPassword`],
    /// [`VaultError::Damaged`], [`VaultError::TooWeak`].
    pub fn unlock(
        &mut self,
        account: Uuid,
        password: &SecretString,
        now: DateTime<Utc>,
    ) -> Result<Keys, VaultError> {
        self.may_try(account, now)?;
        match self.enter_by_password(account, password)? {
            Some(keys) => Ok(keys),
            None => Err(VaultError::WrongPassword {
                wait: self.refuse(account, WayRefused::Password, now),
            }),
        }
    }

    /// What was granted to an account, opened with its secret.
    pub(crate) fn granted(&self, known: &AccountKeys, own: AccountKey) -> Result<Keys, VaultError> {
        let (mut data, mut held) = (None, BTreeMap::new());
        for grant in &known.grants {
            let key = own
                .open(&grant.sealed, &self.bound_to(known.id, &grant.key))
                .ok_or(VaultError::Damaged {
                    reason: "a granted key does not open",
                })?;
            if grant.key == DATA {
                data = Some(DataKey::from_bytes(*key));
            } else {
                held.insert(grant.key.clone(), key);
            }
        }
        Ok(Keys {
            account: known.id,
            own,
            data: data.ok_or(VaultError::Damaged {
                reason: "the data key is missing",
            })?,
            held,
        })
    }

    pub(crate) fn seal_grant(
        &self,
        known: &mut AccountKeys,
        name: &str,
        key: &[u8; 32],
    ) -> Result<(), VaultError> {
        let sealed = seal_to(&known.public, key, &self.bound_to(known.id, name))?;
        known.grants.retain(|grant| grant.key != name);
        known.grants.push(Grant {
            key: name.to_owned(),
            sealed,
        });
        Ok(())
    }

    /// What a grant is bound to: it opens for this account, in this workspace, as this key.
    fn bound_to(&self, account: Uuid, name: &str) -> Vec<u8> {
        format!("{}|{account}|{name}", self.workspace).into_bytes()
    }

    /// The role that a holder of [`ENDORSING`] made this account with: whoever may write the file or the database can't
    /// make it another. `None` where nobody did.
    pub fn endorsed_role(&self, by: &Keys, account: Uuid) -> Option<String> {
        self.endorsed(by, account).ok().map(|known| known.role)
    }

    /// Endorses the account of `by` itself: in files of format 2 the role was not part of it. The caller saves.
    ///
    /// # Errors
    /// [`VaultError::NoSuchAccount`], [`VaultError::NotHeld`].
    pub fn endorse_own(&mut self, by: &Keys) -> Result<(), VaultError> {
        let own = self.account(by.account).ok_or(VaultError::NoSuchAccount)?;
        let endorsement = self.endorsement(by, own.id, &own.public, &own.role)?;
        self.account_mut(by.account)?.endorsement = endorsement;
        Ok(())
    }

    /// The account, when its public half and its role are those that a holder of [`ENDORSING`] gave it.
    pub(crate) fn endorsed(&self, by: &Keys, account: Uuid) -> Result<AccountKeys, VaultError> {
        let known = self.account(account).ok_or(VaultError::NoSuchAccount)?;
        let given = BASE64_STANDARD
            .decode(&known.endorsement)
            .map_err(|_| VaultError::Forged)?;
        self.endorsing(by, account, &known.public, &known.role)?
            .verify_slice(&given)
            .map_err(|_| VaultError::Forged)?;
        Ok(known.clone())
    }

    pub(crate) fn endorsement(
        &self,
        by: &Keys,
        account: Uuid,
        public: &str,
        role: &str,
    ) -> Result<String, VaultError> {
        let mac = self
            .endorsing(by, account, public, role)?
            .finalize()
            .into_bytes();
        Ok(BASE64_STANDARD.encode(mac))
    }

    fn endorsing(
        &self,
        by: &Keys,
        account: Uuid,
        public: &str,
        role: &str,
    ) -> Result<Hmac<Sha256>, VaultError> {
        let key = by.held.get(ENDORSING).ok_or(VaultError::NotHeld)?;
        let key = DataKey::from_bytes(**key).derive("endorse");
        let mut mac =
            Hmac::<Sha256>::new_from_slice(key.as_ref()).map_err(|_| VaultError::Derive)?;
        let said = format!(
            "towerify account v2|{}|{account}|{public}|{role}",
            self.workspace
        );
        mac.update(said.as_bytes());
        Ok(mac)
    }
}

/// Loads the file at `path`, unlocks it for `account`, and saves that it was refused: no caller can forget to count it.
///
/// # Errors
/// Those of [`KeyFile::load`], [`KeyFile::unlock`] and [`KeyFile::save`].
pub fn unlock_file(
    path: &Path,
    account: Uuid,
    password: &SecretString,
    now: DateTime<Utc>,
) -> Result<(KeyFile, Keys), VaultError> {
    let mut file = KeyFile::load(path)?;
    match file.unlock(account, password, now) {
        Err(error @ VaultError::WrongPassword { .. }) => {
            file.save(path)?;
            Err(error)
        }
        other => other.map(|keys| (file, keys)),
    }
}

pub(crate) fn random() -> Result<Zeroizing<[u8; 32]>, VaultError> {
    let mut bytes = Zeroizing::new([0u8; 32]);
    getrandom::fill(bytes.as_mut()).map_err(|_| VaultError::Random)?;
    Ok(bytes)
}
