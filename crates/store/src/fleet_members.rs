//! Table `fleet_members`: the servers of a fleet run, each with its turn and what became of it.

use chrono::{DateTime, Utc};
use towerify_domain::Words;
use towerify_domain::fleet::MemberState;
use towerify_domain::id::{FleetId, RunId, ServerId};
use uuid::Uuid;

use crate::{Store, StoreError};

/// One server's part of a fleet run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FleetMember {
    /// Its turn, from 1.
    pub n: u32,
    /// Which server; `None` once it was removed.
    pub server: Option<ServerId>,
    /// What it was called when the fleet run began.
    pub name: String,
    /// Its wave, from 1.
    pub wave: u32,
    /// Where it stands.
    pub state: MemberState,
    /// It failed, and a person said to go on.
    pub excused: bool,
    /// How often it had its turn.
    pub tries: u32,
    /// Its run was begun (or taken up again) in this try.
    pub begun: bool,
    /// Its run. Drawn before it is begun: one that is unknown was not.
    pub run: Option<RunId>,
    /// What was seen, or why it failed.
    pub words: Option<Words>,
    /// When it had its turn last.
    pub started_at: Option<DateTime<Utc>>,
    /// When it ended.
    pub ended_at: Option<DateTime<Utc>>,
}

/// How many servers of a wave are in a state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FleetCount {
    /// The wave, from 1.
    pub wave: u32,
    /// The state.
    pub state: MemberState,
    /// How many.
    pub count: u32,
}

/// A row as it is stored.
struct Columns {
    n: i64,
    server_id: Option<Uuid>,
    server_name: String,
    wave: i64,
    state: String,
    excused: i64,
    tries: i64,
    begun: i64,
    run_id: Option<Uuid>,
    words: Option<String>,
    started_at: Option<DateTime<Utc>>,
    ended_at: Option<DateTime<Utc>>,
}

fn number(stored: i64) -> u32 {
    u32::try_from(stored.max(0)).unwrap_or(u32::MAX)
}

impl TryFrom<Columns> for FleetMember {
    type Error = StoreError;

    fn try_from(row: Columns) -> Result<Self, StoreError> {
        let Some(state) = MemberState::named(&row.state) else {
            return Err(StoreError::Corrupt {
                what: "reading a server of a fleet run",
            });
        };
        Ok(Self {
            n: number(row.n),
            server: row.server_id.map(ServerId::from_uuid),
            name: row.server_name,
            wave: number(row.wave),
            state,
            excused: row.excused != 0,
            tries: number(row.tries),
            begun: row.begun != 0,
            run: row.run_id.map(RunId::from_uuid),
            words: row
                .words
                .and_then(|words| serde_json::from_str(&words).ok()),
            started_at: row.started_at,
            ended_at: row.ended_at,
        })
    }
}

/// A checked query for all columns of `fleet_members`.
macro_rules! select_members {
    ($rest:literal $(, $argument:expr)* $(,)?) => {
        sqlx::query_as!(
            Columns,
            r#"SELECT n, server_id AS "server_id?: Uuid", server_name, wave, state, excused, tries, begun,
                      run_id AS "run_id?: Uuid", words AS "words?",
                      started_at AS "started_at?: DateTime<Utc>", ended_at AS "ended_at?: DateTime<Utc>"
               FROM fleet_members "# + $rest
            $(, $argument)*
        )
    };
}

/// The handle of `fleet_members`.
pub struct FleetMembers<'s>(pub(crate) &'s Store);

