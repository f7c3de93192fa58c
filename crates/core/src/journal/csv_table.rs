//! An exported journal as a table for spreadsheets: CSV as in RFC 4180, its lines ended as on Unix. Its first record after
//! the heads says whose it is, its last one signs. A cell that a spreadsheet would take for a formula has an apostrophe before it, which reading takes
//! away.

use std::io::{BufRead, Write};

use chrono::{DateTime, SecondsFormat, Utc};
use csv::{ByteRecord, ErrorKind, ReaderBuilder, StringRecord, Terminator, WriterBuilder};
use towerify_domain::journal::{Entry, Head};

use crate::{
    Result,
    journal::form::{self, EntryOrEnd, First, LONGEST, Last, Line, Read},
};

/// How a file of this form begins.
pub(super) const BEGIN: &[u8] = b"n,id,at,";

const HEADS: [&str; 14] = [
    "n",
    "id",
    "at",
    "account",
    "who",
    "role",
    "what",
    "subject_kind",
    "subject_id",
    "subject",
    "customer",
    "outcome",
    "detail",
    "hash",
];

/// What the first record is called in the column `what`, and the last one.
const FIRST: &str = "journal.begin";
const LAST: &str = "journal.signature";

pub(super) struct Writer<'w> {
    out: csv::Writer<&'w mut (dyn Write + Send)>,
}

impl<'w> Writer<'w> {
    pub(super) fn new(out: &'w mut (dyn Write + Send)) -> Self {
        Self {
            out: WriterBuilder::new()
                .terminator(Terminator::Any(b'\n'))
                .from_writer(out),
        }
    }

    fn record(&mut self, cells: [&str; 14]) -> Result<()> {
        self.out
            .write_record(cells.map(guarded))
            .map_err(|error| form::disk(&error.into()))
    }
}

impl form::Writer for Writer<'_> {
    fn first(&mut self, first: &First) -> Result<()> {
        self.record(HEADS)?;
        let (n, version) = (
            first.after.n.to_string(),
            first.towerify_journal.to_string(),
        );
        let (workspace, hash) = (first.workspace.to_string(), first.after.hash.to_string());
        let name = first.name.as_str();
        self.record([
            &n, &workspace, "", "", name, "", FIRST, "form", &version, "", "", "", "", &hash,
        ])
    }

    fn entry(&mut self, line: &Line) -> Result<()> {
        let Line { entry, hash } = line;
        let text = |id: Option<String>| id.unwrap_or_default();
        self.record([
            &entry.n.to_string(),
            &entry.id.to_string(),
            &instant(entry.at),
            &text(entry.account.map(|id| id.to_string())),
            &entry.who,
            &entry.role,
            &entry.what,
            &entry.subject_kind,
            entry.subject_id.as_deref().unwrap_or_default(),
            &entry.subject,
            &text(entry.customer.map(|id| id.to_string())),
            &entry.outcome,
            &entry.detail,
            &hash.to_string(),
        ])
    }

    fn last(&mut self, last: &Last) -> Result<()> {
        let (n, at, hash) = (
            last.head.n.to_string(),
            instant(last.signed_at),
            last.head.hash.to_string(),
        );
        self.record([
            &n,
            "",
            &at,
            "",
            "",
            "",
            LAST,
            "key",
            "",
            &last.signer,
            "",
            "",
            &last.signature,
            &hash,
        ])?;
        self.out.flush().map_err(|error| form::disk(&error))
    }
}

fn instant(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Nanos, true)
}

/// What a spreadsheet could take for a formula begins so; an apostrophe of one's own gets another.
const FORMULA: [char; 7] = ['=', '+', '-', '@', '\t', '\r', '\''];

fn guarded(cell: &str) -> String {
    let guard = if cell.starts_with(FORMULA) { "'" } else { "" };
    format!("{guard}{cell}")
}

/// The cell as it was before [`guarded`]; none when nothing is guarded so.
fn unguarded(cell: &str) -> Option<&str> {
    match cell.strip_prefix('\'') {
        Some(cell) => cell.starts_with(FORMULA).then_some(cell),
        None => (!cell.starts_with(FORMULA)).then_some(cell),
    }
}

/// Lets through at most [`LONGEST`] bytes a record: one that never ends is not read into memory.
struct Bounded<F> {
    file: F,
    left: usize,
}

impl<F: BufRead> std::io::Read for Bounded<F> {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        let read = std::io::Read::read(&mut self.file, into)?;
        self.left = self
            .left
            .checked_sub(read)
            .ok_or(std::io::ErrorKind::FileTooLarge)?;
        Ok(read)
    }
}

pub(super) struct Reader<F> {
    file: csv::Reader<Bounded<F>>,
    line: u64,
}

