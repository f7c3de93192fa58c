//! Commands on a machine: their three streams apart, how they ended when that is known, and a short form with
//! limits for those whose output is simply wanted.

use std::future::Future as _;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use russh::client::Msg;
use russh::{Channel, ChannelMsg, ChannelReadHalf, ChannelWriteHalf, Sig};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, ReadBuf};
use tokio::sync::{OwnedSemaphorePermit, mpsc, oneshot};
use tokio_util::sync::{CancellationToken, DropGuard, WaitForCancellationFutureOwned};

use crate::connection::{Connection, OpenChannel};
use crate::error::{SshError, quoted};

/// Pieces of output (of up to 32 KiB) kept for a reader that is slow, a stream.
const KEPT_PIECES: usize = 16;
/// How long a server may take to hear that a channel is closed before its place is given away.
const CLOSING: Duration = Duration::from_secs(5);
/// `SSH_EXTENDED_DATA_STDERR` (RFC 4254, section 5.2).
const STDERR: u32 = 1;

/// A command that runs. Its channel is closed once all four parts are dropped.
///
/// Read both outputs: when one is left full, the whole connection waits for its reader. An output that is
/// dropped is thrown away.
pub struct Exec {
    /// What the command reads. Shutting it down, or dropping it, ends the command's input.
    pub stdin: Input,
    /// What the command writes. Ends with an error, not quietly, when the connection is cut.
    pub stdout: OutputStream,
    /// What the command writes as errors.
    pub stderr: OutputStream,
    /// How the command ends.
    pub exit: ExecExit,
}

/// How a command ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exit {
    /// The exit status; missing when a signal ended the command, or when the server does not say.
    pub status: Option<u32>,
    /// The signal's name without `SIG`, such as `KILL`.
    pub signal: Option<String>,
}

/// How much a command may write, and how long it may take.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Bytes on standard output.
    pub stdout: usize,
    /// Bytes on standard error.
    pub stderr: usize,
    /// From its start to its end.
    pub time: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            stdout: 4 * 1024 * 1024,
            stderr: 256 * 1024,
            time: Duration::from_secs(60),
        }
    }
}

/// What a command wrote and how it ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Output {
    /// Standard output, as bytes: nothing says that it is text.
    pub stdout: Vec<u8>,
    /// Standard error.
    pub stderr: Vec<u8>,
    /// The exit status; `None` when a signal ended the command.
    pub exit: Option<u32>,
    /// The signal's name without `SIG`.
    pub signal: Option<String>,
}

impl Connection {
    /// Starts a command, which the server hands to the user's shell. Waits while
    /// [`crate::MAX_CHANNELS`] channels are open.
    ///
    /// # Errors
    /// [`SshError::Channel`] when the server will not start it, [`SshError::Cut`], [`SshError::TimedOut`].
    pub async fn exec(&self, command: &str) -> Result<Exec, SshError> {
        Ok(self.start(command).await?.0)
    }

    /// Runs a command to its end, within limits, with `input` on its standard input.
    ///
    /// # Errors
    /// Those of [`Connection::exec`], [`SshError::TooMuchOutput`] and [`SshError::CommandTimedOut`]; after
    /// these two the command was asked to end (`SIGTERM`) and its channel closed. OpenSSH (9.2
    /// was tried) passes no signal on to commands of root: one that neither reads nor writes lives on.
    pub async fn run(
        &self,
        command: &str,
        input: &[u8],
        limits: Limits,
    ) -> Result<Output, SshError> {
        let (exec, terminate) = self.start(command).await?;
        let Exec {
            mut stdin,
            stdout,
            stderr,
            exit,
        } = exec;
        let feeding = async {
            // A command need not read its input: that it closed it is no failure.
            if !input.is_empty() && stdin.write_all(input).await.is_err() {
                return Ok(());
            }
            let _ = stdin.shutdown().await;
            Ok(())
        };
        let all = async {
            let ((), stdout, stderr) = tokio::try_join!(
                feeding,
                self.read_within(stdout, limits.stdout),
                self.read_within(stderr, limits.stderr),
            )?;
            let exit = exit.wait().await?;
            Ok(Output {
                stdout,
                stderr,
                exit: exit.status,
                signal: exit.signal,
            })
        };
        let result = tokio::time::timeout(limits.time, all)
            .await
            .unwrap_or_else(|_| {
                Err(SshError::CommandTimedOut {
                    endpoint: self.endpoint().clone(),
                    after: limits.time,
                })
            });
        if result.is_err() {
            terminate.cancel();
        }
        result
    }

    async fn read_within(&self, stream: OutputStream, limit: usize) -> Result<Vec<u8>, SshError> {
        let mut all = Vec::new();
        let within = u64::try_from(limit).unwrap_or(u64::MAX).saturating_add(1);
        stream
            .take(within)
            .read_to_end(&mut all)
            .await
            .map_err(|_| self.cut())?;
        if all.len() > limit {
            return Err(SshError::TooMuchOutput {
                endpoint: self.endpoint().clone(),
                limit,
            });
        }
        Ok(all)
    }

