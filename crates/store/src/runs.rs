//! Table `runs`: durable work, begun, read and listed. How it goes through its states is in `run_states`; its steps and
//! trace have their own files. How a run is carried out is left to the crate `runs`.

use chrono::{DateTime, Utc};
use sqlx::SqliteConnection;
use towerify_domain::id::{AccountId, CustomerId, RunId, ServerId};
use towerify_domain::run::{RunKind, RunState, Way, Wish};
use towerify_domain::{Within, Words};
use towerify_vault::Place;
use uuid::Uuid;

use crate::{RunStep, Store, StoreError, run_steps};

/// A run that begins.
#[derive(Debug, Clone, PartialEq)]
pub struct NewRun {
    /// Its id, drawn by the caller.
    pub id: RunId,
    /// What it is for.
    pub kind: RunKind,
    /// On which server, if on one.
    pub server_id: Option<ServerId>,
    /// The same for all runs that were started together on many servers.
    pub batch_id: Option<Uuid>,
    /// What it does, in words.
    pub title: Words,
    /// What it was asked, without any secret.
    pub input: serde_json::Value,
    /// What it needs and nobody may read, sealed to [`NewRun::place`]; emptied when the run is done, or can't be retried
    /// any more.
    pub secret: Option<Vec<u8>>,
    /// What must not stand in its trace, sealed to [`NewRun::conceal_place`]; emptied with the secret.
    pub conceal: Option<Vec<u8>>,
    /// The name of the key that both are sealed under.
    pub sealed_under: String,
    /// Its first state.
    pub state: RunState,
    /// Who started it.
    pub started_by: AccountId,
    /// What that account was called then.
    pub started_name: String,
    /// When.
    pub started_at: DateTime<Utc>,
    /// Its plan, in order: `n` is the place in the list.
    pub steps: Vec<RunStep>,
}

impl NewRun {
    /// What the secret of the run with this id is sealed to.
    pub fn place(id: RunId) -> Place {
        Place {
            table: "runs",
            column: "secret",
            row: id.uuid(),
        }
    }

    /// What the texts to conceal of the run with this id are sealed to.
    pub fn conceal_place(id: RunId) -> Place {
        Place {
            column: "conceal",
            ..Self::place(id)
        }
    }
}

/// A run as it stands.
#[derive(Debug, Clone, PartialEq)]
pub struct Run {
    /// Its id.
    pub id: RunId,
    /// What it is for.
    pub kind: RunKind,
    /// On which server; `None` also once that server was removed.
    pub server_id: Option<ServerId>,
    /// What that server was called when the run began.
    pub server_name: Option<String>,
    /// Whose that server was when the run began.
    pub customer_id: Option<CustomerId>,
    /// As [`NewRun::batch_id`].
    pub batch_id: Option<Uuid>,
    /// What it does, in words.
    pub title: Words,
    /// What it was asked.
    pub input: serde_json::Value,
    /// Where it stands.
    pub state: RunState,
    /// Who started it; `None` once that account is gone.
    pub started_by: Option<AccountId>,
    /// What that account was called then.
    pub started_name: String,
    /// When it began.
    pub started_at: DateTime<Utc>,
    /// When it ended; `None` while it is open.
    pub ended_at: Option<DateTime<Utc>>,
    /// Why it failed: a code.
    pub error_code: Option<String>,
    /// Why it failed: what goes with the code, without secrets.
    pub error_message: Option<String>,
    /// Out of 100, where it is known.
    pub progress: Option<u8>,
    /// The step at work.
    pub step: Option<u16>,
    /// Which way it goes through its steps, or went last.
    pub way: Way,
    /// What a person asked of it that has not come true yet.
    pub wish: Option<Wish>,
    /// Whether it still has its secret.
    pub has_secret: bool,
    /// As [`NewRun::sealed_under`].
    pub sealed_under: String,
    /// The names and addresses of the provider's machines on the way to its server, as they were when it was begun, or opened
    /// again: its customer's people are not told them.
    pub hidden: Vec<String>,
}

/// How a run ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunEnd {
    /// A state that [is over](RunState::is_over).
    pub state: RunState,
    /// When.
    pub at: DateTime<Utc>,
    /// Why it failed: a code, and what goes with it.
    pub error: Option<(String, String)>,
}

