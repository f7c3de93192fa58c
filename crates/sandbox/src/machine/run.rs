//! Writes that outlive the connection: the driver's spool, as files of the server's folder.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tokio::{sync::watch, time::Instant};

use super::{Asked, Ended, Machine, Request, Told};
use crate::{Absence, Fault, SandboxError, clock, keep, words::Locale};

/// What is kept of a run.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
struct Spool {
    /// The action's words; never its values.
    argv: Vec<String>,
    pid: u32,
    boot: String,
    at: f64,
    killed: bool,
    /// Who began it: a gate's runs are its own.
    #[serde(default)]
    by: String,
    /// What is to be done, for going on when nobody notices that the fleet stopped; gone with the outcome. It can
    /// hold secrets of the training fleet, as its state does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    wish: Option<Wish>,
    /// Numbered, in order.
    events: Vec<Value>,
    outcome: Option<Value>,
}

/// One run.
pub(crate) struct Run {
    pub(crate) key: String,
    file: PathBuf,
    spool: Mutex<Spool>,
    killed: AtomicBool,
    /// Counts what was written, so that followers wake.
    written: watch::Sender<u64>,
}

/// Where a run stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RunState {
    Running,
    Done,
    LostByReboot,
    LostKilled,
}

impl RunState {
    /// The driver's word for it.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Done => "done",
            Self::LostByReboot => "lost_by_reboot",
            Self::LostKilled => "lost_killed",
        }
    }
}

/// What `start` came to.
pub(crate) enum Started {
    /// It has begun.
    New(Arc<Run>, u32),
    /// A run of this key is there already: both see its outcome.
    Same(Arc<Run>),
    /// It may not begin; the driver's key and message.
    Refused(&'static str, String),
}

/// The runs of a server.
pub(super) struct Runs {
    folder: PathBuf,
    by_key: Mutex<BTreeMap<String, Arc<Run>>>,
}

impl Runs {
    /// Reads what an earlier start left.
    pub(super) fn read(folder: &Path) -> Result<Self, SandboxError> {
        let mut by_key = BTreeMap::new();
        for (key, file) in keep::list(folder)? {
            if let Some(spool) = keep::read::<Spool>(&file)? {
                by_key.insert(key.clone(), Arc::new(Run::new(key, file, spool)));
            }
        }
        Ok(Self {
            folder: folder.to_owned(),
            by_key: Mutex::new(by_key),
        })
    }

    /// Whether no run is kept.
    pub(super) fn is_empty(&self) -> bool {
        self.by_key().is_empty()
    }

    fn by_key(&self) -> MutexGuard<'_, BTreeMap<String, Arc<Run>>> {
        self.by_key.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What is to be done as a run.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Wish {
    pub(crate) argv: Vec<String>,
    pub(crate) task: Option<Asked>,
    pub(crate) locale: Locale,
    pub(crate) lock_wait: Duration,
    /// Who asks, for YunoHost's log.
    pub(crate) by: String,
}

impl Run {
    fn new(key: String, file: PathBuf, spool: Spool) -> Self {
        Self {
            key,
            file,
            killed: AtomicBool::new(spool.killed),
            spool: Mutex::new(spool),
            written: watch::Sender::new(0),
        }
    }

    fn spool(&self) -> MutexGuard<'_, Spool> {
        self.spool.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Wakes at everything that is written from now on.
    pub(crate) fn watch(&self) -> watch::Receiver<u64> {
        self.written.subscribe()
    }

    /// Who began it.
    pub(crate) fn by(&self) -> String {
        self.spool().by.clone()
    }

    /// When it began, on the server's clock.
    pub(crate) fn began_at(&self) -> f64 {
        self.spool().at
    }

    /// The events after `from`, and the outcome once it is there.
    pub(crate) fn since(&self, from: u64) -> (Vec<Value>, Option<Value>) {
        let spool = self.spool();
        let events = spool
            .events
            .iter()
            .filter(|event| number_of(event).is_some_and(|n| n > from))
            .cloned()
            .collect();
        (events, spool.outcome.clone())
    }

