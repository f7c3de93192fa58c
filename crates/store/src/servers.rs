//! Tables `servers` and `server_tags`: servers one by one. The list, with its filters and counts, is in `fleet`.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use sqlx::SqliteConnection;
use towerify_domain::Within;
use towerify_domain::id::{CustomerId, RunId, ServerId};
use towerify_domain::server::{Reason, ServerState};
use uuid::Uuid;

use crate::fold::{fold, sortable_version};
use crate::{App, NewSnapshot, Sight, Store, StoreError, apps, snapshots, within};

/// A server, as lists and pages show it.
#[derive(Debug, Clone, PartialEq)]
pub struct Server {
    /// Its id.
    pub id: ServerId,
    /// Its name, unlike any other's (letter case does not count).
    pub name: String,
    /// Host name or IP address.
    pub address: String,
    /// SSH port.
    pub port: u16,
    /// Who logs in.
    pub user: String,
    /// How: `key`, `password`, `agent`…
    pub login: String,
    /// How that user becomes root: `root`, `passwordless`, `password`…
    pub sudo: String,
    /// The server through which it is reached.
    pub jump_server_id: Option<ServerId>,
    /// Its main domain, once known.
    pub main_domain: Option<String>,
    /// Whose it is: the customer's name.
    pub customer: Option<String>,
    /// Whose it is: the customer.
    pub customer_id: Option<CustomerId>,
    /// Its tags, sorted.
    pub tags: Vec<String>,
    /// Its state; an open run does not change it.
    pub state: ServerState,
    /// Since when it has this state.
    pub state_since: DateTime<Utc>,
    /// Why.
    pub reasons: Vec<StateReason>,
    /// The state that lists show: [`ServerState::Run`] while a run is open.
    pub shown: ServerState,
    /// The open run that covers the state.
    pub run_id: Option<RunId>,
    /// What a refresh measured.
    pub summary: Summary,
    /// When it last answered.
    pub last_seen: Option<DateTime<Utc>>,
    /// When it was last asked.
    pub last_tried: Option<DateTime<Utc>>,
    /// When it was added.
    pub created_at: DateTime<Utc>,
}

/// What a refresh measures of a server, for lists.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Summary {
    /// YunoHost's version.
    pub yunohost: Option<String>,
    /// Debian's code name or version.
    pub debian: Option<String>,
    /// The processor's architecture.
    pub arch: Option<String>,
    /// Bytes.
    pub memory_total: Option<i64>,
    /// Bytes.
    pub memory_used: Option<i64>,
    /// Bytes, of the root file system.
    pub disk_total: Option<i64>,
    /// Bytes, of the root file system.
    pub disk_used: Option<i64>,
    /// Installed apps.
    pub apps: Option<i64>,
    /// YunoHost users.
    pub users: Option<i64>,
    /// Updates waiting, of apps and of the system.
    pub updates: Option<i64>,
    /// When the first certificate ends.
    pub certificate_until: Option<DateTime<Utc>>,
    /// Errors of the diagnosis.
    pub diagnosis_errors: Option<i64>,
    /// Warnings of the diagnosis.
    pub diagnosis_warnings: Option<i64>,
}

/// A server that is added.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewServer {
    /// Its id, drawn by the caller.
    pub id: ServerId,
    /// What a person says about it.
    pub edit: ServerEdit,
    /// Its first state, and why.
    pub state: NowState,
    /// Now.
    pub created_at: DateTime<Utc>,
}

/// What a person says about a server, and can change later.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServerEdit {
    /// As [`Server::name`].
    pub name: String,
    /// As [`Server::address`].
    pub address: String,
    /// As [`Server::port`].
    pub port: u16,
    /// As [`Server::user`].
    pub user: String,
    /// As [`Server::login`].
    pub login: String,
    /// As [`Server::sudo`].
    pub sudo: String,
    /// As [`Server::jump_server_id`].
    pub jump_server_id: Option<ServerId>,
    /// As [`Server::main_domain`]; a refresh overwrites it.
    pub main_domain: Option<String>,
    /// As [`Server::customer`]; the name of one that is known.
    pub customer: Option<String>,
    /// As [`Server::tags`], in any order.
    pub tags: Vec<String>,
}

/// The state a server has now, and why. "Since" is kept while the state stays the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NowState {
    /// The state.
    pub state: ServerState,
    /// Why.
    pub reasons: Vec<StateReason>,
}

