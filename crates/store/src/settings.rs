//! Table `settings`: choices of an account, or (no account) of the workspace.

use towerify_domain::id::AccountId;

use crate::{Store, StoreError};

/// The handle of `settings`.
pub struct Settings<'s>(pub(crate) &'s Store);

impl Settings<'_> {
    /// The value of a key, if it was ever set.
    ///
    /// # Errors
    /// [`StoreError::Database`], [`StoreError::Corrupt`].
    pub async fn get(
        &self,
        account: Option<AccountId>,
        key: &str,
    ) -> Result<Option<serde_json::Value>, StoreError> {
        let what = "reading a setting";
        let value = sqlx::query_scalar!(
            "SELECT value FROM settings WHERE account_id IS ?1 AND key = ?2",
            account.map(AccountId::uuid),
            key
        )
        .fetch_optional(&self.0.readers)
        .await
        .map_err(StoreError::during(what))?;
        value
            .map(|text| serde_json::from_str(&text).map_err(|_| StoreError::Corrupt { what }))
            .transpose()
    }

    /// All settings of an account, or of the workspace.
    ///
    /// # Errors
    /// [`StoreError::Database`], [`StoreError::Corrupt`].
    pub async fn all(
        &self,
        account: Option<AccountId>,
    ) -> Result<Vec<(String, serde_json::Value)>, StoreError> {
        let what = "reading settings";
        let rows = sqlx::query!(
            "SELECT key, value FROM settings WHERE account_id IS ?1 ORDER BY key",
            account.map(AccountId::uuid)
        )
        .fetch_all(&self.0.readers)
        .await
        .map_err(StoreError::during(what))?;
        rows.into_iter()
            .map(|row| {
                let value =
                    serde_json::from_str(&row.value).map_err(|_| StoreError::Corrupt { what })?;
                Ok((row.key, value))
            })
            .collect()
    }

    /// Sets a key.
    ///
    /// # Errors
    /// [`StoreError::Reference`] when the account is not there.
    pub async fn set(
        &self,
        account: Option<AccountId>,
        key: &str,
        value: &serde_json::Value,
    ) -> Result<(), StoreError> {
        let value = value.to_string();
        sqlx::query!(
            "INSERT INTO settings (account_id, key, value) VALUES (?1, ?2, ?3)
             ON CONFLICT (coalesce(account_id, x''), key) DO UPDATE SET value = excluded.value",
            account.map(AccountId::uuid),
            key,
            value
        )
        .execute(&self.0.writer)
        .await
        .map_err(StoreError::during("keeping a setting"))?;
        Ok(())
    }
}
