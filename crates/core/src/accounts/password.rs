//! Passwords: which are taken, changing one's own, giving somebody a new one.

use secrecy::SecretString;
use serde_json::json;
use towerify_domain::{Permit, Words, id::AccountId, policy::may};

use crate::{
    Actor, AppError, Code, FieldProblem, Result, Topic, Workspace,
    accounts::{about, find, me},
    journal::note_about,
    workspace::password_strength,
};

/// What is wrong with a new password, if anything; `inputs` are words that a guesser would try first.
pub(crate) fn weak(password: &SecretString, inputs: &[&str]) -> Option<FieldProblem> {
    (!password_strength(password, inputs).accepted).then(|| FieldProblem {
        field: "password".into(),
        words: Words::new(
            "Too easy to guess. Use at least 10 characters that are not a common word or a name, such as four unrelated words.",
            "Trop facile à deviner. Au moins 10 caractères qui ne soient ni un mot courant ni un nom, par exemple quatre mots sans rapport.",
        ),
    })
}

/// Refuses a new password that is too easy to guess.
///
/// # Errors
/// [`Code::InvalidFields`].
pub(crate) fn refuse_weak(password: &SecretString, inputs: &[&str]) -> Result<()> {
    match weak(password, inputs) {
        Some(problem) => Err(AppError::invalid(vec![problem])),
        None => Ok(()),
    }
}

/// Changes one's own password.
///
/// # Errors
/// [`Code::Denied`], [`Code::InvalidFields`]; [`Code::WrongPassword`] for the old one, [`Code::Throttled`].
pub async fn change_password(
    workspace: &Workspace,
    actor: &Actor,
    old: SecretString,
    new: SecretString,
) -> Result<()> {
    let permit = Permit::<may::ChangePassword>::ask(actor)?;
    let row = me(workspace, &permit).await?;
    refuse_weak(&new, &[&row.name, &workspace.known().name])?;
    let store = workspace.store(&permit);
    let keys = workspace.keys(&permit);
    keys.confirm(old).await?;
    keys.change(store, move |file, keys| file.change_password(keys, &new))
        .await?;
    note_about(
        workspace,
        &permit,
        "account.password",
        about(&row),
        "done",
        json!({}),
    )
    .await?;
    workspace.events().changed([Topic::Accounts]);
    Ok(())
}

/// Gives another account a new password. Its keys are wrapped anew; its recovery key and its keyring open nothing any more.
/// The administrator shows their own password again.
///
/// # Errors
/// [`Code::Denied`], [`Code::NotFound`], [`Code::InvalidFields`]; [`Code::AccountDisabled`]; [`Code::WrongPassword`] for one's
/// own, [`Code::Throttled`].
pub async fn reset_password(
    workspace: &Workspace,
    actor: &Actor,
    id: AccountId,
    own: SecretString,
    new: SecretString,
) -> Result<()> {
    let permit = Permit::<may::ManageAccounts>::ask(actor)?;
    let row = find(workspace, &permit, id).await?;
    if row.disabled_at.is_some() {
        return Err(AppError::new(
            Code::AccountDisabled,
            "This account is disabled. Enable it first.",
        ));
    }
    if id == actor.account {
        return Err(AppError::new(
            Code::AccountNeeded,
            "Your own password is changed with the old one.",
        )
        .with("reason", "own_password"));
    }
    refuse_weak(&new, &[&row.name, &workspace.known().name])?;
    let keys = workspace.keys(&permit);
    keys.confirm(own).await?;
    keys.change(workspace.store(&permit), move |file, keys| {
        file.reset_password(keys, id.uuid(), &new)
    })
    .await?;
    note_about(
        workspace,
        &permit,
        "account.reset_password",
        about(&row),
        "done",
        json!({}),
    )
    .await?;
    workspace.events().changed([Topic::Accounts]);
    Ok(())
}