    async fn start(&self, command: &str) -> Result<(Exec, CancellationToken), SshError> {
        let OpenChannel { mut channel, place } = self.open_session().await?;
        self.in_time(channel.exec(true, command)).await?;
        let early = self.granted(&mut channel, "the command").await?;

        let (read, write) = channel.split();
        let ended = CancellationToken::new();
        let abandoned = CancellationToken::new();
        let input_gone = CancellationToken::new();
        let terminate = CancellationToken::new();
        let held = Arc::new(abandoned.clone().drop_guard());
        let (stdout, stdout_reader) = mpsc::channel(KEPT_PIECES);
        let (stderr, stderr_reader) = mpsc::channel(KEPT_PIECES);
        let (exit, exit_reader) = oneshot::channel();

        let exec = Exec {
            stdin: Input {
                writer: Box::new(write.make_writer()),
                ended: Box::pin(ended.clone().cancelled_owned()),
                closed: false,
                gone: Some(input_gone.clone().drop_guard()),
                _held: Arc::clone(&held),
            },
            stdout: OutputStream::new(stdout_reader, Arc::clone(&held)),
            stderr: OutputStream::new(stderr_reader, Arc::clone(&held)),
            exit: ExecExit {
                result: exit_reader,
                connection: self.clone(),
                _held: held,
            },
        };
        let sorting = Sorting {
            connection: self.clone(),
            read,
            write,
            stdout: Some(stdout),
            stderr: Some(stderr),
            exit: Some(exit),
            complete: false,
        };
        tokio::spawn(sorting.run(
            early,
            ended.drop_guard(),
            abandoned,
            input_gone,
            terminate.clone(),
            place,
        ));
        Ok((exec, terminate))
    }

    /// Waits until the server says yes to what was asked on a channel. Gives what came before that.
    pub(crate) async fn granted(
        &self,
        channel: &mut Channel<Msg>,
        what: &str,
    ) -> Result<Vec<ChannelMsg>, SshError> {
        let mut early = Vec::new();
        let answer = async {
            loop {
                match channel.wait().await {
                    Some(ChannelMsg::Success) => return Ok(Some(())),
                    Some(ChannelMsg::Failure) => return Ok(None),
                    Some(ChannelMsg::Close) | None => return Err(russh::Error::Disconnect),
                    // A server that says yes late: what it sends is bounded by the channel's window.
                    Some(message) => early.push(message),
                }
            }
        };
        match self.in_time(answer).await? {
            Some(()) => Ok(early),
            None => Err(SshError::Channel {
                endpoint: self.endpoint().clone(),
                reason: quoted(&format!("it would not start {what}")),
            }),
        }
    }
}

/// Sorts one channel's messages into streams.
struct Sorting {
    /// Keeps the connection while any part of the command is held.
    connection: Connection,
    read: ChannelReadHalf,
    write: ChannelWriteHalf<Msg>,
    stdout: Option<mpsc::Sender<io::Result<Bytes>>>,
    stderr: Option<mpsc::Sender<io::Result<Bytes>>>,
    exit: Option<oneshot::Sender<Option<Exit>>>,
    /// The server said that no more comes. Without it, the end is a cut.
    complete: bool,
}

impl Sorting {
    async fn run(
        mut self,
        early: Vec<ChannelMsg>,
        _ended: DropGuard,
        abandoned: CancellationToken,
        input_gone: CancellationToken,
        terminate: CancellationToken,
        _place: OwnedSemaphorePermit,
    ) {
        for message in early {
            self.sort(message, &abandoned).await;
        }
        let mut input_open = true;
        let left_by_us = loop {
            tokio::select! {
                biased;
                () = abandoned.cancelled() => break true,
                message = self.read.wait() => match message {
                    Some(message) => if self.sort(message, &abandoned).await { break false },
                    None => break false,
                },
                () = input_gone.cancelled(), if input_open => {
                    input_open = false;
                    let _ = self.write.eof().await;
                }
            }
        };
        if left_by_us {
            if terminate.is_cancelled() {
                let _ = self.write.signal(Sig::TERM).await;
            }
            let _ = self.write.close().await;
            // russh 0.65.1 does not tell that the server confirmed a close that began here. A ping does:
            // what was sent before it was heard before it is answered.
            let _ = tokio::time::timeout(CLOSING, self.connection.ping()).await;
            return;
        }
        if !self.complete {
            for stream in [self.stdout.take(), self.stderr.take()]
                .into_iter()
                .flatten()
            {
                let cut = Err(io::Error::new(
                    io::ErrorKind::ConnectionReset,
                    "the connection was cut",
                ));
                tokio::select! {
                    _ = stream.send(cut) => (),
                    () = abandoned.cancelled() => (),
                }
            }
        }
        if let Some(exit) = self.exit.take() {
            let unsaid = self.complete.then_some(Exit {
                status: None,
                signal: None,
            });
            let _ = exit.send(unsaid);
        }
    }

