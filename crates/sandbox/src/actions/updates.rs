//! `tools update` and `tools migrations`: what waits to be done.

use serde_json::{Map, Value, json};

use crate::{
    actions::{Plan, Refusal, apps},
    call::Call,
    state::State,
};

/// `tools update`: looks for updates of the system, of apps, or of both.
pub(super) fn check(_state: &State, call: &Call) -> Result<Plan, Refusal> {
    let target = call.one("target").unwrap_or("all").to_owned();
    let (system, of_apps) = (target != "apps", target != "system");
    let locale = call.locale;
    let mut plan = Plan::new(move |state, now| {
        if system {
            state.apt_updated = now;
        }
        if of_apps {
            state.catalogue_updated = now;
        }
        let packages: Vec<Value> = state
            .packages
            .iter()
            .filter(|_| system)
            .map(|(name, old, new)| json!({"name": name, "new_version": new, "current_version": old}))
            .collect();
        let apps = if of_apps {
            apps::upgradable(state, locale)
        } else {
            Vec::new()
        };
        if state.is_old() {
            return json!({"system": packages, "apps": apps, "important_yunohost_upgrade": false, "pending_migrations": []});
        }
        let mut categories = Map::new();
        if !packages.is_empty() {
            categories.insert("misc utils and libs".to_owned(), packages.into());
        }
        json!({
            "system": categories, "apps": apps, "important_yunohost_upgrade": false, "pending_migrations": [],
            "last_apt_update": (now - state.apt_updated).num_seconds(),
            "last_apps_catalog_update": (now - state.catalogue_updated).num_seconds(),
        })
    });
    if system {
        plan = plan.say(900, "info", call, "updating_apt_cache", &[]);
    }
    if of_apps {
        plan = plan
            .say(200, "info", call, "apps_catalog_updating", &[])
            .say(600, "success", call, "apps_catalog_update_success", &[]);
    }
    Ok(plan.logged("tools_update", "").arg("target", &target))
}

/// `tools migrations list`: those of a server that was installed with Debian 12.
pub(super) fn migrations(call: &Call) -> Value {
    if call.has("pending") {
        return json!({"migrations": []});
    }
    let known = [
        (
            27,
            "migrate_to_bookworm",
            "manual",
            "Upgrade the system to Debian Bookworm and YunoHost 12",
            "Mettre à niveau le système vers Debian Bookworm et YunoHost 12",
        ),
        (
            28,
            "delete_legacy_xmpp_permission",
            "auto",
            "Delete the old XMPP permissions, Metronome is now an app",
            "Supprimer les anciennes permissions XMPP, Metronome est maintenant une application",
        ),
        (
            29,
            "postgresql_13_to_15",
            "auto",
            "Migrate databases from PostgreSQL 13 to 15",
            "Migrer les bases de données de PostgreSQL 13 vers 15",
        ),
    ];
    let migrations: Vec<Value> = known
        .iter()
        .map(|(number, name, mode, en, fr)| {
            json!({
                "id": format!("{number:04}_{name}"), "number": number, "name": name, "mode": mode,
                "state": "skipped", "description": call.locale.pick(en, fr), "disclaimer": null,
            })
        })
        .collect();
    json!({"migrations": migrations})
}
