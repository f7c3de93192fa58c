//! Schedules: fleet runs that begin by themselves.

use tauri::State;
use towerify_core::{
    Result,
    fleet::{FleetBegun, FleetSelection},
    schedules::{self, NewSchedule, NewTiming, NextTimes, ScheduleRow},
};
use towerify_domain::id::ScheduleId;

use crate::shell::Shell;

/// All schedules, by name, with what each missed.
///
/// # Errors
/// As [`schedules::list`].
#[tauri::command]
#[specta::specta]
pub async fn schedules_list(shell: State<'_, Shell>) -> Result<Vec<ScheduleRow>> {
    let (workspace, actor) = shell.workspace()?;
    schedules::list(&workspace, &actor).await
}

/// When a timing would be due, before it is kept.
///
/// # Errors
/// As [`schedules::next_times`].
#[tauri::command]
#[specta::specta]
pub async fn schedules_next(
    shell: State<'_, Shell>,
    timing: NewTiming,
    selection: FleetSelection,
) -> Result<NextTimes> {
    let (workspace, actor) = shell.workspace()?;
    schedules::next_times(&workspace, &actor, timing, &selection).await
}

/// Keeps a schedule, enabled.
///
/// # Errors
/// As [`schedules::create`].
#[tauri::command]
#[specta::specta]
pub async fn schedules_create(
    shell: State<'_, Shell>,
    schedule: NewSchedule,
) -> Result<ScheduleId> {
    let (workspace, actor) = shell.workspace()?;
    schedules::create(&workspace, &actor, schedule).await
}

/// Gives it another name.
///
/// # Errors
/// As [`schedules::rename`].
#[tauri::command]
#[specta::specta]
pub async fn schedules_rename(
    shell: State<'_, Shell>,
    schedule: ScheduleId,
    name: String,
) -> Result<()> {
    let (workspace, actor) = shell.workspace()?;
    schedules::rename(&workspace, &actor, schedule, &name).await
}

/// Lets it run by itself, or not.
///
/// # Errors
/// As [`schedules::enable`].
#[tauri::command]
#[specta::specta]
pub async fn schedules_enable(
    shell: State<'_, Shell>,
    schedule: ScheduleId,
    enabled: bool,
) -> Result<()> {
    let (workspace, actor) = shell.workspace()?;
    schedules::enable(&workspace, &actor, schedule, enabled).await
}

/// Deletes it. What it began stays.
///
/// # Errors
/// As [`schedules::delete`].
#[tauri::command]
#[specta::specta]
pub async fn schedules_delete(shell: State<'_, Shell>, schedule: ScheduleId) -> Result<()> {
    let (workspace, actor) = shell.workspace()?;
    schedules::delete(&workspace, &actor, schedule).await
}

/// Begins it now, and takes what it missed for done.
///
/// # Errors
/// As [`schedules::run_now`].
#[tauri::command]
#[specta::specta]
pub async fn schedules_run_now(
    shell: State<'_, Shell>,
    schedule: ScheduleId,
) -> Result<FleetBegun> {
    let (workspace, actor) = shell.workspace()?;
    schedules::run_now(&workspace, &actor, schedule).await
}

/// Leaves what it missed.
///
/// # Errors
/// As [`schedules::leave`].
#[tauri::command]
#[specta::specta]
pub async fn schedules_leave(shell: State<'_, Shell>, schedule: ScheduleId) -> Result<()> {
    let (workspace, actor) = shell.workspace()?;
    schedules::leave(&workspace, &actor, schedule).await
}
