//! The journal's entries, filtered.

use towerify_domain::{Permit, journal::Entry, policy::Scope, policy::may};
use towerify_store::JournalFilter;

use crate::{
    Actor, Result, Workspace,
    journal::view::{AccountChoice, Choices, Page, Query, Row},
};

/// The longest page, and the usual one.
const MOST: u32 = 1_000;
const USUAL: u32 = 200;

/// Some entries, the newest first. Who may not see everybody's sees their own.
///
/// # Errors
/// [`crate::Code::Denied`].
pub async fn list(workspace: &Workspace, actor: &Actor, query: Query) -> Result<Page> {
    let permit = Permit::<may::SeeJournal>::ask(actor)?;
    let store = workspace.store(&permit);
    let limit = match query.limit {
        0 => USUAL,
        limit => limit.min(MOST),
    };
    let mine = permit.scope() != Scope::All;
    if mine
        && query
            .account
            .is_some_and(|account| account != actor.account)
    {
        return Ok(Page {
            rows: Vec::new(),
            more: false,
        });
    }
    let filter = JournalFilter {
        account: if mine {
            Some(actor.account)
        } else {
            query.account
        },
        what: query.what,
        outcome: query.outcome,
        customer: None,
        subject: query.subject_kind.zip(query.subject_id),
        from: query.from,
        until: query.until,
        text: query.text.chars().take(200).collect(),
    };
    let before = query.before.map(u64::from);
    // One more than shown tells whether there are more.
    let mut entries = store.journal().page(&filter, before, limit + 1).await?;
    let shown = usize::try_from(limit).unwrap_or(usize::MAX);
    let more = entries.len() > shown;
    entries.truncate(shown);
    Ok(Page {
        rows: entries.into_iter().map(row).collect(),
        more,
    })
}

/// What a query can be set to.
///
/// # Errors
/// [`crate::Code::Denied`].
pub async fn choices(workspace: &Workspace, actor: &Actor) -> Result<Choices> {
    let permit = Permit::<may::SeeJournal>::ask(actor)?;
    let all = workspace.store(&permit).journal().choices().await?;
    let mine = permit.scope() != Scope::All;
    Ok(Choices {
        accounts: all
            .accounts
            .into_iter()
            .filter(|(id, _)| !mine || *id == actor.account)
            .map(|(id, name)| AccountChoice { id, name })
            .collect(),
        whats: all.whats,
        outcomes: all.outcomes,
    })
}

fn row(entry: Entry) -> Row {
    Row {
        n: short(entry.n),
        id: entry.id,
        at: entry.at,
        who: entry.who,
        role: entry.role,
        what: entry.what,
        subject_kind: entry.subject_kind,
        subject_id: entry.subject_id,
        subject: entry.subject,
        outcome: entry.outcome,
        detail: entry.detail,
    }
}

/// A number as faces have it: JavaScript counts safely far beyond what a journal reaches, and 32 bits are beyond it too.
pub(super) fn short(n: u64) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}
