//! The events of one run, as they come.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use futures::Stream;

use crate::gather::Queue;
use crate::link::Link;
use crate::{DriverError, Outcome, Result, RunEvent};

/// The events of a run. It ends after [`RunEvent::Ended`] or after an error; an error of it says nothing about the
/// run, which goes on on the server: follow it again from [`RunStream::last`]. Dropping the stream stops listening.
pub struct RunStream {
    link: Arc<Link>,
    id: u64,
    events: Queue,
    last: u64,
    over: bool,
}

impl RunStream {
    pub(crate) fn new(link: Arc<Link>, id: u64, events: Queue, from: u64) -> Self {
        Self {
            link,
            id,
            events,
            last: from,
            over: false,
        }
    }

    /// The number of the last event that was given; what to follow from after a cut.
    pub fn last(&self) -> u64 {
        self.last
    }

    /// The next event; `None` after the end.
    pub async fn next(&mut self) -> Option<Result<RunEvent>> {
        std::future::poll_fn(|context| Pin::new(&mut *self).poll_next(context)).await
    }

    /// Waits for the end, passing every event before it to `each`.
    pub async fn finish(mut self, mut each: impl FnMut(&RunEvent)) -> Result<Outcome> {
        while let Some(event) = self.next().await {
            match event? {
                RunEvent::Ended(outcome) => return Ok(outcome),
                event => each(&event),
            }
        }
        Err(DriverError::Closed)
    }
}

impl Stream for RunStream {
    type Item = Result<RunEvent>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if self.over {
            return Poll::Ready(None);
        }
        let event = match self.events.poll(context) {
            Poll::Pending => return Poll::Pending,
            Poll::Ready(event) => event,
        };
        // The sender is dropped without a last word only when the listener fell behind.
        let event = event.unwrap_or(Err(DriverError::Lagging { after: self.last }));
        match &event {
            Ok(RunEvent::Ended(_)) | Err(_) => self.over = true,
            Ok(event) => self.last = event.number().unwrap_or(self.last).max(self.last),
        }
        Poll::Ready(Some(event))
    }
}

impl Drop for RunStream {
    fn drop(&mut self) {
        if !self.over {
            self.link.stop_following(self.id);
        }
    }
}

impl std::fmt::Debug for RunStream {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RunStream")
            .field("last", &self.last)
            .field("over", &self.over)
            .finish_non_exhaustive()
    }
}
