//! Table `host_keys`: by which keys servers are recognised. Comparing an offered key with them is `ssh`'s.

use chrono::{DateTime, Utc};
use sqlx::SqliteConnection;
use towerify_domain::id::{HostKeyId, ServerId};
use uuid::Uuid;

use crate::{Store, StoreError};

/// A key that a server showed, and what was decided about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HostKeyRow {
    /// Its id, drawn by the caller.
    pub id: HostKeyId,
    /// Whose key.
    pub server_id: ServerId,
    /// `ssh`, or `tls` for the certificate of the server's API.
    pub protocol: String,
    /// `ssh-ed25519`, `ecdsa-sha2-nistp256`…
    pub algorithm: String,
    /// The public key as the protocol carries it.
    pub blob: Vec<u8>,
    /// `SHA256:…`
    pub fingerprint: String,
    /// `pinned` or `revoked`.
    pub state: String,
    /// How it was checked: `read aloud`, `known_hosts`, `on sight`… in the words of `domain`.
    pub how_checked: String,
    /// Who said yes.
    pub accepted_by: String,
    /// When.
    pub accepted_at: DateTime<Utc>,
    /// Since when it is refused.
    pub revoked_at: Option<DateTime<Utc>>,
}

/// The handle of `host_keys`.
pub struct HostKeys<'s>(pub(crate) &'s Store);

impl HostKeys<'_> {
    /// All keys of a server, pinned ones first.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn of(&self, server: ServerId) -> Result<Vec<HostKeyRow>, StoreError> {
        let rows = sqlx::query!(
            r#"SELECT id AS "id: Uuid", server_id AS "server_id: Uuid", protocol, algorithm, blob, fingerprint, state,
                      how_checked, accepted_by, accepted_at AS "accepted_at: DateTime<Utc>",
                      revoked_at AS "revoked_at?: DateTime<Utc>"
               FROM host_keys WHERE server_id = ?1 ORDER BY state, accepted_at"#,
            server.uuid()
        )
        .fetch_all(&self.0.readers)
        .await
        .map_err(StoreError::during("reading host keys"))?;
        Ok(rows
            .into_iter()
            .map(|row| HostKeyRow {
                id: HostKeyId::from_uuid(row.id),
                server_id: ServerId::from_uuid(row.server_id),
                protocol: row.protocol,
                algorithm: row.algorithm,
                blob: row.blob,
                fingerprint: row.fingerprint,
                state: row.state,
                how_checked: row.how_checked,
                accepted_by: row.accepted_by,
                accepted_at: row.accepted_at,
                revoked_at: row.revoked_at,
            })
            .collect())
    }

    /// Pins a key, in place of the one that was pinned for the same server and protocol: that one is revoked, so
    /// that it is refused if it ever comes back. `key.state` is not looked at.
    ///
    /// # Errors
    /// [`StoreError::Reference`] when the server is not there; [`StoreError::Duplicate`] when this very key was
    /// revoked: that is for ever.
    pub async fn pin(&self, key: &HostKeyRow) -> Result<(), StoreError> {
        let during = StoreError::during("pinning a host key");
        let mut transaction = self.0.writer.begin().await.map_err(during)?;
        pin(&mut transaction, key).await.map_err(during)?;
        transaction.commit().await.map_err(during)
    }

    /// Revokes a key: from now on it is refused.
    ///
    /// # Errors
    /// [`StoreError::NotFound`].
    pub async fn revoke(&self, id: HostKeyId, at: DateTime<Utc>) -> Result<(), StoreError> {
        let what = "revoking a host key";
        let changed = sqlx::query!(
            "UPDATE host_keys SET state = 'revoked', revoked_at = coalesce(revoked_at, ?2) WHERE id = ?1",
            id.uuid(),
            at
        )
        .execute(&self.0.writer)
        .await
        .map_err(StoreError::during(what))?;
        if changed.rows_affected() == 0 {
            Err(StoreError::NotFound { what })
        } else {
            Ok(())
        }
    }
}

/// Pins a key within a transaction, as [`HostKeys::pin`] does.
pub(crate) async fn pin(
    connection: &mut SqliteConnection,
    key: &HostKeyRow,
) -> Result<(), sqlx::Error> {
    let already = sqlx::query_scalar!(
            r#"SELECT count(*) AS "count!: i64" FROM host_keys
               WHERE server_id = ?1 AND protocol = ?2 AND algorithm = ?3 AND blob = ?4 AND state = 'pinned'"#,
            key.server_id.uuid(),
            key.protocol,
            key.algorithm,
            key.blob
        )
        .fetch_one(&mut *connection)
        .await?;
    if already > 0 {
        return Ok(());
    }
    sqlx::query!(
        "UPDATE host_keys SET state = 'revoked', revoked_at = ?3
             WHERE server_id = ?1 AND protocol = ?2 AND state = 'pinned'",
        key.server_id.uuid(),
        key.protocol,
        key.accepted_at
    )
    .execute(&mut *connection)
    .await?;
    sqlx::query!(
            "INSERT INTO host_keys (id, server_id, protocol, algorithm, blob, fingerprint, state, how_checked,
                 accepted_by, accepted_at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, 'pinned', ?7, ?8, ?9)",
            key.id.uuid(),
            key.server_id.uuid(),
            key.protocol,
            key.algorithm,
            key.blob,
            key.fingerprint,
            key.how_checked,
            key.accepted_by,
            key.accepted_at
        )
        .execute(&mut *connection)
        .await?;
    Ok(())
}
