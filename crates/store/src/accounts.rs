//! Table `accounts`: who works in this workspace. What opens the workspace is in `keys.json` (`vault`).

use chrono::{DateTime, Utc};
use towerify_domain::Role;
use towerify_domain::id::{AccountId, CustomerId};
use uuid::Uuid;

use crate::{Store, StoreError};

/// Who works here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// Its id, the same as in `keys.json`.
    pub id: AccountId,
    /// Its name, unlike any other's.
    pub name: String,
    /// What it may do follows from this.
    pub role: Role,
    /// Whose; none for the provider's own people.
    pub customer_id: Option<CustomerId>,
    /// Since when.
    pub created_at: DateTime<Utc>,
    /// When it was shut out; `None` while it may work.
    pub disabled_at: Option<DateTime<Utc>>,
}

/// A row as it is stored.
struct Columns {
    id: Uuid,
    name: String,
    role: String,
    customer_id: Option<Uuid>,
    created_at: DateTime<Utc>,
    disabled_at: Option<DateTime<Utc>>,
}

impl TryFrom<Columns> for Account {
    type Error = StoreError;

    fn try_from(row: Columns) -> Result<Self, StoreError> {
        Ok(Self {
            id: AccountId::from_uuid(row.id),
            name: row.name,
            role: Role::named(&row.role).ok_or(StoreError::Corrupt {
                what: "reading an account",
            })?,
            customer_id: row.customer_id.map(CustomerId::from_uuid),
            created_at: row.created_at,
            disabled_at: row.disabled_at,
        })
    }
}

/// The handle of `accounts`.
pub struct Accounts<'s>(pub(crate) &'s Store);

