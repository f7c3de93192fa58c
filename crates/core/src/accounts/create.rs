//! Making an account, with the keys that its role holds.

use serde_json::json;
use towerify_domain::{
    Permit, Problems, Role, Rule, Words, field::PersonName, id::AccountId, policy::may,
};
use towerify_store::StoreError;
use towerify_vault::{ENDORSING, SIGNING, own_key};

use crate::{
    Actor, AppError, FieldProblem, Result, Topic, Workspace,
    accounts::{NewAccount, about, password::weak},
    clock::{new_id, now},
    journal::note_about,
    workspace::reconcile::share,
};

/// Makes an account. Its keys are written first: a program that dies before the account is in the database leaves keys of
/// nobody, which the next opening takes out.
///
/// # Errors
/// [`crate::Code::Denied`], [`crate::Code::InvalidFields`].
pub async fn create(workspace: &Workspace, actor: &Actor, new: NewAccount) -> Result<AccountId> {
    let permit = Permit::<may::ManageAccounts>::ask(actor)?;
    let store = workspace.store(&permit);
    let mut problems = Problems::new();
    let name = problems.take("name", PersonName::parse(&new.name));
    let mut fields: Vec<FieldProblem> = problems
        .done()
        .err()
        .unwrap_or_default()
        .into_iter()
        .map(Into::into)
        .collect();
    let inputs = [new.name.as_str(), workspace.known().name.as_str()];
    fields.extend(weak(&new.password, &inputs));
    let rows = store.accounts().all().await?;
    if rows.iter().any(|row| same_name(&row.name, &new.name)) {
        fields.push(name_taken());
    }
    fields.extend(match (new.role, new.customer) {
        (Role::Administrator, Some(_)) => Some(FieldProblem {
            field: "customer".into(),
            words: Words::new(
                "An administrator belongs to no customer.",
                "Un administrateur n’appartient à aucun client.",
            ),
        }),
        (Role::Administrator, None) => None,
        (_, None) => Some(FieldProblem {
            field: "customer".into(),
            words: Rule::Required.words(),
        }),
        (_, Some(id)) => match store.customers().get(id).await? {
            Some(_) => None,
            None => Some(FieldProblem {
                field: "customer".into(),
                words: Words::new("There is no such customer.", "Il n’y a pas de tel client."),
            }),
        },
    });
    let (Some(name), true) = (name, fields.is_empty()) else {
        return Err(AppError::invalid(fields));
    };
    let row = towerify_store::Account {
        id: AccountId::from_uuid(new_id()),
        name: name.to_string(),
        role: new.role,
        customer_id: new.customer,
        created_at: now(),
        disabled_at: None,
    };
    let account = towerify_vault::NewAccount {
        id: row.id.uuid(),
        name: row.name.clone(),
        role: row.role.name().into(),
    };
    let (role, password) = (new.role, new.password);
    let keys = workspace.keys(&permit);
    keys.change(store, move |file, keys| {
        let id = account.id;
        let own = own_key(id);
        file.make_key(keys, &own)?;
        let names: Vec<String> = match role {
            // Administrators can open every account's own secrets: they give a new password to whoever lost theirs.
            Role::Administrator => keys
                .held()
                .filter(|name| {
                    *name == ENDORSING || *name == SIGNING || name.starts_with("account/")
                })
                .map(str::to_owned)
                .collect(),
            Role::RestrictedAdministrator | Role::EndUser => vec![own.clone()],
        };
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        file.add(keys, account, &password, &names)?;
        share(file, keys, &own, id)
    })
    .await?;
    if let Err(error) = store.accounts().insert(&row).await {
        let id = row.id.uuid();
        keys.change(store, move |file, _| Ok(file.remove(id)))
            .await?;
        return Err(match error {
            StoreError::Duplicate { .. } => AppError::invalid(vec![name_taken()]),
            other => other.into(),
        });
    }
    let detail = json!({ "role": row.role.name() });
    note_about(
        workspace,
        &permit,
        "account.create",
        about(&row),
        "done",
        detail,
    )
    .await?;
    workspace.events().changed([Topic::Accounts]);
    Ok(row.id)
}

pub(super) fn same_name(one: &str, other: &str) -> bool {
    one.trim().to_lowercase() == other.trim().to_lowercase()
}

pub(super) fn name_taken() -> FieldProblem {
    FieldProblem {
        field: "name".into(),
        words: Words::new(
            "There is an account of this name already.",
            "Il y a déjà un compte de ce nom.",
        ),
    }
}
