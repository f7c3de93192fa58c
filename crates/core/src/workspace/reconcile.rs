//! Making `keys.json` and the database say the same, at every opening. The two can't be written at once, and a program may
//! die between them; **the database decides**, and the file follows:
//!
//! - what makes an account writes the file first: keys without a row are nobody's, and are taken out;
//! - what takes something from an account writes the database first (disabled, leaving): the file is brought after it;
//! - a key that is replaced is on the disk, beside the former one, before anything is sealed under it;
//! - a file that is older than the database remembers is an old copy, and nothing is opened with it.

use towerify_domain::{
    Role,
    id::{AccountId, WorkspaceId},
};
use towerify_store::{Account, Store};
use towerify_vault::{ENDORSING, KeyFile, Keys, VaultError, own_key};
use uuid::Uuid;

use crate::{
    Result,
    clock::now,
    error::{AppError, Code},
    workspace::keys::generation,
};

/// Checks that the file is the one that the database knows, and that the account may come in.
///
/// # Errors
/// [`Code::WorkspaceDamaged`] for an old copy or an altered file; [`Code::AccountDisabled`].
pub(super) async fn admit(store: &Store, file: &KeyFile, keys: &Keys) -> Result<Account> {
    file.check_seal(keys)?;
    if file.generation < generation(store).await? {
        return Err(AppError::new(
            Code::WorkspaceDamaged,
            "The key file is an older copy: something put it back in the place of the one that belongs to this database.",
        )
        .hint("Put back the key file and the database together, from the same copy."));
    }
    let row = store
        .accounts()
        .get(AccountId::from_uuid(keys.account()))
        .await?;
    match row {
        Some(row) if row.disabled_at.is_none() => Ok(row),
        Some(_) => Err(disabled()),
        None => Err(AppError::new(
            Code::AccountDisabled,
            "This account is no longer in this workspace.",
        )),
    }
}

pub(super) fn disabled() -> AppError {
    AppError::new(Code::AccountDisabled, "This account is disabled.")
        .hint("An administrator can enable it again.")
}

/// Brings the file after the database, in memory. True when it was changed: then the caller seals and saves it, and calls
/// [`finish`]. Only who holds the administrators' keys can take accounts out and replace keys: for others those wait.
///
/// # Errors
/// Those of the database and of the vault.
pub(super) async fn follow(store: &Store, file: &mut KeyFile, keys: &mut Keys) -> Result<bool> {
    let before = file.accounts.clone();
    let administers = keys.held().any(|name| name == ENDORSING);
    let rows = store.accounts().all().await?;
    if administers {
        // A rotation that is not over is brought to its end before another begins: its new keys are on the disk.
        if keys.replaced().next().is_some() {
            finish_rotation(store, file.workspace, keys).await?;
            file.forget_former(keys);
        }
        let there = |known: Uuid| rows.iter().any(|row| row.id.uuid() == known);
        let gone: Vec<Uuid> = file.accounts.iter().map(|known| known.id).collect();
        for account in gone.into_iter().filter(|known| !there(*known)) {
            expel(file, keys, account)?;
        }
    }
    for row in &rows {
        let id = row.id.uuid();
        let Some(known) = file.account(id) else {
            continue;
        };
        if row.disabled_at.is_some() && !(known.disabled && known.wrappings.is_empty()) {
            park(store, file, row.id).await?;
        }
        if let Some(known) = file.accounts.iter_mut().find(|known| known.id == id) {
            known.name.clone_from(&row.name);
        }
    }
    if administers {
        give_own_keys(file, keys)?;
    }
    Ok(file.accounts != before)
}

/// Once what [`follow`] changed is on the disk: seals everything anew where keys were replaced, and lets go of who is on
/// their way out. True when former keys left the file: then the caller seals and saves it once more.
///
/// # Errors
/// Those of the database.
pub(super) async fn finish(store: &Store, file: &mut KeyFile, keys: &mut Keys) -> Result<bool> {
    if !keys.held().any(|name| name == ENDORSING) {
        return Ok(false);
    }
    let rotated = keys.replaced().next().is_some();
    if rotated {
        finish_rotation(store, file.workspace, keys).await?;
        file.forget_former(keys);
    }
    for leaving in store.accounts().leaving().await? {
        // One that an entry to a server still needs stays marked, and is there for nobody.
        if let Err(error) = store.accounts().remove(leaving).await {
            tracing::warn!(%error, "an account that is on its way out could not be removed yet");
        }
    }
    Ok(rotated)
}

