//! Bringing a database to this program's version, forward only; and refusing one that is already further.

use std::path::{Path, PathBuf};

use sqlx::migrate::Migrator;
use sqlx::sqlite::{SqliteConnectOptions, SqlitePool};
use sqlx::{ConnectOptions, Connection, SqliteConnection};

use crate::StoreError;
use crate::open::{open_error, private_file};

/// "Towr", in the database's header: what tells a database of ours from any other.
const APPLICATION_ID: i64 = 0x546f_7772;

static MIGRATIONS: Migrator = sqlx::migrate!("../../migrations");

/// The version of a database that this program writes: the number of its last migration.
pub(crate) fn known() -> i64 {
    MIGRATIONS
        .iter()
        .map(|migration| migration.version)
        .max()
        .unwrap_or(0)
}

/// Looks at the database through a connection that can't write, and refuses what this program must not touch.
pub(crate) async fn refuse_unknown(
    path: &Path,
    read_only: SqliteConnectOptions,
) -> Result<(), StoreError> {
    let mut connection = read_only
        .connect()
        .await
        .map_err(|error| open_error(path, error))?;
    let looked = look(path, &mut connection).await;
    connection
        .close()
        .await
        .map_err(StoreError::during("closing the database"))?;
    let (application, found) = looked?;
    if found > known() {
        return Err(StoreError::Newer {
            path: path.to_owned(),
            found,
            known: known(),
        });
    }
    // Creating was cut short before the first migration ended: an empty database may be filled.
    if application != APPLICATION_ID && !(application == 0 && found == 0) {
        return Err(StoreError::Foreign {
            path: path.to_owned(),
        });
    }
    Ok(())
}

/// The application id and the version of a database; the higher one, where header and list of migrations differ.
async fn look(path: &Path, connection: &mut SqliteConnection) -> Result<(i64, i64), StoreError> {
    let error = |error| open_error(path, error);
    let tables: i64 =
        sqlx::query_scalar("SELECT count(*) FROM sqlite_schema WHERE name <> '_sqlx_migrations' AND name NOT LIKE 'sqlite_%'")
            .fetch_one(&mut *connection)
            .await
            .map_err(error)?;
    let application: i64 = sqlx::query_scalar("PRAGMA application_id")
        .fetch_one(&mut *connection)
        .await
        .map_err(error)?;
    let header: i64 = sqlx::query_scalar("PRAGMA user_version")
        .fetch_one(&mut *connection)
        .await
        .map_err(error)?;
    let listed = applied(connection).await.map_err(error)?;
    if application == 0 && listed == 0 && tables > 0 {
        return Err(StoreError::Foreign {
            path: path.to_owned(),
        });
    }
    Ok((application, header.max(listed)))
}

/// The last migration that was applied; 0 in a new database.
async fn applied(connection: &mut SqliteConnection) -> Result<i64, sqlx::Error> {
    let there: i64 =
        sqlx::query_scalar("SELECT count(*) FROM sqlite_schema WHERE name = '_sqlx_migrations'")
            .fetch_one(&mut *connection)
            .await?;
    if there == 0 {
        return Ok(0);
    }
    sqlx::query_scalar("SELECT coalesce(max(version), 0) FROM _sqlx_migrations WHERE success")
        .fetch_one(connection)
        .await
}

/// Applies what is missing, after a copy of a database that holds anything.
pub(crate) async fn bring_up_to_date(path: &Path, writer: &SqlitePool) -> Result<(), StoreError> {
    let what = "bringing the database to this version";
    let mut connection = writer
        .acquire()
        .await
        .map_err(|error| open_error(path, error))?;
    let version = applied(&mut connection)
        .await
        .map_err(|error| open_error(path, error))?;
    if version == known() {
        return Ok(());
    }
    if version > 0 {
        copy_before(path, version, &mut connection).await?;
    }
    sqlx::query(sqlx::AssertSqlSafe(format!(
        "PRAGMA application_id = {APPLICATION_ID}"
    )))
    .execute(&mut *connection)
    .await
    .map_err(StoreError::during(what))?;
    MIGRATIONS
        .run(&mut *connection)
        .await
        .map_err(|source| StoreError::Migrate { source })?;
    sqlx::query(sqlx::AssertSqlSafe(format!(
        "PRAGMA user_version = {}",
        known()
    )))
    .execute(&mut *connection)
    .await
    .map_err(StoreError::during(what))?;
    Ok(())
}

/// The name of the copy made before leaving `version`: `workspace.before-3.db` beside `workspace.db`.
pub(crate) fn copy_path(path: &Path, version: i64) -> PathBuf {
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    path.with_file_name(format!("{stem}.before-{version}.db"))
}

/// Copies the database as it is, under the same key, whole or not at all.
async fn copy_before(
    path: &Path,
    version: i64,
    connection: &mut SqliteConnection,
) -> Result<(), StoreError> {
    let copy = copy_path(path, version);
    let unfinished = copy.with_extension("part");
    let file = |path: &Path| {
        let path = path.to_owned();
        move |source| StoreError::File { path, source }
    };
    if unfinished.exists() {
        std::fs::remove_file(&unfinished).map_err(file(&unfinished))?;
    }
    private_file(&unfinished).map_err(file(&unfinished))?;
    sqlx::query("VACUUM INTO ?")
        .bind(unfinished.to_string_lossy().into_owned())
        .execute(connection)
        .await
        .map_err(StoreError::during(
            "copying the database before changing it",
        ))?;
    std::fs::OpenOptions::new()
        .write(true)
        .open(&unfinished)
        .and_then(|copied| copied.sync_all())
        .map_err(file(&unfinished))?;
    std::fs::rename(&unfinished, &copy).map_err(file(&copy))
}
