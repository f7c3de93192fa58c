//! `app install`, `upgrade`, `remove`: what they check, what they tell, what they change.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::{
    actions::{
        Plan, Refusal,
        apps::{newer, not_installed},
        domains, refuse,
    },
    call::{self, Call},
    catalogue::{self, Entry, Known},
    state::State,
    words::{self, Locale},
};

/// What a package is called at the address it was given: an id, or the end of a path or URL.
fn package(source: &str) -> &str {
    let end = source
        .trim_end_matches('/')
        .rsplit('/')
        .next()
        .unwrap_or(source);
    end.strip_suffix("_ynh").unwrap_or(end)
}

/// `app install`.
pub(super) fn install(state: &State, call: &Call, failing: bool) -> Result<Plan, Refusal> {
    let Some(entry) = catalogue::entry(package(call.required("app"))) else {
        return refuse(call, "app_unknown", &[]);
    };
    if !entry.multi && state.has_app(entry.id) {
        return refuse(call, "app_already_installed", &[("app", entry.id)]);
    }
    let said = call::answers(call.one("args").unwrap_or_default());
    let answers = checked(entry, &said, state, call)?;
    check_address(entry, &answers, state, call)?;
    let instance = state.free_instance(entry.id);
    let label = call.one("label").unwrap_or(entry.name).to_owned();
    let address = format!(
        "{}{}",
        answers.get("domain").map_or("", String::as_str),
        answers
            .get("path")
            .map_or("", String::as_str)
            .trim_end_matches('/')
    );
    let note = entry.note(&address);
    let text = match call.locale {
        Locale::English => note[0].1.clone(),
        Locale::French => note[1].1.clone(),
    };
    let (named, notified) = (instance.clone(), text.clone());
    let mut plan = Plan::new(move |state, now| {
        let mut app = entry.install(&named, &answers, now);
        app.label = label;
        state.apps.insert(named, app);
        // Over the command line, and so in the driver, an installation answers nothing; the API answers this.
        json!({"notifications": {"main": notified}})
    })
    .say(300, "info", call, "app_start_install", &[("app", entry.id)])
    .step(60, "info", "Provisioning system_user...")
    .step(250, "info", "Provisioning install_dir...")
    .step(60, "info", "Provisioning permissions...")
    .step(
        350,
        "info",
        "[++++++..............] > Setting up source files...",
    );
    if failing || entry.id == "chantier" {
        plan = plan
            .step(600, "warning", "ERROR: the foundations do not hold")
            .step(700, "error", format!("Unable to install {instance}: An error occurred inside the app installation script : the foundations do not hold"))
            .step(100, "warning", call.locale.pick("Removing the app after installation failure…", "Suppression de l'application après l'échec de l'installation…"))
            .step(900, "info", format!("[####################] > Removal of {instance} completed"))
            .step(200, "info", "Deprovisioning permissions...")
            .step(60, "info", "Deprovisioning install_dir...")
            .step(60, "info", "Deprovisioning system_user...");
        plan.failure = Some("the foundations do not hold".to_owned());
    } else {
        plan = plan
            .step(700, "info", "[######+++++++.......] > Configuring NGINX...")
            .step(
                600,
                "info",
                format!("[####################] > Installation of {instance} completed"),
            )
            .say(500, "success", call, "installation_complete", &[]);
        plan.output = Some(format!("==========\n{text}\n==========\n"));
    }
    Ok(plan.logged("app_install", entry.id).arg("app", entry.id))
}

/// Every answer, checked, with the defaults of those that were not given.
fn checked(
    entry: &Entry,
    said: &BTreeMap<String, String>,
    state: &State,
    call: &Call,
) -> Result<BTreeMap<String, String>, Refusal> {
    let known = Known {
        state,
        locale: call.locale,
    };
    let mut answers = BTreeMap::new();
    for question in entry.questions() {
        match question.answer(said, known) {
            Ok(Some(answer)) => {
                answers.insert(question.id.to_owned(), answer);
            }
            Ok(None) => {}
            Err((key, values)) => {
                let named: Vec<(&str, &str)> = values
                    .iter()
                    .map(|(name, value)| (*name, value.as_str()))
                    .collect();
                return refuse(call, key, &named);
            }
        }
    }
    Ok(answers)
}

fn check_address(
    entry: &Entry,
    answers: &BTreeMap<String, String>,
    state: &State,
    call: &Call,
) -> Result<(), Refusal> {
    let Some(domain) = answers.get("domain") else {
        return Ok(());
    };
    let path = answers.get("path").map_or("/", String::as_str);
    let taken = domains::conflicts(state, domain, path);
    if taken.is_empty() {
        return Ok(());
    }
    if entry.wants_a_whole_domain() {
        return refuse(call, "app_full_domain_unavailable", &[("domain", domain)]);
    }
    let listed: Vec<String> = taken
        .iter()
        .map(|(address, label, instance)| format!(" * {address} → {label} ({instance})"))
        .collect();
    refuse(
        call,
        "app_location_unavailable",
        &[("apps", &listed.join("\n"))],
    )
}

