//! Table `fleet_runs`: the same change on many servers. Its servers have a file of their own; how it is carried out is
//! left to the crate `runs`.

use chrono::{DateTime, Utc};
use towerify_domain::Words;
use towerify_domain::fleet::{FleetState, MemberState};
use towerify_domain::id::{AccountId, FleetId, ScheduleId, ServerId};
use towerify_domain::run::RunKind;
use towerify_vault::Place;
use uuid::Uuid;

use crate::{Store, StoreError};

/// A server that is to have its turn.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewFleetMember {
    /// Which server.
    pub server: ServerId,
    /// Its name.
    pub name: String,
    /// Its wave, from 1.
    pub wave: u32,
}

/// A fleet run that begins.
#[derive(Debug, Clone, PartialEq)]
pub struct NewFleetRun {
    /// Its id, drawn by the caller.
    pub id: FleetId,
    /// What it does on each server.
    pub kind: RunKind,
    /// The same in words.
    pub title: Words,
    /// What was asked, without any secret.
    pub order: serde_json::Value,
    /// What it needs and nobody may read, sealed to [`NewFleetRun::place`].
    pub secret: Option<Vec<u8>>,
    /// It only looks.
    pub dry: bool,
    /// The schedule that begins it.
    pub schedule: Option<ScheduleId>,
    /// Who begins it.
    pub started_by: AccountId,
    /// What that account is called.
    pub started_name: String,
    /// When.
    pub started_at: DateTime<Utc>,
    /// Its servers, in the order of their turns.
    pub members: Vec<NewFleetMember>,
}

impl NewFleetRun {
    /// What the secret of the fleet run with this id is sealed to.
    pub fn place(id: FleetId) -> Place {
        Place {
            table: "fleet_runs",
            column: "secret",
            row: id.uuid(),
        }
    }
}

/// A fleet run as it stands.
#[derive(Debug, Clone, PartialEq)]
pub struct FleetRun {
    /// Its id.
    pub id: FleetId,
    /// What it does on each server.
    pub kind: RunKind,
    /// The same in words.
    pub title: Words,
    /// What was asked.
    pub order: serde_json::Value,
    /// It only looks.
    pub dry: bool,
    /// Where it stands.
    pub state: FleetState,
    /// What it was when servers were left out.
    pub left_as: Option<FleetState>,
    /// Why it is not at work.
    pub because: Option<Words>,
    /// The schedule that began it.
    pub schedule: Option<ScheduleId>,
    /// Who began it; `None` once that account is gone.
    pub started_by: Option<AccountId>,
    /// What that account was called then.
    pub started_name: String,
    /// When it began.
    pub started_at: DateTime<Utc>,
    /// When it was over last.
    pub ended_at: Option<DateTime<Utc>>,
}

/// A page of fleet runs, the newest first.
#[derive(Debug, Clone, PartialEq)]
pub struct FleetRunPage {
    /// The fleet runs.
    pub rows: Vec<FleetRun>,
    /// How many are in the states asked for.
    pub total: i64,
}

/// A row as it is stored.
struct Columns {
    id: Uuid,
    kind: String,
    title_en: String,
    title_fr: String,
    fleet_order: String,
    dry: i64,
    state: String,
    left_as: Option<String>,
    because: Option<String>,
    schedule_id: Option<Uuid>,
    started_by: Option<Uuid>,
    started_name: String,
    started_at: DateTime<Utc>,
    ended_at: Option<DateTime<Utc>>,
}

impl TryFrom<Columns> for FleetRun {
    type Error = StoreError;