/// Which runs. All conditions must hold; empty ones ask nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RunFilter {
    /// In one of these states.
    pub states: Vec<RunState>,
    /// Of one of these kinds.
    pub kinds: Vec<RunKind>,
    /// On this server.
    pub server: Option<ServerId>,
    /// Of this batch.
    pub batch: Option<Uuid>,
}

/// A page of runs, the newest first.
#[derive(Debug, Clone, PartialEq)]
pub struct RunPage {
    /// The runs.
    pub rows: Vec<Run>,
    /// How many the filter lets through.
    pub total: i64,
}

/// A row as it is stored.
struct Columns {
    id: Uuid,
    kind: String,
    server_id: Option<Uuid>,
    server_name: Option<String>,
    customer_id: Option<Uuid>,
    batch_id: Option<Uuid>,
    title_en: String,
    title_fr: String,
    input: String,
    state: String,
    started_by: Option<Uuid>,
    started_name: String,
    started_at: DateTime<Utc>,
    ended_at: Option<DateTime<Utc>>,
    error_code: Option<String>,
    error_message: Option<String>,
    progress: Option<i64>,
    step: Option<i64>,
    way: String,
    wish: Option<String>,
    has_secret: bool,
    sealed_under: String,
    hidden: String,
}

impl TryFrom<Columns> for Run {
    type Error = StoreError;

    fn try_from(row: Columns) -> Result<Self, StoreError> {
        let (Some(kind), Some(state), Some(way), Ok(input), Ok(hidden)) = (
            RunKind::named(&row.kind),
            RunState::named(&row.state),
            Way::named(&row.way),
            serde_json::from_str(&row.input),
            serde_json::from_str(&row.hidden),
        ) else {
            return Err(StoreError::Corrupt {
                what: "reading a run",
            });
        };
        Ok(Self {
            id: RunId::from_uuid(row.id),
            kind,
            server_id: row.server_id.map(ServerId::from_uuid),
            server_name: row.server_name,
            customer_id: row.customer_id.map(CustomerId::from_uuid),
            batch_id: row.batch_id,
            title: Words::new(row.title_en, row.title_fr),
            input,
            state,
            started_by: row.started_by.map(AccountId::from_uuid),
            started_name: row.started_name,
            started_at: row.started_at,
            ended_at: row.ended_at,
            error_code: row.error_code,
            error_message: row.error_message,
            progress: row.progress.and_then(|percent| u8::try_from(percent).ok()),
            step: row.step.and_then(|step| u16::try_from(step).ok()),
            way,
            wish: row.wish.as_deref().and_then(Wish::named),
            has_secret: row.has_secret,
            sealed_under: row.sealed_under,
            hidden,
        })
    }
}

/// A checked query for all columns of `runs`.
macro_rules! select_runs {
    ($rest:literal $(+ $more:literal)* $(, $argument:expr)* $(,)?) => {
        sqlx::query_as!(
            Columns,
            r#"SELECT id AS "id: Uuid", kind, server_id AS "server_id?: Uuid", server_name AS "server_name?",
                      customer_id AS "customer_id?: Uuid", batch_id AS "batch_id?: Uuid", title_en, title_fr, input, state, started_by AS "started_by?: Uuid",
                      started_name, started_at AS "started_at: DateTime<Utc>", ended_at AS "ended_at?: DateTime<Utc>",
                      error_code AS "error_code?", error_message AS "error_message?", progress AS "progress?", step AS "step?",
                      way, wish AS "wish?", secret IS NOT NULL AS "has_secret!: bool", sealed_under, hidden
               FROM runs "# + $rest $(+ $more)*
            $(, $argument)*
        )
    };
}

/// The handle of `runs`.
pub struct Runs<'s>(pub(crate) &'s Store);

