//! Profiles: named sets of choices.

use serde_json::json;
use towerify_domain::{
    Permit,
    field::{Rule, ServerName},
    id::ProfileId,
    policy::may,
    provisioning::Choices,
};
use towerify_store::ProfileRow;

use crate::{
    Actor, AppError, Result, Topic, Workspace,
    clock::{new_id, now},
    error::FieldProblem,
    journal::note,
    provisioning::{choices::said, view::Profile},
};

/// All profiles, by name.
///
/// # Errors
/// [`crate::Code::Denied`].
pub async fn profiles(workspace: &Workspace, actor: &Actor) -> Result<Vec<Profile>> {
    let permit = Permit::<may::ProvisionServer>::ask(actor)?;
    let rows = workspace.store(&permit).profiles().all().await?;
    Ok(rows
        .into_iter()
        .map(|row| Profile {
            id: row.id.to_string(),
            name: row.name,
            choices: row.choices,
            saved_at: row.saved_at,
            saved_by: row.saved_by,
        })
        .collect())
}

/// Saves choices under a name, in place of the profile of that name. Domain and administrator are not kept, secrets
/// never.
///
/// # Errors
/// [`crate::Code::InvalidFields`].
pub async fn save_profile(
    workspace: &Workspace,
    actor: &Actor,
    name: &str,
    choices: Choices,
) -> Result<()> {
    let permit = Permit::<may::ProvisionServer>::ask(actor)?;
    let name = ServerName::parse(name).map_err(|rule: Rule| {
        AppError::invalid(vec![FieldProblem {
            field: "name".into(),
            words: rule.words(),
        }])
    })?;
    let choices = choices.checked_profile().map_err(said)?;
    let row = ProfileRow {
        id: ProfileId::from_uuid(new_id()),
        name: name.to_string(),
        choices,
        saved_at: now(),
        saved_by: actor.name.clone(),
    };
    workspace.store(&permit).profiles().put(&row).await?;
    let detail = json!({ "name": row.name });
    note(workspace, &permit, "profile.save", None, "done", detail).await?;
    workspace.events().changed([Topic::Servers]);
    Ok(())
}

/// Deletes a profile.
///
/// # Errors
/// [`crate::Code::NotFound`].
pub async fn delete_profile(workspace: &Workspace, actor: &Actor, id: &str) -> Result<()> {
    let permit = Permit::<may::ProvisionServer>::ask(actor)?;
    let missing = || AppError::not_found("profile");
    let id: ProfileId = id.parse().map_err(|_| missing())?;
    if !workspace.store(&permit).profiles().delete(id).await? {
        return Err(missing());
    }
    let detail = json!({ "id": id });
    note(workspace, &permit, "profile.delete", None, "done", detail).await?;
    workspace.events().changed([Topic::Servers]);
    Ok(())
}
