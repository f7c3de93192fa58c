//! Which plan a run has: built the same whenever the run is begun, taken up, retried or undone. What its steps do is in
//! their own files.

use towerify_domain::{Privilege, id::RunId, run::RunKind};
use towerify_runs::Plan;
use towerify_store::{Run, Server};

use crate::{
    AppError, Code, Result, gates, provisioning,
    runs::{
        change::Change,
        making::MakeChange,
        steps::{ReachServer, ReadAgain},
    },
    workspace::Reach,
};

/// The plan of a run that was begun before, from its kind and what it keeps as its input. What it conceals is added by
/// the caller.
///
/// # Errors
/// [`Code::WorkspaceDamaged`] when its input can't be read.
pub(super) fn plan_of(reach: &Reach, run: &Run, server: &Server) -> Result<Plan> {
    match run.kind {
        RunKind::ServerProvision | RunKind::ServerDisconnect | RunKind::ApiSwitch => {
            let input = serde_json::from_value(run.input.clone()).map_err(|_| unreadable())?;
            Ok(provisioning::plan_of(reach, run.id, server, input))
        }
        RunKind::GateInstall | RunKind::GateRemove => {
            let input = serde_json::from_value(run.input.clone()).map_err(|_| unreadable())?;
            Ok(gates::plan_of(reach, server, input))
        }
        _ => Ok(of_change(reach, run.id, server, change_of(run)?)),
    }
}

/// What it takes to retry or undo a run, and whether it can't be done without its secret.
///
/// # Errors
/// As [`plan_of`].
pub(super) fn needs(run: &Run) -> Result<(Privilege, bool)> {
    match run.kind {
        // Its secrets are kept with the server, not with the run.
        RunKind::ServerProvision | RunKind::ServerDisconnect | RunKind::ApiSwitch => {
            Ok((Privilege::ProvisionServer, false))
        }
        RunKind::GateInstall | RunKind::GateRemove => Ok((Privilege::ManageGates, false)),
        _ => {
            let change = change_of(run)?;
            Ok((change.privilege(), change.needs_secret()))
        }
    }
}

/// The plan of a change.
pub(crate) fn of_change(reach: &Reach, run: RunId, server: &Server, change: Change) -> Plan {
    let id = server.id;
    let plan = Plan::new(change.title(&server.name))
        .told_in(reach.language())
        .then(ReachServer {
            reach: reach.clone(),
            server: id,
        });
    let plan = match change {
        Change::Refresh => plan,
        change => plan.then(MakeChange {
            reach: reach.clone(),
            run,
            server: id,
            change,
        }),
    };
    plan.then(ReadAgain {
        reach: reach.clone(),
        server: id,
    })
}

pub(super) fn change_of(run: &Run) -> Result<Change> {
    serde_json::from_value(run.input.clone()).map_err(|_| unreadable())
}

/// What a run keeps is no longer what this program understands.
pub(super) fn unreadable() -> AppError {
    AppError::new(
        Code::WorkspaceDamaged,
        "What this run was to do can't be read any more.",
    )
}