/// One reason of a state.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StateReason {
    /// Which.
    pub reason: Reason,
    /// What goes with it, harmless to show (a server's own words, a service's name).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
}

impl NowState {
    fn reasons_json(&self) -> String {
        // Serialising names and texts can't fail.
        serde_json::to_string(&self.reasons).unwrap_or_else(|_| "[]".into())
    }
}

/// All that one refresh learned. What is absent stays as it was.
#[derive(Debug, Clone, PartialEq)]
pub struct Refresh {
    /// Which server.
    pub server: ServerId,
    /// Whose reading it is.
    pub sight: Sight,
    /// When it answered.
    pub at: DateTime<Utc>,
    /// The state that follows.
    pub state: NowState,
    /// Its main domain, if it said so.
    pub main_domain: Option<String>,
    /// The new numbers, whole.
    pub summary: Summary,
    /// The kinds that were answered.
    pub snapshots: Vec<NewSnapshot>,
    /// The apps, if they were answered: they replace all that were known.
    pub apps: Option<Vec<App>>,
}

/// The handle of `servers`.
pub struct Servers<'s>(pub(crate) &'s Store);

impl Servers<'_> {
    /// Adds a server with its tags.
    ///
    /// # Errors
    /// [`StoreError::Duplicate`] for a name that is taken, [`StoreError::Reference`] for a jump server that is
    /// not there.
    pub async fn insert(&self, server: &NewServer) -> Result<(), StoreError> {
        let during = StoreError::during("adding a server");
        let mut transaction = self.0.writer.begin().await.map_err(during)?;
        insert(&mut transaction, server).await.map_err(during)?;
        transaction.commit().await.map_err(during)
    }

    /// Changes what a person says about a server, tags included.
    ///
    /// # Errors
    /// [`StoreError::NotFound`], [`StoreError::Duplicate`], [`StoreError::Reference`].
    pub async fn update(&self, id: ServerId, edit: &ServerEdit) -> Result<(), StoreError> {
        let what = "changing a server";
        let during = StoreError::during(what);
        let mut transaction = self.0.writer.begin().await.map_err(during)?;
        // What was said of servers before may name machines on a way that is another now.
        sqlx::query!(
            r#"UPDATE servers SET state_reasons =
                   (SELECT json_group_array(json(json_remove(value, '$.text'))) FROM json_each(state_reasons))
               WHERE id IN (
                   WITH RECURSIVE behind (id) AS (
                       SELECT id FROM servers
                       WHERE (id = ?1 AND jump_server_id IS NOT ?2)
                          OR (jump_server_id = ?1
                              AND EXISTS (SELECT 1 FROM servers WHERE id = ?1 AND (name <> ?3 OR address <> ?4)))
                       UNION
                       SELECT servers.id FROM servers JOIN behind ON servers.jump_server_id = behind.id)
                   SELECT id FROM behind)"#,
            id.uuid(),
            edit.jump_server_id.map(ServerId::uuid),
            edit.name,
            edit.address
        )
        .execute(&mut *transaction)
        .await
        .map_err(during)?;
        let search = search_text(edit);
        let changed = sqlx::query!(
            "UPDATE servers SET name = ?2, address = ?3, port = ?4, user = ?5, login = ?6, sudo = ?7,
                 jump_server_id = ?8, main_domain = ?9, customer = ?10, search = ?11
             WHERE id = ?1",
            id.uuid(),
            edit.name,
            edit.address,
            edit.port,
            edit.user,
            edit.login,
            edit.sudo,
            edit.jump_server_id.map(ServerId::uuid),
            edit.main_domain,
            edit.customer,
            search
        )
        .execute(&mut *transaction)
        .await
        .map_err(during)?;
        if changed.rows_affected() == 0 {
            return Err(StoreError::NotFound { what });
        }
        replace_tags(&mut transaction, id, &edit.tags)
            .await
            .map_err(during)?;
        transaction.commit().await.map_err(during)
    }

    /// Forgets a server with its keys, credentials, snapshots and apps. Its runs and journal entries stay.
    ///
    /// # Errors
    /// [`StoreError::NotFound`]; [`StoreError::Reference`] while another server is reached through it.
    pub async fn delete(&self, id: ServerId) -> Result<(), StoreError> {
        let what = "removing a server";
        let gone = sqlx::query!("DELETE FROM servers WHERE id = ?1", id.uuid())
            .execute(&self.0.writer)
            .await
            .map_err(StoreError::during(what))?;
        if gone.rows_affected() == 0 {
            Err(StoreError::NotFound { what })
        } else {
            Ok(())
        }
    }

    /// The server with this id, if it is within. What is not and what is nowhere are looked for and answered alike.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn within(&self, within: Within, id: ServerId) -> Result<Option<Server>, StoreError> {
        let row = crate::server_rows::select_servers!(
            "WHERE id = ?1 AND (?2 IS NULL OR customer_id = ?2)",
            id.uuid(),
            within::customer(within)
        )
        .fetch_optional(&self.0.readers)
        .await
        .map_err(StoreError::during("reading a server"))?;
        row.map(Server::try_from).transpose()
    }

    /// The server with this id, if there is one, whoever's it is: for machinery that has been let in.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn get(&self, id: ServerId) -> Result<Option<Server>, StoreError> {
        let row = crate::server_rows::select_servers!("WHERE id = ?1", id.uuid())
            .fetch_optional(&self.0.readers)
            .await
            .map_err(StoreError::during("reading a server"))?;
        row.map(Server::try_from).transpose()
    }

    /// The server with this name (letter case does not count), if it is within, as [`Servers::within`].
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn by_name(&self, within: Within, name: &str) -> Result<Option<Server>, StoreError> {
        let row = crate::server_rows::select_servers!(
            "WHERE name = ?1 AND (?2 IS NULL OR customer_id = ?2)",
            name,
            within::customer(within)
        )
        .fetch_optional(&self.0.readers)
        .await
        .map_err(StoreError::during("reading a server by its name"))?;
        row.map(Server::try_from).transpose()
    }

    /// Sets the state of a server at `at`; since when is kept if it is the same state as before.
    ///
    /// # Errors
    /// [`StoreError::NotFound`].
    pub async fn set_state(
        &self,
        id: ServerId,
        now: &NowState,
        at: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let what = "setting a server's state";
        let mut connection = self
            .0
            .writer
            .acquire()
            .await
            .map_err(StoreError::during(what))?;
        set_state(&mut connection, id, now, at)
            .await
            .map_err(StoreError::during(what))
    }

    /// Writes down an attempt that brought nothing: when, and the state that follows. Snapshots stay as they were.
    ///
    /// # Errors
    /// [`StoreError::NotFound`].
    pub async fn record_failure(
        &self,
        id: ServerId,
        now: &NowState,
        at: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let during = StoreError::during("writing down a failed refresh");
        let mut transaction = self.0.writer.begin().await.map_err(during)?;
        set_state(&mut transaction, id, now, at)
            .await
            .map_err(during)?;
        sqlx::query!(
            "UPDATE servers SET last_tried = ?2 WHERE id = ?1",
            id.uuid(),
            at
        )
        .execute(&mut *transaction)
        .await
        .map_err(during)?;
        transaction.commit().await.map_err(during)
    }

    /// Writes down all that a refresh learned, in one transaction: numbers, state, snapshots, apps.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] when the server was removed meanwhile: then nothing was written.
    pub async fn record(&self, refresh: &Refresh) -> Result<(), StoreError> {
        let during = StoreError::during("writing down a refresh");
        let mut transaction = self.0.writer.begin().await.map_err(during)?;
        let id = refresh.server;
        set_state(&mut transaction, id, &refresh.state, refresh.at)
            .await
            .map_err(during)?;
        set_summary(&mut transaction, refresh)
            .await
            .map_err(during)?;
        for snapshot in &refresh.snapshots {
            snapshots::put(&mut transaction, refresh.sight, id, snapshot)
                .await
                .map_err(during)?;
        }
        if let Some(apps) = &refresh.apps {
            apps::replace(&mut transaction, id, apps)
                .await
                .map_err(during)?;
        }
        transaction.commit().await.map_err(during)
    }
}

