//! Lines from a stream, never longer than allowed, and safe to cancel between two of them.

use tokio::io::{AsyncRead, AsyncReadExt};

/// How much is read at once.
const READ: usize = 16 << 10;

/// Why there is no next line.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum LineEnd {
    /// The stream ended, or failed.
    Eof,
    /// More bytes than allowed came without a line's end.
    TooLong,
}

/// A stream read line by line.
pub(crate) struct Lines<R> {
    from: R,
    buffer: Vec<u8>,
    /// How far `buffer` was searched for a line's end.
    searched: usize,
    limit: usize,
    /// Bytes taken from the stream so far; grows while a long line is on its way.
    pub(crate) taken: u64,
}

impl<R: AsyncRead + Unpin> Lines<R> {
    /// Lines of at most `limit` bytes.
    pub(crate) fn new(from: R, limit: usize) -> Self {
        Self {
            from,
            buffer: Vec::with_capacity(8192),
            searched: 0,
            limit,
            taken: 0,
        }
    }

    /// The next line without its end. Dropping the future loses nothing.
    pub(crate) async fn next(&mut self) -> Result<Vec<u8>, LineEnd> {
        loop {
            let unseen = self.buffer.get(self.searched..).unwrap_or_default();
            if let Some(at) = unseen.iter().position(|byte| *byte == b'\n') {
                let rest = self.buffer.split_off(self.searched + at + 1);
                let mut line = std::mem::replace(&mut self.buffer, rest);
                line.pop();
                self.searched = 0;
                return Ok(line);
            }
            self.searched = self.buffer.len();
            if self.buffer.len() > self.limit {
                return Err(LineEnd::TooLong);
            }
            // What is left of a line that was split off has no room: a large reply would come in tiny reads.
            self.buffer.reserve(READ);
            match self.from.read_buf(&mut self.buffer).await {
                Ok(0) | Err(_) => return Err(LineEnd::Eof),
                Ok(taken) => self.taken += taken as u64,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn lines_come_one_by_one_and_an_endless_one_is_refused() {
        let mut lines = Lines::new(&b"one\n\ntwo\nrest"[..], 100);
        assert_eq!(lines.next().await, Ok(b"one".to_vec()));
        assert_eq!(lines.next().await, Ok(b"".to_vec()));
        assert_eq!(lines.next().await, Ok(b"two".to_vec()));
        assert_eq!(lines.next().await, Err(LineEnd::Eof));
        let mut lines = Lines::new(tokio::io::repeat(b'x'), 1 << 16);
        assert_eq!(lines.next().await, Err(LineEnd::TooLong));
        assert!(lines.buffer.len() < 1 << 18);
    }
}
