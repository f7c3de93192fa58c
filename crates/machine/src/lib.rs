//! What is asked and done on the Debian machine beneath YunoHost, task by task. Pure.
//!
//! Each task is declared once, as a struct that implements [`Task`]: its name, its arguments, its reply, whether it
//! reads or writes. The driver performs it with [`PROGRAM`], one readable Python file with one function a task; the
//! simulator answers it by name, with the same types. [`preflight::judge`] says of a machine's facts what stands in
//! the way of making it into a server.
//!
//! Facts about the installer, Debian and YunoHost come from trials on Debian 12.15, YunoHost 12.0.17 and 12.1.25
//! ("rule n" in comments is the number that the trial's notes gave them).
//!
//! Left to others: how a task reaches a machine (`driver`), in which order tasks are done and what is undone (`core`).

pub mod bans;
pub mod certificate;
pub mod deployed;
pub mod gate;
pub mod install;
pub mod keys;
pub mod preflight;
pub mod refusal;
pub mod services;
pub mod state;
mod task;
pub mod traces;

pub use task::{Arguments, DECLARATIONS, Declaration, Kind, ReplyError, Task};

/// A value that is never shown: no `Display`, no `Serialize`, `Debug` hides it, wiped when dropped.
pub type Secret = secrecy::SecretString;

/// The program that performs every task: Python 3.9 to 3.13, the standard library alone. It is sent with the request,
/// and nothing of it stays on the machine.
pub const PROGRAM: &str = concat!(
    include_str!("machine.py"),
    "\n\n",
    include_str!("machine_reads.py"),
    "\n\n",
    include_str!("machine_gate.py"),
    "\n\n",
    include_str!("machine_writes.py")
);
