//! The journal: who did what, and whether that can be relied upon.

use std::{
    fs::File,
    io::{BufWriter, Error},
    path::{Path, PathBuf},
};

use chrono::{DateTime, Utc};
use tauri::State;
use towerify_core::{
    Actor, AppError, Code, Result, Workspace,
    journal::{self, Choices, CutPlan, EntryDetail, ExportForm, JournalState, Page, Query},
};

use crate::shell::Shell;

/// Some entries, the newest first.
///
/// # Errors
/// As [`journal::list`].
#[tauri::command]
#[specta::specta]
pub async fn journal_list(shell: State<'_, Shell>, query: Query) -> Result<Page> {
    let (workspace, actor) = shell.workspace()?;
    journal::list(&workspace, &actor, query).await
}

/// One entry, with its place in the chain.
///
/// # Errors
/// As [`journal::entry`].
#[tauri::command]
#[specta::specta]
pub async fn journal_entry(shell: State<'_, Shell>, n: u32) -> Result<EntryDetail> {
    let (workspace, actor) = shell.workspace()?;
    journal::entry(&workspace, &actor, n).await
}

/// What a list can be filtered by.
///
/// # Errors
/// As [`journal::choices`].
#[tauri::command]
#[specta::specta]
pub async fn journal_choices(shell: State<'_, Shell>) -> Result<Choices> {
    let (workspace, actor) = shell.workspace()?;
    journal::choices(&workspace, &actor).await
}

/// What the last walk along the journal found.
///
/// # Errors
/// As [`journal::state`].
#[tauri::command]
#[specta::specta]
pub async fn journal_state(shell: State<'_, Shell>) -> Result<Option<JournalState>> {
    let (workspace, actor) = shell.workspace()?;
    journal::state(&workspace, &actor).await
}

/// Walks along the whole journal.
///
/// # Errors
/// As [`journal::check`].
#[tauri::command]
#[specta::specta]
pub async fn journal_check(shell: State<'_, Shell>) -> Result<JournalState> {
    let (workspace, actor) = shell.workspace()?;
    journal::check(&workspace, &actor).await
}

/// Writes the whole journal into a file where the person says; gives how many entries it has, none when they changed
/// their mind.
///
/// # Errors
/// As [`journal::export`]; [`Code::LocalDisk`] when the file can't be written.
#[tauri::command]
#[specta::specta]
pub async fn journal_export(shell: State<'_, Shell>, form: ExportForm) -> Result<Option<u32>> {
    let (workspace, actor) = shell.workspace()?;
    // The dialog blocks, and must not hold up what is async.
    let desk = shell.desk();
    let name = match form {
        ExportForm::JsonLines => "journal.jsonl",
        ExportForm::Csv => "journal.csv",
    };
    let asked = tauri::async_runtime::spawn_blocking(move || desk.ask_file(name));
    let Ok(Some(file)) = asked.await else {
        return Ok(None);
    };
    let written = written(&workspace, &actor, form, &file).await?;
    Ok(Some(u32::try_from(written).unwrap_or(u32::MAX)))
}

/// Writes beside the file first, so that what was there before stays until the new one is whole.
async fn written(
    workspace: &Workspace,
    actor: &Actor,
    form: ExportForm,
    file: &Path,
) -> Result<u64> {
    let mut beside = file.as_os_str().to_owned();
    beside.push(".part");
    let beside = PathBuf::from(beside);
    let mut out = BufWriter::new(File::create(&beside).map_err(|error| disk(&error))?);
    let written = journal::export(workspace, actor, form, &mut out).await;
    drop(out);
    let renamed = match written {
        Ok(written) => std::fs::rename(&beside, file)
            .map(|()| written)
            .map_err(|error| disk(&error)),
        Err(error) => Err(error),
    };
    if renamed.is_err() {
        // Nothing half-written is left behind.
        let _ = std::fs::remove_file(&beside);
    }
    renamed
}

fn disk(error: &Error) -> AppError {
    AppError::new(
        Code::LocalDisk,
        format!("The file can't be written: {error}."),
    )
}

/// What would be let go of.
///
/// # Errors
/// As [`journal::cut_plan`].
#[tauri::command]
#[specta::specta]
pub async fn journal_cut_plan(shell: State<'_, Shell>, before: DateTime<Utc>) -> Result<CutPlan> {
    let (workspace, actor) = shell.workspace()?;
    journal::cut_plan(&workspace, &actor, before).await
}

/// Lets go of every entry up to this one; gives how many there were.
///
/// # Errors
/// As [`journal::cut`].
#[tauri::command]
#[specta::specta]
pub async fn journal_cut(shell: State<'_, Shell>, upto: u32) -> Result<u32> {
    let (workspace, actor) = shell.workspace()?;
    journal::cut(&workspace, &actor, upto).await
}
