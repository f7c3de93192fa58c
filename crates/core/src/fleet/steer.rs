//! What a person decides about a fleet run: pause it, let it go on, cancel it, retry what failed of it.

use serde_json::json;
use towerify_domain::{
    Permit, Words,
    fleet::{FleetState, MemberState},
    id::FleetId,
    policy::may,
};
use towerify_runs::FleetError;

use crate::{Actor, AppError, Code, Result, Workspace, fleet::list::order_of, journal::note, runs};

/// Begins no other server; what is at work comes to its end. It stays so until [`go_on`], also after a restart.
///
/// # Errors
/// [`Code::NotFound`]; [`Code::Busy`] unless it is running.
pub async fn pause(workspace: &Workspace, actor: &Actor, fleet: FleetId) -> Result<()> {
    let permit = Permit::<may::RunFleet>::ask(actor)?;
    let because = Words::new(
        format!("Paused by {}.", actor.name),
        format!("Mise en pause par {}.", actor.name),
    );
    let fleets = workspace.fleets(&permit);
    fleets.pause(fleet, because).await.map_err(refused)?;
    decided(workspace, &permit, "fleet.pause", fleet).await
}

/// Goes on after a pause, or after its rule stopped it; in the second case what failed so far does not count any more.
///
/// # Errors
/// [`Code::NotFound`]; [`Code::Busy`] unless it is paused or was stopped.
pub async fn go_on(workspace: &Workspace, actor: &Actor, fleet: FleetId) -> Result<()> {
    let permit = Permit::<may::RunFleet>::ask(actor)?;
    let fleets = workspace.fleets(&permit);
    fleets.go_on(fleet).await.map_err(refused)?;
    decided(workspace, &permit, "fleet.go_on", fleet).await
}

/// Begins no other server, for good, and cancels what is at work where its step ends.
///
/// # Errors
/// [`Code::NotFound`]; [`Code::Busy`] when it is over.
pub async fn cancel(workspace: &Workspace, actor: &Actor, fleet: FleetId) -> Result<()> {
    let permit = Permit::<may::RunFleet>::ask(actor)?;
    let because = Words::new(
        format!("Cancelled by {}.", actor.name),
        format!("Annulée par {}.", actor.name),
    );
    let fleets = workspace.fleets(&permit);
    fleets.cancel(fleet, because).await.map_err(refused)?;
    for member in workspace.store(&permit).fleet_members().of(fleet).await? {
        if member.state == MemberState::Running
            && let Some(run) = member.run
        {
            // One that was not begun yet is cancelled by whoever begins it; one that is over needs nothing.
            let _ = runs::cancel(workspace, actor, run).await;
        }
    }
    decided(workspace, &permit, "fleet.cancel", fleet).await
}

/// Takes up the servers that failed, or whose outcome is unknown, and no others; gives how many.
///
/// # Errors
/// [`Code::NotFound`]; [`Code::Busy`] unless it is over.
pub async fn retry_failed(workspace: &Workspace, actor: &Actor, fleet: FleetId) -> Result<u32> {
    let permit = Permit::<may::RunFleet>::ask(actor)?;
    let fleets = workspace.fleets(&permit);
    let again = fleets.retry_failed(fleet).await.map_err(refused)?;
    decided(workspace, &permit, "fleet.retry_failed", fleet).await?;
    Ok(again)
}

/// Waits until nothing more of it is at work here, and gives the state that it is in. One that is paused is waited for.
///
/// # Errors
/// [`Code::NotFound`].
pub async fn wait(workspace: &Workspace, actor: &Actor, fleet: FleetId) -> Result<FleetState> {
    let permit = Permit::<may::RunFleet>::ask(actor)?;
    workspace.fleets(&permit).left(fleet).await;
    let known = workspace.store(&permit).fleet_runs().get(fleet).await?;
    known
        .map(|known| known.state)
        .ok_or_else(|| AppError::not_found("fleet run"))
}

/// Takes up every fleet run that was left open: servers that had their turn are followed, the others have theirs. Those that
/// are paused wait.
pub(crate) async fn take_up(workspace: &Workspace) -> Result<()> {
    // Whoever may not steer fleet runs leaves them to those who may.
    let Some(permit) = Permit::<may::RunFleet>::held(workspace.actor()) else {
        return Ok(());
    };
    let runs = workspace.store(&permit).fleet_runs();
    let mut open = Vec::new();
    for fleet in runs.open().await? {
        let known = match runs.get(fleet).await {
            Ok(known) => known.map(|known| order_of(&known)).transpose(),
            Err(error) => Err(error.into()),
        };
        match known {
            Ok(known) => open.extend(known.map(|_| fleet)),
            // It holds up neither the others nor the workspace.
            Err(error) => tracing::warn!(%fleet, %error, "an open fleet run could not be taken up"),
        }
    }
    let fleets = workspace.fleets(&permit);
    fleets.take_up(&open).await.map_err(refused)
}

pub(crate) fn refused(error: FleetError) -> AppError {
    match error {
        FleetError::NoSuchFleet(_) => AppError::not_found("fleet run"),
        FleetError::Is(_, state) => AppError::new(
            Code::Busy,
            format!("This fleet run is in the state “{}”.", state.words().en),
        ),
        FleetError::Journal(error) => AppError::new(Code::Internal, format!("{error}.")),
    }
}

async fn decided(
    workspace: &Workspace,
    permit: &Permit<may::RunFleet>,
    what: &str,
    fleet: FleetId,
) -> Result<()> {
    let detail = json!({ "fleet": fleet });
    note(workspace, permit, what, None, "done", detail).await
}