/// `app upgrade`: those that are named, or all that can be.
pub(super) fn upgrade(state: &State, call: &Call, failing: bool) -> Result<Plan, Refusal> {
    let force = call.has("force");
    let named = call.all("app");
    for instance in named {
        if !state.apps.contains_key(instance) {
            return not_installed(state, call, instance);
        }
    }
    let (wanted, current): (Vec<_>, Vec<_>) = state
        .apps
        .iter()
        .filter(|(instance, _)| named.is_empty() || named.contains(instance))
        .partition(|(_, app)| newer(app).is_some() || (force && !named.is_empty()));
    let up_to_date = current
        .iter()
        .filter(|_| !named.is_empty())
        .map(|(instance, app)| {
            words::sentence(
                call.locale,
                "app_already_up_to_date",
                &[("app", instance), ("version", &app.version)],
            )
        });
    if wanted.is_empty() {
        if state.is_old() {
            // 12.0 says so, and ends well.
            let plan = Plan::new(|_, _| Value::Null);
            return Ok(up_to_date.fold(plan, |plan, line| plan.step(10, "info", line)));
        }
        return refuse(call, "apps_no_target_can_be_upgraded", &[]);
    }
    let instances: Vec<String> = wanted
        .iter()
        .map(|(instance, _)| (*instance).clone())
        .collect();
    let changed = instances.clone();
    let mut plan = Plan::new(move |state, now| {
        for instance in changed {
            if let Some(app) = state.apps.get_mut(&instance) {
                if let Some(entry) = catalogue::entry(&app.id) {
                    entry.version.clone_into(&mut app.version);
                }
                app.updated_at = Some(now);
            }
        }
        Value::Null
    });
    for instance in &instances {
        plan = plan.say(
            300,
            "info",
            call,
            "app_upgrade_app_name",
            &[("app", instance)],
        );
        if !call.has("no_safety_backup") {
            plan = plan
                .step(200, "info", "Creating a safety backup prior to the upgrade")
                .step(
                    300,
                    "info",
                    format!("Collecting files to be backed up for {instance}…"),
                )
                .step(
                    500,
                    "info",
                    "Creating a backup archive from the collected files…",
                )
                .step(
                    300,
                    "success",
                    format!("Backup created: {instance}-pre-upgrade1"),
                );
        }
        plan = plan
            .step(200, "info", "Updating system_user...")
            .step(100, "info", "Updating install_dir...")
            .step(100, "info", "Updating permissions...")
            .step(1_200, "info", "[++++++++++..........] > Upgrading files...");
        if failing {
            plan = plan.step(
                500,
                "error",
                format!(
                    "Could not upgrade {instance}: An error occurred inside the app upgrade script"
                ),
            );
        } else {
            plan = plan
                .step(
                    700,
                    "info",
                    format!("[####################] > Upgrade of {instance} completed"),
                )
                .say(300, "success", call, "app_upgraded", &[("app", instance)]);
        }
        plan = plan.logged("app_upgrade", instance);
    }
    if failing {
        plan.failure = Some("the upgrade script failed".to_owned());
    }
    Ok(plan.arg("app", &instances.join(",")))
}

/// `app remove`.
pub(super) fn remove(state: &State, call: &Call) -> Result<Plan, Refusal> {
    let instances = call.all("app").to_vec();
    for instance in &instances {
        if !state.apps.contains_key(instance) {
            return not_installed(state, call, instance);
        }
    }
    let gone = instances.clone();
    let mut plan = Plan::new(move |state, _| {
        state.apps.retain(|instance, _| !gone.contains(instance));
        Value::Null
    });
    for instance in &instances {
        plan = plan
            .say(200, "info", call, "app_start_remove", &[("app", instance)])
            .step(
                300,
                "info",
                "[++++++++++..........] > Removing NGINX configuration...",
            )
            .step(
                600,
                "info",
                format!("[####################] > Removal of {instance} completed"),
            )
            .step(200, "info", "Deprovisioning permissions...")
            .step(60, "info", "Deprovisioning install_dir...")
            .step(60, "info", "Deprovisioning system_user...")
            .say(400, "success", call, "app_removed", &[("app", instance)])
            .logged("app_remove", instance);
    }
    Ok(plan.arg("app", &instances.join(",")))
}

/// `app change-label`.
pub(super) fn change_label(state: &State, call: &Call) -> Result<Plan, Refusal> {
    let instance = call.required("app").to_owned();
    if !state.apps.contains_key(&instance) {
        return not_installed(state, call, &instance);
    }
    let (label, at) = (call.required("new_label").to_owned(), instance.clone());
    let plan = Plan::new(move |state, _| {
        if let Some(app) = state.apps.get_mut(&at) {
            app.label = label;
        }
        Value::Null
    });
    Ok(plan
        .logged("app_change_label", &instance)
        .arg("app", &instance))
}
