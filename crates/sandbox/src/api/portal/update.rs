//! `PUT /update`: what a user may change of themselves, and with which words the rest is refused.

use axum::{http::StatusCode, response::Response};
use serde_json::{Map, Value, json};

use super::{reply, text, traceback};
use crate::{actions, state::State};

/// What a change gave.
pub(super) struct Done {
    /// What is answered: only where the three fields were all sent.
    pub(super) shown: Option<Value>,
    pub(super) new_password: bool,
}

/// A value that is one text, or a list of texts; anything else counts as not sent, as recorded.
fn list(value: &Value) -> Option<Vec<String>> {
    match value {
        Value::String(one) => Some(vec![one.clone()]),
        Value::Array(many) => Some(
            many.iter()
                .filter_map(Value::as_str)
                .map(str::to_owned)
                .collect(),
        ),
        _ => None,
    }
}

fn refused(key: &str, said: &str, path: Option<&str>, more: &[(&str, &str)]) -> Response {
    let mut body = Map::from_iter([
        ("error".to_owned(), Value::from(said)),
        ("error_key".to_owned(), key.into()),
    ]);
    let more = more
        .iter()
        .map(|(name, value)| ((*name).to_owned(), Value::from(*value)));
    body.extend(more);
    if let Some(path) = path {
        body.insert("path".to_owned(), path.into());
    }
    reply(StatusCode::BAD_REQUEST, &Value::Object(body))
}

/// Changes everything that was asked for, or nothing.
pub(super) fn update(
    state: &mut State,
    username: &str,
    body: &Map<String, Value>,
    ldap_down: bool,
) -> Result<Done, Response> {
    let one = |name: &str| body.get(name).and_then(Value::as_str).map(str::to_owned);
    let many = |name: &str| body.get(name).and_then(list);
    let (current, new) = (one("currentpassword"), one("newpassword"));
    for said in [&current, &new].into_iter().flatten() {
        if said.starts_with('@') {
            // The parser takes it for the name of a file.
            let said = format!("unrecognized arguments: {said}");
            return Err(text(StatusCode::BAD_REQUEST, said));
        }
    }
    let fullname = one("fullname");
    match fullname.as_deref() {
        Some("") => {
            return Err(text(
                StatusCode::BAD_REQUEST,
                "argument @fullname: expected one argument",
            ));
        }
        Some(name) if towerify_yunohost::fields::FullName::parse(name).is_err() => {
            return Err(invalid(
                "fullname",
                "Must be a valid full name (at least 3 chars)",
            ));
        }
        _ => {}
    }
    let aliases = many("mailalias").map(filled);
    for alias in aliases.iter().flatten() {
        if towerify_yunohost::fields::Mail::parse(alias).is_err() {
            return Err(invalid(
                "mailalias",
                "Must be a valid e-mail address, without '+' symbol (e.g. someone@example.com)",
            ));
        }
    }
    let forwards = many("mailforward").map(filled);
    for forward in forwards.iter().flatten() {
        if towerify_yunohost::fields::ForwardMail::parse(forward).is_err() {
            return Err(invalid(
                "mailforward",
                "Must be a valid e-mail address, '+' symbol accepted (e.g. someone+tag@example.com)",
            ));
        }
    }
    if ldap_down {
        return Err(traceback("PUT", "/update", &Value::Object(body.clone())));
    }
    if one("mail").is_some() && !state.is_old() {
        return Err(refused(
            "mail_edit_operation_unauthorized",
            "You are not authorized to do this change for your account.",
            None,
            &[],
        ));
    }
    let new_password = new.filter(|new| !new.is_empty());
    if let Some(new) = &new_password {
        check_password(state, username, body, current.as_deref(), new)?;
    }
    for (place, alias) in aliases.iter().flatten().enumerate() {
        check_alias(state, username, alias, &format!("mailalias[{place}]"))?;
    }
    let all = fullname.is_some() && aliases.is_some() && forwards.is_some();
    if let Some(new) = &new_password {
        if username == state.admin {
            state.password.clone_from(new);
        } else {
            let passwords = &mut state.system.passwords;
            passwords.insert(username.to_owned(), new.clone());
        }
    }
    let is_old = state.is_old();
    let Some(user) = state.users.get_mut(username) else {
        return Err(text(StatusCode::UNAUTHORIZED, "Authentication required"));
    };
    if let Some(name) = fullname {
        user.fullname = name.split_whitespace().collect::<Vec<_>>().join(" ");
    }
    if let Some(aliases) = aliases {
        user.aliases = aliases;
    }
    if let Some(forwards) = forwards {
        user.forward = forwards;
    }
    let shown = all.then(|| {
        let mut shown = json!({
            "fullname": user.fullname, "mail": user.mail, "mailalias": user.aliases,
            "mailforward": user.forward,
        });
        // 12.0 leaves it out.
        if is_old && let Some(shown) = shown.as_object_mut() {
            shown.shift_remove("mail");
        }
        shown
    });
    Ok(Done {
        shown,
        new_password: new_password.is_some(),
    })
}

