//! The apps of a server: what is there, what can be had, what an app asks, and installing, upgrading, removing it.

mod catalogue;
mod change;
mod deployed;
mod form;
mod list;
mod view;

pub use catalogue::catalogue;
pub use change::{install, remove, upgrade};
pub use deployed::{Shipped, ShippedNow, restart, roll_back, shipped_now};
pub use form::form;
pub(crate) use list::of_server;
pub use list::{address, list};
pub use view::*;
