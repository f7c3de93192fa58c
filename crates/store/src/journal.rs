//! Table `journal`: who did what, on what, when, and how it ended. Entries are chained by their hashes
//! (`domain::journal`), added and never changed: the database refuses it. Looking for entries is in `journal_search`;
//! `journal_heads` and `journal_cuts` are in [`journal_marks`](crate::JournalMarks).

use chrono::{DateTime, Utc};
use sqlx::sqlite::{SqliteConnection, SqliteRow};
use sqlx::{QueryBuilder, Row, Sqlite};
use towerify_domain::id::{AccountId, CustomerId, EntryId};
use towerify_domain::journal::{Entry, Head, Link};
use uuid::Uuid;

use crate::{Store, StoreError, fold};

/// An entry that is added: what [`Entry`] holds but its number.
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
    /// Who: the name of its role then.
    pub role: String,
    /// What: `server.add`, `user.create`…
    pub what: String,
    /// On what kind of thing: `server`, `account`, `workspace`…
    pub subject_kind: String,
    /// On which: its id, if it has one.
    pub subject_id: Option<String>,
    /// On which: the name it had then.
    pub subject: String,
    /// `done`, `refused`, `failed`, `begun`…
    pub outcome: String,
    /// More, without any secret.
    pub detail: serde_json::Value,
    /// As [`Entry::customer`].
    pub customer_id: Option<CustomerId>,
}

impl NewEntry {
    fn numbered(&self, n: u64) -> Entry {
        Entry {
            n,
            id: self.id,
            at: self.at,
            account: self.account_id,
            who: self.who.clone(),
            role: self.role.clone(),
            what: self.what.clone(),
            subject_kind: self.subject_kind.clone(),
            subject_id: self.subject_id.clone(),
            subject: self.subject.clone(),
            outcome: self.outcome.clone(),
            detail: self.detail.to_string(),
            customer: self.customer_id,
        }
    }
}

/// The handle of `journal`.
pub struct Journal<'s>(pub(crate) &'s Store);

impl Journal<'_> {
    /// Adds an entry after the last one, and gives the new head.
    ///
    /// # Errors
    /// [`StoreError::Duplicate`] for an id that is there already.
    pub async fn append(&self, new: &NewEntry) -> Result<Head, StoreError> {
        let during = StoreError::during("adding to the journal");
        // One connection writes, so that nothing comes between the head that is read and the entry after it.
        let mut all = self.0.writer.begin().await.map_err(during)?;
        let end = End::read(&mut all).await?;
        let end = insert(&mut all, &end, new).await?;
        all.commit().await.map_err(during)?;
        Ok(end.head)
    }

    /// Where the chain stands.
    ///
    /// # Errors
    /// [`StoreError::Database`], [`StoreError::Corrupt`].
    pub async fn head(&self) -> Result<Head, StoreError> {
        let mut reader = self
            .0
            .readers
            .acquire()
            .await
            .map_err(StoreError::during("reading the journal's head"))?;
        Ok(End::read(&mut reader).await?.head)
    }

    /// At most `limit` entries with their hashes, after number `after`, the oldest first: for walking along the chain.
    ///
    /// # Errors
    /// [`StoreError::Database`]; [`StoreError::Corrupt`] for an entry without a hash.
    pub async fn after(&self, after: u64, limit: u32) -> Result<Vec<(Entry, Link)>, StoreError> {
        let during = StoreError::during("walking along the journal");
        let mut query = QueryBuilder::<Sqlite>::new(COLUMNS);
        query.push("journal WHERE n > ");
        query.push_bind(i64::try_from(after).unwrap_or(i64::MAX));
        query.push(" ORDER BY n LIMIT ");
        query.push_bind(i64::from(limit));
        let rows = query
            .build()
            .fetch_all(&self.0.readers)
            .await
            .map_err(during)?;
        rows.iter().map(|row| read(row).map_err(during)?).collect()
    }
}

/// The end of the journal, after which the next entry comes.
pub(crate) struct End {
    pub(crate) head: Head,
    /// How far the clock had ever come; none in a journal without entries.
    reached: Option<DateTime<Utc>>,
}

