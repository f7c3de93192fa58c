//! Writing a line of the journal: who did what, on what, and how it ended.

use towerify_domain::{
    Permit,
    id::{CustomerId, EntryId, ServerId},
    policy::Named,
};
use towerify_store::{NewEntry, Server};

use crate::{
    Result, Topic, Workspace,
    clock::{new_id, now},
};

/// What an entry is about.
pub(crate) struct Subject {
    /// The kind of thing: `server`, `account`, `workspace`…
    pub(crate) kind: &'static str,
    /// Which, if it has an id.
    pub(crate) id: Option<String>,
    /// The name it has now.
    pub(crate) name: String,
    /// Whose it is now: who of the customer's may read the entry. None for what is the provider's own.
    pub(crate) customer: Option<CustomerId>,
}

impl Subject {
    /// This server, as it is now or was before it was removed.
    pub(crate) fn server(server: &Server) -> Self {
        Self {
            kind: "server",
            id: Some(server.id.to_string()),
            name: server.name.clone(),
            customer: server.customer_id,
        }
    }

    /// The workspace itself.
    pub(crate) fn workspace(workspace: &Workspace) -> Self {
        Self {
            kind: "workspace",
            id: None,
            name: workspace.known().name.clone(),
            customer: None,
        }
    }
}

/// Adds a line to the journal, for something done under this permit to a server that is known, or to the workspace.
pub(crate) async fn note<P: Named>(
    workspace: &Workspace,
    permit: &Permit<P>,
    what: &str,
    server: Option<(&str, ServerId)>,
    outcome: &str,
    detail: serde_json::Value,
) -> Result<()> {
    let subject = match server {
        Some((name, id)) => {
            let known = workspace.store(permit).servers().get(id).await?;
            Subject {
                kind: "server",
                id: Some(id.to_string()),
                name: name.to_owned(),
                customer: known.and_then(|known| known.customer_id),
            }
        }
        None => Subject::workspace(workspace),
    };
    note_about(workspace, permit, what, subject, outcome, detail).await
}

/// Adds a line to the journal, for something done under this permit to this.
pub(crate) async fn note_about<P: Named>(
    workspace: &Workspace,
    permit: &Permit<P>,
    what: &str,
    subject: Subject,
    outcome: &str,
    detail: serde_json::Value,
) -> Result<()> {
    let entry = NewEntry {
        id: EntryId::from_uuid(new_id()),
        at: now(),
        account_id: Some(permit.actor().account),
        who: permit.actor().name.clone(),
        role: permit.actor().role.name().into(),
        what: what.into(),
        subject_kind: subject.kind.into(),
        subject_id: subject.id,
        subject: subject.name,
        // What a customer's own people do is their business, also where it is about what is not theirs.
        customer_id: subject.customer.or(permit.actor().customer),
        outcome: outcome.into(),
        detail,
    };
    workspace.store(permit).journal().append(&entry).await?;
    workspace.events().changed([Topic::Journal]);
    Ok(())
}
