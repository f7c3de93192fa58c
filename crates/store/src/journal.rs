//! Table `journal`: who did what, on what, when, and how it ended. Entries are chained by their hashes
//! (`domain::journal`), added and never changed: the database refuses it. `journal_heads` and `journal_cuts` are in
//! [`journal_marks`](crate::JournalMarks).

use chrono::{DateTime, Utc};
use sqlx::{QueryBuilder, Row, Sqlite, sqlite::SqliteRow};
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
    /// Whose that thing is; none for what is the provider's own.
    pub customer_id: Option<CustomerId>,
    /// `done`, `refused`, `failed`, `begun`…
    pub outcome: String,
    /// More, without any secret.
    pub detail: serde_json::Value,
}

/// What is looked for; all that is said must hold.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct JournalFilter {
    /// By this account.
    pub account: Option<AccountId>,
    /// This was done: `server.add`.
    pub what: Option<String>,
    /// It ended so: `refused`.
    pub outcome: Option<String>,
    /// About what is this customer's.
    pub customer: Option<CustomerId>,
    /// On this thing: its kind and id.
    pub subject: Option<(String, String)>,
    /// From this instant on.
    pub from: Option<DateTime<Utc>>,
    /// Before this instant.
    pub until: Option<DateTime<Utc>>,
    /// These words are in who, what or on what; letter case and accents do not count. Words under three letters are
    /// not looked for.
    pub text: String,
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
        let head = sqlx::query!(
            r#"SELECT n AS "n!: i64", hash AS "hash?: Vec<u8>" FROM journal ORDER BY n DESC LIMIT 1"#
        )
        .fetch_optional(&mut *all)
        .await
        .map_err(during)?;
        let head = match head {
            Some(row) => Head {
                n: number(row.n)?,
                hash: row.hash.map_or(Ok(Link::START), link)?,
            },
            None => sqlx::query!(
                r#"SELECT n AS "n!: i64", hash AS "hash!: Vec<u8>" FROM journal_cuts ORDER BY n DESC LIMIT 1"#
            )
            .fetch_optional(&mut *all)
            .await
            .map_err(during)?
            .map_or(Ok(Head::EMPTY), |row| {
                Ok::<_, StoreError>(Head { n: number(row.n)?, hash: link(row.hash)? })
            })?,
        };
        let entry = Entry {
            n: head.n + 1,
            id: new.id,
            at: new.at,
            account: new.account_id,
            who: new.who.clone(),
            role: new.role.clone(),
            what: new.what.clone(),
            subject_kind: new.subject_kind.clone(),
            subject_id: new.subject_id.clone(),
            subject: new.subject.clone(),
            customer: new.customer_id,
            outcome: new.outcome.clone(),
            detail: new.detail.to_string(),
        };
        let hash = head.hash.then(&entry);
        let n = i64::try_from(entry.n).map_err(|_| StoreError::Corrupt {
            what: "numbering an entry of the journal",
        })?;
        let (previous, own) = (head.hash.bytes().as_slice(), hash.bytes().as_slice());
        sqlx::query!(
            "INSERT INTO journal
                 (n, id, at, account_id, who, role, what, subject_kind, subject_id, subject, customer_id, outcome, detail,
                  previous, hash)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)",
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
            entry.customer.map(CustomerId::uuid),
            entry.outcome,
            entry.detail,
            previous,
            own
        )
        .execute(&mut *all)
        .await
        .map_err(during)?;
        let words = fold(&format!("{} {} {}", entry.who, entry.what, entry.subject));
        sqlx::query!(
            "INSERT INTO journal_words (rowid, text) VALUES (?1, ?2)",
            n,
            words
        )
        .execute(&mut *all)
        .await
        .map_err(during)?;
        all.commit().await.map_err(during)?;
        Ok(Head { n: entry.n, hash })
    }

    /// Where the chain stands.
    ///
    /// # Errors
    /// [`StoreError::Database`], [`StoreError::Corrupt`].
    pub async fn head(&self) -> Result<Head, StoreError> {
        let row = sqlx::query!(
            r#"SELECT n AS "n!: i64", hash AS "hash!: Vec<u8>" FROM (
                   SELECT n, hash FROM (SELECT n, hash FROM journal WHERE hash IS NOT NULL ORDER BY n DESC LIMIT 1)
                   UNION ALL
                   SELECT n, hash FROM (SELECT n, hash FROM journal_cuts ORDER BY n DESC LIMIT 1)
               ) ORDER BY n DESC LIMIT 1"#
        )
        .fetch_optional(&self.0.readers)
        .await
        .map_err(StoreError::during("reading the journal's head"))?;
        row.map_or(Ok(Head::EMPTY), |row| {
            Ok(Head {
                n: number(row.n)?,
                hash: link(row.hash)?,
            })
        })
    }

    /// The newest `limit` entries that the filter lets through, before number `before` (or the newest of all).
    ///
    /// # Errors
    /// [`StoreError::Database`], [`StoreError::Corrupt`].
    pub async fn page(
        &self,
        filter: &JournalFilter,
        before: Option<u64>,
        limit: u32,
    ) -> Result<Vec<Entry>, StoreError> {
        let during = StoreError::during("reading the journal");
        let mut query = page_query(filter, before, limit);
        let rows = query
            .build()
            .fetch_all(&self.0.readers)
            .await
            .map_err(during)?;
        rows.iter()
            .map(|row| Ok(read(row).map_err(during)??.0))
            .collect()
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

    /// The accounts, the acts and the outcomes that there are entries of, for the choices of a filter. An account's name
    /// is the one of its newest entry.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn choices(&self) -> Result<JournalChoices, StoreError> {
        let during = StoreError::during("reading what the journal holds");
        // Each next value is looked up in the index, so that a million entries cost as many steps as there are values.
        let whats = sqlx::query_scalar!(
            r#"WITH RECURSIVE steps (value) AS (
                   SELECT min(what) FROM journal
                   UNION ALL
                   SELECT (SELECT min(what) FROM journal WHERE what > value) FROM steps WHERE value IS NOT NULL
               ) SELECT value AS "value!: String" FROM steps WHERE value IS NOT NULL"#
        )
        .fetch_all(&self.0.readers)
        .await
        .map_err(during)?;
        let outcomes = sqlx::query_scalar!(
            r#"WITH RECURSIVE steps (value) AS (
                   SELECT min(outcome) FROM journal
                   UNION ALL
                   SELECT (SELECT min(outcome) FROM journal WHERE outcome > value) FROM steps WHERE value IS NOT NULL
               ) SELECT value AS "value!: String" FROM steps WHERE value IS NOT NULL"#
        )
        .fetch_all(&self.0.readers)
        .await
        .map_err(during)?;
        let accounts = sqlx::query!(
            r#"WITH RECURSIVE steps (value) AS (
                   SELECT min(account_id) FROM journal
                   UNION ALL
                   SELECT (SELECT min(account_id) FROM journal WHERE account_id > value) FROM steps
                   WHERE value IS NOT NULL
               ) SELECT value AS "id!: Uuid",
                        (SELECT who FROM journal WHERE account_id = value ORDER BY at DESC LIMIT 1) AS "who!: String"
                 FROM steps WHERE value IS NOT NULL"#
        )
        .fetch_all(&self.0.readers)
        .await
        .map_err(during)?;
        Ok(JournalChoices {
            accounts: accounts
                .into_iter()
                .map(|row| (AccountId::from_uuid(row.id), row.who))
                .collect(),
            whats,
            outcomes,
        })
    }
}

