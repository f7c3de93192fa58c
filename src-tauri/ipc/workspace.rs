//! Workspaces, and the training fleet.

use std::path::PathBuf;

use secrecy::SecretString;
use tauri::State;
use towerify_core::{
    AppError, Code, Result,
    workspace::{self, NewWorkspace, PasswordStrength, Status},
};

use crate::{
    shell::{Shell, apart},
    training::TrainingMachine,
};

/// Where the program stands. The first answer waits until a training workspace is open again.
///
/// # Errors
/// None.
#[tauri::command]
#[specta::specta]
pub async fn workspace_status(shell: State<'_, Shell>) -> Result<Status> {
    shell.reopen().await;
    Ok(shell.program().status())
}

/// Creates a workspace where workspaces usually are, and opens it.
///
/// # Errors
/// As [`workspace::create`].
#[tauri::command]
#[specta::specta]
pub async fn workspace_create(shell: State<'_, Shell>, workspace: NewWorkspace) -> Result<Status> {
    let (program, _) = shell.program_and_training();
    apart(async move || workspace::create(&program, workspace, None).await).await
}

/// Opens the last workspace with its password.
///
/// # Errors
/// As [`workspace::unlock`].
#[tauri::command]
#[specta::specta]
pub async fn workspace_unlock(shell: State<'_, Shell>, password: Password) -> Result<Status> {
    let (program, _) = shell.program_and_training();
    apart(async move || workspace::unlock(&program, password.0).await).await
}

/// Locks.
///
/// # Errors
/// None.
#[tauri::command]
#[specta::specta]
pub async fn workspace_lock(shell: State<'_, Shell>) -> Result<Status> {
    Ok(workspace::lock(shell.program()).await)
}

/// Asks the person for a folder; none when they changed their mind.
///
/// # Errors
/// None.
#[tauri::command]
#[specta::specta]
pub async fn workspace_choose_folder(shell: State<'_, Shell>) -> Result<Option<String>> {
    // The dialog blocks, and must not hold up what is async.
    let desk = shell.desk();
    let chosen = tauri::async_runtime::spawn_blocking(move || desk.ask_folder())
        .await
        .map_err(|_| {
            AppError::new(
                Code::Internal,
                "The dialog for the folder ended without an answer.",
            )
        })?;
    Ok(chosen.map(|folder| folder.display().to_string()))
}

/// Opens the workspace in this folder with its password; `~/` stands for the person's own folder.
///
/// # Errors
/// As [`workspace::open_folder`].
#[tauri::command]
#[specta::specta]
pub async fn workspace_open_folder(
    shell: State<'_, Shell>,
    folder: String,
    password: Password,
) -> Result<Status> {
    let (program, _) = shell.program_and_training();
    let folder = match (folder.strip_prefix("~/"), std::env::home_dir()) {
        (Some(below), Some(home)) => home.join(below),
        _ => PathBuf::from(folder),
    };
    apart(async move || workspace::open_folder(&program, &folder, password.0).await).await
}

/// Leaves the open workspace, for the first screen.
///
/// # Errors
/// As [`workspace::leave`].
#[tauri::command]
#[specta::specta]
pub async fn workspace_close(shell: State<'_, Shell>) -> Result<Status> {
    workspace::leave(shell.program()).await
}

/// Starts the training fleet and opens its workspace.
///
/// # Errors
/// As [`workspace::open_training`], and those of starting the fleet.
#[tauri::command]
#[specta::specta]
pub async fn workspace_training(shell: State<'_, Shell>) -> Result<Status> {
    let (program, training) = shell.program_and_training();
    apart(async move || training.open(&program).await).await
}

/// Forgets the training fleet with all that was done in it, and starts it anew.
///
/// # Errors
/// As [`workspace_training`] and [`workspace::forget_training`].
#[tauri::command]
#[specta::specta]
pub async fn workspace_training_afresh(shell: State<'_, Shell>) -> Result<Status> {
    let (program, training) = shell.program_and_training();
    apart(async move || training.afresh(&program).await).await
}

/// The simulated machines that wait to be made servers; none outside the training fleet.
///
/// # Errors
/// None.
#[tauri::command]
#[specta::specta]
pub async fn workspace_training_machines(shell: State<'_, Shell>) -> Result<Vec<TrainingMachine>> {
    let (program, training) = shell.program_and_training();
    let open = matches!(program.status(), Status::Open { workspace, .. } if workspace.training);
    Ok(if open {
        training.machines().await
    } else {
        Vec::new()
    })
}

/// How hard a password is to guess.
///
/// # Errors
/// None.
#[tauri::command]
#[specta::specta]
pub async fn workspace_password_strength(password: Password) -> Result<PasswordStrength> {
    let strength = move || workspace::password_strength(&password.0, &[]);
    tauri::async_runtime::spawn_blocking(strength)
        .await
        .map_err(|_| AppError::new(Code::Internal, "The password could not be judged."))
}

/// A password on its way in. It has no way out.
#[derive(serde::Deserialize, specta::Type)]
#[serde(transparent)]
pub struct Password(#[specta(type = String)] SecretString);
