//! Who one is at a place: reading it, changing it, and changing the password.

use secrecy::{ExposeSecret, SecretString};
use towerify_domain::{Words, id::PlaceId};
use towerify_yunohost::{
    fields::{ForwardMail, FullName, Mail, Rule},
    portal::{Change, mail_as_sent},
};

use super::{
    book::{Known, Place},
    launcher,
    refusal::app_error,
    view::{Profile, ProfileChange},
    visitor::Visitor,
};
use crate::{AppError, Code, Program, Result, error::FieldProblem, yunohost_rules::words};

/// Who one is at a place, as it was last known. Asks no server.
///
/// # Errors
/// [`Code::NotFound`].
pub async fn profile(program: &Program, visitor: &Visitor, id: PlaceId) -> Result<Profile> {
    let desk = visitor.enter(program)?;
    let place = desk.place(id).await?;
    let known = known(&place)?;
    Ok(Profile {
        mail: known.mail.clone(),
        aliases: known.aliases.clone(),
        forwards: known.forwards.clone(),
        groups: known.groups.clone(),
        may_edit_aliases: known.may_edit_aliases,
        may_edit_forwards: known.may_edit_forwards,
        alias_shuts_out: alias_shuts_out(&place, known),
        place: launcher::shown(&desk, &place),
    })
}

fn known(place: &Place) -> Result<&Known> {
    let known = place.known.as_ref();
    known.ok_or_else(|| AppError::not_found("profile"))
}

/// YunoHost lets somebody in on a domain who has an app there, or lives there and has no further address.
fn alias_shuts_out(place: &Place, known: &Known) -> bool {
    let has_app = known.tiles.iter().any(|tile| {
        let host = tile.url.trim_start_matches("https://");
        let host = host.split('/').next().unwrap_or_default();
        host == place.domain || host.ends_with(&format!(".{}", place.domain))
    });
    let is_admin = known.groups.iter().any(|group| group == "admins");
    !has_app && !is_admin && known.aliases.is_empty()
}

/// Changes what one may change of oneself. Only what is different is sent, and it is read again afterwards.
///
/// # Errors
/// [`Code::InvalidFields`], [`Code::SessionEnded`], [`Code::OutcomeUnknown`] when the server says that it is done and
/// shows that it is not, and those of reaching a server.
pub async fn change_profile(
    program: &Program,
    visitor: &Visitor,
    id: PlaceId,
    change: ProfileChange,
) -> Result<()> {
    let desk = visitor.enter(program)?;
    let place = desk.place(id).await?;
    let known = known(&place)?;
    let change = checked(change, known)?;
    if change.is_empty() {
        return Ok(());
    }
    let portal = program.sessions().of(&desk, &place)?;
    let done = async {
        let me = portal.update(&change).await?;
        Ok((me, portal.public().await?))
    };
    match done.await.map_err(|error| app_error(&error)) {
        Ok((me, public)) => {
            desk.note("portal.profile", &place, "done").await?;
            launcher::learned(&desk, id, &me, &public).await
        }
        Err(error) => {
            desk.note("portal.profile", &place, "failed").await?;
            if error.code != Code::OutcomeUnknown && error.code != Code::Refused {
                launcher::note_failure(&desk, &place, &error).await?;
            }
            Err(error)
        }
    }
}

/// What is different, in the form that the portal takes, or every answer that it would not.
fn checked(asked: ProfileChange, known: &Known) -> Result<Change> {
    let mut problems = Vec::new();
    let mut refuse = |field: &str, rule: Rule| {
        problems.push(FieldProblem {
            field: field.to_owned(),
            words: words(rule),
        });
    };
    let mut change = Change::default();
    if let Some(name) = asked.fullname {
        // The portal knows only the straight apostrophe.
        let name = name.split_whitespace().collect::<Vec<_>>().join(" ");
        let name = name.replace('’', "'");
        if name != known.fullname {
            match FullName::parse(&name) {
                Ok(name) => change.fullname = Some(name),
                Err(rule) => refuse("fullname", rule),
            }
        }
    }
    if let Some(list) = asked.aliases.map(filled)
        && list != known.aliases
    {
        match list.iter().map(Mail::parse).collect() {
            Ok(list) => change.mailalias = Some(list),
            Err(rule) => refuse("aliases", rule),
        }
    }
    if let Some(list) = asked.forwards.map(filled)
        && list != known.forwards
    {
        match list.iter().map(ForwardMail::parse).collect() {
            Ok(list) => change.mailforward = Some(list),
            Err(rule) => refuse("forwards", rule),
        }
    }
    if problems.is_empty() {
        Ok(change)
    } else {
        Err(AppError::invalid(problems))
    }
}

/// Addresses as the portal takes them, without empty lines and each once.
fn filled(list: Vec<String>) -> Vec<String> {
    let mut filled: Vec<String> = Vec::new();
    for one in list {
        let one = mail_as_sent(&one);
        if !one.is_empty() && !filled.contains(&one) {
            filled.push(one);
        }
    }
    filled
}

/// Changes the password, and proves it by signing in with the new one. Every other session of this user ends by it.
///
/// # Errors
/// [`Code::InvalidFields`] with the fields `current` and `new`, [`Code::SessionEnded`], [`Code::OutcomeUnknown`] when
/// the server says that it is done and does not take the new one, and those of reaching a server.
pub async fn change_password(
    program: &Program,
    visitor: &Visitor,
    id: PlaceId,
    current: SecretString,
    new: SecretString,
) -> Result<()> {
    let desk = visitor.enter(program)?;
    let place = desk.place(id).await?;
    if current.expose_secret() == new.expose_secret() {
        return Err(AppError::invalid(vec![FieldProblem {
            field: "new".to_owned(),
            words: Words::new(
                "This is the password that you have.",
                "C’est le mot de passe que vous avez.",
            ),
        }]));
    }
    let portal = program.sessions().of(&desk, &place)?;
    let changed = portal
        .change_password(&place.username, &current, &new)
        .await;
    match changed.map_err(|error| app_error(&error)) {
        Ok(()) => {
            desk.note("portal.password", &place, "done").await?;
            launcher::read(&desk, id).await
        }
        Err(error) => {
            desk.note("portal.password", &place, "failed").await?;
            if error.code != Code::OutcomeUnknown && error.code != Code::Refused {
                launcher::note_failure(&desk, &place, &error).await?;
            }
            Err(error)
        }
    }
}
