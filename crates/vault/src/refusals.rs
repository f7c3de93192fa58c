//! Who was not let in: the database is locked then, so that it is noted here, and written into the journal by whoever is
//! let in next. Anybody who may write the file may change these notes; the journal says that they come from it.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{KeyFile, Throttle, VaultError};

/// So many refusals are noted one by one, the newest; all are counted.
pub const MOST_REFUSALS: usize = 100;

/// Who was not let in since the workspace was last opened.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusals {
    /// How many times.
    pub count: u64,
    /// The newest, in their order.
    pub newest: Vec<Refusal>,
}

/// An attempt that was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusal {
    /// When.
    pub at: DateTime<Utc>,
    /// As whom.
    pub account: Uuid,
    /// What was wrong.
    pub way: WayRefused,
}

/// What was wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WayRefused {
    /// The password.
    Password,
    /// The recovery key.
    Recovery,
    /// The code of the second factor.
    Code,
}

impl WayRefused {
    /// Its name in the journal.
    pub fn name(self) -> &'static str {
        match self {
            Self::Password => "password",
            Self::Recovery => "recovery",
            Self::Code => "code",
        }
    }
}

impl Refusals {
    /// Whether nobody was refused.
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }
}

impl KeyFile {
    /// Whether an attempt for this account is taken at `now`.
    ///
    /// # Errors
    /// [`VaultError::Throttled`], [`VaultError::Disabled`].
    pub fn may_try(&self, account: Uuid, now: DateTime<Utc>) -> Result<(), VaultError> {
        if let Some(until) = self.throttle.refused_until(now) {
            return Err(VaultError::Throttled { until });
        }
        if self.account(account).is_some_and(|known| known.disabled) {
            return Err(VaultError::Disabled);
        }
        Ok(())
    }

    /// Counts and notes an attempt that was wrong, and says how long the next one is refused. The caller saves.
    pub fn refuse(&mut self, account: Uuid, way: WayRefused, now: DateTime<Utc>) -> TimeDelta {
        self.refusals.count = self.refusals.count.saturating_add(1);
        if self.refusals.newest.len() >= MOST_REFUSALS {
            self.refusals.newest.remove(0);
        }
        self.refusals.newest.push(Refusal {
            at: now,
            account,
            way,
        });
        self.throttle.fail(now)
    }

    /// Whoever it is has shown all that is asked: the wait ends, and the refusals up to now are handed over, to be written
    /// into the journal before the caller saves.
    pub fn let_in(&mut self) -> Refusals {
        self.throttle = Throttle::default();
        std::mem::take(&mut self.refusals)
    }
}
