//! Beginning runs, carrying them out, finding them again after a restart. What a person decides about one is in
//! `decide`; the plan of a run that was begun before, in `plans`.

use std::sync::Arc;

use chrono::TimeDelta;
use secrecy::{ExposeSecret, SecretString};
use serde_json::json;
use towerify_domain::{
    Permit, Role, Within,
    id::{AccountId, RunId, ServerId},
    policy::{Named, may},
    run::{RunKind, RunState},
};
use towerify_runs::{Clock, Engine, EngineError, Limits, Order, Plan, RunEvent};
use towerify_store::{NewRun, Run, Server, Store};
use uuid::Uuid;

use crate::{
    Actor, AppError, Code, Events, Result, Topic, Workspace,
    clock::{new_id, now},
    journal::note,
    runs::{
        change::Change,
        journal::{About, StoreJournal},
        plans,
        view::{Begun, LiveEvent},
    },
    servers::server_of,
    workspace::Reach,
};

/// The runs of a workspace, at work.
pub(crate) struct Work {
    pub(super) engine: Engine<StoreJournal>,
    pub(super) reach: Reach,
    telling: tokio::task::JoinHandle<()>,
}

impl Work {
    /// Nothing is taken up yet; see [`take_up`]. `keeper` is as [`keeper`] says.
    pub(crate) fn new(reach: Reach, keeper: Option<AccountId>) -> Self {
        let clock: Clock = Arc::new(now);
        let engine = Engine::new(
            StoreJournal(reach.store.clone(), reach.events.clone()),
            clock,
            Limits::default(),
        );
        let telling = tokio::spawn(tell(
            engine.events(),
            reach.events.clone(),
            reach.store.clone(),
            keeper,
        ));
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
}

/// How long a run that did not come to its end keeps the secret that retrying it needs.
pub(super) const SECRET_KEPT: TimeDelta = TimeDelta::days(7);

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

/// A run to begin, beside its plan.
pub(crate) struct Wanted {
    /// Its id, drawn by the caller: the plan may need it.
    pub(crate) run: RunId,
    /// What it is for.
    pub(crate) kind: RunKind,
    /// What the plan is built from again later (see [`plans::plan_of`]); without secrets.
    pub(crate) input: serde_json::Value,
    /// What it needs and may not be told.
    pub(crate) secret: Option<Needed>,
    /// The same for all runs that are begun together on many servers.
    pub(crate) batch: Option<Uuid>,
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
    let wanted = Wanted {
        run: RunId::from_uuid(new_id()),
        kind: change.kind(),
        input: json!(change),
        secret,
        batch: None,
    };
    let plan = plans::of_change(&workspace.work(permit).reach, wanted.run, &server, change);
    begin_plan(workspace, permit, &server, wanted, plan).await
}

/// Begins a plan on a server as a run. What is to be concealed is added to the plan here.
pub(crate) async fn begin_plan<P: Named>(
    workspace: &Workspace,
    permit: &Permit<P>,
    server: &Server,
    wanted: Wanted,
    plan: Plan,
) -> Result<Begun> {
    let Wanted {
        run,
        kind,
        input,
        secret,
        batch,
    } = wanted;
    let work = workspace.work(permit);
    let seals = &workspace.reach(permit).seals;
    let sealer = seals.new_ones()?;
    let (secret, conceal) = match secret {
        Some(Needed { secret, conceal }) => (
            Some(sealer.seal_text(NewRun::place(run), &secret)?),
            conceal,
        ),
        None => (None, Vec::new()),
    };
    let sealed = match conceal.as_slice() {
        [] => None,
        texts => {
            let texts: Vec<&str> = texts.iter().map(ExposeSecret::expose_secret).collect();
            let texts = SecretString::from(json!(texts).to_string());
            Some(sealer.seal_text(NewRun::conceal_place(run), &texts)?)
        }
    };
    let detail = json!({ "run": run, "change": &input });
    let about = About {
        account: permit.actor().account,
        name: permit.actor().name.clone(),
        input,
        secret,
        conceal: sealed,
        sealed_under: seals.name().to_owned(),
        batch,
    };
    note(
        workspace,
        permit,
        kind.name(),
        Some((&server.name, server.id)),
        "begun",
        detail,
    )
    .await?;
    let order = Order {
        run,
        kind,
        server: Some(server.id),
        plan: conceal.into_iter().fold(plan, Plan::conceal),
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

/// Whose runs a session keeps house for: an administrator's for all, anybody else's for what that account began. Of what
/// others began nothing is changed in it, not even put away.
pub(crate) fn keeper(actor: &Actor) -> Option<AccountId> {
    (actor.role != Role::Administrator).then_some(actor.account)
}

/// Takes up every run that was left open and is not paused, as far as this account may carry it on: what was in flight is
/// looked for on its server. A customer's administrator carries on what they began themselves; an administrator, all. Forgets
/// the secrets of runs that were not retried for long, and packs the traces of those that are over: see [`keeper`].
pub(crate) async fn take_up(workspace: &Workspace) -> Result<()> {
    // Whoever does not see runs began none.
    let Some(permit) = Permit::<may::SeeRuns>::held(workspace.actor()) else {
        return Ok(());
    };
    let account = permit.actor().account;
    let work = workspace.work(&permit);
    let runs = work.reach.store.runs();
    let keeper = keeper(permit.actor());
    runs.forget_secrets(keeper, now() - SECRET_KEPT).await?;
    for run in work.reach.store.run_trace().unpacked(keeper).await? {
        work.reach.store.run_trace().pack(run).await?;
    }
    for run in runs.open().await? {
        let own = run.started_by == Some(account);
        let theirs = permit.within() == Within::All || own;
        if run.state == RunState::Paused || !theirs || !work.reach.seals.opens(&run) {
            continue;
        }
        if let Err(error) = resume(work, permit.within(), &run).await {
            tracing::warn!(run = %run.id, %error, "an open run could not be taken up");
        }
    }
    Ok(())
}

async fn resume(work: &Work, within: Within, run: &Run) -> Result<()> {
    let (server, plan) = plan_again(work, within, run).await?;
    work.engine
        .resume(run.id, Some(server.id), plan)
        .await
        .map_err(engine_error)?;
    Ok(())
}

/// The plan of a run that was begun before, and its server, which must be within: it may have become another's since.
pub(super) async fn plan_again(work: &Work, within: Within, run: &Run) -> Result<(Server, Plan)> {
    let gone = || AppError::not_found("server");
    let reach = &work.reach;
    let server = reach
        .store
        .servers()
        .within(within, run.server_id.ok_or_else(gone)?)
        .await?
        .ok_or_else(gone)?;
    let plan = plans::plan_of(reach, run, &server)?;
    let conceal = match reach.store.runs().conceal(run.id).await? {
        Some(sealed) => {
            let texts = reach
                .seals
                .under(&run.sealed_under)?
                .open_text(NewRun::conceal_place(run.id), &sealed)?;
            serde_json::from_str::<Vec<SecretString>>(texts.expose_secret())
                .map_err(|_| plans::unreadable())?
        }
        None => Vec::new(),
    };
    Ok((server, conceal.into_iter().fold(plan, Plan::conceal)))
}

/// Waits for the end of a run that is at work here (or until it is paused), and gives the state it ended in; one that is
/// over is over.
///
/// # Errors
/// [`Code::NotFound`]; [`Code::OutcomeUnknown`] when the workspace closes first.
pub async fn wait(workspace: &Workspace, actor: &Actor, run: RunId) -> Result<RunState> {
    let permit = Permit::<may::SeeRuns>::ask(actor)?;
    let runs = workspace.store(&permit).runs();
    let known = runs.within(permit.within(), run).await?;
    let known = known.ok_or_else(|| AppError::not_found("run"))?;
    if let Some(handle) = workspace.work(&permit).engine.handle(run) {
        let end = handle.ended().await.map_err(engine_error)?;
        return Ok(end.state);
    }
    // It may have ended between the two looks.
    let known = runs.get(run).await?.unwrap_or(known);
    Ok(known.state)
}

/// Puts away what a run that is over no longer needs.
async fn tidy(store: &Store, keeper: Option<AccountId>, run: RunId) -> Result<()> {
    store.run_trace().pack(run).await?;
    let runs = store.runs();
    runs.forget_secrets(keeper, now() - SECRET_KEPT).await?;
    Ok(())
}

/// Passes on what the engine tells.
async fn tell(
    mut heard: tokio::sync::broadcast::Receiver<RunEvent>,
    events: Events,
    store: Store,
    keeper: Option<AccountId>,
) {
    use tokio::sync::broadcast::error::RecvError;
    loop {
        match heard.recv().await {
            Ok(RunEvent::State {
                run, server, state, ..
            }) => {
                let mut topics = vec![Topic::Runs, Topic::Run { id: run }, Topic::Servers];
                topics.extend(server.map(|id| Topic::Server { id }));
                events.changed(topics);
                if state.is_over()
                    && let Err(error) = tidy(&store, keeper, run).await
                {
                    tracing::warn!(%run, %error, "what a run no longer needs could not be put away");
                }
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

pub(super) fn engine_error(error: EngineError) -> AppError {
    match error {
        EngineError::NoSuchRun(_) => AppError::not_found("run"),
        EngineError::AtWork(_) => AppError::new(Code::Busy, "This run is at work already."),
        EngineError::Over(_) => AppError::new(Code::Busy, "This run is over."),
        EngineError::Open(_) => AppError::new(Code::Busy, "This run is not over."),
        EngineError::Paused(_) => AppError::new(Code::Busy, "This run is paused."),
        EngineError::NotPaused(_) => AppError::new(Code::Busy, "This run is not paused."),
        EngineError::NothingToUndo(_) => {
            AppError::new(Code::Busy, "Nothing of this run can be undone.")
        }
        EngineError::Interrupted(_) => {
            AppError::new(Code::OutcomeUnknown, "The workspace was closed meanwhile.")
        }
        EngineError::OtherPlan(_) | EngineError::PlanSize(_) | EngineError::Journal(_) => {
            AppError::new(Code::Internal, format!("{error}."))
        }
    }
}
