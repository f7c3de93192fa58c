//! The list of servers: filters, orders, counts. Every query here walks an index; a test reads their plans.

use chrono::{DateTime, Utc};
use towerify_domain::Within;
use towerify_domain::id::ServerId;
use towerify_domain::server::ServerState;
use uuid::Uuid;

use crate::fold::words;
use crate::server_rows::{ServerColumns, select_servers};
use crate::{Server, Store, StoreError, within};

/// Up to so many rows are fetched and sorted; sorting more costs more than walking an index.
const FEW: i64 = 1_000;

/// Which servers. Conditions of different fields must all hold; values of one field are alternatives; an empty
/// field asks nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FleetFilter {
    /// Looked for in name, address, domain, customer and tags; letter case and accents do not count; up to three
    /// words, all of which must be found.
    pub text: String,
    /// States as shown ([`ServerState::Run`] for servers with an open run).
    pub states: Vec<ServerState>,
    /// With one of these tags.
    pub tags: Vec<String>,
    /// With none of these tags.
    pub without_tags: Vec<String>,
    /// YunoHost versions.
    pub versions: Vec<String>,
    /// Customers.
    pub customers: Vec<String>,
    /// Whose first certificate ends before this instant.
    pub certificate_before: Option<DateTime<Utc>>,
    /// Only those with updates waiting.
    pub with_updates: bool,
}

/// The order of the list.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum FleetSort {
    /// Worst first, then the most recent change first.
    #[default]
    Severity,
    /// By name.
    Name,
    /// By customer, then name.
    Customer,
    /// By YunoHost's version, as numbers.
    Version,
    /// By number of apps.
    Apps,
    /// By number of updates waiting.
    Updates,
    /// By the end of the first certificate.
    Certificate,
    /// By the last answer.
    LastSeen,
}

/// Which way an order runs.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum Direction {
    /// As the order says; unknown values come first.
    #[default]
    Ascending,
    /// The other way round; unknown values come last.
    Descending,
}

/// A page of the list.
#[derive(Debug, Clone, PartialEq)]
pub struct FleetPage {
    /// The servers, in order.
    pub rows: Vec<Server>,
    /// How many the filter lets through.
    pub total: i64,
}

/// What stands above the list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FleetSummary {
    /// All servers.
    pub total: i64,
    /// How many have each shown state, worst first; states that no server has are absent.
    pub states: Vec<(ServerState, i64)>,
    /// Updates waiting, on all servers together.
    pub updates: i64,
    /// Servers with updates waiting.
    pub with_updates: i64,
    /// Servers whose first certificate ends before the instant asked for.
    pub certificates_ending: i64,
}

/// A value and how many servers have it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Facet {
    /// The value.
    pub value: String,
    /// How many.
    pub count: i64,
}

/// What a filter can be set to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Facets {
    /// Tags, by name.
    pub tags: Vec<Facet>,
    /// YunoHost versions, the newest first.
    pub versions: Vec<Facet>,
    /// Customers, by name.
    pub customers: Vec<Facet>,
}

/// How many servers, and which rows, under a filter: one walk along `servers_filter`, without the rows themselves.
macro_rules! find_servers {
    ($rest:literal $(+ $more:literal)*, $($argument:expr),+ $(,)?) => {
        sqlx::query!(
            r#"SELECT count(*) AS "count!: i64", json_group_array(rowid) AS "rows!: String" FROM servers INDEXED BY servers_filter "#
                + $rest $(+ $more)*,
            $($argument),+
        )
    };
}

/// The same among a customer's, which lie together in `servers_within`.
macro_rules! find_servers_within {
    ($rest:literal $(+ $more:literal)*, $($argument:expr),+ $(,)?) => {
        sqlx::query!(
            r#"SELECT count(*) AS "count!: i64", json_group_array(rowid) AS "rows!: String" FROM servers INDEXED BY servers_within "#
                + $rest $(+ $more)*,
            $($argument),+
        )
    };
}

