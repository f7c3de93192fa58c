//! Accounts: who works in the workspace, and what opens it for each.

use tauri::State;
use towerify_core::{
    Result,
    accounts::{self, Account, Enrolment, NewAccount, OwnAccount, RecoveryCodes, RecoveryKeyShown},
};
use towerify_domain::id::AccountId;

use super::workspace::Password;
use crate::shell::Shell;

/// A group of a recovery key, typed back.
#[derive(serde::Deserialize, specta::Type)]
pub struct GroupTold {
    /// Its place, from 1.
    place: u32,
    /// As typed.
    group: Password,
}

/// All of them, by name.
///
/// # Errors
/// As [`accounts::list`].
#[tauri::command]
#[specta::specta]
pub async fn accounts_list(shell: State<'_, Shell>) -> Result<Vec<Account>> {
    let (workspace, actor) = shell.program().workspace()?;
    accounts::list(&workspace, &actor).await
}

/// The account that is at work, and what opens it.
///
/// # Errors
/// As [`accounts::own`].
#[tauri::command]
#[specta::specta]
pub async fn accounts_own(shell: State<'_, Shell>) -> Result<OwnAccount> {
    let (workspace, actor) = shell.program().workspace()?;
    accounts::own(&workspace, &actor).await
}

/// Makes one.
///
/// # Errors
/// As [`accounts::create`].
#[tauri::command]
#[specta::specta]
pub async fn accounts_create(shell: State<'_, Shell>, account: NewAccount) -> Result<AccountId> {
    let (workspace, actor) = shell.program().workspace()?;
    accounts::create(&workspace, &actor, account).await
}

/// Gives one another name.
///
/// # Errors
/// As [`accounts::rename`].
#[tauri::command]
#[specta::specta]
pub async fn accounts_rename(
    shell: State<'_, Shell>,
    account: AccountId,
    name: String,
) -> Result<()> {
    let (workspace, actor) = shell.program().workspace()?;
    accounts::rename(&workspace, &actor, account, &name).await
}

/// Shuts one out.
///
/// # Errors
/// As [`accounts::disable`].
#[tauri::command]
#[specta::specta]
pub async fn accounts_disable(shell: State<'_, Shell>, account: AccountId) -> Result<()> {
    let (workspace, actor) = shell.program().workspace()?;
    accounts::disable(&workspace, &actor, account).await
}

/// Lets one in again.
///
/// # Errors
/// As [`accounts::enable`].
#[tauri::command]
#[specta::specta]
pub async fn accounts_enable(shell: State<'_, Shell>, account: AccountId) -> Result<()> {
    let (workspace, actor) = shell.program().workspace()?;
    accounts::enable(&workspace, &actor, account).await
}

/// Takes one away.
///
/// # Errors
/// As [`accounts::delete`].
#[tauri::command]
#[specta::specta]
pub async fn accounts_delete(shell: State<'_, Shell>, account: AccountId) -> Result<()> {
    let (workspace, actor) = shell.program().workspace()?;
    accounts::delete(&workspace, &actor, account).await
}

/// Changes one's own password.
///
/// # Errors
/// As [`accounts::change_password`].
#[tauri::command]
#[specta::specta]
pub async fn accounts_change_password(
    shell: State<'_, Shell>,
    old: Password,
    next: Password,
) -> Result<()> {
    let (workspace, actor) = shell.program().workspace()?;
    accounts::change_password(&workspace, &actor, old.0, next.0).await
}

/// Gives another account a new password.
///
/// # Errors
/// As [`accounts::reset_password`].
#[tauri::command]
#[specta::specta]
pub async fn accounts_reset_password(
    shell: State<'_, Shell>,
    account: AccountId,
    own: Password,
    next: Password,
) -> Result<()> {
    let (workspace, actor) = shell.program().workspace()?;
    accounts::reset_password(&workspace, &actor, account, own.0, next.0).await
}

