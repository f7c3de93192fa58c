//! What comes in pieces: a run's events, kept for a listener within bounds, and a result, put together from its parts.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};

use serde_json::Value;
use tokio::sync::mpsc;

use crate::{ProtocolFault, Result, RunEvent, json as strict};

/// The largest reply that is put together from parts, in bytes.
const REPLY: usize = 64 << 20;
/// How many bytes of a run's events wait for a slow listener.
const QUEUE: usize = 16 << 20;

/// The listener's end of a run's events; bounded by bytes, since one event may be large.
pub(crate) struct Queue {
    events: mpsc::UnboundedReceiver<(usize, Result<RunEvent>)>,
    queued: Arc<AtomicUsize>,
}

/// Where events are put for the listener.
pub(crate) struct QueueEnd {
    events: mpsc::UnboundedSender<(usize, Result<RunEvent>)>,
    queued: Arc<AtomicUsize>,
}

impl Queue {
    /// Both ends.
    pub(crate) fn new() -> (QueueEnd, Self) {
        let (sender, events) = mpsc::unbounded_channel();
        let queued = Arc::new(AtomicUsize::new(0));
        (
            QueueEnd {
                events: sender,
                queued: queued.clone(),
            },
            Self { events, queued },
        )
    }

    pub(crate) fn poll(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<RunEvent>>> {
        self.events.poll_recv(context).map(|event| {
            event.map(|(size, event)| {
                self.queued.fetch_sub(size, Ordering::Relaxed);
                event
            })
        })
    }
}

impl QueueEnd {
    /// False when the listener is gone or too far behind.
    pub(crate) fn put(&self, size: usize, event: Result<RunEvent>) -> bool {
        let queued = self.queued.fetch_add(size, Ordering::Relaxed) + size;
        queued <= QUEUE && self.events.send((size, event)).is_ok()
    }
}

/// A result that comes in parts.
#[derive(Default)]
pub(crate) struct Parts {
    text: String,
    count: usize,
}

impl Parts {
    /// One more part.
    pub(crate) fn add(&mut self, text: &str) -> std::result::Result<(), ProtocolFault> {
        if self.text.len() + text.len() > REPLY {
            return Err(ProtocolFault::ReplyTooLarge);
        }
        self.text.push_str(text);
        self.count += 1;
        Ok(())
    }

    /// The whole result: as it came, or from its parts.
    pub(crate) fn result(
        self,
        expected: Option<usize>,
        whole: Value,
    ) -> std::result::Result<Value, ProtocolFault> {
        match expected {
            None => Ok(whole),
            Some(expected) if expected == self.count => strict::parse(self.text.as_bytes()),
            Some(_) => Err(ProtocolFault::PartsMissing),
        }
    }
}
