//! What goes over the line: a tar with the list of changes first, then each content under its own hash, compressed. The
//! same folder gives the same bytes anywhere and at any time: no name, owner, mode or date of this machine is in it.

use std::fs::File;
use std::io::{self, Read, Write};
use std::path::Path;

use sha2::{Digest, Sha256};
use tar::{Builder, EntryType, Header};

use super::tree::hex;
use super::{Delta, Entry, Form, PackError};

/// The name of the list of changes inside the payload.
pub const DELTA: &str = "delta";
/// The folder of the contents inside the payload.
pub const BLOBS: &str = "blobs";
/// Good for text and quick: 3 is zstd's own choice.
const LEVEL: i32 = 3;

/// What was written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Sent {
    /// Contents in it.
    pub contents: usize,
    /// Bytes, compressed.
    pub bytes: u64,
}

/// Writes the payload of a delta. Blocking: it reads every content of it again.
///
/// # Errors
/// [`PackError::Changed`] when a file is no longer what was listed, and what reading and writing give.
pub fn write_payload(folder: &Path, delta: &Delta<'_>, out: impl Write) -> Result<Sent, PackError> {
    let mut encoder = zstd::Encoder::new(Counted { out, bytes: 0 }, LEVEL)?;
    encoder.include_checksum(true)?;
    let mut tar = Builder::new(encoder);
    let text = delta.text();
    append(&mut tar, DELTA, text.len() as u64, text.as_bytes())?;
    for entry in &delta.contents {
        let name = format!("{BLOBS}/{}", entry.sha256);
        match &entry.form {
            Form::Link(target) => append(&mut tar, &name, entry.size, target.as_bytes())?,
            Form::File | Form::Program => append_file(&mut tar, folder, &name, entry)?,
        }
    }
    let counted = tar.into_inner()?.finish()?;
    Ok(Sent {
        contents: delta.contents.len(),
        bytes: counted.bytes,
    })
}

fn append(
    tar: &mut Builder<impl Write>,
    name: &str,
    size: u64,
    content: impl Read,
) -> io::Result<()> {
    let mut header = Header::new_gnu();
    header.set_entry_type(EntryType::Regular);
    header.set_size(size);
    header.set_mode(0o600);
    header.set_mtime(0);
    header.set_uid(0);
    header.set_gid(0);
    tar.append_data(&mut header, name, content)
}

fn append_file(
    tar: &mut Builder<impl Write>,
    folder: &Path,
    name: &str,
    entry: &Entry,
) -> Result<(), PackError> {
    let changed = || PackError::Changed(entry.path.clone());
    let file = File::open(folder.join(&entry.path)).map_err(|cause| PackError::Read {
        path: entry.path.clone(),
        cause,
    })?;
    if file.metadata().map_err(|_| changed())?.len() != entry.size {
        return Err(changed());
    }
    let mut hashed = Hashed {
        from: file.take(entry.size),
        hash: Sha256::new(),
    };
    append(tar, name, entry.size, &mut hashed)?;
    if hex(&hashed.hash.finalize()) == entry.sha256 {
        Ok(())
    } else {
        Err(changed())
    }
}

struct Hashed<R> {
    from: R,
    hash: Sha256,
}

impl<R: Read> Read for Hashed<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.from.read(buffer)?;
        self.hash.update(buffer.get(..read).unwrap_or_default());
        Ok(read)
    }
}

struct Counted<W> {
    out: W,
    bytes: u64,
}

impl<W: Write> Write for Counted<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.out.write(bytes)?;
        self.bytes += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}
