//! `domain …`: domains.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::{
    actions::{Plan, Refusal, certificates, refuse},
    call::Call,
    state::{Domain, State},
};

/// `domain list`, flat or as a tree.
pub(super) fn list(state: &State, call: &Call) -> Value {
    let names: Vec<&str> = state
        .domains
        .iter()
        .map(|domain| domain.name.as_str())
        .collect();
    let parent = |name: &str| {
        names
            .iter()
            .copied()
            .filter(|one| is_below(name, one))
            .max_by_key(|one| one.len())
    };
    if call.has("tree") {
        let tree = branch(&names, None, &parent);
        return json!({"domains": tree, "main": state.main_domain});
    }
    let shown: Vec<&str> = names
        .iter()
        .copied()
        .filter(|name| !call.has("exclude_subdomains") || parent(name).is_none())
        .collect();
    json!({"domains": shown, "main": state.main_domain})
}

fn is_below(name: &str, above: &str) -> bool {
    name.strip_suffix(above)
        .is_some_and(|rest| rest.ends_with('.'))
}

fn branch<'n>(
    names: &[&'n str],
    above: Option<&str>,
    parent: &impl Fn(&str) -> Option<&'n str>,
) -> Map<String, Value> {
    names
        .iter()
        .filter(|name| parent(name) == above)
        .map(|name| {
            (
                (*name).to_owned(),
                Value::Object(branch(names, Some(name), parent)),
            )
        })
        .collect()
}

/// The domain an action names, refused when there is none.
pub(super) fn known<'s>(state: &'s State, call: &Call, name: &str) -> Result<&'s Domain, Refusal> {
    match state.domain(name) {
        Some(domain) => Ok(domain),
        None => refuse(call, "domain_unknown", &[("domain", name)]),
    }
}

/// `domain info`.
pub(super) fn info(state: &State, call: &Call) -> Result<Value, Refusal> {
    let domain = known(state, call, call.required("domain"))?;
    let apps: Vec<Value> = state
        .apps
        .iter()
        .filter(|(_, app)| app.domain.as_ref() == Some(&domain.name))
        .map(|(instance, app)| json!({"id": instance, "name": app.label, "path": app.path}))
        .collect();
    let topest = state
        .domains
        .iter()
        .filter(|other| is_below(&domain.name, &other.name))
        .min_by_key(|other| other.name.len());
    Ok(json!({
        "certificate": certificates::shown(state, domain, true), "registrar": null, "apps": apps,
        "main": domain.name == state.main_domain, "topest_parent": topest.map(|top| top.name.as_str()),
    }))
}

/// Which installed apps an address collides with: one may not be below another's path.
pub(super) fn conflicts(state: &State, domain: &str, path: &str) -> Vec<(String, String, String)> {
    state
        .apps
        .iter()
        .filter(|(_, app)| app.domain.as_deref() == Some(domain))
        .filter_map(|(instance, app)| {
            let taken = app.path.as_deref()?;
            let collides = taken == path || taken == "/" || path == "/";
            collides.then(|| {
                let address = format!("{domain}{taken}");
                (address, app.label.clone(), instance.clone())
            })
        })
        .collect()
}

/// `domain url-available`.
pub(super) fn url_available(state: &State, call: &Call) -> Result<Value, Refusal> {
    let domain = known(state, call, call.required("domain"))?;
    Ok(conflicts(state, &domain.name, call.required("path"))
        .is_empty()
        .into())
}

