//! The trace of a run at work: lines gather here, and are written to the journal in batches, at most every 200 ms or
//! 100 lines, and whenever a step ends. A line that could not be written stays, and is written with the next batch.

use crate::{Journal, JournalError, NewLine, RunEvent};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::{Notify, broadcast};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use towerify_domain::id::RunId;
use towerify_domain::run::{Progress, TRACE_LINES_MAX};

/// How long a line may wait for company.
const GATHER: Duration = Duration::from_millis(200);

/// How many lines do not wait any longer.
const BATCH: usize = 100;

/// How often progress is written down.
const PROGRESS_EVERY: Duration = Duration::from_secs(1);

pub(crate) struct Trace {
    run: RunId,
    state: Mutex<Gathered>,
    /// Something is there.
    some: Notify,
    /// A whole batch is there.
    many: Notify,
    events: broadcast::Sender<RunEvent>,
}

#[derive(Default)]
struct Gathered {
    lines: Vec<NewLine>,
    /// How many ordinary lines came in all, here: past the bound they are not even gathered.
    came: u32,
    progress: Option<(u16, Progress)>,
    noted: Option<(Instant, Option<u8>)>,
}

impl Trace {
    pub fn new(run: RunId, events: broadcast::Sender<RunEvent>) -> Self {
        Self {
            run,
            state: Mutex::default(),
            some: Notify::new(),
            many: Notify::new(),
            events,
        }
    }

    fn lock(&self) -> MutexGuard<'_, Gathered> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds a line.
    pub fn push(&self, line: NewLine) {
        let mut state = self.lock();
        if !line.always {
            state.came = state.came.saturating_add(1);
            // One more than are kept goes through: it makes the journal say that the trace is full.
            if state.came > TRACE_LINES_MAX.saturating_add(1) {
                return;
            }
        }
        state.lines.push(line);
        let many = state.lines.len() >= BATCH;
        drop(state);
        self.some.notify_one();
        if many {
            self.many.notify_one();
        }
    }

    /// Notes how far the step is; only the last note before a batch is told.
    pub fn progress(&self, step: u16, progress: Progress) {
        self.lock().progress = Some((step, progress));
        self.some.notify_one();
    }

    /// Writes and tells what gathers, until `ended`; then what is left. An error only at the very end: until then
    /// writing is tried again.
    pub async fn pump<J: Journal>(
        &self,
        journal: &J,
        ended: &CancellationToken,
    ) -> Result<(), JournalError> {
        loop {
            tokio::select! {
                () = self.some.notified() => {}
                () = ended.cancelled() => return self.flush(journal).await,
            }
            tokio::select! {
                () = tokio::time::sleep(GATHER) => {}
                () = self.many.notified() => {}
                () = ended.cancelled() => return self.flush(journal).await,
            }
            if let Err(error) = self.flush(journal).await {
                tracing::warn!(run = %self.run, %error, "a trace could not be written; it is tried again");
                self.some.notify_one();
                tokio::time::sleep(GATHER).await;
            }
        }
    }

    async fn flush<J: Journal>(&self, journal: &J) -> Result<(), JournalError> {
        let (lines, progress) = {
            let mut state = self.lock();
            (std::mem::take(&mut state.lines), state.progress.take())
        };
        if let Some((step, progress)) = progress {
            self.tell_progress(journal, step, progress).await;
        }
        let mut written = 0;
        for batch in lines.chunks(BATCH * 10) {
            match journal.trace(self.run, batch).await {
                Ok(kept) if kept.is_empty() => {}
                Ok(kept) => {
                    let _ = self.events.send(RunEvent::Trace {
                        run: self.run,
                        lines: Arc::from(kept),
                    });
                }
                Err(error) => {
                    // What was not written goes back in front of what came meanwhile.
                    let mut state = self.lock();
                    let newer = std::mem::take(&mut state.lines);
                    state.lines = lines.into_iter().skip(written).chain(newer).collect();
                    return Err(error);
                }
            }
            written += batch.len();
        }
        Ok(())
    }

    async fn tell_progress<J: Journal>(&self, journal: &J, step: u16, progress: Progress) {
        let percent = progress.percent;
        let _ = self.events.send(RunEvent::Progress {
            run: self.run,
            step,
            progress,
        });
        let now = Instant::now();
        let due = self
            .lock()
            .noted
            .is_none_or(|(at, noted)| noted != percent && now - at >= PROGRESS_EVERY);
        if due {
            self.lock().noted = Some((now, percent));
            if let Err(error) = journal.progress(self.run, step, percent).await {
                tracing::warn!(run = %self.run, %error, "how far a run is could not be written");
            }
        }
    }
}