    fn try_from(row: Columns) -> Result<Self, StoreError> {
        let (Some(kind), Some(state), Ok(order)) = (
            RunKind::named(&row.kind),
            FleetState::named(&row.state),
            serde_json::from_str(&row.fleet_order),
        ) else {
            return Err(StoreError::Corrupt {
                what: "reading a fleet run",
            });
        };
        Ok(Self {
            id: FleetId::from_uuid(row.id),
            kind,
            title: Words::new(row.title_en, row.title_fr),
            order,
            dry: row.dry != 0,
            state,
            left_as: row.left_as.as_deref().and_then(FleetState::named),
            because: row
                .because
                .and_then(|words| serde_json::from_str(&words).ok()),
            schedule: row.schedule_id.map(ScheduleId::from_uuid),
            started_by: row.started_by.map(AccountId::from_uuid),
            started_name: row.started_name,
            started_at: row.started_at,
            ended_at: row.ended_at,
        })
    }
}

/// A checked query for all columns of `fleet_runs`.
macro_rules! select_fleet_runs {
    ($rest:literal $(, $argument:expr)* $(,)?) => {
        sqlx::query_as!(
            Columns,
            r#"SELECT id AS "id: Uuid", kind, title_en, title_fr, fleet_order, dry, state, left_as AS "left_as?",
                      because AS "because?", schedule_id AS "schedule_id?: Uuid", started_by AS "started_by?: Uuid",
                      started_name, started_at AS "started_at: DateTime<Utc>", ended_at AS "ended_at?: DateTime<Utc>"
               FROM fleet_runs "# + $rest
            $(, $argument)*
        )
    };
}

/// What a schedule was due for, and what it is due for next: written down together with the fleet run that it begins, so
/// that a crash between the two neither loses it nor begins it twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fired {
    /// Which schedule.
    pub schedule: ScheduleId,
    /// When it is due next.
    pub next_at: Option<DateTime<Utc>>,
}

/// The handle of `fleet_runs`.
pub struct FleetRuns<'s>(pub(crate) &'s Store);

