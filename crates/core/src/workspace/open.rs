//! Opening a workspace with its password, and locking it.

use std::{
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
};

use secrecy::SecretString;
use towerify_domain::{
    Actor,
    id::{AccountId, WorkspaceId},
};
use towerify_store::Store;
use towerify_vault::{ENDORSING, KeyFile, Keys, WorkspaceKind};
use uuid::Uuid;

use crate::{
    Program, Result, Workspace,
    clock::now,
    connections::Connections,
    error::{AppError, Code, blocking},
    runs::Work,
    schedules::Timer,
    workspace::{Exercise, KnownWorkspace, Reach, Status, hold::Hold},
};

/// Opens the last workspace with its password.
///
/// # Errors
/// [`Code::WrongPassword`], [`Code::Throttled`], [`Code::WorkspaceInUse`], [`Code::WorkspaceMissing`],
/// [`Code::WorkspaceNewer`], [`Code::WorkspaceDamaged`].
pub async fn unlock(program: &Program, password: SecretString) -> Result<Status> {
    let known = program
        .memory(|memory| memory.last().cloned())
        .ok_or_else(|| AppError::new(Code::NoWorkspace, "No workspace is known."))?;
    open_folder(program, Path::new(&known.folder), password).await
}

/// Opens the workspace in this folder with its password.
///
/// # Errors
/// As [`unlock`].
pub async fn open_folder(
    program: &Program,
    folder: &Path,
    password: SecretString,
) -> Result<Status> {
    let same = program
        .workspace()
        .is_ok_and(|(open, _)| Path::new(&open.known().folder) == folder);
    if same {
        return Ok(program.status());
    }
    let workspace = enter(program, folder.to_owned(), password).await?;
    program.adopt(workspace).await?;
    Ok(program.status())
}

/// Locks: the keys leave the memory, connections are closed. Work on servers goes on there.
pub async fn lock(program: &Program) -> Status {
    program.close().await;
    program.status()
}

pub(super) async fn enter(
    program: &Program,
    folder: PathBuf,
    password: SecretString,
) -> Result<Arc<Workspace>> {
    let keys = folder.join("keys.json");
    if !keys.is_file() {
        return Err(AppError::new(
            Code::WorkspaceMissing,
            "There is no workspace in this folder.",
        )
        .with("folder", folder.display()));
    }
    let hold = Hold::take(&folder)?;
    let (file, opened, account) = blocking(move || -> Result<_> {
        let account = first_account(&KeyFile::load(&keys)?)?;
        let (file, opened) = towerify_vault::unlock_file(&keys, account, &password, now())?;
        Ok((file, opened, account))
    })
    .await?;
    let store = Store::open(&folder.join("workspace.db"), opened.data()).await?;
    assemble(
        program,
        Opened {
            folder,
            file,
            keys: opened,
            store,
            account,
            hold,
        },
    )
    .await
}

/// The account that opens: today a workspace has one.
fn first_account(file: &KeyFile) -> Result<Uuid> {
    file.accounts
        .first()
        .map(|account| account.id)
        .ok_or_else(|| {
            AppError::new(
                Code::WorkspaceDamaged,
                "The workspace's key file names no account.",
            )
        })
}

/// A workspace whose key was had and whose database is open.
pub(super) struct Opened {
    pub(super) folder: PathBuf,
    pub(super) file: KeyFile,
    pub(super) keys: Keys,
    pub(super) store: Store,
    pub(super) account: Uuid,
    pub(super) hold: Hold,
}

/// Puts its parts together, and takes up the runs that were left open.
pub(super) async fn assemble(program: &Program, opened: Opened) -> Result<Arc<Workspace>> {
    let Opened {
        folder,
        file,
        keys,
        store,
        account,
        hold,
    } = opened;
    let row = store
        .accounts()
        .get(AccountId::from_uuid(account))
        .await?
        .ok_or_else(|| {
            AppError::new(
                Code::WorkspaceDamaged,
                "The account is not in the database.",
            )
        })?;
    let training = file.kind == WorkspaceKind::Training;
    let actor = Actor {
        account: AccountId::from_uuid(account),
        name: row.name.clone(),
        role: row.role,
        customer: row.customer_id,
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
    let events = program.events().clone();
    let sealer = Arc::new(keys.sealer(ENDORSING));
    let connections = Arc::new(Connections::new(
        store.clone(),
        Arc::clone(&sealer),
        program.patience().clone(),
        program.spoken().clone(),
    ));
    let reach = Reach {
        store,
        sealer,
        connections,
        events,
        spoken: program.spoken().clone(),
    };
    let work = Work::new(reach.clone());
    let workspace = Arc::new_cyclic(|this| Workspace {
        known,
        actor,
        customer,
        exercise,
        signer: keys.signer(),
        reach,
        work,
        fleets: Workspace::new_fleets(this),
        timer: Mutex::default(),
        hold: Mutex::new(Some(hold)),
    });
    crate::runs::take_up(&workspace).await?;
    crate::fleet::take_up(&workspace).await?;
    workspace.keep_time(Timer::start(&workspace).await);
    Ok(workspace)
}
