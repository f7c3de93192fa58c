//! The customers of the workspace.

use serde::Serialize;
use towerify_domain::{Permit, id::CustomerId, policy::may};

use crate::{Actor, Result, Workspace};

/// A customer, as faces see it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, specta::Type)]
pub struct CustomerView {
    /// Its id.
    pub id: CustomerId,
    /// Its name.
    pub name: String,
}

/// All customers, by name.
///
/// # Errors
/// [`crate::Code::Denied`].
pub async fn list(workspace: &Workspace, actor: &Actor) -> Result<Vec<CustomerView>> {
    let permit = Permit::<may::ManageCustomers>::ask(actor)?;
    let known = workspace.store(&permit).customers().all().await?;
    Ok(known
        .into_iter()
        .map(|customer| CustomerView {
            id: customer.id,
            name: customer.name,
        })
        .collect())
}
