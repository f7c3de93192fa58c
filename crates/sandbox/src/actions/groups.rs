//! `user group …`: groups.

use serde_json::{Map, Value, json};

use crate::{
    actions::{Plan, Refusal, permissions, refuse},
    call::Call,
    state::{Group, OWN_GROUPS, State},
};

/// `user group list`.
pub(super) fn list(state: &State, call: &Call) -> Value {
    let (full, primary) = (call.has("full"), call.has("include_primary_groups"));
    let mut names: Vec<&String> = Vec::new();
    let own = OWN_GROUPS
        .iter()
        .filter_map(|name| state.groups.get_key_value(*name));
    names.extend(own.map(|(name, _)| name));
    if primary {
        names.extend(state.users.keys());
    }
    names.extend(
        state
            .groups
            .keys()
            .filter(|name| !OWN_GROUPS.contains(&name.as_str())),
    );
    if call.has("short") {
        return json!({"groups": names});
    }
    let groups: Map<String, Value> = names
        .into_iter()
        .map(|name| {
            let mut shown = json!({"members": state.members(name)});
            if full && let Some(shown) = shown.as_object_mut() {
                shown.insert(
                    "permissions".to_owned(),
                    permissions::held_by(state, name).into(),
                );
            }
            (name.clone(), shown)
        })
        .collect();
    json!({"groups": groups})
}

/// `user group info`.
pub(super) fn info(state: &State, call: &Call) -> Result<Value, Refusal> {
    let name = call.required("groupname");
    if !state.has_group(name) {
        return refuse(call, "group_unknown", &[("group", name)]);
    }
    Ok(shown(state, name))
}

/// One group. Its permissions stay empty here, as on real servers.
fn shown(state: &State, name: &str) -> Value {
    let aliases = state.groups.get(name).map(|group| group.aliases.clone());
    json!({
        "members": state.members(name), "permissions": [],
        "mail-aliases": aliases.unwrap_or_default(),
    })
}

/// `user group create`.
pub(super) fn create(state: &State, call: &Call) -> Result<Plan, Refusal> {
    let name = call.required("groupname").to_owned();
    if state.has_group(&name) {
        return refuse(call, "group_already_exist", &[("group", &name)]);
    }
    let made = name.clone();
    let plan = Plan::new(move |state, _| {
        state.groups.insert(made.clone(), Group::default());
        json!({"name": made})
    });
    Ok(plan
        .say(30, "success", call, "group_created", &[("group", &name)])
        .logged("user_group_create", &name)
        .arg("groupname", &name))
}

/// `user group delete`.
pub(super) fn delete(state: &State, call: &Call) -> Result<Plan, Refusal> {
    let name = call.required("groupname").to_owned();
    if !state.has_group(&name) {
        return refuse(call, "group_unknown", &[("group", &name)]);
    }
    if OWN_GROUPS.contains(&name.as_str()) || state.users.contains_key(&name) {
        return refuse(call, "group_cannot_be_deleted", &[("group", &name)]);
    }
    let gone = name.clone();
    let plan = Plan::new(move |state, _| {
        state.groups.remove(&gone);
        for app in state.apps.values_mut() {
            for permission in app.permissions.values_mut() {
                permission.allowed.retain(|group| *group != gone);
            }
        }
        Value::Null
    });
    Ok(plan
        .say(30, "success", call, "group_deleted", &[("group", &name)])
        .logged("user_group_delete", &name)
        .arg("groupname", &name))
}

/// `user group add` and `remove`.
pub(super) fn change(state: &State, call: &Call, add: bool) -> Result<Plan, Refusal> {
    let name = call.required("groupname").to_owned();
    match name.as_str() {
        "all_users" => return refuse(call, "group_cannot_edit_all_users", &[]),
        "visitors" => return refuse(call, "group_cannot_edit_visitors", &[]),
        _ => {}
    }
    if !state.groups.contains_key(&name) {
        return refuse(call, "group_unknown", &[("group", &name)]);
    }
    let users = call.all("usernames").to_vec();
    for user in &users {
        if !state.users.contains_key(user) {
            return refuse(call, "user_unknown", &[("user", user)]);
        }
    }
    let (group, changed) = (name.clone(), users.clone());
    let mut plan = Plan::new(move |state, _| {
        if let Some(known) = state.groups.get_mut(&group) {
            known.members.retain(|member| !changed.contains(member));
            if add {
                known.members.extend(changed);
            }
        }
        shown(state, &group)
    });
    let key = if add {
        "user_added_to_group"
    } else {
        "user_removed_from_group"
    };
    for user in &users {
        plan = plan.say(10, "info", call, key, &[("user", user), ("group", &name)]);
    }
    Ok(plan
        .say(20, "success", call, "group_updated", &[("group", &name)])
        .logged("user_group_update", &name)
        .arg("groupname", &name))
}
