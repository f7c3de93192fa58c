//! Customers: whose servers and accounts are. What is sold to them is the shop's.

mod change;
mod list;

pub use change::create;
pub(crate) use change::named;
pub use list::{CustomerView, list};
