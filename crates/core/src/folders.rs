//! Where the program keeps its own things, and the small file that says which workspaces it knows.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize, de::DeserializeOwned};
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

    /// The servers that the command line deploys in-house apps to.
    pub fn deploy_profiles(&self) -> PathBuf {
        self.config.join("deploy.toml")
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
        self.keep("program.json", "The list of workspaces", memory)
    }

    /// A file of this name beside the program's own; none when there is none. One that can't be understood is set aside
    /// under another name, so that one can begin anew and nothing is lost.
    pub(crate) fn kept<T: DeserializeOwned>(
        &self,
        name: &str,
        what: &str,
    ) -> Result<Option<T>, AppError> {
        let file = self.config.join(name);
        let bytes = match std::fs::read(&file) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(failed(what, "read", &error)),
        };
        match serde_json::from_slice(&bytes) {
            Ok(kept) => Ok(Some(kept)),
            Err(error) => {
                tracing::warn!(%error, file = name, "a file was not understood, and is set aside");
                let aside = self.config.join(format!("{name}.damaged"));
                std::fs::rename(&file, aside).map_err(|error| failed(what, "read", &error))?;
                Ok(None)
            }
        }
    }

    /// Keeps a file beside the program's own, whole or not at all, for this user alone.
    pub(crate) fn keep<T: Serialize>(
        &self,
        name: &str,
        what: &str,
        value: &T,
    ) -> Result<(), AppError> {
        let text = serde_json::to_vec_pretty(value)
            .map_err(|error| AppError::new(Code::Internal, format!("{what}: {error}.")))?;
        std::fs::create_dir_all(&self.config).map_err(|error| failed(what, "written", &error))?;
        let file = self.config.join(name);
        let new = self.config.join(format!("{name}.new"));
        write_for_this_user(&new, &text)
            .and_then(|()| std::fs::rename(&new, &file))
            .map_err(|error| failed(what, "written", &error))
    }
}

fn failed(what: &str, done: &str, error: &std::io::Error) -> AppError {
    AppError::new(
        Code::LocalDisk,
        format!("{what} could not be {done}: {error}."),
    )
}

/// Others on this computer need not know where somebody works.
fn write_for_this_user(path: &Path, text: &[u8]) -> std::io::Result<()> {
    use std::io::Write as _;
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    options.open(path)?.write_all(text)
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