impl<F: BufRead> Reader<F> {
    pub(super) fn new(file: F) -> Self {
        Self {
            file: ReaderBuilder::new()
                .has_headers(false)
                .flexible(true)
                .terminator(Terminator::Any(b'\n'))
                .from_reader(Bounded {
                    file,
                    left: LONGEST,
                }),
            line: 0,
        }
    }

    /// The next record's cells; `None` at the end.
    fn read(&mut self) -> Read<Option<[String; 14]>> {
        self.file.get_mut().left = LONGEST;
        let mut record = ByteRecord::new();
        let before = self.file.position().line();
        match self.file.read_byte_record(&mut record) {
            Ok(false) => return Ok(None),
            Ok(true) => self.line = record.position().map_or(before, csv::Position::line),
            Err(error) => {
                self.line = match error.kind() {
                    ErrorKind::Io(_) => before,
                    _ => error.position().map_or(before, csv::Position::line),
                };
                return Err(form::Reader::bad(self, form::unreadable()));
            }
        }
        let bad = |words| form::Reader::bad(self, words);
        // Every record ends with a line's end: what does not was cut.
        if !self.ended() {
            return Err(bad(form::cut_short()));
        }
        let record = StringRecord::from_byte_record(record).map_err(|_| bad(form::unreadable()))?;
        let cells: Option<Vec<String>> = record
            .iter()
            .map(|cell| unguarded(cell).map(str::to_owned))
            .collect();
        cells
            .and_then(|cells| <[String; 14]>::try_from(cells).ok())
            .map(Some)
            .ok_or_else(|| bad(form::unreadable()))
    }

    /// Whether the last record ended with a line's end.
    fn ended(&self) -> bool {
        self.file.position().line() > self.line
    }
}

impl<F: BufRead> form::Reader for Reader<F> {
    fn first(&mut self) -> Read<First> {
        let found = self.read()?;
        if found.as_ref().is_none_or(|cells| *cells != HEADS) {
            return Err(self.bad(form::not_an_export()));
        }
        let found = self.read()?.and_then(|cells| {
            let [
                n,
                workspace,
                _,
                _,
                name,
                _,
                what,
                kind,
                version,
                _,
                _,
                _,
                _,
                hash,
            ] = cells;
            (what == FIRST && kind == "form").then_some(())?;
            Some(First {
                towerify_journal: version.parse().ok()?,
                workspace: workspace.parse().ok()?,
                name,
                after: Head {
                    n: n.parse().ok()?,
                    hash: hash.parse().ok()?,
                },
            })
        });
        found.ok_or_else(|| self.bad(form::not_an_export()))
    }

    fn next(&mut self) -> Read<Option<EntryOrEnd>> {
        let Some(cells) = self.read()? else {
            return Ok(None);
        };
        entry_or_end(cells)
            .map(Some)
            .ok_or_else(|| self.bad(form::unreadable()))
    }

    fn has_more(&mut self) -> Read<bool> {
        Ok(self.read()?.is_some())
    }

    fn line(&self) -> u64 {
        self.line
    }
}

fn entry_or_end(cells: [String; 14]) -> Option<EntryOrEnd> {
    let [
        n,
        id,
        at,
        account,
        who,
        role,
        what,
        subject_kind,
        subject_id,
        subject,
        customer,
        outcome,
        detail,
        hash,
    ] = cells;
    let n: u64 = n.parse().ok()?;
    let hash = hash.parse().ok()?;
    let read: DateTime<Utc> = at.parse().ok()?;
    // One instant is written in one way.
    (instant(read) == at).then_some(())?;
    if what == LAST {
        return Some(EntryOrEnd::End(Last {
            head: Head { n, hash },
            signed_at: read,
            signer: subject,
            signature: detail,
        }));
    }
    let absent = |text: String| (!text.is_empty()).then_some(text);
    Some(EntryOrEnd::Entry(Box::new(Line {
        entry: Entry {
            n,
            id: id.parse().ok()?,
            at: read,
            account: absent(account).map(|id| id.parse()).transpose().ok()?,
            who,
            role,
            what,
            subject_kind,
            subject_id: absent(subject_id),
            subject,
            customer: absent(customer).map(|id| id.parse()).transpose().ok()?,
            outcome,
            detail,
        },
        hash,
    })))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_spreadsheet_would_compute_is_written_as_text_and_read_back_as_it_was() {
        for cell in [
            "=1+1", "+33", "-2", "@SUM(A1)", "'quoted", "''", "\t=1", "plain", "", "a=b",
        ] {
            let written = guarded(cell);
            assert!(
                !written.starts_with(['=', '+', '-', '@', '\t', '\r']),
                "{cell}"
            );
            assert_eq!(unguarded(&written), Some(cell));
        }
        for never_written in ["=1+1", "'plain", "'"] {
            assert_eq!(unguarded(never_written), None, "{never_written}");
        }
    }
}
