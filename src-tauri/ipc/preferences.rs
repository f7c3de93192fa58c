//! How the program looks and speaks.

use tauri::State;
use towerify_core::{
    Result,
    preferences::{self, Preferences},
};

use crate::shell::Shell;

/// As they are.
///
/// # Errors
/// None.
#[tauri::command]
#[specta::specta]
pub async fn preferences_get(shell: State<'_, Shell>) -> Result<Preferences> {
    Ok(preferences::get(shell.program()))
}

/// Sets them all.
///
/// # Errors
/// As [`preferences::set`].
#[tauri::command]
#[specta::specta]
pub async fn preferences_set(shell: State<'_, Shell>, preferences: Preferences) -> Result<()> {
    preferences::set(shell.program(), preferences).await
}
