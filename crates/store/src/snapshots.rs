//! Table `snapshots`: what an instance last answered, one a kind. The shape of the JSON is `yunohost`'s.

use chrono::{DateTime, Utc};
use sqlx::SqliteConnection;
use towerify_domain::id::ServerId;

use crate::{Store, StoreError};

/// What an instance answered to one kind of question.
#[derive(Debug, Clone, PartialEq)]
pub struct Snapshot {
    /// `facts`, `users`, `groups`, `domains`, `services`, `diagnosis`…
    pub kind: String,
    /// When.
    pub taken_at: DateTime<Utc>,
    /// The answer.
    pub json: serde_json::Value,
}

/// A snapshot that is written down.
pub type NewSnapshot = Snapshot;

/// The handle of `snapshots`.
pub struct Snapshots<'s>(pub(crate) &'s Store);

impl Snapshots<'_> {
    /// The last answer of one kind, if there was one.
    ///
    /// # Errors
    /// [`StoreError::Database`], [`StoreError::Corrupt`].
    pub async fn get(&self, server: ServerId, kind: &str) -> Result<Option<Snapshot>, StoreError> {
        let what = "reading a snapshot";
        let row = sqlx::query!(
            r#"SELECT kind, taken_at AS "taken_at: DateTime<Utc>", json FROM snapshots
               WHERE server_id = ?1 AND kind = ?2"#,
            server.uuid(),
            kind
        )
        .fetch_optional(&self.0.readers)
        .await
        .map_err(StoreError::during(what))?;
        row.map(|row| {
            let json = serde_json::from_str(&row.json).map_err(|_| StoreError::Corrupt { what })?;
            Ok(Snapshot {
                kind: row.kind,
                taken_at: row.taken_at,
                json,
            })
        })
        .transpose()
    }

    /// All last answers of a server, by kind.
    ///
    /// # Errors
    /// [`StoreError::Database`], [`StoreError::Corrupt`].
    pub async fn of(&self, server: ServerId) -> Result<Vec<Snapshot>, StoreError> {
        let what = "reading snapshots";
        let rows = sqlx::query!(
            r#"SELECT kind, taken_at AS "taken_at: DateTime<Utc>", json FROM snapshots
               WHERE server_id = ?1 ORDER BY kind"#,
            server.uuid()
        )
        .fetch_all(&self.0.readers)
        .await
        .map_err(StoreError::during(what))?;
        rows.into_iter()
            .map(|row| {
                let json =
                    serde_json::from_str(&row.json).map_err(|_| StoreError::Corrupt { what })?;
                Ok(Snapshot {
                    kind: row.kind,
                    taken_at: row.taken_at,
                    json,
                })
            })
            .collect()
    }

    /// Writes down one answer, in place of the last of its kind (after a change, without a whole refresh).
    ///
    /// # Errors
    /// [`StoreError::Reference`] when the server is not there.
    pub async fn put(&self, server: ServerId, snapshot: &NewSnapshot) -> Result<(), StoreError> {
        let during = StoreError::during("writing down a snapshot");
        let mut connection = self.0.writer.acquire().await.map_err(during)?;
        put(&mut connection, server, snapshot).await.map_err(during)
    }
}

/// Writes down one answer in a transaction of the caller.
pub(crate) async fn put(
    connection: &mut SqliteConnection,
    server: ServerId,
    snapshot: &NewSnapshot,
) -> Result<(), sqlx::Error> {
    let json = snapshot.json.to_string();
    sqlx::query!(
        "INSERT INTO snapshots (server_id, kind, taken_at, json) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT (server_id, kind) DO UPDATE SET taken_at = excluded.taken_at, json = excluded.json",
        server.uuid(),
        snapshot.kind,
        snapshot.taken_at,
        json
    )
    .execute(connection)
    .await?;
    Ok(())
}