/// What a journal's filter can be set to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct JournalChoices {
    /// Who did something, with the name in the newest entry.
    pub accounts: Vec<(AccountId, String)>,
    /// What was done, in the order of the alphabet.
    pub whats: Vec<String>,
    /// How it ended, in the order of the alphabet.
    pub outcomes: Vec<String>,
}

const COLUMNS: &str = "SELECT journal.n, id, at, account_id, who, role, what, subject_kind, subject_id, subject, \
                       customer_id, outcome, detail, hash FROM ";

/// The query of a page. Without words it walks an index by time; with words it walks what was found for them, the newest
/// entry first, and looks the entries up one by one.
fn page_query(filter: &JournalFilter, before: Option<u64>, limit: u32) -> QueryBuilder<Sqlite> {
    let before = before.map(|before| i64::try_from(before).unwrap_or(i64::MAX));
    let words = looked_for(&filter.text);
    let mut query = QueryBuilder::new(COLUMNS);
    if words.is_empty() {
        query.push("journal WHERE true");
        if let Some(before) = before {
            query.push(" AND (at, n) < (SELECT at, n FROM journal WHERE n = ");
            query.push_bind(before).push(")");
        }
    } else {
        query.push(
            "journal_words CROSS JOIN journal ON journal.n = journal_words.rowid WHERE text MATCH ",
        );
        query.push_bind(words.clone());
        if let Some(before) = before {
            query.push(" AND journal_words.rowid < ").push_bind(before);
        }
    }
    if let Some(account) = filter.account {
        query.push(" AND account_id = ").push_bind(account.uuid());
    }
    if let Some(what) = &filter.what {
        query.push(" AND what = ").push_bind(what.clone());
    }
    if let Some(outcome) = &filter.outcome {
        query.push(" AND outcome = ").push_bind(outcome.clone());
    }
    if let Some(customer) = filter.customer {
        query.push(" AND customer_id = ").push_bind(customer.uuid());
    }
    if let Some((kind, id)) = &filter.subject {
        query.push(" AND subject_kind = ").push_bind(kind.clone());
        query.push(" AND subject_id = ").push_bind(id.clone());
    }
    if let Some(from) = filter.from {
        query.push(" AND at >= ").push_bind(from);
    }
    if let Some(until) = filter.until {
        query.push(" AND at < ").push_bind(until);
    }
    query.push(if words.is_empty() {
        " ORDER BY at DESC, n DESC LIMIT "
    } else {
        " ORDER BY journal_words.rowid DESC LIMIT "
    });
    query.push_bind(i64::from(limit));
    query
}

/// What the index of words is asked for: each word as it is, all of them; empty when no word has three letters.
fn looked_for(text: &str) -> String {
    fold(text)
        .split(' ')
        .filter(|word| word.chars().count() >= 3)
        .map(|word| format!("\"{}\"", word.replace('"', "\"\"")))
        .collect::<Vec<_>>()
        .join(" ")
}

/// The entry of a row, with its hash. The outer error is the database's.
fn read(row: &SqliteRow) -> Result<Result<(Entry, Link), StoreError>, sqlx::Error> {
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
        customer: row
            .try_get::<Option<Uuid>, _>("customer_id")?
            .map(CustomerId::from_uuid),
        outcome: row.try_get("outcome")?,
        detail: row.try_get("detail")?,
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
