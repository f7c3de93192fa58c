//! The journal's entries, filtered.

use towerify_domain::{
    Permit,
    id::CustomerId,
    journal::{Entry, Head},
    policy::{Owner, Scope, Within, may},
};
use towerify_store::JournalFilter;

use crate::{
    Actor, AppError, Result, Workspace,
    journal::view::{AccountChoice, Choices, CustomerChoice, EntryDetail, Page, Query, Row},
};

/// The longest page, and the usual one.
const MOST: u32 = 1_000;
const USUAL: u32 = 200;

/// Some entries, the newest first. Who may not see everybody's sees those about their customer's business.
///
/// # Errors
/// [`crate::Code::Denied`].
pub async fn list(workspace: &Workspace, actor: &Actor, query: Query) -> Result<Page> {
    let permit = Permit::<may::SeeJournal>::ask(actor)?;
    let journal = workspace.store(&permit).journal();
    let limit = match query.limit {
        0 => USUAL,
        limit => limit.min(MOST),
    };
    let Some(customer) = narrowed(&permit, query.customer) else {
        return Ok(Page {
            rows: Vec::new(),
            next: None,
            all: None,
            found: Some(0),
        });
    };
    let filter = JournalFilter {
        account: query.account,
        what: query.what,
        outcome: query.outcome,
        customer,
        subject: query.subject_kind.zip(query.subject_id),
        run: query.run,
        from: query.from,
        until: query.until,
        text: query.text.chars().take(200).collect(),
    };
    let page = journal
        .page(&filter, query.before.map(u64::from), limit)
        .await?;
    let (mut all, mut found) = (None, None);
    if query.before.is_none() {
        if permit.scope() == Scope::All {
            let marks = workspace.store(&permit).journal_marks();
            let cut = marks.last_cut().await?.map_or(Head::EMPTY, |cut| cut.head);
            all = Some(short(journal.head().await?.n.saturating_sub(cut.n)));
        }
        found = match all {
            Some(all) if filter == JournalFilter::default() => Some(all),
            _ if page.next.is_none() => u32::try_from(page.entries.len()).ok(),
            _ => journal.count(&filter).await?,
        };
    }
    Ok(Page {
        rows: page.entries.into_iter().map(row).collect(),
        next: page.next.map(short),
        all,
        found,
    })
}

/// One entry, with its place in the chain.
///
/// # Errors
/// [`crate::Code::Denied`]; [`crate::Code::NotFound`], also for what is another customer's business.
pub async fn entry(workspace: &Workspace, actor: &Actor, n: u32) -> Result<EntryDetail> {
    let permit = Permit::<may::SeeJournal>::ask(actor)?;
    let store = workspace.store(&permit);
    let not_found = || AppError::not_found("entry");
    let (entry, before, this) = store
        .journal()
        .entry(n.into())
        .await?
        .filter(|(entry, ..)| permit.covers(Owner::customer(entry.customer)))
        .ok_or_else(not_found)?;
    let signed = store.journal_marks().first_from(entry.n).await?;
    Ok(EntryDetail {
        row: row(entry),
        this,
        before,
        signed_at: signed.as_ref().map(|signed| signed.at),
        signed_n: signed.map(|signed| short(signed.head.n)),
    })
}

/// What a query can be set to.
///
/// # Errors
/// [`crate::Code::Denied`].
pub async fn choices(workspace: &Workspace, actor: &Actor) -> Result<Choices> {
    let permit = Permit::<may::SeeJournal>::ask(actor)?;
    let store = workspace.store(&permit);
    let Some(own) = narrowed(&permit, None) else {
        return Ok(Choices::default());
    };
    let all = store.journal().choices(own).await?;
    let mut customers = Vec::new();
    if own.is_none() {
        for id in all.customers {
            let known = store.customers().get(id).await?;
            let name = known.map_or_else(|| id.to_string(), |known| known.name);
            customers.push(CustomerChoice { id, name });
        }
    }
    Ok(Choices {
        accounts: all
            .accounts
            .into_iter()
            .map(|(id, name)| AccountChoice { id, name })
            .collect(),
        whats: all.whats,
        outcomes: all.outcomes,
        customers,
    })
}

/// The customer that a list is narrowed to; none when what is asked for is another's.
fn narrowed(
    permit: &Permit<may::SeeJournal>,
    asked: Option<CustomerId>,
) -> Option<Option<CustomerId>> {
    match permit.within() {
        Within::All => Some(asked),
        Within::Customer { customer, .. } => asked
            .is_none_or(|asked| asked == customer)
            .then_some(Some(customer)),
        Within::Account(_) => None,
    }
}

pub(super) fn row(entry: Entry) -> Row {
    Row {
        n: short(entry.n),
        id: entry.id,
        at: entry.at,
        account: entry.account,
        who: entry.who,
        role: entry.role,
        what: entry.what,
        subject_kind: entry.subject_kind,
        subject_id: entry.subject_id,
        subject: entry.subject,
        outcome: entry.outcome,
        detail: entry.detail,
        customer: entry.customer,
    }
}

/// A number as faces have it: JavaScript counts safely far beyond what a journal reaches, and 32 bits are beyond it too.
pub(super) fn short(n: u64) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}
