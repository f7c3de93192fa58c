//! One open channel to a driver: numbers requests, brings every event to whoever asked, notices silence and endings.
//! It knows lines and ids, and leaves the meaning of requests to `conversation`.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use secrecy::zeroize::Zeroizing;
use serde_json::{Value, json};
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt};
use tokio::sync::{mpsc, oneshot};
use tokio_util::sync::CancellationToken;

use crate::conversation::Note;
use crate::error::{from_result, outcome};
use crate::frame::{Frame, Said};
use crate::gather::{Parts, Queue, QueueEnd};
use crate::lines::{LineEnd, Lines};
use crate::opening::Tail;
use crate::{ByeReason, DriverError, Facts, ProtocolFault, Result, RunEvent};

/// How many log lines and outputs of a read are kept.
const NOTES: usize = 200;
/// Less than this many bytes within a whole window of silence does not count as life.
const TRICKLE: u64 = 1024;

/// An open channel. Dropping the last one ends the driver; runs go on.
pub(crate) struct Link {
    table: Arc<Mutex<Table>>,
    next: AtomicU64,
    /// What the driver said of the machine when this channel was opened.
    pub(crate) facts: Arc<Facts>,
}

/// What a read answered, before its type is known.
pub(crate) struct Raw {
    pub(crate) value: Value,
    pub(crate) notes: Vec<Note>,
    pub(crate) ms: f64,
}

struct Table {
    to_driver: Option<mpsc::Sender<Zeroizing<Vec<u8>>>>,
    asked: HashMap<u64, Asked>,
    over: Option<Over>,
}

enum Asked {
    Once {
        answer: oneshot::Sender<Result<Raw>>,
        notes: Vec<Note>,
        parts: Parts,
    },
    Run {
        queue: QueueEnd,
        run: String,
        parts: Parts,
        last: u64,
    },
}

/// Why a channel is of no use any more.
#[derive(Debug, Clone)]
enum Over {
    Cut { said: Option<String> },
    Bye(ByeReason),
    Protocol(ProtocolFault),
    Closed,
}

impl Over {
    fn error(&self) -> DriverError {
        match self {
            Self::Cut { said } => DriverError::Cut { said: said.clone() },
            Self::Bye(reason) => DriverError::Bye(*reason),
            Self::Protocol(fault) => DriverError::Protocol(*fault),
            Self::Closed => DriverError::Closed,
        }
    }
}

impl Link {
    /// Takes over a channel whose driver is ready. `silence` without a sign of life makes a ping, and without an
    /// answer to it for as long again, the end.
    pub(crate) fn new(
        stdin: Box<dyn AsyncWrite + Send + Unpin>,
        lines: Lines<Box<dyn AsyncRead + Send + Unpin>>,
        stderr: Tail,
        facts: Facts,
        silence: Duration,
    ) -> Arc<Self> {
        let (to_driver, requests) = mpsc::channel(64);
        let table = Arc::new(Mutex::new(Table {
            to_driver: Some(to_driver.clone()),
            asked: HashMap::new(),
            over: None,
        }));
        let ended = CancellationToken::new();
        tokio::spawn(write(stdin, requests, ended.clone()));
        tokio::spawn(read(
            lines,
            stderr,
            Arc::clone(&table),
            to_driver.downgrade(),
            silence,
            ended,
        ));
        Arc::new(Self {
            table,
            next: AtomicU64::new(1),
            facts: Arc::new(facts),
        })
    }

    /// Asks once and waits for the answer, at most `patience`.
    pub(crate) async fn ask(
        &self,
        what: &'static str,
        request: Value,
        patience: Duration,
    ) -> Result<Raw> {
        let (answer, answered) = oneshot::channel();
        let id = self
            .send(
                request,
                Asked::Once {
                    answer,
                    notes: Vec::new(),
                    parts: Parts::default(),
                },
            )
            .await?;
        match tokio::time::timeout(patience, answered).await {
            Ok(Ok(answer)) => answer,
            Ok(Err(_)) => Err(self.end()),
            Err(_) => {
                lock(&self.table).asked.remove(&id);
                Err(DriverError::Timeout {
                    what,
                    after: patience,
                })
            }
        }
    }

    /// Starts or follows a run: its events go to the queue.
    pub(crate) async fn listen(
        &self,
        run: &str,
        request: Value,
        from: u64,
    ) -> Result<(u64, Queue)> {
        let (queue, events) = Queue::new();
        let asked = Asked::Run {
            queue,
            run: run.to_owned(),
            parts: Parts::default(),
            last: from,
        };
        Ok((self.send(request, asked).await?, events))
    }

