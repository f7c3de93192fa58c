//! The users of a server, and what they may open.

use tauri::State;
use towerify_core::{
    Result,
    people::{self, NewUser, People, UserEdit},
    runs::Begun,
};
use towerify_domain::id::ServerId;

use crate::shell::Shell;

/// Them, with groups and permissions.
///
/// # Errors
/// As [`people::list`].
#[tauri::command]
#[specta::specta]
pub async fn people_list(shell: State<'_, Shell>, server: ServerId) -> Result<People> {
    let (workspace, actor) = shell.workspace()?;
    people::list(&workspace, &actor, server).await
}

/// Creates a user.
///
/// # Errors
/// As [`people::create`].
#[tauri::command]
#[specta::specta]
pub async fn people_create(
    shell: State<'_, Shell>,
    server: ServerId,
    user: NewUser,
) -> Result<Begun> {
    let (workspace, actor) = shell.workspace()?;
    people::create(&workspace, &actor, server, user).await
}

/// Changes a user.
///
/// # Errors
/// As [`people::edit`].
#[tauri::command]
#[specta::specta]
pub async fn people_edit(
    shell: State<'_, Shell>,
    server: ServerId,
    username: String,
    edit: UserEdit,
) -> Result<Begun> {
    let (workspace, actor) = shell.workspace()?;
    people::edit(&workspace, &actor, server, &username, edit).await
}

/// Deletes a user; with their files too when `purge`.
///
/// # Errors
/// As [`people::delete`].
#[tauri::command]
#[specta::specta]
pub async fn people_remove(
    shell: State<'_, Shell>,
    server: ServerId,
    username: String,
    purge: bool,
) -> Result<Begun> {
    let (workspace, actor) = shell.workspace()?;
    people::delete(&workspace, &actor, server, &username, purge).await
}

/// Gives a user or a group a permission.
///
/// # Errors
/// As [`people::give`].
#[tauri::command]
#[specta::specta]
pub async fn people_give(
    shell: State<'_, Shell>,
    server: ServerId,
    permission: String,
    who: String,
) -> Result<Begun> {
    let (workspace, actor) = shell.workspace()?;
    people::give(&workspace, &actor, server, &permission, &who).await
}

/// Takes a permission from a user or a group.
///
/// # Errors
/// As [`people::take`].
#[tauri::command]
#[specta::specta]
pub async fn people_take(
    shell: State<'_, Shell>,
    server: ServerId,
    permission: String,
    who: String,
) -> Result<Begun> {
    let (workspace, actor) = shell.workspace()?;
    people::take(&workspace, &actor, server, &permission, &who).await
}
