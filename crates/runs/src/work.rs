//! Carries out one run: waits for its turn, does its steps in order, writes each thing down before the next.

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
use tokio_util::sync::CancellationToken;
use towerify_domain::Words;
use towerify_domain::id::{RunId, ServerId};
use towerify_domain::run::{RunState, Sign, StepState};

pub(crate) struct Work<J: Journal> {
    shared: Arc<Shared<J>>,
    run: RunId,
    server: Option<ServerId>,
    place: Option<Place>,
    plan: Plan,
    standing: Vec<StandingStep>,
    cancel: CancellationToken,
    trace: Arc<Trace>,
    mask: Arc<Mask>,
}

impl<J: Journal> Work<J> {
    pub fn new(
        shared: Arc<Shared<J>>,
        run: RunId,
        server: Option<ServerId>,
        place: Option<Place>,
        mut plan: Plan,
        standing: Vec<StandingStep>,
        cancel: CancellationToken,
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
            cancel,
            trace,
            mask,
        }
    }

    /// To the run's end. An error is the journal's: the run is left as a crash would leave it.
    pub async fn carry_out(mut self) -> Result<RunEnd, JournalError> {
        let Some(_slot) = self.turn().await? else {
            // Nothing of this life has begun. What an earlier life left in flight must still be looked at.
            return if self.in_flight() {
                self.steps().await
            } else {
                self.end(RunState::Cancelled, None).await
            };
        };
        self.steps().await
    }

    fn in_flight(&self) -> bool {
        self.standing
            .iter()
            .any(|step| matches!(step.state, StepState::Running | StepState::Unknown))
    }

    /// Waits for the turn on the server, then for a free slot; `None` when cancelled meanwhile.
    async fn turn(&mut self) -> Result<Option<tokio::sync::OwnedSemaphorePermit>, JournalError> {
        let slots = Arc::clone(&self.shared.slots);
        let cancel = self.cancel.clone();
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
                () = cancel.cancelled() => return Ok(None),
            }
        }
        if let Ok(slot) = Arc::clone(&slots).try_acquire_owned() {
            return Ok(Some(slot));
        }
        if !told {
            let because = Words::new(
                "As many runs as can go at once are at work.",
                "Le nombre maximal d’opérations est en cours.",
            );
            tell_waiting(&self.shared, self.run, self.server, because).await?;
        }
        tokio::select! {
            // The semaphore is never closed, so an error cannot come; it would be taken for a cancellation.
            slot = slots.acquire_owned() => Ok(slot.ok()),
            () = cancel.cancelled() => Ok(None),
        }
    }

    async fn steps(mut self) -> Result<RunEnd, JournalError> {
        self.shared
            .journal
            .run_is(self.run, RunState::Running)
            .await?;
        self.tell_state(RunState::Running, None);
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
                    return self
                        .end_from(
                            RunState::Failed,
                            Some(problem_of(was.observation)),
                            n + 1,
                            &steps,
                        )
                        .await;
                }
                StepState::Running | StepState::Unknown => true,
                StepState::Waiting | StepState::Skipped => false,
            };
            if self.cancel.is_cancelled() && !resumed {
                return self.end_from(RunState::Cancelled, None, n, &steps).await;
            }
            let context = Context {
                run: self.run,
                step: n,
                trace: Arc::clone(&self.trace),
                mask: Arc::clone(&self.mask),
                clock: Arc::clone(&self.shared.clock),
                cancel: self.cancel.clone(),
                observed: Arc::new(observed.clone()),
                resumed,
            };
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

    /// One step, from "it begins" to "it ended", both in the journal.
    async fn step(&self, step: &dyn Step, context: &Context) -> Result<Outcome, JournalError> {
        let journal = &self.shared.journal;
        journal
            .step_begun(self.run, context.step, (self.shared.clock)())
            .await?;
        self.tell_step(context.step, StepState::Running, None);

        let ended = CancellationToken::new();
        let work = async {
            let outcome = self.masked(tries(step, context, self.plan.language).await);
            self.say_outcome(context, &outcome);
            ended.cancel();
            outcome
        };
        let (outcome, written) = tokio::join!(work, self.trace.pump(journal, &ended));
        written?;

        let (state, observation) = match &outcome {
            Outcome::Done(state, observation) => (*state, Some(observation.clone())),
            Outcome::Failed(problem) => (StepState::Failed, Some(observation_of(problem))),
            Outcome::Unknown(problem) => (StepState::Unknown, Some(observation_of(problem))),
            Outcome::Cancelled => (StepState::Waiting, None),
        };
        let end = StepEnd {
            state,
            observation,
            at: (self.shared.clock)(),
        };
        journal.step_ended(self.run, context.step, &end).await?;
        self.tell_step(context.step, state, end.observation);
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

    async fn end(self, state: RunState, problem: Option<Problem>) -> Result<RunEnd, JournalError> {
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
