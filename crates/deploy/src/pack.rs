//! From a folder to what a server lacks of it: which files go, their hashes, and the payload that carries them.
//!
//! [`survey`] walks the folder by the rules of `.towerifyignore` and answers a [`Tree`]; [`Tree::since`] says what another
//! tree and a store of contents lack; [`write_payload`] writes that as a deterministic tar, compressed with zstd.
//!
//! The server keeps contents by their SHA-256 and builds each release from them, so that what was sent once is never sent
//! again, a broken transfer goes on where it stopped, and what a running app changes in its release spoils nothing.
//!
//! Left to others: building the app first, asking the server what it has.

mod error;
mod payload;
mod suspects;
mod tree;
mod walk;

pub use error::PackError;
pub use payload::{BLOBS, DELTA, Sent, write_payload};
pub(crate) use tree::sha256_hex;
pub use tree::{Delta, Entry, Form, Tree, TreeError};
pub use walk::{IGNORE_FILE, Limits, Survey, Warning, survey};
