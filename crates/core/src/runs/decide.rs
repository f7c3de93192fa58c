//! What a person decides about a run: hold it, let it go on, cancel it, retry it, undo it, forget its secret.

use serde_json::json;
use towerify_domain::{
    Owner, Permit, Privilege,
    id::RunId,
    policy::{Named, may},
    run::{RunState, StepState, Wish},
};
use towerify_runs::EngineError;
use towerify_store::{Run, RunStep};

use crate::{
    Actor, AppError, Code, Result, Topic, Workspace,
    journal::note,
    runs::{
        plans,
        view::{Begun, Can},
        work::{begin, engine_error, plan_again},
    },
};

/// Holds a run: at once while it waits, else when its step ends; it stays held until [`go_on`], also after a restart.
///
/// # Errors
/// [`Code::NotFound`] when there is no such run, or it is not at work.
pub async fn pause(workspace: &Workspace, actor: &Actor, run: RunId) -> Result<()> {
    let (permit, known) = known(workspace, actor, run).await?;
    let engine = &workspace.work(&permit).engine;
    if !engine.pause(run).await.map_err(engine_error)? {
        return Err(not_at_work(&known));
    }
    decided(workspace, &permit, &known, "run.pause").await
}

/// Lets a paused run go on; or takes back that it was to be paused.
///
/// # Errors
/// [`Code::NotFound`]; [`Code::Busy`] when it is not paused.
pub async fn go_on(workspace: &Workspace, actor: &Actor, run: RunId) -> Result<()> {
    let (permit, known) = known(workspace, actor, run).await?;
    let work = workspace.work(&permit);
    let sees = Permit::<may::SeeRuns>::ask(actor)?;
    work.reach.seals.require(&known)?;
    let (server, plan) = plan_again(work, sees.within(), &known).await?;
    work.engine
        .go_on(run, Some(server.id), plan)
        .await
        .map_err(engine_error)?;
    decided(workspace, &permit, &known, "run.go_on").await
}

/// Cancels a run: at once while it waits or is paused, else when its step ends; what is at work on the server is not
/// killed.
///
/// # Errors
/// [`Code::NotFound`] when there is no such run, or it is not at work.
pub async fn cancel(workspace: &Workspace, actor: &Actor, run: RunId) -> Result<()> {
    let (permit, known) = known(workspace, actor, run).await?;
    let engine = &workspace.work(&permit).engine;
    if !engine.cancel(run).await.map_err(engine_error)? {
        return Err(not_at_work(&known));
    }
    decided(workspace, &permit, &known, "run.cancel").await
}

/// Takes up a run from where it came to a halt: what is done stays done, what failed is done anew, what is unknown is
/// looked for on its server. The run is the same one, unless it was begun by a program with other steps.
///
/// # Errors
/// [`Code::NotFound`]; [`Code::InvalidFields`] when it needs a secret that is not kept any more: its form has to be
/// filled in again; [`Code::Busy`] when it is not over, or done.
pub async fn retry(workspace: &Workspace, actor: &Actor, run: RunId) -> Result<Begun> {
    let (permit, known) = seen(workspace, actor, run).await?;
    let (privilege, needs_secret) = plans::needs(&known)?;
    require(actor, privilege)?;
    if needs_secret && !known.has_secret && known.state != RunState::Unknown {
        return Err(AppError::new(
            Code::InvalidFields,
            "This needs a password or answers that are not kept any more. Fill in its form again.",
        ));
    }
    let work = workspace.work(&permit);
    work.reach.seals.require(&known)?;
    let (server, plan) = plan_again(work, permit.within(), &known).await?;
    match work.engine.retry(run, Some(server.id), plan).await {
        Ok(_) => {}
        Err(EngineError::OtherPlan(_)) if !needs_secret => {
            return begin(
                workspace,
                &permit,
                server.id,
                plans::change_of(&known)?,
                None,
            )
            .await;
        }
        Err(error) => return Err(engine_error(error)),
    }
    decided(workspace, &permit, &known, "run.retry").await?;
    Ok(Begun { run })
}