/// Which servers, under a filter.
macro_rules! server_ids {
    ($rest:literal $(+ $more:literal)*, $($argument:expr),+ $(,)?) => {
        sqlx::query_scalar!(
            r#"SELECT json_group_array(hex(id)) AS "ids!: String" FROM (SELECT id FROM servers "# + $rest $(+ $more)* + ")",
            $($argument),+
        )
    };
}

/// The condition of [`FleetFilter`], written once, for the query that `$query` makes.
macro_rules! filtered {
    ($query:ident, $tail:literal, $bound:expr) => {
        filtered!($query, $tail, $bound, 0_i64, 0_i64)
    };
    ($query:ident, $tail:literal, $bound:expr, $limit:expr, $offset:expr) => {
        $query!(
            r#"WHERE (?3 = '' OR (instr(search, ?3) > 0 AND instr(search, ?4) > 0 AND instr(search, ?5) > 0))
                 AND (?6 IS NULL OR shown IN (SELECT value FROM json_each(?6)))
                 AND (?7 IS NULL OR yunohost IN (SELECT value FROM json_each(?7)))
                 AND (?8 IS NULL OR customer IN (SELECT value FROM json_each(?8)))
                 AND (?9 IS NULL OR id IN (SELECT server_id FROM server_tags
                                           WHERE tag IN (SELECT value FROM json_each(?9))))
                 AND (?10 IS NULL OR id NOT IN (SELECT server_id FROM server_tags
                                               WHERE tag IN (SELECT value FROM json_each(?10))))
                 AND (?11 IS NULL OR certificate_until < ?11)
                 AND (?12 = 0 OR updates > 0)
                 AND (?13 IS NULL OR customer_id = ?13) "# + $tail,
            $limit,
            $offset,
            $bound.first,
            $bound.second,
            $bound.third,
            $bound.states,
            $bound.versions,
            $bound.customers,
            $bound.tags,
            $bound.without_tags,
            $bound.certificate_before,
            $bound.with_updates,
            $bound.customer
        )
    };
}

/// A filter as the queries take it: folded words, lists as JSON, `None` where nothing is asked.
struct Bound {
    first: String,
    second: String,
    third: String,
    states: Option<String>,
    versions: Option<String>,
    customers: Option<String>,
    tags: Option<String>,
    without_tags: Option<String>,
    certificate_before: Option<DateTime<Utc>>,
    with_updates: bool,
    customer: Option<Uuid>,
}

impl Bound {
    fn new(filter: &FleetFilter, within: Within) -> Self {
        let list = |values: &[String]| {
            (!values.is_empty()).then(|| serde_json::to_string(values).unwrap_or_default())
        };
        let [first, second, third] = words(&filter.text);
        Self {
            first,
            second,
            third,
            states: list(
                &filter
                    .states
                    .iter()
                    .map(|state| state.name().to_owned())
                    .collect::<Vec<_>>(),
            ),
            versions: list(&filter.versions),
            customers: list(&filter.customers),
            tags: list(&filter.tags),
            without_tags: list(&filter.without_tags),
            certificate_before: filter.certificate_before,
            with_updates: filter.with_updates,
            customer: within::customer(within),
        }
    }
}

/// The handle of the list of the servers within: no other is found, counted or named here.
pub struct Fleet<'s> {
    store: &'s Store,
    within: Within,
}

impl<'s> Fleet<'s> {
    pub(crate) fn new(store: &'s Store, within: Within) -> Self {
        Self { store, within }
    }

