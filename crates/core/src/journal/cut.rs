//! Letting go of old entries. The entry up to which they go is signed first, so that the chain goes on from there and
//! what is left proves that nothing else is missing.

use chrono::{DateTime, Utc};
use serde_json::json;
use towerify_domain::{
    Permit,
    journal::{Entry, Head},
    policy::may,
};

use crate::{
    Actor, AppError, Code, Result, Workspace,
    journal::{
        check::{look, sign_head, signed},
        list::short,
        note,
        view::CutPlan,
    },
};

/// What would be let go of, if all that was written before `before` went. Nothing is changed.
///
/// # Errors
/// [`Code::Denied`].
pub async fn cut_plan(
    workspace: &Workspace,
    actor: &Actor,
    before: DateTime<Utc>,
) -> Result<CutPlan> {
    let permit = Permit::<may::CutJournal>::ask(actor)?;
    let journal = workspace.store(&permit).journal();
    let head = journal.head().await?;
    let upto = match journal.reached(before).await? {
        Some(stays) => stays.saturating_sub(1),
        None => head.n,
    };
    plan(workspace, &permit, head, upto).await
}

async fn plan(
    workspace: &Workspace,
    permit: &Permit<may::CutJournal>,
    head: Head,
    upto: u64,
) -> Result<CutPlan> {
    let journal = workspace.store(permit).journal();
    let oldest = journal.after(0, 1).await?;
    let first: Option<&Entry> = oldest.first().map(|(entry, _)| entry);
    let goes = first.map_or(0, |first| (upto + 1).saturating_sub(first.n));
    let last = match goes {
        0 => None,
        _ => journal.entry(upto).await?.map(|(entry, ..)| entry),
    };
    Ok(CutPlan {
        upto: last.as_ref().map(|last| short(last.n)),
        goes: short(goes),
        first_at: last.as_ref().and(first).map(|first| first.at),
        last_at: last.map(|last| last.at),
        stays: short(head.n.saturating_sub(upto)),
    })
}

/// Lets go of every entry up to number `upto`; gives how many there were. That they went is in the journal.
///
/// # Errors
/// [`Code::Denied`], also for an account that can't sign; [`Code::WorkspaceDamaged`] when the chain does not hold: then
/// nothing is let go of; [`Code::NotFound`] when there is no such entry.
pub async fn cut(workspace: &Workspace, actor: &Actor, upto: u32) -> Result<u32> {
    let permit = Permit::<may::CutJournal>::ask(actor)?;
    let store = workspace.store(&permit);
    let signer = workspace.signer(&permit).ok_or_else(|| {
        AppError::new(
            Code::Denied,
            "This account does not hold the key that signs the journal.",
        )
    })?;
    let state = look(workspace, &permit).await?;
    if let Some(fault) = &state.fault {
        let words = fault.en.clone();
        workspace.journal_is(state);
        return Err(AppError::new(Code::WorkspaceDamaged, words));
    }
    let (last, _, hash) = store
        .journal()
        .entry(upto.into())
        .await?
        .ok_or_else(|| AppError::not_found("entry"))?;
    let goes = plan(workspace, &permit, store.journal().head().await?, last.n).await?;
    let id = workspace.known().id.to_string();
    let mark = signed(Head { n: last.n, hash }, &id, &signer);
    let gone = store.journal_marks().cut(&mark, &actor.name).await?;
    let detail =
        json!({ "upto": last.n, "entries": gone, "first": goes.first_at, "last": goes.last_at });
    note(workspace, &permit, "journal.cut", None, "done", detail).await?;
    sign_head(store, &id, &signer).await?;
    workspace.journal_is(look(workspace, &permit).await?);
    Ok(short(gone))
}
