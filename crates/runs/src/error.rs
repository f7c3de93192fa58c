//! What can go wrong with the engine itself; a step's own failures are [`crate::StepError`].

use std::error::Error;
use towerify_domain::id::RunId;

/// The journal could not be read or written.
#[derive(Debug, thiserror::Error)]
#[error("the journal of runs: {0}")]
pub struct JournalError(#[source] Box<dyn Error + Send + Sync>);

impl JournalError {
    /// Wraps the store's own error.
    pub fn new(error: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self(error.into())
    }
}

/// Why the engine did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// A plan without steps, or with more than 65,535.
    #[error("a plan of {0} steps cannot be carried out")]
    PlanSize(usize),
    /// There is no such run.
    #[error("there is no run {0}")]
    NoSuchRun(RunId),
    /// The run is at work in this engine.
    #[error("run {0} is at work already")]
    AtWork(RunId),
    /// The run is open, and must come to its end first.
    #[error("run {0} is not over")]
    Open(RunId),
    /// The run is held, and goes on only when a person says so.
    #[error("run {0} is paused")]
    Paused(RunId),
    /// The run is not held.
    #[error("run {0} is not paused")]
    NotPaused(RunId),
    /// None of the run's steps has an effect that it can undo.
    #[error("nothing of run {0} can be undone")]
    NothingToUndo(RunId),
    /// The run has ended for good.
    #[error("run {0} is over")]
    Over(RunId),
    /// The plan handed in to resume a run is not the plan that it was begun with.
    #[error("run {0} was begun with other steps")]
    OtherPlan(RunId),
    /// The journal failed; the run, if it was begun, stays open where it is.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// The engine was stopped while the run was at work; it stays open where it is.
    #[error("run {0} was interrupted, and can be resumed")]
    Interrupted(RunId),
}
