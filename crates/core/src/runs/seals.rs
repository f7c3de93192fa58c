//! The keys of runs' secrets: an administrator's runs are sealed under the key that administrators hold; those of a
//! customer's administrator under a key of that account's own, which administrators hold too. So who begins a run can carry
//! it on, an administrator can carry on any, and nobody else can open what it needs.

use std::sync::Arc;

use towerify_domain::{Actor, Role};
use towerify_store::Run;
use towerify_vault::{ENDORSING, Sealer, own_key};

use crate::{AppError, Code, Result, workspace::HeldKeys};

/// What seals and opens the secrets of runs for the account at work. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Seals {
    keys: Arc<HeldKeys>,
    own: String,
}

impl Seals {
    /// With the keys of this actor's session.
    pub(crate) fn new(keys: Arc<HeldKeys>, actor: &Actor) -> Self {
        let own = match actor.role {
            Role::Administrator => ENDORSING.to_owned(),
            Role::RestrictedAdministrator | Role::EndUser => own_key(actor.account.uuid()),
        };
        Self { keys, own }
    }

    /// The name of the key that new secrets are sealed under.
    pub(super) fn name(&self) -> &str {
        &self.own
    }

    /// What seals new secrets.
    pub(super) fn new_ones(&self) -> Result<Sealer> {
        self.keys.sealer(&self.own)
    }

    /// What opens those that were sealed under the key of this name.
    pub(super) fn under(&self, name: &str) -> Result<Sealer> {
        self.keys.sealer(name)
    }

    /// Whether the run can be carried on here: it has no secret, or its key is held.
    pub(super) fn opens(&self, run: &Run) -> bool {
        let held = || {
            let keys = self.keys.now();
            keys.is_ok_and(|keys| keys.held().any(|held| held == run.sealed_under))
        };
        !run.has_secret || held()
    }

    /// [`Code::Denied`] when it can't.
    pub(super) fn require(&self, run: &Run) -> Result<()> {
        if self.opens(run) {
            return Ok(());
        }
        Err(AppError::new(
            Code::Denied,
            "This run needs a secret that another account gave. An administrator, or that account, can carry it on.",
        ))
    }
}
