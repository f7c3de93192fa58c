//! The engine over a journal in memory and a server that counts what is done to it.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking, in its helping functions too"
)]

mod decided;
mod fake;
mod fake_server;
mod generated;
mod killed;
mod lanes;
mod outcomes;
mod traced;
mod undone;
