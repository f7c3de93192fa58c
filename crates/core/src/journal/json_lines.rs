//! An exported journal as JSON lines: an object a line.

use std::io::{BufRead, Write};

use serde::{Deserialize, Serialize, de::DeserializeOwned};

use crate::{
    AppError, Code, Result,
    journal::form::{self, EntryOrEnd, First, LONGEST, Last, Line, Read},
};

pub(super) struct Writer<'w> {
    out: &'w mut (dyn Write + Send),
}

impl<'w> Writer<'w> {
    pub(super) fn new(out: &'w mut (dyn Write + Send)) -> Self {
        Self { out }
    }

    fn line(&mut self, line: &impl Serialize) -> Result<()> {
        let mut text = serde_json::to_vec(line).map_err(|error| {
            AppError::new(Code::Internal, format!("A line can't be written: {error}."))
        })?;
        text.push(b'\n');
        self.out
            .write_all(&text)
            .map_err(|error| form::disk(&error))
    }
}

impl form::Writer for Writer<'_> {
    fn first(&mut self, first: &First) -> Result<()> {
        self.line(first)
    }

    fn entry(&mut self, line: &Line) -> Result<()> {
        self.line(line)
    }

    fn last(&mut self, last: &Last) -> Result<()> {
        self.line(last)?;
        self.out.flush().map_err(|error| form::disk(&error))
    }
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Either {
    Entry(Box<Line>),
    End(Last),
}

pub(super) struct Reader<F> {
    file: F,
    line: u64,
}

impl<F: BufRead> Reader<F> {
    pub(super) fn new(file: F) -> Self {
        Self { file, line: 0 }
    }

    /// The next line as one of these; `None` at the end.
    fn read<T: DeserializeOwned>(&mut self) -> Read<Option<T>> {
        let mut text = Vec::new();
        let mut bounded = std::io::Read::take(&mut self.file, LONGEST as u64);
        let read = bounded.read_until(b'\n', &mut text);
        if text.is_empty() && read.is_ok() {
            return Ok(None);
        }
        self.line += 1;
        let bad = |words| form::Reader::bad(self, words);
        read.map_err(|_| bad(form::unreadable()))?;
        if text.last() != Some(&b'\n') {
            return Err(bad(form::cut_short()));
        }
        serde_json::from_slice(&text)
            .map(Some)
            .map_err(|_| bad(form::unreadable()))
    }
}

impl<F: BufRead> form::Reader for Reader<F> {
    fn first(&mut self) -> Read<First> {
        self.read()
            .ok()
            .flatten()
            .ok_or_else(|| self.bad(form::not_an_export()))
    }

    fn next(&mut self) -> Read<Option<EntryOrEnd>> {
        Ok(self.read()?.map(|either| match either {
            Either::Entry(line) => EntryOrEnd::Entry(line),
            Either::End(last) => EntryOrEnd::End(last),
        }))
    }

    fn has_more(&mut self) -> Read<bool> {
        Ok(self.read::<serde_json::Value>()?.is_some())
    }

    fn line(&self) -> u64 {
        self.line
    }
}
