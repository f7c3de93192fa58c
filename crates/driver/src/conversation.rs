//! What can be asked of a server's driver.

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use towerify_machine::{PROGRAM, Task};
use towerify_yunohost::services::{Service, ShowServices};
use towerify_yunohost::{Action, Argv, Kind};

use crate::frame::holder;
use crate::link::{Link, Raw};
use crate::opening::{Reopen, begin};
use crate::{
    DriverError, Facts, Level, LockHolder, ProtocolFault, Result, RunRecord, RunStream, Start,
};

/// How long what needs no YunoHost (`ping`, `lock`, `runs`, …) may take.
const SMALL: Duration = Duration::from_secs(30);

/// The states of all services, as `service status` says them, but from systemd alone: `configuration` is not tested.
pub type Units = BTreeMap<String, Service>;

/// A conversation with one server. A clone is the same conversation; when the last clone and the last [`RunStream`]
/// are dropped, the driver on the server ends, and runs go on.
#[derive(Clone)]
pub struct Driver {
    inner: Arc<Inner>,
    /// That of this clone's requests.
    language: Arc<str>,
}

struct Inner {
    link: RwLock<Arc<Link>>,
    renewing: tokio::sync::Mutex<()>,
    start: Start,
    reopen: Option<Reopen>,
}

/// How to read.
#[derive(Debug, Clone)]
pub struct ReadOptions {
    /// The server ends the read after this long (at most ten minutes): a read can act, and can hang.
    pub limit: Duration,
    /// Another language than the conversation's.
    pub language: Option<String>,
}

impl Default for ReadOptions {
    fn default() -> Self {
        Self {
            limit: Duration::from_secs(60),
            language: None,
        }
    }
}

/// How to begin a run.
#[derive(Debug, Clone)]
pub struct StartOptions {
    /// How long to wait for YunoHost's lock before giving up with `instance_already_running`.
    pub lock_wait: Duration,
    /// Another language than the conversation's.
    pub language: Option<String>,
    /// For what frees space on a full disk: the run's notes are kept in memory (`/run`) and do not survive a restart.
    pub in_memory: bool,
}

impl Default for StartOptions {
    fn default() -> Self {
        Self {
            lock_wait: Duration::from_secs(60),
            language: None,
            in_memory: false,
        }
    }
}

/// A read's reply, and what was said meanwhile.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer<T> {
    /// The reply.
    pub reply: T,
    /// What YunoHost logged and printed (at most 200 lines).
    pub notes: Vec<Note>,
    /// How long the server took, in milliseconds.
    pub ms: f64,
}

/// Something that was said during a read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Note {
    /// A line of YunoHost's log.
    Log {
        /// How much it matters.
        level: Level,
        /// The text, at most 8 KiB.
        message: String,
    },
    /// Text that was printed.
    Output {
        /// The text, at most 64 KiB.
        text: String,
    },
}

impl Driver {
    pub(crate) fn new(link: Arc<Link>, start: Start, reopen: Option<Reopen>) -> Self {
        let renewing = tokio::sync::Mutex::new(());
        Self {
            language: Arc::from(start.language.as_str()),
            inner: Arc::new(Inner {
                link: RwLock::new(link),
                renewing,
                start,
                reopen,
            }),
        }
    }

    /// The same conversation, asked in this language from now on (`en`, `fr`): every request says its own.
    #[must_use]
    pub fn in_language(&self, language: &str) -> Self {
        Self {
            inner: Arc::clone(&self.inner),
            language: Arc::from(language),
        }
    }

    /// What the driver said of the machine when the conversation began.
    pub fn facts(&self) -> Arc<Facts> {
        Arc::clone(&self.link().facts)
    }

    /// The facts now: memory, disk and clock change.
    ///
    /// # Errors
    /// Those of the conversation; see [`DriverError`]. The same holds for all that follow.
    pub async fn ask_facts(&self) -> Result<Facts> {
        self.small("the facts", json!({"op": "facts"})).await
    }

