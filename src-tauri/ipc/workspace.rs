//! Workspaces, and the training fleet.

use std::path::PathBuf;

use secrecy::SecretString;
use tauri::State;
use towerify_core::{
    AppError, Code, Result,
    workspace::{
        self, Door, Entry, KnownWorkspace, NewWorkspace, PasswordStrength, PolicyView, Status,
        WayIn,
    },
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

/// What whoever is at work may do.
///
/// # Errors
/// [`Code::Locked`], [`Code::NoWorkspace`].
#[tauri::command]
#[specta::specta]
pub async fn workspace_policy(shell: State<'_, Shell>) -> Result<PolicyView> {
    let (_, actor) = shell.workspace()?;
    Ok(workspace::policy(&actor))
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

/// Opens the last workspace.
///
/// # Errors
/// As [`workspace::unlock`].
#[tauri::command]
#[specta::specta]
pub async fn workspace_unlock(shell: State<'_, Shell>, entry: EntryTold) -> Result<Status> {
    let (program, _) = shell.program_and_training();
    apart(async move || workspace::unlock(&program, entry.into()).await).await
}

/// What the lock screen of the workspace in this folder shows; of the last one, without a folder.
///
/// # Errors
/// As [`workspace::door`].
#[tauri::command]
#[specta::specta]
pub async fn workspace_door(shell: State<'_, Shell>, folder: Option<String>) -> Result<Door> {
    let folder = folder.as_deref().map(place);
    workspace::door(shell.program(), folder.as_deref()).await
}

/// The workspaces that this program has seen, the last one first.
///
/// # Errors
/// None.
#[tauri::command]
#[specta::specta]
pub async fn workspace_known(shell: State<'_, Shell>) -> Result<Vec<KnownWorkspace>> {
    Ok(shell.program().known())
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

/// Opens the workspace in this folder; `~/` stands for the person's own folder.
///
/// # Errors
/// As [`workspace::open_folder`].
#[tauri::command]
#[specta::specta]
pub async fn workspace_open_folder(
    shell: State<'_, Shell>,
    folder: String,
    entry: EntryTold,
) -> Result<Status> {
    let (program, _) = shell.program_and_training();
    let folder = place(&folder);
    apart(async move || workspace::open_folder(&program, &folder, entry.into()).await).await
}

fn place(folder: &str) -> PathBuf {
    match (folder.strip_prefix("~/"), std::env::home_dir()) {
        (Some(below), Some(home)) => home.join(below),
        _ => PathBuf::from(folder),
    }
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

/// A password, a code or a key on its way in. It has no way out.
#[derive(serde::Deserialize, specta::Type)]
#[serde(transparent)]
pub struct Password(#[specta(type = String)] pub(super) SecretString);

/// Who comes in, as the window says it.
#[derive(serde::Deserialize, specta::Type)]
pub struct EntryTold {
    /// The account's id or name; the last one's unless told.
    account: Option<String>,
    /// By which way.
    by: WayTold,
    /// The code of the second factor, once it was asked for.
    code: Option<Password>,
}

/// A way in.
#[derive(serde::Deserialize, specta::Type)]
#[serde(tag = "way", rename_all = "snake_case")]
pub enum WayTold {
    /// The password.
    Password {
        /// As typed.
        password: Password,
    },
    /// The keyring of this computer.
    Keyring,
    /// The recovery key, and the new password.
    Recovery {
        /// The key as typed.
        key: Password,
        /// The new password.
        password: Password,
    },
}

impl From<EntryTold> for Entry {
    fn from(told: EntryTold) -> Self {
        Self {
            account: told.account,
            by: match told.by {
                WayTold::Password { password } => WayIn::Password(password.0),
                WayTold::Keyring => WayIn::Keyring,
                WayTold::Recovery { key, password } => WayIn::Recovery {
                    key: key.0,
                    password: password.0,
                },
            },
            code: told.code.map(|code| code.0),
        }
    }
}
