//! A real OpenSSH server, agent and keys for one test: on 127.0.0.1, in a folder of its own, ended by process
//! id. Only tests use it. What is missing on the machine makes the test fail, never pass.
//!
//! Blocking: it starts programs and waits for them. Call it before the test's own asynchronous work.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "a part of tests: whatever fails here fails the test, in words"
)]

mod agent;
mod keys;
mod process;
mod server;
mod user;

pub use agent::Agent;
pub use keys::{ClientKey, KeyKind, Protection};
pub use server::{Options, Sshd};
pub use user::SystemUser;
