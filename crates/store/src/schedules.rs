//! Table `schedules`: fleet runs that begin by themselves. When one is due is left to `domain::schedule`.

use chrono::{DateTime, Utc};
use towerify_domain::Words;
use towerify_domain::id::{AccountId, FleetId, ScheduleId};
use towerify_domain::schedule::{Missed, Timing};
use uuid::Uuid;

use crate::{Store, StoreError};

/// A schedule to keep.
#[derive(Debug, Clone, PartialEq)]
pub struct NewSchedule {
    /// Its id, drawn by the caller.
    pub id: ScheduleId,
    /// Its name; each once, whatever the letter case.
    pub name: String,
    /// When.
    pub timing: Timing,
    /// What is begun then.
    pub order: serde_json::Value,
    /// The first time.
    pub next_at: Option<DateTime<Utc>>,
    /// Who made it.
    pub created_by: AccountId,
    /// What that account is called.
    pub created_name: String,
    /// When.
    pub created_at: DateTime<Utc>,
}

/// A schedule as it stands.
#[derive(Debug, Clone, PartialEq)]
pub struct Schedule {
    /// Its id.
    pub id: ScheduleId,
    /// Its name.
    pub name: String,
    /// When.
    pub timing: Timing,
    /// What is begun then.
    pub order: serde_json::Value,
    /// Whether it runs by itself.
    pub enabled: bool,
    /// The time that is due next.
    pub next_at: Option<DateTime<Utc>>,
    /// When it ran last.
    pub last_at: Option<DateTime<Utc>>,
    /// What began then.
    pub last_fleet: Option<FleetId>,
    /// Why the last time began nothing.
    pub last_problem: Option<Words>,
    /// What was due and did not happen, and is not decided yet.
    pub missed: Option<Missed>,
    /// Who made it; `None` once that account is gone.
    pub created_by: Option<AccountId>,
    /// What that account was called then.
    pub created_name: String,
    /// When.
    pub created_at: DateTime<Utc>,
}

/// A row as it is stored.
struct Columns {
    id: Uuid,
    name: String,
    timing: String,
    fleet_order: String,
    enabled: i64,
    next_at: Option<DateTime<Utc>>,
    last_at: Option<DateTime<Utc>>,
    last_fleet: Option<Uuid>,
    last_problem: Option<String>,
    missed: Option<String>,
    created_by: Option<Uuid>,
    created_name: String,
    created_at: DateTime<Utc>,
}

impl TryFrom<Columns> for Schedule {
    type Error = StoreError;

    fn try_from(row: Columns) -> Result<Self, StoreError> {
        let (Ok(timing), Ok(order)) = (
            serde_json::from_str(&row.timing),
            serde_json::from_str(&row.fleet_order),
        ) else {
            return Err(StoreError::Corrupt {
                what: "reading a schedule",
            });
        };
        let words = |kept: Option<String>| kept.and_then(|kept| serde_json::from_str(&kept).ok());
        Ok(Self {
            id: ScheduleId::from_uuid(row.id),
            name: row.name,
            timing,
            order,
            enabled: row.enabled != 0,
            next_at: row.next_at,
            last_at: row.last_at,
            last_fleet: row.last_fleet.map(FleetId::from_uuid),
            last_problem: words(row.last_problem),
            missed: row
                .missed
                .and_then(|missed| serde_json::from_str(&missed).ok()),
            created_by: row.created_by.map(AccountId::from_uuid),
            created_name: row.created_name,
            created_at: row.created_at,
        })
    }
}

/// A checked query for all columns of `schedules`.
macro_rules! select_schedules {
    ($rest:literal $(, $argument:expr)* $(,)?) => {
        sqlx::query_as!(
            Columns,
            r#"SELECT id AS "id: Uuid", name, timing, fleet_order, enabled, next_at AS "next_at?: DateTime<Utc>",
                      last_at AS "last_at?: DateTime<Utc>", last_fleet AS "last_fleet?: Uuid",
                      last_problem AS "last_problem?", missed AS "missed?", created_by AS "created_by?: Uuid",
                      created_name, created_at AS "created_at: DateTime<Utc>"
               FROM schedules "# + $rest
            $(, $argument)*
        )
    };
}

/// The handle of `schedules`.
pub struct Schedules<'s>(pub(crate) &'s Store);

