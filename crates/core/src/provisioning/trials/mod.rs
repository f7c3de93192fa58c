//! Trials of the real plan: every step done twice, every step made to fail, and the program killed at every point of
//! every step and at random moments. A trial goes around each step of a plan, whenever the plan is built within
//! [`within`].

mod crash;
mod every_step;
mod ground;

use std::{
    io::Write,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use towerify_domain::Words;
use towerify_runs::{Context, Observation, Probe, Problem, Retry, Step, StepError};

/// What a trial does around the steps of a plan.
#[derive(Clone)]
pub(super) enum Trial {
    /// Every act is done twice.
    Twice,
    /// This step fails, once.
    Fails {
        step: String,
        when: Point,
        done: Arc<AtomicBool>,
    },
    /// The program says that it is there, and waits to be killed.
    Dies { step: String, at: Point },
}

/// A point of a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Point {
    /// Before its act.
    Before,
    /// While its act is at work.
    During,
    /// After its act, before its outcome is written down.
    After,
}

tokio::task_local! {
    static TRIAL: Trial;
}

/// Plans that are built in this future are tried.
pub(super) async fn within<T>(trial: Trial, work: impl Future<Output = T>) -> T {
    TRIAL.scope(trial, Box::pin(work)).await
}

/// The step with the trial around it, where there is one.
pub(super) fn around(step: Box<dyn Step>) -> Box<dyn Step> {
    match TRIAL.try_with(Clone::clone) {
        Ok(trial) => Box::new(Tried { step, trial }),
        Err(_) => step,
    }
}

struct Tried {
    step: Box<dyn Step>,
    trial: Trial,
}

/// What a child says when it is where it was to die.
pub(super) const HERE: &str = "here: kill me";

async fn die_here() -> ! {
    println!("{HERE}");
    let _ = std::io::stdout().flush();
    loop {
        tokio::time::sleep(Duration::from_secs(3600)).await;
    }
}

fn failure() -> StepError {
    StepError::Failed(Problem::new(
        "trial",
        Words::new("It was made to fail.", "On l’a fait échouer."),
    ))
}

#[async_trait]
impl Step for Tried {
    fn name(&self) -> &str {
        self.step.name()
    }

    fn intent(&self) -> Words {
        self.step.intent()
    }

    fn time_out(&self) -> Duration {
        self.step.time_out()
    }

    fn probe_time_out(&self) -> Duration {
        self.step.probe_time_out()
    }

    fn retry(&self) -> Retry {
        self.step.retry()
    }

    fn probe_first(&self) -> bool {
        self.step.probe_first()
    }

    fn can_undo(&self) -> bool {
        self.step.can_undo()
    }

    async fn undo(&self, context: &Context) -> Result<Observation, StepError> {
        self.step.undo(context).await
    }

    async fn probe(&self, context: &Context) -> Result<Probe, StepError> {
        self.step.probe(context).await
    }

    async fn act(&self, context: &Context) -> Result<Observation, StepError> {
        match &self.trial {
            Trial::Twice => {
                self.step.act(context).await?;
                self.step.act(context).await
            }
            Trial::Fails { step, when, done } if self.name() == step => {
                if done.swap(true, Ordering::SeqCst) {
                    return self.step.act(context).await;
                }
                if *when == Point::After {
                    self.step.act(context).await?;
                }
                Err(failure())
            }
            Trial::Dies { step, at } if self.name() == step => match at {
                Point::Before => die_here().await,
                Point::During => {
                    let soon = tokio::time::sleep(Duration::from_millis(8));
                    tokio::select! {
                        _ = self.step.act(context) => {}
                        () = soon => {}
                    }
                    die_here().await
                }
                Point::After => {
                    self.step.act(context).await?;
                    die_here().await
                }
            },
            _ => self.step.act(context).await,
        }
    }
}
