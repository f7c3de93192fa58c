//! What is told live.

use crate::{Observation, RunEnd};
use std::sync::Arc;
use towerify_domain::Words;
use towerify_domain::id::{RunId, ServerId};
use towerify_domain::run::{Progress, RunState, StepState, TraceLine};

/// Something happened in a run. State, steps and traces are in the journal when they are told; progress need not be.
#[derive(Debug, Clone, PartialEq)]
pub enum RunEvent {
    /// The run is in this state now.
    State {
        /// The run.
        run: RunId,
        /// The server that it writes to.
        server: Option<ServerId>,
        /// Its state.
        state: RunState,
        /// For a run that waits: what for.
        because: Option<Words>,
        /// For a run that is over: how it ended.
        end: Option<RunEnd>,
    },
    /// A step is in this state now.
    Step {
        /// The run.
        run: RunId,
        /// The step, from 0.
        step: u16,
        /// Its state.
        state: StepState,
        /// What was seen at its end.
        observation: Option<Observation>,
    },
    /// The step at work is so far.
    Progress {
        /// The run.
        run: RunId,
        /// The step, from 0.
        step: u16,
        /// How far.
        progress: Progress,
    },
    /// These lines were traced.
    Trace {
        /// The run.
        run: RunId,
        /// The lines, in order.
        lines: Arc<[TraceLine]>,
    },
}

impl RunEvent {
    /// The run that it is about.
    #[must_use]
    pub const fn run(&self) -> RunId {
        match self {
            Self::State { run, .. }
            | Self::Step { run, .. }
            | Self::Progress { run, .. }
            | Self::Trace { run, .. } => *run,
        }
    }
}
