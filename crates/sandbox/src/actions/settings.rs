//! `settings …`: YunoHost's global settings, and what some of them do at once.

use serde_json::{Map, Value, json};

use crate::{
    Obstacle,
    actions::{Plan, Refusal, refuse},
    call::Call,
    state::State,
};

/// What a setting takes.
#[derive(Clone, Copy)]
enum Takes {
    /// yes or no.
    YesNo,
    /// One of these.
    OneOf(&'static [&'static str]),
    /// A port.
    Port,
    /// Any text.
    Text,
    /// A text that is not shown.
    Hidden,
    /// Nothing: it is a remark among the settings.
    Remark,
}
use Takes::{Hidden, OneOf, Port, Remark, Text, YesNo};

/// Strengths of passwords.
const STRENGTHS: Takes = OneOf(&["1", "2", "3", "4"]);

/// Every setting of 12.1.25 in its order: name, what it takes, its default, what it asks; and whether 12.0.17 has it.
const SETTINGS: &[(&str, Takes, &str, &str, bool)] = &[
    (
        "security.password.admin_strength",
        STRENGTHS,
        "1",
        "Admin password strength requirements",
        true,
    ),
    (
        "security.password.user_strength",
        STRENGTHS,
        "1",
        "User password strength requirements",
        true,
    ),
    (
        SUDO,
        YesNo,
        "no",
        "Allow admins to use 'sudo' without re-typing their passwords",
        true,
    ),
    (
        "security.ssh.ssh_compatibility",
        OneOf(&["intermediate", "modern"]),
        "modern",
        "SSH Compatibility",
        true,
    ),
    (SSH_PORT, Port, "22", "SSH port", true),
    (
        "security.ssh.ssh_password_authentication",
        YesNo,
        "yes",
        "Password authentication",
        true,
    ),
    (
        "security.nginx.nginx_redirect_to_https",
        YesNo,
        "yes",
        "Force HTTPS",
        true,
    ),
    (
        "security.nginx.nginx_compatibility",
        OneOf(&["intermediate", "modern"]),
        "intermediate",
        "NGINX Compatibility",
        true,
    ),
    (
        "security.postfix.postfix_compatibility",
        OneOf(&["intermediate", "modern"]),
        "intermediate",
        "Postfix Compatibility",
        true,
    ),
    (
        "security.webadmin.webadmin_allowlist_enabled",
        YesNo,
        "no",
        "Enable Webadmin IP allowlist",
        true,
    ),
    (
        "security.webadmin.webadmin_allowlist",
        Text,
        "",
        "Webadmin IP allowlist",
        true,
    ),
    (
        "security.portal.portal_allow_edit_email",
        YesNo,
        "no",
        "Allow users to edit their main email address",
        false,
    ),
    (
        "security.portal.portal_allow_edit_email_alias",
        YesNo,
        "yes",
        "Allow users to add, remove, edit mail aliases",
        false,
    ),
    (
        "security.portal.portal_allow_edit_email_forward",
        YesNo,
        "yes",
        "Allow users to add, remove, edit mail forward",
        false,
    ),
    (
        "security.experimental.security_experimental_enabled",
        YesNo,
        "no",
        "Experimental security features",
        true,
    ),
    ("email.pop3.pop3_enabled", YesNo, "no", "Enable POP3", true),
    (
        "email.smtp.smtp_allow_ipv6",
        YesNo,
        "yes",
        "Allow IPv6",
        true,
    ),
    (
        "email.smtp.smtp_relay_enabled",
        YesNo,
        "no",
        "Enable SMTP relay",
        true,
    ),
    (
        "email.smtp.smtp_relay_host",
        Text,
        "",
        "SMTP relay host",
        true,
    ),
    (
        "email.smtp.smtp_relay_port",
        Port,
        "587",
        "SMTP relay port",
        true,
    ),
    (
        "email.smtp.smtp_relay_user",
        Text,
        "",
        "SMTP relay user",
        true,
    ),
    (
        "email.smtp.smtp_relay_password",
        Hidden,
        "",
        "SMTP relay password",
        true,
    ),
    (
        "email.smtp.smtp_backup_mx_domains",
        Text,
        "",
        "Domains to act as secondary MX for",
        true,
    ),
    (
        "email.smtp.smtp_backup_mx_emails_whitelisted",
        Text,
        "",
        "SMTP backup MX emails whitelist",
        true,
    ),
    (
        "email.antispam.enable_blocklists",
        YesNo,
        "yes",
        "Enable blocklists for incoming traffic",
        false,
    ),
    (
        "misc.backup.backup_compress_tar_archives",
        YesNo,
        "no",
        "Compress backups",
        true,
    ),
    (
        "misc.network.dns_exposure",
        OneOf(&["both", "ipv4", "ipv6"]),
        "both",
        "IP versions to consider for DNS configuration and diagnosis",
        true,
    ),
    (
        "misc.tls_passthrough.tls_passthrough_enabled",
        YesNo,
        "no",
        "Enable TLS-passthrough / SNI-based forwarding",
        true,
    ),
    (
        "misc.tls_passthrough.tls_passthrough_explain",
        Remark,
        "",
        "This feature is ADVANCED and EXPERIMENTAL and will trigger major changes in the nginx configuration of this server.",
        true,
    ),
    (
        "misc.tls_passthrough.tls_passthrough_list",
        Text,
        "",
        "List of forwarding",
        true,
    ),
];

