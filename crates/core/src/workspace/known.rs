//! Which workspaces the program knows: leaving the open one, forgetting the training fleet's.

use std::path::Path;

use crate::{
    Program, Result, Topic,
    error::{AppError, blocking},
    workspace::{Status, create::disk, hold::Hold, training},
};

/// Closes what is open and goes back to the first screen. The workspace stays known.
///
/// # Errors
/// [`crate::Code::LocalDisk`].
pub async fn leave(program: &Program) -> Result<Status> {
    program.close().await;
    program.change_memory(|memory| memory.last = None)?;
    program.events().changed([Topic::Workspace]);
    Ok(program.status())
}

/// Closes the training fleet's workspace and deletes it. Real workspaces are not touched.
///
/// # Errors
/// [`crate::Code::WorkspaceInUse`] when another process has it open, [`crate::Code::LocalDisk`].
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