    /// Asks a read. If the driver says goodbye before it answers, it is asked once more of a new one, when the
    /// conversation was opened so that this can be ([`crate::open_with`], [`crate::connect`]).
    ///
    /// # Errors
    /// [`DriverError::Refused`] with YunoHost's key; [`DriverError::Reply`] when the reply is not what the action
    /// answers; [`DriverError::NotARead`] when the action is declared as a write.
    pub async fn read<A: Action>(&self, action: &A) -> Result<A::Reply> {
        Ok(self.read_with(action, &ReadOptions::default()).await?.reply)
    }

    /// Like [`Driver::read`], with options, and with what was said meanwhile.
    ///
    /// # Errors
    /// Like [`Driver::read`].
    pub async fn read_with<A: Action>(
        &self,
        action: &A,
        options: &ReadOptions,
    ) -> Result<Answer<A::Reply>> {
        if A::DECLARATION.kind != Kind::Read {
            return Err(DriverError::NotARead);
        }
        let Answer { reply, notes, ms } = self.read_words(&action.argv(), options).await?;
        let reply = A::parse(reply).map_err(|error| DriverError::Reply(error.to_string()))?;
        Ok(Answer { reply, notes, ms })
    }

    /// Asks a read by its words, for what has no type. The driver refuses what is not a read.
    ///
    /// # Errors
    /// Like [`Driver::read`].
    pub async fn read_words(&self, words: &Argv, options: &ReadOptions) -> Result<Answer<Value>> {
        let request = || {
            json!({
                "op": "read",
                "argv": words.expose(),
                "locale": options.language.as_deref().unwrap_or(&self.language),
                "limit": options.limit.as_secs_f64(),
            })
        };
        self.ask_read(request, options).await
    }

    /// Asks a read of the machine beneath YunoHost, whether YunoHost is there or not.
    ///
    /// # Errors
    /// [`DriverError::Refused`] with a key of [`towerify_machine::refusal`]; else like [`Driver::read`].
    pub async fn read_task<T: Task>(&self, task: &T) -> Result<T::Reply> {
        self.read_task_with(task, &ReadOptions::default())
            .await
            .map(|answer| answer.reply)
    }

    /// Like [`Driver::read_task`], with options, and with what was said meanwhile. A preflight that asks the package
    /// sources takes minutes on a slow machine: give it a limit of 300 s.
    ///
    /// # Errors
    /// Like [`Driver::read_task`].
    pub async fn read_task_with<T: Task>(
        &self,
        task: &T,
        options: &ReadOptions,
    ) -> Result<Answer<T::Reply>> {
        if T::DECLARATION.kind != towerify_machine::Kind::Read {
            return Err(DriverError::NotARead);
        }
        let request = || {
            json!({
                "op": "read",
                "task": wire(task),
                "limit": options.limit.as_secs_f64(),
            })
        };
        let Answer { reply, notes, ms } = self.ask_read(request, options).await?;
        let reply = T::parse(reply).map_err(|error| DriverError::Reply(error.to_string()))?;
        Ok(Answer { reply, notes, ms })
    }

    async fn ask_read(
        &self,
        request: impl Fn() -> Value,
        options: &ReadOptions,
    ) -> Result<Answer<Value>> {
        // The server's own limit comes first; ours is for a server that does not keep it. A read may also wait for
        // others before it.
        let patience = options.limit * 2 + SMALL;
        let Raw { value, notes, ms } =
            self.ask_again("a read", request, patience)
                .await
                .map_err(|error| match error {
                    DriverError::Timeout { what, .. } => DriverError::Timeout {
                        what,
                        after: options.limit,
                    },
                    error => error,
                })?;
        Ok(Answer {
            reply: value,
            notes,
            ms,
        })
    }

    /// Begins a run and follows it. `run` is its key, made once by the caller: asking again with the same key never
    /// does the work twice, it follows. Listen for [`crate::RunEvent::Started`]: from then on the server goes on
    /// without us.
    ///
    /// # Errors
    /// [`DriverError::RunKey`], or the conversation's end. What the server refuses comes through the stream.
    pub async fn start<A: Action>(
        &self,
        run: &str,
        action: &A,
        options: &StartOptions,
    ) -> Result<RunStream> {
        self.start_words(run, &action.argv(), options).await
    }

