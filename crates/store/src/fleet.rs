//! The list of servers: filters, orders, counts. Every query here walks an index; a test reads their plans.

use chrono::{DateTime, Utc};
use towerify_domain::id::{RunId, ServerId};
use towerify_domain::server::ServerState;
use uuid::Uuid;

use crate::fold::words;
use crate::{Server, Store, StoreError, Summary};

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

/// A row of `servers`, before its texts are understood.
pub(crate) struct ServerColumns {
    pub id: Uuid,
    pub name: String,
    pub address: String,
    pub port: i64,
    pub user: String,
    pub login: String,
    pub sudo: String,
    pub jump_server_id: Option<Uuid>,
    pub main_domain: Option<String>,
    pub customer: Option<String>,
    pub tags: String,
    pub state: String,
    pub state_since: DateTime<Utc>,
    pub state_reasons: String,
    pub shown: String,
    pub run_id: Option<Uuid>,
    pub yunohost: Option<String>,
    pub debian: Option<String>,
    pub arch: Option<String>,
    pub memory_total: Option<i64>,
    pub memory_used: Option<i64>,
    pub disk_total: Option<i64>,
    pub disk_used: Option<i64>,
    pub apps: Option<i64>,
    pub users: Option<i64>,
    pub updates: Option<i64>,
    pub certificate_until: Option<DateTime<Utc>>,
    pub diagnosis_errors: Option<i64>,
    pub diagnosis_warnings: Option<i64>,
    pub last_seen: Option<DateTime<Utc>>,
    pub last_tried: Option<DateTime<Utc>>,
    pub created_at: DateTime<Utc>,
}

impl TryFrom<ServerColumns> for Server {
    type Error = StoreError;

    fn try_from(row: ServerColumns) -> Result<Self, StoreError> {
        let corrupt = StoreError::Corrupt {
            what: "reading a server",
        };
        let (Ok(port), Ok(tags), Some(state), Some(shown)) = (
            u16::try_from(row.port),
            serde_json::from_str(&row.tags),
            ServerState::named(&row.state),
            ServerState::named(&row.shown),
        ) else {
            return Err(corrupt);
        };
        Ok(Self {
            id: ServerId::from_uuid(row.id),
            name: row.name,
            address: row.address,
            port,
            user: row.user,
            login: row.login,
            sudo: row.sudo,
            jump_server_id: row.jump_server_id.map(ServerId::from_uuid),
            main_domain: row.main_domain,
            customer: row.customer,
            tags,
            state,
            state_since: row.state_since,
            // A reason that this program no longer knows hides the others for one refresh, not the server.
            reasons: serde_json::from_str(&row.state_reasons).unwrap_or_default(),
            shown,
            run_id: row.run_id.map(RunId::from_uuid),
            summary: Summary {
                yunohost: row.yunohost,
                debian: row.debian,
                arch: row.arch,
                memory_total: row.memory_total,
                memory_used: row.memory_used,
                disk_total: row.disk_total,
                disk_used: row.disk_used,
                apps: row.apps,
                users: row.users,
                updates: row.updates,
                certificate_until: row.certificate_until,
                diagnosis_errors: row.diagnosis_errors,
                diagnosis_warnings: row.diagnosis_warnings,
            },
            last_seen: row.last_seen,
            last_tried: row.last_tried,
            created_at: row.created_at,
        })
    }
}

/// A checked query for all columns of `servers`, with the rest of its text and its arguments.
macro_rules! select_servers {
    ($rest:literal $(+ $more:literal)*, $($argument:expr),+ $(,)?) => {
        sqlx::query_as!(
            $crate::fleet::ServerColumns,
            r#"SELECT id AS "id: Uuid", name, address, port, user, login, sudo,
                      jump_server_id AS "jump_server_id?: Uuid", main_domain AS "main_domain?", customer AS "customer?",
                      (SELECT json_group_array(tag) FROM server_tags WHERE server_id = servers.id) AS "tags!: String",
                      state, state_since AS "state_since: DateTime<Utc>", state_reasons,
                      shown AS "shown!: String", run_id AS "run_id?: Uuid", yunohost AS "yunohost?", debian AS "debian?", arch AS "arch?",
                      memory_total AS "memory_total?", memory_used AS "memory_used?", disk_total AS "disk_total?", disk_used AS "disk_used?", apps AS "apps?", users AS "users?", updates AS "updates?",
                      certificate_until AS "certificate_until?: DateTime<Utc>", diagnosis_errors AS "diagnosis_errors?", diagnosis_warnings AS "diagnosis_warnings?",
                      last_seen AS "last_seen?: DateTime<Utc>", last_tried AS "last_tried?: DateTime<Utc>",
                      created_at AS "created_at: DateTime<Utc>"
               FROM servers "# + $rest $(+ $more)*,
            $($argument),+
        )
    };
}
pub(crate) use select_servers;

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
                 AND (?12 = 0 OR updates > 0) "# + $tail,
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
            $bound.with_updates
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
}

impl Bound {
    fn new(filter: &FleetFilter) -> Self {
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
        }
    }
}

/// The handle of the list.
pub struct Fleet<'s>(pub(crate) &'s Store);

impl Fleet<'_> {
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
        let bound = Bound::new(filter);
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
        let readers = &self.0.readers;
        let only = |rest: FleetFilter| rest == FleetFilter::default();
        let all = only(filter.clone());
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
                        .fetch_all(&self.0.readers)
                        .await
                    }
                    None => {
                        filtered!(select_servers, $order, bound, limit, offset)
                            .fetch_all(&self.0.readers)
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
        let bound = Bound::new(filter);
        let ids = filtered!(server_ids, "ORDER BY name", bound)
            .fetch_one(&self.0.readers)
            .await
            .map_err(StoreError::during("listing the ids of servers"))?;
        let corrupt = |_| StoreError::Corrupt {
            what: "listing the ids of servers",
        };
        let ids: Vec<Uuid> = serde_json::from_str(&ids).map_err(corrupt)?;
        Ok(ids.into_iter().map(ServerId::from_uuid).collect())
    }

    /// What stands above the list, over the whole fleet. `ending` is the instant before which a certificate counts
    /// as ending soon.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn summary(&self, ending: DateTime<Utc>) -> Result<FleetSummary, StoreError> {
        let rows = sqlx::query!(
            r#"SELECT shown AS "shown!: String", count(*) AS "count!: i64",
                      coalesce(sum(updates), 0) AS "updates!: i64",
                      count(CASE WHEN updates > 0 THEN 1 END) AS "with_updates!: i64",
                      count(CASE WHEN certificate_until < ?1 THEN 1 END) AS "ending!: i64"
               FROM servers INDEXED BY servers_filter GROUP BY shown"#,
            ending
        )
        .fetch_all(&self.0.readers)
        .await
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

    /// What the filters can be set to, over the whole fleet.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn facets(&self) -> Result<Facets, StoreError> {
        let during = StoreError::during("listing what servers can be filtered by");
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
        let readers = &self.0.readers;
        let (tags, versions, customers) = tokio::try_join!(
            tags.fetch_all(readers),
            versions.fetch_all(readers),
            customers.fetch_all(readers)
        )
        .map_err(during)?;
        Ok(Facets {
            tags,
            versions,
            customers,
        })
    }
}
