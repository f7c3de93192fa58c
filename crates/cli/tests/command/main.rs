//! The built `towerify` binary, as a shell and a script see it: exit statuses, JSON, messages, secrets.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking, in its helping functions too"
)]

mod alone;
mod canary;
mod fleet;
mod home;
mod journal;
mod keyring;
mod provision;
mod runs;
mod ssh_config;
mod waves;
mod world;
