//! Provisioning: the form, a look at the machine, the plan, beginning, the report, profiles; taking a server out.

use tauri::State;
use towerify_core::{
    Result,
    provisioning::{
        self, Choices, Form, Losses, Order, PlannedStep, Preflight, Profile, Removal, Report,
        Started,
    },
    runs::Begun,
};
use towerify_domain::id::{RunId, ServerId};

use crate::shell::Shell;

/// The form, with defaults and profiles.
///
/// # Errors
/// As [`provisioning::form`].
#[tauri::command]
#[specta::specta]
pub async fn provisioning_form(shell: State<'_, Shell>) -> Result<Form> {
    let (workspace, actor) = shell.workspace()?;
    provisioning::form(&workspace, &actor).await
}

/// What the machine looks like; nothing is changed on it.
///
/// # Errors
/// As [`provisioning::look`].
#[tauri::command]
#[specta::specta]
pub async fn provisioning_look(shell: State<'_, Shell>, order: Order) -> Result<Preflight> {
    let (workspace, actor) = shell.workspace()?;
    provisioning::look(&workspace, &actor, order).await
}

/// What would be done, step by step.
///
/// # Errors
/// As [`provisioning::plan`].
#[tauri::command]
#[specta::specta]
pub async fn provisioning_plan(shell: State<'_, Shell>, order: Order) -> Result<Vec<PlannedStep>> {
    let (workspace, actor) = shell.workspace()?;
    provisioning::plan(&workspace, &actor, order).await
}

/// Begins.
///
/// # Errors
/// As [`provisioning::begin`].
#[tauri::command]
#[specta::specta]
pub async fn provisioning_begin(shell: State<'_, Shell>, order: Order) -> Result<Started> {
    let (workspace, actor) = shell.workspace()?;
    provisioning::begin(&workspace, &actor, order).await
}

/// What was done, to be printed.
///
/// # Errors
/// As [`provisioning::report`].
#[tauri::command]
#[specta::specta]
pub async fn provisioning_report(shell: State<'_, Shell>, run: RunId) -> Result<Report> {
    let (workspace, actor) = shell.workspace()?;
    provisioning::report(&workspace, &actor, run).await
}

/// The saved sets of choices.
///
/// # Errors
/// As [`provisioning::profiles`].
#[tauri::command]
#[specta::specta]
pub async fn provisioning_profiles(shell: State<'_, Shell>) -> Result<Vec<Profile>> {
    let (workspace, actor) = shell.workspace()?;
    provisioning::profiles(&workspace, &actor).await
}

/// Saves choices under a name.
///
/// # Errors
/// As [`provisioning::save_profile`].
#[tauri::command]
#[specta::specta]
pub async fn provisioning_save_profile(
    shell: State<'_, Shell>,
    name: String,
    choices: Choices,
) -> Result<()> {
    let (workspace, actor) = shell.workspace()?;
    provisioning::save_profile(&workspace, &actor, &name, choices).await
}

/// Deletes a saved set of choices.
///
/// # Errors
/// As [`provisioning::delete_profile`].
#[tauri::command]
#[specta::specta]
pub async fn provisioning_delete_profile(shell: State<'_, Shell>, profile: String) -> Result<()> {
    let (workspace, actor) = shell.workspace()?;
    provisioning::delete_profile(&workspace, &actor, &profile).await
}

/// What "disconnect" would do on this server.
///
/// # Errors
/// As [`provisioning::disconnect_plan`].
#[tauri::command]
#[specta::specta]
pub async fn provisioning_disconnect_plan(
    shell: State<'_, Shell>,
    server: ServerId,
) -> Result<Vec<Removal>> {
    let (workspace, actor) = shell.workspace()?;
    provisioning::disconnect_plan(&workspace, &actor, server).await
}

/// Takes what we put on a server away; it goes on serving.
///
/// # Errors
/// As [`provisioning::disconnect`].
#[tauri::command]
#[specta::specta]
pub async fn provisioning_disconnect(shell: State<'_, Shell>, server: ServerId) -> Result<Begun> {
    let (workspace, actor) = shell.workspace()?;
    provisioning::disconnect(&workspace, &actor, server).await
}

/// Switches a server's HTTP API.
///
/// # Errors
/// As [`provisioning::switch_api`].
#[tauri::command]
#[specta::specta]
pub async fn provisioning_switch_api(
    shell: State<'_, Shell>,
    server: ServerId,
    on: bool,
) -> Result<Begun> {
    let (workspace, actor) = shell.workspace()?;
    provisioning::switch_api(&workspace, &actor, server, on).await
}

/// What is lost here when a server is forgotten.
///
/// # Errors
/// As [`provisioning::forget_says`].
#[tauri::command]
#[specta::specta]
pub async fn provisioning_forget_says(shell: State<'_, Shell>, server: ServerId) -> Result<Losses> {
    let (workspace, actor) = shell.workspace()?;
    provisioning::forget_says(&workspace, &actor, server).await
}

/// Forgets a server; nothing changes on it.
///
/// # Errors
/// As [`provisioning::forget`].
#[tauri::command]
#[specta::specta]
pub async fn provisioning_forget(shell: State<'_, Shell>, server: ServerId) -> Result<()> {
    let (workspace, actor) = shell.workspace()?;
    provisioning::forget(&workspace, &actor, server).await
}
