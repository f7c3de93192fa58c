//! Files to and from a machine: in pieces, resumable, checked, and put in place in one step.
//!
//! A file travels as `NAME.part` beside its place, and is renamed once its SHA-256 is that of the source.
//! A transfer that was cut leaves its `.part`, from which the next may go on.

use std::path::Path;
use std::time::Duration;

use russh_sftp::client::error::Error as Failure;
use russh_sftp::client::{Config, RawSftpSession};
use russh_sftp::protocol::{Packet, StatusCode};
use tokio::sync::OwnedSemaphorePermit;

use crate::connection::{Connection, OpenChannel};
use crate::error::{SshError, quoted};
use crate::exec::Limits;

mod local;
mod pieces;

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
        let expected = local::sha256(local).await?;
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
        let part = local::beside(local);
        let mut resume = resume;
        loop {
            let (bytes, resumed_from) = self.fetch(remote, &part, resume, progress).await?;
            let found = local::sha256(&part).await?;
            let expected = self.sha256(remote).await?;
            if found == expected {
                tokio::fs::rename(&part, local)
                    .await
                    .map_err(|source| local::failed("renaming", &part, source))?;
                return Ok(Transferred {
                    bytes,
                    resumed_from,
                    sha256: expected,
                });
            }
            tokio::fs::remove_file(&part)
                .await
                .map_err(|source| local::failed("removing", &part, source))?;
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

/// One word of a POSIX shell, whatever it holds.
fn shell_quoted(word: &str) -> String {
    format!("'{}'", word.replace('\'', r"'\''"))
}
