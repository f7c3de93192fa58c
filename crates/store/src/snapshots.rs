//! Tables `snapshots` and `gate_snapshots`: what an instance last answered, one a kind, to the provider and to each
//! customer's administrator who reads it through a gate. The shape of the JSON is `yunohost`'s.

use chrono::{DateTime, Utc};
use sqlx::SqliteConnection;
use towerify_domain::Within;
use towerify_domain::id::{AccountId, ServerId};

use crate::{Store, StoreError};

/// With whose eyes an instance was read. Through a gate it answers a part of what it answers to the provider, so that the
/// readings are kept apart: neither takes the place of the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sight {
    /// The provider's: all that there is.
    Whole,
    /// What this account's gate lets through.
    Gate(AccountId),
}

impl Sight {
    /// Which readings somebody sees who looks within.
    pub fn of(within: Within) -> Self {
        match within {
            Within::All => Self::Whole,
            Within::Customer { account, .. } | Within::Account(account) => Self::Gate(account),
        }
    }
}

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

/// A row as it is stored.
struct Columns {
    kind: String,
    taken_at: DateTime<Utc>,
    json: String,
}

impl TryFrom<Columns> for Snapshot {
    type Error = StoreError;

    fn try_from(row: Columns) -> Result<Self, StoreError> {
        Ok(Self {
            json: serde_json::from_str(&row.json).map_err(|_| StoreError::Corrupt {
                what: "reading a snapshot",
            })?,
            kind: row.kind,
            taken_at: row.taken_at,
        })
    }
}

/// A checked query for snapshots.
macro_rules! select {
    ($rest:literal, $($argument:expr),+ $(,)?) => {
        sqlx::query_as!(
            Columns,
            r#"SELECT kind, taken_at AS "taken_at: DateTime<Utc>", json FROM "# + $rest,
            $($argument),+
        )
    };
}

/// The handle of `snapshots`.
pub struct Snapshots<'s>(pub(crate) &'s Store);

impl Snapshots<'_> {
    /// The last answer of one kind in this sight, if there was one.
    ///
    /// # Errors
    /// [`StoreError::Database`], [`StoreError::Corrupt`].
    pub async fn get(
        &self,
        sight: Sight,
        server: ServerId,
        kind: &str,
    ) -> Result<Option<Snapshot>, StoreError> {
        let (readers, server) = (&self.0.readers, server.uuid());
        let row = match sight {
            Sight::Whole => {
                select!("snapshots WHERE server_id = ?1 AND kind = ?2", server, kind)
                    .fetch_optional(readers)
                    .await
            }
            Sight::Gate(account) => {
                select!(
                    "gate_snapshots WHERE server_id = ?1 AND account_id = ?2 AND kind = ?3",
                    server,
                    account.uuid(),
                    kind
                )
                .fetch_optional(readers)
                .await
            }
        };
        row.map_err(StoreError::during("reading a snapshot"))?
            .map(Snapshot::try_from)
            .transpose()
    }

    /// All last answers of a server in this sight, by kind.
    ///
    /// # Errors
    /// [`StoreError::Database`], [`StoreError::Corrupt`].
    pub async fn of(&self, sight: Sight, server: ServerId) -> Result<Vec<Snapshot>, StoreError> {
        let (readers, server) = (&self.0.readers, server.uuid());
        let rows = match sight {
            Sight::Whole => {
                select!("snapshots WHERE server_id = ?1 ORDER BY kind", server)
                    .fetch_all(readers)
                    .await
            }
            Sight::Gate(account) => {
                select!(
                    "gate_snapshots WHERE server_id = ?1 AND account_id = ?2 ORDER BY kind",
                    server,
                    account.uuid()
                )
                .fetch_all(readers)
                .await
            }
        };
        rows.map_err(StoreError::during("reading snapshots"))?
            .into_iter()
            .map(Snapshot::try_from)
            .collect()
    }

    /// Writes down one answer, in place of the last of its kind in this sight (after a change, without a whole refresh).
    ///
    /// # Errors
    /// [`StoreError::Reference`] when the server or the account is not there.
    pub async fn put(
        &self,
        sight: Sight,
        server: ServerId,
        snapshot: &NewSnapshot,
    ) -> Result<(), StoreError> {
        let during = StoreError::during("writing down a snapshot");
        let mut connection = self.0.writer.acquire().await.map_err(during)?;
        put(&mut connection, sight, server, snapshot)
            .await
            .map_err(during)
    }
}

/// Writes down one answer in a transaction of the caller.
pub(crate) async fn put(
    connection: &mut SqliteConnection,
    sight: Sight,
    server: ServerId,
    snapshot: &NewSnapshot,
) -> Result<(), sqlx::Error> {
    let json = snapshot.json.to_string();
    match sight {
        Sight::Whole => {
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
        }
        Sight::Gate(account) => {
            sqlx::query!(
                "INSERT INTO gate_snapshots (server_id, account_id, kind, taken_at, json) VALUES (?1, ?2, ?3, ?4, ?5)
                 ON CONFLICT (server_id, account_id, kind)
                 DO UPDATE SET taken_at = excluded.taken_at, json = excluded.json",
                server.uuid(),
                account.uuid(),
                snapshot.kind,
                snapshot.taken_at,
                json
            )
            .execute(connection)
            .await?;
        }
    }
    Ok(())
}
