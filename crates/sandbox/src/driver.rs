//! The driver's protocol, spoken by the server itself: what `crates/driver/src/driver.py` would answer there.

use std::{
    collections::{BTreeMap, VecDeque},
    io,
    sync::Arc,
    time::Duration,
};

use serde_json::{Map, Value, json};
use tokio::{
    io::{AsyncBufRead, AsyncReadExt, AsyncWrite},
    sync::mpsc,
    task::{AbortHandle, JoinSet},
};

use crate::{
    actions::{Answer, Refusal},
    door::{self, Door},
    gate::{self, Allowed},
    machine::{Asked, Machine, Run, RunState, Started, Wish},
    sudo::sudo,
    words::Locale,
};

/// The longest request line, in bytes.
const LINE: usize = 1 << 20;
/// Results beyond this many characters come in parts.
const PART: usize = 1 << 18;
/// How many reads are done at once.
const READERS: usize = 4;
/// The largest program that is taken.
const PROGRAM: usize = 4 << 20;

/// Whether a command line is the driver's bootstrap.
pub(crate) fn is_bootstrap(command: &str) -> bool {
    command.contains("python3 -I -c")
}

/// Whether it goes through sudo with a password on standard input.
pub(crate) fn wants_sudo(command: &str) -> bool {
    command.contains("sudo -S")
}

/// Runs the bootstrap, and then the conversation, to its end. Gives the exit status.
pub(crate) async fn run<R, O, E>(
    machine: Arc<Machine>,
    user: &str,
    command: &str,
    mut input: R,
    mut door: Door<O, E>,
) -> io::Result<u32>
where
    R: AsyncBufRead + Unpin,
    O: AsyncWrite + Unpin,
    E: AsyncWrite + Unpin,
{
    let mut root = user == "root";
    if wants_sudo(command) && !root {
        if !sudo(&machine, user, &mut input, &mut door).await? {
            return Ok(1);
        }
        root = true;
    }
    tokio::io::AsyncWriteExt::write_all(&mut door.out, b"go\n").await?;
    tokio::io::AsyncWriteExt::flush(&mut door.out).await?;
    let Some(Ok(length)) = door::line(&mut input, 32).await? else {
        return Ok(1);
    };
    let length: Option<usize> = std::str::from_utf8(&length)
        .ok()
        .and_then(|text| text.trim().parse().ok());
    let Some(length) = length.filter(|length| *length <= PROGRAM) else {
        door.complain("ValueError: invalid literal for int() with base 10\n")
            .await?;
        return Ok(1);
    };
    let mut program = vec![0; length];
    input.read_exact(&mut program).await?;
    drop(program);
    if !root {
        let mut facts = machine.facts();
        if let Some(facts) = facts.as_object_mut() {
            facts.insert("uid".to_owned(), 1_007.into());
        }
        door.answer(&line_of(ready(
            false,
            Some("root_required"),
            facts,
            &machine,
        )))
        .await?;
        return Ok(0);
    }
    converse(machine, user, input, door).await
}

/// Runs a conversation through a gate, or turns away who asks for anything else. Gives the exit status.
pub(crate) async fn through_gate<R, O, E>(
    machine: Arc<Machine>,
    user: &str,
    command: &str,
    input: R,
    mut door: Door<O, E>,
) -> io::Result<u32>
where
    R: AsyncBufRead + Unpin,
    O: AsyncWrite + Unpin,
    E: AsyncWrite + Unpin,
{
    if gate::is_command(command) {
        return converse(machine, user, input, door).await;
    }
    door.answer(&line_of(gate::turned_away())).await?;
    Ok(77)
}

fn ready(ok: bool, key: Option<&str>, facts: Value, machine: &Machine) -> Value {
    let mut event = Map::from_iter([
        ("event".to_owned(), Value::from("ready")),
        ("ok".to_owned(), ok.into()),
    ]);
    if let Some(key) = key {
        event.insert("key".to_owned(), key.into());
    } else {
        let absent = !machine.is_installed();
        let error = absent.then_some("ModuleNotFoundError(\"No module named 'moulinette'\")");
        event.insert("yunohost_error".to_owned(), error.into());
    }
    if let Value::Object(facts) = facts {
        event.extend(facts);
    }
    Value::Object(event)
}

fn line_of(event: Value) -> Vec<u8> {
    let mut line = event.to_string().into_bytes();
    line.push(b'\n');
    line
}

/// A conversation's replies on their way out.
#[derive(Clone)]
struct Say(mpsc::Sender<Value>);

