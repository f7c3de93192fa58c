//! Table `run_steps`: what a run means to do, step by step, and what came of it.

use chrono::{DateTime, Utc};
use sqlx::SqliteConnection;
use towerify_domain::Words;
use towerify_domain::id::RunId;
use towerify_domain::run::StepState;

use crate::{Store, StoreError};

/// A step of a run.
#[derive(Debug, Clone, PartialEq)]
pub struct RunStep {
    /// Its place in the run, from 0.
    pub n: u16,
    /// Its name in the program.
    pub name: String,
    /// What it means to do, in words.
    pub intent: Words,
    /// Whether its effect can be undone.
    pub can_undo: bool,
    /// Where it stands.
    pub state: StepState,
    /// How often it was begun, forward or back; 0 when never.
    pub attempt: u16,
    /// When it began.
    pub started_at: Option<DateTime<Utc>>,
    /// When it ended.
    pub ended_at: Option<DateTime<Utc>>,
    /// What it saw afterwards.
    pub observation: Option<serde_json::Value>,
}

/// The handle of `run_steps`.
pub struct RunSteps<'s>(pub(crate) &'s Store);

impl RunSteps<'_> {
    /// The steps of a run, in order.
    ///
    /// # Errors
    /// [`StoreError::Database`], [`StoreError::Corrupt`].
    pub async fn of(&self, run: RunId) -> Result<Vec<RunStep>, StoreError> {
        let what = "reading the steps of a run";
        let corrupt = || StoreError::Corrupt { what };
        let rows = sqlx::query!(
            r#"SELECT n, name, intent_en, intent_fr, state, started_at AS "started_at?: DateTime<Utc>",
                      ended_at AS "ended_at?: DateTime<Utc>", observation AS "observation?",
                      attempt, can_undo AS "can_undo: bool"
               FROM run_steps WHERE run_id = ?1 ORDER BY n"#,
            run.uuid()
        )
        .fetch_all(&self.0.readers)
        .await
        .map_err(StoreError::during(what))?;
        rows.into_iter()
            .map(|row| {
                Ok(RunStep {
                    n: u16::try_from(row.n).map_err(|_| corrupt())?,
                    name: row.name,
                    intent: Words::new(row.intent_en, row.intent_fr),
                    can_undo: row.can_undo,
                    state: StepState::named(&row.state).ok_or_else(corrupt)?,
                    attempt: u16::try_from(row.attempt).map_err(|_| corrupt())?,
                    started_at: row.started_at,
                    ended_at: row.ended_at,
                    observation: row
                        .observation
                        .map(|text| serde_json::from_str(&text))
                        .transpose()
                        .map_err(|_| corrupt())?,
                })
            })
            .collect()
    }

    /// Writes down a step as it stands now: added if it is new, replaced if it is known. On return it is on the
    /// disk, which is what lets the next step begin.
    ///
    /// # Errors
    /// [`StoreError::Reference`] when there is no such run.
    pub async fn put(&self, run: RunId, step: &RunStep) -> Result<(), StoreError> {
        let during = StoreError::during("writing down a step");
        let mut connection = self.0.writer.acquire().await.map_err(during)?;
        put(&mut connection, run, step).await.map_err(during)
    }
}

/// Writes down a step in a transaction of the caller.
pub(crate) async fn put(
    connection: &mut SqliteConnection,
    run: RunId,
    step: &RunStep,
) -> Result<(), sqlx::Error> {
    let observation = step.observation.as_ref().map(serde_json::Value::to_string);
    sqlx::query!(
        "INSERT INTO run_steps (run_id, n, name, intent_en, intent_fr, state, started_at, ended_at, observation,
             attempt, can_undo)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)
         ON CONFLICT (run_id, n) DO UPDATE
         SET name = excluded.name, intent_en = excluded.intent_en, intent_fr = excluded.intent_fr,
             state = excluded.state, started_at = excluded.started_at, ended_at = excluded.ended_at,
             observation = excluded.observation, attempt = excluded.attempt, can_undo = excluded.can_undo",
        run.uuid(),
        step.n,
        step.name,
        step.intent.en,
        step.intent.fr,
        step.state.name(),
        step.started_at,
        step.ended_at,
        observation,
        step.attempt,
        step.can_undo
    )
    .execute(connection)
    .await?;
    Ok(())
}
