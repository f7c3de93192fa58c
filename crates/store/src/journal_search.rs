//! Looking for entries of the journal. A page is walked from its place backwards along an index that ends in the
//! entries' own order. What one index answers (who, what, how it ended, whose business, in any combination; one thing;
//! one run; some words) is answered at once. Where words or a thing are combined with those, the narrower leads; when
//! neither is narrow, the journal is gone back through in pieces, and [`JournalPage::next`] says where to go on.

use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use sqlx::{QueryBuilder, Sqlite};
use towerify_domain::id::{AccountId, CustomerId, RunId};
use towerify_domain::journal::{Entry, Link};
use uuid::Uuid;

use crate::journal::{COLUMNS, link, read};
use crate::journal_query::{Along, Part, ask_the_rest, facets, looked_for, page_query, walked};
use crate::{Journal, StoreError};

/// What is looked for; all that is said must hold.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct JournalFilter {
    /// By this account.
    pub account: Option<AccountId>,
    /// This was done: `server.add`.
    pub what: Option<String>,
    /// It ended so: `refused`.
    pub outcome: Option<String>,
    /// The business of this customer.
    pub customer: Option<CustomerId>,
    /// On this thing: its kind and id.
    pub subject: Option<(String, String)>,
    /// Of this run.
    pub run: Option<RunId>,
    /// Since the journal's clock had come to this instant: it never goes back, as the computer's may.
    pub from: Option<DateTime<Utc>>,
    /// Until the journal's clock came to this instant.
    pub until: Option<DateTime<Utc>>,
    /// These words are in who, what or on what; letter case and accents do not count. Words under three letters are
    /// not looked for.
    pub text: String,
}

/// Some entries, the newest first.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct JournalPage {
    /// The entries.
    pub entries: Vec<Entry>,
    /// What is older than these is before this number; none when there is nothing older. Fewer entries than were asked
    /// for may come with one: the rest of the journal was not looked through yet.
    pub next: Option<u64>,
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
    /// Whose business it was.
    pub customers: Vec<CustomerId>,
}

/// So few are found faster by reading each than by looking for words among all.
const FEW: i64 = 2_000;

/// The first piece of the journal that is gone back through, in entries; each next one is twice as long, up to the
/// longest, which takes some ten milliseconds where every entry has to be read.
const PIECE: u64 = 8_192;
const LONGEST: u64 = 16_384;

/// No further piece is begun after this.
const PATIENCE: Duration = Duration::from_millis(12);

/// Counting stops here: what is more is said as more.
const COUNTED: u32 = 10_000;

