//! Runs: every change of a server is one. What a change is and does is in [`change`]; how it is carried out and found
//! again after a restart, in [`work`]; what a person decides about it, in [`decide`].

mod aftermath;
mod change;
mod decide;
mod detached;
mod journal;
mod list;
mod making;
mod plans;
mod seals;
mod steps;
mod telling;
mod trace;
mod view;
mod work;

pub(crate) use aftermath::words as error_words;
pub(crate) use change::Change;
pub use decide::{cancel, forget, go_on, pause, retry, undo};
pub(crate) use detached::{Asked, Detached, End, Finished};
pub use list::{detail, list};
pub(crate) use plans::of_change;
pub(crate) use seals::Seals;
pub(crate) use steps::{ReachServer, failed, forget_what_is_over, way};
pub use trace::{export, search, trace};
pub use view::*;
pub use work::wait;
pub(crate) use work::{Needed, Work, begin, keeper, take_up};
pub(crate) use work::{Wanted, begin_plan};
