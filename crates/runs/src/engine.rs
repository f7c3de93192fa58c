//! The engine: begins runs, resumes them, holds, cancels, retries and undoes them, tells about them. One a workspace.

use crate::lanes::Lanes;
use crate::work::{Signals, Work};
use crate::{
    EngineError, Journal, Plan, RunBegun, RunEnd, RunEvent, Standing, StandingStep, StepIntent,
};
use chrono::{DateTime, Utc};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::{Semaphore, broadcast, watch};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use towerify_domain::id::{RunId, ServerId};
use towerify_domain::run::{RunKind, RunState, StepState, Way, Wish};

/// What tells the time.
pub type Clock = Arc<dyn Fn() -> DateTime<Utc> + Send + Sync>;

/// How much at once.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// How many runs are at work at once; others wait.
    pub runs_at_once: usize,
    /// How many events a listener may lag behind before it misses some (and is told so).
    pub events_kept: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            runs_at_once: 64,
            events_kept: 4_096,
        }
    }
}

/// A run to begin.
#[derive(Debug)]
pub struct Order<About> {
    /// Its id, drawn by the caller.
    pub run: RunId,
    /// What it is for.
    pub kind: RunKind,
    /// The server that it writes to: runs on one server go one after the other. `None` for one that only reads.
    pub server: Option<ServerId>,
    /// What is to be done.
    pub plan: Plan,
    /// What is kept with it beyond that.
    pub about: About,
}

pub(crate) struct Shared<J> {
    pub journal: J,
    pub clock: Clock,
    pub events: broadcast::Sender<RunEvent>,
    pub lanes: Lanes,
    pub slots: Arc<Semaphore>,
    live: Mutex<HashMap<RunId, Live>>,
}

struct Live {
    cancel: CancellationToken,
    pause: watch::Sender<bool>,
    ended: watch::Receiver<Option<RunEnd>>,
}

impl<J> Shared<J> {
    fn live(&self) -> MutexGuard<'_, HashMap<RunId, Live>> {
        self.live.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Carries runs out. Dropping it stops all work where it is, as a crash would: open runs stay open in the journal.
pub struct Engine<J: Journal> {
    shared: Arc<Shared<J>>,
    tasks: Mutex<JoinSet<()>>,
}

/// A run that this engine carries out.
#[derive(Debug, Clone)]
pub struct Handle {
    run: RunId,
    ended: watch::Receiver<Option<RunEnd>>,
}

impl Handle {
    /// The run.
    #[must_use]
    pub const fn run(&self) -> RunId {
        self.run
    }

    /// Waits for the end, or until the run is [paused](RunState::Paused). [`EngineError::Interrupted`] when the engine
    /// stopped, or its journal failed, before.
    pub async fn ended(mut self) -> Result<RunEnd, EngineError> {
        let end = self
            .ended
            .wait_for(Option::is_some)
            .await
            .ok()
            .and_then(|end| end.clone());
        end.ok_or(EngineError::Interrupted(self.run))
    }
}

/// A run's entry among the live ones; taken out when dropped.
struct Seat<J: Journal> {
    shared: Arc<Shared<J>>,
    run: RunId,
    signals: Signals,
    ended: watch::Sender<Option<RunEnd>>,
}

impl<J: Journal> Drop for Seat<J> {
    fn drop(&mut self) {
        self.shared.live().remove(&self.run);
    }
}

impl<J: Journal> Engine<J> {
    /// An engine over this journal. Nothing of what is open is resumed by itself.
    pub fn new(journal: J, clock: Clock, limits: Limits) -> Self {
        let shared = Shared {
            journal,
            clock,
            events: broadcast::channel(limits.events_kept.max(1)).0,
            lanes: Lanes::default(),
            slots: Arc::new(Semaphore::new(
                limits.runs_at_once.clamp(1, Semaphore::MAX_PERMITS),
            )),
            live: Mutex::default(),
        };
        Self {
            shared: Arc::new(shared),
            tasks: Mutex::default(),
        }
    }

