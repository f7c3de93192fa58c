//! What the window says of itself, and its end.

use tauri::State;
use towerify_core::Result;

use crate::shell::Shell;

/// The first screen is on the display. Said once by the interface; a second time means nothing.
///
/// # Errors
/// None.
#[tauri::command]
#[specta::specta]
pub async fn window_painted(shell: State<'_, Shell>) -> Result<()> {
    shell.painted();
    Ok(())
}

/// Says something where the system says such things: that a run ended while the window was not in front.
///
/// # Errors
/// None.
#[tauri::command]
#[specta::specta]
pub async fn window_notify(shell: State<'_, Shell>, title: String, text: String) -> Result<()> {
    shell.desk().notify(&title, &text);
    Ok(())
}

/// Somebody is at the window: it is not locked for want of anybody.
///
/// # Errors
/// None.
#[tauri::command]
#[specta::specta]
pub async fn window_touched(shell: State<'_, Shell>) -> Result<()> {
    shell.program().touch();
    Ok(())
}

/// Ends the program. Work on servers goes on there, and is found again.
///
/// # Errors
/// None.
#[tauri::command]
#[specta::specta]
pub async fn window_quit(shell: State<'_, Shell>) -> Result<()> {
    shell.desk().quit();
    Ok(())
}
