//! Opening a workspace for one of its accounts, and locking it.

use std::{
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
};

use serde_json::json;
use sha2::{Digest, Sha256};
use towerify_domain::{
    Actor, Permit, Role, Within,
    id::{AccountId, EntryId, WorkspaceId},
    policy::{Witness, may},
};
use towerify_store::{Account, NewEntry, Store, StoreError};
use towerify_vault::{
    ENDORSING, KeyFile, KeyringKey, Keys, RecoveryKey, Refusals, WayRefused, WorkspaceKind, own_key,
};
use uuid::Uuid;

use crate::{
    Program, Result, Workspace,
    accounts::{refuse_weak, second_factor},
    clock::{new_id, now},
    connections::{Connections, Entrant},
    error::{AppError, Code, FieldProblem, blocking},
    journal::{Denials, Heard},
    runs::{Seals, Work, keeper},
    schedules::Timer,
    workspace::{
        Entry, Exercise, KnownWorkspace, Reach, Status, WayIn, entry,
        hold::Hold,
        keys::{HeldKeys, set_generation},
        reconcile,
    },
};

/// Opens the last workspace.
///
/// # Errors
/// [`Code::WrongPassword`], [`Code::WrongRecoveryKey`], [`Code::Throttled`], [`Code::AccountDisabled`];
/// [`Code::SecondFactorNeeded`] when a code must be given as well, [`Code::WrongCode`]; [`Code::KeyringUnavailable`];
/// [`Code::WorkspaceInUse`], [`Code::WorkspaceMissing`], [`Code::WorkspaceNewer`], [`Code::WorkspaceDamaged`].
pub async fn unlock(program: &Program, entry: Entry) -> Result<Status> {
    let known = program
        .memory(|memory| memory.last().cloned())
        .ok_or_else(|| AppError::new(Code::NoWorkspace, "No workspace is known."))?;
    open_folder(program, Path::new(&known.folder), entry).await
}

/// Opens the workspace in this folder.
///
/// # Errors
/// As [`unlock`].
pub async fn open_folder(program: &Program, folder: &Path, entry: Entry) -> Result<Status> {
    let same = program
        .workspace()
        .is_ok_and(|(open, _)| Path::new(&open.known().folder) == folder);
    if same {
        return Ok(program.status());
    }
    let workspace = enter(program, folder.to_owned(), entry).await?;
    program.adopt(workspace).await?;
    Ok(program.status())
}

/// Why a workspace is locked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Because {
    /// Somebody asked for it.
    Asked,
    /// Nobody touched the program for as long as its settings say.
    Idle,
    /// The computer went to sleep.
    Sleep,
}

/// Locks: the keys leave the memory, connections are closed. Work on servers goes on there.
pub async fn lock(program: &Program) -> Status {
    lock_because(program, Because::Asked).await
}

/// Locks, and writes down why.
pub async fn lock_because(program: &Program, because: Because) -> Status {
    if let Ok((workspace, actor)) = program.workspace() {
        let why = match because {
            Because::Asked => "asked",
            Because::Idle => "idle",
            Because::Sleep => "sleep",
        };
        let entry = of_workspace(
            &workspace.known().name,
            &actor,
            "workspace.lock",
            json!({ "because": why }),
        );
        // What can't be written must not keep it open.
        if let Err(error) = workspace.reach.store.journal().append(&entry).await {
            tracing::warn!(%error, "that the workspace was locked could not be written down");
        }
    }
    program.close().await;
    program.status()
}

