//! Every column that holds sealed values, and sealing all of them anew when a key was replaced.

use sqlx::Row;
use towerify_vault::Place;
use uuid::Uuid;

use crate::{Store, StoreError};

/// The columns that hold sealed values: table, column, and the column of the row's id to which a value is sealed. A test
/// compares them with the schema.
pub const SEALED: &[(&str, &str, &str)] = &[
    ("credentials", "secret", "id"),
    ("runs", "secret", "id"),
    ("runs", "conceal", "id"),
    ("fleet_runs", "secret", "id"),
    ("gate_accesses", "secret", "id"),
    ("second_factors", "secret", "account_id"),
];

/// A sealed value, where it lives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SealedValue {
    /// Its place.
    pub place: Place,
    /// What is there.
    pub value: Vec<u8>,
}

impl Store {
    /// Every sealed value of the database.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn sealed(&self) -> Result<Vec<SealedValue>, StoreError> {
        let during = StoreError::during("reading what is sealed");
        let mut connection = self.readers.acquire().await.map_err(during)?;
        read(&mut connection).await
    }

    /// Goes through every sealed value in one transaction, and puts what `anew` gives in its place; `None` leaves it.
    /// Gives how many were replaced.
    ///
    /// # Errors
    /// [`StoreError::Database`]; then nothing was changed.
    pub async fn seal_anew(
        &self,
        mut anew: impl FnMut(&SealedValue) -> Option<Vec<u8>>,
    ) -> Result<u64, StoreError> {
        let during = StoreError::during("sealing anew");
        let mut transaction = self.writer.begin().await.map_err(during)?;
        let mut replaced = 0;
        for sealed in read(&mut transaction).await? {
            let Some(value) = anew(&sealed) else { continue };
            let Place { table, column, row } = sealed.place;
            let Some((_, _, id)) = SEALED
                .iter()
                .find(|(known, of, _)| (*known, *of) == (table, column))
            else {
                continue;
            };
            // Names of tables and columns from the list above, never from outside.
            sqlx::query(sqlx::AssertSqlSafe(format!(
                "UPDATE {table} SET {column} = ?2 WHERE {id} = ?1"
            )))
            .bind(row)
            .bind(value)
            .execute(&mut *transaction)
            .await
            .map_err(during)?;
            replaced += 1;
        }
        transaction.commit().await.map_err(during)?;
        Ok(replaced)
    }
}

async fn read(connection: &mut sqlx::SqliteConnection) -> Result<Vec<SealedValue>, StoreError> {
    let during = StoreError::during("reading what is sealed");
    let mut found = Vec::new();
    for &(table, column, id) in SEALED {
        let rows = sqlx::query(sqlx::AssertSqlSafe(format!(
            "SELECT {id}, {column} FROM {table} WHERE {column} IS NOT NULL"
        )))
        .fetch_all(&mut *connection)
        .await
        .map_err(during)?;
        for row in rows {
            found.push(SealedValue {
                place: Place {
                    table,
                    column,
                    row: row.try_get::<Uuid, _>(0).map_err(during)?,
                },
                value: row.try_get(1).map_err(during)?,
            });
        }
    }
    Ok(found)
}
