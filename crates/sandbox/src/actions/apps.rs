//! `app …`: what is installed, and what of it can be upgraded.

use serde_json::{Map, Value, json};

use crate::{
    actions::{Refusal, permissions, refuse},
    call::Call,
    catalogue::{self, Entry},
    state::{App, State},
    words::Locale,
};

/// `app list`.
pub(super) fn list(state: &State, call: &Call) -> Value {
    let full = call.has("full");
    let apps: Vec<Value> = state
        .apps
        .iter()
        .map(|(instance, app)| {
            let mut shown = shown(state, instance, app, full, call.locale);
            if state.is_old()
                && let Some(shown) = shown.as_object_mut()
            {
                shown.insert("id".to_owned(), instance.as_str().into());
            }
            shown
        })
        .collect();
    json!({"apps": apps})
}

/// `app info`.
pub(super) fn info(state: &State, call: &Call) -> Result<Value, Refusal> {
    let instance = call.required("app");
    match state.apps.get(instance) {
        Some(app) => Ok(shown(state, instance, app, call.has("full"), call.locale)),
        None => not_installed(state, call, instance),
    }
}

/// The refusal that names the apps there are, with the release's bullet.
pub(super) fn not_installed<T>(state: &State, call: &Call, app: &str) -> Result<T, Refusal> {
    let bullet = if state.is_old() { '*' } else { '-' };
    let all: String = state
        .apps
        .keys()
        .map(|name| format!("\n {bullet} {name}"))
        .collect();
    let all = if all.is_empty() {
        call.locale
            .pick("No app installed", "Aucune application")
            .to_owned()
    } else {
        format!(" {all}").trim_start_matches(' ').to_owned()
    };
    refuse(
        call,
        "app_not_installed",
        &[("app", app), ("all_apps", &all)],
    )
}

fn shown(state: &State, instance: &str, app: &App, full: bool, locale: Locale) -> Value {
    let entry = catalogue::entry(&app.id);
    let description = entry.map_or("", |entry| entry.description(locale));
    let mut shown = Map::new();
    let mut put = |name: &str, value: Value| {
        shown.insert(name.to_owned(), value);
    };
    if !state.is_old() {
        put("id", instance.into());
    }
    put("name", app.label.as_str().into());
    put("description", description.into());
    put("version", app.version.as_str().into());
    if let Some(address) = State::address_of(app) {
        put(
            "domain_path",
            if app.path.as_deref() == Some("/") {
                format!("{address}/").into()
            } else {
                address.into()
            },
        );
    }
    if !full {
        return Value::Object(shown);
    }
    let address = State::address_of(app).unwrap_or_default();
    if state.is_old() {
        put("logo", Value::Null);
        let behind = newer(app);
        put(
            "upgradable",
            if behind.is_some() { "yes" } else { "no" }.into(),
        );
        if let Some(entry) = behind {
            put("current_version", app.version.as_str().into());
            put("new_version", entry.version.into());
        }
    } else {
        put("upgrade", upgrade_status(state, app));
    }
    put("settings", settings(state, app));
    if state.is_old() {
        put(
            "setting_path",
            format!("/etc/yunohost/apps/{instance}").into(),
        );
    }
    put(
        "manifest",
        entry.map_or(Value::Null, |entry| {
            entry.of_installed(&app.version, &address, state.is_old())
        }),
    );
    put(
        "from_catalog",
        entry.map_or_else(|| json!({}), Entry::listed),
    );
    if !state.is_old() {
        put("logo", Value::Null);
    }
    put("is_webapp", app.domain.is_some().into());
    put("is_default", false.into());
    put("supports_change_url", true.into());
    put("supports_backup_restore", true.into());
    put(
        "supports_multi_instance",
        entry.is_some_and(|entry| entry.multi).into(),
    );
    put("supports_config_panel", false.into());
    put("supports_purge", false.into());
    put(
        "permissions",
        Value::Object(permissions::of_apps(state, true, |name| name == instance)),
    );
    put("label", app.label.as_str().into());
    Value::Object(shown)
}

/// The catalogue's entry, when its version is not the app's.
pub(super) fn newer(app: &App) -> Option<&'static Entry> {
    catalogue::entry(&app.id).filter(|entry| entry.version != app.version)
}

