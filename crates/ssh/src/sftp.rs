//! Files to and from a machine: in pieces, resumable, checked, and put in place in one step.
//!
//! A file travels as `NAME.part` beside its place, and is renamed once its SHA-256 is that of the source.
//! A transfer that was cut leaves its `.part`, from which the next may go on.

use std::path::{Path, PathBuf};
use std::time::Duration;

use futures::{StreamExt as _, TryStreamExt as _, stream};
use russh_sftp::client::error::Error as Failure;
use russh_sftp::client::{Config, RawSftpSession};
use russh_sftp::protocol::{FileAttributes, OpenFlags, Packet, StatusCode};
use sha2::{Digest, Sha256};
use tokio::fs::File;
use tokio::io::{AsyncReadExt as _, AsyncSeekExt as _, AsyncWriteExt as _, SeekFrom};
use tokio::sync::OwnedSemaphorePermit;

use crate::connection::{Connection, OpenChannel};
use crate::error::{SshError, quoted};
use crate::exec::Limits;

/// Bytes a request carries: every server accepts 32 KiB (draft-ietf-secsh-filexfer-02, section 3).
const PIECE: u32 = 32 * 1024;
/// Requests under way at once, so that a slow link stays full.
const UNDER_WAY: usize = 32;
/// Renames over an existing file in one step; OpenSSH's PROTOCOL, section 4.3.
const POSIX_RENAME: &str = "posix-rename@openssh.com";

/// How far a transfer is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Bytes that have arrived, those of an earlier try included.
    pub done: u64,
    /// Bytes in all.
    pub total: u64,
}

/// What to do with the `.part` of an earlier try.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Resume {
    /// Go on where it ends. When the result is not the source, it is done again from the start, once.
    Continue,
    /// Start from nothing.
    Restart,
}

/// What a transfer did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transferred {
    /// The file's size in bytes.
    pub bytes: u64,
    /// Bytes that an earlier try had brought, and that were not sent again.
    pub resumed_from: u64,
    /// SHA-256 of the file, in hexadecimal, the same at both ends.
    pub sha256: String,
}

/// An SFTP session. Takes one of its connection's channels until it is dropped.
pub struct Sftp {
    connection: Connection,
    raw: RawSftpSession,
    posix_rename: bool,
    fsync: bool,
    _place: OwnedSemaphorePermit,
}

impl Drop for Sftp {
    fn drop(&mut self) {
        let _ = self.raw.close_session();
    }
}

impl Connection {
    /// Opens an SFTP session.
    ///
    /// # Errors
    /// [`SshError::Channel`] when the server has no SFTP; [`SshError::Sftp`] when it does not speak it.
    pub async fn sftp(&self) -> Result<Sftp, SshError> {
        let OpenChannel { mut channel, place } = self.open_session().await?;
        self.in_time(channel.request_subsystem(true, "sftp"))
            .await?;
        self.granted(&mut channel, "SFTP").await?;
        let raw = RawSftpSession::new_with_config(
            channel.into_stream(),
            Config {
                request_timeout_secs: 30,
                ..Config::default()
            },
        );
        let version = raw
            .init()
            .await
            .map_err(|failure| self.sftp_failed("opening", "SFTP", &failure))?;
        Ok(Sftp {
            connection: self.clone(),
            raw,
            posix_rename: version.extensions.contains_key(POSIX_RENAME),
            fsync: version.extensions.contains_key("fsync@openssh.com"),
            _place: place,
        })
    }

    fn sftp_failed(&self, operation: &'static str, path: &str, failure: &Failure) -> SshError {
        if self.is_closed() {
            return self.cut();
        }
        let reason = match failure {
            Failure::Status(status) => match status.status_code {
                StatusCode::NoSuchFile => "there is no such file or folder".to_owned(),
                StatusCode::PermissionDenied => "it is not allowed".to_owned(),
                // OpenSSH says no more than "Failure" for a full disk or an existing target.
                _ => quoted(&status.error_message),
            },
            Failure::Timeout => "the server did not answer in time".to_owned(),
            other => quoted(&other.to_string()),
        };
        SshError::Sftp {
            endpoint: self.endpoint().clone(),
            operation,
            path: path.to_owned(),
            reason,
        }
    }
}

