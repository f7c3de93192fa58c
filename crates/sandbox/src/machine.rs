//! One simulated server at work: it answers reads at once, and does one write at a time under YunoHost's lock.

mod carry;
mod facts;
mod hands;
mod lock;
mod power;
mod run;
mod task;

use std::{
    path::PathBuf,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

pub(crate) use facts::release;
pub(crate) use lock::Holder;
pub(crate) use power::Connections;
pub(crate) use run::{Run, RunState, Started, Wish};
pub(crate) use task::Asked;

use crate::{
    Absence, Fault, Faults, Pace, SandboxError,
    actions::{self, Answer, Plan, Power, Refusal},
    call::Call,
    clock, effects, keep,
    sshd::{self, Sshd},
    state::{
        State,
        system::{Firewall, Stage},
    },
    words::{self, Locale},
};

/// A server: its state, its lock, its runs.
pub(crate) struct Machine {
    /// Where it keeps everything: `state.json`, `runs/`, `files/`.
    pub(crate) folder: PathBuf,
    pub(crate) faults: Faults,
    pub(crate) pace: Pace,
    /// Where its sshd listens.
    pub(crate) sshd: Sshd,
    /// The port that it takes for 22.
    pub(crate) first_port: u16,
    /// Counted over the whole fleet.
    pub(crate) connections: Connections,
    boots: power::Boots,
    absence: Absence,
    /// Ends when the fleet stops; what runs is then lost.
    pub(crate) power: CancellationToken,
    state: Mutex<State>,
    lock: lock::Lock,
    runs: run::Runs,
    pids: AtomicU32,
}

/// What a fleet gives to each of its machines.
pub(crate) struct Start {
    pub(crate) pace: Pace,
    pub(crate) absence: Absence,
    pub(crate) power: CancellationToken,
    pub(crate) first_port: u16,
    pub(crate) connections: Connections,
}

/// Who asks for a write, and how long they wait for the lock.
#[derive(Debug, Clone)]
pub(crate) struct Request {
    pub(crate) argv: Vec<String>,
    /// A machine task in place of an action; `argv` then only names it.
    pub(crate) task: Option<Asked>,
    pub(crate) locale: Locale,
    /// `None` waits for ever, as the command line does.
    pub(crate) lock_wait: Option<Duration>,
    /// `yunohost`, `yunohost-api`, `towerify`: what the lock's holder is called.
    pub(crate) program: &'static str,
    /// The run of ours, if it is one.
    pub(crate) run: Option<String>,
    /// How many lines were told before the fleet stopped: they take no time again.
    pub(crate) told: usize,
    /// Who began it, for YunoHost's log.
    pub(crate) by: String,
    pub(crate) pid: u32,
}

/// Something that a write tells while it goes on.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Told {
    Log {
        level: &'static str,
        message: String,
    },
    Output(String),
    Waiting(Value),
}

/// How a write ended.
#[derive(Debug)]
pub(crate) enum Ended {
    /// The machine is about to go down; the operation never ends.
    Power {
        power: Power,
        operations: Vec<String>,
    },
    Done {
        reply: Value,
        operations: Vec<String>,
    },
    Refused {
        refusal: Refusal,
        operation: Option<String>,
        operations: Vec<String>,
    },
    /// It died without a word.
    Killed,
}

impl Machine {
    /// Brings a server up with what its folder keeps, or as it is born.
    pub(crate) fn boot(
        folder: PathBuf,
        born: impl FnOnce() -> State,
        faults: Faults,
        start: Start,
    ) -> Result<Arc<Self>, SandboxError> {
        let kept = folder.join("state.json");
        let mut state: State = match keep::read(&kept)? {
            Some(state) => state,
            None => {
                let state = born();
                keep::write(&kept, &state)?;
                state
            }
        };
        // A fleet of before there were firewalls.
        if state.system.stage == Stage::Serving && state.system.firewall.tcp.is_empty() {
            state.system.firewall = Firewall::new(state.is_old());
        }
        let sshd = Sshd::default();
        let port = state.system.ssh_port;
        sshd.follow(&state).map_err(|source| SandboxError::Port {
            server: state.name.clone(),
            port,
            source,
        })?;
        let runs = run::Runs::read(&folder.join("runs"))?;
        let boot = power::boot_id(&folder, start.absence)?;
        if start.absence == Absence::Unnoticed {
            // What goes on begins its notes anew.
            state.operations.retain(|one| one.ended_at.is_some());
        }
        Ok(Arc::new(Self {
            folder,
            faults,
            pace: start.pace,
            sshd,
            first_port: start.first_port,
            connections: start.connections,
            boots: power::Boots::new(&start.power, boot),
            absence: start.absence,
            power: start.power,
            state: Mutex::new(state),
            lock: lock::Lock::default(),
            runs,
            pids: AtomicU32::new(1_200),
        }))
    }