const SUDO: &str = "security.password.passwordless_sudo";
const SSH_PORT: &str = "security.ssh.ssh_port";

/// The settings that a version has.
fn known(
    state: &State,
) -> impl Iterator<Item = &'static (&'static str, Takes, &'static str, &'static str, bool)> {
    let is_old = state.is_old();
    SETTINGS
        .iter()
        .filter(move |(.., in_12_0)| !is_old || *in_12_0)
}

/// A setting's value as `settings list` shows it.
fn shown(state: &State, name: &str, takes: Takes, default: &str) -> String {
    if matches!(takes, Hidden) {
        return "**************".to_owned();
    }
    let changed = state.system.settings.get(name);
    changed.map_or(default, String::as_str).to_owned()
}

/// `settings list`, flat; the panels of `--full` are not part of the training fleet.
pub(super) fn list(state: &State, call: &Call) -> Result<Value, Refusal> {
    if call.has("full") {
        return Err(super::not_simulated("settings list --full"));
    }
    Ok(below(state, ""))
}

/// The settings whose names begin so.
fn below(state: &State, prefix: &str) -> Value {
    let settings: Map<String, Value> = known(state)
        .filter(|(name, ..)| name.starts_with(prefix))
        .map(|(name, takes, default, ask, _)| {
            let value = shown(state, name, *takes, default);
            let setting = if matches!(takes, Remark) {
                json!({"ask": ask})
            } else {
                json!({"ask": ask, "value": value})
            };
            ((*name).to_owned(), setting)
        })
        .collect();
    Value::Object(settings)
}

/// `settings get`: one value, or what is below a panel or section.
pub(super) fn get(state: &State, call: &Call) -> Result<Value, Refusal> {
    let key = call.required("key");
    if let Some((name, takes, default, ..)) = known(state).find(|(name, ..)| *name == key) {
        return Ok(shown(state, name, *takes, default).into());
    }
    match below(state, &format!("{key}.")) {
        Value::Object(found) if !found.is_empty() => Ok(Value::Object(found)),
        _ => refuse(call, "config_unknown_filter_key", &[("filter_key", key)]),
    }
}

