//! Keys, and what is sealed with them.
//!
//! A workspace has one random [`DataKey`]. `keys.json` ([`KeyFile`]) holds it wrapped, once for each way in:
//! today a password for each account (Argon2id); the place of the system's keyring and of a recovery key is
//! kept ([`WrappingKind`]). From the data key come, by HKDF-SHA256, the database's key and one [`Sealer`] for
//! each purpose.
//!
//! What this crate leaves to others: who may do what (`domain::policy`), where the folder of a workspace is and
//! which process holds it (`core`), the time (handed in), the database itself (`store`).

mod data_key;
mod error;
mod key_file;
mod passphrase;
mod sealer;
mod throttle;

pub use data_key::{DataKey, DatabaseKey};
pub use error::{SealError, VaultError};
pub use key_file::{
    AccountKeys, FORMAT, KeyFile, NewAccount, NewWorkspace, WorkspaceKind, Wrapping, WrappingKind,
    unlock_file,
};
pub use passphrase::{Cost, Kdf};
pub use sealer::{Place, Sealer};
pub use throttle::{LONGEST_WAIT, Throttle};
