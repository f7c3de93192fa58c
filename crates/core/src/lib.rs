//! The use cases, one folder a noun: who may, what happens, what is written down.
//!
//! A face (the window, the command line) holds one [`Program`]. With a workspace open it gives a [`Workspace`] and the
//! [`Actor`] at work; every use case is a free function that takes both, turns the actor into a permit, and only with
//! the permit reaches the store or a server.
//!
//! Left to others: pictures and words of the window (`ui`), the wire (`driver`), the database (`store`).

pub mod accounts;
pub mod apps;
pub mod clock;
mod connections;
pub mod customers;
mod error;
mod error_sources;
mod events;
pub mod fleet;
mod folders;
pub mod gates;
pub mod journal;
mod keyring;
pub mod locking;
pub mod people;
pub mod portal;
pub mod preferences;
mod program;
pub mod provisioning;
pub mod runs;
pub mod schedules;
pub mod servers;
mod topic;
pub mod workspace;
mod yunohost_rules;

pub use connections::Patience;
pub use error::{AppError, Code, FieldProblem, Retry};
pub use events::{Event, Events};
pub use folders::Folders;
pub use keyring::{Keyring, KeyringName, SystemKeyring};
pub use program::Program;
pub use topic::Topic;
pub use towerify_domain::Actor;
pub use workspace::Workspace;

/// What every use case gives.
pub type Result<T> = std::result::Result<T, AppError>;
