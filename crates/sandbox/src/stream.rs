//! A TCP connection on which a server's faults strike: slow, cut, hanging.

use std::{
    future::Future,
    io,
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    time::Sleep,
};

use crate::{Fault, Faults, fault::Allowance};

/// How often a hanging connection looks whether it still hangs.
const LOOK: Duration = Duration::from_millis(20);

/// The connection.
pub(crate) struct Faulty<S> {
    inner: S,
    faults: Faults,
    /// While the data that is about to be sent waits.
    delay: Option<Pin<Box<Sleep>>>,
    /// Whether the data at hand has waited.
    waited: bool,
    hanging: Option<Pin<Box<Sleep>>>,
    cut: bool,
}

impl<S> Faulty<S> {
    /// A connection of a server with these faults.
    pub(crate) fn new(inner: S, faults: Faults) -> Self {
        Self {
            inner,
            faults,
            delay: None,
            waited: false,
            hanging: None,
            cut: false,
        }
    }

    /// Pending for as long as the server hangs.
    fn hangs(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        while self.faults.has(&Fault::Hang) {
            let sleep = self
                .hanging
                .get_or_insert_with(|| Box::pin(tokio::time::sleep(LOOK)));
            std::task::ready!(sleep.as_mut().poll(cx));
            self.hanging = None;
        }
        Poll::Ready(())
    }

    /// Pending for as long as the data at hand has to wait.
    fn waits(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        if !self.waited
            && let Some(delay) = self.faults.delay()
        {
            let sleep = self
                .delay
                .get_or_insert_with(|| Box::pin(tokio::time::sleep(delay)));
            std::task::ready!(sleep.as_mut().poll(cx));
            self.delay = None;
            self.waited = true;
        }
        Poll::Ready(())
    }
}

fn cut() -> io::Error {
    io::Error::new(io::ErrorKind::ConnectionReset, "cut, as a fault asks")
}

impl<S: AsyncRead + Unpin> AsyncRead for Faulty<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        std::task::ready!(self.hangs(cx));
        if self.cut {
            return Poll::Ready(Err(cut()));
        }
        Pin::new(&mut self.inner).poll_read(cx, buf)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Faulty<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        std::task::ready!(self.hangs(cx));
        std::task::ready!(self.waits(cx));
        if self.cut {
            return Poll::Ready(Err(cut()));
        }
        let allowed = match self.faults.allowance(buf.len()) {
            Allowance::All => buf,
            Allowance::Some(left) => buf.get(..left).unwrap_or_default(),
            Allowance::Cut => {
                self.cut = true;
                return Poll::Ready(Err(cut()));
            }
        };
        let written = std::task::ready!(Pin::new(&mut self.inner).poll_write(cx, allowed));
        self.waited = false;
        Poll::Ready(written)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    use super::*;

    #[tokio::test]
    async fn a_connection_is_cut_after_as_many_bytes_as_were_asked_for() {
        let (here, mut there) = tokio::io::duplex(1_024);
        let faults = Faults::default();
        let mut faulty = Faulty::new(here, faults.clone());
        faulty.write_all(b"before").await.unwrap();
        faults.set(Fault::CutAfter(4));
        let ended = faulty.write_all(b"afterwards").await;
        assert_eq!(ended.unwrap_err().kind(), io::ErrorKind::ConnectionReset);
        drop(faulty);
        let mut got = Vec::new();
        there.read_to_end(&mut got).await.unwrap();
        assert_eq!(got, b"beforeafte");
    }

    #[tokio::test(start_paused = true)]
    async fn slow_waits_before_each_piece_and_hang_until_it_is_cleared() {
        let (here, mut there) = tokio::io::duplex(1_024);
        let faults = Faults::default();
        let mut faulty = Faulty::new(here, faults.clone());
        faults.set(Fault::Slow(Duration::from_secs(3)));
        let began = tokio::time::Instant::now();
        faulty.write_all(b"one").await.unwrap();
        faulty.write_all(b"two").await.unwrap();
        assert_eq!(began.elapsed(), Duration::from_secs(6));
        faults.clear();
        faults.set(Fault::Hang);
        let hanging = tokio::time::timeout(Duration::from_secs(60), faulty.write_all(b"x")).await;
        assert!(hanging.is_err());
        faults.clear();
        faulty.write_all(b"y").await.unwrap();
        drop(faulty);
        let mut got = String::new();
        there.read_to_string(&mut got).await.unwrap();
        assert_eq!(got, "onetwoy");
    }
}
