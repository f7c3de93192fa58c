//! Workspaces: creating, opening, locking. A workspace is a folder: `keys.json`, `workspace.db`, `lock`.

mod create;
mod door;
mod entry;
mod hold;
mod keys;
mod known;
mod open;
mod policy;
pub(crate) mod reconcile;
mod training;
mod view;

use std::sync::{Arc, Mutex, PoisonError, RwLock, Weak};

use towerify_domain::{
    Actor, Language, Permit, Words,
    id::AccountId,
    policy::{Named, may},
};
use towerify_store::Store;
use towerify_vault::{Sealer, Signer, own_key};

pub use create::{create, password_strength};
pub use door::{Door, DoorAccount, door};
pub use entry::{Entry, WayIn};
pub(crate) use keys::HeldKeys;
pub use known::{forget_training, leave};
pub use open::{Because, lock, lock_because, open_folder, unlock};
pub use policy::{PolicyView, PrivilegeView, policy};
pub use training::{TrainingServer, open_training};
pub use view::{AccountView, Exercise, KnownWorkspace, NewWorkspace, PasswordStrength, Status};

use towerify_runs::Fleets;

use crate::{
    Events, Result, Topic,
    accounts::Shown,
    connections::Connections,
    fleet::{MOST_AT_ONCE, ServerCrew},
    journal::{Denials, JournalState},
    preferences::{self, Preferences},
    runs::{Seals, Work},
    schedules::Timer,
    workspace::hold::Hold,
};

/// What use cases and the steps of runs work with. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Reach {
    pub(crate) store: Store,
    /// What seals and opens administrators' secrets; for others it opens nothing.
    pub(crate) sealer: Arc<Sealer>,
    /// The keys of the account that is open: [`HeldKeys::sealer`] seals under the one of a name.
    pub(crate) keys: Arc<HeldKeys>,
    /// What seals the secrets of runs.
    pub(crate) seals: Seals,
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
    shown: Mutex<Shown>,
    preferences: Mutex<Option<Preferences>>,
    reach: Reach,
    work: Work,
    fleets: Fleets<ServerCrew>,
    timer: Mutex<Option<Timer>>,
    denials: Mutex<Option<Denials>>,
    journal: Mutex<Option<JournalState>>,
    hold: Mutex<Option<Hold>>,
}

impl Workspace {
    /// What the program remembers of it.
    pub(crate) fn known(&self) -> &KnownWorkspace {
        &self.known
    }

    /// What it is called.
    pub fn name(&self) -> &str {
        &self.known.name
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
            // Whoever adds no server is not shown how one is reached.
            exercise: Permit::<may::AddServer>::ask(&self.actor)
                .ok()
                .and_then(|_| self.exercise.clone().map(Box::new)),
        }
    }

    /// The database, the vault and the way to servers, for whoever may.
    pub(crate) fn reach<P: Named>(&self, _permit: &Permit<P>) -> &Reach {
        &self.reach
    }

    /// The same for trials, which look behind the use cases.
    #[cfg(test)]
    pub(crate) fn reach_in_trials(&self) -> &Reach {
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
    pub(crate) fn signer<P: Named>(&self, _permit: &Permit<P>) -> Option<Signer> {
        self.reach.keys.signer()
    }

    /// The keys of the account that is open, for whoever may.
    pub(crate) fn keys<P: Named>(&self, _permit: &Permit<P>) -> &HeldKeys {
        &self.reach.keys
    }

    /// What was shown to the person and waits to be confirmed.
    pub(crate) fn shown<T>(
        &self,
        _permit: &Permit<may::ManageOwnAccount>,
        with: impl FnOnce(&mut Shown) -> T,
    ) -> T {
        with(&mut self.shown.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// What the account that is open chose, if it did.
    pub(crate) fn preferences(&self) -> Option<Preferences> {
        *self
            .preferences
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// Keeps what it chooses.
    pub(crate) async fn prefer(&self, account: AccountId, chosen: Preferences) -> Result<()> {
        preferences::keep(&self.reach.store, account, chosen).await?;
        *self
            .preferences
            .lock()
            .unwrap_or_else(PoisonError::into_inner) = Some(chosen);
        Ok(())
    }

    /// Whether closing would hold work that is going on.
    pub(crate) fn is_busy(&self) -> bool {
        !self.fleets.at_work().is_empty()
    }

    /// What seals and opens an account's own secrets. Where the account at work does not hold that key, it opens nothing.
    pub(crate) fn sealer_of(
        &self,
        _permit: &Permit<may::ManageGates>,
        account: AccountId,
    ) -> Result<Sealer> {
        self.reach.keys.sealer(&own_key(account.uuid()))
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

    /// What the last walk along the journal found, since the workspace was opened.
    pub(crate) fn journal_state<P: Named>(&self, _permit: &Permit<P>) -> Option<JournalState> {
        let state = self.journal.lock().unwrap_or_else(PoisonError::into_inner);
        state.clone()
    }

    /// A walk along the journal found this.
    pub(crate) fn journal_is(&self, state: JournalState) {
        *self.journal.lock().unwrap_or_else(PoisonError::into_inner) = Some(state);
        self.reach.events.changed([Topic::Journal]);
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
        let denials = self
            .denials
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        if let Some(denials) = denials {
            denials.end().await;
        }
        self.reach.store.close().await;
        self.reach.keys.forget();
        // Whoever still has a share of this workspace can do nothing with it: another may open it now.
        self.hold
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
    }
}
