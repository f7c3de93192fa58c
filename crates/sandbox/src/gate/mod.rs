//! The gates of restricted administrators, as `crates/driver/src/gate` decides on a real server: by the same forms, with
//! the same policy. A real one also writes each decision in the server's log, which a simulated server does not have.

mod forms;
mod theirs;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use towerify_machine::gate as tasks;
use towerify_yunohost::gate::GatePolicy;

use crate::{actions, call::Call, clock, machine::Machine, state::State, words::Locale};
use theirs::Theirs;

/// The one command that a gate lets through.
const COMMAND: &str = "towerify-gate 1";
/// The longest request line, in bytes.
pub(crate) const LINE: usize = 1 << 18;

/// One gate on a machine.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Gate {
    /// The lines of its account's `authorized_keys`, without their options.
    pub(crate) keys: Vec<String>,
    pub(crate) policy: GatePolicy,
}

/// What a request to read or to start was decided to be, and what filters the answer.
pub(crate) struct Allowed {
    theirs: Theirs,
    action: String,
}

impl Allowed {
    /// What of a reply is theirs.
    pub(crate) fn shown(&self, reply: Value) -> Value {
        self.theirs.shown(&self.action, reply)
    }
}

/// The answer to any other command, or to one that comes when the gate is gone.
pub(crate) fn turned_away() -> Value {
    json!({
        "event": "ready", "ok": false, "protocol": 1, "key": "gate_refused",
        "message": "This key opens Towerify's gate and nothing else.",
    })
}

/// Whether this is what a gate lets through.
pub(crate) fn is_command(command: &str) -> bool {
    command == COMMAND
}

/// Of who holds YunoHost's lock: that somebody does and since when, not on what they work.
pub(crate) fn about_lock(holder: Value) -> Value {
    let Value::Object(mut holder) = holder else {
        return holder;
    };
    holder.retain(|name, _| {
        matches!(
            name.as_str(),
            "held" | "stale" | "since" | "program" | "words"
        )
    });
    if let Some(Value::Array(words)) = holder.get_mut("words") {
        words.truncate(2);
    }
    Value::Object(holder)
}

impl Machine {
    /// How a gate's account says of itself; none where this user is no gate's.
    pub(crate) fn gate(&self, user: &str) -> Option<Value> {
        let state = self.state();
        state
            .system
            .gates
            .contains_key(user)
            .then(|| json!({"version": state.system.gate_version, "account": user}))
    }

    /// Decides about one request through a gate, and writes its words as the gate does. Some where its answer is to be
    /// filtered.
    pub(crate) fn decide(
        &self,
        account: &str,
        request: &mut Value,
    ) -> Result<Option<Allowed>, String> {
        let state = self.state();
        let Some(gate) = state.system.gates.get(account) else {
            return Err("the gate is gone".into());
        };
        forms::check_fields(request)?;
        let operation = request
            .get("op")
            .and_then(Value::as_str)
            .unwrap_or("read")
            .to_owned();
        match operation.as_str() {
            "read" | "start" => {
                let argv = forms::words(request.get("argv"))?;
                let call = forms::taken_apart(&argv, &operation)?;
                let theirs = theirs(&state, &gate.policy)?;
                let words = forms::put_together(&call, &theirs, &gate.policy)?;
                if let Some(request) = request.as_object_mut() {
                    request.insert("argv".into(), json!(words));
                }
                Ok((operation == "read").then_some(Allowed {
                    theirs,
                    action: call.action,
                }))
            }
            "units" if gate.policy.actions.contains("service status") => Ok(Some(Allowed {
                theirs: theirs(&state, &gate.policy)?,
                action: "service status".into(),
            })),
            "units" => Err("this action is not allowed".into()),
            _ => Ok(None),
        }
    }
}

/// What is the account's on this server at this moment.
fn theirs(state: &State, policy: &GatePolicy) -> Result<Theirs, String> {
    let look = |words: &[&str]| -> Result<Value, String> {
        let argv: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
        Call::from_argv(&argv, Locale::default())
            .ok()
            .and_then(|call| actions::read(state, &call, clock::now()).ok())
            .map(|answer| answer.value)
            .ok_or_else(|| "what is theirs could not be looked up".to_owned())
    };
    Ok(Theirs::new(
        policy,
        &look(&["user", "list"])?,
        &look(&["user", "group", "list", "--full"])?,
        &look(&["app", "list"])?,
    ))
}

impl State {
    /// The gates, as the task `gates` tells them.
    pub(crate) fn gates(&self) -> tasks::Gates {
        tasks::Gates {
            version: self.system.gate_version.clone(),
            gates: self
                .system
                .gates
                .iter()
                .map(|(account, gate)| there(account, gate))
                .collect(),
        }
    }

    /// Puts a gate, or another form of it; what the task `put_gate` answers.
    pub(crate) fn put_gate(
        &mut self,
        asked: &tasks::PutGate,
        policy: GatePolicy,
    ) -> tasks::GatePut {
        let gate = Gate {
            keys: vec![asked.key.clone()],
            policy,
        };
        let version = Some(asked.version.clone());
        let changed = self.system.gates.get(&asked.account) != Some(&gate)
            || self.system.gate_version != version;
        let told = there(&asked.account, &gate);
        self.system.gates.insert(asked.account.clone(), gate);
        self.system.gate_version = version;
        tasks::GatePut {
            gate: told,
            version: asked.version.clone(),
            changed,
        }
    }

    /// Takes a gate away; what was removed.
    pub(crate) fn take_gate(&mut self, account: &str) -> Vec<String> {
        if self.system.gates.remove(account).is_none() {
            return Vec::new();
        }
        let mut removed = vec![
            format!("/var/lib/towerify-gate/{account}"),
            format!("/etc/sudoers.d/{account}"),
            format!("/etc/towerify/gate/{account}.json"),
            format!("the account {account}"),
        ];
        if self.system.gates.is_empty() {
            self.system.gate_version = None;
            removed.push("/usr/local/lib/towerify/gate".to_owned());
        }
        removed
    }
}

fn there(account: &str, gate: &Gate) -> tasks::GateThere {
    use sha2::{Digest, Sha256};
    let policy = serde_json::to_vec(&gate.policy).unwrap_or_default();
    let digest = Sha256::digest(policy);
    tasks::GateThere {
        account: account.to_owned(),
        key: gate.keys.first().cloned().unwrap_or_default(),
        there: true,
        policy: Some(digest.iter().map(|byte| format!("{byte:02x}")).collect()),
    }
}
