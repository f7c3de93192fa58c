//! An exported journal as a file, whatever its form: a beginning that says whose it is, entries, and an end that signs the
//! head of the chain.

use std::io::{BufRead, Write};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use towerify_domain::{
    Words,
    id::WorkspaceId,
    journal::{Entry, Head, Link},
};

use crate::{
    AppError, Code, Result,
    journal::{csv_table, json_lines, verify::Bad, view::ExportForm},
};

/// The version of both forms.
pub(super) const FORM: u32 = 1;

/// What was read of a file, or the first bad line.
pub(super) type Read<T> = std::result::Result<T, Bad>;

/// A line is at most so long; the program writes none that comes near.
pub(super) const LONGEST: usize = 1 << 20;

/// The beginning.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct First {
    /// [`FORM`].
    pub towerify_journal: u32,
    /// Whose journal it is.
    pub workspace: WorkspaceId,
    /// What the workspace is called.
    pub name: String,
    /// What the first entry follows: the end of what was let go of before, or nothing.
    pub after: Head,
}

/// An entry.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Line {
    /// The entry.
    pub entry: Entry,
    /// The chain's hash after the entry.
    pub hash: Link,
}

/// The end.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Last {
    /// Where the chain stands.
    pub head: Head,
    /// When it was signed.
    pub signed_at: DateTime<Utc>,
    /// The public key that signed, in base64.
    pub signer: String,
    /// The signature, in base64.
    pub signature: String,
}

/// An entry, or the end.
pub(super) enum EntryOrEnd {
    Entry(Box<Line>),
    End(Last),
}

/// Writes a file of one form.
pub(super) trait Writer: Send {
    fn first(&mut self, first: &First) -> Result<()>;
    fn entry(&mut self, line: &Line) -> Result<()>;
    /// The end, and all that is still on its way.
    fn last(&mut self, last: &Last) -> Result<()>;
}

/// Reads a file of one form, which anybody may have written.
pub(super) trait Reader {
    /// The beginning.
    fn first(&mut self) -> Read<First>;
    /// What comes next; `None` at the end of the file.
    fn next(&mut self) -> Read<Option<EntryOrEnd>>;
    /// Whether anything is left.
    fn has_more(&mut self) -> Read<bool>;
    /// The number of the line that was read last, from 1.
    fn line(&self) -> u64;

    /// What is wrong with the line that was read last.
    fn bad(&self, words: Words) -> Bad {
        Bad {
            line: self.line().max(1),
            words,
        }
    }
}

/// What writes this form to `out`.
pub(super) fn writer<'w>(
    form: ExportForm,
    out: &'w mut (dyn Write + Send),
) -> Box<dyn Writer + 'w> {
    match form {
        ExportForm::JsonLines => Box::new(json_lines::Writer::new(out)),
        ExportForm::Csv => Box::new(csv_table::Writer::new(out)),
    }
}

/// What reads this file: its first letter tells the form.
pub(super) fn reader<'r>(mut file: impl BufRead + 'r) -> Box<dyn Reader + 'r> {
    match file.fill_buf() {
        Ok(begin) if begin.starts_with(csv_table::BEGIN) => Box::new(csv_table::Reader::new(file)),
        _ => Box::new(json_lines::Reader::new(file)),
    }
}

/// What can't be written to the disk.
pub(super) fn disk(error: &std::io::Error) -> AppError {
    AppError::new(
        Code::LocalDisk,
        format!("The file can't be written: {error}."),
    )
}

pub(super) fn not_an_export() -> Words {
    Words::new(
        "This is not an exported journal: its beginning must say whose it is.",
        "Ce n’est pas un journal exporté : son début doit dire de qui il est.",
    )
}

pub(super) fn unreadable() -> Words {
    Words::new("This line can't be read.", "Cette ligne est illisible.")
}

pub(super) fn cut_short() -> Words {
    Words::new("This line is cut short.", "Cette ligne est coupée.")
}
