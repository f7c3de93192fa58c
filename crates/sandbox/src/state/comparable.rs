//! A machine's state without what differs between two that were made into the same server: times, secrets, names
//! that are drawn. And the counting of changes, which rests on it.

use serde_json::{Map, Value, json};

use super::State;

/// Actions that change what the comparison leaves out, or nothing that is kept: counted whenever they were done.
const ALWAYS: &[&str] = &[
    "diagnosis run",
    "domain cert install",
    "domain cert renew",
    "service restart",
    "tools update",
    "user update",
    "tools reboot",
    "tools shutdown",
    "backup create",
];

impl State {
    /// The state, comparable.
    pub(crate) fn comparable(&self) -> Value {
        let mut shown = serde_json::to_value(self).unwrap_or_default();
        if let Some(shown) = shown.as_object_mut() {
            for left_out in [
                "name",
                "password",
                "authorized_keys",
                "operations",
                "diagnosed_at",
                "apt_updated",
                "catalogue_updated",
                "mem_free_kib",
                "disk_free_kib",
            ] {
                shown.shift_remove(left_out);
            }
            shown.insert("system".to_owned(), self.comparable_system());
            shown.insert("keys".to_owned(), self.comparable_keys());
        }
        // A certificate's folder has the day in its name.
        let domains = shown.get_mut("domains").and_then(Value::as_array_mut);
        for domain in domains.into_iter().flatten() {
            if let Some(own) = domain.get_mut("own_certificate")
                && own.is_string()
            {
                *own = "custom".into();
            }
        }
        without_times(&mut shown);
        shown
    }

    fn comparable_system(&self) -> Value {
        let system = &self.system;
        let mut firewall = serde_json::to_value(&system.firewall).unwrap_or_default();
        // The port that sshd was moved to is a free one of this computer, another for each machine.
        let mut settings = system.settings.clone();
        if system.ssh_port != 22 {
            let moved = system.ssh_port.to_string();
            if let Some(tcp) = firewall.get_mut("tcp").and_then(Value::as_object_mut)
                && let Some(rule) = tcp.shift_remove(&moved)
            {
                tcp.insert("moved".to_owned(), rule);
            }
            if let Some(port) = settings.get_mut("security.ssh.ssh_port") {
                "moved".clone_into(port);
            }
        }
        let backups: Vec<Value> = system
            .backups
            .iter()
            .map(|archive| json!({"apps": archive.apps, "system": archive.system}))
            .collect();
        json!({
            "debian": system.debian, "stage": system.stage, "ssh_moved": system.ssh_port != 22,
            "locked_out": system.ssh_door().is_none(), "settings": settings, "firewall": firewall,
            "never_banned": system.never_banned, "unattended_upgrades": system.unattended_upgrades,
            "backups": backups, "empty_key": system.empty_key, "broken_list": system.broken_list,
            "traces": system.traces, "diagnosed": system.diagnosed,
        })
    }

    /// How many keys of which kind each user has: the keys themselves are drawn.
    fn comparable_keys(&self) -> Value {
        let users = self
            .system
            .logins
            .keys()
            .chain(std::iter::once(&self.admin));
        let kinds = |user: &String| -> Vec<Value> {
            self.keys(user)
                .iter()
                .map(|line| line.split_whitespace().next().unwrap_or_default().into())
                .collect()
        };
        let keys: Map<String, Value> = users
            .map(|user| (user, kinds(user)))
            .filter(|(_, keys)| !keys.is_empty())
            .map(|(user, keys)| (user.clone(), keys.into()))
            .collect();
        Value::Object(keys)
    }

    /// Makes a change, and counts it when there is one.
    pub(crate) fn count<T>(
        &mut self,
        name: &str,
        subject: &str,
        change: impl FnOnce(&mut Self) -> T,
    ) -> T {
        let before = (
            self.comparable(),
            self.authorized_keys.clone(),
            self.logins_shown(),
        );
        let made = change(self);
        let after = (
            self.comparable(),
            self.authorized_keys.clone(),
            self.logins_shown(),
        );
        if ALWAYS.contains(&name) || before != after {
            self.system.effects.count(name, subject);
        }
        made
    }

    fn logins_shown(&self) -> Value {
        serde_json::to_value(&self.system.logins).unwrap_or_default()
    }
}

/// Takes out what has a moment in it.
fn without_times(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            fields.retain(|name, _| {
                !name.ends_with("_at") && !name.ends_with("_until") && name != "since"
            });
            fields.values_mut().for_each(without_times);
        }
        Value::Array(values) => values.iter_mut().for_each(without_times),
        _ => {}
    }
}
