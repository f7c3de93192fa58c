//! Tables `second_factors` and `recovery_codes`: what is asked of an account besides its password, and what opens in its
//! place. Secrets come in sealed, codes hashed.

use chrono::{DateTime, Utc};
use towerify_domain::id::AccountId;
use towerify_vault::Place;
use uuid::Uuid;

use crate::{Store, StoreError};

/// The second factor of an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SecondFactor {
    /// Whose.
    pub account_id: AccountId,
    /// The shared secret, sealed.
    pub secret: Vec<u8>,
    /// Since when it is asked for.
    pub since: DateTime<Utc>,
    /// The last time step whose code was taken.
    pub step: i64,
}

impl SecondFactor {
    /// What the secret of this account's second factor is sealed to.
    pub fn place(account: AccountId) -> Place {
        Place {
            table: "second_factors",
            column: "secret",
            row: account.uuid(),
        }
    }
}

/// The handle of both tables.
pub struct SecondFactors<'s>(pub(crate) &'s Store);

impl SecondFactors<'_> {
    /// The second factor of an account, if it has one.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn get(&self, account: AccountId) -> Result<Option<SecondFactor>, StoreError> {
        let row = sqlx::query!(
            r#"SELECT secret, since AS "since: DateTime<Utc>", step FROM second_factors WHERE account_id = ?1"#,
            account.uuid()
        )
        .fetch_optional(&self.0.readers)
        .await
        .map_err(StoreError::during("reading a second factor"))?;
        Ok(row.map(|row| SecondFactor {
            account_id: account,
            secret: row.secret,
            since: row.since,
            step: row.step,
        }))
    }

    /// The accounts that have one.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn accounts(&self) -> Result<Vec<AccountId>, StoreError> {
        let rows = sqlx::query_scalar!(r#"SELECT account_id AS "id: Uuid" FROM second_factors"#)
            .fetch_all(&self.0.readers)
            .await
            .map_err(StoreError::during("listing second factors"))?;
        Ok(rows.into_iter().map(AccountId::from_uuid).collect())
    }

    /// Sets the second factor of an account, with the hashes of its recovery codes; those of before are gone.
    ///
    /// # Errors
    /// [`StoreError::Reference`] when the account is not there.
    pub async fn set(&self, factor: &SecondFactor, codes: &[[u8; 32]]) -> Result<(), StoreError> {
        let during = StoreError::during("keeping a second factor");
        let mut transaction = self.0.writer.begin().await.map_err(during)?;
        let account = factor.account_id.uuid();
        sqlx::query!("DELETE FROM second_factors WHERE account_id = ?1", account)
            .execute(&mut *transaction)
            .await
            .map_err(during)?;
        sqlx::query!(
            "INSERT INTO second_factors (account_id, secret, since, step) VALUES (?1, ?2, ?3, ?4)",
            account,
            factor.secret,
            factor.since,
            factor.step
        )
        .execute(&mut *transaction)
        .await
        .map_err(during)?;
        for hash in codes {
            let hash = hash.as_slice();
            sqlx::query!(
                "INSERT INTO recovery_codes (account_id, hash) VALUES (?1, ?2)",
                account,
                hash
            )
            .execute(&mut *transaction)
            .await
            .map_err(during)?;
        }
        transaction.commit().await.map_err(during)
    }

    /// Takes the code of this time step; false when that of this or a later one was taken already.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn take_step(&self, account: AccountId, step: i64) -> Result<bool, StoreError> {
        let taken = sqlx::query!(
            "UPDATE second_factors SET step = ?2 WHERE account_id = ?1 AND step < ?2",
            account.uuid(),
            step
        )
        .execute(&self.0.writer)
        .await
        .map_err(StoreError::during("taking a code"))?;
        Ok(taken.rows_affected() == 1)
    }

    /// Takes the recovery code with this hash; false when there is none, or it was taken already.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn take_code(
        &self,
        account: AccountId,
        hash: &[u8; 32],
        at: DateTime<Utc>,
    ) -> Result<bool, StoreError> {
        let hash = hash.as_slice();
        let taken = sqlx::query!(
            "UPDATE recovery_codes SET used_at = ?3 WHERE account_id = ?1 AND hash = ?2 AND used_at IS NULL",
            account.uuid(),
            hash,
            at
        )
        .execute(&self.0.writer)
        .await
        .map_err(StoreError::during("taking a recovery code"))?;
        Ok(taken.rows_affected() == 1)
    }

    /// How many recovery codes of an account were not taken yet.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn codes_left(&self, account: AccountId) -> Result<u32, StoreError> {
        let left = sqlx::query_scalar!(
            r#"SELECT count(*) AS "left!: i64" FROM recovery_codes WHERE account_id = ?1 AND used_at IS NULL"#,
            account.uuid()
        )
        .fetch_one(&self.0.readers)
        .await
        .map_err(StoreError::during("counting recovery codes"))?;
        Ok(u32::try_from(left).unwrap_or(u32::MAX))
    }

    /// Takes the second factor of an account away, with its recovery codes; true when there was one.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn remove(&self, account: AccountId) -> Result<bool, StoreError> {
        let gone = sqlx::query!(
            "DELETE FROM second_factors WHERE account_id = ?1",
            account.uuid()
        )
        .execute(&self.0.writer)
        .await
        .map_err(StoreError::during("removing a second factor"))?;
        Ok(gone.rows_affected() == 1)
    }
}
