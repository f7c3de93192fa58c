//! The server's own settings, by key: `security.ssh.ssh_port`.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{
    Declaration, Route,
    action::{Nothing, action},
};

/// A setting's name (`security.ssh.ssh_port`), a section's, or a panel's.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct SettingKey(String);

impl SettingKey {
    /// `security.password.passwordless_sudo`: administrators may use sudo without their password. Works at once.
    pub const PASSWORDLESS_SUDO: &'static str = "security.password.passwordless_sudo";
    /// `security.ssh.ssh_port`. On 12.1.25 setting it locks everybody out, unless the port was opened before
    /// ([`crate::firewall::OpenPort`]); prove it with a new connection before the old one is closed.
    pub const SSH_PORT: &'static str = "security.ssh.ssh_port";
    /// `security.ssh.ssh_password_authentication`.
    pub const SSH_PASSWORDS: &'static str = "security.ssh.ssh_password_authentication";

    /// Reads a name: parts of `a`–`z`, digits, `_` with dots between them. None otherwise.
    pub fn parse(text: &str) -> Option<Self> {
        let good = |part: &str| {
            part.starts_with(|c: char| c.is_ascii_lowercase())
                && part
                    .chars()
                    .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
        };
        (text.len() <= 200 && text.split('.').all(good)).then(|| Self(text.to_owned()))
    }
}

impl AsRef<str> for SettingKey {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

/// `settings list`: every setting.
#[derive(Debug, Clone, Copy, Default)]
pub struct ListSettings;

/// Every setting by key, as `{ask, value}` (12.0 and 12.1; texts, `yes` and `no`).
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Settings(pub BTreeMap<String, Value>);

impl Settings {
    /// The value of a setting, as a text.
    pub fn value(&self, key: &str) -> Option<String> {
        text_of(self.0.get(key)?.get("value")?)
    }

    /// Whether a setting is on; none when it is not there or no switch.
    pub fn is_on(&self, key: &str) -> Option<bool> {
        switch_of(&self.value(key)?)
    }
}

action!(
    ListSettings,
    Declaration::read("settings list", &[Route::get("/settings")]),
    Settings,
    |of, argv| argv,
    |of, form| form
);

/// `settings get`: one setting.
#[derive(Debug, Clone)]
pub struct ShowSetting {
    /// Which.
    pub key: SettingKey,
}

/// A setting's value. Of a section or a panel: the settings in it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SettingValue(pub Value);

impl SettingValue {
    /// The value, as a text.
    pub fn text(&self) -> Option<String> {
        text_of(&self.0)
    }

    /// Whether it is on; none when it is no switch.
    pub fn is_on(&self) -> Option<bool> {
        switch_of(&self.text()?)
    }
}

action!(
    ShowSetting,
    Declaration::read("settings get", &[Route::get("/settings/<key>")]),
    SettingValue,
    |of, argv| argv.arg(&of.key),
    |of, form| form.path("key", &of.key)
);

/// `settings set`. Answers nothing. Over a hand-edited `sshd_config` it says success and changes nothing: read
/// `sshd -T` after each (the machine's task `state`). Refusal: `app_argument_choice_invalid`.
#[derive(Debug, Clone)]
pub struct ChangeSetting {
    /// Which.
    pub key: SettingKey,
    /// Its value: `yes` and `no` for a switch.
    pub value: String,
}

action!(
    ChangeSetting,
    Declaration::write("settings set", &[Route::put("/settings/<key>")]),
    Nothing,
    |of, argv| argv.arg(&of.key).option("--value", Some(&of.value)),
    |of, form| form.path("key", &of.key).field("value", Some(&of.value))
);

fn text_of(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(on) => Some(if *on { "yes" } else { "no" }.to_owned()),
        _ => None,
    }
}

fn switch_of(text: &str) -> Option<bool> {
    match text {
        "yes" | "true" | "1" | "on" => Some(true),
        "no" | "false" | "0" | "off" => Some(false),
        _ => None,
    }
}
