//! Beginning runs, carrying them out, finding them again after a restart, cancelling them, doing them again.

use std::sync::Arc;

use secrecy::SecretString;
use serde_json::json;
use towerify_domain::{
    Owner, Permit,
    id::{RunId, ServerId},
    policy::{Named, may},
    run::RunState,
};
use towerify_runs::{Clock, Engine, EngineError, Limits, Order, Plan, RunEvent};
use towerify_store::{NewRun, Run, Server};

use crate::{
    Actor, AppError, Code, Events, Result, Topic, Workspace,
    clock::{new_id, now},
    runs::{
        change::Change,
        journal::{About, StoreJournal},
        making::MakeChange,
        note::note,
        steps::{ReachServer, ReadAgain},
        view::{Begun, LiveEvent},
    },
    servers::server_of,
    workspace::Reach,
};

/// The runs of a workspace, at work.
pub(crate) struct Work {
    engine: Engine<StoreJournal>,
    reach: Reach,
    telling: tokio::task::JoinHandle<()>,
}

impl Work {
    /// Nothing is taken up yet; see [`take_up`].
    pub(crate) fn new(reach: Reach) -> Self {
        let clock: Clock = Arc::new(now);
        let engine = Engine::new(StoreJournal(reach.store.clone()), clock, Limits::default());
        let telling = tokio::spawn(tell(engine.events(), reach.events.clone()));
        Self {
            engine,
            reach,
            telling,
        }
    }

    /// Stops what is at work here. It goes on on the servers, and is taken up when the workspace opens again.
    pub(crate) async fn stop(&self) {
        self.engine.stop().await;
        self.telling.abort();
    }

    /// The same plan whenever this run is begun or taken up; `conceal` is kept out of everything that is told.
    fn plan(
        &self,
        run: RunId,
        server: &Server,
        change: Change,
        conceal: Vec<SecretString>,
    ) -> Plan {
        let (reach, id) = (&self.reach, server.id);
        let plan = Plan::new(change.title(&server.name)).told_in(reach.language());
        conceal
            .into_iter()
            .fold(plan, Plan::conceal)
            .then(ReachServer {
                reach: reach.clone(),
                server: id,
            })
            .then(MakeChange {
                reach: reach.clone(),
                run,
                server: id,
                change,
            })
            .then(ReadAgain {
                reach: reach.clone(),
                server: id,
            })
    }
}

/// What a change needs and may not be told.
pub(crate) struct Needed {
    /// What is sent: a password, an app's encoded answers.
    pub(crate) secret: SecretString,
    /// What must not stand in a trace, should the server repeat it.
    pub(crate) conceal: Vec<SecretString>,
}

impl From<SecretString> for Needed {
    fn from(secret: SecretString) -> Self {
        Self {
            conceal: vec![secret.clone()],
            secret,
        }
    }
}

/// Begins a change of a server as a run.
pub(crate) async fn begin<P: Named>(
    workspace: &Workspace,
    permit: &Permit<P>,
    server: ServerId,
    change: Change,
    secret: Option<Needed>,
) -> Result<Begun> {
    let server = server_of(workspace, permit, server).await?;
    let work = workspace.work(permit);
    let run = RunId::from_uuid(new_id());
    let (secret, conceal) = match secret {
        Some(Needed { secret, conceal }) => {
            let sealer = &workspace.reach(permit).sealer;
            (
                Some(sealer.seal_text(NewRun::place(run), &secret)?),
                conceal,
            )
        }
        None => (None, Vec::new()),
    };
    let about = About {
        account: permit.actor().account,
        name: permit.actor().name.clone(),
        input: json!(change),
        secret,
    };
    let kind = change.kind();
    let detail = json!({ "run": run, "change": &change });
    note(
        workspace,
        permit,
        kind.name(),
        Some((&server.name, server.id)),
        "begun",
        detail,
    )
    .await?;
    let plan = work.plan(run, &server, change, conceal);
    let order = Order {
        run,
        kind,
        server: Some(server.id),
        plan,
        about,
    };
    work.engine.begin(order).await.map_err(engine_error)?;
    workspace.events().changed([
        Topic::Runs,
        Topic::Run { id: run },
        Topic::Servers,
        Topic::Server { id: server.id },
    ]);
    Ok(Begun { run })
}

/// Takes up every run that was left open: what was in flight is looked for on its server.
pub(crate) async fn take_up(workspace: &Workspace) -> Result<()> {
    let permit = Permit::<may::SeeRuns>::ask(workspace.actor())?;
    let work = workspace.work(&permit);
    for run in work.reach.store.runs().open().await? {
        if let Err(error) = resume(work, &run).await {
            tracing::warn!(run = %run.id, %error, "an open run could not be taken up");
        }
    }
    Ok(())
}

async fn resume(work: &Work, run: &Run) -> Result<()> {
    let (server, change) = of_run(work, run).await?;
    let conceal = match work.reach.store.runs().secret(run.id).await? {
        Some(sealed) => vec![
            work.reach
                .sealer
                .open_text(NewRun::place(run.id), &sealed)?,
        ],
        None => Vec::new(),
    };
    let plan = work.plan(run.id, &server, change, conceal);
    work.engine
        .resume(run.id, Some(server.id), plan)
        .await
        .map_err(engine_error)?;
    Ok(())
}

