//! What the core says without being asked: which topics changed, and what runs at work say.

use tokio::sync::broadcast;

use crate::{runs::LiveEvent, topic::Topic};

/// An unasked word of the core.
#[derive(Clone, Debug)]
pub enum Event {
    /// These topics are no longer what they were.
    Changed(Vec<Topic>),
    /// A run at work speaks.
    Live(LiveEvent),
}

/// Where the core says such words. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Events(broadcast::Sender<Event>);

impl Events {
    pub(crate) fn new() -> Self {
        Self(broadcast::channel(4096).0)
    }

    /// Listens from now on. Who lags by more than 4,096 words is told so, and reads everything again.
    pub fn listen(&self) -> broadcast::Receiver<Event> {
        self.0.subscribe()
    }

    pub(crate) fn changed(&self, topics: impl IntoIterator<Item = Topic>) {
        // Nobody listening is fine: the words are for whoever looks.
        let _ = self.0.send(Event::Changed(topics.into_iter().collect()));
    }

    pub(crate) fn live(&self, event: LiveEvent) {
        let _ = self.0.send(Event::Live(event));
    }
}
