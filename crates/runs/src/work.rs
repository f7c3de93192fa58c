//! Carries out one run: waits for its turn, does its steps in order, writes each thing down before the next. Undoing
//! them is in `back`.

use crate::engine::Shared;
use crate::lanes::Place;
use crate::mask::Mask;
use crate::trace::Trace;
use crate::tries::{Outcome, tries};
use crate::{
    Context, Journal, JournalError, Observation, Plan, Problem, RunEnd, RunEvent, StandingStep,
    Step, StepEnd,
};
use serde_json::json;
use std::sync::Arc;
use tokio::sync::{OwnedSemaphorePermit, watch};
use tokio_util::sync::CancellationToken;
use towerify_domain::Words;
use towerify_domain::id::{RunId, ServerId};
use towerify_domain::run::{RunState, Sign, StepState, Way};

/// What a person may ask of a run at work.
#[derive(Clone)]
pub(crate) struct Signals {
    pub cancel: CancellationToken,
    pub paused: watch::Receiver<bool>,
}

impl Signals {
    /// Comes back once the run is to be held.
    async fn pause(&mut self) {
        if self.paused.wait_for(|paused| *paused).await.is_err() {
            std::future::pending().await
        }
    }
}

/// How waiting for the turn ended.
enum Turn {
    Go(Option<OwnedSemaphorePermit>),
    Cancelled,
    Paused,
}

pub(crate) struct Work<J: Journal> {
    pub(crate) shared: Arc<Shared<J>>,
    pub(crate) run: RunId,
    server: Option<ServerId>,
    place: Option<Place>,
    pub(crate) plan: Plan,
    pub(crate) standing: Vec<StandingStep>,
    pub(crate) signals: Signals,
    pub(crate) trace: Arc<Trace>,
    pub(crate) mask: Arc<Mask>,
}

impl<J: Journal> Work<J> {
    pub fn new(
        shared: Arc<Shared<J>>,
        run: RunId,
        server: Option<ServerId>,
        place: Option<Place>,
        mut plan: Plan,
        standing: Vec<StandingStep>,
        signals: Signals,
    ) -> Self {
        let trace = Arc::new(Trace::new(run, shared.events.clone()));
        let mask = Arc::new(Mask::new(std::mem::take(&mut plan.secrets)));
        Self {
            shared,
            run,
            server,
            place,
            plan,
            standing,
            signals,
            trace,
            mask,
        }
    }

    /// To the run's end, or until it is held. An error is the journal's: the run is left as a crash would leave it.
    pub async fn carry_out(mut self, way: Way) -> Result<RunEnd, JournalError> {
        let _slot = match self.turn().await? {
            Turn::Go(slot) => slot,
            // Nothing of this life has begun. What an earlier life left in flight must still be looked at.
            Turn::Cancelled if self.in_flight() => None,
            Turn::Cancelled => return self.end(RunState::Cancelled, None).await,
            Turn::Paused => return self.hold().await,
        };
        match way {
            Way::Forward => self.steps().await,
            Way::Back => self.steps_back().await,
        }
    }

    fn in_flight(&self) -> bool {
        self.standing
            .iter()
            .any(|step| matches!(step.state, StepState::Running | StepState::Unknown))
    }

    /// Waits for the turn on the server, then for a free slot. A run that an earlier life left in flight is not held
    /// before it was looked at.
    async fn turn(&mut self) -> Result<Turn, JournalError> {
        let slots = Arc::clone(&self.shared.slots);
        let may_pause = !self.in_flight();
        let mut signals = self.signals.clone();
        let cancel = signals.cancel.clone();
        let mut told = false;
        if let Some(place) = &mut self.place
            && place.ahead.is_some()
        {
            let because = Words::new(
                "Another run is at work on this server.",
                "Une autre opération est en cours sur ce serveur.",
            );
            tell_waiting(&self.shared, self.run, self.server, because).await?;
            told = true;
            tokio::select! {
                () = place.turn() => {}
                () = cancel.cancelled() => return Ok(Turn::Cancelled),
                () = signals.pause(), if may_pause => return Ok(Turn::Paused),
            }
        }
        if let Ok(slot) = Arc::clone(&slots).try_acquire_owned() {
            return Ok(Turn::Go(Some(slot)));
        }
        if !told {
            let because = Words::new(
                "As many runs as can go at once are at work.",
                "Le nombre maximal d’opérations est en cours.",
            );
            tell_waiting(&self.shared, self.run, self.server, because).await?;
        }
        tokio::select! {
            // The semaphore is never closed, so an error cannot come.
            slot = slots.acquire_owned() => Ok(Turn::Go(slot.ok())),
            () = cancel.cancelled() => Ok(Turn::Cancelled),
            () = signals.pause(), if may_pause => Ok(Turn::Paused),
        }
    }

