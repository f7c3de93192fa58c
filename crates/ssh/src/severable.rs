//! A stream that can be cut from outside. The protocol's own task reads and writes the socket; when the other
//! end hangs half-open, only the stream failing under it makes that task end.

use std::future::Future as _;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio_util::sync::{CancellationToken, WaitForCancellationFutureOwned};

/// Passes everything through until its token is cancelled; fails with `ConnectionAborted` from then on.
pub(crate) struct Severable<S> {
    stream: S,
    token: CancellationToken,
    cut_while_reading: Pin<Box<WaitForCancellationFutureOwned>>,
    cut_while_writing: Pin<Box<WaitForCancellationFutureOwned>>,
}

impl<S> Severable<S> {
    pub(crate) fn new(stream: S, token: CancellationToken) -> Self {
        Severable {
            stream,
            cut_while_reading: Box::pin(token.clone().cancelled_owned()),
            cut_while_writing: Box::pin(token.clone().cancelled_owned()),
            token,
        }
    }
}

fn severed() -> io::Error {
    io::Error::from(io::ErrorKind::ConnectionAborted)
}

impl<S: AsyncRead + Unpin> AsyncRead for Severable<S> {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        if this.cut_while_reading.as_mut().poll(cx).is_ready() {
            // A finished future may not be polled again.
            this.cut_while_reading = Box::pin(this.token.clone().cancelled_owned());
            return Poll::Ready(Err(severed()));
        }
        Pin::new(&mut this.stream).poll_read(cx, buf)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Severable<S> {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        if this.cut_while_writing.as_mut().poll(cx).is_ready() {
            this.cut_while_writing = Box::pin(this.token.clone().cancelled_owned());
            return Poll::Ready(Err(severed()));
        }
        Pin::new(&mut this.stream).poll_write(cx, buf)
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_shutdown(cx)
    }
}