impl Say {
    async fn event(&self, id: &Value, event: Value) {
        let mut said = Map::from_iter([("id".to_owned(), id.clone())]);
        if let Value::Object(event) = event {
            said.extend(event);
        }
        // A client that went away is noticed by the writer.
        let _ = self.0.send(Value::Object(said)).await;
    }

    async fn ok(&self, id: &Value, result: Value) {
        self.event(id, json!({"event": "result", "ok": true, "result": result}))
            .await;
    }

    /// Says goodbye, and hears the client out: what it still sends is not begun.
    async fn goodbye<R: AsyncBufRead + Unpin>(&self, input: &mut R) -> io::Result<()> {
        let bye = json!({"event": "bye", "key": "upgraded"});
        // A client that went away is noticed by the writer.
        let _ = self.0.send(bye).await;
        let mut nowhere = tokio::io::sink();
        let rest = tokio::io::copy(input, &mut nowhere);
        let _ = tokio::time::timeout(Duration::from_secs(1), rest).await;
        Ok(())
    }

    async fn fail(&self, id: &Value, key: &str, message: impl Into<String>) {
        let message: String = message.into();
        self.event(
            id,
            json!({"event": "result", "ok": false, "key": key, "message": message}),
        )
        .await;
    }
}

async fn converse<R, O, E>(
    machine: Arc<Machine>,
    user: &str,
    input: R,
    mut door: Door<O, E>,
) -> io::Result<u32>
where
    R: AsyncBufRead + Unpin,
    O: AsyncWrite + Unpin,
    E: AsyncWrite + Unpin,
{
    let mut first = ready(true, None, machine.facts(), &machine);
    let gate = machine.gate(user);
    if let (Some(gate), Some(first)) = (gate, first.as_object_mut()) {
        first.insert("gate".to_owned(), gate);
    }
    door.answer(&line_of(first)).await?;
    let (sender, mut replies) = mpsc::channel(64);
    let requests = requests(Arc::clone(&machine), user, input, Say(sender));
    // Ends when all that was asked is answered, or when the client is gone.
    let (_, ended) = tokio::join!(requests, async move {
        while let Some(reply) = replies.recv().await {
            door.answer(&line_of(reply)).await?;
        }
        Ok(0)
    });
    ended
}

