//! A server that counts the effects of what is done to it, and steps that act on it.

use crate::fake::*;
use async_trait::async_trait;
use serde_json::json;
use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use towerify_domain::Words;
use towerify_domain::id::RunId;
use towerify_runs::*;

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
