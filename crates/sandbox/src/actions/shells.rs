//! `user ssh …`: keys of people's accounts; and `tools reboot`, `tools shutdown`.

use serde_json::{Value, json};

use crate::{
    actions::{Plan, Power, Refusal, refuse},
    call::{Call, Misused},
    state::State,
};

fn known<'c>(state: &State, call: &'c Call) -> Result<&'c str, Refusal> {
    let name = call.required("username");
    if state.users.contains_key(name) {
        Ok(name)
    } else {
        refuse(call, "user_unknown", &[("user", name)])
    }
}

/// `user ssh list-keys`.
pub(super) fn list_keys(state: &State, call: &Call) -> Result<Value, Refusal> {
    let name = known(state, call)?;
    let keys: Vec<Value> = state
        .keys(name)
        .iter()
        .map(|line| json!({"key": line, "name": ""}))
        .collect();
    Ok(json!({"keys": keys}))
}

/// `user ssh add-key`: as in YunoHost, a key that is there is added again.
pub(super) fn add_key(state: &State, call: &Call) -> Result<Plan, Refusal> {
    let name = known(state, call)?.to_owned();
    let (whose, key) = (name.clone(), call.required("key").to_owned());
    Ok(Plan::new(move |state, _| {
        state.keys_mut(&whose).push(key);
        Value::Null
    })
    .about(&name))
}

/// `user ssh remove-key`.
pub(super) fn remove_key(state: &State, call: &Call) -> Result<Plan, Refusal> {
    let name = known(state, call)?.to_owned();
    let (whose, key) = (name.clone(), call.required("key").to_owned());
    if !state.keys(&name).contains(&key) {
        return refuse(call, "authorized_key_not_found", &[("key", &key)]);
    }
    Ok(Plan::new(move |state, _| {
        state.keys_mut(&whose).retain(|known| *known != key);
        Value::Null
    })
    .about(&name))
}

/// `tools reboot` and `tools shutdown`: without `--force` they would ask on a terminal.
pub(super) fn power(call: &Call, power: Power) -> Result<Plan, Refusal> {
    if !call.has("force") {
        let asks = Misused::Prompt("force".to_owned());
        return Err(Refusal::misused(&asks, call.locale));
    }
    let (words, kind) = match power {
        Power::Reboot => (
            call.locale
                .pick("The server will reboot", "Le serveur va redémarrer"),
            "tools_reboot",
        ),
        Power::Off => (
            call.locale
                .pick("The server will shut down", "Le serveur va s'éteindre"),
            "tools_shutdown",
        ),
    };
    let mut plan = Plan::new(|_, _| Value::Null)
        .step(0, "warning", words)
        .logged(kind, "");
    plan.power = Some(power);
    Ok(plan)
}
