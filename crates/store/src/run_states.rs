//! Table `runs`: how a run goes through its states: at work, held, ended, opened again; and when its secret goes.

use chrono::{DateTime, Utc};
use towerify_domain::id::{AccountId, RunId};
use towerify_domain::run::{RunState, StepState, Way, Wish};

use crate::journal::{End, insert};
use crate::{NewEntry, RunEnd, Runs, StoreError, runs};

impl Runs<'_> {
    /// Empties the secrets of the runs that ended before this instant: they can't be retried with them any more. Those that
    /// this account began, or all. Says how many runs that were.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn forget_secrets(
        &self,
        begun_by: Option<AccountId>,
        ended_before: DateTime<Utc>,
    ) -> Result<u64, StoreError> {
        let changed = sqlx::query!(
            "UPDATE runs SET secret = NULL, conceal = NULL
             WHERE ended_at < ?1 AND (secret IS NOT NULL OR conceal IS NOT NULL) AND (?2 IS NULL OR started_by = ?2)",
            ended_before,
            begun_by.map(AccountId::uuid)
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
        self.ended(id, end, None).await
    }

    /// The same, with an entry of the journal in one piece: a run that ended is in the journal, once.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] when there is no such run.
    pub async fn end_and_note(
        &self,
        id: RunId,
        end: &RunEnd,
        entry: &NewEntry,
    ) -> Result<(), StoreError> {
        self.ended(id, end, Some(entry)).await
    }

    async fn ended(
        &self,
        id: RunId,
        end: &RunEnd,
        entry: Option<&NewEntry>,
    ) -> Result<(), StoreError> {
        let what = "writing down the end of a run";
        let during = StoreError::during(what);
        let (code, message) = end.error.clone().unzip();
        let keeps = !matches!(end.state, RunState::Done | RunState::Undone);
        let mut transaction = self.0.writer.begin().await.map_err(during)?;
        let open = sqlx::query_scalar!(
            r#"SELECT count(*) AS "count!: i64" FROM runs WHERE id = ?1 AND ended_at IS NULL"#,
            id.uuid()
        )
        .fetch_one(&mut *transaction)
        .await
        .map_err(during)?;
        if let Some(entry) = entry.filter(|_| open > 0) {
            let end = End::read(&mut transaction).await?;
            insert(&mut transaction, &end, entry).await?;
        }
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
        runs::hide_the_way(&mut transaction, id)
            .await
            .map_err(during)?;
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
}

/// An error when no row was there to change.
fn found(changed: u64, what: &'static str) -> Result<(), StoreError> {
    if changed == 0 {
        Err(StoreError::NotFound { what })
    } else {
        Ok(())
    }
}
