//! Schedules: fleet runs that begin by themselves while the program is open. What was due while it was closed is not made
//! up for silently: it is listed, and a person says "run now" or "leave".

mod change;
mod list;
mod timer;
mod view;

pub use change::{create, delete, enable, leave, rename, run_now};
pub use list::{list, next_times};
pub(crate) use timer::Timer;
pub use view::*;
