//! `user …`: accounts.

use serde_json::{Map, Value, json};

use crate::{
    actions::{Plan, Refusal, people, refuse},
    call::Call,
    state::{State, User},
    words::{self, Locale},
};

/// What YunoHost prints when it takes a new password without a terminal.
const PASSWORD_ADVICE: &str = "You are now about to define a new user password. The password should be at least 8 characters long—though it is good practice to use a longer password (i.e. a passphrase) and/or to a variation of characters (uppercase, lowercase, digits and special characters).\n";

/// `user list`.
pub(super) fn list(state: &State, call: &Call) -> Value {
    let default = ["username", "fullname", "mail", "mailbox-quota"].map(str::to_owned);
    let fields = match call.all("fields") {
        [] => &default,
        fields => fields,
    };
    let users: Map<String, Value> = state
        .users
        .iter()
        .map(|(name, user)| {
            let shown: Map<String, Value> = fields
                .iter()
                .filter_map(|field| {
                    let value: Value = match field.as_str() {
                        "username" => name.as_str().into(),
                        "fullname" => user.fullname.as_str().into(),
                        "mail" => user.mail.as_str().into(),
                        "mail-alias" => user.aliases.clone().into(),
                        "mail-forward" => user.forward.clone().into(),
                        "mailbox-quota" => user.quota.as_str().into(),
                        "groups" => groups_of(state, name).into(),
                        // As recorded: no name of a shell, but whether there is none to log in with.
                        "shell" => (user.shell == "/bin/false").into(),
                        _ => return None,
                    };
                    Some((field.clone(), value))
                })
                .collect();
            (name.clone(), Value::Object(shown))
        })
        .collect();
    json!({"users": users})
}

fn groups_of(state: &State, name: &str) -> Vec<String> {
    state
        .groups
        .iter()
        .filter(|(_, group)| group.members.iter().any(|member| member == name))
        .map(|(group, _)| group.clone())
        .collect()
}

/// `user info`.
pub(super) fn info(state: &State, call: &Call) -> Result<Value, Refusal> {
    let asked = call.required("username");
    let found = state
        .users
        .get_key_value(asked)
        .or_else(|| state.users.iter().find(|(_, user)| user.mail == asked));
    match found {
        Some((name, user)) => Ok(shown(name, user, call.locale)),
        None => refuse(call, "user_unknown", &[("user", asked)]),
    }
}

fn shown(name: &str, user: &User, locale: Locale) -> Value {
    let quota = if user.quota == "0" {
        json!({"limit": locale.pick("No quota", "Pas de quota"), "use": "0"})
    } else {
        json!({"limit": user.quota, "use": "0 (0%)"})
    };
    json!({
        "username": name, "fullname": user.fullname, "mail": user.mail, "loginShell": user.shell,
        "mail-aliases": user.aliases, "mail-forward": user.forward, "mailbox-quota": quota,
    })
}

/// `user create`.
pub(super) fn create(state: &State, call: &Call) -> Result<Plan, Refusal> {
    let name = call.required("username").to_owned();
    let asked = |key| {
        call.asked(key)
            .map_err(|missing| Refusal::misused(&missing, call.locale))
    };
    let fullname = asked("fullname")?.to_owned();
    let password = asked("password")?;
    let domain = call.one("domain").unwrap_or(&state.main_domain).to_owned();
    people::check_password(call, password)?;
    let new_password = password.to_owned();
    if state.domain(&domain).is_none() {
        return refuse(call, "domain_unknown", &[("domain", &domain)]);
    }
    people::check_username(state, call, &name)?;
    let mail = format!("{name}@{domain}");
    people::check_mail(state, call, &mail, &name)?;
    let quota = call.one("mailbox_quota").unwrap_or("0").to_owned();
    let shell = call.one("loginShell").unwrap_or("/bin/bash").to_owned();
    let admin = call.has("admin");
    let (who, shown_name, shown_mail) = (name.clone(), fullname.clone(), mail.clone());
    let plan = Plan::new(move |state, _| {
        state.system.passwords.insert(who.clone(), new_password);
        state.users.insert(
            who.clone(),
            User {
                fullname: shown_name.clone(),
                mail: shown_mail.clone(),
                aliases: Vec::new(),
                forward: Vec::new(),
                quota,
                shell,
            },
        );
        if admin && let Some(admins) = state.groups.get_mut("admins") {
            admins.members.push(who.clone());
        }
        json!({"fullname": shown_name, "username": who, "mail": shown_mail})
    });
    let mut plan = plan
        .say(
            550,
            "info",
            call,
            "user_added_to_group",
            &[("user", &name), ("group", "all_users")],
        )
        .say(450, "success", call, "user_created", &[])
        .logged("user_create", &name)
        .logged("user_group_create", &name)
        .logged("user_group_update", "all_users")
        .arg("username", &name)
        .arg("fullname", &fullname)
        .arg("domain", &domain);
    plan.output = Some(PASSWORD_ADVICE.to_owned());
    Ok(plan)
}