    /// The journal.
    pub fn journal(&self) -> &J {
        &self.shared.journal
    }

    /// Listens to all runs, from now on.
    pub fn events(&self) -> broadcast::Receiver<RunEvent> {
        self.shared.events.subscribe()
    }

    /// Begins a run: it is in the journal when this returns, and goes on by itself, whatever becomes of the handle.
    /// [`EngineError::PlanSize`], [`EngineError::AtWork`], or the journal's error (then nothing was begun).
    pub async fn begin(&self, order: Order<J::About>) -> Result<Handle, EngineError> {
        let Order {
            run,
            kind,
            server,
            plan,
            about,
        } = order;
        check_size(&plan)?;
        let seat = self.seat(run)?;
        let place = server.map(|server| self.shared.lanes.enter(server, run));
        let steps = plan.steps.iter();
        let steps: Vec<StepIntent> = steps
            .map(|step| StepIntent {
                name: step.name().to_owned(),
                intent: step.intent(),
                can_undo: step.can_undo(),
            })
            .collect();
        let standing = steps.iter().map(|step| waiting(&step.name)).collect();
        let at = (self.shared.clock)();
        let begun = RunBegun {
            run,
            kind,
            server,
            title: &plan.title,
            steps,
            at,
            about: &about,
        };
        self.shared.journal.run_begun(begun).await?;
        Ok(self.spawn(seat, server, place, plan, Way::Forward, standing))
    }

    /// Takes up a run that is open in the journal, or whose outcome is unknown, the way that it went. A step that was in
    /// flight is probed first; what a person wished of the run before comes true now. Errors: the run does not exist, is
    /// at work here, is over, is [paused](EngineError::Paused), was begun with other steps, or the journal's.
    pub async fn resume(
        &self,
        run: RunId,
        server: Option<ServerId>,
        plan: Plan,
    ) -> Result<Handle, EngineError> {
        let (seat, mut standing) = self.take(run, &plan).await?;
        match standing.state {
            RunState::Paused => return Err(EngineError::Paused(run)),
            RunState::Unknown => self.reopen(run, &mut standing, Way::Forward).await?,
            state if state.is_over() => return Err(EngineError::Over(run)),
            _ => {}
        }
        Ok(self.enter(seat, server, plan, standing))
    }

    /// Holds a run that is at work here: at once while it waits for its turn, else when its step ends. The wish is in the
    /// journal when this returns. False when the run is not at work here. A paused run stays so until [`Engine::go_on`],
    /// also after a restart; it holds up no other run.
    pub async fn pause(&self, run: RunId) -> Result<bool, EngineError> {
        let Some(pause) = self.shared.live().get(&run).map(|live| live.pause.clone()) else {
            return Ok(false);
        };
        let journal = &self.shared.journal;
        journal.run_wished(run, Some(Wish::Pause)).await?;
        pause.send_replace(true);
        Ok(true)
    }

    /// Lets a paused run go on, the way that it went; or takes the wish back, when the run is not held yet. Errors as
    /// [`Engine::resume`]'s, and [`EngineError::NotPaused`].
    pub async fn go_on(
        &self,
        run: RunId,
        server: Option<ServerId>,
        plan: Plan,
    ) -> Result<Handle, EngineError> {
        let at_work = self
            .shared
            .live()
            .get(&run)
            .map(|live| (live.pause.clone(), live.ended.clone()));
        if let Some((pause, ended)) = at_work {
            if !pause.send_replace(false) {
                return Err(EngineError::NotPaused(run));
            }
            self.shared.journal.run_wished(run, None).await?;
            return Ok(Handle { run, ended });
        }
        let (seat, mut standing) = self.take(run, &plan).await?;
        if standing.state != RunState::Paused {
            return Err(EngineError::NotPaused(run));
        }
        let way = standing.way;
        self.reopen(run, &mut standing, way).await?;
        Ok(self.enter(seat, server, plan, standing))
    }