/// Adds a server in a transaction of the caller.
pub(crate) async fn insert(
    connection: &mut SqliteConnection,
    server: &NewServer,
) -> Result<(), sqlx::Error> {
    let (edit, search) = (&server.edit, search_text(&server.edit));
    sqlx::query!(
        "INSERT INTO servers (id, name, address, port, user, login, sudo, jump_server_id, main_domain, customer,
             state, state_reasons, state_since, created_at, search)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?13, ?14)",
        server.id.uuid(),
        edit.name,
        edit.address,
        edit.port,
        edit.user,
        edit.login,
        edit.sudo,
        edit.jump_server_id.map(ServerId::uuid),
        edit.main_domain,
        edit.customer,
        server.state.state.name(),
        server.state.reasons_json(),
        server.created_at,
        search
    )
    .execute(&mut *connection)
    .await?;
    replace_tags(connection, server.id, &edit.tags).await
}

async fn set_state(
    connection: &mut SqliteConnection,
    id: ServerId,
    now: &NowState,
    at: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    let changed = sqlx::query!(
        "UPDATE servers SET state = ?2, state_reasons = ?3,
             state_since = CASE WHEN state = ?2 THEN state_since ELSE ?4 END
         WHERE id = ?1",
        id.uuid(),
        now.state.name(),
        now.reasons_json(),
        at
    )
    .execute(connection)
    .await?;
    if changed.rows_affected() == 0 {
        Err(sqlx::Error::RowNotFound)
    } else {
        Ok(())
    }
}

