//! A file in pieces: several under way at once, so that a slow link stays full.

use std::path::Path;

use futures::{StreamExt as _, TryStreamExt as _, stream};
use russh_sftp::client::error::Error as Failure;
use russh_sftp::protocol::{FileAttributes, OpenFlags};
use sha2::{Digest, Sha256};
use tokio::fs::File;
use tokio::io::{AsyncReadExt as _, AsyncSeekExt as _, AsyncWriteExt as _, SeekFrom};

use super::{Progress, Resume, Sftp, local};
use crate::error::SshError;

/// Bytes a request carries: every server accepts 32 KiB (draft-ietf-secsh-filexfer-02, section 3).
const PIECE: u32 = 32 * 1024;
/// Requests under way at once.
const UNDER_WAY: usize = 32;

impl Sftp {
    pub(super) async fn read_back(&self, remote: &str) -> Result<String, SshError> {
        let handle = self.open(remote, OpenFlags::READ, None).await?;
        let total = self.size_of(&handle, remote).await?;
        let mut digest = Sha256::new();
        let mut pieces = Box::pin(self.pieces(&handle, remote, 0, total));
        while let Some(piece) = pieces.try_next().await? {
            digest.update(&piece);
        }
        drop(pieces);
        self.close(handle).await;
        Ok(local::hexadecimal(&digest.finalize()))
    }

    /// Sends what `part` lacks. Gives the file's size and where it went on from.
    pub(super) async fn send(
        &self,
        local: &Path,
        part: &str,
        mode: u32,
        resume: Resume,
        progress: &mut (dyn FnMut(Progress) + Send),
    ) -> Result<(u64, u64), SshError> {
        let reading = |source| local::failed("reading", local, source);
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
    pub(super) async fn fetch(
        &self,
        remote: &str,
        part: &Path,
        resume: Resume,
        progress: &mut (dyn FnMut(Progress) + Send),
    ) -> Result<(u64, u64), SshError> {
        let writing = |source| local::failed("writing", part, source);
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
}