    /// Goes on with a run that failed, was cancelled or undone, or whose outcome is unknown, from where it came to a
    /// halt: what is done stays done; what failed is done anew, under a new [key](crate::Context::key); what is unknown
    /// is looked for first. The run is the same one, and open again when this returns. Errors: as [`Engine::resume`]'s;
    /// [`EngineError::Open`] when it is not over, [`EngineError::Over`] when all of it is done.
    pub async fn retry(
        &self,
        run: RunId,
        server: Option<ServerId>,
        plan: Plan,
    ) -> Result<Handle, EngineError> {
        let (seat, mut standing) = self.take(run, &plan).await?;
        match standing.state {
            RunState::Done => return Err(EngineError::Over(run)),
            state if !state.is_over() => return Err(EngineError::Open(run)),
            _ => {}
        }
        self.reopen(run, &mut standing, Way::Forward).await?;
        Ok(self.enter(seat, server, plan, standing))
    }

    /// Undoes a run that is over or paused: its steps' effects are taken away, the last one first, each written down.
    /// Steps that found their effect there already, and those that [can't undo](crate::Step::can_undo), are left as they
    /// are. Interrupted, it is resumed like any other; failed or cancelled, it can be undone or retried again. Errors:
    /// as [`Engine::resume`]'s; [`EngineError::Open`], [`EngineError::NothingToUndo`].
    pub async fn undo(
        &self,
        run: RunId,
        server: Option<ServerId>,
        plan: Plan,
    ) -> Result<Handle, EngineError> {
        let (seat, mut standing) = self.take(run, &plan).await?;
        if !standing.state.is_over() && standing.state != RunState::Paused {
            return Err(EngineError::Open(run));
        }
        let mut steps = standing.steps.iter().zip(&plan.steps);
        if !steps.any(|(was, step)| may_be_undone(was.state) && step.can_undo()) {
            return Err(EngineError::NothingToUndo(run));
        }
        self.reopen(run, &mut standing, Way::Back).await?;
        Ok(self.enter(seat, server, plan, standing))
    }

    /// Asks for a run to be cancelled: at once when it waits or is paused, else when its step ends (or in it, where its
    /// act allows that). The wish is in the journal when this returns. False when the run is over.
    pub async fn cancel(&self, run: RunId) -> Result<bool, EngineError> {
        let journal = &self.shared.journal;
        let live = self.shared.live().get(&run).map(|live| live.cancel.clone());
        if let Some(cancel) = live {
            journal.run_wished(run, Some(Wish::Cancel)).await?;
            cancel.cancel();
            return Ok(true);
        }
        let _seat = self.seat(run)?;
        let paused = journal.standing(run).await?;
        if paused.is_none_or(|standing| standing.state != RunState::Paused) {
            return Ok(false);
        }
        let end = RunEnd {
            state: RunState::Cancelled,
            problem: None,
            at: (self.shared.clock)(),
        };
        journal.run_ended(run, &end).await?;
        let _ = self.shared.events.send(RunEvent::State {
            run,
            server: None,
            state: end.state,
            because: None,
            end: Some(end),
        });
        Ok(true)
    }

    /// A run that is at work here.
    pub fn handle(&self, run: RunId) -> Option<Handle> {
        self.shared.live().get(&run).map(|live| Handle {
            run,
            ended: live.ended.clone(),
        })
    }

    /// The runs that are at work here, in no order.
    pub fn at_work(&self) -> Vec<RunId> {
        self.shared.live().keys().copied().collect()
    }

    /// Stops all work where it is and waits until nothing moves. What is open stays open in the journal.
    pub async fn stop(&self) {
        let mut tasks =
            std::mem::take(&mut *self.tasks.lock().unwrap_or_else(PoisonError::into_inner));
        tasks.shutdown().await;
    }

