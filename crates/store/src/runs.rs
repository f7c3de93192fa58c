//! Table `runs`: durable work. How a run is carried out is left to the crate `runs`; its steps and trace have their
//! own files.

use chrono::{DateTime, Utc};
use towerify_domain::Words;
use towerify_domain::id::{AccountId, RunId, ServerId};
use towerify_domain::run::{RunKind, RunState, StepState, Way, Wish};
use towerify_vault::Place;
use uuid::Uuid;

use crate::{RunStep, Store, StoreError, run_steps};

/// A run that begins.
#[derive(Debug, Clone, PartialEq)]
pub struct NewRun {
    /// Its id, drawn by the caller.
    pub id: RunId,
    /// What it is for.
    pub kind: RunKind,
    /// On which server, if on one.
    pub server_id: Option<ServerId>,
    /// The same for all runs that were started together on many servers.
    pub batch_id: Option<Uuid>,
    /// What it does, in words.
    pub title: Words,
    /// What it was asked, without any secret.
    pub input: serde_json::Value,
    /// What it needs and nobody may read, sealed to [`NewRun::place`]; emptied when the run is done, or can't be retried
    /// any more.
    pub secret: Option<Vec<u8>>,
    /// What must not stand in its trace, sealed to [`NewRun::conceal_place`]; emptied with the secret.
    pub conceal: Option<Vec<u8>>,
    /// Its first state.
    pub state: RunState,
    /// Who started it.
    pub started_by: AccountId,
    /// What that account was called then.
    pub started_name: String,
    /// When.
    pub started_at: DateTime<Utc>,
    /// Its plan, in order: `n` is the place in the list.
    pub steps: Vec<RunStep>,
}

impl NewRun {
    /// What the secret of the run with this id is sealed to.
    pub fn place(id: RunId) -> Place {
        Place {
            table: "runs",
            column: "secret",
            row: id.uuid(),
        }
    }

    /// What the texts to conceal of the run with this id are sealed to.
    pub fn conceal_place(id: RunId) -> Place {
        Place {
            column: "conceal",
            ..Self::place(id)
        }
    }
}

/// A run as it stands.
#[derive(Debug, Clone, PartialEq)]
pub struct Run {
    /// Its id.
    pub id: RunId,
    /// What it is for.
    pub kind: RunKind,
    /// On which server; `None` also once that server was removed.
    pub server_id: Option<ServerId>,
    /// What that server was called when the run began.
    pub server_name: Option<String>,
    /// As [`NewRun::batch_id`].
    pub batch_id: Option<Uuid>,
    /// What it does, in words.
    pub title: Words,
    /// What it was asked.
    pub input: serde_json::Value,
    /// Where it stands.
    pub state: RunState,
    /// Who started it; `None` once that account is gone.
    pub started_by: Option<AccountId>,
    /// What that account was called then.
    pub started_name: String,
    /// When it began.
    pub started_at: DateTime<Utc>,
    /// When it ended; `None` while it is open.
    pub ended_at: Option<DateTime<Utc>>,
    /// Why it failed: a code.
    pub error_code: Option<String>,
    /// Why it failed: what goes with the code, without secrets.
    pub error_message: Option<String>,
    /// Out of 100, where it is known.
    pub progress: Option<u8>,
    /// The step at work.
    pub step: Option<u16>,
    /// Which way it goes through its steps, or went last.
    pub way: Way,
    /// What a person asked of it that has not come true yet.
    pub wish: Option<Wish>,
    /// Whether it still has its secret.
    pub has_secret: bool,
}

/// How a run ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunEnd {
    /// A state that [is over](RunState::is_over).
    pub state: RunState,
    /// When.
    pub at: DateTime<Utc>,
    /// Why it failed: a code, and what goes with it.
    pub error: Option<(String, String)>,
}