    /// Hands one message on. `true` when it was the last.
    async fn sort(&mut self, message: ChannelMsg, abandoned: &CancellationToken) -> bool {
        match message {
            ChannelMsg::Data { data } => hand_on(&mut self.stdout, data, abandoned).await,
            ChannelMsg::ExtendedData { data, ext: STDERR } => {
                hand_on(&mut self.stderr, data, abandoned).await;
            }
            ChannelMsg::ExitStatus { exit_status } => self.exited(Some(exit_status), None),
            ChannelMsg::ExitSignal { signal_name, .. } => {
                self.exited(None, Some(signal_in_words(&signal_name)));
            }
            ChannelMsg::Eof => {
                self.complete = true;
                self.stdout = None;
                self.stderr = None;
            }
            ChannelMsg::Close => {
                self.complete = true;
                return true;
            }
            _ => (),
        }
        false
    }

    fn exited(&mut self, status: Option<u32>, signal: Option<String>) {
        if let Some(exit) = self.exit.take() {
            let _ = exit.send(Some(Exit { status, signal }));
        }
    }
}

async fn hand_on(
    stream: &mut Option<mpsc::Sender<io::Result<Bytes>>>,
    data: Bytes,
    abandoned: &CancellationToken,
) {
    let Some(sender) = stream else { return };
    let taken = tokio::select! {
        sent = sender.send(Ok(data)) => sent.is_ok(),
        () = abandoned.cancelled() => false,
    };
    if !taken {
        *stream = None;
    }
}

fn signal_in_words(signal: &Sig) -> String {
    match signal {
        Sig::Custom(name) => quoted(name),
        known => format!("{known:?}"),
    }
}

/// A command's standard input.
pub struct Input {
    writer: Box<dyn AsyncWrite + Send + Unpin>,
    ended: Pin<Box<WaitForCancellationFutureOwned>>,
    closed: bool,
    gone: Option<DropGuard>,
    _held: Arc<DropGuard>,
}

impl AsyncWrite for Input {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        // `closed` comes first: it also says that the future below has finished, and may not be polled again.
        if this.closed || this.ended.as_mut().poll(cx).is_ready() {
            this.closed = true;
            return Poll::Ready(Err(io::Error::from(io::ErrorKind::BrokenPipe)));
        }
        if buf.is_empty() {
            return Poll::Ready(Ok(0));
        }
        Pin::new(&mut this.writer).poll_write(cx, buf)
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().writer).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        if this.closed || this.ended.as_mut().poll(cx).is_ready() {
            this.closed = true;
            return Poll::Ready(Ok(()));
        }
        let done = ready!(Pin::new(&mut this.writer).poll_shutdown(cx));
        this.closed = true;
        if let Some(gone) = this.gone.take() {
            // The end was said here; the channel's task need not say it again.
            gone.disarm();
        }
        Poll::Ready(done)
    }
}

/// One of a command's outputs.
pub struct OutputStream {
    pieces: mpsc::Receiver<io::Result<Bytes>>,
    rest: Bytes,
    _held: Arc<DropGuard>,
}

impl OutputStream {
    fn new(pieces: mpsc::Receiver<io::Result<Bytes>>, held: Arc<DropGuard>) -> Self {
        OutputStream {
            pieces,
            rest: Bytes::new(),
            _held: held,
        }
    }
}

impl AsyncRead for OutputStream {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        while this.rest.is_empty() {
            match ready!(this.pieces.poll_recv(cx)) {
                Some(Ok(piece)) => this.rest = piece,
                Some(Err(error)) => return Poll::Ready(Err(error)),
                None => return Poll::Ready(Ok(())),
            }
        }
        let fitting = this.rest.split_to(this.rest.len().min(buf.remaining()));
        buf.put_slice(&fitting);
        Poll::Ready(Ok(()))
    }
}

/// Waits for a command's end.
pub struct ExecExit {
    result: oneshot::Receiver<Option<Exit>>,
    connection: Connection,
    _held: Arc<DropGuard>,
}

impl ExecExit {
    /// How the command ended. Does not wait for outputs to be read, unless one is left full.
    ///
    /// # Errors
    /// [`SshError::Cut`] when the connection went first: the command may still run.
    pub async fn wait(self) -> Result<Exit, SshError> {
        match self.result.await {
            Ok(Some(exit)) => Ok(exit),
            Ok(None) | Err(_) => Err(self.connection.cut()),
        }
    }
}