    /// Like [`Driver::start`], by the action's words.
    ///
    /// # Errors
    /// Like [`Driver::start`].
    pub async fn start_words(
        &self,
        run: &str,
        words: &Argv,
        options: &StartOptions,
    ) -> Result<RunStream> {
        check_key(run)?;
        let mut request = json!({
            "op": "start",
            "run": run,
            "argv": words.expose(),
            "lock_wait": options.lock_wait.as_secs_f64(),
            "locale": options.language.as_deref().unwrap_or(&self.language),
        });
        if options.in_memory
            && let Some(request) = request.as_object_mut()
        {
            request.insert("spool".to_owned(), "run".into());
        }
        self.listen(run, request, 0).await
    }

    /// Begins a task of the machine as a run, as [`Driver::start`] begins an action: detached, kept, done once a key,
    /// followed. Its outcome's `result` is what [`Task::parse`] reads. It works without YunoHost.
    ///
    /// # Errors
    /// Like [`Driver::start`].
    pub async fn start_task<T: Task>(
        &self,
        run: &str,
        task: &T,
        options: &StartOptions,
    ) -> Result<RunStream> {
        check_key(run)?;
        let mut request = json!({
            "op": "start",
            "run": run,
            "task": wire(task),
            "lock_wait": options.lock_wait.as_secs_f64(),
        });
        if options.in_memory
            && let Some(request) = request.as_object_mut()
        {
            request.insert("spool".to_owned(), "run".into());
        }
        self.listen(run, request, 0).await
    }

    /// Follows a run from after event `from` (0: from its beginning), to its end.
    ///
    /// # Errors
    /// Like [`Driver::start`]; [`DriverError::RunUnknown`] comes through the stream.
    pub async fn follow(&self, run: &str, from: u64) -> Result<RunStream> {
        check_key(run)?;
        self.listen(run, json!({"op": "follow", "run": run, "from": from}), from)
            .await
    }

    /// The runs that the server keeps, by key.
    ///
    /// # Errors
    /// Those of the conversation.
    pub async fn runs(&self) -> Result<BTreeMap<String, RunRecord>> {
        self.small("the runs", json!({"op": "runs"})).await
    }

    /// Removes what the server keeps of a run that has ended. What is not there is forgotten already.
    ///
    /// # Errors
    /// [`DriverError::RunRunning`].
    pub async fn forget(&self, run: &str) -> Result<()> {
        check_key(run)?;
        let request = || json!({"op": "forget", "run": run});
        match self.ask_again("forgetting a run", request, SMALL).await {
            Err(DriverError::RunRunning(_)) => Err(DriverError::RunRunning(run.to_owned())),
            answer => answer.map(drop),
        }
    }

    /// Who holds YunoHost's lock, or left its file behind.
    ///
    /// # Errors
    /// Those of the conversation.
    pub async fn lock(&self) -> Result<Option<LockHolder>> {
        let Raw { value, .. } = self
            .ask_again("the lock", || json!({"op": "lock"}), SMALL)
            .await?;
        if value.is_null() {
            Ok(None)
        } else {
            holder(value).map(Some).map_err(DriverError::Protocol)
        }
    }

    /// The states of all services from one call of systemctl (17 ms, where `service status` takes 240–290 ms for
    /// its configuration tests).
    ///
    /// # Errors
    /// Those of a read.
    pub async fn units(&self) -> Result<Units> {
        let request = || json!({"op": "units", "locale": &*self.language});
        let Raw { value, .. } = self.ask_again("the services", request, SMALL).await?;
        let services =
            ShowServices::parse(value).map_err(|error| DriverError::Reply(error.to_string()))?;
        Ok(services.named(&[]))
    }

    /// Waits for a sign of life. The conversation does this by itself when it is silent.
    ///
    /// # Errors
    /// [`DriverError::Cut`], [`DriverError::Timeout`].
    pub async fn ping(&self) -> Result<()> {
        self.link()
            .ask("a ping", json!({"op": "ping"}), self.inner.start.silence)
            .await
            .map(drop)
    }

