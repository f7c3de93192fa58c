//! A server's users, groups and permissions.

mod change;
mod list;
mod view;

pub use change::{create, delete, edit, give, take};
pub use list::list;
pub use view::*;
