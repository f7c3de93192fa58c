//! What is written: tables and sentences for people, JSON for programs. Standard output holds the answer, standard
//! error what went wrong and what is asked. Text that came from a server is made harmless here.

use crate::failure::Failure;
use comfy_table::{Cell, ContentArrangement, LineStyle, Table, TableStyle};
use serde::Serialize;
use std::io::Write as _;
use towerify_domain::{Language, Words, text};

/// The most characters of one cell.
const CELL: usize = 200;

/// One line under the heads, and nothing else: easy on the eye, easy to cut apart.
const LINED: TableStyle =
    TableStyle::new().header_separator(LineStyle::none().fill('─').junction('─'));

/// Where the answer goes.
#[derive(Debug, Clone, Copy)]
pub struct Screen {
    /// JSON instead of words.
    pub json: bool,
    /// The language of words.
    pub language: Language,
}

impl Screen {
    pub const fn new(json: bool, language: Language) -> Self {
        Self { json, language }
    }

    /// The words in the reader's language.
    pub fn pick<'w>(&self, words: &'w Words) -> &'w str {
        words.of(self.language)
    }

    /// One of two words, by the language.
    pub const fn of<'w>(&self, en: &'w str, fr: &'w str) -> &'w str {
        match self.language {
            Language::En => en,
            Language::Fr => fr,
        }
    }

    /// A line for people; nothing when programs read.
    pub fn say(&self, line: &str) {
        if !self.json {
            put(line);
        }
    }

    /// The answer for programs, on one line; nothing when people read.
    pub fn answer(&self, answer: &impl Serialize) {
        if self.json
            && let Ok(line) = serde_json::to_string(answer)
        {
            put(&line);
        }
    }

    /// A table for people; nothing when programs read. Heads in both languages.
    pub fn table(&self, heads: &[(&str, &str)], rows: impl IntoIterator<Item = Vec<String>>) {
        if self.json {
            return;
        }
        let mut table = Table::new();
        table
            .load_style(LINED)
            .set_content_arrangement(ContentArrangement::Dynamic);
        table.set_header(heads.iter().map(|(en, fr)| self.of(en, fr)));
        for row in rows {
            table.add_row(row.iter().map(|cell| Cell::new(text::line(cell, CELL))));
        }
        for line in table.lines() {
            put(line.trim_end());
        }
    }

    /// What went wrong, on standard error: a sentence, or an object with `error`.
    pub fn failure(&self, failure: &Failure) {
        let line = if self.json {
            failure.json()
        } else {
            failure.sentence(self.language)
        };
        let _ = writeln!(std::io::stderr(), "{line}"); // nobody reads any more: nothing is left to do
    }

    /// A remark on standard error, for people and programs alike.
    pub fn remark(&self, words: &Words) {
        let _ = writeln!(std::io::stderr(), "{}", self.pick(words));
    }
}

/// Writes a line. A reader that went away (`| head`) is no failure.
fn put(line: &str) {
    #[cfg(test)]
    tests::note(line);
    #[cfg(not(test))]
    let _ = writeln!(std::io::stdout().lock(), "{line}");
}

/// A moment, in the zone of this machine's clock setting: UTC is said.
pub fn moment(at: chrono::DateTime<chrono::Utc>) -> String {
    at.format("%Y-%m-%d %H:%M:%S UTC").to_string()
}

/// What is not there.
pub const NONE: &str = "—";

/// A number, or the sign for none.
pub fn some(value: Option<impl ToString>) -> String {
    value.map_or_else(|| NONE.to_owned(), |value| value.to_string())
}

/// What was written, for tests that read it: on each thread for itself.
#[cfg(test)]
pub mod tests {
    use std::cell::RefCell;

    thread_local! {
        static WRITTEN: RefCell<String> = const { RefCell::new(String::new()) };
    }

    pub(super) fn note(line: &str) {
        WRITTEN.with_borrow_mut(|written| {
            written.push_str(line);
            written.push('\n');
        });
    }

    /// All that was written since this was asked last.
    pub fn written() -> String {
        WRITTEN.take()
    }
}