/// Which runs. All conditions must hold; empty ones ask nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RunFilter {
    /// In one of these states.
    pub states: Vec<RunState>,
    /// Of one of these kinds.
    pub kinds: Vec<RunKind>,
    /// On this server.
    pub server: Option<ServerId>,
    /// Of this batch.
    pub batch: Option<Uuid>,
}

/// A page of runs, the newest first.
#[derive(Debug, Clone, PartialEq)]
pub struct RunPage {
    /// The runs.
    pub rows: Vec<Run>,
    /// How many the filter lets through.
    pub total: i64,
}

/// A row as it is stored.
struct Columns {
    id: Uuid,
    kind: String,
    server_id: Option<Uuid>,
    server_name: Option<String>,
    batch_id: Option<Uuid>,
    title_en: String,
    title_fr: String,
    input: String,
    state: String,
    started_by: Option<Uuid>,
    started_name: String,
    started_at: DateTime<Utc>,
    ended_at: Option<DateTime<Utc>>,
    error_code: Option<String>,
    error_message: Option<String>,
    progress: Option<i64>,
    step: Option<i64>,
    way: String,
    wish: Option<String>,
    has_secret: bool,
}

impl TryFrom<Columns> for Run {
    type Error = StoreError;

    fn try_from(row: Columns) -> Result<Self, StoreError> {
        let (Some(kind), Some(state), Some(way), Ok(input)) = (
            RunKind::named(&row.kind),
            RunState::named(&row.state),
            Way::named(&row.way),
            serde_json::from_str(&row.input),
        ) else {
            return Err(StoreError::Corrupt {
                what: "reading a run",
            });
        };
        Ok(Self {
            id: RunId::from_uuid(row.id),
            kind,
            server_id: row.server_id.map(ServerId::from_uuid),
            server_name: row.server_name,
            batch_id: row.batch_id,
            title: Words::new(row.title_en, row.title_fr),
            input,
            state,
            started_by: row.started_by.map(AccountId::from_uuid),
            started_name: row.started_name,
            started_at: row.started_at,
            ended_at: row.ended_at,
            error_code: row.error_code,
            error_message: row.error_message,
            progress: row.progress.and_then(|percent| u8::try_from(percent).ok()),
            step: row.step.and_then(|step| u16::try_from(step).ok()),
            way,
            wish: row.wish.as_deref().and_then(Wish::named),
            has_secret: row.has_secret,
        })
    }
}

/// A checked query for all columns of `runs`.
macro_rules! select_runs {
    ($rest:literal $(, $argument:expr)* $(,)?) => {
        sqlx::query_as!(
            Columns,
            r#"SELECT id AS "id: Uuid", kind, server_id AS "server_id?: Uuid", server_name AS "server_name?",
                      batch_id AS "batch_id?: Uuid", title_en, title_fr, input, state, started_by AS "started_by?: Uuid",
                      started_name, started_at AS "started_at: DateTime<Utc>", ended_at AS "ended_at?: DateTime<Utc>",
                      error_code AS "error_code?", error_message AS "error_message?", progress AS "progress?", step AS "step?",
                      way, wish AS "wish?", secret IS NOT NULL AS "has_secret!: bool"
               FROM runs "# + $rest
            $(, $argument)*
        )
    };
}

/// The handle of `runs`.
pub struct Runs<'s>(pub(crate) &'s Store);

