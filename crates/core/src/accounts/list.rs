//! The accounts of a workspace, and one's own.

use towerify_domain::{Permit, policy::may};
use towerify_vault::{KeyFile, WrappingKind};

use crate::{
    Actor, Result, Workspace,
    accounts::{Account, OwnAccount, me},
    customers::CustomerView,
    error::blocking,
};

/// All accounts, by name.
///
/// # Errors
/// [`crate::Code::Denied`].
pub async fn list(workspace: &Workspace, actor: &Actor) -> Result<Vec<Account>> {
    let permit = Permit::<may::ManageAccounts>::ask(actor)?;
    let store = workspace.store(&permit);
    let customers = store.customers().all().await?;
    let second_factors = store.second_factors().accounts().await?;
    let rows = store.accounts().all().await?;
    Ok(rows
        .into_iter()
        .map(|row| Account {
            customer: row.customer_id.and_then(|id| {
                let known = customers.iter().find(|known| known.id == id)?;
                Some(CustomerView {
                    id,
                    name: known.name.clone(),
                })
            }),
            second_factor: second_factors.contains(&row.id),
            own: row.id == actor.account,
            id: row.id,
            name: row.name,
            role: row.role,
            created_at: row.created_at,
            disabled_at: row.disabled_at,
        })
        .collect())
}

/// The account that is at work, and what opens it.
///
/// # Errors
/// [`crate::Code::Denied`].
pub async fn own(workspace: &Workspace, actor: &Actor) -> Result<OwnAccount> {
    let permit = Permit::<may::ManageOwnAccount>::ask(actor)?;
    let row = me(workspace, &permit).await?;
    let store = workspace.store(&permit);
    let factor = store.second_factors().get(row.id).await?;
    let path = workspace.keys(&permit).path().to_owned();
    let file = blocking(move || Ok(KeyFile::load(&path)?)).await?;
    let customer = match row.customer_id {
        Some(id) => store.customers().get(id).await?.map(|known| known.name),
        None => None,
    };
    Ok(OwnAccount {
        codes_left: store.second_factors().codes_left(row.id).await?,
        second_factor_since: factor.map(|factor| factor.since),
        recovery_key: file.has_way_in(row.id.uuid(), WrappingKind::Recovery),
        keyring: file.has_way_in(row.id.uuid(), WrappingKind::Keyring),
        id: row.id,
        name: row.name,
        role: row.role,
        customer,
    })
}
