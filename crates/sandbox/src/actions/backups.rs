//! `backup …`: archives of the system and of apps.

use chrono::{DateTime, Utc};
use serde_json::{Map, Value, json};

use crate::{
    actions::{Plan, Refusal, refuse},
    call::Call,
    clock,
    state::{State, system::Archive},
};

/// What of the system can be saved, and how big it is.
const SYSTEM: &[(&str, u64)] = &[
    ("data_mail", 10_240),
    ("conf_ynh_settings", 20_480),
    ("conf_ynh_certs", 30_720),
    ("conf_manually_modified_files", 10_240),
    ("conf_ldap", 81_920),
    ("data_multimedia", 10_240),
    ("data_home", 20_480),
];
/// How big an app is in an archive.
const APP: u64 = 57_643;
/// The archive's own table of contents.
const TABLE: u64 = 385;

/// `backup list`: names, oldest first, or all about each.
pub(super) fn list(state: &State, call: &Call) -> Value {
    let archives = &state.system.backups;
    // Without archives it is a list in both cases.
    if call.has("with_info") && !archives.is_empty() {
        let all: Map<String, Value> = archives
            .iter()
            .map(|archive| (archive.name.clone(), info_of(archive)))
            .collect();
        return json!({"archives": all});
    }
    let names: Vec<&str> = archives
        .iter()
        .map(|archive| archive.name.as_str())
        .collect();
    json!({"archives": names})
}

fn info_of(archive: &Archive) -> Value {
    json!({
        "path": format!("/home/yunohost.backup/archives/{}.tar", archive.name),
        "created_at": clock::written(archive.at), "description": archive.description, "size": archive.size,
    })
}

fn known<'s>(state: &'s State, call: &Call) -> Result<&'s Archive, Refusal> {
    let name = call.required("name");
    let found = state.system.backups.iter().find(|one| one.name == name);
    match found {
        Some(archive) => Ok(archive),
        None => refuse(call, "backup_archive_name_unknown", &[("name", name)]),
    }
}

/// `backup info`.
pub(super) fn info(state: &State, call: &Call) -> Result<Value, Refusal> {
    let archive = known(state, call)?;
    let mut shown = info_of(archive);
    if call.has("with_details")
        && let Some(shown) = shown.as_object_mut()
    {
        let apps: Map<String, Value> = archive
            .apps
            .iter()
            .map(|(instance, version, label)| {
                let about = json!({
                    "version": version, "name": label, "description": label, "size": APP,
                });
                (instance.clone(), about)
            })
            .collect();
        let system: Map<String, Value> = archive
            .system
            .iter()
            .map(|part| (part.clone(), json!({"size": size_of(part), "paths": []})))
            .collect();
        shown.insert("apps".to_owned(), apps.into());
        shown.insert("system".to_owned(), system.into());
        shown.insert(
            "from_yunohost_version".to_owned(),
            state.version.as_str().into(),
        );
    }
    Ok(shown)
}

fn size_of(part: &str) -> u64 {
    SYSTEM
        .iter()
        .find(|(known, _)| *known == part)
        .map_or(0, |(_, size)| *size)
}

/// `backup create`.
pub(super) fn create(state: &State, call: &Call, now: DateTime<Utc>) -> Result<Plan, Refusal> {
    let name = call
        .one("name")
        .map_or_else(|| clock::stamp(now), str::to_owned);
    if state.system.backups.iter().any(|one| one.name == name) {
        return refuse(call, "backup_archive_name_exists", &[("name", &name)]);
    }
    let everything = !call.has("system") && !call.has("apps");
    let system: Vec<String> = match call.all("system") {
        [] if everything || call.has("system") => {
            SYSTEM.iter().map(|(part, _)| (*part).to_owned()).collect()
        }
        parts => parts
            .iter()
            .filter(|part| size_of(part) > 0)
            .cloned()
            .collect(),
    };
    let wanted: Vec<String> = match call.all("apps") {
        [] if everything || call.has("apps") => state.apps.keys().cloned().collect(),
        apps => apps.to_vec(),
    };
    let apps: Vec<(String, String, String)> = wanted
        .iter()
        .filter_map(|instance| {
            let app = state.apps.get(instance)?;
            Some((instance.clone(), app.version.clone(), app.label.clone()))
        })
        .collect();
    if system.is_empty() && apps.is_empty() {
        return refuse(call, "backup_nothings_done", &[]);
    }
    let size = TABLE
        + system.iter().map(|part| size_of(part)).sum::<u64>()
        + APP * u64::try_from(apps.len()).unwrap_or(0);
    let archive = Archive {
        name: name.clone(),
        at: now,
        description: call.one("description").unwrap_or_default().to_owned(),
        size,
        apps,
        system,
    };
    let results = |names: &mut dyn Iterator<Item = &String>| -> Map<String, Value> {
        names.map(|one| (one.clone(), "Success".into())).collect()
    };
    let reply = json!({
        "name": name, "size": size,
        "results": {
            "system": results(&mut archive.system.iter()),
            "apps": results(&mut archive.apps.iter().map(|(instance, ..)| instance)),
        },
    });
    let mut lines = Vec::new();
    for (instance, ..) in &archive.apps {
        lines.push((
            700,
            format!("Collecting files to be backed up for {instance}…"),
        ));
        lines.push((200, format!("Backup script completed for {instance}.")));
    }
    lines.push((
        900,
        "Creating a backup archive from the collected files…".to_owned(),
    ));
    lines.push((
        400,
        format!("The archive will contain about {}KB of data.", size / 1_024),
    ));
    let mut plan = Plan::new(move |state, now| {
        state.system.backups.push(Archive { at: now, ..archive });
        reply
    });
    for (time, line) in lines {
        plan = plan.step(time, "info", line);
    }
    // A name that is drawn says nothing of what was done.
    let subject = call.one("name").unwrap_or_default();
    Ok(plan
        .say(300, "success", call, "backup_created", &[("name", &name)])
        .about(subject)
        .logged("backup_create", &name))
}

/// `backup delete`.
pub(super) fn delete(state: &State, call: &Call) -> Result<Plan, Refusal> {
    let name = known(state, call)?.name.clone();
    let gone = name.clone();
    let plan = Plan::new(move |state, _| {
        state.system.backups.retain(|archive| archive.name != gone);
        Value::Null
    });
    Ok(plan
        .say(30, "success", call, "backup_deleted", &[("name", &name)])
        .about(&name))
}
