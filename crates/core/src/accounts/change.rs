//! Renaming an account, shutting it out, letting it in again, taking it away.

use serde_json::json;
use towerify_domain::{Permit, Role, field::PersonName, id::AccountId, policy::may};
use towerify_store::StoreError;
use towerify_vault::{ENDORSING, Wrapping};

use crate::{
    Actor, AppError, Code, FieldProblem, Result, Topic, Workspace,
    accounts::{
        about,
        create::{name_taken, same_name},
        find,
    },
    clock::now,
    journal::note_about,
    workspace::reconcile::{expel, finish_rotation},
};

/// Gives an account another name.
///
/// # Errors
/// [`Code::Denied`], [`Code::NotFound`], [`Code::InvalidFields`].
pub async fn rename(workspace: &Workspace, actor: &Actor, id: AccountId, name: &str) -> Result<()> {
    let permit = Permit::<may::ManageAccounts>::ask(actor)?;
    let mut row = find(workspace, &permit, id).await?;
    let store = workspace.store(&permit);
    let name = PersonName::parse(name).map_err(|rule| {
        AppError::invalid(vec![FieldProblem {
            field: "name".into(),
            words: rule.words(),
        }])
    })?;
    let rows = store.accounts().all().await?;
    let taken =
        |other: &towerify_store::Account| other.id != id && same_name(&other.name, name.as_str());
    if rows.iter().any(taken) {
        return Err(AppError::invalid(vec![name_taken()]));
    }
    let before = std::mem::replace(&mut row.name, name.to_string());
    store
        .accounts()
        .rename(id, &row.name)
        .await
        .map_err(|error| match error {
            StoreError::Duplicate { .. } => AppError::invalid(vec![name_taken()]),
            other => other.into(),
        })?;
    let shown = row.name.clone();
    workspace
        .keys(&permit)
        .change(store, move |file, _| {
            if let Some(known) = file.accounts.iter_mut().find(|known| known.id == id.uuid()) {
                known.name = shown;
            }
            Ok(())
        })
        .await?;
    let detail = json!({ "before": before });
    note_about(
        workspace,
        &permit,
        "account.rename",
        about(&row),
        "done",
        detail,
    )
    .await?;
    workspace.events().changed([Topic::Accounts]);
    Ok(())
}

/// Shuts an account out. What opened it is kept in the database, where it opens nothing, until it is enabled again.
///
/// # Errors
/// [`Code::Denied`], [`Code::NotFound`]; [`Code::AccountNeeded`] for one's own and for the last administrator.
pub async fn disable(workspace: &Workspace, actor: &Actor, id: AccountId) -> Result<()> {
    let permit = Permit::<may::ManageAccounts>::ask(actor)?;
    let row = find(workspace, &permit, id).await?;
    spare(workspace, &permit, &row).await?;
    if row.disabled_at.is_some() {
        return Ok(());
    }
    let store = workspace.store(&permit);
    let keys = workspace.keys(&permit);
    let file = keys.file().await?;
    let ways_in = file
        .account(id.uuid())
        .map(|known| serde_json::to_string(&known.wrappings))
        .transpose()
        .map_err(|_| AppError::new(Code::Internal, "The ways in of an account can't be kept."))?;
    store
        .accounts()
        .disable(id, now(), ways_in.as_deref())
        .await?;
    keys.change(store, move |file, _| file.shut_out(id.uuid()).map(drop))
        .await?;
    done(workspace, &permit, "account.disable", &row).await
}

/// Lets an account in again, by the ways in that it had.
///
/// # Errors
/// [`Code::Denied`], [`Code::NotFound`].
pub async fn enable(workspace: &Workspace, actor: &Actor, id: AccountId) -> Result<()> {
    let permit = Permit::<may::ManageAccounts>::ask(actor)?;
    let row = find(workspace, &permit, id).await?;
    if row.disabled_at.is_none() {
        return Ok(());
    }
    let store = workspace.store(&permit);
    let kept = store.accounts().kept_ways_in(id).await?;
    let ways_in: Vec<Wrapping> = kept
        .and_then(|kept| serde_json::from_str(&kept).ok())
        .unwrap_or_default();
    workspace
        .keys(&permit)
        .change(store, move |file, _| file.readmit(id.uuid(), ways_in))
        .await?;
    store.accounts().enable(id).await?;
    done(workspace, &permit, "account.enable", &row).await
}

/// Takes an account away. Where it was an administrator's, the keys that it held are replaced, and what was sealed under
/// them is sealed anew: what it may have kept opens nothing that is written from now on.
///
/// # Errors
/// [`Code::Denied`], [`Code::NotFound`]; [`Code::AccountNeeded`] for one's own, for the last administrator, and for one that
/// has entries to servers.
pub async fn delete(workspace: &Workspace, actor: &Actor, id: AccountId) -> Result<()> {
    let permit = Permit::<may::ManageAccounts>::ask(actor)?;
    let row = find(workspace, &permit, id).await?;
    spare(workspace, &permit, &row).await?;
    let store = workspace.store(&permit);
    if !store.gate_accesses().of_account(id).await?.is_empty() {
        return Err(AppError::new(
            Code::AccountNeeded,
            "This account has entries to servers. Take those away first.",
        )
        .with("reason", "entries"));
    }
    let keys = workspace.keys(&permit);
    // An earlier rotation is over before another begins.
    if keys.now()?.replaced().next().is_some() {
        finish_rotation(store, workspace.known().id.uuid(), &keys.now()?).await?;
        keys.change(store, |file, keys| Ok(file.forget_former(keys)))
            .await?;
    }
    store.accounts().begin_leaving(id, now()).await?;
    keys.change(store, move |file, keys| expel(file, keys, id.uuid()))
        .await?;
    // What is sealed by work that is going on is sealed under the new key from here on. The former one stays until the next
    // opening, for what was sealed just before.
    let reach = workspace.reach(&permit);
    reach.sealer.follow(&keys.sealer(ENDORSING)?);
    finish_rotation(store, workspace.known().id.uuid(), &keys.now()?).await?;
    store.accounts().remove(id).await?;
    done(workspace, &permit, "account.delete", &row).await
}

/// Refuses what would leave nobody to administer the workspace, or would shut out whoever asks for it.
async fn spare(
    workspace: &Workspace,
    permit: &Permit<may::ManageAccounts>,
    row: &towerify_store::Account,
) -> Result<()> {
    let rows = workspace.store(permit).accounts().all().await?;
    let other_administrator = rows.iter().any(|other| {
        other.id != row.id && other.role == Role::Administrator && other.disabled_at.is_none()
    });
    if row.role == Role::Administrator && !other_administrator {
        return Err(AppError::new(
            Code::AccountNeeded,
            "This is the last administrator who can work. Make another one first.",
        )
        .with("reason", "last"));
    }
    if row.id == permit.actor().account {
        return Err(AppError::new(
            Code::AccountNeeded,
            "Your own account is disabled or deleted by another administrator.",
        )
        .with("reason", "own"));
    }
    Ok(())
}

async fn done(
    workspace: &Workspace,
    permit: &Permit<may::ManageAccounts>,
    what: &str,
    row: &towerify_store::Account,
) -> Result<()> {
    note_about(workspace, permit, what, about(row), "done", json!({})).await?;
    workspace.events().changed([Topic::Accounts]);
    Ok(())
}
