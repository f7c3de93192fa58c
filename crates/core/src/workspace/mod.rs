//! Workspaces: creating, opening, locking. A workspace is a folder: `keys.json`, `workspace.db`, `lock`.

mod create;
mod hold;
mod known;
mod open;
mod training;
mod view;

use std::sync::{Arc, Mutex, PoisonError, RwLock, Weak};

use towerify_domain::{
    Actor, Language, Permit, Words,
    policy::{Named, may},
};
use towerify_store::Store;
use towerify_vault::{Sealer, Signer};

pub use create::{create, password_strength};
pub use known::{forget_training, leave};
pub use open::{lock, open_folder, unlock};
pub use training::{TrainingServer, open_training};
pub use view::{AccountView, Exercise, KnownWorkspace, NewWorkspace, PasswordStrength, Status};

use towerify_runs::Fleets;

use crate::{
    Events,
    connections::Connections,
    fleet::{MOST_AT_ONCE, ServerCrew},
    runs::Work,
    schedules::Timer,
    workspace::hold::Hold,
};

/// What use cases and the steps of runs work with. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Reach {
    pub(crate) store: Store,
    pub(crate) sealer: Arc<Sealer>,
    pub(crate) connections: Arc<Connections>,
    pub(crate) events: Events,
    pub(crate) spoken: Spoken,
}

/// The language that the program speaks just now; a change of the preference is heard by all who share it.
pub(crate) type Spoken = Arc<RwLock<Language>>;

impl Reach {
    /// The language of what is said from now on.
    pub(crate) fn language(&self) -> Language {
        *self.spoken.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// These words in that language.
    pub(crate) fn say<'w>(&self, words: &'w Words) -> &'w str {
        words.of(self.language())
    }
}

/// An open workspace. The store, the connections and the work in it are reached with a permit only.
pub struct Workspace {
    known: KnownWorkspace,
    actor: Actor,
    /// The name of the actor's customer.
    customer: Option<String>,
    exercise: Option<Exercise>,
    signer: Option<Signer>,
    reach: Reach,
    work: Work,
    fleets: Fleets<ServerCrew>,
    timer: Mutex<Option<Timer>>,
    hold: Mutex<Option<Hold>>,
}

impl Workspace {
    /// What the program remembers of it.
    pub(crate) fn known(&self) -> &KnownWorkspace {
        &self.known
    }

    /// Who is at work.
    pub fn actor(&self) -> &Actor {
        &self.actor
    }

    /// Where it stands.
    pub(crate) fn status(&self) -> Status {
        Status::Open {
            workspace: self.known.clone(),
            account: AccountView {
                id: self.actor.account,
                customer: self.customer.clone(),
                name: self.actor.name.clone(),
                role: self.actor.role,
            },
            exercise: self.exercise.clone().map(Box::new),
        }
    }

    /// The database, the vault and the way to servers, for whoever may.
    pub(crate) fn reach<P: Named>(&self, _permit: &Permit<P>) -> &Reach {
        &self.reach
    }

    /// The database, for whoever may.
    pub(crate) fn store<P: Named>(&self, _permit: &Permit<P>) -> &Store {
        &self.reach.store
    }

    /// The way to servers, for whoever may.
    pub(crate) fn connections<P: Named>(&self, _permit: &Permit<P>) -> &Connections {
        &self.reach.connections
    }

    /// What signs for the workspace, where the account that is open may.
    pub(crate) fn signer(&self, _permit: &Permit<may::SeeJournal>) -> Option<&Signer> {
        self.signer.as_ref()
    }

    /// The runs at work, for whoever may.
    pub(crate) fn work<P: Named>(&self, _permit: &Permit<P>) -> &Work {
        &self.work
    }

    /// The fleet runs at work, for whoever may.
    pub(crate) fn fleets<P: Named>(&self, _permit: &Permit<P>) -> &Fleets<ServerCrew> {
        &self.fleets
    }

    /// The crew of fleet runs reaches the workspace that holds it.
    fn new_fleets(this: &Weak<Self>) -> Fleets<ServerCrew> {
        Fleets::new(ServerCrew::new(this.clone()), MOST_AT_ONCE as usize)
    }

    /// Watches the schedules from now on.
    fn keep_time(&self, timer: Timer) {
        *self.timer.lock().unwrap_or_else(PoisonError::into_inner) = Some(timer);
    }

    /// A schedule changed: another time may be next.
    pub(crate) fn reset_timer(&self) {
        let timer = self.timer.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(timer) = timer.as_ref() {
            timer.reset();
        }
    }

    pub(crate) fn events(&self) -> &Events {
        &self.reach.events
    }

    /// Ends what is at work here (it goes on on the servers), hangs up, and folds the database.
    pub(crate) async fn close(self: Arc<Self>) {
        self.timer
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        self.fleets.stop().await;
        self.work.stop().await;
        self.reach.connections.close().await;
        self.reach.store.close().await;
        // Whoever still has a share of this workspace can do nothing with it: another may open it now.
        self.hold
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
    }
}