/// Lets somebody in, or says why not. Whatever it is, the key file remembers the attempt.
pub(super) async fn enter(
    program: &Program,
    folder: PathBuf,
    entry: Entry,
) -> Result<Arc<Workspace>> {
    let path = folder.join("keys.json");
    if !path.is_file() {
        return Err(AppError::new(
            Code::WorkspaceMissing,
            "There is no workspace in this folder.",
        )
        .with("folder", folder.display()));
    }
    let hold = Hold::take(&folder)?;
    let last = program.memory(|memory| {
        let here = folder.display().to_string();
        let known = memory.known.iter().find(|known| known.folder == here);
        known.map(|known| known.account_name.clone())
    });
    let keyring = Arc::clone(program.keyring());
    let by = entry.by.name();
    let (mut file, mut keys, entry) = blocking({
        let path = path.clone();
        move || {
            let mut file = KeyFile::load(&path)?;
            let account = entry::account(&file, entry.account.as_deref(), last.as_deref())?.id;
            let before = file.refusals.count;
            let opened = open_account(&mut file, account, &entry.by, &*keyring);
            if file.refusals.count != before {
                file.save(&path)?;
            }
            Ok((file, opened?, entry))
        }
    })
    .await?;
    let store = Store::open(&folder.join("workspace.db"), keys.data()).await?;
    match admit(&store, &path, &mut file, &mut keys, &entry).await {
        Ok(row) => {
            let opened = Opened {
                folder,
                file,
                keys,
                store,
                row,
                hold,
                by,
            };
            assemble(program, opened).await
        }
        Err(error) => {
            store.close().await;
            Err(error)
        }
    }
}

/// The keys of the account, by the way that was chosen. What was refused is counted in `file`.
fn open_account(
    file: &mut KeyFile,
    account: Uuid,
    by: &WayIn,
    keyring: &dyn crate::keyring::Keyring,
) -> Result<Keys> {
    match by {
        WayIn::Password(password) => Ok(file.unlock(account, password, now())?),
        WayIn::Keyring => {
            file.may_try(account, now())?;
            let name = crate::keyring::entry(file.workspace, account);
            let kept = keyring.get(&name)?;
            let keys = match kept.as_ref().and_then(KeyringKey::kept) {
                Some(kept) => file.unlock_from_keyring(account, &kept)?,
                None => None,
            };
            keys.ok_or_else(|| {
                AppError::new(
                    Code::KeyringUnavailable,
                    "The keyring of this computer keeps nothing that opens this account. The password does.",
                )
            })
        }
        WayIn::Recovery { key, password } => {
            file.may_try(account, now())?;
            let name = file.account(account).map(|known| known.name.clone());
            refuse_weak(password, &[name.as_deref().unwrap_or_default(), &file.name])?;
            let typed = RecoveryKey::typed(key).ok_or_else(|| {
                AppError::invalid(vec![FieldProblem {
                    field: "recovery_key".into(),
                    words: towerify_domain::Words::new(
                        "A recovery key has eight groups of four letters and digits.",
                        "Une clé de secours a huit groupes de quatre lettres et chiffres.",
                    ),
                }])
            })?;
            match file.recover(account, &typed)? {
                Some(keys) => {
                    file.change_password(&keys, password)?;
                    Ok(keys)
                }
                None => {
                    let wait = file.refuse(account, WayRefused::Recovery, now());
                    Err(AppError::new(
                        Code::WrongRecoveryKey,
                        "This is not the recovery key of this account. The workspace stays locked.",
                    )
                    .with("seconds", wait.num_seconds()))
                }
            }
        }
    }
}

