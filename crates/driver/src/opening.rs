//! From a started command to a driver that is ready: sudo's prompt, the program, the first event.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures::FutureExt;
use futures::future::BoxFuture;
use secrecy::{ExposeSecret, SecretString};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

use crate::command::{GO, SUDO_PROMPT};
use crate::frame::{Frame, LINE};
use crate::lines::{LineEnd, Lines};
use crate::link::Link;
use crate::{Driver, DriverError, PROGRAM, Privilege, ProtocolFault, Result, SudoError};

/// What a login shell may print before Python's first word (a greeting in .bashrc).
const NOISE: usize = 64 << 10;
/// How much of standard error is kept.
const TAIL: usize = 2 << 10;

/// The three streams of a command that runs on the server, and its exit status.
pub struct Pipes {
    /// Its standard input.
    pub stdin: Box<dyn AsyncWrite + Send + Unpin>,
    /// Its standard output.
    pub stdout: Box<dyn AsyncRead + Send + Unpin>,
    /// Its standard error.
    pub stderr: Box<dyn AsyncRead + Send + Unpin>,
    /// Its exit status, when it ends and if one comes. Only looked at when the driver does not start.
    pub exit: BoxFuture<'static, Option<u32>>,
}

impl Pipes {
    /// Streams whose exit status is not known.
    pub fn new(
        stdin: impl AsyncWrite + Send + Unpin + 'static,
        stdout: impl AsyncRead + Send + Unpin + 'static,
        stderr: impl AsyncRead + Send + Unpin + 'static,
    ) -> Self {
        Self {
            stdin: Box::new(stdin),
            stdout: Box::new(stdout),
            stderr: Box::new(stderr),
            exit: futures::future::ready(None).boxed(),
        }
    }

    /// With an exit status to come.
    #[must_use]
    pub fn with_exit(mut self, exit: impl Future<Output = Option<u32>> + Send + 'static) -> Self {
        self.exit = exit.boxed();
        self
    }
}

/// Gives new streams of the same command on the same server, when a driver ended and a read must be asked again.
pub type Reopen = Arc<dyn Fn() -> BoxFuture<'static, Result<Pipes>> + Send + Sync>;

/// How to begin a conversation.
#[derive(Debug, Clone)]
pub struct Start {
    /// How the driver comes to run as root; must be the same as in [`crate::command()`].
    pub privilege: Privilege,
    /// sudo's password. Sent only when sudo asks for it.
    pub sudo_password: Option<SecretString>,
    /// The language of YunoHost's messages (`en`, `fr`). Keys don't change with it.
    pub language: String,
    /// How long the start may take, sudo and YunoHost's imports included (0.3 s on a good machine).
    pub patience: Duration,
    /// Silence of this length makes a ping; without an answer for as long again, the connection counts as cut.
    pub silence: Duration,
}

impl Default for Start {
    fn default() -> Self {
        Self {
            privilege: Privilege::Root,
            sudo_password: None,
            language: "en".to_owned(),
            patience: Duration::from_secs(45),
            silence: Duration::from_secs(20),
        }
    }
}

/// Begins a conversation over a command that was just started.
///
/// # Errors
/// Everything that can go wrong before the driver is ready; see [`DriverError`]. With YunoHost missing or not
/// configured it succeeds: [`Driver::facts`] says so.
pub async fn open(pipes: Pipes, start: Start) -> Result<Driver> {
    let link = begin(pipes, &start).await?;
    Ok(Driver::new(link, start, None))
}

/// Like [`open`], over streams that `reopen` gives; it is called again when the driver ended by itself, and reads
/// that were not answered are then asked once more.
///
/// # Errors
/// Like [`open`], and those of `reopen`.
pub async fn open_with(reopen: Reopen, start: Start) -> Result<Driver> {
    let link = begin(reopen().await?, &start).await?;
    Ok(Driver::new(link, start, Some(reopen)))
}

/// The end of a stream's text, kept while it is read to its end.
#[derive(Clone, Default)]
pub(crate) struct Tail(Arc<Mutex<Vec<u8>>>);