impl Accounts<'_> {
    /// Adds an account.
    ///
    /// # Errors
    /// [`StoreError::Duplicate`] for a name or an id that is taken, [`StoreError::Reference`] for a customer that is not there.
    pub async fn insert(&self, account: &Account) -> Result<(), StoreError> {
        sqlx::query!(
            "INSERT INTO accounts (id, name, role, customer_id, created_at, disabled_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            account.id.uuid(),
            account.name,
            account.role.name(),
            account.customer_id.map(CustomerId::uuid),
            account.created_at,
            account.disabled_at
        )
        .execute(&self.0.writer)
        .await
        .map_err(StoreError::during("adding an account"))?;
        Ok(())
    }

    /// The account with this id, if there is one and it is not on its way out.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn get(&self, id: AccountId) -> Result<Option<Account>, StoreError> {
        sqlx::query_as!(
            Columns,
            r#"SELECT id AS "id: Uuid", name, role, customer_id AS "customer_id?: Uuid", created_at AS "created_at: DateTime<Utc>",
                      disabled_at AS "disabled_at?: DateTime<Utc>"
               FROM accounts WHERE id = ?1 AND leaving_at IS NULL"#,
            id.uuid()
        )
        .fetch_optional(&self.0.readers)
        .await
        .map_err(StoreError::during("reading an account"))?
        .map(Account::try_from)
        .transpose()
    }

    /// All accounts, by name; those on their way out are not among them.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn all(&self) -> Result<Vec<Account>, StoreError> {
        sqlx::query_as!(
            Columns,
            r#"SELECT id AS "id: Uuid", name, role, customer_id AS "customer_id?: Uuid", created_at AS "created_at: DateTime<Utc>",
                      disabled_at AS "disabled_at?: DateTime<Utc>"
               FROM accounts WHERE leaving_at IS NULL ORDER BY name"#
        )
        .fetch_all(&self.0.readers)
        .await
        .map_err(StoreError::during("listing accounts"))?
        .into_iter()
        .map(Account::try_from)
        .collect()
    }

    /// Gives an account another name.
    ///
    /// # Errors
    /// [`StoreError::NotFound`], [`StoreError::Duplicate`].
    pub async fn rename(&self, id: AccountId, name: &str) -> Result<(), StoreError> {
        let what = "renaming an account";
        let done = sqlx::query!(
            "UPDATE accounts SET name = ?2 WHERE id = ?1 AND leaving_at IS NULL",
            id.uuid(),
            name
        )
        .execute(&self.0.writer)
        .await
        .map_err(StoreError::during(what))?;
        one(done.rows_affected(), what)
    }

    /// Shuts an account out, and keeps the ways in that it had (JSON; those kept before stay when none are given).
    ///
    /// # Errors
    /// [`StoreError::NotFound`].
    pub async fn disable(
        &self,
        id: AccountId,
        at: DateTime<Utc>,
        ways_in: Option<&str>,
    ) -> Result<(), StoreError> {
        let what = "disabling an account";
        let done = sqlx::query!(
            "UPDATE accounts SET disabled_at = coalesce(disabled_at, ?2), ways_in = coalesce(?3, ways_in)
             WHERE id = ?1 AND leaving_at IS NULL",
            id.uuid(),
            at,
            ways_in
        )
        .execute(&self.0.writer)
        .await
        .map_err(StoreError::during(what))?;
        one(done.rows_affected(), what)
    }

    /// The ways in that were kept for an account that is shut out.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn kept_ways_in(&self, id: AccountId) -> Result<Option<String>, StoreError> {
        let kept = sqlx::query_scalar!("SELECT ways_in FROM accounts WHERE id = ?1", id.uuid())
            .fetch_optional(&self.0.readers)
            .await
            .map_err(StoreError::during("reading an account"))?;
        Ok(kept.flatten())
    }

    /// Lets an account in again, and forgets the ways in that were kept.
    ///
    /// # Errors
    /// [`StoreError::NotFound`].
    pub async fn enable(&self, id: AccountId) -> Result<(), StoreError> {
        let what = "enabling an account";
        let done = sqlx::query!(
            "UPDATE accounts SET disabled_at = NULL, ways_in = NULL WHERE id = ?1 AND leaving_at IS NULL",
            id.uuid()
        )
        .execute(&self.0.writer)
        .await
        .map_err(StoreError::during(what))?;
        one(done.rows_affected(), what)
    }

    /// Marks an account as on its way out: from now on it is not there for anybody.
    ///
    /// # Errors
    /// [`StoreError::NotFound`].
    pub async fn begin_leaving(&self, id: AccountId, at: DateTime<Utc>) -> Result<(), StoreError> {
        let what = "removing an account";
        let done = sqlx::query!(
            "UPDATE accounts SET leaving_at = ?2 WHERE id = ?1 AND leaving_at IS NULL",
            id.uuid(),
            at
        )
        .execute(&self.0.writer)
        .await
        .map_err(StoreError::during(what))?;
        one(done.rows_affected(), what)
    }

    /// The accounts that are on their way out.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn leaving(&self) -> Result<Vec<AccountId>, StoreError> {
        let rows = sqlx::query_scalar!(
            r#"SELECT id AS "id: Uuid" FROM accounts WHERE leaving_at IS NOT NULL ORDER BY id"#
        )
        .fetch_all(&self.0.readers)
        .await
        .map_err(StoreError::during("listing accounts"))?;
        Ok(rows.into_iter().map(AccountId::from_uuid).collect())
    }

    /// Removes an account, with its settings and its second factor. What it did stays.
    ///
    /// # Errors
    /// [`StoreError::Reference`] while it has entries to servers.
    pub async fn remove(&self, id: AccountId) -> Result<(), StoreError> {
        sqlx::query!("DELETE FROM accounts WHERE id = ?1", id.uuid())
            .execute(&self.0.writer)
            .await
            .map_err(StoreError::during("removing an account"))?;
        Ok(())
    }
}

fn one(changed: u64, what: &'static str) -> Result<(), StoreError> {
    if changed == 1 {
        Ok(())
    } else {
        Err(StoreError::NotFound { what })
    }
}
