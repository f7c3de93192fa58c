//! Servers: the fleet's list, one server's page, adding, changing, removing, reading again.

mod add;
mod change;
mod find;
mod first_contact;
mod health;
mod list;
mod page;
mod refresh;
mod sight;
mod ssh_config;
mod veil;
mod view;

pub use add::add;
pub(crate) use add::{accepted_key, add_unread};
pub use change::{accept_key, diagnose, edit, remove, restart_service};
pub use find::find;
pub(crate) use find::server_of;
pub use first_contact::{key_conflict, offered_key};
pub use list::list;
pub(crate) use page::understood;
pub use page::{detail, diagnosis, domains, operations, services};
pub use refresh::refresh;
pub(crate) use refresh::{can_upgrade, read_again, refresh_in_background, snapshot};
pub(crate) use sight::sight;
pub use ssh_config::ssh_config_hosts;
pub(crate) use veil::Veil;
pub use view::*;
