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

    /// The account with this id, if there is one.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn get(&self, id: AccountId) -> Result<Option<Account>, StoreError> {
        sqlx::query_as!(
            Columns,
            r#"SELECT id AS "id: Uuid", name, role, customer_id AS "customer_id?: Uuid", created_at AS "created_at: DateTime<Utc>",
                      disabled_at AS "disabled_at?: DateTime<Utc>"
               FROM accounts WHERE id = ?1"#,
            id.uuid()
        )
        .fetch_optional(&self.0.readers)
        .await
        .map_err(StoreError::during("reading an account"))?
        .map(Account::try_from)
        .transpose()
    }

    /// All accounts, by name.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn all(&self) -> Result<Vec<Account>, StoreError> {
        sqlx::query_as!(
            Columns,
            r#"SELECT id AS "id: Uuid", name, role, customer_id AS "customer_id?: Uuid", created_at AS "created_at: DateTime<Utc>",
                      disabled_at AS "disabled_at?: DateTime<Utc>"
               FROM accounts ORDER BY name"#
        )
        .fetch_all(&self.0.readers)
        .await
        .map_err(StoreError::during("listing accounts"))?
        .into_iter()
        .map(Account::try_from)
        .collect()
    }
}
