//! Undoing a run: its steps' effects are taken away, the last one first, each written down before the next.

use crate::engine::may_be_undone;
use crate::tries::{Outcome, undo_tries};
use crate::work::Work;
use crate::{Journal, JournalError, Observation, RunEnd, Step};
use serde_json::Value;
use towerify_domain::run::{RunState, StepState};

impl<J: Journal> Work<J> {
    /// Undoes what the steps did, from the last to the first. What is not to be undone stays as it stands.
    pub(crate) async fn steps_back(mut self) -> Result<RunEnd, JournalError> {
        self.is_at_work(RunState::Undoing).await?;
        let steps = std::mem::take(&mut self.plan.steps);
        let standing = std::mem::take(&mut self.standing);
        let observed: Vec<(String, Observation)> = standing
            .iter()
            .filter_map(|step| Some((step.name.clone(), step.observation.clone()?)))
            .collect();
        let all: Vec<_> = (0_u16..).zip(steps.iter().zip(standing)).collect();
        for (n, (step, was)) in all.into_iter().rev() {
            if !may_be_undone(was.state) || !step.can_undo() {
                continue;
            }
            let resumed = was.state == StepState::Running;
            if self.is_cancelled() && !resumed {
                return self.end(RunState::Cancelled, None).await;
            }
            if self.is_paused() && !resumed {
                return self.hold().await;
            }
            let context = self.context(n, was.attempt, resumed, observed.clone());
            let step: &dyn Step = step.as_ref();
            self.step_begun(&context).await?;
            let outcome = self
                .traced(&context, undo_tries(step, &context, self.plan.language))
                .await?;
            let data = || {
                was.observation
                    .as_ref()
                    .map_or(Value::Null, |seen| seen.data.clone())
            };
            match outcome {
                Outcome::Done(_, observation) => {
                    self.step_ended(n, StepState::Undone, Some(observation))
                        .await?;
                }
                Outcome::Failed(problem) => {
                    let seen = Observation::with(problem.words.clone(), data());
                    self.step_ended(n, StepState::Failed, Some(seen)).await?;
                    return self.end(RunState::Failed, Some(problem)).await;
                }
                Outcome::Unknown(problem) => {
                    let seen = Observation::with(problem.words.clone(), data());
                    self.step_ended(n, StepState::Unknown, Some(seen)).await?;
                    return self.end(RunState::Unknown, Some(problem)).await;
                }
                // It left things as they were; whether they are whole, only the step that did them could say.
                Outcome::Cancelled => {
                    let state = if resumed {
                        StepState::Unknown
                    } else {
                        was.state
                    };
                    self.step_ended(n, state, was.observation).await?;
                    return self.end(RunState::Cancelled, None).await;
                }
            }
        }
        self.end(RunState::Undone, None).await
    }
}