/// `domain add`.
pub(super) fn add(state: &State, call: &Call) -> Result<Plan, Refusal> {
    let name = call.required("domain").to_lowercase();
    if state.domain(&name).is_some() {
        return refuse(call, "domain_exists", &[]);
    }
    if !is_domain(&name) {
        let error = call.locale.pick(
            "Must be a valid domain name (e.g. my-domain.org)",
            "Doit être un nom de domaine valide (ex. mon-domaine.org)",
        );
        return refuse(
            call,
            "invalid_argument",
            &[("argument", "domain"), ("error", error)],
        );
    }
    let made = name.clone();
    let mut plan = Plan::new(move |state, _| {
        state.domains.push(Domain {
            name: made,
            self_signed: true,
            days: 3649,
            own_certificate: None,
            certificate_sha256: None,
        });
        Value::Null
    })
    .say(
        4_000,
        "success",
        call,
        "certmanager_cert_install_success_selfsigned",
        &[("domain", &name)],
    );
    for category in ["nginx", "postfix", "dovecot", "dnsmasq"] {
        plan = plan.say(
            1_500,
            "success",
            call,
            "regenconf_updated",
            &[("category", category)],
        );
    }
    Ok(plan
        .say(2_500, "success", call, "domain_created", &[])
        .logged("domain_add", &name)
        .logged("selfsigned_cert_install", &name)
        .arg("domain", &name))
}

pub(super) fn is_domain(name: &str) -> bool {
    let labels: Vec<&str> = name.split('.').collect();
    labels.len() > 1
        && labels.iter().all(|label| {
            !label.is_empty()
                && label.len() < 64
                && !label.starts_with('-')
                && !label.ends_with('-')
                && label.chars().all(|c| c.is_alphanumeric() || c == '-')
        })
}

/// `domain remove`.
pub(super) fn remove(state: &State, call: &Call) -> Result<Plan, Refusal> {
    let name = known(state, call, call.required("domain"))?.name.clone();
    if name == state.main_domain {
        return refuse(call, "domain_cannot_remove_main", &[("domain", &name)]);
    }
    let there: BTreeMap<&String, &str> = state
        .apps
        .iter()
        .filter(|(_, app)| app.domain.as_deref() == Some(name.as_str()))
        .map(|(instance, app)| (instance, app.label.as_str()))
        .collect();
    if !there.is_empty() && !call.has("remove_apps") {
        let listed: Vec<String> = there
            .iter()
            .map(|(instance, label)| format!("\n * {instance} \"{label}\""))
            .collect();
        return refuse(
            call,
            "domain_uninstall_app_first",
            &[("apps", &listed.concat())],
        );
    }
    let gone = name.clone();
    let mut plan = Plan::new(move |state, _| {
        state.domains.retain(|domain| domain.name != gone);
        state
            .apps
            .retain(|_, app| app.domain.as_ref() != Some(&gone));
        Value::Null
    });
    for category in ["nginx", "postfix", "dnsmasq"] {
        plan = plan.say(
            2_300,
            "success",
            call,
            "regenconf_updated",
            &[("category", category)],
        );
    }
    Ok(plan
        .say(1_200, "success", call, "domain_deleted", &[])
        .logged("domain_remove", &name)
        .arg("domain", &name))
}

/// `domain main-domain -n`.
pub(super) fn set_main(state: &State, call: &Call) -> Result<Plan, Refusal> {
    let Some(name) = call.one("new_main_domain") else {
        let current = json!({"current_main_domain": state.main_domain});
        return Ok(Plan::new(move |_, _| current));
    };
    let name = known(state, call, name)?.name.clone();
    let chosen = name.clone();
    let plan = Plan::new(move |state, _| {
        if let Some(admins) = state.groups.get_mut("admins") {
            for alias in &mut admins.aliases {
                if let Some((who, _)) = alias.split_once('@') {
                    *alias = format!("{who}@{chosen}");
                }
            }
        }
        state.main_domain = chosen;
        Value::Null
    });
    Ok(plan
        .say(
            9_000,
            "success",
            call,
            "regenconf_updated",
            &[("category", "postfix")],
        )
        .say(
            7_000,
            "success",
            call,
            "group_updated",
            &[("group", "admins")],
        )
        .say(2_000, "success", call, "main_domain_changed", &[])
        .logged("domain_main_domain", &name)
        .arg("new_main_domain", &name))
}
