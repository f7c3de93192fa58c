//! A journal in memory that outlives the engine, as the database outlives the program; a server that counts effects;
//! and points at which the program "dies": whoever reaches one stays there for ever, and the test drops the engine.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use serde_json::json;
use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::sync::Notify;
use towerify_domain::Words;
use towerify_domain::id::{RunId, ServerId};
use towerify_domain::run::{RunKind, RunState, StepState, TraceLine, Way, Wish};
use towerify_runs::*;
use uuid::Uuid;

pub type TestEngine = Engine<MemoryJournal>;

pub fn run(n: u128) -> RunId {
    RunId::from_uuid(Uuid::from_u128(n))
}

pub fn server(n: u128) -> ServerId {
    ServerId::from_uuid(Uuid::from_u128(n))
}

pub fn words(text: &str) -> Words {
    Words::same(text)
}

pub fn problem(code: &str) -> Problem {
    Problem::new(code, words(code))
}

pub fn engine(journal: &MemoryJournal) -> TestEngine {
    engine_with(journal, Limits::default())
}

pub fn engine_with(journal: &MemoryJournal, limits: Limits) -> TestEngine {
    let clock: Clock = Arc::new(|| DateTime::<Utc>::UNIX_EPOCH);
    Engine::new(journal.clone(), clock, limits)
}

pub fn order(id: RunId, on: Option<ServerId>, plan: Plan) -> Order<String> {
    Order {
        run: id,
        kind: RunKind::AppInstall,
        server: on,
        plan,
        about: "begun by Camille Morvan".into(),
    }
}

/// A place where the program dies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Point {
    RunBegun,
    RunIsRunning,
    BeforeStepBegun(u16),
    AfterStepBegun(u16),
    BeforeEffect(u16),
    AfterEffect(u16),
    BeforeUndo(u16),
    AfterUndo(u16),
    BeforeStepEnded(u16),
    AfterStepEnded(u16),
    BeforeRunEnded,
    AfterRunEnded,
}

impl Point {
    /// Every point of a run of so many steps.
    pub fn every(steps: u16) -> Vec<Self> {
        let mut points = vec![Self::RunBegun, Self::RunIsRunning];
        for step in 0..steps {
            points.extend([
                Self::BeforeStepBegun(step),
                Self::AfterStepBegun(step),
                Self::BeforeEffect(step),
                Self::AfterEffect(step),
                Self::BeforeStepEnded(step),
                Self::AfterStepEnded(step),
            ]);
        }
        points.extend([Self::BeforeRunEnded, Self::AfterRunEnded]);
        points
    }

    /// Every point of undoing a run of so many steps.
    pub fn every_back(steps: u16) -> Vec<Self> {
        Self::every(steps)
            .into_iter()
            .map(|point| match point {
                Self::BeforeEffect(step) => Self::BeforeUndo(step),
                Self::AfterEffect(step) => Self::AfterUndo(step),
                point => point,
            })
            .collect()
    }
}

/// Where the program dies next, if anywhere.
#[derive(Clone, Default)]
pub struct Death(Arc<(Mutex<Option<Point>>, Notify)>);

impl Death {
    pub fn at(&self, point: Point) {
        *self.0.0.lock().unwrap() = Some(point);
    }

    pub fn nowhere(&self) {
        *self.0.0.lock().unwrap() = None;
    }

    /// Passes, or, at the chosen point, says so and never goes on.
    pub async fn pass(&self, point: Point) {
        let here = *self.0.0.lock().unwrap() == Some(point);
        if here {
            self.0.1.notify_one();
            std::future::pending::<()>().await;
        }
    }

    /// Waits until the chosen point is reached.
    pub async fn reached(&self) {
        tokio::time::timeout(Duration::from_secs(5), self.0.1.notified())
            .await
            .expect("the point is never reached");
    }
}

#[derive(Debug, Clone, Default)]
pub struct Kept {
    pub state: Option<RunState>,
    pub back: bool,
    pub wish: Option<Wish>,
    pub about: String,
    pub steps: Vec<StandingStep>,
    pub begun: Vec<u16>,
    pub lines: Vec<TraceLine>,
    pub batches: Vec<usize>,
    pub end: Option<RunEnd>,
}

#[derive(Clone, Default)]
pub struct MemoryJournal {
    pub runs: Arc<Mutex<BTreeMap<RunId, Kept>>>,
    pub death: Death,
    /// How many of the next writes of traces fail.
    pub failing_traces: Arc<Mutex<u32>>,
    /// Which call, by name, fails from now on.
    pub failing: Arc<Mutex<Option<&'static str>>>,
}

