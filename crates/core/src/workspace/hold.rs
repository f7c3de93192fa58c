//! One process at a time works in a workspace: it holds the file `lock`, and the system lets go of it with the process.

use std::{
    fs::{File, OpenOptions, TryLockError},
    path::Path,
};

use crate::{
    Result,
    error::{AppError, Code},
};

/// The held lock. Let go of when dropped.
pub(crate) struct Hold {
    _file: File,
}

impl Hold {
    /// Takes hold of the workspace in this folder.
    ///
    /// # Errors
    /// [`Code::WorkspaceInUse`] when another process holds it, [`Code::LocalDisk`].
    pub(crate) fn take(folder: &Path) -> Result<Self> {
        let failed = |error: std::io::Error| {
            AppError::new(
                Code::LocalDisk,
                format!("The workspace's lock could not be taken: {error}."),
            )
        };
        let file = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .open(folder.join("lock"))
            .map_err(failed)?;
        match file.try_lock() {
            Ok(()) => Ok(Self { _file: file }),
            Err(TryLockError::WouldBlock) => Err(AppError::new(
                Code::WorkspaceInUse,
                "Another Towerify, window or command, has this workspace open.",
            )
            .hint("Close it there first.")),
            Err(TryLockError::Error(error)) => Err(failed(error)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_hold_on_one_workspace_is_refused_until_the_first_is_let_go() {
        let folder = tempfile::tempdir().unwrap();
        let first = Hold::take(folder.path()).unwrap();
        let second = Hold::take(folder.path()).err().map(|error| error.code);
        assert_eq!(second, Some(Code::WorkspaceInUse));
        drop(first);
        assert!(Hold::take(folder.path()).is_ok());
    }
}
