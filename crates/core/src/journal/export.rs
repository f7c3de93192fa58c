//! The journal as a file that proves itself: JSON lines, the first of which says whose it is, the last of which signs the
//! head of the chain.

use std::io::Write;

use base64::{Engine, prelude::BASE64_STANDARD};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use towerify_domain::{
    Permit,
    id::WorkspaceId,
    journal::{Entry, Head, Link},
    policy::{Scope, may},
};

use crate::{
    Actor, AppError, Code, Result, Workspace,
    journal::{
        check::{check, sign_head},
        note,
    },
};

/// The form of the file.
pub(super) const FORM: u32 = 1;

const STRIDE: u32 = 2_000;

/// The first line.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct First {
    /// [`FORM`].
    pub towerify_journal: u32,
    /// Whose journal it is.
    pub workspace: WorkspaceId,
    /// What the workspace is called.
    pub name: String,
    /// What the first entry follows: the end of what was let go of before, or nothing.
    pub after: Head,
}

/// A line in between.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Line {
    /// The entry.
    pub entry: Entry,
    /// The chain's hash after the entry.
    pub hash: Link,
}

/// The last line.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Last {
    /// Where the chain stands.
    pub head: Head,
    /// When it was signed.
    pub signed_at: DateTime<Utc>,
    /// The public key that signed, in base64.
    pub signer: String,
    /// The signature, in base64.
    pub signature: String,
}

/// Writes the whole journal to `out`, and gives how many entries it has. That it was exported is in the journal before.
///
/// # Errors
/// [`Code::Denied`] for who does not see all of it, or can't sign; [`Code::WorkspaceDamaged`] when its chain does not
/// hold; [`Code::LocalDisk`] when `out` takes no more.
pub async fn export(
    workspace: &Workspace,
    actor: &Actor,
    out: &mut (dyn Write + Send),
) -> Result<u64> {
    let permit = Permit::<may::SeeJournal>::ask(actor)?;
    let denied = || AppError::new(Code::Denied, "Only an administrator exports the journal.");
    if permit.scope() != Scope::All {
        return Err(denied());
    }
    let signer = workspace.signer(&permit).ok_or_else(denied)?;
    let store = workspace.store(&permit);
    let id = workspace.known().id;
    // Nothing is signed that does not hold.
    if let Some(fault) = check(workspace, actor).await?.fault {
        return Err(AppError::new(Code::WorkspaceDamaged, fault.en));
    }
    note(
        workspace,
        &permit,
        "journal.export",
        None,
        "done",
        serde_json::json!({}),
    )
    .await?;
    let signed = sign_head(store, &id.to_string(), &signer).await?;
    let after = store
        .journal_marks()
        .last_cut()
        .await?
        .map_or(Head::EMPTY, |cut| cut.head);
    let mut written = 0_u64;
    let first = First {
        towerify_journal: FORM,
        workspace: id,
        name: workspace.known().name.clone(),
        after,
    };
    line(out, &first)?;
    let mut at = after.n;
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
            line(out, &Line { entry, hash })?;
        }
    }
    let last = Last {
        head: signed.head,
        signed_at: signed.at,
        signer: BASE64_STANDARD.encode(&signed.signer),
        signature: BASE64_STANDARD.encode(&signed.signature),
    };
    line(out, &last)?;
    out.flush().map_err(|error| disk(&error))?;
    Ok(written)
}

fn line(out: &mut (dyn Write + Send), line: &impl Serialize) -> Result<()> {
    let mut text = serde_json::to_vec(line).map_err(|error| {
        AppError::new(Code::Internal, format!("A line can't be written: {error}."))
    })?;
    text.push(b'\n');
    out.write_all(&text).map_err(|error| disk(&error))
}

fn disk(error: &std::io::Error) -> AppError {
    AppError::new(
        Code::LocalDisk,
        format!("The file can't be written: {error}."),
    )
}
