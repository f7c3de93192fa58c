//! The journal as a file that proves itself: an administrator takes it out, and anybody verifies it.

use std::io::Write;

use base64::{Engine, prelude::BASE64_STANDARD};
use serde_json::json;
use towerify_domain::{Permit, journal::Head, policy::may};
use towerify_store::{SignedHead, Store};

use crate::{
    Actor, AppError, Code, Result, Workspace,
    journal::{
        check::{look, sign_head},
        form::{self, FORM, First, Last, Line},
        note,
        view::ExportForm,
    },
};

const STRIDE: u32 = 2_000;

/// Writes the whole journal to `out`, and gives how many entries it has. That it was exported is in the journal before,
/// and that it failed after.
///
/// # Errors
/// [`Code::Denied`], also for an account that can't sign; [`Code::WorkspaceDamaged`] when its chain does not hold;
/// [`Code::LocalDisk`] when `out` takes no more.
pub async fn export(
    workspace: &Workspace,
    actor: &Actor,
    as_form: ExportForm,
    out: &mut (dyn Write + Send),
) -> Result<u64> {
    let permit = Permit::<may::ExportJournal>::ask(actor)?;
    let signer = workspace.signer(&permit).ok_or_else(|| {
        AppError::new(
            Code::Denied,
            "This account does not hold the key that signs the journal.",
        )
    })?;
    let store = workspace.store(&permit);
    // Nothing is signed that does not hold.
    let state = look(workspace, &permit).await?;
    if let Some(fault) = &state.fault {
        let words = fault.en.clone();
        workspace.journal_is(state);
        return Err(AppError::new(Code::WorkspaceDamaged, words));
    }
    let detail = || json!({ "form": as_form });
    note(workspace, &permit, "journal.export", None, "done", detail()).await?;
    let known = workspace.known();
    let signed = sign_head(store, &known.id.to_string(), &signer).await?;
    let after = store
        .journal_marks()
        .last_cut()
        .await?
        .map_or(Head::EMPTY, |cut| cut.head);
    let first = First {
        towerify_journal: FORM,
        workspace: known.id,
        name: known.name.clone(),
        after,
    };
    let written = write(store, first, &signed, as_form, out).await;
    if written.is_err() {
        note(
            workspace,
            &permit,
            "journal.export",
            None,
            "failed",
            detail(),
        )
        .await?;
    }
    written
}

async fn write(
    store: &Store,
    first: First,
    signed: &SignedHead,
    as_form: ExportForm,
    out: &mut (dyn Write + Send),
) -> Result<u64> {
    let mut out = form::writer(as_form, out);
    let mut at = first.after.n;
    let mut written = 0_u64;
    out.first(&first)?;
    while at < signed.head.n {
        let some = store.journal().after(at, STRIDE).await?;
        if some.is_empty() {
            break;
        }
        for (entry, hash) in some {
            // What is written meanwhile comes after the signed head.
            if entry.n > signed.head.n {
                break;
            }
            at = entry.n;
            written += 1;
            out.entry(&Line { entry, hash })?;
        }
    }
    out.last(&Last {
        head: signed.head,
        signed_at: signed.at,
        signer: BASE64_STANDARD.encode(&signed.signer),
        signature: BASE64_STANDARD.encode(&signed.signature),
    })?;
    Ok(written)
}
