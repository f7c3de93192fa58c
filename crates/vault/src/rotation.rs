//! Replacing a key, so that whoever held it and no longer may opens nothing that is sealed from now on.
//!
//! The file and the database can't be written at once. So a rotation has two ends: after [`KeyFile::rotate`] the file holds
//! the new key and, beside it, the former one; whoever has sealed everything anew says so with
//! [`KeyFile::forget_former`]. A program that dies in between finds the former one at the next opening, and goes on.

use uuid::Uuid;
use zeroize::Zeroizing;

use crate::accounts::random;
use crate::{ENDORSING, KeyFile, Keys, Sealer, VaultError};

/// What the name of a key that was replaced begins with.
pub(crate) const FORMER: &str = "former/";

impl Keys {
    /// The names of the keys that were replaced and under which something may still be sealed.
    pub fn replaced(&self) -> impl Iterator<Item = &str> {
        self.held
            .keys()
            .filter_map(|name| name.strip_prefix(FORMER))
    }

    /// What opens what was sealed under the key of this name before it was replaced; `None` when it was not.
    pub fn former_sealer(&self, name: &str) -> Option<Sealer> {
        self.former_key(name).map(|key| Sealer::under(key, name))
    }

    pub(crate) fn former_key(&self, name: &str) -> Option<&[u8; 32]> {
        self.key(&format!("{FORMER}{name}"))
    }
}

impl KeyFile {
    /// Replaces the key of this name for `by` and for those of `keep`; others lose it. The former one stays beside it,
    /// for the same. The caller saves, has everything sealed anew, and calls [`KeyFile::forget_former`].
    ///
    /// # Errors
    /// [`VaultError::NotHeld`]; [`VaultError::KeyExists`] while an earlier rotation is not over; those of
    /// [`KeyFile::grant`]. Then nothing was changed.
    pub fn rotate(&mut self, by: &mut Keys, name: &str, keep: &[Uuid]) -> Result<(), VaultError> {
        let old: Zeroizing<[u8; 32]> = by.held.get(name).ok_or(VaultError::NotHeld)?.clone();
        let former = format!("{FORMER}{name}");
        if by.held.contains_key(&former) {
            return Err(VaultError::KeyExists);
        }
        // Whom to keep is decided on what the old key endorsed; what comes is endorsed anew where that key itself changes.
        for account in keep {
            self.endorsed(by, *account)?;
        }
        let mut changed = self.clone();
        let mut keys = by.clone();
        let new = random()?;
        keys.held.insert(name.to_owned(), new.clone());
        keys.held.insert(former.clone(), old.clone());
        for known in &mut changed.accounts {
            known.grants.retain(|grant| grant.key != name);
        }
        if name == ENDORSING {
            // An account that was not endorsed before is not by this either.
            for known in &self.accounts {
                if self.endorsed(by, known.id).is_ok() {
                    let endorsement =
                        changed.endorsement(&keys, known.id, &known.public, &known.role)?;
                    changed.account_mut(known.id)?.endorsement = endorsement;
                }
            }
        }
        for account in keep.iter().chain([&by.account()]) {
            let mut known = changed
                .account(*account)
                .ok_or(VaultError::NoSuchAccount)?
                .clone();
            changed.seal_grant(&mut known, name, &new)?;
            changed.seal_grant(&mut known, &former, &old)?;
            *changed.account_mut(*account)? = known;
        }
        *self = changed;
        *by = keys;
        Ok(())
    }

    /// Ends every rotation: the former keys leave the file and `keys`. True when there were any. The caller saves.
    pub fn forget_former(&mut self, keys: &mut Keys) -> bool {
        let before = keys.held.len();
        keys.held.retain(|name, _| !name.starts_with(FORMER));
        for known in &mut self.accounts {
            known.grants.retain(|grant| !grant.key.starts_with(FORMER));
        }
        keys.held.len() < before
    }
}
