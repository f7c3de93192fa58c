//! Table `run_trace`: what was said during runs, line by line, bounded. Once a run is over its lines are packed (see
//! `trace_packs`); whoever reads them here does not notice.

use chrono::{DateTime, Utc};
use serde::Serialize;
use sqlx::SqliteConnection;
use towerify_domain::id::{AccountId, RunId};
use towerify_domain::run::{Sign, TRACE_LINES_MAX, TraceLine};
use uuid::Uuid;

use crate::{Store, StoreError, fold, trace_packs};

/// Which lines of a trace. All conditions must hold; empty ones ask nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TraceFilter {
    /// Stands in the line; letter case and accents do not count.
    pub text: String,
    /// Of this step.
    pub step: Option<u16>,
    /// With one of these signs.
    pub signs: Vec<Sign>,
}

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
        let last = last_of(&mut transaction, run).await.map_err(during)?;
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
        let during = StoreError::during("reading a trace");
        let limit = limit as usize;
        // One view of both tables: packing moves lines from one to the other.
        let mut transaction = self.0.readers.begin().await.map_err(during)?;
        let packs = u32::try_from(limit / trace_packs::PACK + 2).unwrap_or(u32::MAX);
        let packed = trace_packs::from(&mut transaction, run, from, packs)
            .await
            .map_err(during)?;
        let mut lines = Vec::new();
        for pack in packed {
            let unpacked = trace_packs::unpack(&pack)?;
            lines.extend(unpacked.into_iter().filter(|line| line.n >= from));
        }
        lines.truncate(limit);
        if lines.len() < limit {
            let next = lines.last().map_or(from, |line| line.n + 1);
            let rest = u32::try_from(limit - lines.len()).unwrap_or(u32::MAX);
            lines.extend(rows(&mut transaction, run, next, rest).await?);
        }
        Ok(lines)
    }

    /// `limit` lines that a filter lets through, from the `offset`-th on, and how many there are in all.
    ///
    /// # Errors
    /// [`StoreError::Database`], [`StoreError::Corrupt`].
    pub async fn search(
        &self,
        run: RunId,
        filter: &TraceFilter,
        offset: u32,
        limit: u32,
    ) -> Result<(u32, Vec<TraceLine>), StoreError> {
        let looked_for = fold(&filter.text);
        let (mut total, mut found, mut next) = (0_u32, Vec::new(), 1_u32);
        loop {
            let lines = self.page(run, next, 5_000).await?;
            let Some(last) = lines.last() else {
                return Ok((total, found));
            };
            next = last.n.saturating_add(1);
            for line in lines {
                let here = filter.step.is_none_or(|step| line.step == step)
                    && (filter.signs.is_empty() || filter.signs.contains(&line.sign))
                    && (looked_for.is_empty() || fold(&line.text).contains(&looked_for));
                if here {
                    if total >= offset && found.len() < limit as usize {
                        found.push(line);
                    }
                    total += 1;
                }
            }
        }
    }

    /// The number of the last line of a run's trace; 0 when nothing was said yet.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn last(&self, run: RunId) -> Result<u32, StoreError> {
        let what = "reading the end of a trace";
        let during = StoreError::during(what);
        let mut transaction = self.0.readers.begin().await.map_err(during)?;
        let last = last_of(&mut transaction, run).await.map_err(during)?;
        u32::try_from(last).map_err(|_| StoreError::Corrupt { what })
    }

    /// Packs the lines of a run that is over; does nothing to one that is open.
    ///
    /// # Errors
    /// [`StoreError::Database`], [`StoreError::Corrupt`].
    pub async fn pack(&self, run: RunId) -> Result<(), StoreError> {
        let what = "packing a trace";
        let during = StoreError::during(what);
        let over = sqlx::query_scalar!(
            r#"SELECT count(*) AS "n!: i64" FROM runs WHERE id = ?1 AND ended_at IS NOT NULL"#,
            run.uuid()
        )
        .fetch_one(&self.0.readers)
        .await
        .map_err(during)?;
        if over == 0 {
            return Ok(());
        }
        let lines = {
            let mut reader = self.0.readers.acquire().await.map_err(during)?;
            rows(&mut reader, run, 1, u32::MAX).await?
        };
        let Some(last) = lines.last().map(|line| line.n) else {
            return Ok(());
        };
        let packs = tokio::task::spawn_blocking(move || trace_packs::pack(&lines))
            .await
            .map_err(|_| StoreError::Corrupt { what })??;
        let mut transaction = self.0.writer.begin().await.map_err(during)?;
        trace_packs::insert(&mut transaction, run, &packs)
            .await
            .map_err(during)?;
        // Opened again meanwhile, the run may have said more: that stays.
        sqlx::query!(
            "DELETE FROM run_trace WHERE run_id = ?1 AND n <= ?2",
            run.uuid(),
            last
        )
        .execute(&mut *transaction)
        .await
        .map_err(during)?;
        transaction.commit().await.map_err(during)
    }

    /// The runs that are over and whose traces are not packed: the program ended before it could. Those that this account
    /// began, or all.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn unpacked(&self, begun_by: Option<AccountId>) -> Result<Vec<RunId>, StoreError> {
        // From one run to the next along the key, without the lines between.
        let runs = sqlx::query_scalar!(
            r#"WITH RECURSIVE traced (id) AS (
                   SELECT min(run_id) FROM run_trace
                   UNION ALL
                   SELECT (SELECT min(run_id) FROM run_trace WHERE run_id > traced.id) FROM traced WHERE id IS NOT NULL)
               SELECT traced.id AS "id!: Uuid" FROM traced JOIN runs ON runs.id = traced.id
               WHERE runs.ended_at IS NOT NULL AND (?1 IS NULL OR runs.started_by = ?1)"#,
            begun_by.map(AccountId::uuid)
        )
        .fetch_all(&self.0.readers)
        .await
        .map_err(StoreError::during("looking for traces to pack"))?;
        Ok(runs.into_iter().map(RunId::from_uuid).collect())
    }
}

async fn last_of(connection: &mut SqliteConnection, run: RunId) -> Result<i64, sqlx::Error> {
    let packed = trace_packs::last(connection, run).await?;
    let last = sqlx::query_scalar!(
        r#"SELECT coalesce(max(n), 0) AS "n!: i64" FROM run_trace WHERE run_id = ?1"#,
        run.uuid()
    )
    .fetch_one(connection)
    .await?;
    Ok(last.max(packed))
}

/// `limit` lines that are not packed, from number `from` on.
async fn rows(
    connection: &mut SqliteConnection,
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
    .fetch_all(connection)
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
