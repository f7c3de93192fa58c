//! Table `apps`: the list of apps across the fleet: filters, text, orders. Every query here walks an index; a test reads
//! their plans.

use towerify_domain::Within;
use towerify_domain::id::ServerId;
use uuid::Uuid;

use crate::fold::words;
use crate::{App, AppFilter, AppPage, AppRow, AppSort, Apps, Direction, StoreError, within};

/// A row as it is stored.
struct Columns {
    server_id: Uuid,
    server_name: String,
    app: String,
    manifest: String,
    label: String,
    version: Option<String>,
    new_version: Option<String>,
    upgradable: bool,
    domain: Option<String>,
    path: Option<String>,
    state: String,
}

impl From<Columns> for AppRow {
    fn from(row: Columns) -> Self {
        Self {
            server_id: ServerId::from_uuid(row.server_id),
            server_name: row.server_name,
            app: App {
                app: row.app,
                manifest: row.manifest,
                label: row.label,
                version: row.version,
                new_version: row.new_version,
                upgradable: row.upgradable,
                domain: row.domain,
                path: row.path,
                state: row.state,
            },
        }
    }
}

/// A checked query for apps with the names of their servers.
macro_rules! select_apps {
    ($rest:literal $(+ $more:literal)*, $($argument:expr),+ $(,)?) => {
        sqlx::query_as!(
            Columns,
            r#"SELECT server_id AS "server_id: Uuid",
                      (SELECT name FROM servers WHERE id = server_id) AS "server_name!: String",
                      app, manifest, label, version, new_version, upgradable AS "upgradable: bool", domain, path, state
               FROM apps "# + $rest $(+ $more)*,
            $($argument),+
        )
    };
}

/// How many apps, and which, under a filter.
macro_rules! find_apps {
    ($rest:literal $(+ $more:literal)*, $($argument:expr),+ $(,)?) => {
        sqlx::query_as!(
            Found,
            r#"SELECT count(*) AS "count!: i64", json_group_array(n) AS "rows!: String" FROM apps "# + $rest $(+ $more)*,
            $($argument),+
        )
    };
}

/// The condition of [`AppFilter`], written once.
macro_rules! filtered {
    ($query:ident, $tail:literal $(+ $more:literal)*, $bound:expr, $limit:expr, $offset:expr) => {
        $query!(
            r#"WHERE (?3 = '' OR (instr(search, ?3) > 0 AND instr(search, ?4) > 0 AND instr(search, ?5) > 0))
                 AND (?6 IS NULL OR manifest IN (SELECT value FROM json_each(?6)))
                 AND (?7 IS NULL OR server_id = ?7)
                 AND (?8 = 0 OR upgradable = 1)
                 AND (?9 IS NULL OR server_id IN (SELECT id FROM servers WHERE customer_id = ?9)) "# + $tail $(+ $more)*,
            $limit,
            $offset,
            $bound.first,
            $bound.second,
            $bound.third,
            $bound.manifests,
            $bound.server,
            $bound.upgradable,
            $bound.customer
        )
    };
}

/// A filter as the queries take it.
struct Bound {
    first: String,
    second: String,
    third: String,
    manifests: Option<String>,
    server: Option<Uuid>,
    upgradable: bool,
    customer: Option<Uuid>,
}

impl Bound {
    /// The words that are looked for.
    fn words(&self) -> impl Iterator<Item = &str> {
        [&self.first, &self.second, &self.third]
            .into_iter()
            .map(String::as_str)
            .filter(|word| !word.is_empty())
    }
}

/// A text as FTS5 takes it literally.
fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('"', "\"\""))
}

/// What a text is among the trigrams.
enum Trigrams {
    /// A query of FTS5.
    Match(String),
    /// It is nowhere.
    Nothing,
    /// Trigrams can't tell.
    Unknown,
}

/// How many rows a filter lets through, and which: a JSON list of their numbers.
struct Found {
    count: i64,
    rows: String,
}

/// Two letters that begin more threes than this are looked for in every row.
const MOST_TERMS: usize = 300;

/// Up to so many rows are looked up and sorted; for more, the order's index is walked, where many match.
const FEW: i64 = 1_000;

/// The same for rows that were found by their text: a common word (an app's name) fills one stretch of the order by
/// label, and the walk to it is long.
const FEW_BY_TEXT: i64 = 10_000;