impl MemoryJournal {
    pub fn kept(&self, id: RunId) -> Kept {
        self.runs
            .lock()
            .unwrap()
            .get(&id)
            .cloned()
            .unwrap_or_default()
    }

    pub fn step_states(&self, id: RunId) -> Vec<StepState> {
        self.kept(id).steps.iter().map(|step| step.state).collect()
    }

    pub fn said(&self, id: RunId) -> Vec<String> {
        self.kept(id)
            .lines
            .iter()
            .map(|line| format!("{} {}", line.sign.text(), line.text))
            .collect()
    }

    fn change(
        &self,
        call: &str,
        id: RunId,
        change: impl FnOnce(&mut Kept),
    ) -> Result<(), JournalError> {
        if *self.failing.lock().unwrap() == Some(call) {
            return Err(JournalError::new("the disk is full"));
        }
        change(self.runs.lock().unwrap().entry(id).or_default());
        Ok(())
    }
}

#[async_trait]
impl Journal for MemoryJournal {
    type About = String;

    async fn run_begun(&self, begun: RunBegun<'_, String>) -> Result<(), JournalError> {
        self.change("run_begun", begun.run, |kept| {
            kept.state = Some(RunState::Waiting);
            kept.about.clone_from(begun.about);
            kept.steps = begun
                .steps
                .iter()
                .map(|step| StandingStep {
                    name: step.name.clone(),
                    state: StepState::Waiting,
                    attempt: 0,
                    observation: None,
                })
                .collect();
        })
    }

    async fn run_is(&self, id: RunId, state: RunState) -> Result<(), JournalError> {
        self.death.pass(Point::RunBegun).await;
        self.change("run_is", id, |kept| {
            assert!(kept.end.is_none(), "a run that is over is reopened first");
            kept.state = Some(state);
            if state == RunState::Paused {
                kept.wish = None;
            }
        })?;
        self.death.pass(Point::RunIsRunning).await;
        Ok(())
    }

    async fn run_wished(&self, id: RunId, wish: Option<Wish>) -> Result<(), JournalError> {
        self.change("run_wished", id, |kept| {
            if kept.end.is_none() {
                kept.wish = wish;
            }
        })
    }

    async fn run_reopened(&self, id: RunId, way: Way) -> Result<(), JournalError> {
        self.change("run_reopened", id, |kept| {
            kept.state = Some(RunState::Waiting);
            kept.back = way == Way::Back;
            (kept.end, kept.wish) = (None, None);
            for step in kept.steps.iter_mut().filter(|_| way == Way::Forward) {
                use StepState::{Failed, Skipped, Undone};
                if matches!(step.state, Failed | Skipped | Undone) {
                    step.state = StepState::Waiting;
                }
            }
        })
    }

    async fn step_begun(
        &self,
        id: RunId,
        step: u16,
        attempt: u16,
        _at: DateTime<Utc>,
    ) -> Result<(), JournalError> {
        self.death.pass(Point::BeforeStepBegun(step)).await;
        self.change("step_begun", id, |kept| {
            kept.steps[usize::from(step)].state = StepState::Running;
            kept.steps[usize::from(step)].attempt = attempt;
            kept.begun.push(step);
        })?;
        self.death.pass(Point::AfterStepBegun(step)).await;
        Ok(())
    }

    async fn step_ended(&self, id: RunId, step: u16, end: &StepEnd) -> Result<(), JournalError> {
        self.death.pass(Point::BeforeStepEnded(step)).await;
        self.change("step_ended", id, |kept| {
            kept.steps[usize::from(step)].state = end.state;
            kept.steps[usize::from(step)]
                .observation
                .clone_from(&end.observation);
        })?;
        self.death.pass(Point::AfterStepEnded(step)).await;
        Ok(())
    }

    async fn trace(&self, id: RunId, lines: &[NewLine]) -> Result<Vec<TraceLine>, JournalError> {
        {
            let mut failing = self.failing_traces.lock().unwrap();
            if *failing > 0 {
                *failing -= 1;
                return Err(JournalError::new("the disk is busy"));
            }
        }
        let mut kept_lines = Vec::new();
        self.change("trace", id, |kept| {
            for line in lines {
                let n = u32::try_from(kept.lines.len()).unwrap() + 1;
                let line = TraceLine {
                    n,
                    at: line.at,
                    step: line.step,
                    sign: line.sign,
                    text: line.text.clone(),
                };
                kept.lines.push(line.clone());
                kept_lines.push(line);
            }
            kept.batches.push(lines.len());
        })?;
        Ok(kept_lines)
    }

