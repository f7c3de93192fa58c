//! Which workspaces the program knows: taking note of one in its folder, leaving the open one, forgetting the training
//! fleet's.

use std::path::Path;

use towerify_domain::id::WorkspaceId;
use towerify_vault::{KeyFile, WorkspaceKind};

use crate::{
    Program, Result, Topic,
    error::{AppError, Code, blocking},
    workspace::{KnownWorkspace, Status, create::disk, hold::Hold, training},
};

/// Takes note of the workspace in this folder: it is the one that is asked for next. Opens nothing; what was open is
/// closed.
///
/// # Errors
/// [`Code::WorkspaceMissing`], [`Code::WorkspaceDamaged`], [`Code::LocalDisk`]: what was open stays open.
pub async fn remember_folder(program: &Program, folder: &Path) -> Result<Status> {
    let keys = folder.join("keys.json");
    if !keys.is_file() {
        return Err(AppError::new(
            Code::WorkspaceMissing,
            "There is no workspace in this folder.",
        )
        .with("folder", folder.display())
        .hint("Choose a folder whose name ends in .towerify."));
    }
    let file = blocking(move || Ok(KeyFile::load(&keys)?)).await?;
    let known = KnownWorkspace {
        id: WorkspaceId::from_uuid(file.workspace),
        name: file.name,
        folder: folder.display().to_string(),
        training: file.kind == WorkspaceKind::Training,
        account_name: file
            .accounts
            .into_iter()
            .next()
            .map(|account| account.name)
            .unwrap_or_default(),
    };
    program.close().await;
    program.change_memory(|memory| memory.open(known))?;
    program.events().changed([Topic::Workspace]);
    Ok(program.status())
}

/// Closes what is open and goes back to the first screen. The workspace stays known.
///
/// # Errors
/// [`Code::LocalDisk`].
pub async fn leave(program: &Program) -> Result<Status> {
    program.close().await;
    program.change_memory(|memory| memory.last = None)?;
    program.events().changed([Topic::Workspace]);
    Ok(program.status())
}

/// Closes the training fleet's workspace and deletes it. Real workspaces are not touched.
///
/// # Errors
/// [`Code::WorkspaceInUse`] when another process has it open, [`Code::LocalDisk`].
pub async fn forget_training(program: &Program) -> Result<()> {
    if matches!(program.status(), Status::Open { workspace, .. } if workspace.training) {
        program.close().await;
    }
    let place = program.folders().training();
    blocking(move || delete(&place)).await?;
    program.change_memory(|memory| {
        if memory.last().is_some_and(|last| last.training) {
            memory.last = None;
        }
        memory.known.retain(|known| !known.training);
    })?;
    program.events().changed([Topic::Workspace]);
    Ok(())
}

/// Deletes it, where it is and nobody has it open. Its password goes last: without it the rest could not be opened.
fn delete(place: &Path) -> Result<()> {
    let folder = place.join(training::FOLDER);
    if folder.is_dir() {
        let hold = Hold::take(&folder)?;
        std::fs::remove_dir_all(&folder).map_err(|error| not_deleted(&error))?;
        drop(hold);
    }
    match std::fs::remove_file(place.join(training::PASSWORD)) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(not_deleted(&error)),
        _ => Ok(()),
    }
}

fn not_deleted(error: &std::io::Error) -> AppError {
    disk("The training workspace could not be deleted", error)
}