/// The numbers of a refresh, and the search text if the main domain changed.
pub(crate) async fn set_summary(
    connection: &mut SqliteConnection,
    refresh: &Refresh,
) -> Result<(), sqlx::Error> {
    let summary = &refresh.summary;
    let version = summary.yunohost.as_deref().map(sortable_version);
    sqlx::query!(
        "UPDATE servers SET yunohost = ?2, yunohost_key = ?3, debian = ?4, arch = ?5, memory_total = ?6,
             memory_used = ?7, disk_total = ?8, disk_used = ?9, apps = ?10, users = ?11, updates = ?12,
             certificate_until = ?13, diagnosis_errors = ?14, diagnosis_warnings = ?15,
             last_seen = ?16, last_tried = ?16
         WHERE id = ?1",
        refresh.server.uuid(),
        summary.yunohost,
        version,
        summary.debian,
        summary.arch,
        summary.memory_total,
        summary.memory_used,
        summary.disk_total,
        summary.disk_used,
        summary.apps,
        summary.users,
        summary.updates,
        summary.certificate_until,
        summary.diagnosis_errors,
        summary.diagnosis_warnings,
        refresh.at
    )
    .execute(&mut *connection)
    .await?;
    let Some(domain) = &refresh.main_domain else {
        return Ok(());
    };
    let known = sqlx::query!(
        r#"SELECT name, address, customer AS "customer?", main_domain AS "main_domain?",
                  (SELECT json_group_array(tag) FROM server_tags WHERE server_id = servers.id) AS "tags!: String"
           FROM servers WHERE id = ?1"#,
        refresh.server.uuid()
    )
    .fetch_one(&mut *connection)
    .await?;
    if known.main_domain.as_ref() == Some(domain) {
        return Ok(());
    }
    let tags: Vec<String> = serde_json::from_str(&known.tags).unwrap_or_default();
    let search = searchable(
        &known.name,
        &known.address,
        Some(domain),
        known.customer.as_deref(),
        &tags,
    );
    sqlx::query!(
        "UPDATE servers SET main_domain = ?2, search = ?3 WHERE id = ?1",
        refresh.server.uuid(),
        domain,
        search
    )
    .execute(connection)
    .await?;
    Ok(())
}

async fn replace_tags(
    connection: &mut SqliteConnection,
    id: ServerId,
    tags: &[String],
) -> Result<(), sqlx::Error> {
    let tags = serde_json::to_string(tags).unwrap_or_default();
    sqlx::query!("DELETE FROM server_tags WHERE server_id = ?1", id.uuid())
        .execute(&mut *connection)
        .await?;
    sqlx::query!(
        "INSERT OR IGNORE INTO server_tags (server_id, tag) SELECT ?1, value FROM json_each(?2)",
        id.uuid(),
        tags
    )
    .execute(connection)
    .await?;
    Ok(())
}

fn search_text(edit: &ServerEdit) -> String {
    searchable(
        &edit.name,
        &edit.address,
        edit.main_domain.as_deref(),
        edit.customer.as_deref(),
        &edit.tags,
    )
}

/// Where the text filter looks: one line of folded words. Parts are kept apart by a sign that nobody types.
fn searchable(
    name: &str,
    address: &str,
    domain: Option<&str>,
    customer: Option<&str>,
    tags: &[String],
) -> String {
    let parts = [
        name,
        address,
        domain.unwrap_or_default(),
        customer.unwrap_or_default(),
    ];
    let parts: Vec<String> = parts
        .into_iter()
        .chain(tags.iter().map(String::as_str))
        .map(fold)
        .collect();
    parts.join("\u{1f}")
}
