//! The training fleet: YunoHost servers simulated in one process, over real SSH and HTTPS.
//!
//! [`Fleet::start`] brings up one [`TrainingServer`] a [`Blueprint`] on loopback ports of their own; [`firm::plan`] is
//! the invented firm that people train on. What a server answers has the shapes that real servers were recorded
//! with (12.0.17 and 12.1.25); what one changes stays changed, also after a restart, until [`forget`].
//! A test asks for trouble through [`TrainingServer::faults`].
//!
//! In reading order: a request comes in by `ssh_server` (then `driver` or `command_line`) or by `api`; both make a
//! `call` of it; `machine` answers it, reads at once, writes as runs under YunoHost's lock; `actions` know what each
//! means, on the `state` of one server.
//!
//! Left to others: everything that Towerify does. It is used by tests, by training and by benchmarks.

mod actions;
mod api;
mod bare_machine;
pub mod blueprint;
mod call;
mod catalogue;
mod clock;
mod command_line;
mod debian;
mod door;
mod driver;
mod effects;
mod error;
pub mod fault;
pub mod firm;
mod fleet;
mod gate;
#[cfg(test)]
mod golden;
mod grammar;
mod keep;
mod login;
mod machine;
mod obstacle;
mod pace;
mod resolver;
mod sftp;
mod ssh_server;
mod sshd;
mod state;
mod stream;
mod sudo;
mod training_server;
mod words;

pub use bare_machine::BareMachine;
pub use blueprint::{Bare, Blueprint, Shipped};
pub use effects::{Effect, effects_of};
pub use error::SandboxError;
pub use fault::{Fault, Faults};
pub use fleet::{Fleet, Options, forget};
pub use obstacle::Obstacle;
pub use pace::{Absence, Pace};
pub use training_server::{HostIdentity, TrainingServer};
