//! Walking along the journal: each hash after the one before, and each signed head where it was signed.

use towerify_domain::{
    Permit, Words,
    journal::{Fault, Head, Walk},
    policy::{Named, Scope, may},
};
use towerify_store::{SignedHead, Store};
use towerify_vault::{Signer, is_signed};

use crate::{
    Actor, Result, Workspace,
    clock::now,
    journal::{list::short, verify::fingerprint, view::JournalState},
};

/// So many entries are read at once.
const STRIDE: u32 = 2_000;

/// What the last walk along the journal found, since the workspace was opened; none before the first, and for whoever
/// does not walk along it.
///
/// # Errors
/// [`crate::Code::Denied`].
pub async fn state(workspace: &Workspace, actor: &Actor) -> Result<Option<JournalState>> {
    let permit = Permit::<may::SeeJournal>::ask(actor)?;
    Ok(workspace
        .journal_state(&permit)
        .filter(|_| permit.scope() == Scope::All))
}

/// Walks along the whole journal, and signs its head where all is well and the account may sign. A million entries take
/// some seconds.
///
/// # Errors
/// [`crate::Code::Denied`].
pub async fn check(workspace: &Workspace, actor: &Actor) -> Result<JournalState> {
    let permit = Permit::<may::ExportJournal>::ask(actor)?;
    let state = look(workspace, &permit).await?;
    workspace.journal_is(state.clone());
    Ok(state)
}

/// The same, for whoever needs to know before going on.
pub(super) async fn look<P: Named>(
    workspace: &Workspace,
    permit: &Permit<P>,
) -> Result<JournalState> {
    let store = workspace.store(permit);
    let signer = workspace.signer(permit);
    let id = workspace.known().id.to_string();
    // What a cut let go of, and did not come to the end of, goes first: it is no part of the chain any more.
    store.journal_marks().finish_cut().await?;
    let state = walk(store, &id, signer.as_ref().map(Signer::public)).await?;
    if state.fault.is_none()
        && let Some(signer) = &signer
    {
        sign_head(store, &id, signer).await?;
    }
    Ok(state)
}

/// Signs where the chain stands, unless it stands where it was signed last.
///
/// # Errors
/// The store's.
pub(crate) async fn sign_head(
    store: &Store,
    workspace: &str,
    signer: &Signer,
) -> Result<SignedHead> {
    let head = store.journal().head().await?;
    let signed = signed(head, workspace, signer);
    if head.n > 0 {
        store.journal_marks().sign(&signed).await?;
    }
    Ok(signed)
}

/// Signs anew what was signed with the key that `signer` replaces, where all of it holds; else it is left as it is, for the
/// next check to find.
///
/// # Errors
/// The store's.
pub(crate) async fn sign_anew(
    store: &Store,
    workspace: &str,
    former: &Signer,
    signer: &Signer,
) -> Result<()> {
    let marks = store.journal_marks();
    let mut all = marks.heads().await?;
    let cut = marks.last_cut().await?;
    let still = |mark: &SignedHead| mark.signer == former.public();
    if !all.iter().chain(&cut).any(still) {
        return Ok(());
    }
    if walk(store, workspace, Some(former.public()))
        .await?
        .fault
        .is_some()
    {
        return Ok(());
    }
    let anew = |mark: SignedHead| SignedHead {
        signature: signer.sign(&mark.head.signed_bytes(workspace)).to_vec(),
        signer: signer.public().to_vec(),
        ..mark
    };
    all = all.into_iter().map(anew).collect();
    marks.sign_anew(&all, cut.map(anew).as_ref()).await?;
    Ok(())
}

pub(super) fn signed(head: Head, workspace: &str, signer: &Signer) -> SignedHead {
    SignedHead {
        head,
        at: now(),
        signer: signer.public().to_vec(),
        signature: signer.sign(&head.signed_bytes(workspace)).to_vec(),
    }
}

/// `signer` is the public key that signs, where the account knows it; else a head counts that its own key signed.
async fn walk(store: &Store, workspace: &str, signer: Option<[u8; 32]>) -> Result<JournalState> {
    let holds = |mark: &SignedHead| {
        signer.is_none_or(|signer| mark.signer == signer)
            && is_signed(
                &mark.signer,
                &mark.head.signed_bytes(workspace),
                &mark.signature,
            )
    };
    let cut = store.journal_marks().last_cut().await?;
    let heads = store.journal_marks().heads().await?;
    let start = cut.as_ref().map_or(Head::EMPTY, |cut| cut.head);
    let mut state = JournalState {
        at: now(),
        entries: 0,
        first: short(start.n + 1),
        signed_to: 0,
        signer: signer.map(|key| fingerprint(&key)),
        fault: None,
        fault_at: None,
    };
    if let Some(cut) = &cut
        && !holds(cut)
    {
        return Ok(faulty(state, cut.head.n, unsigned(cut.head.n)));
    }
    let mut marks = heads.iter().peekable();
    let mut walk = Walk::after(start);
    loop {
        let some = store.journal().after(walk.head().n, STRIDE).await?;
        if some.is_empty() {
            break;
        }
        for (entry, hash) in some {
            if let Err(fault) = walk.step(&entry, hash) {
                let (at, words) = said(fault);
                return Ok(faulty(state, at, words));
            }
            state.entries = state.entries.saturating_add(1);
            while let Some(mark) = marks.next_if(|mark| mark.head.n <= walk.head().n) {
                if mark.head != walk.head() || !holds(mark) {
                    return Ok(faulty(state, mark.head.n, unsigned(mark.head.n)));
                }
                state.signed_to = short(mark.head.n);
            }
        }
    }
    if let Some(missing) = marks.next() {
        let from = walk.head().n + 1;
        let to = marks.last().unwrap_or(missing).head.n;
        let words = Words::new(
            format!(
                "The end is missing: entry {to} was signed once, and the journal ends before entry {from}."
            ),
            format!(
                "La fin manque : l’entrée {to} a été signée, et le journal s’arrête avant l’entrée {from}."
            ),
        );
        return Ok(faulty(state, from, words));
    }
    Ok(state)
}

fn faulty(state: JournalState, at: u64, words: Words) -> JournalState {
    JournalState {
        fault: Some(words),
        fault_at: Some(short(at)),
        ..state
    }
}

fn unsigned(n: u64) -> Words {
    Words::new(
        format!("Entry {n} was signed, and it is not what was signed."),
        format!("L’entrée {n} a été signée, et ce n’est pas ce qui avait été signé."),
    )
}

/// A fault of the chain, in words.
pub(super) fn said(fault: Fault) -> (u64, Words) {
    match fault {
        Fault::Order { expected, found } if found > expected => (
            expected,
            Words::new(
                format!("Entry {expected} is missing: entry {found} follows."),
                format!("L’entrée {expected} manque : l’entrée {found} suit."),
            ),
        ),
        Fault::Order { expected, found } => (
            expected,
            Words::new(
                format!("Entry {found} stands in the place of entry {expected}."),
                format!("L’entrée {found} est à la place de l’entrée {expected}."),
            ),
        ),
        Fault::Changed { n } => (
            n,
            Words::new(
                format!("Entry {n} was changed, or the one before it."),
                format!("L’entrée {n} a été modifiée, ou celle qui précède."),
            ),
        ),
    }
}
