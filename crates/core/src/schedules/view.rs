//! What the faces say and see of schedules.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use towerify_domain::{
    id::{FleetId, ScheduleId},
    schedule::{Missed, Timing, When},
    words::Words,
};

use crate::fleet::FleetOrder;

/// When, and in which zone.
#[derive(Clone, Debug, Deserialize, specta::Type)]
pub struct NewTiming {
    /// When.
    pub when: When,
    /// The zone's name; absent: the server's own where one server is meant and its zone is known, else this computer's.
    #[serde(default)]
    pub zone: Option<String>,
}

/// A schedule to keep.
#[derive(Clone, Debug, Deserialize, specta::Type)]
pub struct NewSchedule {
    /// What it is called; each name once.
    pub name: String,
    /// When.
    pub timing: NewTiming,
    /// What is begun then. The selection is resolved anew each time. A change that needs a password can't be scheduled.
    pub order: FleetOrder,
}

/// A schedule.
#[derive(Clone, Debug, Serialize, specta::Type)]
pub struct ScheduleRow {
    /// Its id.
    pub id: ScheduleId,
    /// Its name.
    pub name: String,
    /// What it does: "Upgrade the apps on the servers with the tag prod".
    pub title: Words,
    /// What is begun.
    pub order: FleetOrder,
    /// When.
    pub timing: Timing,
    /// Whether it runs by itself.
    pub enabled: bool,
    /// The next times, at most five; empty when it is disabled or never due again.
    pub next: Vec<DateTime<Utc>>,
    /// When it ran last.
    pub last_at: Option<DateTime<Utc>>,
    /// The fleet run that began then.
    pub last_fleet: Option<FleetId>,
    /// Why the last time began nothing.
    pub last_problem: Option<Words>,
    /// What was due while the program was closed or asleep, and is not decided yet.
    pub missed: Option<Missed>,
    /// Who made it.
    pub created_by: String,
    /// When.
    pub created_at: DateTime<Utc>,
}

/// When a timing would be due.
#[derive(Clone, Debug, Serialize, specta::Type)]
pub struct NextTimes {
    /// The zone that was taken.
    pub zone: String,
    /// The next times.
    pub times: Vec<DateTime<Utc>>,
}
