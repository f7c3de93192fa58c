//! What is an account's on a server: its checks of values, and what it is shown of replies.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};
use towerify_yunohost::gate::GatePolicy;
use unicode_normalization::UnicodeNormalization as _;

use crate::call;

const EVERYBODY: [&str; 2] = ["all_users", "visitors"];

/// What the policy names, and what is on its domains.
pub(super) struct Theirs {
    policy: GatePolicy,
    users: BTreeSet<String>,
    groups: BTreeSet<String>,
    apps: BTreeSet<String>,
    others: BTreeSet<String>,
}

type Checked = Result<String, String>;

impl Theirs {
    /// From the replies to `user list`, `user group list --full` and `app list`.
    pub(super) fn new(policy: &GatePolicy, users: &Value, groups: &Value, apps: &Value) -> Self {
        let none = Map::new();
        let every = |value: &Value, name: &str| {
            value
                .get(name)
                .and_then(Value::as_object)
                .unwrap_or(&none)
                .clone()
        };
        let (people, groups) = (every(users, "users"), every(groups, "groups"));
        let admins = texts(groups.get("admins").and_then(|group| group.get("members")));
        let on_theirs =
            |address: Option<&str>| address.is_some_and(|one| policy.domains.contains(one));
        let users: BTreeSet<String> = people
            .iter()
            .filter(|(name, about)| {
                let mail = about
                    .get("mail")
                    .and_then(Value::as_str)
                    .unwrap_or_default();
                on_theirs(mail.rsplit_once('@').map(|(_, domain)| domain))
                    || policy.users.contains(*name)
            })
            .map(|(name, _)| name.clone())
            .filter(|name| !admins.contains(name) && !policy.never.contains(name))
            .collect();
        let listed = apps
            .get("apps")
            .and_then(Value::as_array)
            .cloned()
            .unwrap_or_default();
        let id = |app: &Value| {
            app.get("id")
                .and_then(Value::as_str)
                .unwrap_or_default()
                .to_owned()
        };
        let apps: BTreeSet<String> = listed
            .iter()
            .filter(|app| {
                let place = app
                    .get("domain_path")
                    .and_then(Value::as_str)
                    .unwrap_or_default();
                on_theirs(place.split('/').next()) || policy.apps.contains(&id(app))
            })
            .map(id)
            .collect();
        let own_groups = groups
            .iter()
            .filter(|(name, group)| {
                // Theirs where nobody and nothing in it is another's.
                let only = texts(group.get("members"))
                    .iter()
                    .all(|one| users.contains(one))
                    && texts(group.get("permissions"))
                        .iter()
                        .all(|one| apps.contains(app_of(one)));
                (only || policy.groups.contains(*name))
                    && !EVERYBODY.contains(&name.as_str())
                    && name.as_str() != "admins"
                    && !policy.never.contains(*name)
                    && !people.contains_key(*name)
            })
            .map(|(name, _)| name.clone())
            .collect();
        let others = people.keys().cloned().chain(listed.iter().map(id));
        let others = others
            .filter(|name| !users.contains(name) && !apps.contains(name))
            .collect();
        Self {
            policy: policy.clone(),
            users,
            groups: own_groups,
            apps,
            others,
        }
    }

