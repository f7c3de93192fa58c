//! Opening one's account with the keyring of this device.

use std::sync::Arc;

use secrecy::SecretString;
use serde_json::json;
use towerify_domain::{Permit, policy::may};
use towerify_vault::WrappingKind;

use crate::{
    Actor, Program, Result, Topic, Workspace,
    accounts::{about, me},
    error::blocking,
    journal::note_about,
    keyring,
};

/// From now on the keyring of this device opens the account, without its password. A keyring of another device that did so
/// opens it no longer.
///
/// # Errors
/// [`crate::Code::Denied`]; [`crate::Code::WrongPassword`], [`crate::Code::Throttled`];
/// [`crate::Code::KeyringUnavailable`], and then nothing is changed.
pub async fn open_on_this_device(
    program: &Program,
    workspace: &Workspace,
    actor: &Actor,
    password: SecretString,
) -> Result<()> {
    let permit = Permit::<may::ManageOwnAccount>::ask(actor)?;
    let row = me(workspace, &permit).await?;
    let keys = workspace.keys(&permit);
    keys.confirm(password).await?;
    let ring = Arc::clone(program.keyring());
    let name = keyring::entry(workspace.known().id.uuid(), row.id.uuid())
        .called(&workspace.known().name, &row.name);
    // The keyring first: what it keeps opens nothing until the key file says so.
    let (key, wrapping) = {
        let mut file = keys.file().await?;
        let held = keys.now()?;
        blocking(move || {
            let key = file.make_keyring_key(&held)?;
            ring.put(&name, &key.expose())?;
            let wrapping = file
                .account(held.account())
                .and_then(|known| {
                    known
                        .wrappings
                        .iter()
                        .find(|way| way.kind == WrappingKind::Keyring)
                })
                .cloned();
            Ok((key, wrapping))
        })
        .await?
    };
    drop(key);
    keys.change(workspace.store(&permit), move |file, keys| {
        file.remove_way_in(keys.account(), WrappingKind::Keyring)?;
        if let Some(known) = file
            .accounts
            .iter_mut()
            .find(|known| known.id == keys.account())
        {
            known.wrappings.extend(wrapping);
        }
        Ok(())
    })
    .await?;
    note_about(
        workspace,
        &permit,
        "account.keyring",
        about(&row),
        "done",
        json!({}),
    )
    .await?;
    workspace.events().changed([Topic::Accounts]);
    Ok(())
}

/// No keyring opens the account any more. What the one of this device keeps is removed, if it can be reached; without the
/// key file it opens nothing.
///
/// # Errors
/// [`crate::Code::Denied`].
pub async fn forget_on_this_device(
    program: &Program,
    workspace: &Workspace,
    actor: &Actor,
) -> Result<()> {
    let permit = Permit::<may::ManageOwnAccount>::ask(actor)?;
    let row = me(workspace, &permit).await?;
    let had = workspace
        .keys(&permit)
        .change(workspace.store(&permit), |file, keys| {
            file.remove_way_in(keys.account(), WrappingKind::Keyring)
        })
        .await?;
    let ring = Arc::clone(program.keyring());
    let name = keyring::entry(workspace.known().id.uuid(), row.id.uuid());
    let removed: Result<()> = blocking(move || ring.remove(&name)).await;
    if let Err(error) = removed {
        tracing::warn!(%error, "the keyring still keeps what opens nothing any more");
    }
    if had {
        note_about(
            workspace,
            &permit,
            "account.keyring",
            about(&row),
            "removed",
            json!({}),
        )
        .await?;
        workspace.events().changed([Topic::Accounts]);
    }
    Ok(())
}