/// Shows the secret of a new second factor.
///
/// # Errors
/// As [`accounts::begin_second_factor`].
#[tauri::command]
#[specta::specta]
pub async fn accounts_begin_second_factor(
    shell: State<'_, Shell>,
    password: Password,
) -> Result<Enrolment> {
    let (workspace, actor) = shell.program().workspace()?;
    accounts::begin_second_factor(&workspace, &actor, password.0).await
}

/// Puts the second factor in force that was shown.
///
/// # Errors
/// As [`accounts::confirm_second_factor`].
#[tauri::command]
#[specta::specta]
pub async fn accounts_confirm_second_factor(
    shell: State<'_, Shell>,
    code: Password,
) -> Result<RecoveryCodes> {
    let (workspace, actor) = shell.program().workspace()?;
    accounts::confirm_second_factor(&workspace, &actor, code.0).await
}

/// Takes one's own second factor away.
///
/// # Errors
/// As [`accounts::end_second_factor`].
#[tauri::command]
#[specta::specta]
pub async fn accounts_end_second_factor(
    shell: State<'_, Shell>,
    password: Password,
    code: Password,
) -> Result<()> {
    let (workspace, actor) = shell.program().workspace()?;
    accounts::end_second_factor(&workspace, &actor, password.0, code.0).await
}

/// Takes the second factor of another account away.
///
/// # Errors
/// As [`accounts::reset_second_factor`].
#[tauri::command]
#[specta::specta]
pub async fn accounts_reset_second_factor(
    shell: State<'_, Shell>,
    account: AccountId,
    own: Password,
) -> Result<()> {
    let (workspace, actor) = shell.program().workspace()?;
    accounts::reset_second_factor(&workspace, &actor, account, own.0).await
}

/// Shows a new recovery key.
///
/// # Errors
/// As [`accounts::new_recovery_key`].
#[tauri::command]
#[specta::specta]
pub async fn accounts_new_recovery_key(
    shell: State<'_, Shell>,
    password: Password,
) -> Result<RecoveryKeyShown> {
    let (workspace, actor) = shell.program().workspace()?;
    accounts::new_recovery_key(&workspace, &actor, password.0).await
}

/// Puts the recovery key in force that was shown.
///
/// # Errors
/// As [`accounts::confirm_recovery_key`].
#[tauri::command]
#[specta::specta]
pub async fn accounts_confirm_recovery_key(
    shell: State<'_, Shell>,
    groups: Vec<GroupTold>,
) -> Result<()> {
    let (workspace, actor) = shell.program().workspace()?;
    let typed = groups
        .into_iter()
        .map(|told| (told.place, told.group.0))
        .collect();
    accounts::confirm_recovery_key(&workspace, &actor, typed).await
}

/// Takes one's recovery key out of force.
///
/// # Errors
/// As [`accounts::drop_recovery_key`].
#[tauri::command]
#[specta::specta]
pub async fn accounts_drop_recovery_key(shell: State<'_, Shell>) -> Result<()> {
    let (workspace, actor) = shell.program().workspace()?;
    accounts::drop_recovery_key(&workspace, &actor).await
}

/// From now on the keyring of this computer opens one's account.
///
/// # Errors
/// As [`accounts::open_on_this_device`].
#[tauri::command]
#[specta::specta]
pub async fn accounts_open_on_this_device(
    shell: State<'_, Shell>,
    password: Password,
) -> Result<()> {
    let (workspace, actor) = shell.program().workspace()?;
    accounts::open_on_this_device(shell.program(), &workspace, &actor, password.0).await
}

/// No keyring opens one's account any more.
///
/// # Errors
/// As [`accounts::forget_on_this_device`].
#[tauri::command]
#[specta::specta]
pub async fn accounts_forget_on_this_device(shell: State<'_, Shell>) -> Result<()> {
    let (workspace, actor) = shell.program().workspace()?;
    accounts::forget_on_this_device(shell.program(), &workspace, &actor).await
}