/// Undoes what a run did, the last step first. Steps that can't be undone, and those that found their effect there
/// already, stay as they are.
///
/// # Errors
/// [`Code::NotFound`]; [`Code::Busy`] when it is at work, or nothing of it can be undone.
pub async fn undo(workspace: &Workspace, actor: &Actor, run: RunId) -> Result<Begun> {
    let (permit, known) = seen(workspace, actor, run).await?;
    require(actor, plans::needs(&known)?.0)?;
    let work = workspace.work(&permit);
    work.reach.seals.require(&known)?;
    let (server, plan) = plan_again(work, permit.within(), &known).await?;
    work.engine
        .undo(run, Some(server.id), plan)
        .await
        .map_err(engine_error)?;
    decided(workspace, &permit, &known, "run.undo").await?;
    Ok(Begun { run })
}

/// Forgets the secret that a run would need to be retried. It is forgotten by itself seven days after the run's end, and
/// at once when the run is done.
///
/// # Errors
/// [`Code::NotFound`]; also when the run is open.
pub async fn forget(workspace: &Workspace, actor: &Actor, run: RunId) -> Result<()> {
    let (permit, known) = known(workspace, actor, run).await?;
    workspace.store(&permit).runs().forget_secret(run).await?;
    decided(workspace, &permit, &known, "run.forget").await
}

/// What this person may decide about a run as it stands.
pub(super) fn can(
    workspace: &Workspace,
    permit: &Permit<may::SeeRuns>,
    run: &Run,
    steps: &[RunStep],
) -> Can {
    let actor = permit.actor();
    let opens = workspace.reach(permit).seals.opens(run);
    let own = Permit::<may::CancelRun>::held(actor).is_some_and(|permit| mine(&permit, run));
    let needs = plans::needs(run).ok();
    let may = needs.is_some_and(|(privilege, _)| actor.holds(privilege).is_some());
    let lacks_secret = needs.is_some_and(|(_, secret)| secret) && !run.has_secret;
    let undoable = steps.iter().any(|step| {
        step.can_undo
            && matches!(
                step.state,
                StepState::Done | StepState::Failed | StepState::Unknown
            )
    });
    let (over, paused) = (run.state.is_over(), run.state == RunState::Paused);
    let there = run.server_id.is_some();
    Can {
        pause: own && !over && !paused && run.wish.is_none(),
        go_on: own && there && opens && (paused || run.wish == Some(Wish::Pause)),
        cancel: own && !over && run.wish != Some(Wish::Cancel),
        retry: may
            && there
            && opens
            && over
            && run.state != RunState::Done
            && (!lacks_secret || run.state == RunState::Unknown),
        undo: may && there && opens && (over || paused) && undoable,
        forget: own && over && run.has_secret,
    }
}

async fn known(
    workspace: &Workspace,
    actor: &Actor,
    run: RunId,
) -> Result<(Permit<may::CancelRun>, Run)> {
    let permit = Permit::<may::CancelRun>::ask(actor)?;
    let runs = workspace.store(&permit).runs();
    let known = runs.within(permit.within(), run).await?;
    Ok((permit, known.ok_or_else(|| AppError::not_found("run"))?))
}

fn mine(permit: &Permit<may::CancelRun>, run: &Run) -> bool {
    permit.covers(Owner {
        customer: run.customer_id,
        account: run.started_by,
    })
}

async fn seen(
    workspace: &Workspace,
    actor: &Actor,
    run: RunId,
) -> Result<(Permit<may::SeeRuns>, Run)> {
    let permit = Permit::<may::SeeRuns>::ask(actor)?;
    let runs = workspace.store(&permit).runs();
    let known = runs.within(permit.within(), run).await?;
    Ok((permit, known.ok_or_else(|| AppError::not_found("run"))?))
}

fn require(actor: &Actor, privilege: Privilege) -> Result<()> {
    // The run itself is seen: nothing is told by saying who may.
    actor.ask(privilege).map(drop).map_err(AppError::from)
}

fn not_at_work(run: &Run) -> AppError {
    AppError::not_found("run").hint(match run.state {
        RunState::Paused => "It is paused.",
        _ => "It is over.",
    })
}

/// Notes a decision in the journal, and tells that the run changed.
async fn decided<P: Named>(
    workspace: &Workspace,
    permit: &Permit<P>,
    run: &Run,
    what: &str,
) -> Result<()> {
    let server = run.server_name.as_deref().zip(run.server_id);
    note(
        workspace,
        permit,
        what,
        server,
        "done",
        json!({ "run": run.id }),
    )
    .await?;
    let mut topics = vec![Topic::Runs, Topic::Run { id: run.id }, Topic::Servers];
    topics.extend(run.server_id.map(|id| Topic::Server { id }));
    workspace.events().changed(topics);
    Ok(())
}
