//! A row of `servers` as the queries read it: all its columns, once. Which rows, and in which order, is left to `fleet` and
//! `servers`.

use chrono::{DateTime, Utc};
use towerify_domain::id::{CustomerId, RunId, ServerId};
use towerify_domain::server::ServerState;
use uuid::Uuid;

use crate::{Server, StoreError, Summary};

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
    pub customer_id: Option<Uuid>,
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
            customer_id: row.customer_id.map(CustomerId::from_uuid),
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
            $crate::server_rows::ServerColumns,
            r#"SELECT id AS "id: Uuid", name, address, port, user, login, sudo,
                      jump_server_id AS "jump_server_id?: Uuid", main_domain AS "main_domain?", customer AS "customer?",
                      customer_id AS "customer_id?: Uuid",
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