    /// A value by the check of this name: as it is passed on.
    pub(super) fn check(&self, check: &str, value: &str) -> Checked {
        let among = |those: &BTreeSet<String>, otherwise: &str| match those.contains(value) {
            true => Ok(value.to_owned()),
            false => Err(otherwise.to_owned()),
        };
        let plain = |most: usize, inside: fn(char) -> bool| {
            form(
                !value.is_empty() && value.chars().count() <= most && value.chars().all(inside),
                value,
            )
        };
        match check {
            "word" => form(
                value.starts_with(|c: char| c.is_ascii_lowercase())
                    && value.len() <= 64
                    && value
                        .chars()
                        .all(|c| c.is_ascii_lowercase() || matches!(c, '_' | '-')),
                value,
            ),
            "name" => {
                plain(64, |c| in_id(c) || c == '.')?;
                match self.policy.never.contains(value) || value.contains('-') {
                    true => Err("this name is not to be had".into()),
                    false => Ok(value.to_owned()),
                }
            }
            "user" => among(&self.users, "no such user of theirs"),
            "group" => among(&self.groups, "no such group of theirs"),
            "grantee" if EVERYBODY.contains(&value) || self.users.contains(value) => {
                Ok(value.to_owned())
            }
            "grantee" => among(&self.groups, "no such user or group of theirs"),
            "app" => among(&self.apps, "no such app of theirs"),
            "permission" => {
                plain(129, |c| in_id(c) || c == '.')?;
                form(
                    value.matches('.').count() <= 1 && !value.ends_with('.'),
                    value,
                )?;
                self.check("app", app_of(value)).map(|_| value.to_owned())
            }
            "domain" => among(&self.policy.domains, "no such domain of theirs"),
            "mail" => {
                let (local, domain) = value.rsplit_once('@').unwrap_or_default();
                form(is_local(local, ""), value)?;
                self.check("domain", domain).map(|_| value.to_owned())
            }
            "address" => {
                let (local, domain) = value.rsplit_once('@').unwrap_or_default();
                form(
                    is_local(local, "+") && is_local(domain, "") && !domain.starts_with('.'),
                    value,
                )
            }
            "offered" => match &self.policy.catalogue {
                Some(offered) => among(offered, "not offered"),
                None => form(
                    value.starts_with(|c: char| c.is_ascii_lowercase() || c.is_ascii_digit())
                        && value.len() <= 64
                        && value.chars().all(in_id),
                    value,
                ),
            },
            "archive" => {
                let rest = value
                    .strip_prefix(&self.policy.archives)
                    .unwrap_or_default();
                let inside = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-');
                form(
                    (1..=40).contains(&rest.len()) && rest.chars().all(inside),
                    value,
                )
            }
            "path" => {
                let part = |part: &str| {
                    !part.starts_with(['.', '-'])
                        && part
                            .chars()
                            .all(|c| c.is_ascii_alphanumeric() || "._~-".contains(c))
                };
                form(
                    value.starts_with('/') && !value.contains("//") && value.split('/').all(part),
                    value,
                )
            }
            "quota" => {
                let digits = value
                    .strip_suffix(['b', 'k', 'M', 'G', 'T'])
                    .unwrap_or_default();
                let number =
                    (1..=6).contains(&digits.len()) && digits.chars().all(|c| c.is_ascii_digit());
                form(value == "0" || number, value)
            }
            "truth" => form(matches!(value, "True" | "False"), value),
            "text" => {
                let hidden = value
                    .chars()
                    .zip(value.chars().skip(1))
                    .any(|(a, b)| a.is_whitespace() && b == '-');
                let first = value
                    .chars()
                    .next()
                    .is_some_and(|c| c != '-' && !c.is_whitespace());
                form(first && !hidden && value.chars().count() <= 128, value)
            }
            "answers" => self.answers(value),
            _ => Err("this action is not allowed".into()),
        }
    }

    /// An app's answers: on a domain of theirs, and naming nobody else.
    fn answers(&self, value: &str) -> Checked {
        let answers = call::answers(value);
        let is_name = |name: &String| {
            (1..=64).contains(&name.len())
                && name
                    .chars()
                    .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
        };
        if answers.len() != value.split('&').count() || !answers.keys().all(is_name) {
            return Err("each answer has a name of its own".into());
        }
        for answer in answers.values() {
            if self.others.contains(&visible(answer, "\n\t")?) {
                return Err("an answer names what is another's".into());
            }
        }
        self.check("domain", answers.get("domain").map_or("", String::as_str))?;
        Ok(value.to_owned())
    }

