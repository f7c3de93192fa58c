//! Accounts: who works in a workspace, what opens it for each, and which keys each holds.
//!
//! What an account holds follows from its role, and is given when it is made: administrators hold the keys of the
//! administrators' secrets and of signing, and every account's own key; others hold the database's key and their own.
//! `keys.json` and the database are two files: which is written first, and what becomes of a program that dies in between,
//! is in `workspace/reconcile.rs`.

mod change;
mod create;
mod device;
mod list;
mod password;
mod recovery;
pub(crate) mod second_factor;
mod view;

pub use change::{delete, disable, enable, rename};
pub use create::create;
pub use device::{forget_on_this_device, open_on_this_device};
pub use list::{list, own};
pub use password::{change_password, reset_password};
pub(crate) use password::{refuse_weak, weak};
pub use recovery::{confirm_recovery_key, drop_recovery_key, new_recovery_key};
pub use second_factor::{
    begin as begin_second_factor, confirm as confirm_second_factor, end as end_second_factor,
    reset as reset_second_factor,
};
pub use view::{Account, Enrolment, NewAccount, OwnAccount, RecoveryCodes, RecoveryKeyShown};

use towerify_domain::{
    Permit,
    id::AccountId,
    policy::{Named, may},
};
use towerify_vault::RecoveryKey;
use zeroize::Zeroizing;

use crate::{AppError, Result, Workspace, journal::Subject};

/// What was shown to a person and is not in force until they showed that they have it.
#[derive(Default)]
pub(crate) struct Shown {
    pub(crate) recovery: Option<RecoveryKey>,
    pub(crate) second_factor: Option<Zeroizing<[u8; 20]>>,
}

/// The account with this id.
///
/// # Errors
/// [`crate::Code::NotFound`].
async fn find(
    workspace: &Workspace,
    permit: &Permit<may::ManageAccounts>,
    id: AccountId,
) -> Result<towerify_store::Account> {
    workspace
        .store(permit)
        .accounts()
        .get(id)
        .await?
        .ok_or_else(|| AppError::not_found("account"))
}

/// What an entry of the journal about this account says.
fn about(account: &towerify_store::Account) -> Subject {
    Subject {
        kind: "account",
        id: Some(account.id.to_string()),
        name: account.name.clone(),
        customer: account.customer_id,
    }
}

/// The row of the account that is at work.
async fn me<P: Named>(
    workspace: &Workspace,
    permit: &Permit<P>,
) -> Result<towerify_store::Account> {
    workspace
        .store(permit)
        .accounts()
        .get(permit.actor().account)
        .await?
        .ok_or_else(|| AppError::not_found("account"))
}