    /// The state, for as long as nothing is awaited.
    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A process number that no other process has.
    pub(crate) fn next_pid(&self) -> u32 {
        self.pids.fetch_add(7, Ordering::Relaxed)
    }

    /// Waits as long as work takes at this pace.
    pub(crate) async fn work(&self, time: Duration) {
        let time = self.pace.of(time);
        if !time.is_zero() {
            tokio::time::sleep(time).await;
        }
    }

    /// Writes the state down. A folder that went away does not stop a simulated server.
    fn save(&self) {
        let state = self.state().clone();
        let effects = &state.system.effects;
        let kept = keep::write(&self.folder.join("state.json"), &state)
            .and_then(|()| keep::write(&self.folder.join(effects::FILE), effects));
        if let Err(error) = kept {
            tracing::warn!(%error, "a training server's state could not be kept");
        }
    }

    /// Refuses everything but versions before the post-installation.
    fn check_installed(&self, argv: &[String], locale: Locale) -> Result<(), Refusal> {
        if !self.is_postinstalled() && argv.first().map(String::as_str) != Some("tools") {
            return Err(Refusal {
                key: "yunohost_not_installed".to_owned(),
                message: words::sentence(locale, "yunohost_not_installed", &[]),
                named: Vec::new(),
                validation: true,
            });
        }
        Ok(())
    }

    fn understand(&self, argv: &[String], locale: Locale) -> Result<Call, Refusal> {
        self.check_installed(argv, locale)?;
        let call =
            Call::from_argv(argv, locale).map_err(|misused| Refusal::misused(&misused, locale))?;
        Ok(call)
    }

    /// Answers a read. `not_a_read` for what takes the lock.
    pub(crate) async fn read(&self, argv: &[String], locale: Locale) -> Result<Answer, Refusal> {
        let call = self.understand(argv, locale)?;
        self.read_call(&call).await
    }

    /// Answers a read that was understood.
    pub(crate) async fn read_call(&self, call: &Call) -> Result<Answer, Refusal> {
        if !actions::is_read(call.name) {
            return Err(Refusal {
                key: "not_a_read".to_owned(),
                message: "this action takes the lock".to_owned(),
                named: Vec::new(),
                validation: false,
            });
        }
        self.work(read_time(call.name)).await;
        let state = self.state();
        actions::read(&state, call, clock::now())
    }

    /// What `systemctl` says of all services.
    pub(crate) fn units(&self, locale: Locale) -> Value {
        actions::units(&self.state(), locale)
    }

    /// Does a write from beginning to end, telling what happens meanwhile.
    pub(crate) async fn write(
        &self,
        request: &Request,
        tell: &(dyn Fn(Told) + Send + Sync),
    ) -> Ended {
        let refused = |refusal| Ended::Refused {
            refusal,
            operation: None,
            operations: Vec::new(),
        };
        if let Some(task) = &request.task {
            return self.do_task(request, task, tell).await;
        }
        let call = match self.understand(&request.argv, request.locale) {
            Ok(call) => call,
            Err(refusal) => return refused(refusal),
        };
        self.write_call(request, &call, tell).await
    }

