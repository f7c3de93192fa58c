//! The apps of a server.

use tauri::State;
use towerify_core::{
    Result,
    apps::{self, Apps, Catalogue, InstallForm, Installation, ShippedNow},
    runs::Begun,
};
use towerify_domain::id::ServerId;

use crate::shell::Shell;

/// The installed ones.
///
/// # Errors
/// As [`apps::list`].
#[tauri::command]
#[specta::specta]
pub async fn apps_list(shell: State<'_, Shell>, server: ServerId) -> Result<Apps> {
    let (workspace, actor) = shell.workspace()?;
    apps::list(&workspace, &actor, server).await
}

/// Those that can be had.
///
/// # Errors
/// As [`apps::catalogue`].
#[tauri::command]
#[specta::specta]
pub async fn apps_catalogue(shell: State<'_, Shell>, server: ServerId) -> Result<Catalogue> {
    let (workspace, actor) = shell.workspace()?;
    apps::catalogue(&workspace, &actor, server).await
}

/// What an app asks before it is installed.
///
/// # Errors
/// As [`apps::form`].
#[tauri::command]
#[specta::specta]
pub async fn apps_form(
    shell: State<'_, Shell>,
    server: ServerId,
    app: String,
) -> Result<InstallForm> {
    let (workspace, actor) = shell.workspace()?;
    apps::form(&workspace, &actor, server, &app).await
}

/// Installs an app.
///
/// # Errors
/// As [`apps::install`].
#[tauri::command]
#[specta::specta]
pub async fn apps_install(
    shell: State<'_, Shell>,
    server: ServerId,
    installation: Installation,
) -> Result<Begun> {
    let (workspace, actor) = shell.workspace()?;
    apps::install(&workspace, &actor, server, installation).await
}

/// Upgrades an app.
///
/// # Errors
/// As [`apps::upgrade`].
#[tauri::command]
#[specta::specta]
pub async fn apps_upgrade(shell: State<'_, Shell>, server: ServerId, app: String) -> Result<Begun> {
    let (workspace, actor) = shell.workspace()?;
    apps::upgrade(&workspace, &actor, server, &app).await
}

/// Removes an app, with its data.
///
/// # Errors
/// As [`apps::remove`].
#[tauri::command]
#[specta::specta]
pub async fn apps_remove(shell: State<'_, Shell>, server: ServerId, app: String) -> Result<Begun> {
    let (workspace, actor) = shell.workspace()?;
    apps::remove(&workspace, &actor, server, &app).await
}

/// Shows an app in the browser.
///
/// # Errors
/// As [`apps::address`]; [`towerify_core::Code::Internal`] when no browser answers.
#[tauri::command]
#[specta::specta]
pub async fn apps_open(shell: State<'_, Shell>, server: ServerId, app: String) -> Result<()> {
    let (workspace, actor) = shell.workspace()?;
    let url = apps::address(&workspace, &actor, server, &app).await?;
    shell.desk().show_page(&url)
}

/// The releases of an in-house app that was deployed, and a log of it, as the app's own program says now.
///
/// # Errors
/// As [`apps::shipped_now`].
#[tauri::command]
#[specta::specta]
pub async fn apps_shipped(
    shell: State<'_, Shell>,
    server: ServerId,
    app: String,
    deployments: bool,
) -> Result<ShippedNow> {
    let (workspace, actor) = shell.workspace()?;
    apps::shipped_now(&workspace, &actor, server, &app, deployments).await
}

/// Goes back to a release of an in-house app.
///
/// # Errors
/// As [`apps::roll_back`].
#[tauri::command]
#[specta::specta]
pub async fn apps_roll_back(
    shell: State<'_, Shell>,
    server: ServerId,
    app: String,
    release: String,
) -> Result<Begun> {
    let (workspace, actor) = shell.workspace()?;
    apps::roll_back(&workspace, &actor, server, &app, &release).await
}

/// Starts an in-house app anew.
///
/// # Errors
/// As [`apps::restart`].
#[tauri::command]
#[specta::specta]
pub async fn apps_restart(shell: State<'_, Shell>, server: ServerId, app: String) -> Result<Begun> {
    let (workspace, actor) = shell.workspace()?;
    apps::restart(&workspace, &actor, server, &app).await
}
