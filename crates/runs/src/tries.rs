//! Does one step: acts, as often as its retry rule allows, and probes whenever an act may have taken effect unseen.
//! Writes nothing down but lines of the trace.

use crate::{Context, Observation, Probe, Problem, Step, StepError};
use futures::FutureExt as _;
use std::panic::AssertUnwindSafe;
use std::time::Duration;
use tokio::time::timeout;
use towerify_domain::run::{Sign, StepState};
use towerify_domain::{Language, Words};

/// What came of a step.
pub(crate) enum Outcome {
    Done(StepState, Observation),
    Failed(Problem),
    Unknown(Problem),
    Cancelled,
}

/// What is known before the next act.
enum Before {
    /// Nothing was tried here, and nothing can have been before.
    Nothing,
    /// An act may have taken effect: in an earlier life of the program, or just now, with this problem.
    InFlight(Option<Problem>),
    /// The last act failed in passing and changed nothing.
    Passing(Problem),
}

/// To the step's outcome.
pub(crate) async fn tries(step: &dyn Step, context: &Context, language: Language) -> Outcome {
    let retry = step.retry();
    let mut before = if context.resumed {
        Before::InFlight(None)
    } else {
        Before::Nothing
    };
    let mut acts = 0_u8;
    loop {
        // What the last act met, where it is certain that it changed nothing.
        let met = match before {
            Before::Nothing if step.probe_first() => match look(step, context).await {
                Ok(Probe::Done(observation)) => {
                    return Outcome::Done(StepState::Already, observation);
                }
                Ok(Probe::NotDone) => None,
                Ok(Probe::Failed(problem)) => return Outcome::Failed(problem),
                Ok(Probe::Unknown(words)) => return Outcome::Failed(Problem::new("probe", words)),
                Err(StepError::Cancelled) => return Outcome::Cancelled,
                Err(error) => return Outcome::Failed(problem_in(error)),
            },
            Before::Nothing => None,
            Before::Passing(problem) => Some(problem),
            Before::InFlight(met) => match look_patiently(step, context).await {
                Ok(Probe::Done(observation)) => return Outcome::Done(StepState::Done, observation),
                Ok(Probe::NotDone) => met,
                Ok(Probe::Failed(problem)) => return Outcome::Failed(problem),
                Ok(Probe::Unknown(words)) => {
                    let code =
                        met.map_or_else(|| "outcome_unknown".to_owned(), |problem| problem.code);
                    return Outcome::Unknown(Problem { code, words });
                }
                Err(error) => return Outcome::Unknown(met.unwrap_or_else(|| problem_in(error))),
            },
        };
        if let Some(problem) = met {
            if acts > retry.times {
                return Outcome::Failed(problem);
            }
            let wait = retry.wait_before(acts);
            say_again(context, language, &problem, acts, wait);
            tokio::select! {
                () = tokio::time::sleep(wait) => {}
                () = context.cancel.cancelled() => {}
            }
        }
        if context.cancel.is_cancelled() {
            return Outcome::Cancelled;
        }
        acts = acts.saturating_add(1);
        before = match act(step, context).await {
            Ok(observation) => return Outcome::Done(StepState::Done, observation),
            Err(StepError::Failed(problem)) => return Outcome::Failed(problem),
            Err(StepError::Cancelled) => return Outcome::Cancelled,
            Err(StepError::Passing(problem)) => Before::Passing(problem),
            Err(StepError::Unknown(problem)) => Before::InFlight(Some(problem)),
        };
    }
}

