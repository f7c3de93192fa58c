//! Opening the database: its key, its connections, and what is refused before anything is written.

use std::path::{Path, PathBuf};
use std::time::Duration;

use sqlx::ConnectOptions;
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous,
};
use towerify_domain::Within;
use towerify_vault::DataKey;

use crate::{
    Accounts, Apps, Catalogues, Credentials, Customers, Fleet, FleetMembers, FleetRuns,
    FormerValues, GateAccesses, HostKeys, Journal, JournalMarks, Profiles, RunSteps, RunTrace,
    Runs, Schedules, SecondFactors, Servers, Settings, Snapshots, StoreError, migrate,
};

/// Connections that only read. More than there are cores brings nothing: SQLite reads on the calling thread.
const READERS: u32 = 3;

/// The page cache of a connection in KiB. 10,000 servers with 50,000 apps fit; pages in it are already decrypted.
const CACHE_KIB: i64 = 32 * 1024;

/// What [`Store::pragmas`] tells.
const PRAGMAS: [&str; 6] = [
    "journal_mode",
    "synchronous",
    "foreign_keys",
    "application_id",
    "user_version",
    "busy_timeout",
];

/// The database of a workspace. Cheap to clone; all clones share their connections.
#[derive(Clone)]
pub struct Store {
    path: PathBuf,
    pub(crate) readers: SqlitePool,
    pub(crate) writer: SqlitePool,
}

impl std::fmt::Debug for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Store")
            .field("path", &self.path)
            .finish_non_exhaustive()
    }
}

impl Store {
    /// A new database at `path` (mode 0600 on Unix), under a key derived from `key`.
    ///
    /// # Errors
    /// [`StoreError::Exists`] when there is a file already, [`StoreError::File`], [`StoreError::Migrate`].
    pub async fn create(path: &Path, key: &DataKey) -> Result<Self, StoreError> {
        private_file(path).map_err(|source| match source.kind() {
            std::io::ErrorKind::AlreadyExists => StoreError::Exists {
                path: path.to_owned(),
            },
            _ => StoreError::File {
                path: path.to_owned(),
                source,
            },
        })?;
        Self::connect(path, key).await
    }

    /// Opens the database at `path`, and brings it to this program's version: a copy is made beside it first.
    ///
    /// # Errors
    /// [`StoreError::Missing`], [`StoreError::WrongKey`], [`StoreError::Foreign`], [`StoreError::Newer`] (then
    /// nothing was written), [`StoreError::Migrate`], [`StoreError::File`] (the copy could not be made: then the
    /// database was not changed).
    pub async fn open(path: &Path, key: &DataKey) -> Result<Self, StoreError> {
        if !path.is_file() {
            return Err(StoreError::Missing {
                path: path.to_owned(),
            });
        }
        migrate::refuse_unknown(path, options(path, key).read_only(true)).await?;
        Self::connect(path, key).await
    }

    async fn connect(path: &Path, key: &DataKey) -> Result<Self, StoreError> {
        let what = "opening the database";
        let write = options(path, key)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .optimize_on_close(true, 400);
        let writer = SqlitePoolOptions::new()
            .max_connections(1)
            .idle_timeout(None)
            .max_lifetime(None)
            .connect_with(write)
            .await
            .map_err(|error| open_error(path, error))?;
        if let Err(error) = migrate::bring_up_to_date(path, &writer).await {
            writer.close().await;
            return Err(error);
        }
        let readers = SqlitePoolOptions::new()
            .max_connections(READERS)
            .idle_timeout(None)
            .max_lifetime(None)
            .connect_with(options(path, key).pragma("query_only", "on"))
            .await
            .map_err(StoreError::during(what))?;
        Ok(Self {
            path: path.to_owned(),
            readers,
            writer,
        })
    }

