//! Doing a machine task: waiting for apt, for YunoHost's lock where the task wants it, then what it does.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio::time::Instant;

use super::{Ended, Machine, Request, Told, lock, read_time};
use crate::{
    Fault,
    actions::{Plan, Refusal},
    clock,
    debian::{self, Surroundings},
};

/// How often a task that waits looks again.
const LOOK: Duration = Duration::from_millis(50);

/// A task as it is asked for.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Asked {
    pub(crate) name: String,
    pub(crate) arguments: Value,
}

impl std::fmt::Debug for Asked {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // Arguments can be secret.
        f.debug_tuple("Asked").field(&self.name).finish()
    }
}

fn refused(refusal: Refusal) -> Ended {
    Ended::Refused {
        refusal,
        operation: None,
        operations: Vec::new(),
    }
}

impl Machine {
    /// Where a client seems to be.
    pub(crate) fn peer(&self) -> &'static str {
        if self.state().system.private_peers {
            "192.168.1.20"
        } else {
            "203.0.113.20"
        }
    }

    fn surroundings(&self) -> Surroundings<'_> {
        Surroundings {
            peer: self.peer(),
            files: &self.folder,
            has_runs: !self.runs.is_empty(),
            now: clock::now(),
        }
    }

    /// Answers a task that reads.
    pub(crate) async fn read_task(&self, asked: &Asked) -> Result<Value, Refusal> {
        let Some(declaration) = debian::declaration(&asked.name) else {
            return Err(debian::unknown(&asked.name));
        };
        if declaration.kind != towerify_machine::Kind::Read {
            return Err(Refusal {
                key: "not_a_read".to_owned(),
                message: "this task changes the machine".to_owned(),
                named: Vec::new(),
                validation: false,
            });
        }
        self.work(read_time(&asked.name)).await;
        let around = self.surroundings();
        debian::read(&self.state(), &asked.name, &asked.arguments, &around)
    }

    /// Does a task from beginning to end, telling what happens meanwhile.
    pub(crate) async fn do_task(
        &self,
        request: &Request,
        asked: &Asked,
        tell: &(dyn Fn(Told) + Send + Sync),
    ) -> Ended {
        let Some(declaration) = debian::declaration(&asked.name) else {
            return refused(debian::unknown(&asked.name));
        };
        if declaration.kind == towerify_machine::Kind::Read {
            return refused(Refusal {
                key: "not_a_write".to_owned(),
                message: asked.name.clone(),
                named: Vec::new(),
                validation: false,
            });
        }
        let waited = match self.wait_for_apt(asked, tell).await {
            Ok(waited) => waited,
            Err(refusal) => return refused(refusal),
        };
        let mut held = None;
        if declaration.locks {
            let waiting = |holder: Value| tell(Told::Waiting(holder));
            let holder = lock::Holder::of(request);
            held = self
                .lock
                .acquire(&self.faults, holder, request.lock_wait, waiting)
                .await;
            if held.is_none() {
                return refused(Refusal {
                    key: "instance_already_running".to_owned(),
                    message: "There is already a YunoHost operation running.".to_owned(),
                    named: Vec::new(),
                    validation: false,
                });
            }
        }
        let around = self.surroundings();
        let planned = debian::plan(
            &self.state(),
            &asked.name,
            &asked.arguments,
            &around,
            &waited.0,
        );
        let ended = match planned {
            Ok(plan) => {
                self.go_through_task(request, asked, plan, waited.1, tell)
                    .await
            }
            Err(refusal) => refused(refusal),
        };
        drop(held);
        ended
    }

    async fn go_through_task(
        &self,
        request: &Request,
        asked: &Asked,
        plan: Plan,
        waited_ms: u64,
        tell: &(dyn Fn(Told) + Send + Sync),
    ) -> Ended {
        for (done, step) in plan.steps.into_iter().enumerate() {
            if done >= request.told {
                self.work(step.after).await;
            }
            tell(Told::Log {
                level: step.level,
                message: step.message,
            });
            if self.faults.has(&Fault::KillRuns) {
                return Ended::Killed;
            }
        }
        let subject = plan.subject.unwrap_or_default();
        let effect = plan.effect;
        let mut reply = self.change(|state| {
            let now = clock::now();
            state.count(&asked.name, &subject, |state| effect(state, now))
        });
        if asked.name == "remove_traces"
            && let Some(removed) = reply.get_mut("removed").and_then(Value::as_array_mut)
        {
            let own = request.run.as_deref().unwrap_or_default();
            let gone = self.forget_finished(own);
            removed.extend(gone.into_iter().map(Value::from));
        }
        if let Some(waited) = reply.get_mut("waited_ms") {
            *waited = waited_ms.into();
        }
        match plan.ends {
            Some(refusal) => refused(refusal),
            None => Ended::Done {
                reply,
                operations: Vec::new(),
            },
        }
    }

    /// Waits, as some tasks do, until nothing holds apt any more: what was waited for, and how many milliseconds.
    async fn wait_for_apt(
        &self,
        asked: &Asked,
        tell: &(dyn Fn(Told) + Send + Sync),
    ) -> Result<(Vec<String>, u64), Refusal> {
        let Some(patience) = debian::patience(&asked.name, &asked.arguments) else {
            return Ok((Vec::new(), 0));
        };
        let began = Instant::now();
        let (mut waited, mut told): (Vec<String>, Vec<String>) = (Vec::new(), Vec::new());
        loop {
            let busy = debian::busy(&self.state(), clock::now());
            if busy.is_empty() {
                let ms = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
                return Ok((waited, ms));
            }
            if began.elapsed() >= Duration::from_secs(patience) {
                return Err(Refusal {
                    key: towerify_machine::refusal::APT_BUSY.to_owned(),
                    message: format!("apt is busy: {}", busy.join(", ")),
                    named: Vec::new(),
                    validation: false,
                });
            }
            if busy != told {
                tell(Told::Log {
                    level: "info",
                    message: format!("Waiting for {}", busy.join(", ")),
                });
                waited.extend(busy.iter().filter(|one| !told.contains(*one)).cloned());
                told = busy;
            }
            tokio::time::sleep(LOOK).await;
        }
    }
}
