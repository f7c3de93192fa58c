//! Runs: what is at work, and what was.

use tauri::State;
use towerify_core::{
    Result,
    runs::{self, Begun, Detail, ListQuery, Page, TracePage},
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

/// Tries it again.
///
/// # Errors
/// As [`runs::retry`].
#[tauri::command]
#[specta::specta]
pub async fn runs_retry(shell: State<'_, Shell>, run: RunId) -> Result<Begun> {
    let (workspace, actor) = shell.workspace()?;
    runs::retry(&workspace, &actor, run).await
}