    /// Where the database is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// How the writing connection is set: names of pragmas and their values, for diagnosis.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn pragmas(&self) -> Result<Vec<(String, String)>, StoreError> {
        let during = StoreError::during("reading the database's settings");
        let mut connection = self.writer.acquire().await.map_err(during)?;
        let mut found = Vec::new();
        for name in PRAGMAS {
            let value: String = sqlx::query_scalar(sqlx::AssertSqlSafe(format!(
                "SELECT CAST(value AS TEXT) FROM (SELECT {} AS value FROM pragma_{name})",
                if name == "busy_timeout" {
                    "timeout"
                } else {
                    name
                }
            )))
            .fetch_one(&mut *connection)
            .await
            .map_err(during)?;
            found.push((name.to_owned(), value));
        }
        Ok(found)
    }

    /// Ends every connection, and with the last one folds the write-ahead log into the database. The workspace's
    /// lock does this; clones that are still held then fail in words.
    pub async fn close(&self) {
        self.readers.close().await;
        self.writer.close().await;
    }

    /// Who works here.
    pub fn accounts(&self) -> Accounts<'_> {
        Accounts(self)
    }

    /// Whose servers and accounts are.
    pub fn customers(&self) -> Customers<'_> {
        Customers(self)
    }

    /// The entries of restricted administrators to servers.
    pub fn gate_accesses(&self) -> GateAccesses<'_> {
        GateAccesses(self)
    }

    /// What is asked of accounts besides their passwords.
    pub fn second_factors(&self) -> SecondFactors<'_> {
        SecondFactors(self)
    }

    /// Servers one by one.
    pub fn servers(&self) -> Servers<'_> {
        Servers(self)
    }

    /// The list of the servers within: filters, orders, counts.
    pub fn fleet(&self, within: Within) -> Fleet<'_> {
        Fleet::new(self, within)
    }

    /// The keys by which servers are recognised.
    pub fn host_keys(&self) -> HostKeys<'_> {
        HostKeys(self)
    }

    /// How to log in to servers.
    pub fn credentials(&self) -> Credentials<'_> {
        Credentials(self)
    }

    /// What servers last answered.
    pub fn snapshots(&self) -> Snapshots<'_> {
        Snapshots(self)
    }

    /// The apps of the whole fleet.
    pub fn apps(&self) -> Apps<'_> {
        Apps(self)
    }

    /// Durable work.
    pub fn runs(&self) -> Runs<'_> {
        Runs(self)
    }

    /// The steps of runs.
    pub fn run_steps(&self) -> RunSteps<'_> {
        RunSteps(self)
    }

    /// The trace of runs.
    pub fn run_trace(&self) -> RunTrace<'_> {
        RunTrace(self)
    }

    /// Named sets of choices for provisioning.
    pub fn profiles(&self) -> Profiles<'_> {
        Profiles(self)
    }

    /// How things were on servers before we changed them.
    pub fn former_values(&self) -> FormerValues<'_> {
        FormerValues(self)
    }

    /// The same change on many servers.
    pub fn fleet_runs(&self) -> FleetRuns<'_> {
        FleetRuns(self)
    }

    /// The servers of fleet runs.
    pub fn fleet_members(&self) -> FleetMembers<'_> {
        FleetMembers(self)
    }

    /// Fleet runs that begin by themselves.
    pub fn schedules(&self) -> Schedules<'_> {
        Schedules(self)
    }

    /// Choices of an account, or of the workspace.
    pub fn settings(&self) -> Settings<'_> {
        Settings(self)
    }

    /// Catalogues as last read.
    pub fn catalogues(&self) -> Catalogues<'_> {
        Catalogues(self)
    }

    /// Who did what.
    pub fn journal(&self) -> Journal<'_> {
        Journal(self)
    }

    /// What was signed of the journal.
    pub fn journal_marks(&self) -> JournalMarks<'_> {
        JournalMarks(self)
    }
}

/// What every connection has in common. The key comes first: SQLCipher wants it before anything else is read.
fn options(path: &Path, key: &DataKey) -> SqliteConnectOptions {
    let key = key.database_key().expose_hex();
    SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(false)
        .pragma("key", format!("\"x'{}'\"", key.as_str()))
        // SQLCipher writes every failed decryption to standard error; it is told by the typed error instead.
        .pragma("cipher_log_level", "none")
        .foreign_keys(true)
        .busy_timeout(Duration::from_secs(5))
        .pragma("cache_size", format!("-{CACHE_KIB}"))
        .pragma("trusted_schema", "off")
        // The statement that sets the key must reach no log, at any level.
        .disable_statement_logging()
}

/// An empty file that only its owner may read; SQLite gives its `-wal` and `-shm` the same rights.
pub(crate) fn private_file(path: &Path) -> std::io::Result<()> {
    let mut file = std::fs::OpenOptions::new();
    file.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut file, 0o600);
    file.open(path).map(drop)
}

/// SQLCipher answers 26 ("file is not a database") to a wrong key.
pub(crate) fn open_error(path: &Path, error: sqlx::Error) -> StoreError {
    match &error {
        sqlx::Error::Database(answer) if answer.code().as_deref() == Some("26") => {
            StoreError::WrongKey {
                path: path.to_owned(),
            }
        }
        _ => StoreError::Database {
            what: "opening the database",
            source: error,
        },
    }
}