fn upgrade_status(state: &State, app: &App) -> Value {
    match newer(app) {
        Some(entry) => json!({
            "status": "upgradable",
            "message": format!("The app can be upgraded from version {} to {}", app.version, entry.version),
            "url": entry.url(), "current_version": app.version, "new_version": entry.version,
            "new_revision": "0000000000000000000000000000000000000000",
            "requirements": entry.requirements(state, false),
            "specific_channel": null, "specific_channel_message": null,
        }),
        None => json!({
            "status": "up_to_date",
            "message": "Force-upgrading the app (to the same version) can sometimes be useful to rebuild the app and configurations.",
            "url": null, "current_version": app.version, "new_version": app.version,
            "new_revision": "0000000000000000000000000000000000000000", "requirements": null,
            "specific_channel": null, "specific_channel_message": null,
        }),
    }
}

fn settings(state: &State, app: &App) -> Value {
    let mut settings: Map<String, Value> = app.settings.clone().into_iter().collect();
    if let Some(domain) = &app.domain {
        settings.insert("domain".to_owned(), domain.as_str().into());
    }
    if let Some(at) = app.updated_at {
        settings.insert("update_time".to_owned(), at.timestamp().into());
    }
    if !state.is_old() {
        let own: Map<String, Value> = app
            .permissions
            .iter()
            .map(|(name, permission)| {
                let shown = json!({
                    "additional_urls": [], "allowed": permission.allowed,
                    "auth_header": permission.auth_header, "protected": permission.protected,
                    "show_tile": permission.show_tile, "url": permission.url,
                });
                (name.clone(), shown)
            })
            .collect();
        settings.insert("_permissions".to_owned(), Value::Object(own));
        settings.insert("label".to_owned(), app.label.as_str().into());
    }
    Value::Object(settings)
}

/// `tools update` lists what can be upgraded, without requirements.
pub(super) fn upgradable(state: &State, locale: Locale) -> Vec<Value> {
    state
        .apps
        .iter()
        .filter(|(_, app)| newer(app).is_some())
        .map(|(instance, app)| {
            let mut shown = shown(state, instance, app, false, locale);
            if let Some(fields) = shown.as_object_mut() {
                if state.is_old() {
                    fields.insert("id".to_owned(), instance.as_str().into());
                    fields.insert("current_version".to_owned(), app.version.as_str().into());
                    let new = newer(app).map_or("", |entry| entry.version);
                    fields.insert("new_version".to_owned(), new.into());
                } else {
                    let mut upgrade = upgrade_status(state, app);
                    if let Some(upgrade) = upgrade.as_object_mut() {
                        upgrade.insert("requirements".to_owned(), json!({}));
                    }
                    fields.insert("upgrade".to_owned(), upgrade);
                }
            }
            shown
        })
        .collect()
}

/// `app map`.
pub(super) fn map(state: &State, call: &Call) -> Value {
    let mut map = Map::new();
    for (instance, app) in &state.apps {
        if call.one("app").is_some_and(|asked| asked != instance) {
            continue;
        }
        for (name, permission) in &app.permissions {
            let (Some(domain), Some(base), Some(url)) = (&app.domain, &app.path, &permission.url)
            else {
                continue;
            };
            if let Some(user) = call.one("user") {
                let people = state.people_of(&permission.allowed);
                if !people.iter().any(|person| person == user) {
                    continue;
                }
            }
            let path = format!(
                "{}{}",
                base.trim_end_matches('/'),
                url.trim_end_matches('/')
            );
            let path = if path.is_empty() {
                "/".to_owned()
            } else {
                path
            };
            let label = match &permission.label {
                Some(own) if name != "main" => format!("{} ({own})", app.label),
                _ => app.label.clone(),
            };
            if call.has("raw") {
                let of_domain = map.entry(domain.clone()).or_insert_with(|| json!({}));
                if let Some(of_domain) = of_domain.as_object_mut() {
                    of_domain.insert(path, json!({"label": label, "id": instance}));
                }
            } else {
                map.insert(format!("{domain}{path}"), label.into());
            }
        }
    }
    Value::Object(map)
}
