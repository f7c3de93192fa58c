//! Table `provisioning_profiles`: named sets of choices for making machines into servers. And which server has a domain
//! already.

use chrono::{DateTime, Utc};
use towerify_domain::{
    id::{ProfileId, ServerId},
    provisioning::Choices,
};
use uuid::Uuid;

use crate::{Credential, HostKeyRow, NewServer, Servers, Store, StoreError};

/// A named set of choices.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProfileRow {
    /// Its id.
    pub id: ProfileId,
    /// Its name, one of a kind whatever its letters' case.
    pub name: String,
    /// The choices.
    pub choices: Choices,
    /// When it was saved.
    pub saved_at: DateTime<Utc>,
    /// By whom.
    pub saved_by: String,
}

/// The handle of `provisioning_profiles`.
pub struct Profiles<'s>(pub(crate) &'s Store);

impl Profiles<'_> {
    /// All of them, by name.
    ///
    /// # Errors
    /// [`StoreError::Database`], [`StoreError::Corrupt`].
    pub async fn all(&self) -> Result<Vec<ProfileRow>, StoreError> {
        let what = "reading profiles";
        let rows = sqlx::query!(
            r#"SELECT id AS "id: Uuid", name, choices, saved_at AS "saved_at: DateTime<Utc>", saved_by
               FROM provisioning_profiles ORDER BY name"#
        )
        .fetch_all(&self.0.readers)
        .await
        .map_err(StoreError::during(what))?;
        rows.into_iter()
            .map(|row| {
                Ok(ProfileRow {
                    id: ProfileId::from_uuid(row.id),
                    name: row.name,
                    choices: serde_json::from_str(&row.choices)
                        .map_err(|_| StoreError::Corrupt { what })?,
                    saved_at: row.saved_at,
                    saved_by: row.saved_by,
                })
            })
            .collect()
    }

    /// Saves a profile, in place of the one of the same name.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn put(&self, profile: &ProfileRow) -> Result<(), StoreError> {
        let what = "saving a profile";
        let choices =
            serde_json::to_string(&profile.choices).map_err(|_| StoreError::Corrupt { what })?;
        sqlx::query!(
            "INSERT INTO provisioning_profiles (id, name, choices, saved_at, saved_by)
             VALUES (?1, ?2, ?3, ?4, ?5)
             ON CONFLICT (name) DO UPDATE
             SET choices = excluded.choices, saved_at = excluded.saved_at, saved_by = excluded.saved_by",
            profile.id.uuid(),
            profile.name,
            choices,
            profile.saved_at,
            profile.saved_by
        )
        .execute(&self.0.writer)
        .await
        .map_err(StoreError::during(what))?;
        Ok(())
    }

    /// Deletes a profile; false when there was none.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn delete(&self, id: ProfileId) -> Result<bool, StoreError> {
        let done = sqlx::query!("DELETE FROM provisioning_profiles WHERE id = ?1", id.uuid())
            .execute(&self.0.writer)
            .await
            .map_err(StoreError::during("deleting a profile"))?;
        Ok(done.rows_affected() > 0)
    }
}

impl Servers<'_> {
    /// Adds a server with the key that a person accepted and the way to log in, all at once: there is no moment with a
    /// server that is known and can't be reached.
    ///
    /// # Errors
    /// [`StoreError::Duplicate`], [`StoreError::Reference`].
    pub async fn admit(
        &self,
        server: &NewServer,
        key: &HostKeyRow,
        login: &[Credential],
    ) -> Result<(), StoreError> {
        let during = StoreError::during("adding a server");
        let mut transaction = self.0.writer.begin().await.map_err(during)?;
        crate::servers::insert(&mut transaction, server)
            .await
            .map_err(during)?;
        crate::host_keys::pin(&mut transaction, key)
            .await
            .map_err(during)?;
        crate::credentials::exchange(&mut transaction, server.id, login, &[])
            .await
            .map_err(during)?;
        transaction.commit().await.map_err(during)
    }

    /// The name of a server, other than this one, that has this domain: as its main domain, or in its last snapshot.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn with_domain(
        &self,
        domain: &str,
        except: Option<ServerId>,
    ) -> Result<Option<String>, StoreError> {
        // Every server is looked at, once before a machine is made into one; only an answer with these letters is parsed.
        sqlx::query_scalar!(
            "SELECT name FROM servers
             WHERE id IS NOT ?2
               AND (main_domain = ?1 OR EXISTS (
                    SELECT 1 FROM snapshots, json_tree(snapshots.json) AS part
                    WHERE snapshots.server_id = servers.id AND snapshots.kind = 'domains'
                      AND instr(snapshots.json, ?1) > 0
                      AND (part.value = ?1 OR part.key = ?1)))
             LIMIT 1",
            domain,
            except.map(ServerId::uuid)
        )
        .fetch_optional(&self.0.readers)
        .await
        .map_err(StoreError::during("looking for a domain"))
    }
}
