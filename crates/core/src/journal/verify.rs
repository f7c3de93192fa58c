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
    form::{self, EntryOrEnd, FORM, Last},
};

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

/// Checks an export, in either form.
///
/// # Errors
/// The first bad line; what can't be read is bad as well.
pub fn verify(file: impl BufRead) -> Result<Verified, Bad> {
    let mut lines = form::reader(file);
    let first = lines.first()?;
    if first.towerify_journal != FORM {
        return Err(lines.bad(Words::new(
            format!(
                "This file is of form {}, and this program knows form {FORM}.",
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
        match lines.next()? {
            Some(EntryOrEnd::Entry(line)) => {
                walk.step(&line.entry, line.hash)
                    .map_err(|fault| lines.bad(said(fault).1))?;
            }
            Some(EntryOrEnd::End(last)) => break last,
            None => {
                return Err(Bad {
                    line: lines.line() + 1,
                    words: Words::new(
                        "The end is missing: the last line must be the signature.",
                        "La fin manque : la dernière ligne doit être la signature.",
                    ),
                });
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
    if lines.has_more()? {
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
