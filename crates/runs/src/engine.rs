//! The engine: begins runs, resumes them, cancels them, tells about them. One a workspace.

use crate::lanes::Lanes;
use crate::work::Work;
use crate::{EngineError, Journal, Plan, RunBegun, RunEnd, RunEvent, StandingStep, StepIntent};
use chrono::{DateTime, Utc};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::{Semaphore, broadcast, watch};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use towerify_domain::id::{RunId, ServerId};
use towerify_domain::run::{RunKind, RunState, StepState};

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

    /// Waits for the end. [`EngineError::Interrupted`] when the engine stopped, or its journal failed, before.
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
    cancel: CancellationToken,
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
        Ok(self.spawn(seat, server, place, plan, standing))
    }

    /// Takes up a run that is open in the journal, or whose outcome is unknown. A step that was in flight is probed
    /// first. Errors: the run does not exist, is at work here, is over, was begun with other steps, or the journal's.
    pub async fn resume(
        &self,
        run: RunId,
        server: Option<ServerId>,
        plan: Plan,
    ) -> Result<Handle, EngineError> {
        check_size(&plan)?;
        let seat = self.seat(run)?;
        let place = server.map(|server| self.shared.lanes.enter(server, run));
        let standing = self
            .shared
            .journal
            .standing(run)
            .await?
            .ok_or(EngineError::NoSuchRun(run))?;
        if standing.state.is_over() && standing.state != RunState::Unknown {
            return Err(EngineError::Over(run));
        }
        let same = standing.steps.len() == plan.steps.len()
            && standing
                .steps
                .iter()
                .zip(&plan.steps)
                .all(|(was, is)| was.name == is.name());
        if !same {
            return Err(EngineError::OtherPlan(run));
        }
        Ok(self.spawn(seat, server, place, plan, standing.steps))
    }

    /// Asks for a run to be cancelled: at once when it waits, else when its step ends. False when it is not at work
    /// here.
    pub fn cancel(&self, run: RunId) -> bool {
        let live = self.shared.live();
        live.get(&run)
            .inspect(|live| live.cancel.cancel())
            .is_some()
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
        let mut live = self.shared.live();
        if live.contains_key(&run) {
            return Err(EngineError::AtWork(run));
        }
        live.insert(
            run,
            Live {
                cancel: cancel.clone(),
                ended: watched,
            },
        );
        Ok(Seat {
            shared: Arc::clone(&self.shared),
            run,
            cancel,
            ended,
        })
    }

    fn spawn(
        &self,
        seat: Seat<J>,
        server: Option<ServerId>,
        place: Option<crate::lanes::Place>,
        plan: Plan,
        standing: Vec<StandingStep>,
    ) -> Handle {
        let handle = Handle {
            run: seat.run,
            ended: seat.ended.subscribe(),
        };
        let shared = Arc::clone(&self.shared);
        let work = Work::new(
            shared,
            seat.run,
            server,
            place,
            plan,
            standing,
            seat.cancel.clone(),
        );
        let mut tasks = self.tasks.lock().unwrap_or_else(PoisonError::into_inner);
        while tasks.try_join_next().is_some() {}
        tasks.spawn(async move {
            let run = seat.run;
            match Box::pin(work.carry_out()).await {
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
        observation: None,
    }
}
