//! What the lock screen shows: whose workspace it is, and who may come in. Read from the key file, which needs no password.

use std::path::Path;

use chrono::{DateTime, Utc};
use serde::Serialize;
use towerify_domain::{Role, id::AccountId};
use towerify_vault::{KeyFile, WrappingKind};

use crate::{
    Program, Result,
    clock::now,
    error::{AppError, Code, blocking},
};

/// A workspace before it is opened.
#[derive(Clone, Debug, Serialize, specta::Type)]
pub struct Door {
    /// What the workspace is called.
    pub name: String,
    /// Who may come in, in the order in which they were made.
    pub accounts: Vec<DoorAccount>,
    /// Who was in last, on this computer.
    pub last: Option<AccountId>,
    /// No attempt is taken before this instant, after wrong passwords.
    pub not_before: Option<DateTime<Utc>>,
}

/// An account before it comes in.
#[derive(Clone, Debug, Serialize, specta::Type)]
pub struct DoorAccount {
    /// Its id.
    pub id: AccountId,
    /// Its name.
    pub name: String,
    /// Its role.
    pub role: Role,
    /// It was shut out.
    pub disabled: bool,
    /// The keyring of a device opens it.
    pub keyring: bool,
    /// A recovery key opens it.
    pub recovery: bool,
}

/// What the lock screen of the workspace in this folder shows; of the last one, without a folder.
///
/// # Errors
/// [`Code::NoWorkspace`], [`Code::WorkspaceMissing`], [`Code::WorkspaceNewer`], [`Code::WorkspaceDamaged`].
pub async fn door(program: &Program, folder: Option<&Path>) -> Result<Door> {
    let folder = match folder {
        Some(folder) => folder.to_owned(),
        None => program
            .memory(|memory| memory.last().map(|known| known.folder.clone()))
            .ok_or_else(|| AppError::new(Code::NoWorkspace, "No workspace is known."))?
            .into(),
    };
    let path = folder.join("keys.json");
    if !path.is_file() {
        return Err(AppError::new(
            Code::WorkspaceMissing,
            "There is no workspace in this folder.",
        )
        .with("folder", folder.display()));
    }
    let file = blocking(move || Ok(KeyFile::load(&path)?)).await?;
    let here = folder.display().to_string();
    let name = program.memory(|memory| {
        let known = memory.known.iter().find(|known| known.folder == here);
        known.map(|known| known.account_name.clone())
    });
    let last = file
        .accounts
        .iter()
        .find(|known| Some(&known.name) == name.as_ref())
        .map(|known| AccountId::from_uuid(known.id));
    Ok(Door {
        last,
        not_before: file.throttle.refused_until(now()),
        accounts: file
            .accounts
            .iter()
            .filter_map(|known| {
                Some(DoorAccount {
                    id: AccountId::from_uuid(known.id),
                    name: known.name.clone(),
                    role: Role::named(&known.role)?,
                    disabled: known.disabled,
                    keyring: file.has_way_in(known.id, WrappingKind::Keyring),
                    recovery: file.has_way_in(known.id, WrappingKind::Recovery),
                })
            })
            .collect(),
        name: file.name,
    })
}
