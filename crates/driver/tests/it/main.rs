//! The driver as a whole: the true `driver.py` under a local Python over the stand-in of `tests/standin`, a fake end
//! that misbehaves, and the conversations that were recorded with real servers.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    reason = "what fails here fails the test, and real programs are started"
)]

mod fake;
mod faults;
mod gate;
mod program;
mod reads;
mod recorded;
mod runs;
mod server;
mod sshd;
mod start;
mod tasks;