/// Undoes one step, as often as its retry rule allows. Undoing is asked for again also where its outcome is unknown: doing
/// it twice does no harm. [`Outcome::Done`] says that it is undone.
pub(crate) async fn undo_tries(step: &dyn Step, context: &Context, language: Language) -> Outcome {
    let retry = step.retry();
    let mut tried = 0_u8;
    loop {
        tried = tried.saturating_add(1);
        let limit = step.time_out();
        let undo = AssertUnwindSafe(step.undo(context)).catch_unwind();
        let met = match in_time(limit, undo).await {
            Ok(observation) => return Outcome::Done(StepState::Undone, observation),
            Err(StepError::Failed(problem)) => return Outcome::Failed(problem),
            Err(StepError::Cancelled) => return Outcome::Cancelled,
            Err(met) => met,
        };
        if tried > retry.times || context.cancel.is_cancelled() {
            return match met {
                StepError::Unknown(problem) => Outcome::Unknown(problem),
                met => Outcome::Failed(problem_in(met)),
            };
        }
        let wait = retry.wait_before(tried);
        say_again(context, language, &problem_in(met), tried, wait);
        tokio::select! {
            () = tokio::time::sleep(wait) => {}
            () = context.cancel.cancelled() => {}
        }
    }
}

/// Acts once. A time-out and a defect (a panic) leave the outcome unknown.
async fn act(step: &dyn Step, context: &Context) -> Result<Observation, StepError> {
    let act = AssertUnwindSafe(step.act(context)).catch_unwind();
    in_time(step.time_out(), act).await
}

async fn in_time(
    limit: Duration,
    act: impl Future<Output = std::thread::Result<Result<Observation, StepError>>>,
) -> Result<Observation, StepError> {
    match timeout(limit, act).await {
        Ok(Ok(result)) => result,
        Ok(Err(_panic)) => Err(StepError::Unknown(defect())),
        Err(_elapsed) => {
            let seconds = limit.as_secs();
            let words = Words::new(
                format!("It took longer than {seconds} s, and was no longer waited for."),
                format!("Cela a duré plus de {seconds} s, et n’a plus été attendu."),
            );
            Err(StepError::Unknown(Problem::new("time_out", words)))
        }
    }
}

/// Probes once.
async fn look(step: &dyn Step, context: &Context) -> Result<Probe, StepError> {
    let probe = AssertUnwindSafe(step.probe(context)).catch_unwind();
    match timeout(step.probe_time_out(), probe).await {
        Ok(Ok(result)) => result,
        Ok(Err(_panic)) => Err(StepError::Failed(defect())),
        Err(_elapsed) => {
            let words = Words::new(
                "Whether it was done could not be found out in time.",
                "Savoir si cela a été fait a pris trop de temps.",
            );
            Err(StepError::Passing(Problem::new("time_out", words)))
        }
    }
}

/// Probes again, as often as the step would be tried again, while the answer does not come in passing.
async fn look_patiently(step: &dyn Step, context: &Context) -> Result<Probe, StepError> {
    let retry = step.retry();
    let mut looks = 1_u8;
    loop {
        let found = look(step, context).await;
        let again = matches!(found, Err(StepError::Passing(_))) && looks <= retry.times;
        if !again || context.cancel.is_cancelled() {
            return found;
        }
        tokio::select! {
            () = tokio::time::sleep(retry.wait_before(looks)) => {}
            () = context.cancel.cancelled() => {}
        }
        looks = looks.saturating_add(1);
    }
}

fn say_again(context: &Context, language: Language, problem: &Problem, acts: u8, wait: Duration) {
    let (what, next, seconds) = (
        problem.words.of(language),
        acts.saturating_add(1),
        wait.as_secs(),
    );
    let line = match language {
        Language::En => format!("{what} Try {next} in {seconds} s."),
        Language::Fr => format!("{what} Essai {next} dans {seconds} s."),
    };
    context.say(Sign::Warning, &line, true);
}

fn problem_in(error: StepError) -> Problem {
    match error {
        StepError::Passing(problem) | StepError::Failed(problem) | StepError::Unknown(problem) => {
            problem
        }
        StepError::Cancelled => Problem::new("cancelled", Words::new("Cancelled.", "Annulé.")),
    }
}

fn defect() -> Problem {
    Problem::new(
        "defect",
        Words::new(
            "A defect of this program stopped it.",
            "Un défaut de ce programme l’a arrêté.",
        ),
    )
}