async fn requests<R: AsyncBufRead + Unpin>(
    machine: Arc<Machine>,
    user: &str,
    mut input: R,
    say: Say,
) -> io::Result<()> {
    let mut tasks: JoinSet<()> = JoinSet::new();
    let mut follows: BTreeMap<String, AbortHandle> = BTreeMap::new();
    let had_yunohost = machine.is_installed();
    let mut look = tokio::time::interval(Duration::from_millis(100));
    let readers = Arc::new(tokio::sync::Semaphore::new(READERS));
    let behind_gate = machine.gate(user).is_some();
    let longest = if behind_gate { gate::LINE } else { LINE };
    loop {
        let line = {
            let mut reading = std::pin::pin!(door::line(&mut input, longest));
            loop {
                tokio::select! {
                    line = &mut reading => break Some(line),
                    () = say.0.closed() => return Ok(()),
                    Some(_) = tasks.join_next() => {}
                    _ = look.tick() => {}
                }
                // YunoHost has come under a driver that has none (the driver's rule 7).
                if tasks.is_empty() && machine.is_installed() != had_yunohost {
                    break None;
                }
            }
        };
        let Some(line) = line else {
            return say.goodbye(&mut input).await;
        };
        // A connection that broke ends the conversation; runs go on.
        let Ok(Some(line)) = line else { break };
        let Ok(line) = line else {
            say.fail(
                &Value::Null,
                "too_long",
                format!("a line may have {longest} bytes"),
            )
            .await;
            continue;
        };
        if line.iter().all(u8::is_ascii_whitespace) {
            continue;
        }
        let request = serde_json::from_slice::<Value>(&line)
            .ok()
            .filter(|request| request.get("id").is_some());
        let Some(mut request) = request else {
            say.fail(&Value::Null, "bad_request", "not a JSON request with an id")
                .await;
            continue;
        };
        let mut allowed = None;
        if behind_gate {
            if machine.gate(user).is_none() {
                return Ok(()); // taken away meanwhile
            }
            match machine.decide(user, &mut request) {
                Ok(filter) => allowed = filter,
                Err(reason) => {
                    let message = format!("Towerify's gate refused this: {reason}.");
                    say.fail(at(&request, "id"), "gate_refused", message).await;
                    continue;
                }
            }
        }
        let id = at(&request, "id").clone();
        if machine.is_installed() != had_yunohost
            && task(&request).is_none()
            && is_for_yunohost(&request)
        {
            // What is not answered is asked again of the next driver.
            while tasks.join_next().await.is_some() {}
            return say.goodbye(&mut input).await;
        }
        let (machine, say) = (Arc::clone(&machine), say.clone());
        match at(&request, "op").as_str().unwrap_or("read") {
            "facts" => say.ok(&id, machine.facts()).await,
            "ping" => say.ok(&id, Value::Null).await,
            "lock" => {
                let holder: Value = machine.lock_holder().into();
                let shown = if behind_gate {
                    gate::about_lock(holder)
                } else {
                    holder
                };
                say.ok(&id, shown).await;
            }
            "runs" => say.ok(&id, machine.runs(user)).await,
            "forget" => {
                let key = at(&request, "run").as_str().unwrap_or_default();
                // What one does not know of is forgotten already.
                let unknown = machine
                    .run(key)
                    .is_some_and(|run| !machine.knows(user, &run));
                if unknown || machine.forget_run(key) {
                    say.ok(&id, Value::Null).await;
                } else {
                    say.fail(&id, "run_running", key).await;
                }
            }
            "stop" => {
                if let Some(follow) = follows.remove(&at(&request, "of").to_string()) {
                    follow.abort();
                }
                say.ok(&id, Value::Null).await;
            }
            "follow" => {
                let key = at(&request, "run").as_str().unwrap_or_default();
                let Some(run) = machine.run(key).filter(|run| machine.knows(user, run)) else {
                    say.fail(&id, "run_unknown", key).await;
                    continue;
                };
                let from = at(&request, "from").as_u64().unwrap_or(0);
                let follow = tasks.spawn(follow(machine, run, id.clone(), from, say));
                follows.insert(id.to_string(), follow);
            }
            "read" | "start" | "units" if task(&request).is_none() && !machine.is_installed() => {
                say.fail(
                    &id,
                    "no_yunohost",
                    "YunoHost is not installed on this server",
                )
                .await;
            }
            "units" => {
                let units = machine.units(locale(&request));
                let shown = match allowed {
                    Some(allowed) => allowed.shown(units),
                    None => units,
                };
                say.ok(&id, shown).await;
            }
            "read" => {
                let readers = Arc::clone(&readers);
                tasks.spawn(async move {
                    let _place = readers.acquire_owned().await;
                    read(&machine, &request, allowed, &say).await;
                });
            }
            "start" => {
                if let Some((run, id)) = start(&machine, user, &request, &say).await {
                    let follow = tasks.spawn(follow(machine, run, id.clone(), 0, say));
                    follows.insert(id.to_string(), follow);
                }
            }
            _ => say.fail(&id, "bad_request", "unknown op").await,
        }
    }
    while tasks.join_next().await.is_some() {}
    Ok(())
}

/// Whether a request is one that YunoHost answers.
fn is_for_yunohost(request: &Value) -> bool {
    let operation = at(request, "op").as_str().unwrap_or("read");
    matches!(operation, "read" | "start" | "units")
}

/// A field of a request; null when it is not there.
fn at<'r>(request: &'r Value, name: &str) -> &'r Value {
    request.get(name).unwrap_or(&Value::Null)
}

fn locale(request: &Value) -> Locale {
    Locale::from_code(at(request, "locale").as_str().unwrap_or("en"))
}

/// The machine task that a request carries in place of an action. One without a program is none.
fn task(request: &Value) -> Option<Asked> {
    let task = request.get("task")?;
    at(task, "program").as_str()?;
    Some(Asked {
        name: at(task, "name").as_str()?.to_owned(),
        arguments: at(task, "arguments").clone(),
    })
}

fn argv(request: &Value) -> Option<Vec<String>> {
    let words = at(request, "argv").as_array()?;
    let words: Option<Vec<String>> = words
        .iter()
        .map(|word| word.as_str().map(str::to_owned))
        .collect();
    words.filter(|words| !words.is_empty())
}

async fn read(machine: &Machine, request: &Value, allowed: Option<Allowed>, say: &Say) {
    let id = at(request, "id");
    let task = task(request);
    let Some(argv) = argv(request).or(task.as_ref().map(|_| Vec::new())) else {
        return say
            .fail(id, "bad_request", "argv must be a list of texts")
            .await;
    };
    let reading = async {
        match &task {
            Some(task) => machine.read_task(task).await.map(Answer::from),
            None => machine.read(&argv, locale(request)).await,
        }
    };
    let limit = Duration::from_secs_f64(
        at(request, "limit")
            .as_f64()
            .unwrap_or(60.0)
            .clamp(0.0, 600.0),
    );
    let began = tokio::time::Instant::now();
    let Ok(answer) = tokio::time::timeout(limit, reading).await else {
        return say
            .fail(id, "read_timeout", "the read took longer than its limit")
            .await;
    };
    let ms = began.elapsed().as_secs_f64() * 1_000.0;
    match answer {
        Ok(mut answer) => {
            if let Some(allowed) = allowed {
                answer.value = allowed.shown(answer.value);
            }
            give(id, answer, ms, say).await;
        }
        Err(refusal) => say.event(id, refused(&refusal, ms)).await,
    }
}