impl Apps<'_> {
    /// `limit` apps of the servers within from the `offset`-th on, and how many there are in all.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn page(
        &self,
        within: Within,
        filter: &AppFilter,
        sort: AppSort,
        direction: Direction,
        offset: i64,
        limit: i64,
    ) -> Result<AppPage, StoreError> {
        let [first, second, third] = words(&filter.text);
        let bound = Bound {
            first,
            second,
            third,
            manifests: (!filter.manifests.is_empty())
                .then(|| serde_json::to_string(&filter.manifests).unwrap_or_default()),
            server: filter.server.map(ServerId::uuid),
            upgradable: filter.upgradable,
            customer: within::customer(within),
        };
        let during = StoreError::during("listing apps");
        let (total, few) = if *filter == AppFilter::default() && bound.customer.is_none() {
            let total = sqlx::query_scalar!(r#"SELECT count(*) AS "count!: i64" FROM apps"#)
                .fetch_one(&self.0.readers)
                .await
                .map_err(during)?;
            (total, None)
        } else {
            let found = self.find(filter, &bound).await.map_err(during)?;
            // Rows found by their text lie close together in no order; those found otherwise, everywhere.
            let few = if filter.text.is_empty() {
                FEW
            } else {
                FEW_BY_TEXT
            };
            (found.count, (found.count <= few).then_some(found.rows))
        };
        let rows = self
            .rows(&bound, few, sort, direction, offset, limit)
            .await
            .map_err(during)?;
        Ok(AppPage {
            rows: rows.into_iter().map(AppRow::from).collect(),
            total,
        })
    }

    /// Which apps. Words of two letters or more are looked up among the trigrams; single letters can only be looked for
    /// in every row, along `apps_filter`.
    async fn find(&self, filter: &AppFilter, bound: &Bound) -> Result<Found, sqlx::Error> {
        if filter.text.is_empty() {
            return self.find_without_text(bound).await;
        }
        let trigrams = match self.trigrams(bound).await? {
            Trigrams::Match(trigrams) => trigrams,
            Trigrams::Nothing => {
                return Ok(Found {
                    count: 0,
                    rows: "[]".into(),
                });
            }
            Trigrams::Unknown => {
                return filtered!(find_apps, "", bound, 0_i64, 0_i64)
                    .fetch_one(&self.0.readers)
                    .await;
            }
        };
        let only_text = AppFilter {
            text: String::new(),
            ..filter.clone()
        } == AppFilter::default();
        if only_text && bound.customer.is_none() {
            return sqlx::query_as!(
                Found,
                r#"SELECT count(*) AS "count!: i64", json_group_array(rowid) AS "rows!: String" FROM apps_search
                   WHERE apps_search MATCH ?1"#,
                trigrams
            )
            .fetch_one(&self.0.readers)
            .await;
        }
        find_apps!(
            "WHERE n IN (SELECT rowid FROM apps_search WHERE apps_search MATCH ?1)
               AND (?2 IS NULL OR manifest IN (SELECT value FROM json_each(?2)))
               AND (?3 IS NULL OR server_id = ?3)
               AND (?4 = 0 OR upgradable = 1)
               AND (?5 IS NULL OR server_id IN (SELECT id FROM servers WHERE customer_id = ?5))",
            trigrams,
            bound.manifests,
            bound.server,
            bound.upgradable,
            bound.customer
        )
        .fetch_one(&self.0.readers)
        .await
    }

    /// Each condition has an index that begins with it.
    async fn find_without_text(&self, bound: &Bound) -> Result<Found, sqlx::Error> {
        let readers = &self.0.readers;
        match (bound.server, bound.customer, &bound.manifests) {
            (Some(server), customer, manifests) => {
                find_apps!(
                    "WHERE server_id = ?1
                       AND (?2 IS NULL OR manifest IN (SELECT value FROM json_each(?2)))
                       AND (?3 = 0 OR upgradable = 1)
                       AND (?4 IS NULL OR server_id IN (SELECT id FROM servers WHERE customer_id = ?4))",
                    server,
                    manifests,
                    bound.upgradable,
                    customer
                )
                .fetch_one(readers)
                .await
            }
            (None, Some(customer), manifests) => {
                find_apps!(
                    "WHERE server_id IN (SELECT id FROM servers WHERE customer_id = ?1)
                       AND (?2 IS NULL OR manifest IN (SELECT value FROM json_each(?2)))
                       AND (?3 = 0 OR upgradable = 1)",
                    customer,
                    manifests,
                    bound.upgradable
                )
                .fetch_one(readers)
                .await
            }
            (None, None, Some(manifests)) => {
                find_apps!(
                    "WHERE manifest IN (SELECT value FROM json_each(?1)) AND (?2 = 0 OR upgradable = 1)",
                    manifests,
                    bound.upgradable
                )
                .fetch_one(readers)
                .await
            }
            (None, None, None) => {
                find_apps!("WHERE upgradable >= ?1", bound.upgradable)
                    .fetch_one(readers)
                    .await
            }
        }
    }

    /// The words as FTS5 takes them. One of two letters becomes all threes that begin with them.
    async fn trigrams(&self, bound: &Bound) -> Result<Trigrams, sqlx::Error> {
        let mut all = Vec::new();
        for word in bound.words() {
            match word.chars().count() {
                1 => return Ok(Trigrams::Unknown),
                2 => {
                    // Not checked at compile time: looking at a table of FTS5's vocabulary ends the checker.
                    let terms: Vec<String> = sqlx::query_scalar(
                        "SELECT term FROM apps_terms WHERE term >= ?1 AND term <= ?2",
                    )
                    .bind(word)
                    .bind(format!("{word}\u{10ffff}"))
                    .fetch_all(&self.0.readers)
                    .await?;
                    if terms.is_empty() {
                        return Ok(Trigrams::Nothing);
                    }
                    if terms.len() > MOST_TERMS {
                        return Ok(Trigrams::Unknown);
                    }
                    let terms: Vec<String> = terms.iter().map(|term| quoted(term)).collect();
                    all.push(format!("({})", terms.join(" OR ")));
                }
                _ => all.push(quoted(word)),
            }
        }
        Ok(match all.is_empty() {
            true => Trigrams::Unknown,
            false => Trigrams::Match(all.join(" AND ")),
        })
    }

    async fn rows(
        &self,
        bound: &Bound,
        few: Option<String>,
        sort: AppSort,
        direction: Direction,
        offset: i64,
        limit: i64,
    ) -> Result<Vec<Columns>, sqlx::Error> {
        macro_rules! ordered {
            ($order:literal) => {
                match few {
                    Some(few) => {
                        select_apps!(
                            "WHERE n IN (SELECT n FROM json_each(?3) CROSS JOIN apps INDEXED BY apps_orders ON n = value "
                                + $order
                                + " LIMIT ?1 OFFSET ?2) "
                                + $order,
                            limit,
                            offset,
                            few
                        )
                        .fetch_all(&self.0.readers)
                        .await
                    }
                    None => {
                        filtered!(select_apps, $order + " LIMIT ?1 OFFSET ?2", bound, limit, offset)
                            .fetch_all(&self.0.readers)
                            .await
                    }
                }
            };
        }
        use Direction::{Ascending, Descending};
        match (sort, direction) {
            (AppSort::Label, Ascending) => ordered!("ORDER BY label, n"),
            (AppSort::Label, Descending) => {
                ordered!("ORDER BY label DESC, n DESC")
            }
            (AppSort::Version, Ascending) => {
                ordered!("ORDER BY version_key, label, n")
            }
            (AppSort::Version, Descending) => {
                ordered!("ORDER BY version_key DESC, label DESC, n DESC")
            }
            (AppSort::Upgradable, Ascending) => {
                ordered!("ORDER BY upgradable, label, n")
            }
            (AppSort::Upgradable, Descending) => {
                ordered!("ORDER BY upgradable DESC, label DESC, n DESC")
            }
        }
    }

    /// The apps of one server, by label.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn of(&self, server: ServerId) -> Result<Vec<App>, StoreError> {
        let rows = select_apps!("WHERE server_id = ?1 ORDER BY label, n", server.uuid())
            .fetch_all(&self.0.readers)
            .await
            .map_err(StoreError::during("listing the apps of a server"))?;
        Ok(rows.into_iter().map(|row| AppRow::from(row).app).collect())
    }
}
