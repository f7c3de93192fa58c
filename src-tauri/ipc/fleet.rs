//! Fleet runs: the same change on many servers.

use tauri::State;
use towerify_core::{
    Result,
    fleet::{
        self, FleetBegun, FleetDetail, FleetOrder, FleetPage, FleetPlan, FleetQuery, NewFleetRun,
    },
};
use towerify_domain::id::FleetId;

use crate::shell::Shell;

/// What a fleet run would touch, wave by wave.
///
/// # Errors
/// As [`fleet::plan`].
#[tauri::command]
#[specta::specta]
pub async fn fleet_plan(shell: State<'_, Shell>, order: FleetOrder) -> Result<FleetPlan> {
    let (workspace, actor) = shell.workspace()?;
    fleet::plan(&workspace, &actor, &order).await
}

/// Begins a fleet run, or a dry run.
///
/// # Errors
/// As [`fleet::begin`].
#[tauri::command]
#[specta::specta]
pub async fn fleet_begin(shell: State<'_, Shell>, run: NewFleetRun) -> Result<FleetBegun> {
    let (workspace, actor) = shell.workspace()?;
    fleet::begin(&workspace, &actor, run).await
}

/// Fleet runs, newest first.
///
/// # Errors
/// As [`fleet::list`].
#[tauri::command]
#[specta::specta]
pub async fn fleet_list(shell: State<'_, Shell>, query: FleetQuery) -> Result<FleetPage> {
    let (workspace, actor) = shell.workspace()?;
    fleet::list(&workspace, &actor, query).await
}

/// One fleet run, with its table of results.
///
/// # Errors
/// As [`fleet::detail`].
#[tauri::command]
#[specta::specta]
pub async fn fleet_detail(shell: State<'_, Shell>, fleet: FleetId) -> Result<FleetDetail> {
    let (workspace, actor) = shell.workspace()?;
    fleet::detail(&workspace, &actor, fleet).await
}

/// Begins no other server until told to go on.
///
/// # Errors
/// As [`fleet::pause`].
#[tauri::command]
#[specta::specta]
pub async fn fleet_pause(shell: State<'_, Shell>, fleet: FleetId) -> Result<()> {
    let (workspace, actor) = shell.workspace()?;
    fleet::pause(&workspace, &actor, fleet).await
}

/// Goes on after a pause, or after its rule stopped it.
///
/// # Errors
/// As [`fleet::go_on`].
#[tauri::command]
#[specta::specta]
pub async fn fleet_go_on(shell: State<'_, Shell>, fleet: FleetId) -> Result<()> {
    let (workspace, actor) = shell.workspace()?;
    fleet::go_on(&workspace, &actor, fleet).await
}

/// Begins no other server, and cancels what is at work where its step ends.
///
/// # Errors
/// As [`fleet::cancel`].
#[tauri::command]
#[specta::specta]
pub async fn fleet_cancel(shell: State<'_, Shell>, fleet: FleetId) -> Result<()> {
    let (workspace, actor) = shell.workspace()?;
    fleet::cancel(&workspace, &actor, fleet).await
}

/// Takes up the servers that failed, and no others. Gives how many.
///
/// # Errors
/// As [`fleet::retry_failed`].
#[tauri::command]
#[specta::specta]
pub async fn fleet_retry_failed(shell: State<'_, Shell>, fleet: FleetId) -> Result<u32> {
    let (workspace, actor) = shell.workspace()?;
    fleet::retry_failed(&workspace, &actor, fleet).await
}