impl Runs<'_> {
    /// Writes down a run with its whole plan, before anything is done. Its server shows it from now on.
    ///
    /// # Errors
    /// [`StoreError::Duplicate`] for an id that is there, [`StoreError::Reference`] for a server or an account that
    /// is not.
    pub async fn insert(&self, run: &NewRun) -> Result<(), StoreError> {
        let during = StoreError::during("writing down a new run");
        let mut transaction = self.0.writer.begin().await.map_err(during)?;
        let input = run.input.to_string();
        sqlx::query!(
            "INSERT INTO runs (id, kind, server_id, server_name, batch_id, title_en, title_fr, input, secret, state,
                 started_by, started_name, started_at, conceal)
             VALUES (?1, ?2, ?3, (SELECT name FROM servers WHERE id = ?3), ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)",
            run.id.uuid(),
            run.kind.name(),
            run.server_id.map(ServerId::uuid),
            run.batch_id,
            run.title.en,
            run.title.fr,
            input,
            run.secret,
            run.state.name(),
            run.started_by.uuid(),
            run.started_name,
            run.started_at,
            run.conceal
        )
        .execute(&mut *transaction)
        .await
        .map_err(during)?;
        for step in &run.steps {
            run_steps::put(&mut transaction, run.id, step)
                .await
                .map_err(during)?;
        }
        transaction.commit().await.map_err(during)
    }

    /// The run with this id, if there is one.
    ///
    /// # Errors
    /// [`StoreError::Database`], [`StoreError::Corrupt`].
    pub async fn get(&self, id: RunId) -> Result<Option<Run>, StoreError> {
        select_runs!("WHERE id = ?1", id.uuid())
            .fetch_optional(&self.0.readers)
            .await
            .map_err(StoreError::during("reading a run"))?
            .map(Run::try_from)
            .transpose()
    }

    /// The sealed secret of a run that is open or can be retried, if it has one.
    ///
    /// # Errors
    /// [`StoreError::NotFound`].
    pub async fn secret(&self, id: RunId) -> Result<Option<Vec<u8>>, StoreError> {
        sqlx::query_scalar!(
            r#"SELECT secret AS "secret?" FROM runs WHERE id = ?1"#,
            id.uuid()
        )
        .fetch_one(&self.0.readers)
        .await
        .map_err(StoreError::during("reading what a run needs"))
    }

    /// The sealed texts that must not stand in the run's trace, if there are any.
    ///
    /// # Errors
    /// [`StoreError::NotFound`].
    pub async fn conceal(&self, id: RunId) -> Result<Option<Vec<u8>>, StoreError> {
        sqlx::query_scalar!(
            r#"SELECT conceal AS "conceal?" FROM runs WHERE id = ?1"#,
            id.uuid()
        )
        .fetch_one(&self.0.readers)
        .await
        .map_err(StoreError::during("reading what a run conceals"))
    }

    /// Empties the secrets of the runs that ended before this instant: they can't be retried with them any more. Says how
    /// many runs that were.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn forget_secrets(&self, ended_before: DateTime<Utc>) -> Result<u64, StoreError> {
        let changed = sqlx::query!(
            "UPDATE runs SET secret = NULL, conceal = NULL
             WHERE ended_at < ?1 AND (secret IS NOT NULL OR conceal IS NOT NULL)",
            ended_before
        )
        .execute(&self.0.writer)
        .await
        .map_err(StoreError::during("forgetting what runs needed"))?;
        Ok(changed.rows_affected())
    }

    /// Empties the secret of a run that is over.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] when there is no such run, or it is open.
    pub async fn forget_secret(&self, id: RunId) -> Result<(), StoreError> {
        let what = "forgetting what a run needed";
        let changed = sqlx::query!(
            "UPDATE runs SET secret = NULL, conceal = NULL WHERE id = ?1 AND ended_at IS NOT NULL",
            id.uuid()
        )
        .execute(&self.0.writer)
        .await
        .map_err(StoreError::during(what))?;
        found(changed.rows_affected(), what)
    }

    /// Where an open run stands: state, step at work, progress. A run that is paused, is so because somebody wished it:
    /// the wish is fulfilled.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] when there is no such run, or it has ended.
    pub async fn set_state(
        &self,
        id: RunId,
        state: RunState,
        step: Option<u16>,
        progress: Option<u8>,
    ) -> Result<(), StoreError> {
        let what = "writing down where a run stands";
        let fulfilled = state == RunState::Paused;
        let changed = sqlx::query!(
            "UPDATE runs SET state = ?2, step = ?3, progress = ?4, wish = CASE WHEN ?5 THEN NULL ELSE wish END
             WHERE id = ?1 AND ended_at IS NULL",
            id.uuid(),
            state.name(),
            step,
            progress,
            fulfilled
        )
        .execute(&self.0.writer)
        .await
        .map_err(StoreError::during(what))?;
        found(changed.rows_affected(), what)
    }

    /// What a person asks of an open run; nothing happens to one that has ended meanwhile.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn set_wish(&self, id: RunId, wish: Option<Wish>) -> Result<(), StoreError> {
        let wish = wish.map(Wish::name);
        sqlx::query!(
            "UPDATE runs SET wish = ?2 WHERE id = ?1 AND ended_at IS NULL",
            id.uuid(),
            wish
        )
        .execute(&self.0.writer)
        .await
        .map_err(StoreError::during("writing down what is asked of a run"))?;
        Ok(())
    }

    /// Ends a run: its server is uncovered, its steps that still wait are skipped; its secret is emptied when it is done
    /// or undone. Ending it twice changes nothing the second time.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] when there is no such run.
    pub async fn end(&self, id: RunId, end: &RunEnd) -> Result<(), StoreError> {
        let what = "writing down the end of a run";
        let during = StoreError::during(what);
        let (code, message) = end.error.clone().unzip();
        let keeps = !matches!(end.state, RunState::Done | RunState::Undone);
        let mut transaction = self.0.writer.begin().await.map_err(during)?;
        sqlx::query!(
            "UPDATE run_steps SET state = ?2 WHERE run_id = ?1 AND state = ?3",
            id.uuid(),
            StepState::Skipped.name(),
            StepState::Waiting.name()
        )
        .execute(&mut *transaction)
        .await
        .map_err(during)?;
        let changed = sqlx::query!(
            "UPDATE runs SET state = CASE WHEN ended_at IS NULL THEN ?2 ELSE state END,
                 error_code = CASE WHEN ended_at IS NULL THEN ?3 ELSE error_code END,
                 error_message = CASE WHEN ended_at IS NULL THEN ?4 ELSE error_message END,
                 ended_at = coalesce(ended_at, ?5), wish = NULL,
                 secret = CASE WHEN ?6 THEN secret ELSE NULL END,
                 conceal = CASE WHEN ?6 THEN conceal ELSE NULL END
             WHERE id = ?1",
            id.uuid(),
            end.state.name(),
            code,
            message,
            end.at,
            keeps
        )
        .execute(&mut *transaction)
        .await
        .map_err(during)?;
        transaction.commit().await.map_err(during)?;
        found(changed.rows_affected(), what)
    }

    /// Opens a run again, or lets one that is paused go on, this way: it waits, and nothing is wished of it. Forward, its
    /// steps that failed, were skipped or undone wait again.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] when there is no such run, or it is at work.
    pub async fn reopen(&self, id: RunId, way: Way) -> Result<(), StoreError> {
        let what = "opening a run again";
        let during = StoreError::during(what);
        let mut transaction = self.0.writer.begin().await.map_err(during)?;
        let changed = sqlx::query!(
            "UPDATE runs SET state = ?2, way = ?3, wish = NULL, ended_at = NULL, error_code = NULL, error_message = NULL
             WHERE id = ?1 AND (ended_at IS NOT NULL OR state = ?4)",
            id.uuid(),
            RunState::Waiting.name(),
            way.name(),
            RunState::Paused.name()
        )
        .execute(&mut *transaction)
        .await
        .map_err(during)?;
        found(changed.rows_affected(), what)?;
        if way == Way::Forward {
            sqlx::query!(
                "UPDATE run_steps SET state = ?2 WHERE run_id = ?1 AND state IN (?3, ?4, ?5)",
                id.uuid(),
                StepState::Waiting.name(),
                StepState::Failed.name(),
                StepState::Skipped.name(),
                StepState::Undone.name()
            )
            .execute(&mut *transaction)
            .await
            .map_err(during)?;
        }
        transaction.commit().await.map_err(during)
    }

    /// The runs that have not ended, the oldest first: what to take up again when the program starts, but for those that
    /// are paused.
    ///
    /// # Errors
    /// [`StoreError::Database`], [`StoreError::Corrupt`].
    pub async fn open(&self) -> Result<Vec<Run>, StoreError> {
        let rows = select_runs!("WHERE ended_at IS NULL ORDER BY started_at, id")
            .fetch_all(&self.0.readers)
            .await
            .map_err(StoreError::during("listing open runs"))?;
        rows.into_iter().map(Run::try_from).collect()
    }

    /// `limit` runs from the `offset`-th on, the newest first, and how many there are in all.
    ///
    /// # Errors
    /// [`StoreError::Database`], [`StoreError::Corrupt`].
    pub async fn page(
        &self,
        filter: &RunFilter,
        offset: i64,
        limit: i64,
    ) -> Result<RunPage, StoreError> {
        let during = StoreError::during("listing runs");
        let states: Vec<&str> = filter.states.iter().map(|state| state.name()).collect();
        let states =
            (!states.is_empty()).then(|| serde_json::to_string(&states).unwrap_or_default());
        let kinds: Vec<&str> = filter.kinds.iter().map(|kind| kind.name()).collect();
        let kinds = (!kinds.is_empty()).then(|| serde_json::to_string(&kinds).unwrap_or_default());
        let server = filter.server.map(ServerId::uuid);
        let readers = &self.0.readers;
        // The server has an index of its own; states and batches are looked at on the way.
        let (total, rows) = match server {
            Some(server) => tokio::try_join!(
                sqlx::query_scalar!(
                    r#"SELECT count(*) AS "count!: i64" FROM runs
                       WHERE server_id = ?3 AND (?1 IS NULL OR state IN (SELECT value FROM json_each(?1)))
                         AND (?2 IS NULL OR batch_id = ?2) AND (?4 IS NULL OR kind IN (SELECT value FROM json_each(?4)))"#,
                    states,
                    filter.batch,
                    server,
                    kinds
                )
                .fetch_one(readers),
                select_runs!(
                    "WHERE server_id = ?3 AND (?1 IS NULL OR state IN (SELECT value FROM json_each(?1)))
                       AND (?2 IS NULL OR batch_id = ?2) AND (?6 IS NULL OR kind IN (SELECT value FROM json_each(?6)))
                     ORDER BY started_at DESC, id DESC LIMIT ?4 OFFSET ?5",
                    states,
                    filter.batch,
                    server,
                    limit,
                    offset,
                    kinds
                )
                .fetch_all(readers)
            ),
            None => tokio::try_join!(
                sqlx::query_scalar!(
                    r#"SELECT count(*) AS "count!: i64" FROM runs INDEXED BY runs_by_state
                       WHERE (?1 IS NULL OR state IN (SELECT value FROM json_each(?1)))
                         AND (?2 IS NULL OR batch_id = ?2) AND (?3 IS NULL OR kind IN (SELECT value FROM json_each(?3)))"#,
                    states,
                    filter.batch,
                    kinds
                )
                .fetch_one(readers),
                select_runs!(
                    "WHERE (?1 IS NULL OR state IN (SELECT value FROM json_each(?1)))
                       AND (?2 IS NULL OR batch_id = ?2) AND (?5 IS NULL OR kind IN (SELECT value FROM json_each(?5)))
                     ORDER BY started_at DESC, id DESC LIMIT ?3 OFFSET ?4",
                    states,
                    filter.batch,
                    limit,
                    offset,
                    kinds
                )
                .fetch_all(readers)
            ),
        }
        .map_err(during)?;
        Ok(RunPage {
            rows: rows
                .into_iter()
                .map(Run::try_from)
                .collect::<Result<_, _>>()?,
            total,
        })
    }
}

/// An error when no row was there to change.
fn found(changed: u64, what: &'static str) -> Result<(), StoreError> {
    if changed == 0 {
        Err(StoreError::NotFound { what })
    } else {
        Ok(())
    }
}
