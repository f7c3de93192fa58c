//! Runs: what is at work, and what was.

use tauri::State;
use towerify_core::{
    AppError, Code, Result,
    runs::{self, Begun, Detail, ListQuery, Page, TracePage, TraceQuery},
};
use towerify_domain::id::RunId;

use crate::shell::Shell;

/// Runs, newest first.
///
/// # Errors
/// As [`runs::list`].
#[tauri::command]
#[specta::specta]
pub async fn runs_list(shell: State<'_, Shell>, query: ListQuery) -> Result<Page> {
    let (workspace, actor) = shell.workspace()?;
    runs::list(&workspace, &actor, query).await
}

/// One run.
///
/// # Errors
/// As [`runs::detail`].
#[tauri::command]
#[specta::specta]
pub async fn runs_detail(shell: State<'_, Shell>, run: RunId) -> Result<Detail> {
    let (workspace, actor) = shell.workspace()?;
    runs::detail(&workspace, &actor, run).await
}

/// A part of its trace.
///
/// # Errors
/// As [`runs::trace`].
#[tauri::command]
#[specta::specta]
pub async fn runs_trace(
    shell: State<'_, Shell>,
    run: RunId,
    from: u32,
    limit: u32,
) -> Result<TracePage> {
    let (workspace, actor) = shell.workspace()?;
    runs::trace(&workspace, &actor, run, from, limit).await
}

/// What is looked for in its trace.
///
/// # Errors
/// As [`runs::search`].
#[tauri::command]
#[specta::specta]
pub async fn runs_search(
    shell: State<'_, Shell>,
    run: RunId,
    query: TraceQuery,
) -> Result<TracePage> {
    let (workspace, actor) = shell.workspace()?;
    runs::search(&workspace, &actor, run, query).await
}

/// Saves it as text where the person says; false when they changed their mind.
///
/// # Errors
/// As [`runs::export`]; [`Code::LocalDisk`] when the file can't be written.
#[tauri::command]
#[specta::specta]
pub async fn runs_save(shell: State<'_, Shell>, run: RunId) -> Result<bool> {
    let (workspace, actor) = shell.workspace()?;
    let text = runs::export(&workspace, &actor, run).await?;
    // The dialog blocks, and must not hold up what is async.
    let desk = shell.desk();
    let saved = tauri::async_runtime::spawn_blocking(move || {
        let Some(file) = desk.ask_file(&format!("run-{run}.txt")) else {
            return Ok(false);
        };
        std::fs::write(&file, text).map(|()| true)
    });
    match saved.await {
        Ok(Ok(saved)) => Ok(saved),
        Ok(Err(error)) => Err(AppError::new(
            Code::LocalDisk,
            format!("The file can't be written: {error}."),
        )),
        Err(_) => Err(AppError::new(
            Code::Internal,
            "The dialog for the file ended without an answer.",
        )),
    }
}

/// Holds it: before its next step.
///
/// # Errors
/// As [`runs::pause`].
#[tauri::command]
#[specta::specta]
pub async fn runs_pause(shell: State<'_, Shell>, run: RunId) -> Result<()> {
    let (workspace, actor) = shell.workspace()?;
    runs::pause(&workspace, &actor, run).await
}

/// Lets it go on.
///
/// # Errors
/// As [`runs::go_on`].
#[tauri::command]
#[specta::specta]
pub async fn runs_go_on(shell: State<'_, Shell>, run: RunId) -> Result<()> {
    let (workspace, actor) = shell.workspace()?;
    runs::go_on(&workspace, &actor, run).await
}

/// Undoes what it did.
///
/// # Errors
/// As [`runs::undo`].
#[tauri::command]
#[specta::specta]
pub async fn runs_undo(shell: State<'_, Shell>, run: RunId) -> Result<Begun> {
    let (workspace, actor) = shell.workspace()?;
    runs::undo(&workspace, &actor, run).await
}

/// Forgets the secret that is kept for retrying it.
///
/// # Errors
/// As [`runs::forget`].
#[tauri::command]
#[specta::specta]
pub async fn runs_forget(shell: State<'_, Shell>, run: RunId) -> Result<()> {
    let (workspace, actor) = shell.workspace()?;
    runs::forget(&workspace, &actor, run).await
}

/// Asks it to stop before its next step.
///
/// # Errors
/// As [`runs::cancel`].
#[tauri::command]
#[specta::specta]
pub async fn runs_cancel(shell: State<'_, Shell>, run: RunId) -> Result<()> {
    let (workspace, actor) = shell.workspace()?;
    runs::cancel(&workspace, &actor, run).await
}

/// Takes it up from where it came to a halt.
///
/// # Errors
/// As [`runs::retry`].
#[tauri::command]
#[specta::specta]
pub async fn runs_retry(shell: State<'_, Shell>, run: RunId) -> Result<Begun> {
    let (workspace, actor) = shell.workspace()?;
    runs::retry(&workspace, &actor, run).await
}
