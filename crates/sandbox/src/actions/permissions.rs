//! `user permission …`: who may open what.

use serde_json::{Map, Value, json};

use crate::{
    actions::{Plan, Refusal, refuse},
    call::Call,
    state::{App, Permission, State},
};

/// What of the label of YunoHost's own permissions 12.0 and 12.1 say.
fn system_label(name: &str, old: bool) -> &'static str {
    match name {
        "mail" if old => "E-mail",
        "mail" => "Email",
        "sftp" => "SFTP",
        _ => "SSH",
    }
}

/// `user permission list`.
pub(super) fn list(state: &State, call: &Call) -> Value {
    let wanted = call.all("apps");
    let is_wanted = |app: &str| wanted.is_empty() || wanted.iter().any(|one| one == app);
    let full = call.has("full");
    let mut of_apps = of_apps(state, full, is_wanted);
    let mut own = Map::new();
    for (name, allowed) in &state.system_permissions {
        if is_wanted(name) {
            own.insert(format!("{name}.main"), system(state, name, allowed, full));
        }
    }
    // 12.0 begins with its own permissions, 12.1 ends with them.
    let permissions = if state.is_old() {
        own.append(&mut of_apps);
        own
    } else {
        of_apps.append(&mut own);
        of_apps
    };
    if call.has("short") {
        let names: Vec<&String> = permissions.keys().collect();
        return json!({"permissions": names});
    }
    json!({"permissions": permissions})
}

/// The permissions of apps, as `app info --full` shows them too.
pub(super) fn of_apps(
    state: &State,
    full: bool,
    wanted: impl Fn(&str) -> bool,
) -> Map<String, Value> {
    let mut shown = Map::new();
    for (instance, app) in state.apps.iter().filter(|(instance, _)| wanted(instance)) {
        for (name, permission) in &app.permissions {
            let url = absolute(app, permission);
            shown.insert(
                format!("{instance}.{name}"),
                of_app(state, app, name, permission, url, full),
            );
        }
    }
    shown
}

/// `nuage.glycines.example/office/admin` for `/admin` of an app at `/office`.
fn absolute(app: &App, permission: &Permission) -> Option<String> {
    let url = permission.url.as_deref()?;
    Some(format!(
        "{}{}",
        State::address_of(app)?,
        url.trim_end_matches('/')
    ))
}

fn label_of(app: &App, name: &str, permission: &Permission) -> String {
    match &permission.label {
        Some(own) if name == "main" => own.clone(),
        Some(own) => format!("{} ({own})", app.label),
        None => app.label.clone(),
    }
}

fn of_app(
    state: &State,
    app: &App,
    name: &str,
    permission: &Permission,
    url: Option<String>,
    full: bool,
) -> Value {
    let label = label_of(app, name, permission);
    let people = state.people_of(&permission.allowed);
    if state.is_old() {
        if !full {
            return json!({"allowed": permission.allowed});
        }
        let mut shown = json!({
            "allowed": permission.allowed, "corresponding_users": people,
            "auth_header": permission.auth_header, "label": label, "show_tile": permission.show_tile,
            "protected": permission.protected, "url": url, "additional_urls": [],
        });
        if name != "main"
            && let Some(shown) = shown.as_object_mut()
        {
            shown.insert(
                "sublabel".to_owned(),
                permission.label.as_deref().unwrap_or(name).into(),
            );
        }
        return shown;
    }
    if full {
        json!({
            "label": label, "url": url, "additional_urls": [], "auth_header": permission.auth_header,
            "show_tile": permission.show_tile, "protected": permission.protected,
            "allowed": permission.allowed, "corresponding_users": people,
        })
    } else {
        json!({"label": label, "url": url, "allowed": permission.allowed})
    }
}

fn system(state: &State, name: &str, allowed: &[String], full: bool) -> Value {
    let label = system_label(name, state.is_old());
    let people = state.people_of(allowed);
    match (state.is_old(), full) {
        (true, false) => json!({"allowed": allowed}),
        (true, true) => json!({
            "allowed": allowed, "corresponding_users": people, "auth_header": false, "label": label,
            "show_tile": false, "protected": true, "url": null, "additional_urls": [],
        }),
        (false, false) => json!({"allowed": allowed, "label": label}),
        (false, true) => {
            json!({"allowed": allowed, "label": label, "protected": true, "corresponding_users": people})
        }
    }
}

/// The permissions that a group, or a person, was given by name.
pub(super) fn held_by(state: &State, group: &str) -> Vec<String> {
    let mut held: Vec<String> = state
        .apps
        .iter()
        .flat_map(|(instance, app)| {
            app.permissions
                .iter()
                .filter(|(_, permission)| permission.allowed.iter().any(|one| one == group))
                .map(move |(name, _)| format!("{instance}.{name}"))
        })
        .collect();
    held.extend(
        state
            .system_permissions
            .iter()
            .filter(|(_, allowed)| allowed.iter().any(|one| one == group))
            .map(|(name, _)| format!("{name}.main")),
    );
    held
}

/// `app.name` for `app` and `app.name`.
fn full_name(asked: &str) -> (String, String) {
    let (app, name) = asked.split_once('.').unwrap_or((asked, "main"));
    (app.to_owned(), name.to_owned())
}

