//! `init`: looks at a folder, says what kind of app it holds and why, and writes `towerify/config.yaml` and
//! `.towerifyignore` for it.
//!
//! Left to others: asking whether the proposal is right.

mod begin;
mod look;

pub use begin::{Begun, InitError, begin, config_text, ignore_text};
pub use look::{Proposal, propose, propose_as};