/// Takes the ways in of an account that is disabled out of the file, and keeps them in the database.
pub(crate) async fn park(store: &Store, file: &mut KeyFile, account: AccountId) -> Result<()> {
    let ways_in = file
        .account(account.uuid())
        .map(|known| known.wrappings.clone())
        .unwrap_or_default();
    let kept = match ways_in.is_empty() {
        true => None,
        false => Some(serde_json::to_string(&ways_in).map_err(|_| {
            AppError::new(Code::Internal, "The ways in of an account can't be kept.")
        })?),
    };
    store
        .accounts()
        .disable(account, now(), kept.as_deref())
        .await?;
    file.shut_out(account.uuid())?;
    Ok(())
}

/// Takes an account out of the file. Where it held what administrators hold, all of that is replaced: what it may have kept
/// of it opens nothing that is sealed from now on.
pub(crate) fn expel(
    file: &mut KeyFile,
    keys: &mut Keys,
    account: Uuid,
) -> std::result::Result<(), VaultError> {
    let Some(known) = file.account(account) else {
        return Ok(());
    };
    let administrator = known.grants.iter().any(|grant| grant.key == ENDORSING);
    file.remove(account);
    if !administrator {
        return Ok(());
    }
    let names: Vec<String> = keys.held().map(str::to_owned).collect();
    for name in names {
        // Those who had it keep it.
        let keep: Vec<Uuid> = file
            .accounts
            .iter()
            .filter(|known| known.id != keys.account())
            .filter(|known| known.grants.iter().any(|grant| grant.key == name))
            .map(|known| known.id)
            .collect();
        file.rotate(keys, &name, &keep)?;
    }
    Ok(())
}

/// Sees to it that every account has a key of its own, which administrators hold as well: workspaces that are older than
/// those keys have none.
fn give_own_keys(file: &mut KeyFile, keys: &mut Keys) -> Result<()> {
    if file.generation == 0 {
        file.endorse_own(keys)?;
    }
    let accounts: Vec<Uuid> = file.accounts.iter().map(|known| known.id).collect();
    for account in accounts {
        let name = own_key(account);
        match file.make_key(keys, &name) {
            Ok(()) => share(file, keys, &name, account)?,
            Err(VaultError::KeyExists) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}

/// Grants a key that `keys` hold to this account and to every other administrator: to those whom an administrator made one,
/// whatever the file or the database say by now.
pub(crate) fn share(
    file: &mut KeyFile,
    keys: &Keys,
    name: &str,
    account: Uuid,
) -> std::result::Result<(), VaultError> {
    let others: Vec<Uuid> = file
        .accounts
        .iter()
        .map(|known| known.id)
        .filter(|other| *other != keys.account())
        .filter(|other| match file.endorsed_role(keys, *other) {
            Some(role) => *other == account || role == Role::Administrator.name(),
            None => false,
        })
        .collect();
    for other in others {
        file.grant(keys, other, name)?;
    }
    Ok(())
}

/// Seals and signs everything anew that is sealed or signed under a key which was replaced. What is sealed under a key that
/// the account does not hold is left alone.
pub(crate) async fn finish_rotation(store: &Store, workspace: Uuid, keys: &Keys) -> Result<()> {
    let pairs: Vec<_> = keys
        .replaced()
        .filter_map(|name| Some((keys.former_sealer(name)?, keys.sealer(name))))
        .collect();
    store
        .seal_anew(|sealed| {
            pairs.iter().find_map(|(former, new)| {
                let plain = former.open(sealed.place, &sealed.value).ok()?;
                new.seal(sealed.place, &plain).ok()
            })
        })
        .await?;
    if let (Some(former), Some(signer)) = (keys.former_signer(), keys.signer()) {
        let workspace = WorkspaceId::from_uuid(workspace).to_string();
        crate::journal::sign_anew(store, &workspace, &former, &signer).await?;
    }
    Ok(())
}
