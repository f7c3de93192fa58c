//! Checking an export of the journal, without any workspace: line by line, up to the signature.

use std::io::BufRead;

use base64::{Engine, prelude::BASE64_STANDARD};
use chrono::{DateTime, Utc};
use serde::Serialize;
use sha2::{Digest, Sha256};
use towerify_domain::{
    Words,
    journal::{Head, Walk},
};
use towerify_vault::is_signed;

use crate::journal::{
    check::said,
    export::{FORM, First, Last, Line},
};

/// A line is at most so long; the program writes none that comes near.
const LONGEST: usize = 1 << 20;

/// An export that is whole, unchanged and signed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Verified {
    /// What the workspace was called.
    pub workspace: String,
    /// The number of the first entry: more than 1 where older ones had been let go of.
    pub first: u64,
    /// How many entries there are.
    pub entries: u64,
    /// When the end was signed.
    pub signed_at: DateTime<Utc>,
    /// The fingerprint of the key that signed: whoever reads it compares it with the one in the workspace's settings.
    pub signer: String,
}

/// The first line that is not as it must be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Bad {
    /// Its number in the file, from 1; one past the end when something is missing there.
    pub line: u64,
    /// What is wrong with it.
    pub words: Words,
}

/// Checks an export.
///
/// # Errors
/// The first bad line; what can't be read is bad as well.
pub fn verify(file: impl BufRead) -> Result<Verified, Bad> {
    let mut lines = Lines { file, line: 0 };
    let first: First = lines.next()?.ok_or_else(|| lines.bad(not_an_export()))?;
    if first.towerify_journal != FORM {
        return Err(lines.bad(Words::new(
            format!(
                "This is form {} of the file, and this program knows form {FORM}.",
                first.towerify_journal
            ),
            format!(
                "Ce fichier est de forme {}, et ce programme connaît la forme {FORM}.",
                first.towerify_journal
            ),
        )));
    }
    let mut walk = Walk::after(first.after);
    let last: Last = loop {
        match lines.next::<EntryOrEnd>()? {
            Some(EntryOrEnd::Entry(line)) => {
                walk.step(&line.entry, line.hash)
                    .map_err(|fault| lines.bad(said(fault).1))?;
            }
            Some(EntryOrEnd::End(last)) => break last,
            None => {
                lines.line += 1;
                return Err(lines.bad(Words::new(
                    "The end is missing: the last line must be the signature.",
                    "La fin manque : la dernière ligne doit être la signature.",
                )));
            }
        }
    };
    let key = BASE64_STANDARD.decode(&last.signer).unwrap_or_default();
    let signature = BASE64_STANDARD.decode(&last.signature).unwrap_or_default();
    if last.head != walk.head() {
        return Err(lines.bad(missing(last.head, walk.head())));
    }
    if !is_signed(
        &key,
        &last.head.signed_bytes(&first.workspace.to_string()),
        &signature,
    ) {
        return Err(lines.bad(Words::new(
            "The signature does not hold.",
            "La signature n’est pas valable.",
        )));
    }
    if lines.next::<serde_json::Value>()?.is_some() {
        return Err(lines.bad(Words::new(
            "There is more after the signature.",
            "Quelque chose suit la signature.",
        )));
    }
    Ok(Verified {
        workspace: first.name,
        first: first.after.n + 1,
        entries: walk.head().n - first.after.n,
        signed_at: last.signed_at,
        signer: fingerprint(&key),
    })
}

/// The fingerprint of a public key that signs, in the form that SSH's have.
pub(super) fn fingerprint(key: &[u8]) -> String {
    let hash = BASE64_STANDARD.encode(Sha256::digest(key));
    format!("SHA256:{}", hash.trim_end_matches('='))
}

#[derive(serde::Deserialize)]
#[serde(untagged)]
enum EntryOrEnd {
    Entry(Box<Line>),
    End(Last),
}

struct Lines<F> {
    file: F,
    line: u64,
}

impl<F: BufRead> Lines<F> {
    /// The next line as one of these; `None` at the end.
    fn next<T: serde::de::DeserializeOwned>(&mut self) -> Result<Option<T>, Bad> {
        let mut text = Vec::new();
        let mut bounded = std::io::Read::take(&mut self.file, LONGEST as u64);
        let read = bounded.read_until(b'\n', &mut text);
        if text.is_empty() && read.is_ok() {
            return Ok(None);
        }
        self.line += 1;
        let unreadable = || Words::new("This line can't be read.", "Cette ligne est illisible.");
        read.map_err(|_| self.bad(unreadable()))?;
        if text.last() != Some(&b'\n') {
            return Err(self.bad(Words::new(
                "This line is cut short.",
                "Cette ligne est coupée.",
            )));
        }
        serde_json::from_slice(&text).map(Some).map_err(|_| {
            self.bad(if self.line == 1 {
                not_an_export()
            } else {
                unreadable()
            })
        })
    }

    fn bad(&self, words: Words) -> Bad {
        Bad {
            line: self.line.max(1),
            words,
        }
    }
}

fn not_an_export() -> Words {
    Words::new(
        "This is not an exported journal: its first line must say whose it is.",
        "Ce n’est pas un journal exporté : sa première ligne doit dire de qui il est.",
    )
}

fn missing(signed: Head, found: Head) -> Words {
    let (signed, found) = (signed.n, found.n);
    if signed == found {
        Words::new(
            format!("Entry {signed} is not the one that was signed."),
            format!("L’entrée {signed} n’est pas celle qui a été signée."),
        )
    } else {
        Words::new(
            format!("The signature is of entry {signed}, and the entries end with {found}."),
            format!(
                "La signature est celle de l’entrée {signed}, et les entrées s’arrêtent à {found}."
            ),
        )
    }
}