    /// `limit` servers from the `offset`-th on, and how many there are in all.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn page(
        &self,
        filter: &FleetFilter,
        sort: FleetSort,
        direction: Direction,
        offset: i64,
        limit: i64,
    ) -> Result<FleetPage, StoreError> {
        let during = StoreError::during("listing servers");
        let bound = Bound::new(filter, self.within);
        let (total, found) = self.find(filter, &bound).await.map_err(during)?;
        let rows = self
            .rows(&bound, found, sort, direction, offset, limit)
            .await
            .map_err(during)?;
        let rows = rows
            .into_iter()
            .map(Server::try_from)
            .collect::<Result<_, _>>()?;
        Ok(FleetPage { rows, total })
    }

    /// How many servers, and, where they are few, which: a JSON list of rows.
    async fn find(
        &self,
        filter: &FleetFilter,
        bound: &Bound,
    ) -> Result<(i64, Option<String>), sqlx::Error> {
        let readers = &self.store.readers;
        let only = |rest: FleetFilter| rest == FleetFilter::default();
        let all = only(filter.clone());
        if let Some(customer) = bound.customer {
            if all {
                let total = sqlx::query_scalar!(
                    r#"SELECT count(*) AS "count!: i64" FROM servers WHERE customer_id = ?1"#,
                    customer
                )
                .fetch_one(readers)
                .await?;
                if total > FEW {
                    return Ok((total, None));
                }
            }
            let found = filtered!(find_servers_within, "AND customer_id = ?13", bound)
                .fetch_one(readers)
                .await?;
            return Ok((found.count, (found.count <= FEW).then_some(found.rows)));
        }
        let tags = only(FleetFilter {
            tags: Vec::new(),
            ..filter.clone()
        });
        let without_tags = only(FleetFilter {
            without_tags: Vec::new(),
            ..filter.clone()
        });
        if all || tags || without_tags {
            // Counted along indexes, without looking at a server.
            let tagged = if all {
                0
            } else {
                let listed = bound.tags.as_ref().or(bound.without_tags.as_ref());
                sqlx::query_scalar!(
                    r#"SELECT count(DISTINCT server_id) AS "count!: i64" FROM server_tags
                       WHERE tag IN (SELECT value FROM json_each(?1))"#,
                    listed
                )
                .fetch_one(readers)
                .await?
            };
            let total = if tags && !all {
                tagged
            } else {
                // Without a condition SQLite counts the leaves of an index instead of its rows.
                sqlx::query_scalar!(r#"SELECT count(*) AS "count!: i64" FROM servers"#)
                    .fetch_one(readers)
                    .await?
                    - tagged
            };
            if all || total > FEW {
                return Ok((total, None));
            }
            if tags {
                let rows = sqlx::query_scalar!(
                    r#"SELECT json_group_array(rowid) AS "rows!: String" FROM servers
                       WHERE id IN (SELECT server_id FROM server_tags WHERE tag IN (SELECT value FROM json_each(?1)))"#,
                    bound.tags
                )
                .fetch_one(readers)
                .await?;
                return Ok((total, Some(rows)));
            }
        }
        let found = filtered!(find_servers, "", bound)
            .fetch_one(readers)
            .await?;
        Ok((found.count, (found.count <= FEW).then_some(found.rows)))
    }

    /// One query an order and direction. Few rows are fetched and sorted; among many, the order's own index is
    /// walked, and left at the end of the page.
    async fn rows(
        &self,
        bound: &Bound,
        few: Option<String>,
        sort: FleetSort,
        direction: Direction,
        offset: i64,
        limit: i64,
    ) -> Result<Vec<ServerColumns>, sqlx::Error> {
        macro_rules! ordered {
            ($order:literal) => {
                match few {
                    Some(few) => {
                        select_servers!(
                            "NOT INDEXED WHERE rowid IN (SELECT value FROM json_each(?3)) "
                                + $order,
                            limit,
                            offset,
                            few
                        )
                        .fetch_all(&self.store.readers)
                        .await
                    }
                    None => {
                        filtered!(select_servers, $order, bound, limit, offset)
                            .fetch_all(&self.store.readers)
                            .await
                    }
                }
            };
        }
        use Direction::{Ascending, Descending};
        match (sort, direction) {
            (FleetSort::Severity, Ascending) => {
                ordered!("ORDER BY severity, state_since DESC, name LIMIT ?1 OFFSET ?2")
            }
            (FleetSort::Severity, Descending) => {
                ordered!("ORDER BY severity DESC, state_since, name DESC LIMIT ?1 OFFSET ?2")
            }
            (FleetSort::Name, Ascending) => ordered!("ORDER BY name LIMIT ?1 OFFSET ?2"),
            (FleetSort::Name, Descending) => ordered!("ORDER BY name DESC LIMIT ?1 OFFSET ?2"),
            (FleetSort::Customer, Ascending) => {
                ordered!("ORDER BY customer, name LIMIT ?1 OFFSET ?2")
            }
            (FleetSort::Customer, Descending) => {
                ordered!("ORDER BY customer DESC, name DESC LIMIT ?1 OFFSET ?2")
            }
            (FleetSort::Version, Ascending) => {
                ordered!("ORDER BY yunohost_key, name LIMIT ?1 OFFSET ?2")
            }
            (FleetSort::Version, Descending) => {
                ordered!("ORDER BY yunohost_key DESC, name DESC LIMIT ?1 OFFSET ?2")
            }
            (FleetSort::Apps, Ascending) => ordered!("ORDER BY apps, name LIMIT ?1 OFFSET ?2"),
            (FleetSort::Apps, Descending) => {
                ordered!("ORDER BY apps DESC, name DESC LIMIT ?1 OFFSET ?2")
            }
            (FleetSort::Updates, Ascending) => {
                ordered!("ORDER BY updates, name LIMIT ?1 OFFSET ?2")
            }
            (FleetSort::Updates, Descending) => {
                ordered!("ORDER BY updates DESC, name DESC LIMIT ?1 OFFSET ?2")
            }
            (FleetSort::Certificate, Ascending) => {
                ordered!("ORDER BY certificate_until, name LIMIT ?1 OFFSET ?2")
            }
            (FleetSort::Certificate, Descending) => {
                ordered!("ORDER BY certificate_until DESC, name DESC LIMIT ?1 OFFSET ?2")
            }
            (FleetSort::LastSeen, Ascending) => {
                ordered!("ORDER BY last_seen, name LIMIT ?1 OFFSET ?2")
            }
            (FleetSort::LastSeen, Descending) => {
                ordered!("ORDER BY last_seen DESC, name DESC LIMIT ?1 OFFSET ?2")
            }
        }
    }

    /// The ids of all servers that the filter lets through, by name: for "select all" and for refreshing many.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn ids(&self, filter: &FleetFilter) -> Result<Vec<ServerId>, StoreError> {
        let bound = Bound::new(filter, self.within);
        let ids = filtered!(server_ids, "ORDER BY name", bound)
            .fetch_one(&self.store.readers)
            .await
            .map_err(StoreError::during("listing the ids of servers"))?;
        let corrupt = |_| StoreError::Corrupt {
            what: "listing the ids of servers",
        };
        let ids: Vec<Uuid> = serde_json::from_str(&ids).map_err(corrupt)?;
        Ok(ids.into_iter().map(ServerId::from_uuid).collect())
    }

    /// What stands above the list, whatever is filtered by. `ending` is the instant before which a certificate counts as
    /// ending soon.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn summary(&self, ending: DateTime<Utc>) -> Result<FleetSummary, StoreError> {
        /// How many servers are in a state, and what is to be said of them.
        struct Row {
            shown: String,
            count: i64,
            updates: i64,
            with_updates: i64,
            ending: i64,
        }
        macro_rules! counted {
            ($from:literal $(, $argument:expr)*) => {
                sqlx::query_as!(
                    Row,
                    r#"SELECT shown AS "shown!: String", count(*) AS "count!: i64",
                              coalesce(sum(updates), 0) AS "updates!: i64",
                              count(CASE WHEN updates > 0 THEN 1 END) AS "with_updates!: i64",
                              count(CASE WHEN certificate_until < ?1 THEN 1 END) AS "ending!: i64"
                       FROM servers INDEXED BY "# + $from + " GROUP BY shown",
                    ending
                    $(, $argument)*
                )
                .fetch_all(&self.store.readers)
                .await
            };
        }
        let rows = match within::customer(self.within) {
            None => counted!("servers_filter"),
            Some(customer) => counted!("servers_within WHERE customer_id = ?2", customer),
        }
        .map_err(StoreError::during("counting servers"))?;
        let mut summary = FleetSummary::default();
        for row in rows {
            summary.total += row.count;
            summary.updates += row.updates;
            summary.with_updates += row.with_updates;
            summary.certificates_ending += row.ending;
            let corrupt = StoreError::Corrupt {
                what: "counting servers",
            };
            summary
                .states
                .push((ServerState::named(&row.shown).ok_or(corrupt)?, row.count));
        }
        summary.states.sort_unstable();
        Ok(summary)
    }

    /// What the filters can be set to.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn facets(&self) -> Result<Facets, StoreError> {
        let during = StoreError::during("listing what servers can be filtered by");
        match within::customer(self.within) {
            None => self.all_facets().await,
            Some(customer) => self.facets_of(customer).await,
        }
        .map_err(during)
    }

    async fn all_facets(&self) -> Result<Facets, sqlx::Error> {
        let tags = sqlx::query_as!(
            Facet,
            r#"SELECT tag AS "value!: String", count(*) AS "count!: i64" FROM server_tags GROUP BY tag ORDER BY tag"#
        );
        let versions = sqlx::query_as!(
            Facet,
            r#"SELECT min(yunohost) AS "value!: String", count(*) AS "count!: i64" FROM servers
               WHERE yunohost_key IS NOT NULL GROUP BY yunohost_key ORDER BY yunohost_key DESC"#
        );
        let customers = sqlx::query_as!(
            Facet,
            r#"SELECT customer AS "value!: String", count(*) AS "count!: i64" FROM servers
               WHERE customer IS NOT NULL GROUP BY customer ORDER BY customer"#
        );
        let readers = &self.store.readers;
        let (tags, versions, customers) = tokio::try_join!(
            tags.fetch_all(readers),
            versions.fetch_all(readers),
            customers.fetch_all(readers)
        )?;
        Ok(Facets {
            tags,
            versions,
            customers,
        })
    }

    async fn facets_of(&self, customer: Uuid) -> Result<Facets, sqlx::Error> {
        let tags = sqlx::query_as!(
            Facet,
            r#"SELECT tag AS "value!: String", count(*) AS "count!: i64" FROM server_tags
               WHERE server_id IN (SELECT id FROM servers WHERE customer_id = ?1) GROUP BY tag ORDER BY tag"#,
            customer
        );
        let versions = sqlx::query_as!(
            Facet,
            r#"SELECT min(yunohost) AS "value!: String", count(*) AS "count!: i64"
               FROM servers INDEXED BY servers_within
               WHERE customer_id = ?1 AND yunohost_key IS NOT NULL GROUP BY yunohost_key ORDER BY yunohost_key DESC"#,
            customer
        );
        let customers = sqlx::query_as!(
            Facet,
            r#"SELECT min(customer) AS "value!: String", count(*) AS "count!: i64" FROM servers INDEXED BY servers_within
               WHERE customer_id = ?1 GROUP BY customer"#,
            customer
        );
        let readers = &self.store.readers;
        let (tags, versions, customers) = tokio::try_join!(
            tags.fetch_all(readers),
            versions.fetch_all(readers),
            customers.fetch_all(readers)
        )?;
        Ok(Facets {
            tags,
            versions,
            customers,
        })
    }
}