    /// The run is held here, and gives up its turn.
    pub(crate) async fn hold(self) -> Result<RunEnd, JournalError> {
        let journal = &self.shared.journal;
        journal.run_is(self.run, RunState::Paused).await?;
        self.tell_state(RunState::Paused, None);
        Ok(RunEnd {
            state: RunState::Paused,
            problem: None,
            at: (self.shared.clock)(),
        })
    }

    pub(crate) fn is_cancelled(&self) -> bool {
        self.signals.cancel.is_cancelled()
    }

    pub(crate) fn is_paused(&self) -> bool {
        *self.signals.paused.borrow()
    }

    /// The run is at work now.
    pub(crate) async fn is_at_work(&self, state: RunState) -> Result<(), JournalError> {
        self.shared.journal.run_is(self.run, state).await?;
        self.tell_state(state, None);
        Ok(())
    }

    async fn steps(mut self) -> Result<RunEnd, JournalError> {
        self.is_at_work(RunState::Running).await?;
        let steps = std::mem::take(&mut self.plan.steps);
        let mut observed: Vec<(String, Observation)> = Vec::new();
        for (n, (step, was)) in (0_u16..).zip(steps.iter().zip(std::mem::take(&mut self.standing)))
        {
            let resumed = match was.state {
                StepState::Done | StepState::Already => {
                    observed.extend(was.observation.map(|observation| (was.name, observation)));
                    continue;
                }
                StepState::Failed => {
                    let problem = problem_of(was.observation);
                    return self
                        .end_from(RunState::Failed, Some(problem), n + 1, &steps)
                        .await;
                }
                StepState::Running | StepState::Unknown => true,
                StepState::Waiting | StepState::Skipped | StepState::Undone => false,
            };
            if self.is_cancelled() && !resumed {
                return self.end_from(RunState::Cancelled, None, n, &steps).await;
            }
            if self.is_paused() && !resumed {
                return self.hold().await;
            }
            let context = self.context(n, was.attempt, resumed, observed.clone());
            match self.step(step.as_ref(), &context).await? {
                Outcome::Done(_, observation) => {
                    observed.push((step.name().to_owned(), observation))
                }
                Outcome::Failed(problem) => {
                    return self
                        .end_from(RunState::Failed, Some(problem), n + 1, &steps)
                        .await;
                }
                Outcome::Unknown(problem) => {
                    return self
                        .end_from(RunState::Unknown, Some(problem), n + 1, &steps)
                        .await;
                }
                Outcome::Cancelled => {
                    return self.end_from(RunState::Cancelled, None, n, &steps).await;
                }
            }
        }
        self.end(RunState::Done, None).await
    }

    /// What a step has at hand; `before` is how often it was begun already.
    pub(crate) fn context(
        &self,
        step: u16,
        before: u16,
        resumed: bool,
        observed: Vec<(String, Observation)>,
    ) -> Context {
        Context {
            run: self.run,
            step,
            attempt: if resumed {
                before.max(1)
            } else {
                before.saturating_add(1)
            },
            trace: Arc::clone(&self.trace),
            mask: Arc::clone(&self.mask),
            clock: Arc::clone(&self.shared.clock),
            cancel: self.signals.cancel.clone(),
            observed: Arc::new(observed),
            resumed,
        }
    }

    /// One step, from "it begins" to "it ended", both in the journal.
    async fn step(&self, step: &dyn Step, context: &Context) -> Result<Outcome, JournalError> {
        self.step_begun(context).await?;
        let outcome = self
            .traced(context, tries(step, context, self.plan.language))
            .await?;
        let (state, observation) = match &outcome {
            Outcome::Done(state, observation) => (*state, Some(observation.clone())),
            Outcome::Failed(problem) => (StepState::Failed, Some(observation_of(problem))),
            Outcome::Unknown(problem) => (StepState::Unknown, Some(observation_of(problem))),
            Outcome::Cancelled => (StepState::Waiting, None),
        };
        self.step_ended(context.step, state, observation).await?;
        Ok(outcome)
    }

    pub(crate) async fn step_begun(&self, context: &Context) -> Result<(), JournalError> {
        let at = (self.shared.clock)();
        let journal = &self.shared.journal;
        journal
            .step_begun(self.run, context.step, context.attempt, at)
            .await?;
        self.tell_step(context.step, StepState::Running, None);
        Ok(())
    }