/// A value as it is kept, or why it can't be.
fn checked(call: &Call, name: &str, takes: Takes, value: &str) -> Result<String, Refusal> {
    let short = name.rsplit('.').next().unwrap_or(name);
    match takes {
        YesNo => match value.to_lowercase().as_str() {
            "yes" | "y" | "1" | "true" | "on" => Ok("yes".to_owned()),
            "no" | "n" | "0" | "false" | "off" => Ok("no".to_owned()),
            _ => refuse(
                call,
                "app_argument_choice_invalid",
                &[("name", short), ("value", value), ("choices", "yes/no")],
            ),
        },
        OneOf(choices) if !choices.contains(&value) => {
            let quoted: Vec<String> = choices.iter().map(|one| format!("'{one}'")).collect();
            let error = format!("Unexpected value; choose between {}", quoted.join(", "));
            refuse(
                call,
                "app_argument_invalid",
                &[("name", short), ("error", &error)],
            )
        }
        Port if value.parse::<u16>().ok().is_none_or(|port| port == 0) => refuse(
            call,
            "app_argument_invalid",
            &[
                ("name", short),
                ("error", "Must be a valid port number (i.e. 0-65535)"),
            ],
        ),
        OneOf(_) | Port | Text | Hidden | Remark => Ok(value.to_owned()),
    }
}

/// `settings set`.
pub(super) fn set(state: &State, call: &Call) -> Result<Plan, Refusal> {
    let key = call.required("key").to_owned();
    let Some((name, takes, default, ..)) = known(state).find(|(name, ..)| *name == key) else {
        return refuse(call, "config_unknown_filter_key", &[("filter_key", &key)]);
    };
    let value = checked(call, name, *takes, call.one("value").unwrap_or_default())?;
    let now = shown(state, name, *takes, default);
    let is_edited = state.system.has(&Obstacle::EditedSshdConfig);
    let port = (*name == SSH_PORT && now != value && !is_edited)
        .then(|| value.parse::<u16>().ok())
        .flatten();
    let subject = if matches!(takes, Hidden) {
        key.clone()
    } else {
        format!("{key}={value}")
    };
    let is_old = state.is_old();
    let kept = (value != *default).then(|| value.clone());
    let mut plan = Plan::new(move |state, _| {
        match kept {
            Some(value) => state.system.settings.insert(key, value),
            None => state.system.settings.remove(&key),
        };
        if let Some(port) = port {
            move_sshd(state, port, is_old);
        }
        Value::Null
    });
    plan.listens = port;
    plan = plan.step(
        250,
        "info",
        call.locale.pick(
            "Saving the new configuration...",
            "Enregistrement de la nouvelle configuration...",
        ),
    );
    if let Some(port) = port
        && !is_old
        && !state.system.firewall.lets_in(port)
    {
        // The fault of 12.1.25: sshd has moved already, and the firewall has neither port.
        plan.ends = Some(Refusal {
            key: "failed".to_owned(),
            message: "Could not apply the setting: the firewall could not be updated".to_owned(),
            named: Vec::new(),
            validation: false,
        });
        return Ok(plan.about(&subject).logged("settings_set", name));
    }
    if name.starts_with("security.ssh") {
        plan = plan.say(
            600,
            "success",
            call,
            "regenconf_updated",
            &[("category", "ssh")],
        );
    }
    let done = call.locale.pick(
        "Config updated as expected",
        "Configuration mise à jour comme prévu",
    );
    Ok(plan
        .step(100, "success", done)
        .about(&subject)
        .logged("settings_set", name))
}

/// sshd goes to another port. 12.0 takes the firewall along; 12.1 closes the old port, and fails before it opens the
/// new one unless somebody did.
fn move_sshd(state: &mut State, port: u16, is_old: bool) {
    let before = state.system.ssh_port.to_string();
    state.system.ssh_port = port;
    let firewall = &mut state.system.firewall;
    let was_open = firewall.lets_in(port);
    if is_old {
        let rule = firewall.tcp.remove(&before);
        if let Some(rule) = rule {
            firewall.tcp.insert(port.to_string(), rule);
        }
    } else if !was_open && let Some(rule) = firewall.tcp.get_mut(&before) {
        rule.open = false;
    }
}
