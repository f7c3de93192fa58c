//! The journal: who did what, on what, when, and how it ended. Seen, checked, signed, exported; and an export checked
//! without any workspace.

mod check;
mod export;
mod list;
mod note;
mod verify;
mod view;

pub use check::check;
pub(crate) use check::sign_anew;
pub use export::export;
pub use list::{choices, list};
pub(crate) use note::{Subject, note, note_about};
pub use verify::{Bad, Verified, verify};
pub use view::{AccountChoice, Choices, JournalState, Page, Query, Row};
