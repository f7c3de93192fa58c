//! Table `former_values`: how things were on a server before we changed them.

use chrono::{DateTime, Utc};
use serde_json::Value;
use towerify_domain::id::{RunId, ServerId};
use uuid::Uuid;

use crate::{Store, StoreError};

/// How one thing was.
#[derive(Debug, Clone, PartialEq)]
pub struct FormerValue {
    /// What: `ssh_port`, `authorized_key camille`.
    pub name: String,
    /// How it was, without secrets.
    pub value: Value,
    /// The run that changed it.
    pub run: Option<RunId>,
    /// When it was written down.
    pub recorded_at: DateTime<Utc>,
}

/// The handle of `former_values`.
pub struct FormerValues<'s>(pub(crate) &'s Store);

impl FormerValues<'_> {
    /// All of a server, by name.
    ///
    /// # Errors
    /// [`StoreError::Database`], [`StoreError::Corrupt`].
    pub async fn of(&self, server: ServerId) -> Result<Vec<FormerValue>, StoreError> {
        let what = "reading former values";
        let rows = sqlx::query!(
            r#"SELECT name, value, run_id AS "run_id?: Uuid", recorded_at AS "recorded_at: DateTime<Utc>"
               FROM former_values WHERE server_id = ?1 ORDER BY name"#,
            server.uuid()
        )
        .fetch_all(&self.0.readers)
        .await
        .map_err(StoreError::during(what))?;
        rows.into_iter()
            .map(|row| {
                Ok(FormerValue {
                    name: row.name,
                    value: serde_json::from_str(&row.value)
                        .map_err(|_| StoreError::Corrupt { what })?,
                    run: row.run_id.map(RunId::from_uuid),
                    recorded_at: row.recorded_at,
                })
            })
            .collect()
    }

    /// Writes down how something was. Where it is written down already, the older value stays: that is how it was
    /// before any of us.
    ///
    /// # Errors
    /// [`StoreError::Reference`] when the server is not there.
    pub async fn record(&self, server: ServerId, former: &FormerValue) -> Result<(), StoreError> {
        let value = former.value.to_string();
        sqlx::query!(
            "INSERT INTO former_values (server_id, name, value, run_id, recorded_at) VALUES (?1, ?2, ?3, ?4, ?5)
             ON CONFLICT (server_id, name) DO NOTHING",
            server.uuid(),
            former.name,
            value,
            former.run.map(RunId::uuid),
            former.recorded_at
        )
        .execute(&self.0.writer)
        .await
        .map_err(StoreError::during("recording a former value"))?;
        Ok(())
    }

    /// Forgets how something was: it is so again.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn forget(&self, server: ServerId, name: &str) -> Result<(), StoreError> {
        sqlx::query!(
            "DELETE FROM former_values WHERE server_id = ?1 AND name = ?2",
            server.uuid(),
            name
        )
        .execute(&self.0.writer)
        .await
        .map_err(StoreError::during("forgetting a former value"))?;
        Ok(())
    }
}
