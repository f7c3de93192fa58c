//! One executed command as a process sees it: three streams, who runs it, and an exit status at the end.

use std::io;

use tokio::io::{AsyncBufRead, AsyncBufReadExt, AsyncReadExt, AsyncWrite, AsyncWriteExt};

use crate::{Fault, Faults};

/// What a nonsense answer can look like; they take turns.
const NONSENSE: [&[u8]; 6] = [
    b"{\"id\": 1, \"event\": \"result\", \"ok\": true, \"result\": NaN}\n",
    b"\xff\xfe{\"event\": \"result\"\x00\n",
    b"{\"id\": 1, \"event\": \"result\", \"ok\": true, \"ok\": false, \"result\": {\"users\": []\n",
    b"\x1b[2J\x1b]0;owned\x07<html><body>502 Bad Gateway</body></html>\n",
    b"Segmentation fault (core dumped)\n",
    b"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[\n",
];

/// How much of an endless answer is sent before even the server gives up.
const ENDLESS: usize = 256 << 20;

/// The piece of nonsense of a turn.
pub(crate) fn nonsense(turn: usize) -> &'static [u8] {
    NONSENSE
        .get(turn % NONSENSE.len())
        .copied()
        .unwrap_or_default()
}

/// A command's output streams, on which the faults of answers strike.
pub(crate) struct Door<O, E> {
    pub(crate) out: O,
    pub(crate) err: E,
    pub(crate) faults: Faults,
    turn: usize,
}

impl<O: AsyncWrite + Unpin, E: AsyncWrite + Unpin> Door<O, E> {
    /// The streams of a server with these faults.
    pub(crate) fn new(out: O, err: E, faults: Faults) -> Self {
        Self {
            out,
            err,
            faults,
            turn: 0,
        }
    }

    /// Sends an answer, or what a fault makes of it.
    pub(crate) async fn answer(&mut self, text: &[u8]) -> io::Result<()> {
        if self.faults.has(&Fault::HugeOutput) {
            let piece = vec![b'x'; 32 << 10];
            for _ in 0..ENDLESS / piece.len() {
                self.out.write_all(&piece).await?;
                if !self.faults.has(&Fault::HugeOutput) {
                    break;
                }
            }
            return self.out.flush().await;
        }
        if self.faults.has(&Fault::Garbage) {
            self.turn += 1;
            self.out.write_all(nonsense(self.turn)).await?;
        } else {
            self.out.write_all(text).await?;
        }
        self.out.flush().await
    }

    /// Says something on standard error.
    pub(crate) async fn complain(&mut self, text: &str) -> io::Result<()> {
        self.err.write_all(text.as_bytes()).await?;
        self.err.flush().await
    }
}

/// Reads one line of at most `most` bytes, without its end. `None` at the end of input; a longer line is eaten
/// and given as an error.
pub(crate) async fn line<R: AsyncBufRead + Unpin>(
    from: &mut R,
    most: usize,
) -> io::Result<Option<Result<Vec<u8>, TooLong>>> {
    let mut line = Vec::new();
    let limit = u64::try_from(most).unwrap_or(u64::MAX).saturating_add(1);
    let got = (&mut *from)
        .take(limit)
        .read_until(b'\n', &mut line)
        .await?;
    if got == 0 {
        return Ok(None);
    }
    if line.last() == Some(&b'\n') {
        line.pop();
        return Ok(Some(Ok(line)));
    }
    if line.len() <= most {
        return Ok(Some(Ok(line)));
    }
    loop {
        let buffered = from.fill_buf().await?;
        if buffered.is_empty() {
            break;
        }
        let end = buffered.iter().position(|byte| *byte == b'\n');
        let eaten = end.map_or(buffered.len(), |end| end + 1);
        from.consume(eaten);
        if end.is_some() {
            break;
        }
    }
    Ok(Some(Err(TooLong)))
}

/// A line was longer than is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct TooLong;
