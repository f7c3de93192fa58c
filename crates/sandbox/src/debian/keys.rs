//! Lines of `authorized_keys`, and root's login.

use towerify_machine::{keys, refusal};

use super::{facts, refuse, replying};
use crate::{
    actions::{Plan, Refusal},
    state::{State, system::Stage},
};

/// Whether this could be a line of `authorized_keys`.
fn is_line(line: &str) -> bool {
    (16..=16_384).contains(&line.len())
        && !line.contains(char::is_control)
        && !line.starts_with('#')
}

fn bad_line<T>() -> Result<T, Refusal> {
    refuse(
        refusal::BAD_ARGUMENT,
        "line: not one line of authorized_keys",
    )
}

fn file(user: &str) -> String {
    if user == "root" {
        "/root/.ssh/authorized_keys".to_owned()
    } else {
        format!("/home/{user}/.ssh/authorized_keys")
    }
}

fn count(state: &State, user: &str) -> u32 {
    u32::try_from(state.keys(user).len()).unwrap_or(u32::MAX)
}

/// `put_key`.
pub(super) fn put(state: &State, user: &str, line: &str) -> Result<Plan, Refusal> {
    if !is_line(line) {
        return bad_line();
    }
    if !state.has_account(user) {
        return refuse(refusal::USER_UNKNOWN, format!("no account {user:?}"));
    }
    let (whose, line) = (user.to_owned(), line.to_owned());
    Ok(replying(move |state, _| {
        let file_was_there = !state.keys(&whose).is_empty();
        let changed = state.put_key(&whose, &line);
        keys::KeyChange {
            path: file(&whose),
            file_was_there,
            was_there: !changed,
            changed,
            keys: count(state, &whose),
        }
    })
    .about(user))
}

/// `remove_key`.
pub(super) fn remove(user: &str, line: &str) -> Plan {
    let (whose, line) = (user.to_owned(), line.to_owned());
    replying(move |state, _| {
        let was_there = take(state, &whose, &line);
        keys::KeyChange {
            path: file(&whose),
            file_was_there: was_there || !state.keys(&whose).is_empty(),
            was_there,
            changed: was_there,
            keys: count(state, &whose),
        }
    })
    .about(user)
}

/// Takes a line away wherever it stands; whether it stood somewhere.
fn take(state: &mut State, user: &str, line: &str) -> bool {
    if !state.keys(user).iter().any(|known| known == line) {
        return false;
    }
    state.keys_mut(user).retain(|known| known != line);
    true
}

/// `root_login`.
pub(super) fn root(asked: keys::RootLogin) -> Result<Plan, Refusal> {
    if !is_line(&asked.line) {
        return bad_line();
    }
    let subject = if asked.on { "on" } else { "off" };
    Ok(replying(move |state, _| {
        let was_there = state.keys("root").contains(&asked.line);
        let changed = if asked.on {
            state.put_key("root", &asked.line)
        } else {
            take(state, "root", &asked.line)
        };
        let others = state.keys("root").iter().filter(|key| **key != asked.line);
        let other_keys = u32::try_from(others.count()).unwrap_or(u32::MAX);
        let sshd = facts::sshd(state);
        let lets_in = sshd.permit_root_login == "yes";
        keys::RootLoginChange {
            was_there,
            changed,
            other_keys,
            possible: lets_in && (sshd.password || !state.keys("root").is_empty()),
            sshd,
        }
    })
    .about(subject))
}

impl State {
    /// Whether the machine knows an account of this name: root, a local one, or one of YunoHost's.
    pub(crate) fn has_account(&self, user: &str) -> bool {
        let local = user == "root" || self.system.logins.contains_key(user);
        let of_yunohost = self.system.stage == Stage::Serving && self.users.contains_key(user);
        local || of_yunohost
    }
}