impl Tail {
    fn keep(&self, bytes: &[u8]) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.extend_from_slice(bytes);
        let beyond = kept.len().saturating_sub(TAIL);
        kept.drain(..beyond);
    }

    /// What it said last.
    pub(crate) fn said(&self) -> Option<String> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let text = String::from_utf8_lossy(&kept).trim().to_owned();
        (!text.is_empty()).then_some(text)
    }
}

pub(crate) async fn begin(pipes: Pipes, start: &Start) -> Result<Arc<Link>> {
    match tokio::time::timeout(start.patience, begin_patiently(pipes, start)).await {
        Ok(result) => result,
        Err(_) => Err(DriverError::Timeout {
            what: "the driver's start",
            after: start.patience,
        }),
    }
}

async fn begin_patiently(pipes: Pipes, start: &Start) -> Result<Arc<Link>> {
    let Pipes {
        mut stdin,
        stdout,
        mut stderr,
        exit,
    } = pipes;
    let mut lines = Lines::new(stdout, LINE);
    let tail = Tail::default();
    let mut program = Vec::new();
    if start.privilege != Privilege::Gate {
        become_root(&mut stdin, &mut lines, &mut stderr, &tail, start, exit).await?;
        // From here on nobody but our own program reads what we send.
        program.extend_from_slice(format!("{}\n", PROGRAM.len()).as_bytes());
        program.extend_from_slice(PROGRAM.as_bytes());
    }
    let keep = tail.clone();
    tokio::spawn(async move {
        let mut chunk = [0; 1024];
        while let Ok(count @ 1..) = stderr.read(&mut chunk).await {
            keep.keep(chunk.get(..count).unwrap_or_default());
        }
    });
    let sent = stdin.write_all(&program).await.is_ok() && stdin.flush().await.is_ok();
    let line = match lines.next().await {
        Ok(line) if sent => line,
        Ok(_) | Err(LineEnd::Eof) => {
            // What Python had to say about it comes on the other stream, a moment later.
            tokio::time::sleep(Duration::from_millis(50)).await;
            return Err(DriverError::NotStarted {
                said: tail.said().unwrap_or_default(),
                exit: None,
            });
        }
        Err(LineEnd::TooLong) => return Err(DriverError::Protocol(ProtocolFault::LineTooLong)),
    };
    match Frame::read(&line).map_err(DriverError::Protocol)? {
        Frame::Ready(ready) if ready.ok => {
            Ok(Link::new(stdin, lines, tail, ready.facts, start.silence))
        }
        Frame::Ready(ready) if ready.key.as_deref() == Some("root_required") => {
            Err(DriverError::NotRoot)
        }
        Frame::Ready(ready) if start.privilege == Privilege::Gate => Err(DriverError::GateShut {
            key: ready.key.unwrap_or_default(),
        }),
        Frame::Ready(ready) => Err(DriverError::NotStarted {
            said: ready.key.unwrap_or_default(),
            exit: None,
        }),
        _ => Err(DriverError::Protocol(ProtocolFault::NotAnEvent)),
    }
}

