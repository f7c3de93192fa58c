//! Runs: every change of a server is one. What a change is and does is in [`change`]; how it is carried out and found
//! again after a restart, in [`work`].

mod aftermath;
mod change;
mod journal;
mod list;
mod making;
mod note;
mod steps;
mod telling;
mod view;
mod work;

pub(crate) use change::Change;
pub use list::{detail, list, trace};
pub(crate) use note::note;
pub use view::*;
pub(crate) use work::{Needed, Work, begin, take_up};
pub use work::{cancel, retry, wait};