async fn of_run(work: &Work, run: &Run) -> Result<(Server, Change)> {
    let change: Change = serde_json::from_value(run.input.clone()).map_err(|_| {
        AppError::new(
            Code::WorkspaceDamaged,
            "What this run was to do can't be read any more.",
        )
    })?;
    let gone = || AppError::not_found("server");
    let server = work
        .reach
        .store
        .servers()
        .get(run.server_id.ok_or_else(gone)?)
        .await?
        .ok_or_else(gone)?;
    Ok((server, change))
}

/// Cancels a run: at once while it waits, else when its step ends; what is at work on the server is not killed.
///
/// # Errors
/// [`Code::NotFound`] when there is no such run, or it is not at work.
pub async fn cancel(workspace: &Workspace, actor: &Actor, run: RunId) -> Result<()> {
    let permit = Permit::<may::CancelRun>::ask(actor)?;
    let known = workspace
        .store(&permit)
        .runs()
        .get(run)
        .await?
        .ok_or_else(|| AppError::not_found("run"))?;
    permit
        .require(Owner {
            customer: None,
            account: known.started_by,
        })
        .map_err(|_| AppError::not_found("run"))?;
    if !workspace.work(&permit).engine.cancel(run) {
        return Err(AppError::not_found("run").hint("It is over."));
    }
    let server = known.server_name.as_deref().zip(known.server_id);
    note(
        workspace,
        &permit,
        "run.cancel",
        server,
        "done",
        json!({ "run": run }),
    )
    .await?;
    workspace
        .events()
        .changed([Topic::Runs, Topic::Run { id: run }]);
    Ok(())
}

/// Does again what a run was to do: a run whose outcome is unknown is looked for on its server; one that failed is begun
/// anew, unless it needs a secret, which was forgotten at its end.
///
/// # Errors
/// [`Code::NotFound`]; [`Code::InvalidFields`] when a secret is needed: its form has to be filled in again.
pub async fn retry(workspace: &Workspace, actor: &Actor, run: RunId) -> Result<Begun> {
    let permit = Permit::<may::SeeRuns>::ask(actor)?;
    let known = workspace
        .store(&permit)
        .runs()
        .get(run)
        .await?
        .ok_or_else(|| AppError::not_found("run"))?;
    let work = workspace.work(&permit);
    let (server, change) = of_run(work, &known).await?;
    if towerify_domain::policy::scope_of(actor.role, change.privilege()).is_none() {
        return Err(AppError::not_found("run"));
    }
    if known.state == RunState::Unknown {
        resume(work, &known).await?;
        workspace
            .events()
            .changed([Topic::Runs, Topic::Run { id: run }]);
        return Ok(Begun { run });
    }
    if change.needs_secret() {
        return Err(AppError::new(
            Code::InvalidFields,
            "This needs a password or answers that were forgotten when it ended. Fill in its form again.",
        ));
    }
    begin(workspace, &permit, server.id, change, None).await
}

/// Waits for the end of a run that is at work here, and gives the state it ended in; one that is over is over.
///
/// # Errors
/// [`Code::NotFound`]; [`Code::OutcomeUnknown`] when the workspace closes first.
pub async fn wait(workspace: &Workspace, actor: &Actor, run: RunId) -> Result<RunState> {
    let permit = Permit::<may::SeeRuns>::ask(actor)?;
    if let Some(handle) = workspace.work(&permit).engine.handle(run) {
        let end = handle.ended().await.map_err(engine_error)?;
        return Ok(end.state);
    }
    let known = workspace.store(&permit).runs().get(run).await?;
    known
        .map(|known| known.state)
        .ok_or_else(|| AppError::not_found("run"))
}

/// Passes on what the engine tells.
async fn tell(mut heard: tokio::sync::broadcast::Receiver<RunEvent>, events: Events) {
    use tokio::sync::broadcast::error::RecvError;
    loop {
        match heard.recv().await {
            Ok(RunEvent::State { run, server, .. }) => {
                let mut topics = vec![Topic::Runs, Topic::Run { id: run }, Topic::Servers];
                topics.extend(server.map(|id| Topic::Server { id }));
                events.changed(topics);
            }
            Ok(RunEvent::Step { run, .. }) => {
                events.changed([Topic::Run { id: run }, Topic::Runs, Topic::Servers]);
            }
            Ok(RunEvent::Progress {
                run,
                step,
                progress,
            }) => {
                events.live(LiveEvent::Progress {
                    run,
                    step: step.into(),
                    percent: progress.percent,
                    doing: Some(progress.words),
                });
            }
            Ok(RunEvent::Trace { run, lines }) => {
                events.live(LiveEvent::Trace {
                    run,
                    lines: lines.to_vec(),
                });
            }
            // Whoever shows runs reads them again.
            Err(RecvError::Lagged(_)) => events.changed([Topic::Runs, Topic::Servers]),
            Err(RecvError::Closed) => return,
        }
    }
}

fn engine_error(error: EngineError) -> AppError {
    match error {
        EngineError::NoSuchRun(_) => AppError::not_found("run"),
        EngineError::AtWork(_) => AppError::new(Code::Busy, "This run is at work already."),
        EngineError::Over(_) => AppError::new(Code::Busy, "This run is over."),
        EngineError::Interrupted(_) => {
            AppError::new(Code::OutcomeUnknown, "The workspace was closed meanwhile.")
        }
        EngineError::OtherPlan(_) | EngineError::PlanSize(_) | EngineError::Journal(_) => {
            AppError::new(Code::Internal, format!("{error}."))
        }
    }
}