impl Schedules<'_> {
    /// Keeps a schedule, enabled.
    ///
    /// # Errors
    /// [`StoreError::Duplicate`] for a name that is there.
    pub async fn insert(&self, schedule: &NewSchedule) -> Result<(), StoreError> {
        let timing = json(&schedule.timing);
        let order = schedule.order.to_string();
        sqlx::query!(
            "INSERT INTO schedules (id, name, timing, fleet_order, enabled, next_at, created_by, created_name, created_at)
             VALUES (?1, ?2, ?3, ?4, 1, ?5, ?6, ?7, ?8)",
            schedule.id.uuid(),
            schedule.name,
            timing,
            order,
            schedule.next_at,
            schedule.created_by.uuid(),
            schedule.created_name,
            schedule.created_at
        )
        .execute(&self.0.writer)
        .await
        .map_err(StoreError::during("keeping a schedule"))?;
        Ok(())
    }

    /// The schedule with this id, if there is one.
    ///
    /// # Errors
    /// [`StoreError::Database`], [`StoreError::Corrupt`].
    pub async fn get(&self, id: ScheduleId) -> Result<Option<Schedule>, StoreError> {
        select_schedules!("WHERE id = ?1", id.uuid())
            .fetch_optional(&self.0.readers)
            .await
            .map_err(StoreError::during("reading a schedule"))?
            .map(Schedule::try_from)
            .transpose()
    }

    /// All of them, by name.
    ///
    /// # Errors
    /// [`StoreError::Database`], [`StoreError::Corrupt`].
    pub async fn all(&self) -> Result<Vec<Schedule>, StoreError> {
        select_schedules!("ORDER BY name")
            .fetch_all(&self.0.readers)
            .await
            .map_err(StoreError::during("reading schedules"))?
            .into_iter()
            .map(Schedule::try_from)
            .collect()
    }

    /// The first time at which an enabled schedule is due; none when none is.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn first_due(&self) -> Result<Option<DateTime<Utc>>, StoreError> {
        sqlx::query_scalar!(
            r#"SELECT next_at AS "next_at!: DateTime<Utc>" FROM schedules
               WHERE enabled = 1 AND next_at IS NOT NULL ORDER BY next_at LIMIT 1"#
        )
        .fetch_optional(&self.0.readers)
        .await
        .map_err(StoreError::during("reading when a schedule is due"))
    }

    /// The enabled schedules that are due at `now`, the first due first.
    ///
    /// # Errors
    /// [`StoreError::Database`], [`StoreError::Corrupt`].
    pub async fn due(&self, now: DateTime<Utc>) -> Result<Vec<Schedule>, StoreError> {
        select_schedules!("WHERE enabled = 1 AND next_at <= ?1 ORDER BY next_at", now)
            .fetch_all(&self.0.readers)
            .await
            .map_err(StoreError::during("reading what is due"))?
            .into_iter()
            .map(Schedule::try_from)
            .collect()
    }

    /// It was due and did not happen, and is due next then.
    ///
    /// # Errors
    /// [`StoreError::NotFound`].
    pub async fn missed(
        &self,
        id: ScheduleId,
        missed: &Missed,
        next_at: Option<DateTime<Utc>>,
    ) -> Result<(), StoreError> {
        let missed = json(missed);
        let changed = sqlx::query!(
            "UPDATE schedules SET missed = ?2, next_at = ?3 WHERE id = ?1",
            id.uuid(),
            missed,
            next_at
        )
        .execute(&self.0.writer)
        .await
        .map_err(StoreError::during("writing down what was missed"))?;
        one(changed.rows_affected(), "writing down what was missed")
    }

    /// What it missed is decided.
    ///
    /// # Errors
    /// [`StoreError::NotFound`].
    pub async fn decided(&self, id: ScheduleId) -> Result<(), StoreError> {
        let what = "deciding about what was missed";
        let changed = sqlx::query!(
            "UPDATE schedules SET missed = NULL WHERE id = ?1",
            id.uuid()
        )
        .execute(&self.0.writer)
        .await
        .map_err(StoreError::during(what))?;
        one(changed.rows_affected(), what)
    }

    /// It was due and could not begin, for this reason; it is due next then.
    ///
    /// # Errors
    /// [`StoreError::NotFound`].
    pub async fn failed(
        &self,
        id: ScheduleId,
        why: &Words,
        at: DateTime<Utc>,
        next_at: Option<DateTime<Utc>>,
    ) -> Result<(), StoreError> {
        let what = "writing down why a schedule began nothing";
        let why = json(why);
        let changed = sqlx::query!(
            "UPDATE schedules SET last_problem = ?2, last_at = ?3, last_fleet = NULL, next_at = ?4 WHERE id = ?1",
            id.uuid(),
            why,
            at,
            next_at
        )
        .execute(&self.0.writer)
        .await
        .map_err(StoreError::during(what))?;
        one(changed.rows_affected(), what)
    }

    /// Lets it run by itself from `next_at` on, or not at all.
    ///
    /// # Errors
    /// [`StoreError::NotFound`].
    pub async fn enable(
        &self,
        id: ScheduleId,
        enabled: bool,
        next_at: Option<DateTime<Utc>>,
    ) -> Result<(), StoreError> {
        let what = "enabling a schedule";
        let changed = sqlx::query!(
            "UPDATE schedules SET enabled = ?2, next_at = ?3 WHERE id = ?1",
            id.uuid(),
            enabled,
            next_at
        )
        .execute(&self.0.writer)
        .await
        .map_err(StoreError::during(what))?;
        one(changed.rows_affected(), what)
    }

    /// Gives it another name.
    ///
    /// # Errors
    /// [`StoreError::NotFound`], [`StoreError::Duplicate`].
    pub async fn rename(&self, id: ScheduleId, name: &str) -> Result<(), StoreError> {
        let what = "renaming a schedule";
        let changed = sqlx::query!(
            "UPDATE schedules SET name = ?2 WHERE id = ?1",
            id.uuid(),
            name
        )
        .execute(&self.0.writer)
        .await
        .map_err(StoreError::during(what))?;
        one(changed.rows_affected(), what)
    }

    /// Removes it. What it began stays.
    ///
    /// # Errors
    /// [`StoreError::NotFound`].
    pub async fn remove(&self, id: ScheduleId) -> Result<(), StoreError> {
        let what = "removing a schedule";
        let changed = sqlx::query!("DELETE FROM schedules WHERE id = ?1", id.uuid())
            .execute(&self.0.writer)
            .await
            .map_err(StoreError::during(what))?;
        one(changed.rows_affected(), what)
    }
}

fn one(changed: u64, what: &'static str) -> Result<(), StoreError> {
    if changed == 0 {
        Err(StoreError::NotFound { what })
    } else {
        Ok(())
    }
}

/// Plain values always have a JSON form.
fn json(value: &impl serde::Serialize) -> String {
    serde_json::to_string(value).unwrap_or_default()
}
