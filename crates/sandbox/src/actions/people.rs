//! What names, mail addresses and passwords may be.

use crate::{
    actions::{Refusal, refuse},
    call::Call,
    state::State,
};

/// Passwords that YunoHost's own list has, shortened to what people try in an exercise.
const LISTED: &[&str] = &[
    "weak",
    "secret",
    "password",
    "password1",
    "password123",
    "short",
    "azerty",
    "azertyuiop",
    "qwerty",
    "qwertyuiop",
    "123456",
    "12345678",
    "123456789",
    "motdepasse",
    "bonjour",
    "soleil",
    "admin",
    "yunohost",
    "letmein",
    "iloveyou",
    "princess",
    "football",
    "welcome",
    "doudou",
];

/// Names that Debian's own accounts have.
const SYSTEM: &[&str] = &[
    "root", "daemon", "mail", "www-data", "nobody", "postfix", "mysql", "nginx",
];

/// Whether a password is one of those that everybody tries.
pub(crate) fn is_listed_password(password: &str) -> bool {
    LISTED.contains(&password.to_lowercase().as_str())
}

/// Refuses a password that is listed or short.
pub(super) fn check_password(call: &Call, password: &str) -> Result<(), Refusal> {
    if is_listed_password(password) {
        return refuse(call, "password_listed", &[]);
    }
    if password.chars().count() < 8 {
        return refuse(call, "password_too_simple_1", &[]);
    }
    Ok(())
}

/// Refuses a username that is taken, or can't be one.
pub(super) fn check_username(state: &State, call: &Call, name: &str) -> Result<(), Refusal> {
    let good = name
        .chars()
        .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || "._".contains(c));
    if !good || name.is_empty() || name.len() > 32 {
        let error = call.locale.pick(
            "Must be lower-case alphanumeric and underscore characters only",
            "Doit être composé uniquement de minuscules, de chiffres et de tirets bas",
        );
        return refuse(
            call,
            "invalid_argument",
            &[("argument", "username"), ("error", error)],
        );
    }
    if state.users.contains_key(name) {
        return refuse(call, "user_already_exists", &[("user", name)]);
    }
    if SYSTEM.contains(&name) {
        return refuse(call, "system_username_exists", &[("user", name)]);
    }
    Ok(())
}

/// Refuses an address of a foreign domain, or one that somebody has.
pub(super) fn check_mail(state: &State, call: &Call, mail: &str, of: &str) -> Result<(), Refusal> {
    let domain = mail.split_once('@').map_or("", |(_, domain)| domain);
    if state.domain(domain).is_none() {
        return refuse(call, "mail_domain_unknown", &[("domain", domain)]);
    }
    let taken = state
        .users
        .iter()
        .filter(|(name, _)| *name != of)
        .any(|(_, user)| user.mail == mail || user.aliases.iter().any(|alias| alias == mail))
        || state
            .groups
            .values()
            .any(|group| group.aliases.iter().any(|alias| alias == mail));
    if taken {
        return refuse(call, "mail_already_exists", &[("mail", mail)]);
    }
    Ok(())
}