impl End {
    pub(crate) async fn read(connection: &mut SqliteConnection) -> Result<Self, StoreError> {
        let during = StoreError::during("reading the journal's head");
        let last = sqlx::query!(
            r#"SELECT n AS "n!: i64", hash AS "hash?: Vec<u8>", reached AS "reached!: DateTime<Utc>"
               FROM journal ORDER BY n DESC LIMIT 1"#
        )
        .fetch_optional(&mut *connection)
        .await
        .map_err(during)?;
        if let Some(last) = last {
            return Ok(Self {
                head: Head {
                    n: number(last.n)?,
                    hash: last.hash.map_or(Ok(Link::START), link)?,
                },
                reached: Some(last.reached),
            });
        }
        let cut = sqlx::query!(
            r#"SELECT n AS "n!: i64", hash AS "hash!: Vec<u8>" FROM journal_cuts ORDER BY n DESC LIMIT 1"#
        )
        .fetch_optional(connection)
        .await
        .map_err(during)?;
        let head = match cut {
            Some(cut) => Head {
                n: number(cut.n)?,
                hash: link(cut.hash)?,
            },
            None => Head::EMPTY,
        };
        Ok(Self {
            head,
            reached: None,
        })
    }
}

/// Adds an entry after `end`, and gives the new end.
pub(crate) async fn insert(
    connection: &mut SqliteConnection,
    end: &End,
    new: &NewEntry,
) -> Result<End, StoreError> {
    let during = StoreError::during("adding to the journal");
    let entry = new.numbered(end.head.n + 1);
    let hash = end.head.hash.then(&entry);
    let reached = end
        .reached
        .map_or(entry.at, |reached| reached.max(entry.at));
    let n = i64::try_from(entry.n).map_err(|_| StoreError::Corrupt {
        what: "numbering an entry of the journal",
    })?;
    let (previous, own) = (end.head.hash.bytes().as_slice(), hash.bytes().as_slice());
    sqlx::query!(
        "INSERT INTO journal
             (n, id, at, account_id, who, role, what, subject_kind, subject_id, subject, outcome, detail, customer_id,
              reached, previous, hash)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16)",
        n,
        entry.id.uuid(),
        entry.at,
        entry.account.map(AccountId::uuid),
        entry.who,
        entry.role,
        entry.what,
        entry.subject_kind,
        entry.subject_id,
        entry.subject,
        entry.outcome,
        entry.detail,
        entry.customer.map(CustomerId::uuid),
        reached,
        previous,
        own
    )
    .execute(&mut *connection)
    .await
    .map_err(during)?;
    let words = fold(&format!("{} {} {}", entry.who, entry.what, entry.subject));
    sqlx::query!(
        "INSERT INTO journal_words (rowid, text) VALUES (?1, ?2)",
        n,
        words
    )
    .execute(connection)
    .await
    .map_err(during)?;
    Ok(End {
        head: Head { n: entry.n, hash },
        reached: Some(reached),
    })
}

/// What [`read`] reads.
pub(crate) const COLUMNS: &str = "SELECT journal.n, id, at, account_id, who, role, what, subject_kind, subject_id, subject, \
                                  outcome, detail, customer_id, hash FROM ";

/// The entry of a row, with its hash. The outer error is the database's.
pub(crate) fn read(row: &SqliteRow) -> Result<Result<(Entry, Link), StoreError>, sqlx::Error> {
    let (n, hash): (i64, Option<Vec<u8>>) = (row.try_get("n")?, row.try_get("hash")?);
    let entry = Entry {
        n: u64::try_from(n).unwrap_or_default(),
        id: EntryId::from_uuid(row.try_get("id")?),
        at: row.try_get("at")?,
        account: row
            .try_get::<Option<Uuid>, _>("account_id")?
            .map(AccountId::from_uuid),
        who: row.try_get("who")?,
        role: row.try_get("role")?,
        what: row.try_get("what")?,
        subject_kind: row.try_get("subject_kind")?,
        subject_id: row.try_get("subject_id")?,
        subject: row.try_get("subject")?,
        outcome: row.try_get("outcome")?,
        detail: row.try_get("detail")?,
        customer: row
            .try_get::<Option<Uuid>, _>("customer_id")?
            .map(CustomerId::from_uuid),
    };
    // What was written before there was a chain has no hash: a walk stops there as at a changed entry.
    Ok(hash.map_or(Ok(Link::START), link).map(|hash| (entry, hash)))
}

pub(crate) fn number(n: i64) -> Result<u64, StoreError> {
    u64::try_from(n).map_err(|_| StoreError::Corrupt {
        what: "reading the journal's numbers",
    })
}

pub(crate) fn link(bytes: Vec<u8>) -> Result<Link, StoreError> {
    let bytes = <[u8; 32]>::try_from(bytes).map_err(|_| StoreError::Corrupt {
        what: "reading the journal's hashes",
    })?;
    Ok(Link::from_bytes(bytes))
}