/// `user update`.
pub(super) fn update(state: &State, call: &Call) -> Result<Plan, Refusal> {
    let name = call.required("username").to_owned();
    if !state.users.contains_key(&name) {
        return refuse(call, "user_unknown", &[("user", &name)]);
    }
    if let Some(password) = call.one("change_password") {
        people::check_password(call, password)?;
    }
    let mail = call.one("mail").map(str::to_owned);
    for wanted in mail.iter().chain(call.all("add_mailalias")) {
        people::check_mail(state, call, wanted, &name)?;
    }
    let call_of = call.clone();
    let (who, locale) = (name.clone(), call.locale);
    let new_password = call.one("change_password").map(str::to_owned);
    let plan = Plan::new(move |state, _| {
        match new_password {
            Some(password) if who == "admin" => state.password = password,
            Some(password) => {
                state.system.passwords.insert(who.clone(), password);
            }
            None => {}
        }
        let Some(user) = state.users.get_mut(&who) else {
            return Value::Null;
        };
        if let Some(fullname) = call_of.one("fullname") {
            fullname.clone_into(&mut user.fullname);
        }
        if let Some(mail) = mail {
            user.mail = mail;
        }
        if let Some(quota) = call_of.one("mailbox_quota") {
            quota.clone_into(&mut user.quota);
        }
        if let Some(shell) = call_of.one("loginShell") {
            shell.clone_into(&mut user.shell);
        }
        change(
            &mut user.aliases,
            call_of.all("add_mailalias"),
            call_of.all("remove_mailalias"),
        );
        change(
            &mut user.forward,
            call_of.all("add_mailforward"),
            call_of.all("remove_mailforward"),
        );
        shown(&who, user, locale)
    });
    Ok(plan
        .say(110, "success", call, "user_updated", &[])
        .logged("user_update", &name)
        .arg("username", &name))
}

fn change(list: &mut Vec<String>, add: &[String], remove: &[String]) {
    list.retain(|known| !remove.contains(known));
    for new in add {
        if !list.contains(new) {
            list.push(new.clone());
        }
    }
}

/// `user delete`.
pub(super) fn delete(state: &State, call: &Call) -> Result<Plan, Refusal> {
    let name = call.required("username").to_owned();
    if !state.users.contains_key(&name) {
        return refuse(call, "user_unknown", &[("user", &name)]);
    }
    if state.members("admins") == [name.clone()] {
        return refuse(call, "user_cannot_delete_last_admin", &[("user", &name)]);
    }
    let who = name.clone();
    let mut plan = Plan::new(move |state, _| {
        state.users.remove(&who);
        state.system.passwords.remove(&who);
        for group in state.groups.values_mut() {
            group.members.retain(|member| *member != who);
        }
        for app in state.apps.values_mut() {
            for permission in app.permissions.values_mut() {
                permission.allowed.retain(|group| *group != who);
            }
        }
        for allowed in state.system_permissions.values_mut() {
            allowed.retain(|group| *group != who);
        }
        Value::Null
    });
    let mut groups = vec!["all_users".to_owned()];
    groups.extend(groups_of(state, &name));
    for group in groups {
        let line = words::sentence(
            call.locale,
            "user_removed_from_group",
            &[("user", &name), ("group", &group)],
        );
        plan = plan.step(40, "info", line);
    }
    Ok(plan
        .say(150, "success", call, "user_deleted", &[])
        .logged("user_delete", &name)
        .logged("user_group_delete", &name)
        .arg("username", &name))
}
