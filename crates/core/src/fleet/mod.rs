//! Fleet runs: the same change on many servers, in waves that stop by themselves when too much fails. Each server's part
//! is an ordinary run.
//!
//! In reading order: [`begin`] resolves a selection and writes the fleet run down; `towerify_runs::Fleets` takes its
//! servers in turn; `crew` does one server's part, `look` says what there is to do there.

mod begin;
mod change;
mod crew;
mod list;
mod look;
mod steer;
mod view;

pub(crate) use begin::{allowed, begin_with};
pub use begin::{begin, plan};
pub(crate) use change::MOST_AT_ONCE;
pub(crate) use crew::ServerCrew;
pub use list::{detail, list};
pub(crate) use steer::take_up;
pub use steer::{cancel, go_on, pause, retry_failed, wait};
pub use view::*;
