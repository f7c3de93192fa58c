//! What a run is to do: a plan of steps. Steps are written by the use cases.

use crate::Context;
use async_trait::async_trait;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::time::Duration;
use towerify_domain::{Language, Words};

/// A run's title and its steps, in order. To resume a run, the same plan is built again: its steps must have the same
/// names in the same order.
pub struct Plan {
    /// What the run does, and to what, in words: "Install Nextcloud on glycines-01".
    pub title: Words,
    /// At least one.
    pub steps: Vec<Box<dyn Step>>,
    /// The language of the engine's own lines in the trace: that of the person who began the run.
    pub language: Language,
    /// What must never be told: wherever it appears in a trace, a problem or an observation, dots take its place.
    pub secrets: Vec<SecretString>,
}

impl Plan {
    /// A plan without steps yet.
    #[must_use]
    pub fn new(title: Words) -> Self {
        Self {
            title,
            steps: Vec::new(),
            language: Language::En,
            secrets: Vec::new(),
        }
    }

    /// The plan with this language for the engine's own lines.
    #[must_use]
    pub fn told_in(mut self, language: Language) -> Self {
        self.language = language;
        self
    }

    /// The plan with one more secret to keep out of everything that is told.
    #[must_use]
    pub fn conceal(mut self, secret: SecretString) -> Self {
        self.secrets.push(secret);
        self
    }

    /// The plan with this step at its end.
    #[must_use]
    pub fn then(mut self, step: impl Step + 'static) -> Self {
        self.steps.push(Box::new(step));
        self
    }
}

impl fmt::Debug for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let steps: Vec<&str> = self.steps.iter().map(|step| step.name()).collect();
        f.debug_struct("Plan")
            .field("title", &self.title.en)
            .field("steps", &steps)
            .finish()
    }
}

/// What was seen when a step ended.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Observation {
    /// For people.
    pub words: Words,
    /// For later steps and for the program, without secrets.
    pub data: serde_json::Value,
}

impl Observation {
    /// An observation in words alone.
    #[must_use]
    pub fn said(words: Words) -> Self {
        Self {
            words,
            data: serde_json::Value::Null,
        }
    }

    /// An observation that keeps data.
    #[must_use]
    pub fn with(words: Words, data: serde_json::Value) -> Self {
        Self { words, data }
    }
}

/// What a probe finds.
#[derive(Debug, Clone, PartialEq)]
pub enum Probe {
    /// The step's effect is there.
    Done(Observation),
    /// The act came to its end, and failed, for certain: nothing is at work any more (the server kept its refusal).
    Failed(Problem),
    /// It is certain that it is not, and that nothing is at work on it that a new act would not join.
    NotDone,
    /// Nobody can say now (the server does not answer, a trace of the act is missing): what a person must look at.
    Unknown(Words),
}

/// Why a step, or a run, did not come to its end: a code for the program, words for people. Never a secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// The code: `core`'s, or YunoHost's own key.
    pub code: String,
    /// What happened.
    pub words: Words,
}

impl Problem {
    /// A problem of this code.
    #[must_use]
    pub fn new(code: impl Into<String>, words: Words) -> Self {
        Self {
            code: code.into(),
            words,
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.words.en, self.code)
    }
}

/// How an act failed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StepError {
    /// Known to pass by itself (the server is busy, the line is down), and **nothing was changed**: acting again under
    /// the same [key](Context::key) will really act. Only this is retried, as the step's [`Retry`] says.
    #[error("passing: {0}")]
    Passing(Problem),
    /// It failed, for a reason that acting again would meet again.
    #[error("failed: {0}")]
    Failed(Problem),
    /// Whether it took effect is not known (the line was cut while it was at work). The engine probes.
    #[error("outcome unknown: {0}")]
    Unknown(Problem),
    /// It stopped because [cancelling](Context::cancelled) was asked, and left nothing behind.
    #[error("stopped when asked to")]
    Cancelled,
}

/// How often, and after what wait, an act is tried again after a [passing](StepError::Passing) error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retry {
    /// How many times after the first.
    pub times: u8,
    /// The wait before the first retry; it doubles each time, up to a minute.
    pub wait: Duration,
}

impl Retry {
    /// Never.
    pub const NEVER: Self = Self {
        times: 0,
        wait: Duration::ZERO,
    };

    /// The wait before retry number `n`, from 1.
    #[must_use]
    pub fn wait_before(&self, n: u8) -> Duration {
        let doubled = 1_u32
            .checked_shl(u32::from(n.saturating_sub(1)))
            .unwrap_or(u32::MAX);
        self.wait
            .saturating_mul(doubled)
            .min(Duration::from_secs(60))
    }
}

/// One step of a plan. Doing it twice must do no harm: with a driver, the [key](Context::key) sees to that.
#[async_trait]
pub trait Step: Send + Sync {
    /// Its name within the plan, for the journal (`install`, `give_access`).
    fn name(&self) -> &str;

    /// What it is for, in words.
    fn intent(&self) -> Words;

    /// How long the act may take; then it is given up and probed. 10 minutes unless told.
    fn time_out(&self) -> Duration {
        Duration::from_secs(600)
    }

    /// How long a probe may take; then its answer is unknown. A minute unless told.
    fn probe_time_out(&self) -> Duration {
        Duration::from_secs(60)
    }

    /// Whether and how it is tried again. Never unless told.
    fn retry(&self) -> Retry {
        Retry::NEVER
    }

    /// Whether to probe before the first act too, for steps that are often done already. Not unless told: a user that
    /// exists before "create a user" is a refusal, not a success.
    fn probe_first(&self) -> bool {
        false
    }

    /// Looks whether the step's effect is there. Changes nothing. An error means that nobody can say now.
    async fn probe(&self, context: &Context) -> Result<Probe, StepError>;

    /// Does it.
    async fn act(&self, context: &Context) -> Result<Observation, StepError>;

    /// Whether [`Step::undo`] does anything. Not unless told: the step's effect stays when the run is undone.
    fn can_undo(&self) -> bool {
        false
    }

    /// Takes the step's effect away again; what it observed is in [`Context::observed`] under its own name. Also asked
    /// of a step that failed or whose outcome is unknown, since it may have left something: what is not there any more
    /// counts as undone. Undoing twice must do no harm; [`Context::key`] is another one than the act's. It may take as
    /// long as the act.
    async fn undo(&self, context: &Context) -> Result<Observation, StepError> {
        let _ = context;
        Err(StepError::Failed(Problem::new(
            "cannot_undo",
            Words::new("This can't be undone.", "Ceci ne peut pas être défait."),
        )))
    }
}
