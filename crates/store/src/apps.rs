//! Table `apps`: the apps of the whole fleet as of each server's last answer, for lists and search across servers.

use serde::Serialize;
use sqlx::SqliteConnection;
use towerify_domain::Within;
use towerify_domain::id::ServerId;

use crate::fold::{fold, sortable_version};
use crate::{Store, StoreError, within};

/// An app as a server reported it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct App {
    /// YunoHost's id of the installed app, `nextcloud__2`.
    pub app: String,
    /// The id of its manifest, `nextcloud`.
    pub manifest: String,
    /// How it is called there.
    pub label: String,
    /// Its installed version.
    pub version: Option<String>,
    /// The version it can be upgraded to.
    pub new_version: Option<String>,
    /// Whether it can be upgraded now.
    pub upgradable: bool,
    /// Its domain, if it has one.
    pub domain: Option<String>,
    /// Its path on that domain.
    pub path: Option<String>,
    /// `ok`, `broken`…
    pub state: String,
}

/// An app and its server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AppRow {
    /// On which server.
    pub server_id: ServerId,
    /// What that server is called.
    pub server_name: String,
    /// The app.
    pub app: App,
}

/// Which apps. All conditions must hold; empty ones ask nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AppFilter {
    /// Looked for in label, ids, domain and path; up to three words, all of which must be found.
    pub text: String,
    /// Manifest ids.
    pub manifests: Vec<String>,
    /// Only those on this server.
    pub server: Option<ServerId>,
    /// Only those that can be upgraded.
    pub upgradable: bool,
}

/// The order of a list of apps.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum AppSort {
    /// By label.
    #[default]
    Label,
    /// By version, as numbers, then label.
    Version,
    /// Upgradable last (first when descending), then label.
    Upgradable,
}

/// A page of apps.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AppPage {
    /// The apps, in order.
    pub rows: Vec<AppRow>,
    /// How many the filter lets through.
    pub total: i64,
}

/// An app's manifest, and how many installations of it there are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ManifestCount {
    /// The manifest's id.
    pub manifest: String,
    /// Installations.
    pub count: i64,
    /// Of which can be upgraded.
    pub upgradable: i64,
}

/// The handle of `apps`.
pub struct Apps<'s>(pub(crate) &'s Store);

impl Apps<'_> {
    /// Which apps the servers within have, the most frequent first.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn manifests(&self, within: Within) -> Result<Vec<ManifestCount>, StoreError> {
        sqlx::query_as!(
            ManifestCount,
            r#"SELECT manifest, count(*) AS "count!: i64", coalesce(sum(upgradable), 0) AS "upgradable!: i64"
               FROM apps WHERE ?1 IS NULL OR server_id IN (SELECT id FROM servers WHERE customer_id = ?1)
               GROUP BY manifest ORDER BY count(*) DESC, manifest"#,
            within::customer(within)
        )
        .fetch_all(&self.0.readers)
        .await
        .map_err(StoreError::during("counting apps"))
    }

    /// Replaces what is known of a server's apps (after a change, without a whole refresh).
    ///
    /// # Errors
    /// [`StoreError::Reference`] when the server is not there.
    pub async fn replace(&self, server: ServerId, apps: &[App]) -> Result<(), StoreError> {
        let during = StoreError::during("writing down the apps of a server");
        let mut transaction = self.0.writer.begin().await.map_err(during)?;
        replace(&mut transaction, server, apps)
            .await
            .map_err(during)?;
        transaction.commit().await.map_err(during)
    }
}

/// A row on its way in.
#[derive(Serialize)]
struct Incoming<'a> {
    app: &'a str,
    manifest: &'a str,
    label: &'a str,
    version: Option<&'a str>,
    version_key: Option<String>,
    new_version: Option<&'a str>,
    upgradable: u8,
    domain: Option<&'a str>,
    path: Option<&'a str>,
    state: &'a str,
    search: String,
}

/// Replaces a server's apps in a transaction of the caller: two statements, however many apps there are.
pub(crate) async fn replace(
    connection: &mut SqliteConnection,
    server: ServerId,
    apps: &[App],
) -> Result<(), sqlx::Error> {
    let rows: Vec<Incoming<'_>> = apps
        .iter()
        .map(|app| Incoming {
            app: &app.app,
            manifest: &app.manifest,
            label: &app.label,
            version: app.version.as_deref(),
            version_key: app.version.as_deref().map(sortable_version),
            new_version: app.new_version.as_deref(),
            upgradable: u8::from(app.upgradable),
            domain: app.domain.as_deref(),
            path: app.path.as_deref(),
            state: &app.state,
            search: searchable(app),
        })
        .collect();
    let rows = serde_json::to_string(&rows).map_err(|error| sqlx::Error::Encode(error.into()))?;
    sqlx::query!("DELETE FROM apps WHERE server_id = ?1", server.uuid())
        .execute(&mut *connection)
        .await?;
    sqlx::query!(
        "INSERT INTO apps (server_id, app, manifest, label, version, version_key, new_version, upgradable, domain,
             path, state, search)
         SELECT ?1, value ->> 'app', value ->> 'manifest', value ->> 'label', value ->> 'version',
             value ->> 'version_key', value ->> 'new_version', value ->> 'upgradable', value ->> 'domain',
             value ->> 'path', value ->> 'state', value ->> 'search'
         FROM json_each(?2) WHERE true
         ON CONFLICT (server_id, app) DO NOTHING",
        server.uuid(),
        rows
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Where the text filter looks. The manifest's id is the beginning of the app's, and needs no mention of its own.
fn searchable(app: &App) -> String {
    let address = format!(
        "{}{}",
        app.domain.as_deref().unwrap_or_default(),
        app.path.as_deref().unwrap_or_default()
    );
    // The last sign lets the last two letters begin a trigram too.
    [
        fold(&app.label),
        fold(&app.app),
        fold(&address),
        String::new(),
    ]
    .join("\u{1f}")
}