    fn seat(&self, run: RunId) -> Result<Seat<J>, EngineError> {
        let (ended, watched) = watch::channel(None);
        let cancel = CancellationToken::new();
        let (pause, paused) = watch::channel(false);
        let mut live = self.shared.live();
        if live.contains_key(&run) {
            return Err(EngineError::AtWork(run));
        }
        live.insert(
            run,
            Live {
                cancel: cancel.clone(),
                pause,
                ended: watched,
            },
        );
        Ok(Seat {
            shared: Arc::clone(&self.shared),
            run,
            signals: Signals { cancel, paused },
            ended,
        })
    }

    /// A seat for a run that was begun before, with this plan, and how it stands.
    async fn take(&self, run: RunId, plan: &Plan) -> Result<(Seat<J>, Standing), EngineError> {
        check_size(plan)?;
        let seat = self.seat(run)?;
        let standing = self.shared.journal.standing(run).await?;
        let standing = standing.ok_or(EngineError::NoSuchRun(run))?;
        let same = standing.steps.len() == plan.steps.len()
            && standing
                .steps
                .iter()
                .zip(&plan.steps)
                .all(|(was, is)| was.name == is.name());
        if same {
            Ok((seat, standing))
        } else {
            Err(EngineError::OtherPlan(run))
        }
    }

    /// Opens a run again, in the journal and in `standing`.
    async fn reopen(
        &self,
        run: RunId,
        standing: &mut Standing,
        way: Way,
    ) -> Result<(), EngineError> {
        self.shared.journal.run_reopened(run, way).await?;
        (standing.way, standing.wish) = (way, None);
        if way == Way::Forward {
            for step in &mut standing.steps {
                if matches!(
                    step.state,
                    StepState::Failed | StepState::Skipped | StepState::Undone
                ) {
                    step.state = StepState::Waiting;
                }
            }
        }
        Ok(())
    }

    /// Queues up for the server, and sets a run that was begun before to work.
    fn enter(
        &self,
        seat: Seat<J>,
        server: Option<ServerId>,
        plan: Plan,
        standing: Standing,
    ) -> Handle {
        match standing.wish {
            Some(Wish::Cancel) => seat.signals.cancel.cancel(),
            Some(Wish::Pause) => {
                if let Some(live) = self.shared.live().get(&seat.run) {
                    live.pause.send_replace(true);
                }
            }
            None => {}
        }
        let place = server.map(|server| self.shared.lanes.enter(server, seat.run));
        self.spawn(seat, server, place, plan, standing.way, standing.steps)
    }

    fn spawn(
        &self,
        seat: Seat<J>,
        server: Option<ServerId>,
        place: Option<crate::lanes::Place>,
        plan: Plan,
        way: Way,
        standing: Vec<StandingStep>,
    ) -> Handle {
        let handle = Handle {
            run: seat.run,
            ended: seat.ended.subscribe(),
        };
        let shared = Arc::clone(&self.shared);
        let signals = seat.signals.clone();
        let work = Work::new(shared, seat.run, server, place, plan, standing, signals);
        let mut tasks = self.tasks.lock().unwrap_or_else(PoisonError::into_inner);
        while tasks.try_join_next().is_some() {}
        tasks.spawn(async move {
            let run = seat.run;
            match Box::pin(work.carry_out(way)).await {
                Ok(end) => {
                    let ended = seat.ended.clone();
                    drop(seat); // who learns of the end may begin the next at once
                    ended.send_replace(Some(end));
                }
                Err(error) => {
                    tracing::error!(%run, %error, "a run stops where it is: its journal failed")
                }
            }
        });
        handle
    }
}

fn check_size(plan: &Plan) -> Result<(), EngineError> {
    let size = plan.steps.len();
    if size == 0 || size > usize::from(u16::MAX) {
        Err(EngineError::PlanSize(size))
    } else {
        Ok(())
    }
}

fn waiting(name: &str) -> StandingStep {
    StandingStep {
        name: name.to_owned(),
        state: StepState::Waiting,
        attempt: 0,
        observation: None,
    }
}

/// A step in this state may have an effect of this run's own.
pub(crate) fn may_be_undone(state: StepState) -> bool {
    matches!(
        state,
        StepState::Done | StepState::Failed | StepState::Unknown | StepState::Running
    )
}