impl Sftp {
    /// Brings a local file to `remote`, which is replaced in one step. `mode` is what the new file allows,
    /// such as `0o600`, from its first byte on.
    ///
    /// # Errors
    /// [`SshError::LocalFile`], [`SshError::Sftp`], [`SshError::Cut`] (the `.part` stays), or
    /// [`SshError::Checksum`] (the `.part` is removed, `remote` is as it was).
    pub async fn upload(
        &self,
        local: &Path,
        remote: &str,
        mode: u32,
        resume: Resume,
        progress: &mut (dyn FnMut(Progress) + Send),
    ) -> Result<Transferred, SshError> {
        let expected = local_sha256(local).await?;
        let part = format!("{remote}.part");
        let mut resume = resume;
        loop {
            let (bytes, resumed_from) = self.send(local, &part, mode, resume, progress).await?;
            let found = self.sha256(&part).await?;
            if found == expected {
                self.replace(&part, remote).await?;
                return Ok(Transferred {
                    bytes,
                    resumed_from,
                    sha256: expected,
                });
            }
            self.remove(&part).await?;
            if resumed_from == 0 {
                return Err(SshError::Checksum {
                    path: remote.to_owned(),
                    expected,
                    found,
                });
            }
            // What the earlier try left was of another file.
            resume = Resume::Restart;
        }
    }

    /// Brings `remote` to a local file, which is replaced in one step.
    ///
    /// # Errors
    /// As [`Sftp::upload`].
    pub async fn download(
        &self,
        remote: &str,
        local: &Path,
        resume: Resume,
        progress: &mut (dyn FnMut(Progress) + Send),
    ) -> Result<Transferred, SshError> {
        let part = beside(local);
        let mut resume = resume;
        loop {
            let (bytes, resumed_from) = self.fetch(remote, &part, resume, progress).await?;
            let found = local_sha256(&part).await?;
            let expected = self.sha256(remote).await?;
            if found == expected {
                tokio::fs::rename(&part, local)
                    .await
                    .map_err(|source| local_failed("renaming", &part, source))?;
                return Ok(Transferred {
                    bytes,
                    resumed_from,
                    sha256: expected,
                });
            }
            tokio::fs::remove_file(&part)
                .await
                .map_err(|source| local_failed("removing", &part, source))?;
            if resumed_from == 0 {
                return Err(SshError::Checksum {
                    path: local.display().to_string(),
                    expected,
                    found,
                });
            }
            resume = Resume::Restart;
        }
    }

    /// The size of a remote file in bytes; `None` when there is none.
    ///
    /// # Errors
    /// [`SshError::Sftp`] for every other answer.
    pub async fn size(&self, remote: &str) -> Result<Option<u64>, SshError> {
        match self.raw.stat(remote).await {
            Ok(found) => Ok(Some(found.attrs.size.unwrap_or(0))),
            Err(Failure::Status(status)) if status.status_code == StatusCode::NoSuchFile => {
                Ok(None)
            }
            Err(failure) => Err(self.failed("looking at", remote, &failure)),
        }
    }

    /// Removes a remote file.
    ///
    /// # Errors
    /// [`SshError::Sftp`], also when there is none.
    pub async fn remove(&self, remote: &str) -> Result<(), SshError> {
        self.raw
            .remove(remote)
            .await
            .map(|_| ())
            .map_err(|failure| self.failed("removing", remote, &failure))
    }

    /// SHA-256 of a remote file, in hexadecimal: by the machine's own `sha256sum` where it has one and may run
    /// it, else by reading the file back.
    ///
    /// # Errors
    /// [`SshError::Sftp`], [`SshError::Cut`].
    pub async fn sha256(&self, remote: &str) -> Result<String, SshError> {
        let limits = Limits {
            stdout: 1024,
            stderr: 4096,
            time: Duration::from_secs(300),
        };
        let command = format!("sha256sum < {}", shell_quoted(remote));
        // Only when there is room: waiting for a further channel while holding one could wait for ever.
        if self.connection.has_room()
            && let Ok(output) = self.connection.run(&command, &[], limits).await
            && output.exit == Some(0)
            && let Some(sum) = output.stdout.get(..64)
            && sum.iter().all(u8::is_ascii_hexdigit)
        {
            return Ok(String::from_utf8_lossy(sum).to_ascii_lowercase());
        }
        self.read_back(remote).await
    }

    async fn read_back(&self, remote: &str) -> Result<String, SshError> {
        let handle = self.open(remote, OpenFlags::READ, None).await?;
        let total = self.size_of(&handle, remote).await?;
        let mut digest = Sha256::new();
        let mut pieces = Box::pin(self.pieces(&handle, remote, 0, total));
        while let Some(piece) = pieces.try_next().await? {
            digest.update(&piece);
        }
        drop(pieces);
        self.close(handle).await;
        Ok(hexadecimal(&digest.finalize()))
    }