/// With the database open: whether the account may come in, what else is asked of it, and all that the last program left
/// undone.
async fn admit(
    store: &Store,
    path: &Path,
    file: &mut KeyFile,
    keys: &mut Keys,
    entry: &Entry,
) -> Result<Account> {
    // The seal is over what was on the disk, not over a password that is just being replaced.
    let row = match &entry.by {
        WayIn::Recovery { .. } => {
            let there = path.to_owned();
            let on_disk = blocking(move || Ok(KeyFile::load(&there)?)).await?;
            reconcile::admit(store, &on_disk, keys).await?
        }
        _ => reconcile::admit(store, file, keys).await?,
    };
    if let Some(factor) = store.second_factors().get(row.id).await? {
        let Some(code) = &entry.code else {
            return Err(AppError::new(
                Code::SecondFactorNeeded,
                "This account has a second factor: give its code.",
            ));
        };
        if !second_factor::take(store, keys, &factor, code, now()).await? {
            let mut refused = KeyFile::load(path)?;
            let wait = refused.refuse(row.id.uuid(), WayRefused::Code, now());
            refused.save(path)?;
            return Err(AppError::new(
                Code::WrongCode,
                "This code is wrong, or was used already. The workspace stays locked.",
            )
            .with("seconds", wait.num_seconds()));
        }
    }
    let mut changed = matches!(entry.by, WayIn::Recovery { .. });
    changed |= reconcile::follow(store, file, keys).await?;
    if let WayIn::Password(password) = &entry.by
        && file.deserves_rewrap(keys.account())
    {
        let (mut whole, own, password) = (file.clone(), keys.clone(), password.clone());
        *file = blocking(move || {
            whole.change_password(&own, &password)?;
            Ok(whole)
        })
        .await?;
        changed = true;
    }
    let refusals = file.let_in();
    write_refusals(store, file, &refusals).await?;
    let what = match &entry.by {
        WayIn::Recovery { .. } => Some("account.recover"),
        _ => None,
    };
    if changed || file.generation == 0 {
        file.seal(keys)?;
    }
    match save(file, path).await {
        Ok(()) => set_generation(store, file.generation).await?,
        Err(error) if changed => return Err(error),
        // Only the wait after wrong passwords would have been ended: not worth staying out for.
        Err(error) => tracing::warn!(%error, "the key file can't be written"),
    }
    if reconcile::finish(store, file, keys).await? {
        file.seal(keys)?;
        save(file, path).await?;
        set_generation(store, file.generation).await?;
    }
    if let Some(what) = what {
        let actor = actor(&row);
        let entry = of_workspace(&file.name, &actor, what, json!({}));
        store.journal().append(&entry).await?;
    }
    Ok(row)
}

async fn save(file: &KeyFile, path: &Path) -> Result<()> {
    let (file, path) = (file.clone(), path.to_owned());
    blocking(move || Ok(file.save(&path)?)).await
}