/// A list that holds one empty text is an empty list.
fn filled(list: Vec<String>) -> Vec<String> {
    list.into_iter().filter(|one| !one.is_empty()).collect()
}

fn invalid(argument: &str, why: &str) -> Response {
    let said = format!("Invalid argument '{argument}': {why}");
    text(StatusCode::BAD_REQUEST, said)
}

fn check_password(
    state: &State,
    username: &str,
    body: &Map<String, Value>,
    current: Option<&str>,
    new: &str,
) -> Result<(), Response> {
    let at_new = |key: &str, said: &str| Err(refused(key, said, Some("newpassword"), &[]));
    if new.chars().count() >= 127 {
        return at_new(
            "password_too_long",
            "Please choose a password shorter than 127 characters",
        );
    }
    if actions::is_listed_password(new) {
        return at_new(
            "password_listed",
            "This password is among the most used passwords in the world. Please choose something more unique.",
        );
    }
    if new.chars().count() < 8 {
        return at_new(
            "password_too_simple_1",
            "The password needs to be at least 8 characters long",
        );
    }
    match current {
        None | Some("") => Err(traceback("PUT", "/update", &Value::Object(body.clone()))),
        said if said == state.portal_password(username) => Ok(()),
        _ => Err(refused(
            "invalid_password",
            "Invalid password",
            Some("currentpassword"),
            &[],
        )),
    }
}

fn check_alias(state: &State, username: &str, alias: &str, path: &str) -> Result<(), Response> {
    let (name, domain) = alias.split_once('@').unwrap_or((alias, ""));
    let own = state
        .users
        .get(username)
        .map_or("", |user| user.mail.as_str());
    let lives_there = own.split_once('@').is_some_and(|(_, own)| own == domain);
    let opens_there = state
        .may_open(username)
        .any(|(_, app, _)| app.domain.as_deref() == Some(domain));
    if state.domain(domain).is_none() || !(lives_there || opens_there) {
        let said = format!("You are not authorized to add aliases related to domain '{domain}'");
        return Err(refused(
            "mail_alias_unauthorized",
            &said,
            None,
            &[("domain", domain)],
        ));
    }
    if [
        "admins",
        "root",
        "admin",
        "webmaster",
        "postmaster",
        "abuse",
    ]
    .contains(&name)
    {
        return Err(refused(
            "mail_unavailable",
            "This e-mail address is reserved for the admins group",
            Some(path),
            &[],
        ));
    }
    let taken = state.users.iter().any(|(of, user)| {
        user.mail == alias || (of != username && user.aliases.iter().any(|one| one == alias))
    });
    if taken {
        let said = format!("Mail address '{alias}' already exists");
        return Err(refused(
            "mail_already_exists",
            &said,
            Some(path),
            &[("mail", alias)],
        ));
    }
    Ok(())
}
