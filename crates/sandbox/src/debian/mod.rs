//! The tasks of `towerify-machine`, answered by name from a machine's state: what `machine.py` would do there.
//!
//! `facts` answers the two reads; the other rooms plan the writes: what is told meanwhile, what is changed in the end,
//! or how it fails and what it leaves behind then.

mod certificate;
mod deployed;
mod facts;
mod installer;
mod keys;
mod switches;

use chrono::{DateTime, Utc};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Value, json};
use towerify_machine::{
    DECLARATIONS, Declaration, Task, bans, certificate as certificates, deployed as in_house,
    gate as gates, install, keys as logins, preflight, refusal, services, state as states, traces,
};

use crate::{
    actions::{Plan, Refusal},
    state::State,
};

/// What of a machine a task can see besides its state.
pub(crate) struct Surroundings<'m> {
    /// What the machine takes for the client's address.
    pub(crate) peer: &'m str,
    /// The files that were put there.
    pub(crate) files: &'m std::path::Path,
    /// Whether there are notes of runs.
    pub(crate) has_runs: bool,
    pub(crate) now: DateTime<Utc>,
}

/// The declaration of a task.
pub(crate) fn declaration(name: &str) -> Option<&'static Declaration> {
    DECLARATIONS
        .iter()
        .find(|declaration| declaration.name == name)
}

/// A task's own no.
pub(crate) fn refuse<T>(key: &str, message: impl Into<String>) -> Result<T, Refusal> {
    Err(refused(key, message))
}

fn refused(key: &str, message: impl Into<String>) -> Refusal {
    Refusal {
        key: key.to_owned(),
        message: message.into(),
        named: Vec::new(),
        validation: false,
    }
}

/// There is no such task.
pub(crate) fn unknown(name: &str) -> Refusal {
    refused(refusal::TASK_UNKNOWN, format!("no task {name:?}"))
}

fn arguments<T: Task + DeserializeOwned>(given: &Value) -> Result<T, Refusal> {
    serde_json::from_value(given.clone()).map_err(|_| {
        let name = T::DECLARATION.name;
        refused(
            refusal::BAD_ARGUMENT,
            format!("not the arguments of {name}"),
        )
    })
}

fn value(reply: &impl Serialize) -> Value {
    serde_json::to_value(reply).unwrap_or_default()
}

/// Answers a task that reads.
pub(crate) fn read(
    state: &State,
    name: &str,
    given: &Value,
    around: &Surroundings<'_>,
) -> Result<Value, Refusal> {
    match name {
        "preflight" => {
            let asked: preflight::Preflight = arguments(given)?;
            Ok(value(&facts::preflight(state, &asked, around)))
        }
        "state" => {
            let asked: states::AskState = arguments(given)?;
            Ok(value(&facts::state(state, &asked, around)))
        }
        "gates" => {
            let _: gates::AskGates = arguments(given)?;
            Ok(value(&state.gates()))
        }
        "deployed_app" => {
            let asked: in_house::AskDeployed = arguments(given)?;
            Ok(value(&deployed::ask(state, &asked)?))
        }
        name => Err(unknown(name)),
    }
}

/// How long a task has to wait for apt and cloud-init first, and for how long it would; `None` for tasks that don't.
pub(crate) fn patience(name: &str, given: &Value) -> Option<u64> {
    matches!(name, "prepare" | "install_yunohost")
        .then(|| given.get("wait").and_then(Value::as_u64).unwrap_or(1_800))
}

/// Who is waited for, when somebody is at work with apt.
pub(crate) fn busy(state: &State, now: DateTime<Utc>) -> Vec<String> {
    let mut busy = facts::at_work(state, now);
    if let Some(holder) = facts::lock_holder(state, now) {
        busy.push(format!("apt (pid {}, {})", holder.pid, holder.program));
    }
    busy
}

/// Checks a task that writes against the state, and says what it will do.
pub(crate) fn plan(
    state: &State,
    name: &str,
    given: &Value,
    around: &Surroundings<'_>,
    waited: &[String],
) -> Result<Plan, Refusal> {
    match name {
        "put_key" => {
            let asked: logins::PutKey = arguments(given)?;
            keys::put(state, &asked.user, &asked.line)
        }
        "remove_key" => {
            let asked: logins::RemoveKey = arguments(given)?;
            Ok(keys::remove(&asked.user, &asked.line))
        }
        "root_login" => {
            let asked: logins::RootLogin = arguments(given)?;
            keys::root(asked)
        }
        "prepare" => {
            let _: install::Prepare = arguments(given)?;
            Ok(installer::prepare(state, waited))
        }
        "install_yunohost" => {
            let asked: install::InstallYunohost = arguments(given)?;
            installer::install(state, &asked, around)
        }
        "never_ban" => {
            let asked: bans::NeverBan = arguments(given)?;
            switches::never_ban(Some(asked.addresses).filter(|list| !list.is_empty()))
        }
        "allow_again" => {
            let asked: bans::AllowAgain = arguments(given)?;
            switches::never_ban(asked.former)
        }
        "api" => {
            let asked: services::Api = arguments(given)?;
            switches::api(state, asked.on)
        }
        "unattended_upgrades" => {
            let asked: services::UnattendedUpgrades = arguments(given)?;
            Ok(switches::unattended(asked.on))
        }
        "own_certificate" => {
            let asked: certificates::OwnCertificate = arguments(given)?;
            certificate::own(state, &asked, around)
        }
        "restore_certificate" => {
            let asked: certificates::RestoreCertificate = arguments(given)?;
            certificate::restore(state, &asked)
        }
        "remove_traces" => {
            let _: traces::RemoveTraces = arguments(given)?;
            Ok(switches::remove_traces())
        }
        "put_gate" => {
            let asked: gates::PutGate = arguments(given)?;
            switches::put_gate(asked)
        }
        "remove_gate" => {
            let asked: gates::RemoveGate = arguments(given)?;
            Ok(switches::remove_gate(asked.account))
        }
        "turn_app" => {
            let asked: in_house::TurnApp = arguments(given)?;
            deployed::turn(state, &asked)
        }
        name => Err(unknown(name)),
    }
}

/// A plan whose effect answers with a typed reply.
fn replying<R: Serialize>(
    effect: impl FnOnce(&mut State, DateTime<Utc>) -> R + Send + 'static,
) -> Plan {
    Plan::new(move |state, now| value(&effect(state, now)))
}

/// A plan that will fail, and what it leaves behind.
fn failing(key: &str, message: &str, leaving: impl FnOnce(&mut State) + Send + 'static) -> Plan {
    let mut plan = Plan::new(move |state, _| {
        leaving(state);
        json!(null)
    });
    plan.ends = Some(refused(key, message));
    plan
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Bare, Blueprint, clock};

    #[test]
    fn every_declared_task_is_answered_here() {
        let blueprint = Blueprint::bare("neuf", "neuf.example");
        let state = State::born_bare(&blueprint, &Bare::default(), clock::now());
        let around = Surroundings {
            peer: "203.0.113.20",
            files: std::path::Path::new("/nonexistent"),
            has_runs: false,
            now: clock::now(),
        };
        for declaration in DECLARATIONS {
            let given = json!({});
            let refused = match declaration.kind {
                towerify_machine::Kind::Read => {
                    read(&state, declaration.name, &given, &around).err()
                }
                towerify_machine::Kind::Write => {
                    plan(&state, declaration.name, &given, &around, &[]).err()
                }
            };
            let key = refused.map(|refusal| refusal.key).unwrap_or_default();
            assert_ne!(key, refusal::TASK_UNKNOWN, "{}", declaration.name);
        }
    }
}
