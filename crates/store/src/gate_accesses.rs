//! Table `gate_accesses`: the entries of restricted administrators to servers, each with a key of its own. Private halves
//! come in and go out sealed, bound to [`GateAccess::place`]; what the gate is and does is left to others.

use chrono::{DateTime, Utc};
use towerify_domain::id::{AccountId, SecretId, ServerId};
use towerify_vault::Place;
use uuid::Uuid;

use crate::{Store, StoreError};

/// One account's entry to one server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GateAccess {
    /// Its id, drawn by the caller before sealing.
    pub id: SecretId,
    /// To which server.
    pub server_id: ServerId,
    /// Whose.
    pub account_id: AccountId,
    /// The system account on the server.
    pub system_user: String,
    /// The key's public half, as OpenSSH writes it.
    pub public: String,
    /// The key's private half, sealed under a key that the account holds.
    pub secret: Vec<u8>,
    /// What it may do there, as it was put there.
    pub policy: serde_json::Value,
    /// The gate's version there; `None` until it is there.
    pub version: Option<String>,
    /// Since when it is planned.
    pub created_at: DateTime<Utc>,
    /// Since when it is there.
    pub installed_at: Option<DateTime<Utc>>,
}

impl GateAccess {
    /// What the private half of the entry with this id is sealed to.
    pub fn place(id: SecretId) -> Place {
        Place {
            table: "gate_accesses",
            column: "secret",
            row: id.uuid(),
        }
    }
}

struct Columns {
    id: Uuid,
    server_id: Uuid,
    account_id: Uuid,
    system_user: String,
    public: String,
    secret: Vec<u8>,
    policy: String,
    version: Option<String>,
    created_at: DateTime<Utc>,
    installed_at: Option<DateTime<Utc>>,
}

impl TryFrom<Columns> for GateAccess {
    type Error = StoreError;

    fn try_from(row: Columns) -> Result<Self, StoreError> {
        Ok(Self {
            id: SecretId::from_uuid(row.id),
            server_id: ServerId::from_uuid(row.server_id),
            account_id: AccountId::from_uuid(row.account_id),
            system_user: row.system_user,
            public: row.public,
            secret: row.secret,
            policy: serde_json::from_str(&row.policy).map_err(|_| StoreError::Corrupt {
                what: "reading a gate's policy",
            })?,
            version: row.version,
            created_at: row.created_at,
            installed_at: row.installed_at,
        })
    }
}

/// A checked query for all columns of `gate_accesses`, with the rest of its text and its arguments.
macro_rules! select {
    ($rest:literal, $($argument:expr),* $(,)?) => {
        sqlx::query_as!(
            Columns,
            r#"SELECT id AS "id: Uuid", server_id AS "server_id: Uuid", account_id AS "account_id: Uuid", system_user, public,
                      secret, policy, version AS "version?", created_at AS "created_at: DateTime<Utc>",
                      installed_at AS "installed_at?: DateTime<Utc>"
               FROM gate_accesses "# + $rest,
            $($argument),*
        )
    };
}

/// The handle of `gate_accesses`.
pub struct GateAccesses<'s>(pub(crate) &'s Store);

impl GateAccesses<'_> {
    /// Keeps an entry, in place of the one of the same account to the same server.
    ///
    /// # Errors
    /// [`StoreError::Reference`] when the server or the account is not there, [`StoreError::Duplicate`] for a system account
    /// that is another's there.
    pub async fn put(&self, access: &GateAccess) -> Result<(), StoreError> {
        let policy = access.policy.to_string();
        sqlx::query!(
            "INSERT INTO gate_accesses
                 (id, server_id, account_id, system_user, public, secret, policy, version, created_at, installed_at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)
             ON CONFLICT (server_id, account_id) DO UPDATE
             SET id = excluded.id, system_user = excluded.system_user, public = excluded.public, secret = excluded.secret,
                 policy = excluded.policy, version = excluded.version, created_at = excluded.created_at,
                 installed_at = excluded.installed_at",
            access.id.uuid(),
            access.server_id.uuid(),
            access.account_id.uuid(),
            access.system_user,
            access.public,
            access.secret,
            policy,
            access.version,
            access.created_at,
            access.installed_at
        )
        .execute(&self.0.writer)
        .await
        .map_err(StoreError::during("keeping a gate's entry"))?;
        Ok(())
    }

    /// The entry of this account to this server, if there is one.
    ///
    /// # Errors
    /// [`StoreError::Database`], [`StoreError::Corrupt`].
    pub async fn get(
        &self,
        server: ServerId,
        account: AccountId,
    ) -> Result<Option<GateAccess>, StoreError> {
        select!(
            "WHERE server_id = ?1 AND account_id = ?2",
            server.uuid(),
            account.uuid()
        )
        .fetch_optional(&self.0.readers)
        .await
        .map_err(StoreError::during("reading a gate's entry"))?
        .map(GateAccess::try_from)
        .transpose()
    }

    /// The entries to this server.
    ///
    /// # Errors
    /// [`StoreError::Database`], [`StoreError::Corrupt`].
    pub async fn of_server(&self, server: ServerId) -> Result<Vec<GateAccess>, StoreError> {
        select!("WHERE server_id = ?1 ORDER BY system_user", server.uuid())
            .fetch_all(&self.0.readers)
            .await
            .map_err(StoreError::during("listing a server's entries"))?
            .into_iter()
            .map(GateAccess::try_from)
            .collect()
    }

    /// The entries of this account.
    ///
    /// # Errors
    /// [`StoreError::Database`], [`StoreError::Corrupt`].
    pub async fn of_account(&self, account: AccountId) -> Result<Vec<GateAccess>, StoreError> {
        select!("WHERE account_id = ?1 ORDER BY server_id", account.uuid())
            .fetch_all(&self.0.readers)
            .await
            .map_err(StoreError::during("listing an account's entries"))?
            .into_iter()
            .map(GateAccess::try_from)
            .collect()
    }

    /// Forgets the entry of this account to this server; there may be none.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn remove(&self, server: ServerId, account: AccountId) -> Result<(), StoreError> {
        sqlx::query!(
            "DELETE FROM gate_accesses WHERE server_id = ?1 AND account_id = ?2",
            server.uuid(),
            account.uuid()
        )
        .execute(&self.0.writer)
        .await
        .map_err(StoreError::during("forgetting a gate's entry"))?;
        Ok(())
    }
}
