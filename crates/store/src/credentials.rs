//! Table `credentials`: how to log in to servers. Secrets come in and go out sealed (`vault::Sealer`), bound to
//! [`Credential::place`]; nothing here can open them.

use chrono::{DateTime, Utc};
use sqlx::SqliteConnection;
use towerify_domain::id::{SecretId, ServerId};
use towerify_vault::Place;
use uuid::Uuid;

use crate::{Store, StoreError};

/// One way to log in to one server, or the password of sudo there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Credential {
    /// Its id, drawn by the caller before sealing.
    pub id: SecretId,
    /// Which server.
    pub server_id: ServerId,
    /// `password`, `key`, `key_passphrase`, `key_file`, `agent`, `sudo_password`…, one of each a server.
    pub kind: String,
    /// What may be shown: a fingerprint, a path.
    pub public: Option<String>,
    /// The sealed secret, if there is one.
    pub secret: Option<Vec<u8>>,
    /// Since when.
    pub created_at: DateTime<Utc>,
}

impl Credential {
    /// What the secret of the credential with this id is sealed to.
    pub fn place(id: SecretId) -> Place {
        Place {
            table: "credentials",
            column: "secret",
            row: id.uuid(),
        }
    }
}

/// The handle of `credentials`.
pub struct Credentials<'s>(pub(crate) &'s Store);

impl Credentials<'_> {
    /// All credentials of a server, by kind.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn of(&self, server: ServerId) -> Result<Vec<Credential>, StoreError> {
        let rows = sqlx::query!(
            r#"SELECT id AS "id: Uuid", server_id AS "server_id: Uuid", kind, public AS "public?", secret AS "secret?",
                      created_at AS "created_at: DateTime<Utc>"
               FROM credentials WHERE server_id = ?1 ORDER BY kind"#,
            server.uuid()
        )
        .fetch_all(&self.0.readers)
        .await
        .map_err(StoreError::during("reading credentials"))?;
        Ok(rows
            .into_iter()
            .map(|row| Credential {
                id: SecretId::from_uuid(row.id),
                server_id: ServerId::from_uuid(row.server_id),
                kind: row.kind,
                public: row.public,
                secret: row.secret,
                created_at: row.created_at,
            })
            .collect())
    }

    /// Keeps a credential, in place of the one of the same kind.
    ///
    /// # Errors
    /// [`StoreError::Reference`] when the server is not there.
    pub async fn put(&self, credential: &Credential) -> Result<(), StoreError> {
        // The id is part of what the secret is sealed to: it is replaced with it.
        sqlx::query!(
            "INSERT INTO credentials (id, server_id, kind, public, secret, created_at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6)
             ON CONFLICT (server_id, kind) DO UPDATE
             SET id = excluded.id, public = excluded.public, secret = excluded.secret,
                 created_at = excluded.created_at",
            credential.id.uuid(),
            credential.server_id.uuid(),
            credential.kind,
            credential.public,
            credential.secret,
            credential.created_at
        )
        .execute(&self.0.writer)
        .await
        .map_err(StoreError::during("keeping a credential"))?;
        Ok(())
    }

    /// Keeps some credentials of a server, each in place of the one of its kind, and forgets others, all at once: there
    /// is no moment with neither the old way in nor the new one.
    ///
    /// # Errors
    /// [`StoreError::Reference`] when the server is not there.
    pub async fn exchange(
        &self,
        server: ServerId,
        keep: &[Credential],
        forget: &[&str],
    ) -> Result<(), StoreError> {
        let during = StoreError::during("exchanging credentials");
        let mut transaction = self.0.writer.begin().await.map_err(during)?;
        exchange(&mut transaction, server, keep, forget)
            .await
            .map_err(during)?;
        transaction.commit().await.map_err(during)
    }

    /// Forgets a server's credential of this kind; there may be none.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn remove(&self, server: ServerId, kind: &str) -> Result<(), StoreError> {
        sqlx::query!(
            "DELETE FROM credentials WHERE server_id = ?1 AND kind = ?2",
            server.uuid(),
            kind
        )
        .execute(&self.0.writer)
        .await
        .map_err(StoreError::during("removing a credential"))?;
        Ok(())
    }
}

/// Keeps and forgets within a transaction, as [`Credentials::exchange`] does.
pub(crate) async fn exchange(
    connection: &mut SqliteConnection,
    server: ServerId,
    keep: &[Credential],
    forget: &[&str],
) -> Result<(), sqlx::Error> {
    for credential in keep {
        sqlx::query!(
            "INSERT INTO credentials (id, server_id, kind, public, secret, created_at)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6)
                 ON CONFLICT (server_id, kind) DO UPDATE
                 SET id = excluded.id, public = excluded.public, secret = excluded.secret,
                     created_at = excluded.created_at",
            credential.id.uuid(),
            credential.server_id.uuid(),
            credential.kind,
            credential.public,
            credential.secret,
            credential.created_at
        )
        .execute(&mut *connection)
        .await?;
    }
    for kind in forget {
        sqlx::query!(
            "DELETE FROM credentials WHERE server_id = ?1 AND kind = ?2",
            server.uuid(),
            kind
        )
        .execute(&mut *connection)
        .await?;
    }
    Ok(())
}
