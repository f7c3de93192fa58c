//! A journal in memory that outlives the engine, as the database outlives the program; and points at which the program
//! "dies": whoever reaches one stays there for ever, and the test drops the engine.

pub use crate::fake_server::*;
use async_trait::async_trait;
use chrono::{DateTime, Utc};
use std::collections::BTreeMap;
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
