//! Small JSON files: written whole by rename, so that a power cut leaves the old or the new.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use serde::{Serialize, de::DeserializeOwned};

use crate::SandboxError;

fn folder(path: &Path) -> impl FnOnce(io::Error) -> SandboxError + '_ {
    |source| SandboxError::Folder {
        path: path.to_owned(),
        source,
    }
}

/// Reads a file; `None` when there is none.
pub(crate) fn read<T: DeserializeOwned>(path: &Path) -> Result<Option<T>, SandboxError> {
    let text = match fs::read(path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(folder(path)(error)),
    };
    serde_json::from_slice(&text)
        .map(Some)
        .map_err(|error| SandboxError::Kept {
            path: path.to_owned(),
            reason: error.to_string(),
        })
}

/// Writes a file, and the folders above it.
pub(crate) fn write<T: Serialize>(path: &Path, value: &T) -> Result<(), SandboxError> {
    let text = serde_json::to_vec(value).map_err(|error| SandboxError::Kept {
        path: path.to_owned(),
        reason: error.to_string(),
    })?;
    if let Some(above) = path.parent() {
        fs::create_dir_all(above).map_err(folder(above))?;
    }
    let new = path.with_extension("new");
    fs::write(&new, text).map_err(folder(&new))?;
    fs::rename(&new, path).map_err(folder(path))
}

/// The JSON files of a folder by their names without extension.
pub(crate) fn list(of: &Path) -> Result<Vec<(String, PathBuf)>, SandboxError> {
    let entries = match fs::read_dir(of) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(folder(of)(error)),
    };
    let mut found = Vec::new();
    for entry in entries {
        let path = entry.map_err(folder(of))?.path();
        if path
            .extension()
            .is_some_and(|extension| extension == "json")
            && let Some(name) = path.file_stem().and_then(|name| name.to_str())
        {
            found.push((name.to_owned(), path.clone()));
        }
    }
    Ok(found)
}

/// Removes a file that may be gone already.
pub(crate) fn remove(path: &Path) {
    if let Err(error) = fs::remove_file(path)
        && error.kind() != io::ErrorKind::NotFound
    {
        tracing::warn!(%error, path = %path.display(), "a file could not be removed");
    }
}
