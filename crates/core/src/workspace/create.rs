//! Creating a workspace.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use secrecy::{ExposeSecret, SecretString};
use towerify_domain::{
    Problems, Role,
    field::{PersonName, WorkspaceName},
    id::{AccountId, WorkspaceId},
};
use towerify_store::{Account, Store};
use towerify_vault::{KeyFile, NewAccount, WorkspaceKind};

use crate::{
    Program, Result, Workspace,
    accounts::weak,
    clock::{new_id, now},
    error::{AppError, Code, FieldProblem, blocking},
    workspace::{
        NewWorkspace, PasswordStrength, Status,
        hold::Hold,
        keys::set_generation,
        open::{Opened, assemble},
    },
};

/// The least score (zxcvbn, 0 to 4) and length that a workspace's password must have.
const LEAST_SCORE: u8 = 3;
const LEAST_LENGTH: usize = 10;

/// Creates a workspace, and opens it. Below `folder`, or where workspaces usually are.
///
/// # Errors
/// [`Code::InvalidFields`], [`Code::WorkspaceExists`], [`Code::LocalDisk`].
pub async fn create(program: &Program, new: NewWorkspace, folder: Option<&Path>) -> Result<Status> {
    let mut problems = Problems::new();
    let name = problems.take("name", WorkspaceName::parse(&new.name));
    let account = problems.take("account_name", PersonName::parse(&new.account_name));
    let mut fields: Vec<FieldProblem> = problems
        .done()
        .err()
        .unwrap_or_default()
        .into_iter()
        .map(Into::into)
        .collect();
    fields.extend(weak(&new.password, &[&new.name, &new.account_name]));
    let (Some(name), Some(account), true) = (name, account, fields.is_empty()) else {
        return Err(AppError::invalid(fields));
    };
    let place = folder.map_or_else(|| program.folders().workspaces(), Path::to_owned);
    let folder = place.join(format!("{}.towerify", file_name(name.as_str())));
    let workspace = found(
        program,
        Founding {
            folder,
            name: name.to_string(),
            account: account.to_string(),
            password: new.password,
            kind: WorkspaceKind::Normal,
        },
    )
    .await?;
    program.adopt(workspace).await?;
    Ok(program.status())
}

/// How hard a password is to guess; `inputs` are words that a guesser would try first.
pub fn password_strength(password: &SecretString, inputs: &[&str]) -> PasswordStrength {
    let text = password.expose_secret();
    // zxcvbn takes time that grows with the length; what is past 100 characters is long enough.
    let head: String = text.chars().take(100).collect();
    let score = u8::from(zxcvbn::zxcvbn(&head, inputs).score());
    PasswordStrength {
        score,
        accepted: score >= LEAST_SCORE && text.chars().count() >= LEAST_LENGTH,
    }
}

/// What a new workspace is made of.
pub(super) struct Founding {
    pub(super) folder: PathBuf,
    pub(super) name: String,
    pub(super) account: String,
    pub(super) password: SecretString,
    pub(super) kind: WorkspaceKind,
}

/// Makes the folder, the keys and the database. Where something fails, nothing is left behind.
pub(super) async fn found(program: &Program, founding: Founding) -> Result<Arc<Workspace>> {
    let folder = founding.folder.clone();
    if folder.exists() {
        return Err(AppError::new(
            Code::WorkspaceExists,
            "There is a workspace of this name already.",
        )
        .with("folder", folder.display())
        .hint("Open it, or choose another name."));
    }
    private_folder(&folder)
        .map_err(|error| disk("The workspace's folder could not be made", &error))?;
    let made = fill(program, founding).await;
    if made.is_err() {
        // Only what was made just now, in a folder that did not exist before.
        let _ = std::fs::remove_dir_all(&folder);
    }
    made
}

async fn fill(program: &Program, founding: Founding) -> Result<Arc<Workspace>> {
    let Founding {
        folder,
        name,
        account,
        password,
        kind,
    } = founding;
    let (id, account_id) = (new_id(), new_id());
    let hold = Hold::take(&folder)?;
    let workspace = towerify_vault::NewWorkspace { id, name, kind };
    let first = NewAccount {
        id: account_id,
        name: account.clone(),
        role: Role::Administrator.name().into(),
    };
    let path = folder.join("keys.json");
    let (file, keys) = blocking(move || -> Result<_> {
        let (file, keys) = KeyFile::create(workspace, first, &password)?;
        file.save(&path)?;
        Ok((file, keys))
    })
    .await?;
    let store = Store::create(&folder.join("workspace.db"), keys.data()).await?;
    let row = Account {
        id: AccountId::from_uuid(account_id),
        name: account,
        role: Role::Administrator,
        customer_id: None,
        created_at: now(),
        disabled_at: None,
    };
    store.accounts().insert(&row).await?;
    set_generation(&store, file.generation).await?;
    tracing::info!(workspace = %WorkspaceId::from_uuid(id), "a workspace was created");
    assemble(
        program,
        Opened {
            folder,
            file,
            keys,
            store,
            row,
            hold,
            by: "creation",
        },
    )
    .await
}

/// A name that every file system takes.
fn file_name(name: &str) -> String {
    let kept: String = name
        .chars()
        .map(|c| {
            if c.is_alphanumeric() || matches!(c, '-' | '_' | ' ' | '.') {
                c
            } else {
                '-'
            }
        })
        .collect();
    kept.trim().trim_matches('.').to_owned()
}

fn private_folder(folder: &Path) -> std::io::Result<()> {
    if let Some(parent) = folder.parent() {
        std::fs::create_dir_all(parent)?;
    }
    let mut builder = std::fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

pub(super) fn disk(what: &str, error: &std::io::Error) -> AppError {
    AppError::new(Code::LocalDisk, format!("{what}: {error}."))
}
