//! Table `journal`: who did what, on what, when, and how it ended. Rows are added, never changed: the database
//! refuses it. The chain of hashes has its columns, and comes with a later issue.

use chrono::{DateTime, Utc};
use towerify_domain::id::{AccountId, EntryId};
use uuid::Uuid;

use crate::{Store, StoreError};

/// An entry that is added.
#[derive(Debug, Clone, PartialEq)]
pub struct NewEntry {
    /// Its id, drawn by the caller.
    pub id: EntryId,
    /// When.
    pub at: DateTime<Utc>,
    /// Who: the account.
    pub account_id: Option<AccountId>,
    /// Who: the name it had then.
    pub who: String,
    /// What: `server.add`, `user.create`…
    pub what: String,
    /// On what kind of thing: `server`, `account`, `workspace`…
    pub subject_kind: String,
    /// On which: its id, if it has one.
    pub subject_id: Option<String>,
    /// On which: the name it had then.
    pub subject: String,
    /// `done`, `refused`, `failed`, `started`…
    pub outcome: String,
    /// More, without any secret.
    pub detail: serde_json::Value,
}

/// An entry, with its place in the journal.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// Its number, from 1.
    pub n: i64,
    /// What it says.
    pub entry: NewEntry,
}

/// The handle of `journal`.
pub struct Journal<'s>(pub(crate) &'s Store);

/// A row as it is stored.
struct Columns {
    n: i64,
    id: Uuid,
    at: DateTime<Utc>,
    account_id: Option<Uuid>,
    who: String,
    what: String,
    subject_kind: String,
    subject_id: Option<String>,
    subject: String,
    outcome: String,
    detail: String,
}

impl From<Columns> for Entry {
    fn from(row: Columns) -> Self {
        Self {
            n: row.n,
            entry: NewEntry {
                id: EntryId::from_uuid(row.id),
                at: row.at,
                account_id: row.account_id.map(AccountId::from_uuid),
                who: row.who,
                what: row.what,
                subject_kind: row.subject_kind,
                subject_id: row.subject_id,
                subject: row.subject,
                outcome: row.outcome,
                // The table only takes valid JSON.
                detail: serde_json::from_str(&row.detail).unwrap_or_default(),
            },
        }
    }
}

impl Journal<'_> {
    /// Adds an entry, and gives its number.
    ///
    /// # Errors
    /// [`StoreError::Duplicate`] for an id that is there already.
    pub async fn append(&self, entry: &NewEntry) -> Result<i64, StoreError> {
        let detail = entry.detail.to_string();
        let added = sqlx::query!(
            "INSERT INTO journal (id, at, account_id, who, what, subject_kind, subject_id, subject, outcome, detail)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
            entry.id.uuid(),
            entry.at,
            entry.account_id.map(AccountId::uuid),
            entry.who,
            entry.what,
            entry.subject_kind,
            entry.subject_id,
            entry.subject,
            entry.outcome,
            detail
        )
        .execute(&self.0.writer)
        .await
        .map_err(StoreError::during("adding to the journal"))?;
        Ok(added.last_insert_rowid())
    }

    /// The `limit` entries before number `before` (or the last ones), the newest first.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn page(&self, before: Option<i64>, limit: i64) -> Result<Vec<Entry>, StoreError> {
        let before = before.unwrap_or(i64::MAX);
        let rows = sqlx::query_as!(
            Columns,
            r#"SELECT n AS "n!: i64", id AS "id: Uuid", at AS "at: DateTime<Utc>", account_id AS "account_id?: Uuid", who, what,
                      subject_kind, subject_id AS "subject_id?", subject, outcome, detail
               FROM journal WHERE n < ?1 ORDER BY n DESC LIMIT ?2"#,
            before,
            limit
        )
        .fetch_all(&self.0.readers)
        .await
        .map_err(StoreError::during("reading the journal"))?;
        Ok(rows.into_iter().map(Entry::from).collect())
    }

    /// The last `limit` entries about one thing, the newest first.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn about(&self, kind: &str, id: &str, limit: i64) -> Result<Vec<Entry>, StoreError> {
        let rows = sqlx::query_as!(
            Columns,
            r#"SELECT n AS "n!: i64", id AS "id: Uuid", at AS "at: DateTime<Utc>", account_id AS "account_id?: Uuid", who, what,
                      subject_kind, subject_id AS "subject_id?", subject, outcome, detail
               FROM journal WHERE subject_kind = ?1 AND subject_id = ?2 ORDER BY n DESC LIMIT ?3"#,
            kind,
            id,
            limit
        )
        .fetch_all(&self.0.readers)
        .await
        .map_err(StoreError::during("reading the journal of a thing"))?;
        Ok(rows.into_iter().map(Entry::from).collect())
    }
}
