//! The journal: who did what, on what, when, and how it ended. Seen, checked, signed, exported, let go of; and an export
//! checked without any workspace.

mod check;
mod csv_table;
mod cut;
mod denials;
mod export;
mod form;
mod json_lines;
mod list;
mod note;
mod verify;
mod view;

pub(crate) use check::sign_anew;
pub use check::{check, state};
pub use cut::{cut, cut_plan};
pub use export::export;
pub use list::{choices, entry, list};
pub(crate) use note::{Subject, note, note_about};
pub use verify::{Bad, Verified, verify};
pub use view::{
    AccountChoice, Choices, CustomerChoice, CutPlan, EntryDetail, ExportForm, JournalState, Page,
    Query, Row,
};

pub(crate) use denials::{Denials, Heard};