    /// Sends what `part` lacks. Gives the file's size and where it went on from.
    async fn send(
        &self,
        local: &Path,
        part: &str,
        mode: u32,
        resume: Resume,
        progress: &mut (dyn FnMut(Progress) + Send),
    ) -> Result<(u64, u64), SshError> {
        let reading = |source| local_failed("reading", local, source);
        let mut file = File::open(local).await.map_err(reading)?;
        let total = file.metadata().await.map_err(reading)?.len();
        let there = match resume {
            Resume::Continue => self
                .size(part)
                .await?
                .filter(|there| *there <= total)
                .unwrap_or(0),
            Resume::Restart => 0,
        };
        let flags = OpenFlags::WRITE | OpenFlags::CREATE;
        let flags = if there == 0 {
            flags | OpenFlags::TRUNCATE
        } else {
            flags
        };
        let handle = self.open(part, flags, Some(mode)).await?;
        file.seek(SeekFrom::Start(there)).await.map_err(reading)?;
        progress(Progress { done: there, total });
        let mut acknowledged = Box::pin(
            stream::try_unfold((file, there), |(mut file, offset)| async move {
                let mut piece = Vec::new();
                (&mut file)
                    .take(u64::from(PIECE))
                    .read_to_end(&mut piece)
                    .await
                    .map_err(reading)?;
                let next = offset.saturating_add(piece.len() as u64);
                Ok::<_, SshError>((!piece.is_empty()).then_some(((offset, piece), (file, next))))
            })
            .map_ok(|(offset, piece)| {
                let handle = handle.clone();
                async move {
                    let length = piece.len() as u64;
                    self.raw
                        .write(handle, offset, piece)
                        .await
                        .map_err(|failure| self.failed("writing", part, &failure))?;
                    Ok(length)
                }
            })
            .try_buffered(UNDER_WAY),
        );
        let mut done = there;
        while let Some(length) = acknowledged.try_next().await? {
            done = done.saturating_add(length);
            progress(Progress { done, total });
        }
        drop(acknowledged);
        if self.fsync {
            // A disk that cannot be asked to write through is no reason to fail: the checksum follows.
            let _ = self.raw.fsync(handle.clone()).await;
        }
        self.close(handle).await;
        Ok((done, there))
    }

    /// Brings what the local `part` lacks. Gives the file's size and where it went on from.
    async fn fetch(
        &self,
        remote: &str,
        part: &Path,
        resume: Resume,
        progress: &mut (dyn FnMut(Progress) + Send),
    ) -> Result<(u64, u64), SshError> {
        let writing = |source| local_failed("writing", part, source);
        let handle = self.open(remote, OpenFlags::READ, None).await?;
        let total = self.size_of(&handle, remote).await?;
        let mut file = File::options()
            .create(true)
            .truncate(false)
            .write(true)
            .open(part)
            .await
            .map_err(writing)?;
        let here = file.metadata().await.map_err(writing)?.len();
        let here = if resume == Resume::Continue && here <= total {
            here
        } else {
            0
        };
        file.set_len(here).await.map_err(writing)?;
        file.seek(SeekFrom::Start(here)).await.map_err(writing)?;
        progress(Progress { done: here, total });
        let mut done = here;
        let mut pieces = Box::pin(self.pieces(&handle, remote, here, total));
        while let Some(piece) = pieces.try_next().await? {
            file.write_all(&piece).await.map_err(writing)?;
            done = done.saturating_add(piece.len() as u64);
            progress(Progress { done, total });
        }
        drop(pieces);
        self.close(handle).await;
        file.flush().await.map_err(writing)?;
        file.sync_all().await.map_err(writing)?;
        Ok((done, here))
    }

