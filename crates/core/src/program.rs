//! The running program: which workspaces it knows, and the one that is open.

use std::sync::{Arc, Mutex, PoisonError, RwLock};

use towerify_domain::Actor;
use towerify_driver::portal::Authorities;

use crate::{
    Events, Folders, Keyring, Patience, Result, SystemKeyring, Topic, Workspace,
    error::{AppError, Code},
    folders::Memory,
    locking::Presence,
    portal::Sessions,
    workspace::{KnownWorkspace, Spoken, Status},
};

/// One a process. Shared by reference.
pub struct Program {
    folders: Folders,
    memory: Mutex<Memory>,
    open: Mutex<Option<Arc<Workspace>>>,
    events: Events,
    patience: Patience,
    spoken: Spoken,
    keyring: Arc<dyn Keyring>,
    presence: Presence,
    sessions: Sessions,
    authorities: Authorities,
}

impl Program {
    /// Reads what the program remembers. Opens nothing.
    pub fn new(folders: Folders) -> Self {
        Self::with_patience(folders, Patience::default())
    }

    /// The same, with another patience towards servers.
    pub fn with_patience(folders: Folders, patience: Patience) -> Self {
        let memory = folders.recall();
        let spoken = Arc::new(RwLock::new(memory.preferences.spoken()));
        let memory = Mutex::new(memory);
        Self {
            folders,
            memory,
            open: Mutex::new(None),
            events: Events::new(),
            patience,
            spoken,
            keyring: Arc::new(SystemKeyring),
            presence: Presence::new(),
            sessions: Sessions::default(),
            authorities: Authorities::of_system(),
        }
    }

    /// The same, with another keyring than the system's.
    pub fn with_keyring(mut self, keyring: Arc<dyn Keyring>) -> Self {
        self.keyring = keyring;
        self
    }

    /// The same, believing other authorities about certificates than those of the system.
    pub fn trusting(mut self, authorities: Authorities) -> Self {
        self.authorities = authorities;
        self
    }

    pub(crate) fn authorities(&self) -> &Authorities {
        &self.authorities
    }

    pub(crate) fn keyring(&self) -> &Arc<dyn Keyring> {
        &self.keyring
    }

    /// Somebody is at the window: [`locking::watch`](crate::locking::watch) counts from here.
    pub fn touch(&self) {
        self.presence.touch();
    }

    pub(crate) fn presence(&self) -> &Presence {
        &self.presence
    }

    /// Whether locking would hold work that is going on.
    pub(crate) fn is_busy(&self) -> bool {
        self.open
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .as_ref()
            .is_some_and(|workspace| workspace.is_busy())
    }

    /// Where the program keeps its things.
    pub fn folders(&self) -> &Folders {
        &self.folders
    }

    /// Where the core says what changed.
    pub fn events(&self) -> &Events {
        &self.events
    }

    /// Where the program stands.
    pub fn status(&self) -> Status {
        if let Some(workspace) = self
            .open
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .as_ref()
        {
            return workspace.status();
        }
        match self.memory(|memory| memory.last().cloned()) {
            Some(workspace) => Status::Locked { workspace },
            None => Status::None,
        }
    }

    /// The workspaces that the program has seen, the last one first.
    pub fn known(&self) -> Vec<KnownWorkspace> {
        self.memory(|memory| memory.known.clone())
    }

    /// The open workspace and who is at work in it.
    ///
    /// # Errors
    /// [`Code::Locked`], or [`Code::NoWorkspace`] when none is known.
    pub fn workspace(&self) -> Result<(Arc<Workspace>, Actor)> {
        let open = self
            .open
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        match open {
            Some(workspace) => {
                let actor = workspace.actor().clone();
                Ok((workspace, actor))
            }
            None if self.memory(|memory| memory.last.is_some()) => {
                Err(AppError::new(Code::Locked, "The workspace is locked."))
            }
            None => Err(AppError::new(Code::NoWorkspace, "No workspace is open.")),
        }
    }

    /// From now on in the language of the account that is open, else of the program.
    pub(crate) fn speak(&self) {
        *self.spoken.write().unwrap_or_else(PoisonError::into_inner) =
            crate::preferences::get(self).spoken();
    }

    pub(crate) fn spoken(&self) -> &Spoken {
        &self.spoken
    }

    pub(crate) fn sessions(&self) -> &Sessions {
        &self.sessions
    }

    pub(crate) fn patience(&self) -> &Patience {
        &self.patience
    }

    pub(crate) fn memory<T>(&self, read: impl FnOnce(&Memory) -> T) -> T {
        read(&self.memory.lock().unwrap_or_else(PoisonError::into_inner))
    }

    pub(crate) fn change_memory(&self, change: impl FnOnce(&mut Memory)) -> Result<()> {
        let mut memory = self.memory.lock().unwrap_or_else(PoisonError::into_inner);
        let mut new = memory.clone();
        change(&mut new);
        self.folders.remember(&new)?;
        *memory = new;
        Ok(())
    }

    /// Puts this workspace in the place of the open one, and says so.
    pub(crate) async fn adopt(&self, workspace: Arc<Workspace>) -> Result<()> {
        let known = workspace.known().clone();
        self.close().await;
        self.change_memory(|memory| memory.open(known))?;
        *self.open.lock().unwrap_or_else(PoisonError::into_inner) = Some(workspace);
        self.speak();
        self.events.changed([
            Topic::Workspace,
            Topic::Preferences,
            Topic::Servers,
            Topic::Runs,
        ]);
        Ok(())
    }

    /// Closes the open workspace, if there is one. Work on servers goes on there, and is found again.
    pub async fn close(&self) {
        let open = self
            .open
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        if let Some(workspace) = open {
            self.sessions.end_of(workspace.actor().account);
            workspace.close().await;
            self.speak();
            self.events.changed([Topic::Workspace, Topic::Preferences]);
        }
    }
}
