//! The commands that the window may call: one table, one file a noun. A command turns its arguments over to a use case
//! of the core and gives back what that gives; it decides nothing.
//!
//! The table says of every command whether it asks or changes, and which topics it shows or touches. From it come the
//! handler, `ui/src/bindings.ts` with the types, and the map that drives the interface's query cache.

pub mod accounts;
pub mod apps;
pub mod customers;
pub mod fleet;
pub mod gates;
pub mod journal;
pub mod people;
pub mod portal;
pub mod preferences;
pub mod provisioning;
pub mod runs;
pub mod schedules;
pub mod servers;
mod table;
pub mod window;
pub mod workspace;

pub use table::{Command, Does, Kind, TABLE, commands};
