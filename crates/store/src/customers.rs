//! Table `customers`: whose servers and accounts are. What sells to them and bills them is left to the shop.

use chrono::{DateTime, Utc};
use towerify_domain::id::CustomerId;
use uuid::Uuid;

use crate::{Store, StoreError};

/// A customer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Customer {
    /// Its id.
    pub id: CustomerId,
    /// Its name, unlike any other's (letter case does not count).
    pub name: String,
    /// Since when it is known here.
    pub created_at: DateTime<Utc>,
}

struct Columns {
    id: Uuid,
    name: String,
    created_at: DateTime<Utc>,
}

impl From<Columns> for Customer {
    fn from(row: Columns) -> Self {
        Self {
            id: CustomerId::from_uuid(row.id),
            name: row.name,
            created_at: row.created_at,
        }
    }
}

/// The handle of `customers`.
pub struct Customers<'s>(pub(crate) &'s Store);

impl Customers<'_> {
    /// Adds a customer.
    ///
    /// # Errors
    /// [`StoreError::Duplicate`] for a name or an id that is taken.
    pub async fn insert(&self, customer: &Customer) -> Result<(), StoreError> {
        sqlx::query!(
            "INSERT INTO customers (id, name, created_at) VALUES (?1, ?2, ?3)",
            customer.id.uuid(),
            customer.name,
            customer.created_at
        )
        .execute(&self.0.writer)
        .await
        .map_err(StoreError::during("adding a customer"))?;
        Ok(())
    }

    /// The customer with this id, if there is one.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn get(&self, id: CustomerId) -> Result<Option<Customer>, StoreError> {
        let row = sqlx::query_as!(
            Columns,
            r#"SELECT id AS "id: Uuid", name, created_at AS "created_at: DateTime<Utc>"
               FROM customers WHERE id = ?1"#,
            id.uuid()
        )
        .fetch_optional(&self.0.readers)
        .await
        .map_err(StoreError::during("reading a customer"))?;
        Ok(row.map(Customer::from))
    }

    /// The customer of this name (letter case does not count), if there is one.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn by_name(&self, name: &str) -> Result<Option<Customer>, StoreError> {
        let row = sqlx::query_as!(
            Columns,
            r#"SELECT id AS "id: Uuid", name, created_at AS "created_at: DateTime<Utc>"
               FROM customers WHERE name = ?1"#,
            name
        )
        .fetch_optional(&self.0.readers)
        .await
        .map_err(StoreError::during("reading a customer"))?;
        Ok(row.map(Customer::from))
    }

    /// All customers, by name.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn all(&self) -> Result<Vec<Customer>, StoreError> {
        let rows = sqlx::query_as!(
            Columns,
            r#"SELECT id AS "id: Uuid", name, created_at AS "created_at: DateTime<Utc>"
               FROM customers ORDER BY name"#
        )
        .fetch_all(&self.0.readers)
        .await
        .map_err(StoreError::during("listing customers"))?;
        Ok(rows.into_iter().map(Customer::from).collect())
    }
}