/// Writes into the journal who was not let in since the workspace was last open. Their ids follow from what they say, so
/// that a program which dies before the file forgets them does not write them twice.
async fn write_refusals(store: &Store, file: &KeyFile, refusals: &Refusals) -> Result<()> {
    let newest = u64::try_from(refusals.newest.len()).unwrap_or_default();
    let unnoted = refusals.count.saturating_sub(newest);
    for (n, refusal) in refusals.newest.iter().enumerate() {
        let known = file.account(refusal.account);
        let said = format!("{}|{}|{}|{n}", refusal.at, refusal.account, refusals.count);
        let digest = Sha256::digest(said.as_bytes());
        let mut bytes = [0_u8; 16];
        bytes
            .iter_mut()
            .zip(digest)
            .for_each(|(to, from)| *to = from);
        let entry = NewEntry {
            id: EntryId::from_uuid(uuid::Builder::from_custom_bytes(bytes).into_uuid()),
            at: now(),
            account_id: known.map(|known| AccountId::from_uuid(known.id)),
            who: known.map_or_else(|| refusal.account.to_string(), |known| known.name.clone()),
            role: known.map(|known| known.role.clone()).unwrap_or_default(),
            what: "workspace.unlock".into(),
            subject_kind: "workspace".into(),
            subject_id: None,
            subject: file.name.clone(),
            customer_id: None,
            outcome: "refused".into(),
            detail: json!({
                "at": refusal.at,
                "by": refusal.way.name(),
                "earlier_not_noted": if n == 0 { unnoted } else { 0 },
            }),
        };
        match store.journal().append(&entry).await {
            Ok(_) | Err(StoreError::Duplicate { .. }) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}

fn actor(row: &Account) -> Actor {
    Actor {
        account: row.id,
        name: row.name.clone(),
        role: row.role,
        customer: row.customer_id,
        witness: Witness::default(),
    }
}

fn of_workspace(workspace: &str, actor: &Actor, what: &str, detail: serde_json::Value) -> NewEntry {
    NewEntry {
        id: EntryId::from_uuid(new_id()),
        at: now(),
        account_id: Some(actor.account),
        who: actor.name.clone(),
        role: actor.role.name().into(),
        what: what.into(),
        subject_kind: "workspace".into(),
        subject_id: None,
        subject: workspace.to_owned(),
        customer_id: actor.customer,
        outcome: "done".into(),
        detail,
    }
}

/// A workspace whose key was had and whose database is open.
pub(super) struct Opened {
    pub(super) folder: PathBuf,
    pub(super) file: KeyFile,
    pub(super) keys: Keys,
    pub(super) store: Store,
    pub(super) row: Account,
    pub(super) hold: Hold,
    /// By which way, in the words of the journal.
    pub(super) by: &'static str,
}

/// Puts its parts together, and takes up the runs that were left open.
pub(super) async fn assemble(program: &Program, opened: Opened) -> Result<Arc<Workspace>> {
    let Opened {
        folder,
        file,
        keys,
        store,
        row,
        hold,
        by,
    } = opened;
    let training = file.kind == WorkspaceKind::Training;
    let heard = Arc::new(Heard::default());
    let actor = Actor {
        witness: heard.witness(),
        ..actor(&row)
    };
    let customer = match row.customer_id {
        Some(id) => store.customers().get(id).await?.map(|known| known.name),
        None => None,
    };
    let known = KnownWorkspace {
        id: WorkspaceId::from_uuid(file.workspace),
        name: file.name.clone(),
        folder: folder.display().to_string(),
        training,
        account_name: row.name,
    };
    let exercise: Option<Exercise> = match training {
        true => store
            .settings()
            .get(None, "exercise")
            .await?
            .and_then(|value| serde_json::from_value(value).ok()),
        false => None,
    };
    let entry = of_workspace(&file.name, &actor, "workspace.unlock", json!({ "by": by }));
    store.journal().append(&entry).await?;
    let events = program.events().clone();
    let sealer = Arc::new(keys.sealer(ENDORSING));
    let entrant = (actor.role == Role::RestrictedAdministrator).then(|| Entrant {
        account: actor.account,
        sealer: keys.sealer(&own_key(actor.account.uuid())),
    });
    let connections = Arc::new(Connections::new(
        store.clone(),
        Arc::clone(&sealer),
        Permit::<may::SeeServers>::ask(&actor)
            .map_or(Within::Account(actor.account), |permit| permit.within()),
        entrant,
        program.patience().clone(),
        program.spoken().clone(),
    ));
    let preferences = crate::preferences::of_account(&store, actor.account).await?;
    let keys = Arc::new(HeldKeys::new(folder.join("keys.json"), keys));
    let reach = Reach {
        store,
        seals: Seals::new(Arc::clone(&keys), &actor),
        keys,
        sealer,
        connections,
        events,
        spoken: program.spoken().clone(),
    };
    let work = Work::new(reach.clone(), keeper(&actor));
    let denials = Denials::start(
        heard,
        reach.store.clone(),
        reach.events.clone(),
        known.name.clone(),
    );
    let workspace = Arc::new_cyclic(|this| Workspace {
        known,
        actor,
        customer,
        exercise,
        shown: Mutex::default(),
        preferences: Mutex::new(preferences),
        reach,
        work,
        fleets: Workspace::new_fleets(this),
        timer: Mutex::default(),
        denials: Mutex::new(Some(denials)),
        journal: Mutex::default(),
        hold: Mutex::new(Some(hold)),
    });
    // Each looks at what this account may go on with.
    crate::runs::take_up(&workspace).await?;
    crate::fleet::take_up(&workspace).await?;
    workspace.keep_time(Timer::start(&workspace).await);
    Ok(workspace)
}
