//! Keys, and what is sealed with them.
//!
//! A workspace has one random [`DataKey`], which opens its database, and a random key for each privilege (or customer)
//! whose secrets only some may open. `keys.json` ([`KeyFile`]) holds for each account its ways in ([`WrappingKind`]: a
//! password through Argon2id, a [`RecoveryKey`], the system's keyring) and the keys that it was granted, sealed to it.
//! Whoever opens an account gets [`Keys`]; from those come, by HKDF-SHA256, the database's key and a [`Sealer`] for
//! each key that it holds.
//!
//! What this crate leaves to others: who may do what (`domain::policy`), where the folder of a workspace is and
//! which process holds it (`core`), the time (handed in), the database itself (`store`).

mod account_key;
mod accounts;
mod data_key;
mod error;
mod integrity;
mod key_file;
mod passphrase;
mod recovery;
mod refusals;
mod rotation;
mod sealer;
mod signing;
mod throttle;
mod ways_in;

pub use accounts::{DATA, ENDORSING, Keys, NewAccount, own_key, unlock_file};
pub use data_key::{DataKey, DatabaseKey};
pub use error::{SealError, VaultError};
pub use integrity::change_file;
pub use key_file::{
    AccountKeys, FORMAT, Grant, KeyFile, NewWorkspace, WorkspaceKind, Wrapping, WrappingKind,
};
pub use passphrase::{Cost, Kdf};
pub use recovery::{GROUPS, RecoveryKey};
pub use refusals::{MOST_REFUSALS, Refusal, Refusals, WayRefused};
pub use sealer::{Place, Sealer};
pub use signing::{SIGNING, Signer, is_signed};
pub use throttle::{LONGEST_WAIT, Throttle};
pub use ways_in::KeyringKey;