    /// The pieces of a remote file from an offset to its end, in order, several asked for at once.
    fn pieces<'a>(
        &'a self,
        handle: &'a str,
        remote: &'a str,
        from: u64,
        total: u64,
    ) -> impl futures::Stream<Item = Result<Vec<u8>, SshError>> + 'a {
        let starts = std::iter::successors((from < total).then_some(from), move |start| {
            start
                .checked_add(u64::from(PIECE))
                .filter(|next| *next < total)
        });
        stream::iter(starts)
            .map(move |start| {
                let length = u32::try_from(total.saturating_sub(start))
                    .map_or(PIECE, |rest| rest.min(PIECE));
                self.piece(handle, remote, start, length)
            })
            .buffered(UNDER_WAY)
    }

    /// One piece, whole: a server may answer with less than was asked for.
    async fn piece(
        &self,
        handle: &str,
        remote: &str,
        start: u64,
        length: u32,
    ) -> Result<Vec<u8>, SshError> {
        let mut piece = Vec::new();
        loop {
            let have = u32::try_from(piece.len()).unwrap_or(length);
            let Some(wanted) = length.checked_sub(have).filter(|wanted| *wanted > 0) else {
                return Ok(piece);
            };
            let answer = self
                .raw
                .read(handle, start.saturating_add(u64::from(have)), wanted)
                .await
                .map_err(|failure| self.failed("reading", remote, &failure))?;
            if answer.data.is_empty() || answer.data.len() > wanted as usize {
                return Err(self.failed("reading", remote, &Failure::UnexpectedPacket));
            }
            piece.extend_from_slice(&answer.data);
        }
    }

    async fn open(
        &self,
        path: &str,
        flags: OpenFlags,
        mode: Option<u32>,
    ) -> Result<String, SshError> {
        let mut attributes = FileAttributes::empty();
        attributes.permissions = mode;
        self.raw
            .open(path, flags, attributes)
            .await
            .map(|opened| opened.handle)
            .map_err(|failure| self.failed("opening", path, &failure))
    }

    async fn size_of(&self, handle: &str, path: &str) -> Result<u64, SshError> {
        let found = self
            .raw
            .fstat(handle)
            .await
            .map_err(|failure| self.failed("looking at", path, &failure))?;
        Ok(found.attrs.size.unwrap_or(0))
    }

    async fn close(&self, handle: String) {
        // The data is acknowledged already, and the checksum decides.
        let _ = self.raw.close(handle).await;
    }

    async fn replace(&self, part: &str, remote: &str) -> Result<(), SshError> {
        let failed = |failure: &Failure| self.failed("renaming", part, failure);
        if self.posix_rename {
            let names = [part, remote].concat_wire();
            return match self.raw.extended(POSIX_RENAME, names).await {
                Ok(Packet::Status(status)) if status.status_code == StatusCode::Ok => Ok(()),
                Ok(Packet::Status(status)) => Err(failed(&Failure::Status(status))),
                Ok(_) => Err(failed(&Failure::UnexpectedPacket)),
                Err(failure) => Err(failed(&failure)),
            };
        }
        if self.raw.rename(part, remote).await.is_ok() {
            return Ok(());
        }
        // Version 3 of the protocol does not replace: the old file has to go first, for a moment.
        self.remove(remote).await?;
        self.raw
            .rename(part, remote)
            .await
            .map(|_| ())
            .map_err(|failure| failed(&failure))
    }

    fn failed(&self, operation: &'static str, path: &str, failure: &Failure) -> SshError {
        self.connection.sftp_failed(operation, path, failure)
    }
}

/// Strings in SSH's wire format, one after the other.
trait ConcatWire {
    fn concat_wire(&self) -> Vec<u8>;
}

impl ConcatWire for [&str; 2] {
    fn concat_wire(&self) -> Vec<u8> {
        let mut all = Vec::new();
        for text in self {
            let length = u32::try_from(text.len()).unwrap_or(u32::MAX);
            all.extend_from_slice(&length.to_be_bytes());
            all.extend_from_slice(text.as_bytes());
        }
        all
    }
}

fn beside(local: &Path) -> PathBuf {
    let mut name = local.as_os_str().to_owned();
    name.push(".part");
    PathBuf::from(name)
}

fn local_failed(operation: &'static str, path: &Path, source: std::io::Error) -> SshError {
    SshError::LocalFile {
        operation,
        path: path.to_owned(),
        source,
    }
}

async fn local_sha256(path: &Path) -> Result<String, SshError> {
    let reading = |source| local_failed("reading", path, source);
    let mut file = File::open(path).await.map_err(reading)?;
    let mut digest = Sha256::new();
    let mut piece = Vec::with_capacity(256 * 1024);
    loop {
        piece.clear();
        (&mut file)
            .take(256 * 1024)
            .read_to_end(&mut piece)
            .await
            .map_err(reading)?;
        if piece.is_empty() {
            return Ok(hexadecimal(&digest.finalize()));
        }
        digest.update(&piece);
    }
}

fn hexadecimal(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// One word of a POSIX shell, whatever it holds.
fn shell_quoted(word: &str) -> String {
    format!("'{}'", word.replace('\'', r"'\''"))
}
