//! The desktop program from end to end: the real executable, its real window, WebKit's own driver, and a training fleet
//! behind it. Run it with `cargo xtask test --only desktop`, which brings a bus and a display of their own.
//!
//! In reading order: `journeys`, `work` and `launcher` say what a person does; `window` is their eyes and hands; `screens` takes the pictures
//! of `target/screens`; `program` starts and ends the processes. What is missing on the machine makes a test fail, never
//! pass.

#![cfg(target_os = "linux")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by stopping, in what it is made of too"
)]

mod accounts;
mod journeys;
mod launcher;
mod program;
mod screens;
mod window;
mod work;
