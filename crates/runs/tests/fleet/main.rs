//! Whose turn it is in a fleet run, when it stops, and what becomes of it when the program dies: over a crew that only
//! keeps the book.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking, in its helping functions too"
)]

mod book;
mod steering;
mod waves;
