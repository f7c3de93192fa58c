//! Where the program keeps its own things, and the small file that says which workspaces it knows.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use towerify_domain::id::WorkspaceId;

use crate::{
    error::{AppError, Code},
    preferences::Preferences,
    workspace::KnownWorkspace,
};

/// The program's folders.
#[derive(Clone, Debug)]
pub struct Folders {
    config: PathBuf,
    data: PathBuf,
}

impl Folders {
    /// The system's own places for configuration and data, or both below `TOWERIFY_HOME` when it is set.
    ///
    /// # Errors
    /// [`Code::LocalDisk`] when the system names no home.
    pub fn of_this_user() -> Result<Self, AppError> {
        if let Some(home) = std::env::var_os("TOWERIFY_HOME").filter(|home| !home.is_empty()) {
            return Ok(Self::below(Path::new(&home)));
        }
        let places =
            directories::ProjectDirs::from("org", "Towerify", "Towerify").ok_or_else(|| {
                AppError::new(
                    Code::LocalDisk,
                    "This computer names no home folder for this user.",
                )
            })?;
        Ok(Self {
            config: places.config_dir().to_owned(),
            data: places.data_dir().to_owned(),
        })
    }

    /// Both below one folder.
    pub fn below(home: &Path) -> Self {
        Self {
            config: home.join("config"),
            data: home.join("data"),
        }
    }

    /// Where workspaces are created unless one says otherwise.
    pub fn workspaces(&self) -> PathBuf {
        self.data.join("workspaces")
    }

    /// Where the training fleet and its workspace live.
    pub fn training(&self) -> PathBuf {
        self.data.join("training")
    }

    /// The file in which the program writes down what happens to it.
    pub fn log(&self) -> PathBuf {
        self.data.join("towerify.log")
    }

    /// What the program remembers. A file that is missing or unreadable is an empty memory: nothing in it is precious.
    pub(crate) fn recall(&self) -> Memory {
        std::fs::read(self.config.join("program.json"))
            .ok()
            .and_then(|bytes| serde_json::from_slice(&bytes).ok())
            .unwrap_or_default()
    }

    /// Keeps it, whole or not at all.
    pub(crate) fn remember(&self, memory: &Memory) -> Result<(), AppError> {
        let failed = |error: std::io::Error| {
            AppError::new(
                Code::LocalDisk,
                format!("The list of workspaces could not be written: {error}."),
            )
        };
        let text = serde_json::to_vec_pretty(memory).map_err(|error| {
            AppError::new(Code::Internal, format!("The list of workspaces: {error}."))
        })?;
        std::fs::create_dir_all(&self.config).map_err(failed)?;
        let file = self.config.join("program.json");
        let new = self.config.join("program.json.new");
        std::fs::write(&new, text).map_err(failed)?;
        std::fs::rename(&new, &file).map_err(failed)
    }
}

/// What the program remembers between two starts.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Memory {
    /// The workspaces it has seen.
    pub(crate) known: Vec<KnownWorkspace>,
    /// The one that was open last.
    pub(crate) last: Option<WorkspaceId>,
    /// How it looks and speaks.
    pub(crate) preferences: Preferences,
}

impl Memory {
    /// The one that was open last.
    pub(crate) fn last(&self) -> Option<&KnownWorkspace> {
        self.known.iter().find(|known| Some(known.id) == self.last)
    }

    /// Puts this one first in mind.
    pub(crate) fn open(&mut self, workspace: KnownWorkspace) {
        self.last = Some(workspace.id);
        self.known.retain(|known| known.id != workspace.id);
        self.known.insert(0, workspace);
    }
}