impl Runs<'_> {
    /// Writes down a run with its whole plan, before anything is done. Its server shows it from now on.
    ///
    /// # Errors
    /// [`StoreError::Duplicate`] for an id that is there, [`StoreError::Reference`] for a server or an account that
    /// is not.
    pub async fn insert(&self, run: &NewRun) -> Result<(), StoreError> {
        let during = StoreError::during("writing down a new run");
        let mut transaction = self.0.writer.begin().await.map_err(during)?;
        let input = run.input.to_string();
        sqlx::query!(
            "INSERT INTO runs (id, kind, server_id, server_name, batch_id, title_en, title_fr, input, secret, state,
                 started_by, started_name, started_at, conceal, sealed_under, customer_id)
             VALUES (?1, ?2, ?3, (SELECT name FROM servers WHERE id = ?3), ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14,
                 (SELECT customer_id FROM servers WHERE id = ?3))",
            run.id.uuid(),
            run.kind.name(),
            run.server_id.map(ServerId::uuid),
            run.batch_id,
            run.title.en,
            run.title.fr,
            input,
            run.secret,
            run.state.name(),
            run.started_by.uuid(),
            run.started_name,
            run.started_at,
            run.conceal,
            run.sealed_under
        )
        .execute(&mut *transaction)
        .await
        .map_err(during)?;
        hide_the_way(&mut transaction, run.id)
            .await
            .map_err(during)?;
        for step in &run.steps {
            run_steps::put(&mut transaction, run.id, step)
                .await
                .map_err(during)?;
        }
        transaction.commit().await.map_err(during)
    }

    /// The run with this id, if it is within: begun on a server of the customer's, or by the account. What is not
    /// and what is nowhere are looked for and answered alike.
    ///
    /// # Errors
    /// [`StoreError::Database`], [`StoreError::Corrupt`].
    pub async fn within(&self, within: Within, id: RunId) -> Result<Option<Run>, StoreError> {
        let (customer, account) = owners(within);
        select_runs!(
            "WHERE id = ?1 AND (?2 IS NULL OR customer_id = ?2) AND (?3 IS NULL OR started_by = ?3)",
            id.uuid(),
            customer,
            account
        )
        .fetch_optional(&self.0.readers)
        .await
        .map_err(StoreError::during("reading a run"))?
        .map(Run::try_from)
        .transpose()
    }

    /// The run with this id, if there is one, whoever's it is: for machinery that has been let in.
    ///
    /// # Errors
    /// [`StoreError::Database`], [`StoreError::Corrupt`].
    pub async fn get(&self, id: RunId) -> Result<Option<Run>, StoreError> {
        select_runs!("WHERE id = ?1", id.uuid())
            .fetch_optional(&self.0.readers)
            .await
            .map_err(StoreError::during("reading a run"))?
            .map(Run::try_from)
            .transpose()
    }

    /// The sealed secret of a run that is open or can be retried, if it has one.
    ///
    /// # Errors
    /// [`StoreError::NotFound`].
    pub async fn secret(&self, id: RunId) -> Result<Option<Vec<u8>>, StoreError> {
        sqlx::query_scalar!(
            r#"SELECT secret AS "secret?" FROM runs WHERE id = ?1"#,
            id.uuid()
        )
        .fetch_one(&self.0.readers)
        .await
        .map_err(StoreError::during("reading what a run needs"))
    }

    /// The sealed texts that must not stand in the run's trace, if there are any.
    ///
    /// # Errors
    /// [`StoreError::NotFound`].
    pub async fn conceal(&self, id: RunId) -> Result<Option<Vec<u8>>, StoreError> {
        sqlx::query_scalar!(
            r#"SELECT conceal AS "conceal?" FROM runs WHERE id = ?1"#,
            id.uuid()
        )
        .fetch_one(&self.0.readers)
        .await
        .map_err(StoreError::during("reading what a run conceals"))
    }

    /// The runs that have not ended, the oldest first: what to take up again when the program starts, but for those that
    /// are paused.
    ///
    /// # Errors
    /// [`StoreError::Database`], [`StoreError::Corrupt`].
    pub async fn open(&self) -> Result<Vec<Run>, StoreError> {
        let rows = select_runs!("WHERE ended_at IS NULL ORDER BY started_at, id")
            .fetch_all(&self.0.readers)
            .await
            .map_err(StoreError::during("listing open runs"))?;
        rows.into_iter().map(Run::try_from).collect()
    }

    /// How many runs within have not ended.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn open_count(&self, within: Within) -> Result<i64, StoreError> {
        let (customer, account) = owners(within);
        sqlx::query_scalar!(
            r#"SELECT count(*) AS "count!: i64" FROM runs INDEXED BY runs_open
               WHERE ended_at IS NULL AND (?1 IS NULL OR customer_id = ?1) AND (?2 IS NULL OR started_by = ?2)"#,
            customer,
            account
        )
        .fetch_one(&self.0.readers)
        .await
        .map_err(StoreError::during("counting open runs"))
    }

    /// `limit` runs within from the `offset`-th on, the newest first, and how many there are in all.
    ///
    /// # Errors
    /// [`StoreError::Database`], [`StoreError::Corrupt`].
    pub async fn page(
        &self,
        within: Within,
        filter: &RunFilter,
        offset: i64,
        limit: i64,
    ) -> Result<RunPage, StoreError> {
        let during = StoreError::during("listing runs");
        let states: Vec<&str> = filter.states.iter().map(|state| state.name()).collect();
        let states =
            (!states.is_empty()).then(|| serde_json::to_string(&states).unwrap_or_default());
        let kinds: Vec<&str> = filter.kinds.iter().map(|kind| kind.name()).collect();
        let kinds = (!kinds.is_empty()).then(|| serde_json::to_string(&kinds).unwrap_or_default());
        let server = filter.server.map(ServerId::uuid);
        let readers = &self.0.readers;
        let (customer, account) = owners(within);
        // How many, and the page: `$of` says whose, with ?1 to ?3 to itself.
        macro_rules! listed {
            ($count:literal, $of:literal, $first:expr, $second:expr, $third:expr) => {
                tokio::try_join!(
                    sqlx::query_scalar!(
                        r#"SELECT count(*) AS "count!: i64" FROM runs "# + $count + $of
                            + " AND (?4 IS NULL OR state IN (SELECT value FROM json_each(?4)))
                                AND (?5 IS NULL OR batch_id = ?5) AND (?6 IS NULL OR kind IN (SELECT value FROM json_each(?6)))",
                        $first,
                        $second,
                        $third,
                        states,
                        filter.batch,
                        kinds
                    )
                    .fetch_one(readers),
                    select_runs!(
                        $of + " AND (?4 IS NULL OR state IN (SELECT value FROM json_each(?4)))
                                AND (?5 IS NULL OR batch_id = ?5) AND (?6 IS NULL OR kind IN (SELECT value FROM json_each(?6)))
                              ORDER BY started_at DESC, id DESC LIMIT ?7 OFFSET ?8",
                        $first,
                        $second,
                        $third,
                        states,
                        filter.batch,
                        kinds,
                        limit,
                        offset
                    )
                    .fetch_all(readers)
                )
            };
        }
        let nobody = None::<Uuid>;
        // A server, a customer and an account have an index each; the rest is looked at on the way.
        let (total, rows) = match (server, customer, account) {
            (Some(server), ..) => listed!(
                "",
                "WHERE server_id = ?1 AND (?2 IS NULL OR customer_id = ?2) AND (?3 IS NULL OR started_by = ?3)",
                server,
                customer,
                account
            ),
            (None, Some(customer), _) => listed!(
                "INDEXED BY runs_by_customer ",
                "WHERE customer_id = ?1",
                customer,
                nobody,
                nobody
            ),
            (None, None, Some(account)) => {
                listed!("", "WHERE started_by = ?1", account, nobody, nobody)
            }
            (None, None, None) => {
                listed!("INDEXED BY runs_by_state ", "WHERE true", nobody, nobody, nobody)
            }
        }
        .map_err(during)?;
        Ok(RunPage {
            rows: rows
                .into_iter()
                .map(Run::try_from)
                .collect::<Result<_, _>>()?,
            total,
        })
    }
}