impl FleetRuns<'_> {
    /// Writes down a fleet run with all its servers, before anything is done on any; and, in the same commit, that the
    /// schedule that begins it has done so.
    ///
    /// # Errors
    /// [`StoreError::Duplicate`] for an id that is there, [`StoreError::Reference`] for a server, an account or a
    /// schedule that is not.
    pub async fn insert(&self, run: &NewFleetRun, fired: Option<Fired>) -> Result<(), StoreError> {
        let during = StoreError::during("writing down a new fleet run");
        let mut transaction = self.0.writer.begin().await.map_err(during)?;
        let order = run.order.to_string();
        let state = FleetState::Running.name();
        sqlx::query!(
            "INSERT INTO fleet_runs (id, kind, title_en, title_fr, fleet_order, secret, dry, state, schedule_id,
                 started_by, started_name, started_at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
            run.id.uuid(),
            run.kind.name(),
            run.title.en,
            run.title.fr,
            order,
            run.secret,
            run.dry,
            state,
            run.schedule.map(ScheduleId::uuid),
            run.started_by.uuid(),
            run.started_name,
            run.started_at
        )
        .execute(&mut *transaction)
        .await
        .map_err(during)?;
        let waiting = MemberState::Waiting.name();
        for (n, member) in (1_i64..).zip(&run.members) {
            sqlx::query!(
                "INSERT INTO fleet_members (fleet_id, n, server_id, server_name, wave, state)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
                run.id.uuid(),
                n,
                member.server.uuid(),
                member.name,
                member.wave,
                waiting
            )
            .execute(&mut *transaction)
            .await
            .map_err(during)?;
        }
        if let Some(fired) = fired {
            sqlx::query!(
                "UPDATE schedules SET next_at = ?2, last_at = ?3, last_fleet = ?4, last_problem = NULL WHERE id = ?1",
                fired.schedule.uuid(),
                fired.next_at,
                run.started_at,
                run.id.uuid()
            )
            .execute(&mut *transaction)
            .await
            .map_err(during)?;
        }
        transaction.commit().await.map_err(during)
    }

    /// The fleet run with this id, if there is one.
    ///
    /// # Errors
    /// [`StoreError::Database`], [`StoreError::Corrupt`].
    pub async fn get(&self, id: FleetId) -> Result<Option<FleetRun>, StoreError> {
        select_fleet_runs!("WHERE id = ?1", id.uuid())
            .fetch_optional(&self.0.readers)
            .await
            .map_err(StoreError::during("reading a fleet run"))?
            .map(FleetRun::try_from)
            .transpose()
    }

    /// What a fleet run needs and nobody may read, sealed; none once it is over for good.
    ///
    /// # Errors
    /// [`StoreError::NotFound`].
    pub async fn secret(&self, id: FleetId) -> Result<Option<Vec<u8>>, StoreError> {
        sqlx::query_scalar!(
            r#"SELECT secret AS "secret?" FROM fleet_runs WHERE id = ?1"#,
            id.uuid()
        )
        .fetch_one(&self.0.readers)
        .await
        .map_err(StoreError::during("reading what a fleet run needs"))
    }

    /// A page of fleet runs in one of these states (none: in any), the newest first.
    ///
    /// # Errors
    /// [`StoreError::Database`], [`StoreError::Corrupt`].
    pub async fn page(
        &self,
        states: &[FleetState],
        offset: i64,
        limit: i64,
    ) -> Result<FleetRunPage, StoreError> {
        let during = StoreError::during("reading fleet runs");
        let names: Vec<&str> = states.iter().map(|state| state.name()).collect();
        let states = (!names.is_empty()).then(|| serde_json::to_string(&names).unwrap_or_default());
        let total = sqlx::query_scalar!(
            r#"SELECT count(*) AS "count!: i64" FROM fleet_runs INDEXED BY fleet_runs_by_start
               WHERE ?1 IS NULL OR state IN (SELECT value FROM json_each(?1))"#,
            states
        )
        .fetch_one(&self.0.readers)
        .await
        .map_err(during)?;
        let rows = select_fleet_runs!(
            "INDEXED BY fleet_runs_by_start
             WHERE ?1 IS NULL OR state IN (SELECT value FROM json_each(?1))
             ORDER BY started_at DESC, id DESC LIMIT ?2 OFFSET ?3",
            states,
            limit,
            offset
        )
        .fetch_all(&self.0.readers)
        .await
        .map_err(during)?;
        Ok(FleetRunPage {
            rows: rows
                .into_iter()
                .map(FleetRun::try_from)
                .collect::<Result<_, _>>()?,
            total,
        })
    }

    /// How many are running or paused.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn open_count(&self) -> Result<i64, StoreError> {
        sqlx::query_scalar!(
            r#"SELECT count(*) AS "count!: i64" FROM fleet_runs WHERE state IN ('running', 'paused')"#
        )
        .fetch_one(&self.0.readers)
        .await
        .map_err(StoreError::during("counting open fleet runs"))
    }

    /// Those that something is to be done about: running, paused, or with servers at work. The oldest first.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn open(&self) -> Result<Vec<FleetId>, StoreError> {
        let ids = sqlx::query_scalar!(
            r#"SELECT id AS "id!: Uuid" FROM fleet_runs WHERE state IN ('running', 'paused')
               UNION SELECT fleet_id FROM fleet_members INDEXED BY fleet_members_at_work WHERE state = 'running'"#
        )
        .fetch_all(&self.0.readers)
        .await
        .map_err(StoreError::during("reading open fleet runs"))?;
        let mut ids: Vec<_> = ids.into_iter().map(FleetId::from_uuid).collect();
        ids.sort(); // by birth
        Ok(ids)
    }

    /// Where a fleet run stands now, and why. When it is stopped or cancelled, those that still wait are left out, in the
    /// same commit. What it needs is forgotten when it has ended or was cancelled.
    ///
    /// # Errors
    /// [`StoreError::NotFound`].
    pub async fn set_state(
        &self,
        id: FleetId,
        state: FleetState,
        because: Option<&Words>,
        at: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let what = "writing down where a fleet run stands";
        let during = StoreError::during(what);
        let mut transaction = self.0.writer.begin().await.map_err(during)?;
        let because = because.and_then(|words| serde_json::to_string(words).ok());
        let over = state.is_over();
        let leaves = matches!(state, FleetState::Stopped | FleetState::Cancelled);
        let forgets = matches!(state, FleetState::Done | FleetState::Cancelled);
        let changed = sqlx::query!(
            "UPDATE fleet_runs SET state = ?2, because = ?3, ended_at = CASE WHEN ?4 THEN ?5 ELSE ended_at END,
                 left_as = CASE WHEN ?6 THEN ?2 ELSE left_as END, secret = CASE WHEN ?7 THEN NULL ELSE secret END
             WHERE id = ?1",
            id.uuid(),
            state.name(),
            because,
            over,
            at,
            leaves,
            forgets
        )
        .execute(&mut *transaction)
        .await
        .map_err(during)?;
        if changed.rows_affected() == 0 {
            return Err(StoreError::NotFound { what });
        }
        if leaves {
            sqlx::query!(
                "UPDATE fleet_members SET state = 'left' WHERE fleet_id = ?1 AND state = 'waiting'",
                id.uuid()
            )
            .execute(&mut *transaction)
            .await
            .map_err(during)?;
        }
        transaction.commit().await.map_err(during)
    }

    /// Lets it go on: those that were left out wait again, and those that failed are excused, so that they do not stop it
    /// a second time.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] unless it is paused or stopped.
    pub async fn go_on(&self, id: FleetId) -> Result<(), StoreError> {
        let what = "letting a fleet run go on";
        let during = StoreError::during(what);
        let mut transaction = self.0.writer.begin().await.map_err(during)?;
        // Only what the rule stopped is excused: a pause forgives nothing.
        sqlx::query!(
            "UPDATE fleet_members SET state = CASE state WHEN 'left' THEN 'waiting' ELSE state END,
                 excused = CASE WHEN state IN ('failed', 'unknown') THEN 1 ELSE excused END
             WHERE fleet_id = ?1 AND (SELECT state FROM fleet_runs WHERE id = ?1) = 'stopped'",
            id.uuid()
        )
        .execute(&mut *transaction)
        .await
        .map_err(during)?;
        let changed = sqlx::query!(
            "UPDATE fleet_runs SET state = 'running', because = NULL, ended_at = NULL, left_as = NULL
             WHERE id = ?1 AND state IN ('paused', 'stopped')",
            id.uuid()
        )
        .execute(&mut *transaction)
        .await
        .map_err(during)?;
        if changed.rows_affected() == 0 {
            return Err(StoreError::NotFound { what });
        }
        transaction.commit().await.map_err(during)
    }

    /// Has those that failed wait again, and no others; gives how many. Nothing changes when none has.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] unless it is over.
    pub async fn retry_failed(&self, id: FleetId) -> Result<u64, StoreError> {
        let what = "trying again what failed of a fleet run";
        let during = StoreError::during(what);
        let mut transaction = self.0.writer.begin().await.map_err(during)?;
        let again = sqlx::query!(
            "UPDATE fleet_members SET state = 'waiting', excused = 0, begun = 0, ended_at = NULL
             WHERE fleet_id = ?1 AND state IN ('failed', 'unknown')",
            id.uuid()
        )
        .execute(&mut *transaction)
        .await
        .map_err(during)?
        .rows_affected();
        if again == 0 {
            return Ok(0); // the transaction is undone
        }
        let changed = sqlx::query!(
            "UPDATE fleet_runs SET state = 'running', because = NULL, ended_at = NULL
             WHERE id = ?1 AND state IN ('stopped', 'cancelled', 'done')",
            id.uuid()
        )
        .execute(&mut *transaction)
        .await
        .map_err(during)?;
        if changed.rows_affected() == 0 {
            return Err(StoreError::NotFound { what });
        }
        transaction.commit().await.map_err(during)?;
        Ok(again)
    }
}
