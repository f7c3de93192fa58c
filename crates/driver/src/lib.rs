//! Conversations with a YunoHost server: an administrator's, described here, and an end user's ([`portal`]).
//!
//! The administrator's: a small Python program (`driver.py`) is sent over one channel, and then
//! answers requests, one JSON object a line. It calls what the `yunohost` command calls, so YunoHost's own lock,
//! operation log and checks are used, and nothing is installed on the server.
//!
//! In reading order: [`command()`] is what to execute on the machine, [`open`] sees it through sudo, sends the program
//! and waits until it is ready, [`Driver`] asks. [`connect`] does the three over an SSH connection.
//!
//! This crate leaves to others: which actions exist and what their replies mean (`towerify-yunohost`), how a machine
//! is reached (`towerify-ssh`), when to ask and what to do about an answer (`towerify-runs`, `towerify-core`).
//! Text from a server is passed on as it came, within bounds; making control characters visible is the view's work.
//! The wire protocol is written down in `PROTOCOL.md` beside this crate's manifest.

mod command;
mod conversation;
mod error;
mod event;
mod facts;
mod frame;
pub mod gate;
mod gather;
mod json;
mod lines;
mod link;
mod opening;
mod over_ssh;
pub mod portal;
mod runstream;

pub use command::{PROGRAM, Privilege, command};
pub use conversation::{Answer, Driver, Note, ReadOptions, StartOptions, Units};
pub use error::{ByeReason, DriverError, ProtocolFault, Refusal, SudoError};
pub use event::{Level, LockHolder, LostHow, Operation, Outcome, RunEvent, RunRecord, RunState};
pub use facts::{Facts, Gate, Limits};
pub use opening::{Pipes, Reopen, Start, open, open_with};
pub use over_ssh::connect;
pub use runstream::RunStream;

/// What every operation of this crate gives.
pub type Result<T> = std::result::Result<T, DriverError>;
