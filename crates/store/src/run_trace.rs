//! Table `run_trace`: what was said during runs, line by line, bounded.

use chrono::{DateTime, Utc};
use serde::Serialize;
use towerify_domain::id::RunId;
use towerify_domain::run::{Sign, TRACE_LINES_MAX, TraceLine};

use crate::{Store, StoreError};

/// A line that is added; its number is given by the store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewTraceLine {
    /// When it was said.
    pub at: DateTime<Utc>,
    /// The step that it belongs to.
    pub step: u16,
    /// Who speaks.
    pub sign: Sign,
    /// What is said: harmless to show, without secrets.
    pub text: String,
    /// Kept even when the trace is full: the lines of the steps themselves.
    pub always: bool,
}

/// What the last ordinary line of a full trace says.
pub const TRACE_CUT: &str = "… the trace is full (20,000 lines): what follows is not kept · la trace est pleine (20 000 lignes) : la suite n’est pas gardée";

/// The handle of `run_trace`.
pub struct RunTrace<'s>(pub(crate) &'s Store);

/// A line on its way in.
#[derive(Serialize)]
struct Incoming<'a> {
    n: u32,
    at: DateTime<Utc>,
    step: u16,
    sign: &'static str,
    text: &'a str,
}

impl RunTrace<'_> {
    /// Adds lines at the end of a run's trace, in one transaction, and gives those that were kept with their numbers.
    /// After [`TRACE_LINES_MAX`] lines one more says that the trace is full; from then on only lines marked `always`
    /// are kept.
    ///
    /// # Errors
    /// [`StoreError::Reference`] when there is no such run.
    pub async fn append(
        &self,
        run: RunId,
        lines: &[NewTraceLine],
    ) -> Result<Vec<TraceLine>, StoreError> {
        let what = "adding to a trace";
        let during = StoreError::during(what);
        let mut transaction = self.0.writer.begin().await.map_err(during)?;
        let last = sqlx::query_scalar!(
            r#"SELECT coalesce(max(n), 0) AS "n!: i64" FROM run_trace WHERE run_id = ?1"#,
            run.uuid()
        )
        .fetch_one(&mut *transaction)
        .await
        .map_err(during)?;
        let kept = number(
            u32::try_from(last).map_err(|_| StoreError::Corrupt { what })?,
            lines,
        );
        if kept.is_empty() {
            return Ok(kept);
        }
        let incoming: Vec<Incoming<'_>> = kept
            .iter()
            .map(|line| Incoming {
                n: line.n,
                at: line.at,
                step: line.step,
                sign: line.sign.text(),
                text: &line.text,
            })
            .collect();
        let incoming = serde_json::to_string(&incoming).unwrap_or_default();
        sqlx::query!(
            "INSERT INTO run_trace (run_id, n, at, step, sign, text)
             SELECT ?1, value ->> 'n', value ->> 'at', value ->> 'step', value ->> 'sign', value ->> 'text'
             FROM json_each(?2)",
            run.uuid(),
            incoming
        )
        .execute(&mut *transaction)
        .await
        .map_err(during)?;
        transaction.commit().await.map_err(during)?;
        Ok(kept)
    }

    /// `limit` lines of a run's trace, from number `from` on (the first is 1).
    ///
    /// # Errors
    /// [`StoreError::Database`], [`StoreError::Corrupt`].
    pub async fn page(
        &self,
        run: RunId,
        from: u32,
        limit: u32,
    ) -> Result<Vec<TraceLine>, StoreError> {
        let what = "reading a trace";
        let corrupt = || StoreError::Corrupt { what };
        let rows = sqlx::query!(
            r#"SELECT n, at AS "at: DateTime<Utc>", step, sign, text FROM run_trace
               WHERE run_id = ?1 AND n >= ?2 ORDER BY n LIMIT ?3"#,
            run.uuid(),
            from,
            limit
        )
        .fetch_all(&self.0.readers)
        .await
        .map_err(StoreError::during(what))?;
        rows.into_iter()
            .map(|row| {
                Ok(TraceLine {
                    n: u32::try_from(row.n).map_err(|_| corrupt())?,
                    at: row.at,
                    step: u16::try_from(row.step).map_err(|_| corrupt())?,
                    sign: Sign::of_text(&row.sign).ok_or_else(corrupt)?,
                    text: row.text,
                })
            })
            .collect()
    }

    /// The number of the last line of a run's trace; 0 when nothing was said yet.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn last(&self, run: RunId) -> Result<u32, StoreError> {
        let what = "reading the end of a trace";
        let last = sqlx::query_scalar!(
            r#"SELECT coalesce(max(n), 0) AS "n!: i64" FROM run_trace WHERE run_id = ?1"#,
            run.uuid()
        )
        .fetch_one(&self.0.readers)
        .await
        .map_err(StoreError::during(what))?;
        u32::try_from(last).map_err(|_| StoreError::Corrupt { what })
    }
}

/// Numbers what is kept of `lines` after the `last` one.
fn number(mut last: u32, lines: &[NewTraceLine]) -> Vec<TraceLine> {
    let mut kept = Vec::with_capacity(lines.len());
    for line in lines {
        let full = last >= TRACE_LINES_MAX;
        if last == TRACE_LINES_MAX {
            last += 1;
            kept.push(TraceLine {
                n: last,
                at: line.at,
                step: line.step,
                sign: Sign::Warning,
                text: TRACE_CUT.into(),
            });
        }
        if full && !line.always {
            continue;
        }
        last += 1;
        kept.push(TraceLine {
            n: last,
            at: line.at,
            step: line.step,
            sign: line.sign,
            text: line.text.clone(),
        });
    }
    kept
}