    /// Tells the driver that nobody listens to this request any more. Best effort: it costs nothing if it fails.
    pub(crate) fn stop_following(&self, id: u64) {
        let mut table = lock(&self.table);
        if table.asked.remove(&id).is_some() {
            let stop =
                json!({"id": self.next.fetch_add(1, Ordering::Relaxed), "op": "stop", "of": id});
            if let Some(to_driver) = &table.to_driver {
                let _ = to_driver.try_send(line(&stop));
            }
        }
    }

    /// Ends the conversation; runs go on.
    pub(crate) fn close(&self) {
        finish(&self.table, Over::Closed);
    }

    /// True when nothing can be asked here any more.
    pub(crate) fn is_over(&self) -> bool {
        lock(&self.table).over.is_some()
    }

    /// Why nothing can be asked here any more.
    pub(crate) fn end(&self) -> DriverError {
        lock(&self.table)
            .over
            .as_ref()
            .map_or(DriverError::Closed, Over::error)
    }

    async fn send(&self, mut request: Value, asked: Asked) -> Result<u64> {
        let id = self.next.fetch_add(1, Ordering::Relaxed);
        if let Some(object) = request.as_object_mut() {
            object.insert("id".to_owned(), id.into());
        }
        let line = line(&request);
        wipe(request);
        let limit = self.facts.limits.line;
        if line.len() > limit {
            return Err(DriverError::RequestTooLong {
                bytes: line.len(),
                limit,
            });
        }
        let to_driver = {
            let mut table = lock(&self.table);
            if let Some(over) = &table.over {
                return Err(over.error());
            }
            table.asked.insert(id, asked);
            table.to_driver.clone()
        };
        match to_driver {
            Some(to_driver) if to_driver.send(line).await.is_ok() => Ok(id),
            _ => {
                lock(&self.table).asked.remove(&id);
                Err(self.end())
            }
        }
    }
}

/// One request as a line, wiped after it was sent: it may hold a password.
fn line(request: &Value) -> Zeroizing<Vec<u8>> {
    let mut line = Zeroizing::new(Vec::with_capacity(4096));
    // Writing a Value into memory can't fail.
    let _ = serde_json::to_writer(&mut *line, request);
    line.push(b'\n');
    line
}

/// Overwrites the texts of a request that was written.
fn wipe(request: Value) {
    use secrecy::zeroize::Zeroize;
    match request {
        Value::String(mut text) => text.zeroize(),
        Value::Array(items) => items.into_iter().for_each(wipe),
        Value::Object(entries) => entries.into_iter().for_each(|(_, value)| wipe(value)),
        _ => {}
    }
}

fn lock(table: &Mutex<Table>) -> MutexGuard<'_, Table> {
    // A panic while holding it is not possible by the lints; the table would still be whole.
    table.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Nothing more will come: everyone who waits is told why. The first reason stays.
fn finish(table: &Mutex<Table>, why: Over) {
    let mut table = lock(table);
    table.to_driver = None;
    let over = table.over.get_or_insert(why).clone();
    for (_, asked) in table.asked.drain() {
        match asked {
            Asked::Once { answer, .. } => drop(answer.send(Err(over.error()))),
            Asked::Run { queue, .. } => drop(queue.put(0, Err(over.error()))),
        }
    }
}

async fn write(
    mut stdin: Box<dyn AsyncWrite + Send + Unpin>,
    mut requests: mpsc::Receiver<Zeroizing<Vec<u8>>>,
    ended: CancellationToken,
) {
    let writing = async {
        while let Some(line) = requests.recv().await {
            // A failed write is noticed by the reader, as the channel's end.
            if stdin.write_all(&line).await.is_err() || stdin.flush().await.is_err() {
                break;
            }
        }
        let _ = stdin.shutdown().await;
    };
    tokio::select! {
        () = writing => {}
        () = ended.cancelled() => {}
    }
    // Whoever closes does not wait for the driver's own end: what it would still say has no listener.
    ended.cancel();
}

