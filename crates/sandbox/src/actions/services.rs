//! `service …`: services.

use chrono::{DateTime, Utc};
use serde_json::{Map, Value, json};

use crate::{
    actions::{Plan, Refusal, refuse},
    call::Call,
    state::{Service, State, services_description},
    words::Locale,
};

fn shown(name: &str, service: &Service, locale: Locale) -> Value {
    json!({
        "status": service.status, "start_on_boot": service.boot,
        "last_state_change": service.since.format("%Y-%m-%dT%H:%M:%S%.6f+00:00").to_string(),
        "description": services_description(name, locale), "configuration": service.configuration,
    })
}

/// `service status`: of all, or the bare object of one.
pub(super) fn status(state: &State, call: &Call) -> Result<Value, Refusal> {
    let names = call.all("names");
    check(state, call)?;
    if let [one] = names
        && let Some(service) = state.services.get(one)
    {
        return Ok(shown(one, service, call.locale));
    }
    Ok(Value::Object(of(state, call.locale, |name| {
        names.is_empty() || names.iter().any(|one| one == name)
    })))
}

/// All services from one call of systemctl: their configuration is not tested.
pub(crate) fn units(state: &State, locale: Locale) -> Value {
    let mut all = of(state, locale, |_| true);
    for service in all.values_mut().filter_map(Value::as_object_mut) {
        service.insert("configuration".to_owned(), "unknown".into());
    }
    Value::Object(all)
}

fn of(state: &State, locale: Locale, wanted: impl Fn(&str) -> bool) -> Map<String, Value> {
    state
        .services
        .iter()
        .filter(|(name, _)| wanted(name))
        .map(|(name, service)| (name.clone(), shown(name, service, locale)))
        .collect()
}

fn check(state: &State, call: &Call) -> Result<(), Refusal> {
    let asked = call
        .all("names")
        .iter()
        .map(String::as_str)
        .chain(call.one("name"));
    for name in asked {
        if !state.services.contains_key(name) {
            return refuse(call, "service_unknown", &[("service", name)]);
        }
    }
    Ok(())
}

/// `service log`: the last lines of the journal, and of its own files.
pub(super) fn log(state: &State, call: &Call, now: DateTime<Utc>) -> Result<Value, Refusal> {
    check(state, call)?;
    let name = call.required("name");
    let lines: usize = call
        .one("number")
        .and_then(|said| said.parse().ok())
        .unwrap_or(50);
    let Some(service) = state.services.get(name) else {
        return Ok(json!({}));
    };
    let at = service.since.min(now).format("%b %d %H:%M:%S").to_string();
    let mut journal = vec![
        format!("{at} systemd[1]: Starting {name}.service..."),
        format!("{at} systemd[1]: Started {name}.service."),
    ];
    if service.status == "failed" {
        journal.extend([
            format!("{at} {name}[4121]: fatal: cannot allocate memory"),
            format!("{at} systemd[1]: {name}.service: Main process exited, code=exited, status=1/FAILURE"),
            format!("{at} systemd[1]: {name}.service: Failed with result 'exit-code'."),
        ]);
    }
    let skipped = journal.len().saturating_sub(lines);
    let journal: Vec<String> = journal.into_iter().skip(skipped).collect();
    Ok(json!({"journalctl": journal, format!("/var/log/{name}.log"): []}))
}

/// `service restart`, `start` and `stop`.
pub(super) fn act(
    state: &State,
    call: &Call,
    status: &'static str,
    key: &'static str,
) -> Result<Plan, Refusal> {
    check(state, call)?;
    let names = call.all("names").to_vec();
    let changed = names.clone();
    let mut plan = Plan::new(move |state, now| {
        for name in changed {
            if let Some(service) = state.services.get_mut(&name) {
                status.clone_into(&mut service.status);
                service.since = now;
            }
        }
        Value::Null
    });
    for name in &names {
        plan = plan.say(1_800, "success", call, key, &[("service", name)]);
    }
    Ok(plan)
}