    fn put(&self, told: Told) {
        let event = match told {
            Told::Log { level, message } => {
                json!({"event": "log", "level": level, "message": message})
            }
            Told::Output(text) => json!({"event": "output", "text": text}),
            Told::Waiting(lock) => json!({"event": "waiting", "lock": lock}),
        };
        self.number(event, false);
    }

    fn number(&self, mut event: Value, is_outcome: bool) {
        {
            let mut spool = self.spool();
            let last = spool.events.last().and_then(number_of);
            if let Some(event) = event.as_object_mut() {
                event.insert("n".to_owned(), (last.unwrap_or(0) + 1).into());
                event.insert("t".to_owned(), clock::seconds(clock::now()).into());
            }
            if is_outcome {
                spool.outcome = Some(event);
                spool.wish = None;
            } else {
                spool.events.push(event);
            }
        }
        self.keep();
        self.written.send_modify(|count| *count += 1);
    }

    fn kill(&self) {
        self.killed.store(true, Ordering::SeqCst);
        self.spool().killed = true;
        self.keep();
        self.written.send_modify(|count| *count += 1);
    }

    fn keep(&self) {
        let spool = self.spool().clone();
        if let Err(error) = keep::write(&self.file, &spool) {
            tracing::warn!(%error, run = self.key, "a training server's run could not be kept");
        }
    }
}

/// An event's number.
fn number_of(event: &Value) -> Option<u64> {
    event.get("n").and_then(Value::as_u64)
}

/// A key that is a harmless folder name, as the driver wants it: 8 to 64 letters, digits, `_` and `-`.
fn is_key(key: &str) -> bool {
    (8..=64).contains(&key.len())
        && key.starts_with(|c: char| c.is_ascii_alphanumeric())
        && key
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-')
}

impl Machine {
    /// Begins a write that goes on without its connection. One key has one effect, ever.
    pub(crate) fn start(self: &Arc<Self>, key: &str, wish: Wish, in_memory: bool) -> Started {
        if !is_key(key) {
            return Started::Refused("bad_request", "run id".to_owned());
        }
        if !in_memory && self.faults.has(&Fault::FullDisk) {
            return Started::Refused("spool_full", "less than 4 MiB free".to_owned());
        }
        let pid = self.next_pid();
        let run = {
            let mut runs = self.runs.by_key();
            if let Some(run) = runs.get(key) {
                return Started::Same(Arc::clone(run));
            }
            let is_word = |word: &&String| {
                word.chars()
                    .all(|c| c.is_ascii_lowercase() || c == '-' || c == '_')
            };
            let spool = Spool {
                argv: wish.argv.iter().take(3).filter(is_word).cloned().collect(),
                pid,
                boot: self.boot_id(),
                at: clock::seconds(clock::now()),
                by: wish.by.clone(),
                wish: (self.absence == Absence::Unnoticed).then(|| wish.clone()),
                ..Spool::default()
            };
            let file = self.runs.folder.join(format!("{key}.json"));
            let run = Arc::new(Run::new(key.to_owned(), file, spool));
            run.keep();
            runs.insert(key.to_owned(), Arc::clone(&run));
            run
        };
        self.begin(&run, wish, pid, 0);
        Started::New(run, pid)
    }

    /// Takes up again what ran when the fleet stopped unnoticed.
    pub(crate) fn go_on(self: &Arc<Self>) {
        let runs: Vec<Arc<Run>> = self.runs.by_key().values().cloned().collect();
        for run in runs {
            if self.state_of(&run) != RunState::Running {
                continue;
            }
            let (wish, pid, told) = {
                let spool = run.spool();
                (spool.wish.clone(), spool.pid, spool.events.len())
            };
            if let Some(wish) = wish {
                self.begin(&run, wish, pid, told);
            }
        }
    }

    fn begin(self: &Arc<Self>, run: &Arc<Run>, wish: Wish, pid: u32, told: usize) {
        let request = Request {
            argv: wish.argv,
            task: wish.task,
            locale: wish.locale,
            lock_wait: Some(wish.lock_wait),
            program: "towerify",
            run: Some(run.key.clone()),
            told,
            by: wish.by,
            pid,
        };
        let (machine, of) = (Arc::clone(self), Arc::clone(run));
        tokio::spawn(async move {
            let up = machine.up();
            up.run_until_cancelled(machine.go_through(&of, request))
                .await;
        });
    }