    /// Does a write that was understood.
    pub(crate) async fn write_call(
        &self,
        request: &Request,
        call: &Call,
        tell: &(dyn Fn(Told) + Send + Sync),
    ) -> Ended {
        let refused = |refusal| Ended::Refused {
            refusal,
            operation: None,
            operations: Vec::new(),
        };
        if actions::is_read(call.name) {
            // A read may be started as a run too; it takes no lock.
            return match self.read_call(call).await {
                Ok(answer) => Ended::Done {
                    reply: answer.value,
                    operations: Vec::new(),
                },
                Err(refusal) => refused(refusal),
            };
        }
        let holder = Holder::of(request);
        let waiting = |holder: Value| tell(Told::Waiting(holder));
        let Some(held) = self
            .lock
            .acquire(&self.faults, holder, request.lock_wait, waiting)
            .await
        else {
            let message = words::sentence(request.locale, "instance_already_running", &[]);
            return refused(Refusal {
                key: "instance_already_running".to_owned(),
                message,
                named: Vec::new(),
                validation: false,
            });
        };
        let planned = {
            let state = self.state();
            actions::plan(&state, call, self.faults.has(&Fault::FailingScripts))
        };
        match planned {
            Ok(Plan {
                listens: Some(port),
                ..
            }) if port != 22 && sshd::bind(port).is_err() => {
                let message = format!(
                    "The training fleet can't listen on port {port} of this computer: choose a free one above 1024"
                );
                refused(Refusal {
                    key: "app_argument_invalid".to_owned(),
                    message,
                    named: Vec::new(),
                    validation: true,
                })
            }
            Ok(plan) => self.carry_out(request, call, plan, &held, tell).await,
            Err(refusal) => {
                if refusal.key == "domain_exists" {
                    let domain = call.required("domain");
                    tell(Told::Log {
                        level: "info",
                        message: format!(
                            "attribute 'virtualdomain' with value '{domain}' is not unique"
                        ),
                    });
                }
                refused(refusal)
            }
        }
    }

    /// Who holds YunoHost's lock.
    pub(crate) fn lock_holder(&self) -> Option<Value> {
        self.lock.shown(&self.faults)
    }

    /// What the driver says of the machine.
    pub(crate) fn facts(&self) -> Value {
        facts::of(self)
    }

    /// Operations that began since a moment, as the driver lists them for a run that was lost.
    pub(crate) fn operations_since(&self, at: f64) -> Value {
        self.state()
            .operations
            .iter()
            .filter(|operation| clock::seconds(operation.started_at) >= at - 1.0)
            .map(|operation| {
                let success = operation.success.map_or_else(|| "?".into(), Value::Bool);
                json!({"name": operation.name, "success": success, "ended": operation.ended_at.is_some(), "parent": "null"})
            })
            .collect()
    }
}

/// How long a read takes in the resident driver.
fn read_time(name: &str) -> Duration {
    Duration::from_millis(match name {
        "preflight" => 1_800,
        "service status" => 250,
        "user info" => 80,
        "app list" | "tools versions" => 15,
        _ => 3,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::firm;

    /// How long a write takes on an idle server, on the paused clock.
    async fn time_of(version: &str, line: &str) -> Duration {
        let folder = tempfile::tempdir().unwrap();
        let mut blueprint = firm::plan().remove(0);
        version.clone_into(&mut blueprint.version);
        let machine = Machine::boot(
            folder.path().to_owned(),
            || State::born(&blueprint, "Exercice-Tour-2026", clock::now()),
            Faults::default(),
            Start {
                pace: Pace::Real,
                absence: Absence::PowerCut,
                power: CancellationToken::new(),
                first_port: 22,
                connections: Connections::default(),
            },
        )
        .unwrap();
        let request = Request {
            argv: line.split(' ').map(str::to_owned).collect(),
            task: None,
            locale: Locale::English,
            lock_wait: None,
            program: "yunohost",
            run: None,
            told: 0,
            by: "root".to_owned(),
            pid: 1,
        };
        let began = tokio::time::Instant::now();
        let ended = machine.write(&request, &|_| ()).await;
        assert!(matches!(ended, Ended::Done { .. }), "{line}: {ended:?}");
        began.elapsed()
    }

    #[tokio::test(start_paused = true)]
    async fn at_a_real_pace_work_takes_as_long_as_it_was_measured_to() {
        let create = "user create m.tessier -F Maud -d nuage.glycines.example -p Violet-Tractor-88";
        let install = "app install dokuwiki --args domain=nuage.glycines.example&path=/savoir";
        for (version, line, least, most) in [
            ("12.1.25", create, 1_800, 2_400),
            ("12.0.17", create, 900, 1_300),
            ("12.1.25", install, 3_000, 4_500),
            ("12.1.25", "app upgrade nextcloud", 4_500, 6_500),
            (
                "12.1.25",
                "user permission add nextcloud.main direction",
                1_000,
                1_600,
            ),
            ("12.1.25", "domain add essai.example", 12_000, 19_000),
        ] {
            let took = time_of(version, line).await.as_millis();
            assert!(
                (least..=most).contains(&took),
                "{version} {line}: {took} ms"
            );
        }
    }
}
