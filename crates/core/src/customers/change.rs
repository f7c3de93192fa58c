//! Creating customers: by themselves, or by naming one on a server.

use serde_json::json;
use towerify_domain::{Permit, Rule, id::CustomerId, policy::Named, policy::may};
use towerify_store::{Customer, StoreError};

use crate::{
    Actor, AppError, FieldProblem, Result, Topic, Workspace,
    clock::{new_id, now},
    customers::CustomerView,
    journal::{Subject, note_about},
};

/// The longest name, in signs.
const LONGEST: usize = 120;

/// Creates a customer.
///
/// # Errors
/// [`crate::Code::InvalidFields`]: no name, or one that is taken.
pub async fn create(workspace: &Workspace, actor: &Actor, name: &str) -> Result<CustomerView> {
    let permit = Permit::<may::ManageCustomers>::ask(actor)?;
    let name = trimmed(name);
    if name.is_empty() {
        return Err(AppError::invalid(vec![FieldProblem {
            field: "name".into(),
            words: Rule::Required.words(),
        }]));
    }
    let made = add(workspace, &permit, name).await?;
    workspace.events().changed([Topic::Customers]);
    Ok(CustomerView {
        id: made.id,
        name: made.name,
    })
}

/// The customer that a server is said to be of, by the name it is known under; made when it is not known yet.
///
/// # Errors
/// Those of the database.
pub(crate) async fn named<P: Named>(
    workspace: &Workspace,
    permit: &Permit<P>,
    name: Option<&str>,
) -> Result<Option<String>> {
    let name = name.map(trimmed).filter(|name| !name.is_empty());
    let Some(name) = name else { return Ok(None) };
    if let Some(known) = workspace.store(permit).customers().by_name(&name).await? {
        return Ok(Some(known.name));
    }
    let made = add(workspace, permit, name).await?;
    workspace.events().changed([Topic::Customers]);
    Ok(Some(made.name))
}

async fn add<P: Named>(
    workspace: &Workspace,
    permit: &Permit<P>,
    name: String,
) -> Result<Customer> {
    let made = Customer {
        id: CustomerId::from_uuid(new_id()),
        name,
        created_at: now(),
    };
    workspace
        .store(permit)
        .customers()
        .insert(&made)
        .await
        .map_err(|error| match error {
            StoreError::Duplicate { .. } => AppError::invalid(vec![FieldProblem {
                field: "name".into(),
                words: towerify_domain::Words::new(
                    format!("There is a customer called {} already.", made.name),
                    format!("Il y a déjà un client nommé {}.", made.name),
                ),
            }]),
            other => other.into(),
        })?;
    let about = Subject {
        kind: "customer",
        id: Some(made.id.to_string()),
        name: made.name.clone(),
        customer: Some(made.id),
    };
    note_about(
        workspace,
        permit,
        "customer.create",
        about,
        "done",
        json!({}),
    )
    .await?;
    Ok(made)
}

fn trimmed(name: &str) -> String {
    towerify_domain::text::line(name.trim(), LONGEST)
}
