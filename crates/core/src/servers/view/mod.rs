//! What the faces see of servers.

mod detail;
mod key;
mod list;
mod parts;
mod saying;
mod ssh_config;
mod sweep;

pub use detail::*;
pub use key::*;
pub use list::*;
pub use parts::*;
pub use saying::*;
pub use ssh_config::*;
pub use sweep::*;
