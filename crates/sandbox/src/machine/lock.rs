//! YunoHost's lock: one write at a time, and who has it.

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use serde_json::{Value, json};
use tokio::{sync::Notify, time::Instant};

use super::Request;
use crate::{Faults, clock};

/// Who has the lock.
#[derive(Debug, Clone)]
pub(crate) struct Holder {
    pid: u32,
    since: f64,
    run: Option<String>,
    program: &'static str,
    /// Up to the first option: never a value that could be secret.
    words: Vec<String>,
    operation: Option<String>,
}

impl Holder {
    /// The holder that a request would be.
    pub(super) fn of(request: &Request) -> Self {
        let most = if request.run.is_some() { 3 } else { 4 };
        let words = request
            .argv
            .iter()
            .take_while(|word| !word.starts_with('-'));
        let is_word = |word: &&String| word.chars().all(|c| c.is_ascii_lowercase() || c == '-');
        let words: Vec<String> = if request.run.is_some() {
            words.take(most).filter(is_word).cloned().collect()
        } else {
            words.take(most).cloned().collect()
        };
        Self {
            pid: request.pid,
            since: clock::seconds(clock::now()),
            run: request.run.clone(),
            program: request.program,
            words,
            operation: None,
        }
    }

    fn stranger(words: Vec<String>) -> Self {
        Self {
            pid: 12_848,
            since: clock::seconds(clock::now()) - 42.0,
            run: None,
            program: "yunohost",
            words,
            operation: None,
        }
    }

    fn shown(&self) -> Value {
        json!({
            "held": true, "pid": self.pid, "since": self.since, "run": self.run,
            "program": self.program, "words": self.words, "operation": self.operation,
        })
    }
}

/// The lock.
#[derive(Debug, Default)]
pub(super) struct Lock {
    holder: Mutex<Option<Holder>>,
    freed: Notify,
}

/// The lock, held until it is dropped.
pub(super) struct Held<'l> {
    lock: &'l Lock,
}

impl Held<'_> {
    /// Tells whoever asks which operation log is being written.
    pub(super) fn note_operation(&self, name: Option<String>) {
        if let Some(holder) = self.lock.holder().as_mut() {
            holder.operation = name;
        }
    }
}

impl Drop for Held<'_> {
    fn drop(&mut self) {
        self.lock.holder().take();
        self.lock.freed.notify_waiters();
    }
}

impl Lock {
    fn holder(&self) -> MutexGuard<'_, Option<Holder>> {
        self.holder.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Who has it, if anybody has.
    pub(super) fn shown(&self, faults: &Faults) -> Option<Value> {
        match faults.lock_holder() {
            Some(words) => Some(Holder::stranger(words).shown()),
            None => self.holder().as_ref().map(Holder::shown),
        }
    }

    /// Takes it; `None` when it was not free in time. Tells who has it, and when that changes.
    pub(super) async fn acquire(
        &self,
        faults: &Faults,
        who: Holder,
        wait: Option<Duration>,
        waiting: impl Fn(Value),
    ) -> Option<Held<'_>> {
        let until = wait.map(|wait| Instant::now() + wait);
        let mut told = None;
        loop {
            let freed = self.freed.notified();
            let shown = match faults.lock_holder() {
                Some(words) => Holder::stranger(words).shown(),
                None => {
                    let mut holder = self.holder();
                    match holder.as_ref() {
                        Some(other) => other.shown(),
                        None => {
                            *holder = Some(who);
                            return Some(Held { lock: self });
                        }
                    }
                }
            };
            if until.is_some_and(|until| Instant::now() >= until) {
                return None;
            }
            let now = (shown.get("pid").cloned(), shown.get("operation").cloned());
            if told.as_ref() != Some(&now) {
                told = Some(now);
                waiting(shown);
            }
            // A fault that is cleared wakes nobody: look again soon.
            tokio::select! {
                () = freed => {}
                () = tokio::time::sleep(Duration::from_millis(50)) => {}
            }
        }
    }
}
