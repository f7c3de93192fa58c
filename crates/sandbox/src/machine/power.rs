//! Switching a machine off and on: what is cut, and the new boot; and how many are connected to the fleet.

use std::{
    path::Path,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use tokio_util::sync::CancellationToken;

use super::{Machine, facts};
use crate::{Absence, SandboxError, actions::Power, keep};

/// The boot that begins with the fleet: the one that went on meanwhile, or a new one.
pub(super) fn boot_id(folder: &Path, absence: Absence) -> Result<String, SandboxError> {
    let file = folder.join("boot.json");
    if absence == Absence::Unnoticed
        && let Some(kept) = keep::read(&file)?
    {
        return Ok(kept);
    }
    let new = facts::random_id();
    keep::write(&file, &new)?;
    Ok(new)
}

/// A machine's boots: this one, and whether it is between two.
pub(super) struct Boots {
    now: Mutex<Boot>,
}

struct Boot {
    id: String,
    /// Ends with the boot: all connections and all runs hang on it.
    up: CancellationToken,
    /// How many reboots there were; an older one must not end a newer one's darkness.
    count: u64,
    down: bool,
}

impl Boots {
    /// The first one.
    pub(super) fn new(power: &CancellationToken, id: String) -> Self {
        Self {
            now: Mutex::new(Boot {
                id,
                up: power.child_token(),
                count: 0,
                down: false,
            }),
        }
    }

    fn now(&self) -> MutexGuard<'_, Boot> {
        self.now.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Machine {
    /// This boot's id.
    pub(crate) fn boot_id(&self) -> String {
        self.boots.now().id.clone()
    }

    /// What ends with this boot.
    pub(crate) fn up(&self) -> CancellationToken {
        self.boots.now().up.clone()
    }

    /// Whether the machine is between two boots.
    pub(crate) fn is_down(&self) -> bool {
        self.boots.now().down
    }

    /// Switches it off: whoever is connected is cut off, and what runs is lost.
    pub(crate) fn shut_down(&self) {
        let mut boot = self.boots.now();
        boot.down = true;
        boot.count += 1;
        boot.id = facts::random_id();
        let before = std::mem::replace(&mut boot.up, self.power.child_token());
        let id = boot.id.clone();
        drop(boot);
        before.cancel();
        if let Err(error) = keep::write(&self.folder.join("boot.json"), &id) {
            tracing::warn!(%error, "a training server's boot id could not be kept");
        }
        self.change(|state| state.system.rebooted());
    }

    /// Does what an action asks of the power.
    pub(crate) fn switch(self: &Arc<Self>, power: Power) {
        match power {
            Power::Reboot => self.reboot(),
            Power::Off => self.shut_down(),
        }
    }

    /// Switches it off and, after as long as a boot takes, on again.
    pub(crate) fn reboot(self: &Arc<Self>) {
        self.shut_down();
        let count = self.boots.now().count;
        // Never so short that nobody could notice.
        let time = self
            .pace
            .of(Duration::from_secs(12))
            .max(Duration::from_millis(120));
        let machine = Arc::clone(self);
        tokio::spawn(async move {
            tokio::time::sleep(time).await;
            let mut boot = machine.boots.now();
            if boot.count == count {
                boot.down = false;
            }
        });
    }
}

/// How many SSH connections there are, and the most there ever were at once.
#[derive(Debug, Clone, Default)]
pub(crate) struct Connections(Arc<Counts>);

#[derive(Debug, Default)]
struct Counts {
    now: AtomicUsize,
    most: AtomicUsize,
}

/// One connection, counted until it is dropped.
pub(crate) struct Counted(Connections);

impl Connections {
    /// One more, for as long as the guard lives.
    pub(crate) fn enter(&self) -> Counted {
        let now = self.0.now.fetch_add(1, Ordering::SeqCst) + 1;
        self.0.most.fetch_max(now, Ordering::SeqCst);
        Counted(self.clone())
    }

    /// How many there are.
    pub(crate) fn now(&self) -> usize {
        self.0.now.load(Ordering::SeqCst)
    }

    /// The most there were since this was asked to begin anew.
    pub(crate) fn most(&self) -> usize {
        self.0.most.load(Ordering::SeqCst)
    }

    /// Counts the most from now on.
    pub(crate) fn begin_anew(&self) {
        self.0.most.store(self.now(), Ordering::SeqCst);
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.0.now.fetch_sub(1, Ordering::SeqCst);
    }
}