    pub(crate) async fn step_ended(
        &self,
        step: u16,
        state: StepState,
        observation: Option<Observation>,
    ) -> Result<(), JournalError> {
        let end = StepEnd {
            state,
            observation,
            at: (self.shared.clock)(),
        };
        self.shared.journal.step_ended(self.run, step, &end).await?;
        self.tell_step(step, state, end.observation);
        Ok(())
    }

    /// Waits for what comes of a step, without its secrets, while what it traces is written down.
    pub(crate) async fn traced(
        &self,
        context: &Context,
        work: impl Future<Output = Outcome>,
    ) -> Result<Outcome, JournalError> {
        let ended = CancellationToken::new();
        let work = async {
            let outcome = self.masked(work.await);
            self.say_outcome(context, &outcome);
            ended.cancel();
            outcome
        };
        let (outcome, written) = tokio::join!(work, self.trace.pump(&self.shared.journal, &ended));
        written?;
        Ok(outcome)
    }

    fn masked(&self, outcome: Outcome) -> Outcome {
        match outcome {
            Outcome::Done(state, observation) => {
                Outcome::Done(state, self.mask.observation(observation))
            }
            Outcome::Failed(problem) => Outcome::Failed(self.mask.problem(problem)),
            Outcome::Unknown(problem) => Outcome::Unknown(self.mask.problem(problem)),
            Outcome::Cancelled => Outcome::Cancelled,
        }
    }

    fn say_outcome(&self, context: &Context, outcome: &Outcome) {
        let language = self.plan.language;
        match outcome {
            Outcome::Done(_, observation) => {
                context.say(Sign::Done, observation.words.of(language), true)
            }
            Outcome::Failed(problem) => context.say(Sign::Failed, problem.words.of(language), true),
            Outcome::Unknown(problem) => {
                context.say(Sign::Warning, problem.words.of(language), true)
            }
            Outcome::Cancelled => {
                let words = Words::new("Cancelled.", "Annulé.");
                context.say(Sign::Info, words.of(language), true);
            }
        }
    }

    /// Ends the run; tells that the steps from `from` on are not done.
    async fn end_from(
        self,
        state: RunState,
        problem: Option<Problem>,
        from: u16,
        steps: &[Box<dyn Step>],
    ) -> Result<RunEnd, JournalError> {
        let end = self.write_end(state, problem).await?;
        for (n, _) in (0_u16..).zip(steps).skip(usize::from(from)) {
            self.tell_step(n, StepState::Skipped, None);
        }
        self.tell_state(state, Some(end.clone()));
        Ok(end)
    }

    pub(crate) async fn end(
        self,
        state: RunState,
        problem: Option<Problem>,
    ) -> Result<RunEnd, JournalError> {
        let end = self.write_end(state, problem).await?;
        self.tell_state(state, Some(end.clone()));
        Ok(end)
    }

    async fn write_end(
        &self,
        state: RunState,
        problem: Option<Problem>,
    ) -> Result<RunEnd, JournalError> {
        let end = RunEnd {
            state,
            problem,
            at: (self.shared.clock)(),
        };
        self.shared.journal.run_ended(self.run, &end).await?;
        Ok(end)
    }

    fn tell_state(&self, state: RunState, end: Option<RunEnd>) {
        // Nobody listening is fine.
        let _ = self.shared.events.send(RunEvent::State {
            run: self.run,
            server: self.server,
            state,
            because: None,
            end,
        });
    }

    fn tell_step(&self, step: u16, state: StepState, observation: Option<Observation>) {
        let _ = self.shared.events.send(RunEvent::Step {
            run: self.run,
            step,
            state,
            observation,
        });
    }
}

async fn tell_waiting<J: Journal>(
    shared: &Shared<J>,
    run: RunId,
    server: Option<ServerId>,
    because: Words,
) -> Result<(), JournalError> {
    shared.journal.run_is(run, RunState::Waiting).await?;
    let _ = shared.events.send(RunEvent::State {
        run,
        server,
        state: RunState::Waiting,
        because: Some(because),
        end: None,
    });
    Ok(())
}

/// A failure, in the form in which the journal keeps it with its step.
fn observation_of(problem: &Problem) -> Observation {
    Observation::with(problem.words.clone(), json!({ "code": problem.code }))
}

/// The failure that a step's observation keeps.
fn problem_of(observation: Option<Observation>) -> Problem {
    let observation =
        observation.unwrap_or_else(|| Observation::said(Words::new("It failed.", "Échec.")));
    let code = observation
        .data
        .get("code")
        .and_then(serde_json::Value::as_str)
        .unwrap_or("failed");
    Problem {
        code: code.to_owned(),
        words: observation.words.clone(),
    }
}
