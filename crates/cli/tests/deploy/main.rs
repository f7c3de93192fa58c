//! The built `towerify` binary and in-house apps: every verb over a true sshd, with a stand-in of a server behind it.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    reason = "a test fails by panicking, in its helping functions too, and real programs are started"
)]

mod bad_input;
mod golden;
mod keys;
mod killed;
#[allow(dead_code, reason = "the tests of towerify-deploy use all of it")]
#[path = "../../../deploy/tests/server/standin.rs"]
mod standin;
mod sudo;
mod update;
mod world;