/// Waits for Python's first word. The password goes out only when sudo's own prompt is on standard error, and once;
/// a second prompt means that it was wrong.
async fn become_root(
    stdin: &mut Box<dyn AsyncWrite + Send + Unpin>,
    lines: &mut Lines<Box<dyn AsyncRead + Send + Unpin>>,
    stderr: &mut Box<dyn AsyncRead + Send + Unpin>,
    tail: &Tail,
    start: &Start,
    exit: BoxFuture<'static, Option<u32>>,
) -> Result<()> {
    let (mut said, mut answered, mut stderr_open) = (Vec::new(), 0, true);
    let mut chunk = [0; 1024];
    loop {
        tokio::select! {
            line = lines.next() => match line {
                Ok(line) if line == GO.as_bytes() => return Ok(()),
                Ok(_) if lines.taken < NOISE as u64 => {}
                Ok(_) | Err(LineEnd::TooLong) => return Err(DriverError::Protocol(ProtocolFault::LineTooLong)),
                Err(LineEnd::Eof) => break,
            },
            count = stderr.read(&mut chunk), if stderr_open => {
                let count = count.unwrap_or(0);
                stderr_open = count > 0;
                said.extend_from_slice(chunk.get(..count).unwrap_or_default());
                tail.keep(chunk.get(..count).unwrap_or_default());
                if said.len() > NOISE {
                    return Err(DriverError::Protocol(ProtocolFault::LineTooLong));
                }
                let prompts = String::from_utf8_lossy(&said).matches(SUDO_PROMPT).count();
                if start.privilege == Privilege::Sudo && prompts > answered {
                    if answered > 0 {
                        return Err(SudoError::WrongPassword.into());
                    }
                    let Some(password) = &start.sudo_password else { return Err(SudoError::PasswordNeeded.into()) };
                    answered = prompts;
                    // Two writes, so that the password is copied nowhere. A failed one shows as the stream's end.
                    let _ = stdin.write_all(password.expose_secret().as_bytes()).await;
                    let _ = stdin.write_all(b"\n").await;
                    let _ = stdin.flush().await;
                }
            }
        }
    }
    let rest = async {
        while let Ok(count @ 1..) = stderr.read(&mut chunk).await {
            tail.keep(chunk.get(..count).unwrap_or_default());
        }
    };
    let _ = tokio::time::timeout(Duration::from_secs(1), rest).await;
    let exit = tokio::time::timeout(Duration::from_secs(1), exit)
        .await
        .unwrap_or_default();
    Err(why_not(tail.said().unwrap_or_default(), exit))
}

/// Why Python did not begin, from what was said (in English: the command sets the language) and the exit status.
fn why_not(said: String, exit: Option<u32>) -> DriverError {
    let says = |words: &[&str]| words.iter().any(|word| said.contains(word));
    let absent = says(&["not found", "No such file"]) || exit == Some(127);
    if says(&[
        "is not in the sudoers",
        "may not run sudo",
        "is not allowed to",
    ]) {
        SudoError::NotASudoer.into()
    } else if says(&["must have a tty", "a terminal is required"]) {
        SudoError::NeedsTerminal.into()
    } else if says(&["incorrect password attempt"]) {
        SudoError::WrongPassword.into()
    } else if says(&["a password is required", "no password was provided"]) {
        SudoError::PasswordNeeded.into()
    } else if absent && says(&["env: "]) && says(&["sudo"]) {
        SudoError::Missing.into()
    } else if absent {
        DriverError::NoPython
    } else {
        DriverError::NotStarted { said, exit }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_sudo_and_the_shell_say_is_recognised() {
        let check = |said: &str, exit: Option<u32>, expected: &str| {
            assert_eq!(
                format!("{:?}", why_not(said.to_owned(), exit)),
                expected,
                "{said}"
            );
        };
        // Recorded from sudo 1.9 and bash 5.2 of Debian 12, and sudo's manual.
        check(
            "ines is not in the sudoers file.",
            Some(1),
            "Sudo(NotASudoer)",
        );
        check(
            "Sorry, user ines is not allowed to execute '/usr/bin/python3' as root on x.",
            Some(1),
            "Sudo(NotASudoer)",
        );
        check(
            "Sorry, user ines may not run sudo on x.",
            Some(1),
            "Sudo(NotASudoer)",
        );
        check(
            "sudo: sorry, you must have a tty to run sudo",
            Some(1),
            "Sudo(NeedsTerminal)",
        );
        check(
            "Sorry, try again.\n\nsudo: no password was provided\nsudo: 1 incorrect password attempt",
            Some(1),
            "Sudo(WrongPassword)",
        );
        check(
            "sudo: a password is required",
            Some(1),
            "Sudo(PasswordNeeded)",
        );
        check(
            "env: 'sudo': No such file or directory",
            Some(127),
            "Sudo(Missing)",
        );
        check(
            "bash: line 1: python3: command not found",
            Some(127),
            "NoPython",
        );
        check("sudo: python3: command not found", Some(1), "NoPython");
        check("", Some(127), "NoPython");
        check(
            "This account is currently not available.",
            Some(1),
            "NotStarted { said: \"This account is currently not available.\", exit: Some(1) }",
        );
    }
}
