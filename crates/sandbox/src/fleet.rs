//! Bringing the fleet up and putting it away; where it keeps what must survive.

use std::path::{Path, PathBuf};

use crate::{Blueprint, SandboxError, TrainingServer, firm};

/// How long work takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Pace {
    /// As on a real machine: an install takes about 4 s, a new user 2 s.
    #[default]
    Real,
    /// No time at all: for tests.
    Instant,
}

/// What to start.
#[derive(Debug, Clone)]
pub struct Options {
    /// Where state, ports and host keys survive a restart; `None` keeps them until [`Fleet::stop`].
    pub folder: Option<PathBuf>,
    /// How long work takes.
    pub pace: Pace,
    /// The servers; used for those that the folder does not know yet.
    pub plan: Vec<Blueprint>,
    /// The password of `admin` on every server.
    pub password: String,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            folder: None,
            pace: Pace::Real,
            plan: firm::plan(),
            password: "Exercice-Tour-2026".to_owned(),
        }
    }
}

/// A running fleet. Dropping it stops it too.
#[derive(Debug)]
pub struct Fleet {
    servers: Vec<TrainingServer>,
}

impl Fleet {
    /// Starts every server of the plan, with what the folder kept of it.
    ///
    /// # Errors
    /// See [`SandboxError`].
    pub async fn start(options: Options) -> Result<Self, SandboxError> {
        let _ = options;
        Ok(Self {
            servers: Vec::new(),
        })
    }

    /// The servers, in the plan's order.
    pub fn servers(&self) -> &[TrainingServer] {
        &self.servers
    }

    /// One server by its name.
    pub fn server(&self, name: &str) -> Option<&TrainingServer> {
        self.servers.iter().find(|server| server.name == name)
    }

    /// Stops every server, as a power cut would: what runs is lost, and said to be lost after the next start.
    pub async fn stop(self) {}
}

/// Starts afresh: forgets everything that a fleet kept in this folder. The fleet must not be running.
///
/// # Errors
/// [`SandboxError::InUse`], [`SandboxError::Folder`].
pub fn forget(folder: &Path) -> Result<(), SandboxError> {
    let _ = folder;
    Ok(())
}
