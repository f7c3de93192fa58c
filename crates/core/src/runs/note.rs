//! Writing a line of the journal: who did what, on what, and how it ended.

use towerify_domain::{Permit, id::ServerId, policy::Named};
use towerify_store::NewEntry;

use crate::{
    Result, Workspace,
    clock::{new_id, now},
};

/// Adds a line to the journal, for something done under this permit.
pub(crate) async fn note<P: Named>(
    workspace: &Workspace,
    permit: &Permit<P>,
    what: &str,
    server: Option<(&str, ServerId)>,
    outcome: &str,
    detail: serde_json::Value,
) -> Result<()> {
    let entry = NewEntry {
        id: towerify_domain::id::EntryId::from_uuid(new_id()),
        at: now(),
        account_id: Some(permit.actor().account),
        who: permit.actor().name.clone(),
        role: permit.actor().role.name().into(),
        what: what.into(),
        subject_kind: if server.is_some() {
            "server"
        } else {
            "workspace"
        }
        .into(),
        subject_id: server.map(|(_, id)| id.to_string()),
        subject: server.map_or_else(
            || workspace.known().name.clone(),
            |(name, _)| name.to_owned(),
        ),
        outcome: outcome.into(),
        detail,
    };
    workspace.store(permit).journal().append(&entry).await?;
    Ok(())
}
