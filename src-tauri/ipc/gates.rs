//! The entries of customers' own administrators to servers.

use tauri::State;
use towerify_core::{
    Result,
    gates::{self, Gates},
    runs::Begun,
};
use towerify_domain::id::{AccountId, ServerId};

use crate::shell::Shell;

/// Who has an entry to a server, and who could have one.
///
/// # Errors
/// As [`gates::list`].
#[tauri::command]
#[specta::specta]
pub async fn gates_list(shell: State<'_, Shell>, server: ServerId) -> Result<Gates> {
    let (workspace, actor) = shell.workspace()?;
    gates::list(&workspace, &actor, server).await
}

/// Begins to give an account an entry.
///
/// # Errors
/// As [`gates::install`].
#[tauri::command]
#[specta::specta]
pub async fn gates_install(
    shell: State<'_, Shell>,
    server: ServerId,
    account: AccountId,
) -> Result<Begun> {
    let (workspace, actor) = shell.workspace()?;
    gates::install(&workspace, &actor, server, account).await
}

/// Begins to bring every entry of a server up to date.
///
/// # Errors
/// As [`gates::update`].
#[tauri::command]
#[specta::specta]
pub async fn gates_update(shell: State<'_, Shell>, server: ServerId) -> Result<Begun> {
    let (workspace, actor) = shell.workspace()?;
    gates::update(&workspace, &actor, server).await
}

/// Begins to take an account's entry away.
///
/// # Errors
/// As [`gates::remove`].
#[tauri::command]
#[specta::specta]
pub async fn gates_remove(
    shell: State<'_, Shell>,
    server: ServerId,
    account: AccountId,
) -> Result<Begun> {
    let (workspace, actor) = shell.workspace()?;
    gates::remove(&workspace, &actor, server, account).await
}