/// Adds the provider's machines on the way to a run's server to what its customer's people are not told, also once those
/// machines are gone or are called otherwise.
pub(crate) async fn hide_the_way(
    connection: &mut SqliteConnection,
    run: RunId,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "UPDATE runs SET hidden = (
             WITH RECURSIVE way (hop, n) AS (
                 SELECT jump_server_id, 1 FROM servers WHERE id = runs.server_id
                 UNION ALL
                 SELECT jump_server_id, n + 1 FROM way JOIN servers ON id = hop WHERE n < 16),
             machine AS (
                 SELECT name, address FROM way JOIN servers ON id = hop WHERE customer_id IS NOT runs.customer_id)
             SELECT json_group_array(text) FROM (
                 SELECT value AS text FROM json_each(runs.hidden)
                 UNION SELECT name FROM machine UNION SELECT address FROM machine))
         WHERE id = ?1 AND customer_id IS NOT NULL",
        run.uuid()
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Whose runs are looked among: those on what were this customer's servers when they began, those that this account began.
/// What an account of a customer's begins is on a server of theirs.
fn owners(within: Within) -> (Option<Uuid>, Option<Uuid>) {
    match within {
        Within::All => (None, None),
        Within::Customer { customer, .. } => (Some(customer.uuid()), None),
        Within::Account(account) => (None, Some(account.uuid())),
    }
}