/// Refuses, as its release does, a permission that there is not.
fn known(state: &State, call: &Call) -> Result<(String, String), Refusal> {
    let (app, name) = full_name(call.required("permission"));
    if name == "main" && state.system_permissions.contains_key(&app) {
        return Ok((app, name));
    }
    match state.apps.get(&app) {
        Some(installed) if installed.permissions.contains_key(&name) => Ok((app, name)),
        None if !state.is_old() => super::apps::not_installed(state, call, &app),
        _ => refuse(
            call,
            "permission_not_found",
            &[("permission", &format!("{app}.{name}"))],
        ),
    }
}

/// One permission; its URL as kept (`/admin`), as real servers answer here.
fn shown(state: &State, app: &str, name: &str) -> Value {
    if let Some(allowed) = state.system_permissions.get(app) {
        return system(state, app, allowed, true);
    }
    let found = state
        .apps
        .get(app)
        .and_then(|installed| Some((installed, installed.permissions.get(name)?)));
    match found {
        Some((installed, permission)) => of_app(
            state,
            installed,
            name,
            permission,
            permission.url.clone(),
            true,
        ),
        None => Value::Null,
    }
}

/// `user permission info`.
pub(super) fn info(state: &State, call: &Call) -> Result<Value, Refusal> {
    let (app, name) = known(state, call)?;
    Ok(shown(state, &app, &name))
}

fn allowed_mut<'s>(state: &'s mut State, app: &str, name: &str) -> Option<&'s mut Vec<String>> {
    if state.system_permissions.contains_key(app) {
        return state.system_permissions.get_mut(app);
    }
    let permission = state.apps.get_mut(app)?.permissions.get_mut(name)?;
    Some(&mut permission.allowed)
}

/// `user permission add` and `remove`.
pub(super) fn change(state: &State, call: &Call, add: bool) -> Result<Plan, Refusal> {
    let (app, name) = known(state, call)?;
    let permission = format!("{app}.{name}");
    let groups = call.all("names").to_vec();
    let mut copy = state.clone();
    let current = allowed_mut(&mut copy, &app, &name)
        .cloned()
        .unwrap_or_default();
    let own = state.system_permissions.contains_key(&app);
    for group in &groups {
        if add && !state.has_group(group) {
            return refuse(call, "group_unknown", &[("group", group)]);
        }
        if group == "visitors" && own && add {
            return refuse(
                call,
                "permission_cant_add_to_visitors",
                &[("permission", &permission)],
            );
        }
        let protected = state
            .apps
            .get(&app)
            .and_then(|installed| installed.permissions.get(&name))
            .is_some_and(|known| known.protected);
        if group == "visitors" && protected {
            return refuse(call, "permission_protected", &[("permission", &permission)]);
        }
    }
    let (at, of, changed) = (app.clone(), name.clone(), groups.clone());
    let mut plan = Plan::new(move |state, _| {
        if let Some(allowed) = allowed_mut(state, &at, &of) {
            if add {
                for group in changed {
                    if !allowed.contains(&group) {
                        allowed.push(group);
                    }
                }
            } else {
                allowed.retain(|group| !changed.contains(group));
            }
        }
        shown(state, &at, &of)
    });
    for group in &groups {
        let there = current.contains(group);
        let key = match (add, there) {
            (true, true) => "permission_already_allowed",
            (false, false) => "permission_already_disallowed",
            _ => continue,
        };
        plan = plan.say(
            5,
            "warning",
            call,
            key,
            &[("group", group), ("permission", &permission)],
        );
    }
    let with_everybody = current.iter().any(|group| group == "all_users");
    if add && with_everybody && groups.iter().any(|group| !current.contains(group)) {
        plan = plan.say(
            5,
            "warning",
            call,
            "permission_currently_allowed_for_all_users",
            &[],
        );
    }
    Ok(plan
        .say(
            30,
            "success",
            call,
            "permission_updated",
            &[("permission", &permission)],
        )
        .logged("user_permission_update", &app)
        .arg("permission", &permission))
}

/// `user permission update`: the label and the tile.
pub(super) fn update(state: &State, call: &Call) -> Result<Plan, Refusal> {
    let (app, name) = known(state, call)?;
    let permission = format!("{app}.{name}");
    let label = call.one("label").map(str::to_owned);
    let tile = call
        .one("show_tile")
        .map(|said| matches!(said.to_lowercase().as_str(), "true" | "yes" | "1" | "on"));
    let (at, of) = (app.clone(), name);
    let plan = Plan::new(move |state, _| {
        if let Some(installed) = state.apps.get_mut(&at) {
            if of == "main"
                && let Some(label) = &label
            {
                installed.label.clone_from(label);
            }
            if let Some(known) = installed.permissions.get_mut(&of) {
                if of != "main" && label.is_some() {
                    known.label = label;
                }
                known.show_tile = tile.unwrap_or(known.show_tile);
            }
        }
        shown(state, &at, &of)
    });
    Ok(plan
        .say(
            30,
            "success",
            call,
            "permission_updated",
            &[("permission", &permission)],
        )
        .logged("user_permission_update", &app)
        .arg("permission", &permission))
}
