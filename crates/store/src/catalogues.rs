//! Table `catalogues`: catalogues of apps as last read, of a server or (no server) the common one.

use chrono::{DateTime, Utc};
use towerify_domain::id::ServerId;

use crate::{Store, StoreError};

/// A catalogue as it was read.
#[derive(Debug, Clone, PartialEq)]
pub struct Catalogue {
    /// When.
    pub taken_at: DateTime<Utc>,
    /// The answer; its shape is `yunohost`'s.
    pub json: serde_json::Value,
}

/// The handle of `catalogues`.
pub struct Catalogues<'s>(pub(crate) &'s Store);

impl Catalogues<'_> {
    /// The catalogue of a server, or the common one.
    ///
    /// # Errors
    /// [`StoreError::Database`], [`StoreError::Corrupt`].
    pub async fn get(&self, server: Option<ServerId>) -> Result<Option<Catalogue>, StoreError> {
        let what = "reading a catalogue";
        let row = sqlx::query!(
            r#"SELECT taken_at AS "taken_at: DateTime<Utc>", json FROM catalogues WHERE server_id IS ?1"#,
            server.map(ServerId::uuid)
        )
        .fetch_optional(&self.0.readers)
        .await
        .map_err(StoreError::during(what))?;
        row.map(|row| {
            let json = serde_json::from_str(&row.json).map_err(|_| StoreError::Corrupt { what })?;
            Ok(Catalogue {
                taken_at: row.taken_at,
                json,
            })
        })
        .transpose()
    }

    /// Keeps a catalogue, in place of the last one.
    ///
    /// # Errors
    /// [`StoreError::Reference`] when the server is not there.
    pub async fn put(
        &self,
        server: Option<ServerId>,
        catalogue: &Catalogue,
    ) -> Result<(), StoreError> {
        let json = catalogue.json.to_string();
        sqlx::query!(
            "INSERT INTO catalogues (server_id, taken_at, json) VALUES (?1, ?2, ?3)
             ON CONFLICT (coalesce(server_id, x'')) DO UPDATE SET taken_at = excluded.taken_at, json = excluded.json",
            server.map(ServerId::uuid),
            catalogue.taken_at,
            json
        )
        .execute(&self.0.writer)
        .await
        .map_err(StoreError::during("keeping a catalogue"))?;
        Ok(())
    }
}
