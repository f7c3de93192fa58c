//! One's own recovery key: shown once, in force once a part of it was typed back.

use secrecy::{ExposeSecret, SecretString};
use serde_json::json;
use towerify_domain::{Permit, Words, policy::may};
use towerify_vault::{GROUPS, RecoveryKey, WrappingKind};

use crate::{
    Actor, AppError, FieldProblem, Result, Topic, Workspace,
    accounts::{RecoveryKeyShown, about, me},
    clock::random_places,
    journal::note_about,
};

/// How many groups must be typed back.
const ASKED: usize = 2;

/// Shows a new recovery key. It opens nothing before [`confirm_recovery_key`]; the one before stays in force until then.
///
/// # Errors
/// [`crate::Code::Denied`]; [`crate::Code::WrongPassword`], [`crate::Code::Throttled`].
pub async fn new_recovery_key(
    workspace: &Workspace,
    actor: &Actor,
    password: SecretString,
) -> Result<RecoveryKeyShown> {
    let permit = Permit::<may::ManageOwnAccount>::ask(actor)?;
    workspace.keys(&permit).confirm(password).await?;
    let key = RecoveryKey::generate()?;
    let shown = RecoveryKeyShown {
        key: key.expose().expose_secret().to_owned(),
        asked: random_places(GROUPS, ASKED)?,
    };
    workspace.shown(&permit, |kept| kept.recovery = Some(key));
    Ok(shown)
}

/// Puts the recovery key in force that was just shown, once these groups of it were typed back: each with its place, from 1.
///
/// # Errors
/// [`crate::Code::Denied`], [`crate::Code::InvalidFields`]; [`crate::Code::NotFound`] when none was shown since the workspace was opened.
pub async fn confirm_recovery_key(
    workspace: &Workspace,
    actor: &Actor,
    typed: Vec<(u32, SecretString)>,
) -> Result<()> {
    let permit = Permit::<may::ManageOwnAccount>::ask(actor)?;
    let key = workspace
        .shown(&permit, |kept| kept.recovery.take())
        .ok_or_else(|| AppError::not_found("recovery key"))?;
    let mut places: Vec<u32> = typed.iter().map(|(place, _)| *place).collect();
    places.sort_unstable();
    places.dedup();
    let right = places.len() >= ASKED
        && typed.iter().all(|(place, group)| {
            usize::try_from(*place)
                .ok()
                .and_then(|place| place.checked_sub(1))
                .is_some_and(|place| key.has_group(place, group))
        });
    if !right {
        workspace.shown(&permit, |kept| kept.recovery = Some(key));
        return Err(AppError::invalid(vec![FieldProblem {
            field: "groups".into(),
            words: Words::new(
                "This is not what was shown. Look at the key again.",
                "Ce n’est pas ce qui a été montré. Regardez encore la clé.",
            ),
        }]));
    }
    let row = me(workspace, &permit).await?;
    workspace
        .keys(&permit)
        .change(workspace.store(&permit), move |file, keys| {
            file.keep_recovery_key(keys, &key)
        })
        .await?;
    note_about(
        workspace,
        &permit,
        "account.recovery_key",
        about(&row),
        "done",
        json!({}),
    )
    .await?;
    workspace.events().changed([Topic::Accounts]);
    Ok(())
}

/// Takes one's recovery key out of force.
///
/// # Errors
/// [`crate::Code::Denied`].
pub async fn drop_recovery_key(workspace: &Workspace, actor: &Actor) -> Result<()> {
    let permit = Permit::<may::ManageOwnAccount>::ask(actor)?;
    let row = me(workspace, &permit).await?;
    let had = workspace
        .keys(&permit)
        .change(workspace.store(&permit), |file, keys| {
            file.remove_way_in(keys.account(), WrappingKind::Recovery)
        })
        .await?;
    if had {
        note_about(
            workspace,
            &permit,
            "account.recovery_key",
            about(&row),
            "removed",
            json!({}),
        )
        .await?;
        workspace.events().changed([Topic::Accounts]);
    }
    Ok(())
}