async fn read(
    mut lines: Lines<Box<dyn AsyncRead + Send + Unpin>>,
    stderr: Tail,
    table: Arc<Mutex<Table>>,
    to_driver: mpsc::WeakSender<Zeroizing<Vec<u8>>>,
    silence: Duration,
    ended: CancellationToken,
) {
    let mut pinged = false;
    let why = loop {
        let before = lines.taken;
        let next = tokio::select! {
            next = tokio::time::timeout(silence, lines.next()) => next,
            () = ended.cancelled() => break Over::Closed,
        };
        match next {
            Ok(Ok(line)) => {
                pinged = false;
                match Frame::read(&line) {
                    Ok(Frame::Bye(reason)) => break Over::Bye(reason),
                    Ok(Frame::For {
                        id: Some(id),
                        n,
                        at,
                        said,
                    }) => {
                        if let Some(stop) = tell(&table, id, n, at, said, line.len())
                            && let Some(to_driver) = to_driver.upgrade()
                        {
                            let _ = to_driver.try_send(stop);
                        }
                    }
                    Ok(Frame::For { id: None, .. }) => {
                        tracing::warn!("the driver could not read a request");
                    }
                    Ok(Frame::Ready(_) | Frame::Unknown) => {}
                    Err(fault) => break Over::Protocol(fault),
                }
            }
            Ok(Err(LineEnd::Eof)) => {
                break Over::Cut {
                    said: stderr.said(),
                };
            }
            Ok(Err(LineEnd::TooLong)) => break Over::Protocol(ProtocolFault::LineTooLong),
            Err(_) if lines.taken - before >= TRICKLE => {}
            Err(_) if pinged => {
                break Over::Cut {
                    said: stderr.said(),
                };
            }
            Err(_) => {
                pinged = true;
                if let Some(to_driver) = to_driver.upgrade() {
                    // Id 0 is nobody's: any answer is a sign of life.
                    let _ = to_driver.try_send(line(&json!({"id": 0, "op": "ping"})));
                }
            }
        }
    };
    finish(&table, why);
    ended.cancel();
}

/// Brings an event to whoever asked. Gives a request to send when the listener is gone.
fn tell(
    table: &Mutex<Table>,
    id: u64,
    n: Option<u64>,
    at: Option<chrono::DateTime<chrono::Utc>>,
    said: Said,
    size: usize,
) -> Option<Zeroizing<Vec<u8>>> {
    let mut table = lock(table);
    let asked = table.asked.get_mut(&id)?;
    match asked {
        Asked::Once { notes, parts, .. } => {
            let note = match said {
                Said::Log { level, message, .. } => Note::Log { level, message },
                Said::Output { text } => Note::Output { text },
                Said::Part { text } => {
                    if let Err(fault) = parts.add(&text) {
                        answer(table.asked.remove(&id), Err(DriverError::Protocol(fault)));
                    }
                    return None;
                }
                Said::Result(result) => {
                    let reply = match result.ok {
                        Some(true) => {
                            let (notes, parts) = (std::mem::take(notes), std::mem::take(parts));
                            let ms = result.ms;
                            parts
                                .result(result.parts, result.result)
                                .map(|value| Raw { value, notes, ms })
                                .map_err(DriverError::Protocol)
                        }
                        _ => Err(from_result(*result, "")),
                    };
                    answer(table.asked.remove(&id), reply);
                    return None;
                }
                _ => return None,
            };
            if notes.len() < NOTES {
                notes.push(note);
            }
            None
        }
        Asked::Run {
            queue,
            run,
            parts,
            last,
        } => {
            if let Some(n) = n {
                // The same event twice, or an old one: nothing new.
                if n <= *last && !matches!(said, Said::Result(_)) {
                    return None;
                }
                *last = n.max(*last);
            }
            let n = n.unwrap_or(*last);
            let mut over = false;
            let event = match said {
                Said::Log {
                    level,
                    message,
                    cut,
                } => Ok(RunEvent::Log {
                    n,
                    at,
                    level,
                    message,
                    cut,
                }),
                Said::Output { text } => Ok(RunEvent::Output { n, at, text }),
                Said::Waiting { holder } => Ok(RunEvent::Waiting { n, at, holder }),
                Said::Signal { signal } => Ok(RunEvent::Signal { n, at, signal }),
                Said::Started { pid, scope } => Ok(RunEvent::Started { pid, scope }),
                Said::Part { text } => match parts.add(&text) {
                    Ok(()) => return None,
                    Err(fault) => {
                        over = true;
                        Err(DriverError::Protocol(fault))
                    }
                },
                Said::Result(mut result) => {
                    over = true;
                    let parts = std::mem::take(parts);
                    match parts.result(result.parts, std::mem::take(&mut result.result)) {
                        Ok(value) => {
                            result.result = value;
                            outcome(*result, run).map(RunEvent::Ended)
                        }
                        Err(fault) => Err(DriverError::Protocol(fault)),
                    }
                }
            };
            let taken = queue.put(size, event);
            if over || !taken {
                table.asked.remove(&id);
            }
            (!taken && !over).then(|| line(&json!({"id": 0, "op": "stop", "of": id})))
        }
    }
}

fn answer(asked: Option<Asked>, reply: Result<Raw>) {
    if let Some(Asked::Once { answer, .. }) = asked {
        let _ = answer.send(reply);
    }
}