impl Journal<'_> {
    /// The newest `limit` entries that the filter lets through, before number `before` (or the newest of all).
    ///
    /// # Errors
    /// [`StoreError::Database`], [`StoreError::Corrupt`].
    pub async fn page(
        &self,
        filter: &JournalFilter,
        before: Option<u64>,
        limit: u32,
    ) -> Result<JournalPage, StoreError> {
        self.page_within(filter, before, limit, PATIENCE).await
    }

    async fn page_within(
        &self,
        filter: &JournalFilter,
        before: Option<u64>,
        limit: u32,
        patience: Duration,
    ) -> Result<JournalPage, StoreError> {
        let Some((first, mut end)) = self.part(filter, before).await? else {
            return Ok(JournalPage::default());
        };
        let (along, at_once) = self.way(filter, (first, end)).await?;
        let begun = Instant::now();
        let mut page = JournalPage::default();
        let mut piece = if at_once { u64::MAX } else { PIECE };
        loop {
            let from = end.saturating_sub(piece).max(first);
            let lacking = u64::from(limit).saturating_sub(page.entries.len() as u64);
            // One more than is lacking tells whether there are older ones.
            let mut query = page_query(filter, along, (from, end), lacking + 1);
            page.entries
                .extend(self.entries(&mut query, "reading the journal").await?);
            if page.entries.len() as u64 > u64::from(limit) {
                page.entries.truncate(limit as usize);
                page.next = page.entries.last().map(|entry| entry.n);
                return Ok(page);
            }
            if from <= first {
                return Ok(page);
            }
            end = from;
            if begun.elapsed() > patience {
                page.next = Some(end);
                return Ok(page);
            }
            piece = piece.saturating_mul(2).min(LONGEST);
        }
    }

    /// How many entries the filter lets through: none when there are more than 10,000, or when they are not all found at
    /// once.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn count(&self, filter: &JournalFilter) -> Result<Option<u32>, StoreError> {
        let Some(part) = self.part(filter, None).await? else {
            return Ok(Some(0));
        };
        let (along, at_once) = self.way(filter, part).await?;
        if !at_once {
            return Ok(None);
        }
        let mut query = QueryBuilder::<Sqlite>::new("SELECT count(*) FROM (SELECT 1 FROM ");
        walked(&mut query, filter, along, part);
        ask_the_rest(&mut query, filter, along);
        query
            .push(" LIMIT ")
            .push_bind(i64::from(COUNTED) + 1)
            .push(")");
        let count: i64 = query
            .build_query_scalar()
            .fetch_one(&self.0.readers)
            .await
            .map_err(StoreError::during("counting in the journal"))?;
        Ok(u32::try_from(count).ok().filter(|count| *count <= COUNTED))
    }

    /// One entry, with the hash before it and its own.
    ///
    /// # Errors
    /// [`StoreError::Database`], [`StoreError::Corrupt`].
    pub async fn entry(&self, n: u64) -> Result<Option<(Entry, Link, Link)>, StoreError> {
        let during = StoreError::during("reading an entry of the journal");
        let mut query = QueryBuilder::<Sqlite>::new(COLUMNS);
        query.push("journal WHERE n = ");
        query.push_bind(i64::try_from(n).unwrap_or(i64::MAX));
        let row = query
            .build()
            .fetch_optional(&self.0.readers)
            .await
            .map_err(during)?;
        let Some(row) = row else { return Ok(None) };
        let (entry, own) = read(&row).map_err(during)??;
        let n = i64::try_from(n).unwrap_or(i64::MAX);
        let previous = sqlx::query_scalar!(
            r#"SELECT previous AS "previous?: Vec<u8>" FROM journal WHERE n = ?1"#,
            n
        )
        .fetch_one(&self.0.readers)
        .await
        .map_err(during)?;
        let previous = previous.map_or(Ok(Link::START), link)?;
        Ok(Some((entry, previous, own)))
    }

    /// The accounts, the acts, the outcomes and the customers that there are entries of, for the choices of a filter; of
    /// one customer's business only, if one is named. An account's name is the one of its newest entry.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn choices(
        &self,
        customer: Option<CustomerId>,
    ) -> Result<JournalChoices, StoreError> {
        let during = StoreError::during("reading what the journal holds");
        let mut accounts = Vec::new();
        let mut whats: Vec<String> = Vec::new();
        let mut outcomes: Vec<String> = Vec::new();
        for id in self.values::<Uuid>("account_id", customer).await? {
            let mut newest =
                QueryBuilder::<Sqlite>::new("SELECT who FROM journal WHERE account_id = ");
            newest.push_bind(id);
            if let Some(customer) = customer {
                newest
                    .push(" AND customer_id = ")
                    .push_bind(customer.uuid());
            }
            newest.push(" ORDER BY n DESC LIMIT 1");
            let who: String = newest
                .build_query_scalar()
                .fetch_one(&self.0.readers)
                .await
                .map_err(during)?;
            accounts.push((AccountId::from_uuid(id), who));
        }
        whats.extend(self.values::<String>("what", customer).await?);
        outcomes.extend(self.values::<String>("outcome", customer).await?);
        let customers = match customer {
            Some(customer) => vec![customer],
            None => self
                .values::<Uuid>("customer_id", None)
                .await?
                .into_iter()
                .map(CustomerId::from_uuid)
                .collect(),
        };
        Ok(JournalChoices {
            accounts,
            whats,
            outcomes,
            customers,
        })
    }

    /// The different values of a column. Each next one is looked up in its index, so that a million entries cost as many
    /// steps as there are values.
    async fn values<T>(
        &self,
        column: &'static str,
        customer: Option<CustomerId>,
    ) -> Result<Vec<T>, StoreError>
    where
        T: Send + Unpin + for<'r> sqlx::Decode<'r, Sqlite> + sqlx::Type<Sqlite>,
    {
        let mut query = QueryBuilder::<Sqlite>::new("WITH RECURSIVE steps (value) AS (");
        let next = |query: &mut QueryBuilder<Sqlite>, after: bool| {
            query.push("SELECT min(").push(column);
            query.push(") FROM journal WHERE ").push(column);
            query.push(if after { " > value" } else { " IS NOT NULL" });
            if let Some(customer) = customer {
                query.push(" AND customer_id = ").push_bind(customer.uuid());
            }
        };
        next(&mut query, false);
        query.push(" UNION ALL SELECT (");
        next(&mut query, true);
        query.push(
            ") FROM steps WHERE value IS NOT NULL) SELECT value FROM steps WHERE value IS NOT NULL",
        );
        query
            .build_query_scalar()
            .fetch_all(&self.0.readers)
            .await
            .map_err(StoreError::during("reading what the journal holds"))
    }

    /// The part of the journal that its dates and `before` leave; none when nothing is left.
    async fn part(
        &self,
        filter: &JournalFilter,
        before: Option<u64>,
    ) -> Result<Option<Part>, StoreError> {
        let first = match filter.from {
            Some(from) => match self.reached(from).await? {
                Some(first) => first,
                None => return Ok(None),
            },
            None => 1,
        };
        let mut end = match filter.until {
            Some(until) => self.reached(until).await?,
            None => None,
        };
        if end.is_none() && before.is_none() {
            end = Some(self.head().await?.n + 1);
        }
        let end = end.unwrap_or(u64::MAX).min(before.unwrap_or(u64::MAX));
        Ok((first < end).then_some((first, end)))
    }

    /// The first entry that was written when the journal's clock had come to this instant.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn reached(&self, at: DateTime<Utc>) -> Result<Option<u64>, StoreError> {
        let n = sqlx::query_scalar!(
            r#"SELECT n AS "n!: i64" FROM journal WHERE reached >= ?1 ORDER BY reached, n LIMIT 1"#,
            at
        )
        .fetch_optional(&self.0.readers)
        .await
        .map_err(StoreError::during("looking for a date in the journal"))?;
        Ok(n.and_then(|n| u64::try_from(n).ok()))
    }

    /// What to walk along, and whether all that is walked along there is found at once.
    async fn way(&self, filter: &JournalFilter, part: Part) -> Result<(Along, bool), StoreError> {
        let facets = facets(filter) != 0;
        let words = !looked_for(&filter.text).is_empty();
        let subject = filter.subject.is_some();
        if filter.run.is_some() {
            return Ok((Along::Run, true));
        }
        match (facets, subject, words) {
            (_, false, false) => return Ok((Along::Facets, true)),
            (false, true, false) => return Ok((Along::Subject, true)),
            (false, false, true) if !filter.text.trim().contains(' ') => {
                return Ok((Along::Words, true));
            }
            _ => {}
        }
        if facets && self.is_narrow(filter, Along::Facets, part).await? {
            return Ok((Along::Facets, true));
        }
        if subject && self.is_narrow(filter, Along::Subject, part).await? {
            return Ok((Along::Subject, true));
        }
        Ok((if words { Along::Words } else { Along::Subject }, false))
    }

    /// Whether there are few entries along an index.
    async fn is_narrow(
        &self,
        filter: &JournalFilter,
        along: Along,
        part: Part,
    ) -> Result<bool, StoreError> {
        let mut query = QueryBuilder::<Sqlite>::new("SELECT count(*) FROM (SELECT 1 FROM ");
        walked(&mut query, filter, along, part);
        query.push(" LIMIT ").push_bind(FEW + 1).push(")");
        let count: i64 = query
            .build_query_scalar()
            .fetch_one(&self.0.readers)
            .await
            .map_err(StoreError::during("counting in the journal"))?;
        Ok(count <= FEW)
    }

    async fn entries(
        &self,
        query: &mut QueryBuilder<Sqlite>,
        what: &'static str,
    ) -> Result<Vec<Entry>, StoreError> {
        let during = StoreError::during(what);
        let rows = query
            .build()
            .fetch_all(&self.0.readers)
            .await
            .map_err(during)?;
        rows.iter()
            .map(|row| Ok(read(row).map_err(during)??.0))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use towerify_vault::DataKey;

    use crate::{Store, large_journal};

    #[tokio::test]
    async fn a_long_search_for_what_is_hardly_there_comes_in_pieces_that_leave_nothing_out() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("workspace.db");
        let store = Store::create(&path, &DataKey::from_bytes([42; 32]))
            .await
            .unwrap();
        large_journal::fill(&store, 12_000).await.unwrap();
        // The words are each in a great part of the entries; together in none, in a few, and in one of a thousand.
        for (text, expected) in [
            ("camille ines", 0..=0),
            ("perrin restart", 5..=100),
            ("camille srv-007", 1..=30),
        ] {
            let filter = JournalFilter {
                text: text.into(),
                ..JournalFilter::default()
            };
            let mut found = Vec::new();
            let (mut before, mut answers) = (None, 0);
            loop {
                // Without any patience each piece is an answer of its own.
                let page = store
                    .journal()
                    .page_within(&filter, before, 500, Duration::ZERO)
                    .await
                    .unwrap();
                found.extend(page.entries.into_iter().map(|entry| entry.n));
                answers += 1;
                let Some(next) = page.next else { break };
                assert!(before.is_none_or(|before| next < before));
                before = Some(next);
            }
            assert_eq!(answers, 2, "{text}");
            let at_once = store
                .journal()
                .page_within(&filter, None, 500, Duration::MAX)
                .await
                .unwrap();
            let all: Vec<u64> = at_once.entries.into_iter().map(|entry| entry.n).collect();
            assert_eq!((found, at_once.next), (all.clone(), None), "{text}");
            assert!(expected.contains(&all.len()), "{text}: {}", all.len());
        }
        store.close().await;
    }
}