impl FleetMembers<'_> {
    /// All of a fleet run, in the order of their turns.
    ///
    /// # Errors
    /// [`StoreError::Database`], [`StoreError::Corrupt`].
    pub async fn of(&self, fleet: FleetId) -> Result<Vec<FleetMember>, StoreError> {
        select_members!("WHERE fleet_id = ?1 ORDER BY n", fleet.uuid())
            .fetch_all(&self.0.readers)
            .await
            .map_err(StoreError::during("reading the servers of a fleet run"))?
            .into_iter()
            .map(FleetMember::try_from)
            .collect()
    }

    /// One of them.
    ///
    /// # Errors
    /// [`StoreError::Database`], [`StoreError::Corrupt`].
    pub async fn get(&self, fleet: FleetId, n: u32) -> Result<Option<FleetMember>, StoreError> {
        select_members!("WHERE fleet_id = ?1 AND n = ?2", fleet.uuid(), n)
            .fetch_optional(&self.0.readers)
            .await
            .map_err(StoreError::during("reading a server of a fleet run"))?
            .map(FleetMember::try_from)
            .transpose()
    }

    /// How many of each wave are in each state; states that none has are absent.
    ///
    /// # Errors
    /// [`StoreError::Database`], [`StoreError::Corrupt`].
    pub async fn counts(&self, fleet: FleetId) -> Result<Vec<FleetCount>, StoreError> {
        let what = "counting the servers of a fleet run";
        let rows = sqlx::query!(
            r#"SELECT wave, state, count(*) AS "count!: i64" FROM fleet_members INDEXED BY fleet_members_by_state
               WHERE fleet_id = ?1 GROUP BY wave, state"#,
            fleet.uuid()
        )
        .fetch_all(&self.0.readers)
        .await
        .map_err(StoreError::during(what))?;
        rows.into_iter()
            .map(|row| {
                Ok(FleetCount {
                    wave: number(row.wave),
                    state: MemberState::named(&row.state).ok_or(StoreError::Corrupt { what })?,
                    count: number(row.count),
                })
            })
            .collect()
    }

    /// It has its turn, with this run to come (none in a dry run): written down before anything is done.
    ///
    /// # Errors
    /// [`StoreError::NotFound`].
    pub async fn begins(
        &self,
        fleet: FleetId,
        n: u32,
        run: Option<RunId>,
        at: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let what = "writing down a server's turn";
        let changed = sqlx::query!(
            "UPDATE fleet_members SET state = 'running', tries = tries + 1, begun = 0, run_id = ?3, words = NULL,
                 started_at = ?4, ended_at = NULL
             WHERE fleet_id = ?1 AND n = ?2",
            fleet.uuid(),
            n,
            run.map(RunId::uuid),
            at
        )
        .execute(&self.0.writer)
        .await
        .map_err(StoreError::during(what))?;
        one(changed.rows_affected(), what)
    }

    /// Its run was begun, or taken up again.
    ///
    /// # Errors
    /// [`StoreError::NotFound`].
    pub async fn begun(&self, fleet: FleetId, n: u32, run: RunId) -> Result<(), StoreError> {
        let what = "writing down that a server's run was begun";
        let changed = sqlx::query!(
            "UPDATE fleet_members SET begun = 1, run_id = ?3 WHERE fleet_id = ?1 AND n = ?2",
            fleet.uuid(),
            n,
            run.uuid()
        )
        .execute(&self.0.writer)
        .await
        .map_err(StoreError::during(what))?;
        one(changed.rows_affected(), what)
    }

    /// Its part is over; `run` is what it was done in, none when it never came to a run.
    ///
    /// # Errors
    /// [`StoreError::NotFound`].
    pub async fn ends(
        &self,
        fleet: FleetId,
        n: u32,
        state: MemberState,
        run: Option<RunId>,
        words: Option<&Words>,
        at: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let what = "writing down what became of a server";
        let words = words.and_then(|words| serde_json::to_string(words).ok());
        let changed = sqlx::query!(
            "UPDATE fleet_members SET state = ?3, run_id = ?4, words = ?5, ended_at = ?6
             WHERE fleet_id = ?1 AND n = ?2",
            fleet.uuid(),
            n,
            state.name(),
            run.map(RunId::uuid),
            words,
            at
        )
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
