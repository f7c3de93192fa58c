//! Where what happens is written down before it is relied upon. Kept by `core`; asked for here as a trait.

use crate::{JournalError, Observation, Problem};
use async_trait::async_trait;
use chrono::{DateTime, Utc};
use serde::Serialize;
use towerify_domain::Words;
use towerify_domain::id::{RunId, ServerId};
use towerify_domain::run::{RunKind, RunState, Sign, StepState, TraceLine, Way, Wish};

/// A step, as it is written down with its plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StepIntent {
    /// Its name within the plan.
    pub name: String,
    /// What it is for.
    pub intent: Words,
    /// Whether its effect can be undone.
    pub can_undo: bool,
}

/// A run that begins, with its whole plan.
#[derive(Debug)]
pub struct RunBegun<'a, About> {
    /// Its id.
    pub run: RunId,
    /// What it is for.
    pub kind: RunKind,
    /// The server that it writes to.
    pub server: Option<ServerId>,
    /// What it does, in words.
    pub title: &'a Words,
    /// Its steps, in order, all waiting.
    pub steps: Vec<StepIntent>,
    /// When. Its state is [`RunState::Waiting`].
    pub at: DateTime<Utc>,
    /// What the one who ordered it wants kept with it (who began it, its input, its sealed secret).
    pub about: &'a About,
}

/// How a step ended.
#[derive(Debug, Clone, PartialEq)]
pub struct StepEnd {
    /// Done, already, failed, unknown, or undone; waiting again when it was stopped before it changed anything.
    pub state: StepState,
    /// What was seen; for a failure, what happened, with `{"code": …}` as data. When undoing failed: what happened, with
    /// the data that the act observed, which undoing again may need.
    pub observation: Option<Observation>,
    /// When.
    pub at: DateTime<Utc>,
}

/// How a run ended, or was held.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RunEnd {
    /// A state that is over; or [`RunState::Paused`], told to who waits for the run, never to the journal.
    pub state: RunState,
    /// Why it did not come to its end; for an unknown outcome, what a person must decide.
    pub problem: Option<Problem>,
    /// When.
    pub at: DateTime<Utc>,
}

/// A line that is to be traced; the journal numbers it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewLine {
    /// When it was said.
    pub at: DateTime<Utc>,
    /// The step, from 0.
    pub step: u16,
    /// Who speaks.
    pub sign: Sign,
    /// What is said; harmless and bounded already.
    pub text: String,
    /// Kept even when the trace is full: the engine's own lines.
    pub always: bool,
}

/// A run as the journal has it.
#[derive(Debug, Clone, PartialEq)]
pub struct Standing {
    /// Where it stands.
    pub state: RunState,
    /// Which way it goes, or went last.
    pub way: Way,
    /// What a person asked of it that has not come true yet.
    pub wish: Option<Wish>,
    /// Its steps, in order.
    pub steps: Vec<StandingStep>,
}

/// A step as the journal has it.
#[derive(Debug, Clone, PartialEq)]
pub struct StandingStep {
    /// Its name within the plan.
    pub name: String,
    /// Where it stands.
    pub state: StepState,
    /// How often it was begun, forward or back; 0 when never. Part of its [key](crate::Context::key).
    pub attempt: u16,
    /// What was seen at its end.
    pub observation: Option<Observation>,
}

/// The journal. Each call is committed when it returns `Ok`; when it returns an error, nothing of it was written. After
/// an error the engine stops the run where it is, as a crash would: it stays open, and is resumed later.
#[async_trait]
pub trait Journal: Send + Sync + 'static {
    /// What is kept with a run beyond what the engine knows.
    type About: Send + Sync + 'static;

    /// A run begins.
    async fn run_begun(&self, begun: RunBegun<'_, Self::About>) -> Result<(), JournalError>;

    /// An open run is in this state now: it waits, is at work, or is paused (then what was wished of it has come true).
    async fn run_is(&self, run: RunId, state: RunState) -> Result<(), JournalError>;

    /// What a person asks of an open run, so that it comes true after a restart too; `None` takes it back.
    async fn run_wished(&self, run: RunId, wish: Option<Wish>) -> Result<(), JournalError>;

    /// A run that was over (or paused) is opened again, waiting, to go this way; nothing is wished of it any more.
    /// Forward: its steps that failed, were skipped or undone wait again, in the same commit.
    async fn run_reopened(&self, run: RunId, way: Way) -> Result<(), JournalError>;

    /// A step is about to act, or to be undone, for the `attempt`-th time.
    async fn step_begun(
        &self,
        run: RunId,
        step: u16,
        attempt: u16,
        at: DateTime<Utc>,
    ) -> Result<(), JournalError>;

    /// A step has ended.
    async fn step_ended(&self, run: RunId, step: u16, end: &StepEnd) -> Result<(), JournalError>;

    /// These lines were traced, in this order. Gives those that are kept, numbered from the run's last one on.
    async fn trace(&self, run: RunId, lines: &[NewLine]) -> Result<Vec<TraceLine>, JournalError>;

    /// How far the step at work is; told at most once a second. Need not be kept.
    async fn progress(
        &self,
        run: RunId,
        step: u16,
        percent: Option<u8>,
    ) -> Result<(), JournalError> {
        let _ = (run, step, percent);
        Ok(())
    }

    /// A run has ended; nothing is wished of it any more. Steps that still wait become [skipped](StepState::Skipped) in
    /// the same commit.
    async fn run_ended(&self, run: RunId, end: &RunEnd) -> Result<(), JournalError>;

    /// How a run stands; `None` when there is no such run.
    async fn standing(&self, run: RunId) -> Result<Option<Standing>, JournalError>;

    /// The runs that have not ended, the oldest first.
    async fn open_runs(&self) -> Result<Vec<RunId>, JournalError>;
}