    /// What of a reply is theirs.
    pub(super) fn shown(&self, action: &str, mut reply: Value) -> Value {
        let mine = |one: &str| self.policy.domains.contains(one);
        let known = |one: &String| {
            self.users.contains(one)
                || self.groups.contains(one)
                || EVERYBODY.contains(&one.as_str())
                || one == "admins"
        };
        match action {
            "user list" => keep(&mut reply, "users", |name| self.users.contains(name)),
            "domain cert status" => keep(&mut reply, "certificates", mine),
            "domain list" => {
                let domains: Vec<String> = texts(reply.get("domains"))
                    .into_iter()
                    .filter(|one| mine(one))
                    .collect();
                let main = reply
                    .get("main")
                    .and_then(Value::as_str)
                    .filter(|main| mine(main));
                reply = json!({"domains": domains, "main": main});
            }
            "user group list" => {
                keep(&mut reply, "groups", |name| {
                    self.groups.contains(name)
                        || self.users.contains(name)
                        || EVERYBODY.contains(&name)
                });
                for group in reply
                    .get_mut("groups")
                    .and_then(Value::as_object_mut)
                    .into_iter()
                    .flat_map(Map::values_mut)
                {
                    only(group, "members", |one| self.users.contains(one));
                    only(group, "permissions", |one| self.apps.contains(app_of(one)));
                }
            }
            "user permission list" => {
                keep(&mut reply, "permissions", |name| {
                    self.apps.contains(app_of(name))
                });
                for about in reply
                    .get_mut("permissions")
                    .and_then(Value::as_object_mut)
                    .into_iter()
                    .flat_map(Map::values_mut)
                {
                    only(about, "allowed", known);
                    only(about, "corresponding_users", known);
                }
            }
            "user permission info" => {
                only(&mut reply, "allowed", known);
                only(&mut reply, "corresponding_users", known);
            }
            "app list" => {
                if let Some(apps) = reply.get_mut("apps").and_then(Value::as_array_mut) {
                    apps.retain(|app| {
                        app.get("id")
                            .and_then(Value::as_str)
                            .is_some_and(|id| self.apps.contains(id))
                    });
                }
            }
            "app map" => {
                if let Some(map) = reply.as_object_mut() {
                    map.retain(|place, _| place.split('/').next().is_some_and(mine));
                }
            }
            "backup list" => {
                let prefix = self.policy.archives.as_str();
                match reply.get_mut("archives") {
                    Some(Value::Object(archives)) => {
                        archives.retain(|name, _| name.starts_with(prefix))
                    }
                    Some(Value::Array(names)) => names
                        .retain(|name| name.as_str().is_some_and(|name| name.starts_with(prefix))),
                    _ => {}
                }
            }
            "service status" => {
                if let Some(services) = reply.as_object_mut() {
                    services.retain(|name, _| {
                        !name
                            .split(['-', '@', '.'])
                            .next()
                            .is_some_and(|app| self.others.contains(app))
                    });
                }
            }
            _ => {}
        }
        reply
    }
}

/// A text in its one form (NFC), if it has nothing that can't be seen.
pub(super) fn visible(value: &str, beside: &str) -> Checked {
    // Control, format (bidirectional, zero width), line and paragraph ends, private use.
    let hidden = |c: char| {
        (c.is_control() && !beside.contains(c))
            || matches!(c, '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}' | '\u{e000}'..='\u{f8ff}' | '\u{feff}' | '\u{fff0}'..='\u{fffb}' | '\u{e0000}'..)
    };
    match value.chars().any(hidden) {
        true => Err("a character that can't be seen".into()),
        false => Ok(value.nfc().collect()),
    }
}

fn form(good: bool, value: &str) -> Checked {
    match good {
        true => Ok(value.to_owned()),
        false => Err("a value that is not of the right form".into()),
    }
}

fn in_id(c: char) -> bool {
    c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '_' | '-')
}

fn is_local(text: &str, beside: &str) -> bool {
    !text.is_empty()
        && !text.starts_with('-')
        && text
            .chars()
            .all(|c| c.is_alphanumeric() || matches!(c, '_' | '.' | '-') || beside.contains(c))
}

fn app_of(permission: &str) -> &str {
    permission.split('.').next().unwrap_or_default()
}

fn texts(value: Option<&Value>) -> Vec<String> {
    let texts = value.and_then(Value::as_array).into_iter().flatten();
    texts
        .filter_map(|one| one.as_str().map(str::to_owned))
        .collect()
}

/// The entries of an object in a reply whose names are these.
fn keep(reply: &mut Value, name: &str, wanted: impl Fn(&str) -> bool) {
    if let Some(every) = reply.get_mut(name).and_then(Value::as_object_mut) {
        every.retain(|name, _| wanted(name));
    }
}

/// The texts of a list in a reply that are these.
fn only(about: &mut Value, name: &str, wanted: impl Fn(&String) -> bool) {
    if let Some(list) = about.get_mut(name) {
        let kept: Vec<String> = texts(Some(&*list))
            .into_iter()
            .filter(|one| wanted(one))
            .collect();
        *list = json!(kept);
    }
}