    async fn run_ended(&self, id: RunId, end: &RunEnd) -> Result<(), JournalError> {
        self.death.pass(Point::BeforeRunEnded).await;
        self.change("run_ended", id, |kept| {
            kept.state = Some(end.state);
            kept.end = Some(end.clone());
            kept.wish = None;
            for step in &mut kept.steps {
                if step.state == StepState::Waiting {
                    step.state = StepState::Skipped;
                }
            }
        })?;
        self.death.pass(Point::AfterRunEnded).await;
        Ok(())
    }

    async fn standing(&self, id: RunId) -> Result<Option<Standing>, JournalError> {
        let runs = self.runs.lock().unwrap();
        Ok(runs.get(&id).map(|kept| Standing {
            state: kept.state.unwrap(),
            way: if kept.back { Way::Back } else { Way::Forward },
            wish: kept.wish,
            steps: kept.steps.clone(),
        }))
    }

    async fn open_runs(&self) -> Result<Vec<RunId>, JournalError> {
        let runs = self.runs.lock().unwrap();
        Ok(runs
            .iter()
            .filter(|(_, kept)| kept.end.is_none())
            .map(|(id, _)| *id)
            .collect())
    }
}

/// What the server does with an act.
#[derive(Debug, Clone, PartialEq)]
pub enum Behaviour {
    Works,
    /// Takes effect, and the answer is lost.
    WorksUnseen,
    /// Nothing happens, and the answer is lost.
    Lost,
    Passing,
    Fails,
    /// Fails, the answer is lost, and the server remembers that it failed.
    FailsUnseen,
    Hangs,
    Panics,
    /// Goes on until it is cancelled, then leaves nothing behind.
    StopsWhenAsked,
}

/// The server: counts the effects of each key. It deduplicates nothing: doing it once is up to the engine.
#[derive(Clone, Default)]
pub struct FakeServer {
    pub effects: Arc<Mutex<BTreeMap<String, u32>>>,
    /// What the next acts of each step meet; then it works.
    pub behaviour: Arc<Mutex<BTreeMap<String, VecDeque<Behaviour>>>>,
    /// How many of the next probes meet no answer.
    pub silent_probes: Arc<Mutex<u32>>,
    /// The keys whose act failed, as the server remembers it.
    pub refused: Arc<Mutex<Vec<String>>>,
    /// How many acts are going on, and the most that were.
    pub going: Arc<Mutex<(u32, u32)>>,
    /// In which order acts began.
    pub order: Arc<Mutex<Vec<String>>>,
    /// The keys under which something was undone, each once.
    pub undone: Arc<Mutex<Vec<String>>>,
    /// A second act under a key is no second effect, as with a driver.
    pub knows_keys: Arc<Mutex<bool>>,
    pub death: Death,
}

impl FakeServer {
    pub fn will(&self, step: &str, behaviour: impl IntoIterator<Item = Behaviour>) {
        self.behaviour
            .lock()
            .unwrap()
            .entry(step.into())
            .or_default()
            .extend(behaviour);
    }

    fn next(&self, step: &str) -> Behaviour {
        let mut behaviour = self.behaviour.lock().unwrap();
        behaviour
            .get_mut(step)
            .and_then(VecDeque::pop_front)
            .unwrap_or(Behaviour::Works)
    }

    fn effect(&self, key: &str) {
        let knows_keys = *self.knows_keys.lock().unwrap();
        let mut effects = self.effects.lock().unwrap();
        let count = effects.entry(key.into()).or_default();
        *count = if knows_keys { 1 } else { *count + 1 };
    }

    pub fn effects_of(&self, id: RunId, steps: u16) -> Vec<u32> {
        let effects = self.effects.lock().unwrap();
        (0..steps)
            .map(|step| {
                let of_step =
                    |key: &str| key_parts(key).is_some_and(|(run, n, _)| (run, n) == (id, step));
                effects
                    .iter()
                    .filter(|(key, _)| of_step(key))
                    .map(|(_, count)| count)
                    .sum()
            })
            .collect()
    }

    /// The steps that were undone, in this order, with the attempt.
    pub fn undone(&self) -> Vec<(u16, u16)> {
        let undone = self.undone.lock().unwrap();
        undone
            .iter()
            .map(|key| {
                key_parts(key)
                    .map(|(_, step, attempt)| (step, attempt))
                    .unwrap()
            })
            .collect()
    }
}

pub struct FakeStep {
    pub name: String,
    pub server: FakeServer,
    pub retry: Retry,
    pub time_out: Duration,
    pub takes: Duration,
    pub probe_first: bool,
    pub can_undo: bool,
}