    /// Ends the conversation. Whoever still waits gets [`DriverError::Closed`]; runs go on.
    pub fn close(&self) {
        self.link().close();
    }

    /// True when the conversation is over: closed, cut, or ended by the driver.
    pub fn is_over(&self) -> bool {
        self.link().is_over()
    }

    fn link(&self) -> Arc<Link> {
        Arc::clone(
            &self
                .inner
                .link
                .read()
                .unwrap_or_else(PoisonError::into_inner),
        )
    }

    async fn small<T: DeserializeOwned>(&self, what: &'static str, request: Value) -> Result<T> {
        let Raw { value, .. } = self.ask_again(what, || request.clone(), SMALL).await?;
        serde_json::from_value(value).map_err(|_| DriverError::Protocol(ProtocolFault::NotAnEvent))
    }

    async fn listen(&self, run: &str, request: Value, from: u64) -> Result<RunStream> {
        let mut link = self.link();
        if link.is_over() {
            // Nothing was sent yet: a new driver may be asked without a doubt.
            link = self.renewed(&link).await?;
        }
        let (id, events) = link.listen(run, request, from).await?;
        Ok(RunStream::new(link, id, events, from))
    }

    /// For what changes nothing on the server: once more of a new driver, when the first said goodbye.
    async fn ask_again(
        &self,
        what: &'static str,
        request: impl Fn() -> Value,
        patience: Duration,
    ) -> Result<Raw> {
        let link = self.link();
        match link.ask(what, request(), patience).await {
            Err(DriverError::Bye(reason)) => match self.renewed(&link).await {
                Ok(link) => link.ask(what, request(), patience).await,
                Err(DriverError::Closed) => Err(DriverError::Bye(reason)),
                Err(error) => Err(error),
            },
            answer => answer,
        }
    }

    /// A new link in place of one that is over, made once however many ask for it.
    async fn renewed(&self, old: &Arc<Link>) -> Result<Arc<Link>> {
        let _one_at_a_time = self.inner.renewing.lock().await;
        let current = self.link();
        if !Arc::ptr_eq(&current, old) && !current.is_over() {
            return Ok(current);
        }
        let Some(reopen) = &self.inner.reopen else {
            return Err(old.end());
        };
        if matches!(old.end(), DriverError::Closed) {
            return Err(DriverError::Closed);
        }
        let new = begin(reopen().await?, &self.inner.start).await?;
        *self
            .inner
            .link
            .write()
            .unwrap_or_else(PoisonError::into_inner) = Arc::clone(&new);
        Ok(new)
    }
}

impl std::fmt::Debug for Driver {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Driver")
            .field("facts", &self.facts())
            .finish_non_exhaustive()
    }
}

/// A task as a request carries it: the program comes along, since nothing is installed on the machine.
fn wire<T: Task>(task: &T) -> Value {
    json!({
        "name": T::DECLARATION.name,
        "arguments": task.arguments().expose(),
        "locks": T::DECLARATION.locks,
        "program": PROGRAM,
    })
}

/// A run's key as the driver takes it: it becomes a folder's name on the server.
fn check_key(run: &str) -> Result<()> {
    let mut bytes = run.bytes();
    let good = (8..=64).contains(&run.len())
        && bytes
            .next()
            .is_some_and(|first| first.is_ascii_alphanumeric())
        && bytes.all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-');
    if good {
        Ok(())
    } else {
        Err(DriverError::RunKey)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_key_is_a_harmless_folder_name() {
        let check = |key: &str, good: bool| assert_eq!(check_key(key).is_ok(), good, "{key}");
        check("0190f3c2-7d1e-7aaa-8000-000000000001", true);
        check("run_0001", true);
        check("short", false);
        check("-run-0001", false);
        check("../../etc/x", false);
        check("run 0001", false);
        check("run-0001\n", false);
        check(&"a".repeat(65), false);
    }
}
