//! Durable work: steps, probes, journal, resumption.
//!
//! A run is a [`Plan`]: a title and steps in order. A [`Step`] has an intent, a probe (is it done already?), an act, and
//! what was observed at its end. The [`Engine`] carries runs out, and has each thing written in the [`Journal`] before
//! the next begins: that the step begins, then the act, then what came of it. So whatever moment the program dies at,
//! the journal says which step was in flight; [`Engine::resume`] probes it, and goes on, or ends the run as unknown and
//! says what a person must decide. It never acts again on a guess.
//!
//! A run can be held between two steps ([`Engine::pause`], [`Engine::go_on`]), cancelled ([`Engine::cancel`]), taken up
//! where it failed ([`Engine::retry`]), and undone ([`Engine::undo`]). What was asked of it is in the journal too: it comes
//! true although the program dies first.
//!
//! Runs that write to the same server go one after the other, in the order in which they were begun; others side by
//! side. What happens is told live as [`RunEvent`]s, and traced lines are in the journal before they are told.
//!
//! Left to others: what steps do (`core`), where the journal is kept (`core` over `store`), who may begin a run
//! (`core`), ids and the clock (handed in). This crate knows no server and no YunoHost.

mod back;
mod context;
mod engine;
mod error;
mod event;
mod fleet;
mod journal;
mod lanes;
mod mask;
mod plan;
mod trace;
mod tries;
mod work;

pub use context::{Context, key_parts};
pub use engine::{Clock, Engine, Handle, Limits, Order};
pub use error::{EngineError, JournalError};
pub use event::RunEvent;
pub use fleet::{Crew, FleetError, FleetStanding, Fleets, Turn};
pub use journal::{
    Journal, NewLine, RunBegun, RunEnd, Standing, StandingStep, StepEnd, StepIntent,
};
pub use plan::{Observation, Plan, Probe, Problem, Retry, Step, StepError};