    async fn go_through(self: &Arc<Self>, run: &Run, request: Request) {
        let began = Instant::now();
        // What was told before the fleet stopped is not told again.
        let again = AtomicUsize::new(request.told);
        let tell = |told: Told| {
            let one_less = |left: usize| left.checked_sub(1);
            if again
                .fetch_update(Ordering::SeqCst, Ordering::SeqCst, one_less)
                .is_err()
            {
                run.put(told);
            }
        };
        let ended = self.write(&request, &tell).await;
        let ms = f64::from(u32::try_from(began.elapsed().as_millis()).unwrap_or(u32::MAX));
        let outcome = match ended {
            Ended::Killed => return run.kill(),
            Ended::Power { power, operations } => {
                // As a real one does: the run is told to stop when everything is, and YunoHost's note stays open.
                run.number(json!({"event": "signal", "signal": "SIGTERM"}), false);
                let outcome = json!({
                    "event": "result", "ok": false, "key": "interrupted", "message": "stopped by a signal",
                    "ms": ms, "operations": operations, "signal": "SIGTERM", "cause": "interrupted",
                });
                run.number(outcome, true);
                return self.switch(power);
            }
            Ended::Done { reply, operations } => {
                json!({"event": "result", "ok": true, "result": reply, "ms": ms, "operations": operations})
            }
            Ended::Refused {
                refusal,
                operation,
                operations,
            } => json!({
                "operation": operation, "validation": refusal.validation, "event": "result", "ok": false,
                "key": refusal.key, "message": refusal.message, "ms": ms, "operations": operations,
            }),
        };
        run.number(outcome, true);
    }

    /// A run by its key.
    pub(crate) fn run(&self, key: &str) -> Option<Arc<Run>> {
        self.runs.by_key().get(key).cloned()
    }

    /// Where a run stands.
    pub(crate) fn state_of(&self, run: &Run) -> RunState {
        let spool = run.spool();
        if spool.outcome.is_some() {
            RunState::Done
        } else if spool.boot != self.boot_id() {
            RunState::LostByReboot
        } else if run.killed.load(Ordering::SeqCst) {
            RunState::LostKilled
        } else {
            RunState::Running
        }
    }

    /// Whether a user knows of a run: through a gate one knows of one's own and no others; nobody else knows of those.
    pub(crate) fn knows(&self, user: &str, run: &Run) -> bool {
        let by = run.by();
        by == user || self.gate(user).is_none() && self.gate(&by).is_none()
    }

    /// The runs that a user knows of, as the driver lists them.
    pub(crate) fn runs(&self, user: &str) -> Value {
        let runs: Vec<Arc<Run>> = self.runs.by_key().values().cloned().collect();
        let listed = runs.iter().filter(|run| self.knows(user, run)).map(|run| {
            let state = self.state_of(run).word();
            let spool = run.spool();
            let shown = json!({
                "argv": spool.argv, "pid": spool.pid, "ticks": 649_137, "boot": spool.boot,
                "pid1": 496_584, "at": spool.at, "scope": true, "state": state,
            });
            (run.key.clone(), shown)
        });
        Value::Object(listed.collect())
    }

    /// Forgets every run that has ended, but one; the folders that a real machine would have had for them.
    pub(super) fn forget_finished(&self, but: &str) -> Vec<String> {
        let keys: Vec<String> = self.runs.by_key().keys().cloned().collect();
        keys.into_iter()
            .filter(|key| key != but)
            .filter(|key| {
                let run = self.run(key);
                run.is_some_and(|run| self.state_of(&run) == RunState::Done)
            })
            .filter(|key| self.forget_run(key))
            .map(|key| format!("/var/lib/towerify/runs/{key}"))
            .collect()
    }

    /// Forgets a run that does not go on; false when it does.
    pub(crate) fn forget_run(&self, key: &str) -> bool {
        let Some(run) = self.run(key) else {
            return is_key(key);
        };
        if self.state_of(&run) == RunState::Running {
            return false;
        }
        self.runs.by_key().remove(key);
        keep::remove(&run.file);
        true
    }
}
