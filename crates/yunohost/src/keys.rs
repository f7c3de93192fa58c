//! The SSH keys of a user, as YunoHost keeps them in `~/.ssh/authorized_keys`. (`user ssh remove-key` leaves a key's
//! comment behind as a stray line: the machine's task `remove_key` is used instead.)

use serde::{Deserialize, Serialize};
use specta::Type;

use crate::{
    Declaration, Extra, Route,
    action::{Nothing, action},
    fields::Username,
};

/// A public key as `authorized_keys` has it: type, key, comment; without options.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicKey(String);

impl PublicKey {
    /// Reads a line. None when it is not one key on one line.
    pub fn parse(line: &str) -> Option<Self> {
        let line = line.trim();
        let mut words = line.split(' ');
        let kind = words.next()?;
        let known = ["ssh-", "ecdsa-sha2-", "sk-"]
            .iter()
            .any(|start| kind.starts_with(start));
        let key = words.next()?;
        let good = known
            && key.len() >= 40
            && key
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '/' | '='))
            && !line.contains(char::is_control)
            && line.len() <= 16_384;
        good.then(|| Self(line.to_owned()))
    }
}

impl AsRef<str> for PublicKey {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

/// `user ssh list-keys`.
#[derive(Debug, Clone)]
pub struct ListKeys {
    /// Whose.
    pub username: Username,
}

/// A user's keys.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, Type)]
pub struct Keys {
    /// In the file's order.
    #[serde(default)]
    pub keys: Vec<Key>,
    /// What else the server said.
    #[serde(flatten)]
    #[specta(skip)]
    pub extra: Extra,
}

/// A key.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, Type)]
pub struct Key {
    /// The line.
    pub key: String,
    /// What stands above it as a comment.
    #[serde(default)]
    pub name: String,
    /// What else the server said.
    #[serde(flatten)]
    #[specta(skip)]
    pub extra: Extra,
}

action!(
    ListKeys,
    Declaration::read("user ssh list-keys", &[Route::get("/users/ssh/keys")]),
    Keys,
    |of, argv| argv.arg(&of.username),
    |of, form| form.field("username", Some(&of.username))
);

/// `user ssh add-key`. Answers nothing. What is there already is added again: look first.
#[derive(Debug, Clone)]
pub struct AddKey {
    /// Whose.
    pub username: Username,
    /// The key.
    pub key: PublicKey,
}

action!(
    AddKey,
    Declaration::write("user ssh add-key", &[Route::post("/users/ssh/key")]),
    Nothing,
    |of, argv| argv.arg(&of.username).arg(&of.key),
    |of, form| form
        .field("username", Some(&of.username))
        .field("key", Some(&of.key))
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_public_key_is_one_line_without_options() {
        let check = |line: &str, good: bool| {
            assert_eq!(PublicKey::parse(line).is_some(), good, "{line}");
        };
        let key = "AAAAC3NzaC1lZDI1NTE5AAAAIJx0c3R0c3R0c3R0c3R0c3R0c3R0c3R0c3R0c3R0c3R0";
        check(&format!("ssh-ed25519 {key} towerify@tour.example"), true);
        check(&format!(" ecdsa-sha2-nistp256 {key} "), true);
        check(&format!("ssh-ed25519 {key}\nssh-ed25519 {key}"), false);
        check(&format!("command=\"x\" ssh-ed25519 {key}"), false);
        check("ssh-ed25519 short", false);
        check("--force", false);
        check("", false);
    }
}