impl FakeStep {
    pub fn new(name: &str, server: &FakeServer) -> Self {
        Self {
            name: name.into(),
            server: server.clone(),
            retry: Retry::NEVER,
            time_out: Duration::from_secs(30),
            takes: Duration::ZERO,
            probe_first: false,
            can_undo: false,
        }
    }

    pub fn that_can_be_undone(name: &str, server: &FakeServer) -> Self {
        Self {
            can_undo: true,
            ..Self::new(name, server)
        }
    }
}

/// Three steps: create a user, install an app, give access.
pub fn plan(server: &FakeServer) -> Plan {
    Plan::new(words("Install"))
        .then(FakeStep::new("user", server))
        .then(FakeStep::new("app", server))
        .then(FakeStep::new("access", server))
}

#[async_trait]
impl Step for FakeStep {
    fn name(&self) -> &str {
        &self.name
    }

    fn intent(&self) -> Words {
        words(&self.name)
    }

    fn time_out(&self) -> Duration {
        self.time_out
    }

    fn retry(&self) -> Retry {
        self.retry
    }

    fn probe_first(&self) -> bool {
        self.probe_first
    }

    async fn probe(&self, context: &Context) -> Result<Probe, StepError> {
        {
            let mut silent = self.server.silent_probes.lock().unwrap();
            if *silent > 0 {
                *silent -= 1;
                return Err(StepError::Passing(problem("no_answer")));
            }
        }
        if self.server.refused.lock().unwrap().contains(&context.key()) {
            return Ok(Probe::Failed(problem("user_unknown")));
        }
        let there = self
            .server
            .effects
            .lock()
            .unwrap()
            .contains_key(&context.key());
        Ok(if there {
            Probe::Done(Observation::said(words("found done")))
        } else {
            Probe::NotDone
        })
    }

    async fn act(&self, context: &Context) -> Result<Observation, StepError> {
        let key = context.key();
        let server = &self.server;
        server.order.lock().unwrap().push(key.clone());
        server.death.pass(Point::BeforeEffect(context.step())).await;
        {
            let mut going = server.going.lock().unwrap();
            going.0 += 1;
            going.1 = going.1.max(going.0);
        }
        tokio::time::sleep(self.takes).await;
        server.going.lock().unwrap().0 -= 1;
        match server.next(&self.name) {
            Behaviour::Works => {}
            Behaviour::WorksUnseen => {
                server.effect(&key);
                return Err(StepError::Unknown(problem("connection_cut")));
            }
            Behaviour::Lost => return Err(StepError::Unknown(problem("connection_cut"))),
            Behaviour::Passing => return Err(StepError::Passing(problem("lock_held"))),
            Behaviour::Fails => return Err(StepError::Failed(problem("user_unknown"))),
            Behaviour::FailsUnseen => {
                server.refused.lock().unwrap().push(key);
                return Err(StepError::Unknown(problem("connection_cut")));
            }
            Behaviour::Hangs => std::future::pending().await,
            Behaviour::Panics => panic!("a defect"),
            Behaviour::StopsWhenAsked => {
                context.cancelled().cancelled().await;
                return Err(StepError::Cancelled);
            }
        }
        server.effect(&key);
        server.death.pass(Point::AfterEffect(context.step())).await;
        let seen = context
            .observed("user")
            .map(|before| before.words.en.clone());
        Ok(Observation::with(
            words(&format!("{} done", self.name)),
            json!({ "user": seen }),
        ))
    }

    fn can_undo(&self) -> bool {
        self.can_undo
    }

    async fn undo(&self, context: &Context) -> Result<Observation, StepError> {
        let (key, server) = (context.key(), &self.server);
        server.death.pass(Point::BeforeUndo(context.step())).await;
        tokio::time::sleep(self.takes).await;
        match server.next(&format!("undo {}", self.name)) {
            Behaviour::Passing => return Err(StepError::Passing(problem("lock_held"))),
            Behaviour::Lost => return Err(StepError::Unknown(problem("connection_cut"))),
            Behaviour::Fails => return Err(StepError::Failed(problem("in_use"))),
            Behaviour::Panics => panic!("a defect"),
            _ => {}
        }
        {
            let mut undone = server.undone.lock().unwrap();
            if !undone.contains(&key) {
                undone.push(key);
            }
        }
        server.death.pass(Point::AfterUndo(context.step())).await;
        let was = context.observed(&self.name).map(|was| was.data.clone());
        Ok(Observation::with(
            words(&format!("{} undone", self.name)),
            json!({ "was": was }),
        ))
    }
}