fn refused(refusal: &Refusal, ms: f64) -> Value {
    let mut event = Map::new();
    if refusal.validation {
        event.insert("operation".to_owned(), Value::Null);
        event.insert("validation".to_owned(), true.into());
    }
    let rest = json!({"event": "result", "ok": false, "key": refusal.key, "message": refusal.message, "ms": ms});
    if let Value::Object(rest) = rest {
        event.extend(rest);
    }
    Value::Object(event)
}

/// A result whole, or in parts of at most 256 Ki characters.
async fn give(id: &Value, answer: Answer, ms: f64, say: &Say) {
    for message in answer.warnings {
        say.event(
            id,
            json!({"event": "log", "level": "warning", "message": message}),
        )
        .await;
    }
    let text = answer.value.to_string();
    if text.len() <= PART {
        return say
            .event(
                id,
                json!({"event": "result", "ok": true, "result": answer.value, "ms": ms}),
            )
            .await;
    }
    let mut parts = 0;
    let mut rest: VecDeque<char> = text.chars().collect();
    while !rest.is_empty() {
        let part: String = rest.drain(..PART.min(rest.len())).collect();
        say.event(id, json!({"event": "part", "text": part})).await;
        parts += 1;
    }
    say.event(
        id,
        json!({"event": "result", "ok": true, "parts": parts, "ms": ms}),
    )
    .await;
}

async fn start(
    machine: &Arc<Machine>,
    user: &str,
    request: &Value,
    say: &Say,
) -> Option<(Arc<Run>, Value)> {
    let id = at(request, "id").clone();
    let task = task(request);
    let named = |task: &Asked| vec!["machine".to_owned(), task.name.clone()];
    let Some(argv) = argv(request).or(task.as_ref().map(named)) else {
        say.fail(&id, "bad_request", "argv must be a list of texts")
            .await;
        return None;
    };
    let wait = Duration::from_secs_f64(
        at(request, "lock_wait")
            .as_f64()
            .unwrap_or(5.0)
            .clamp(0.0, 86_400.0),
    );
    let key = at(request, "run").as_str().unwrap_or_default();
    // What frees space must not need any: its spool is in memory.
    let in_memory = at(request, "spool").as_str() == Some("run");
    let wish = Wish {
        argv,
        task,
        locale: locale(request),
        lock_wait: wait,
        by: user.to_owned(),
    };
    match machine.start(key, wish, in_memory) {
        Started::New(run, pid) => {
            say.event(
                &id,
                json!({"event": "started", "run": key, "pid": pid, "scope": true}),
            )
            .await;
            Some((run, id))
        }
        Started::Same(run) if machine.knows(user, &run) => Some((run, id)),
        Started::Same(_) => {
            say.fail(&id, "run_unknown", key).await;
            None
        }
        Started::Refused(key, message) => {
            say.fail(&id, key, message).await;
            None
        }
    }
}

/// Tells a run's events after `from`, then its outcome, or that nobody knows it.
async fn follow(machine: Arc<Machine>, run: Arc<Run>, id: Value, mut from: u64, say: Say) {
    let mut written = run.watch();
    loop {
        written.mark_unchanged();
        // The state before the events: no lost tail.
        let state = machine.state_of(&run);
        let (events, outcome) = run.since(from);
        for event in events {
            from = at(&event, "n").as_u64().unwrap_or(from).max(from);
            say.event(&id, of_run(&run, event)).await;
        }
        if let Some(outcome) = outcome {
            return say.event(&id, of_run(&run, outcome)).await;
        }
        if state != RunState::Running {
            let lost = json!({
                "event": "result", "ok": null, "key": state.word(), "message": "no outcome was written",
                "operations": machine.operations_since(run.began_at()),
            });
            return say.event(&id, of_run(&run, lost)).await;
        }
        if written.changed().await.is_err() {
            return;
        }
    }
}

fn of_run(run: &Run, event: Value) -> Value {
    let mut said = Map::from_iter([("run".to_owned(), Value::from(run.key.as_str()))]);
    if let Value::Object(event) = event {
        said.extend(event);
    }
    Value::Object(said)
}
