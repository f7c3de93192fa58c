//! What can go wrong with the database, in the words of the operation that failed.

use std::path::PathBuf;

/// An operation on the database that failed.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The key does not open this database, or the file is not a database at all: SQLCipher can't tell (code 26).
    #[error("the key does not open the database {path}")]
    WrongKey {
        /// Which file.
        path: PathBuf,
    },
    /// A database, but not one of Towerify.
    #[error("{path} is not a database of Towerify")]
    Foreign {
        /// Which file.
        path: PathBuf,
    },
    /// The database was changed by a later version of the program. It was left unchanged.
    #[error(
        "the database {path} was last used by a newer version of Towerify (its version is {found}, this program knows up to {known}); it was left unchanged"
    )]
    Newer {
        /// Which file.
        path: PathBuf,
        /// The version of the database.
        found: i64,
        /// The last version that this program knows.
        known: i64,
    },
    /// A new database would replace a file.
    #[error("{path} exists already")]
    Exists {
        /// Which file.
        path: PathBuf,
    },
    /// There is no such file.
    #[error("{path} does not exist")]
    Missing {
        /// Which file.
        path: PathBuf,
    },
    /// A file could not be made, renamed or flushed.
    #[error("writing {path}: {source}")]
    File {
        /// Which file.
        path: PathBuf,
        /// The system's answer.
        source: std::io::Error,
    },
    /// Bringing the database to this program's version failed; the copy made before it is beside it.
    #[error("bringing the database to this version: {source}")]
    Migrate {
        /// The step that failed.
        source: sqlx::migrate::MigrateError,
    },
    /// There is already a row with this name or these values.
    #[error("{what}: it exists already")]
    Duplicate {
        /// The operation.
        what: &'static str,
    },
    /// The row is still needed by another, or names one that does not exist.
    #[error("{what}: something else depends on it, or is missing")]
    Reference {
        /// The operation.
        what: &'static str,
    },
    /// There is no such row.
    #[error("{what}: there is no such row")]
    NotFound {
        /// The operation.
        what: &'static str,
    },
    /// A stored value can't be understood.
    #[error("{what}: a stored value can't be understood")]
    Corrupt {
        /// The operation.
        what: &'static str,
    },
    /// The database refused.
    #[error("{what}: {source}")]
    Database {
        /// The operation.
        what: &'static str,
        /// Its answer. Values are never part of it.
        source: sqlx::Error,
    },
}

impl StoreError {
    /// Sorts an answer of the database during `what`.
    pub(crate) fn during(what: &'static str) -> impl Fn(sqlx::Error) -> Self + Copy {
        move |source| match &source {
            sqlx::Error::RowNotFound => Self::NotFound { what },
            sqlx::Error::Database(answer) if answer.is_unique_violation() => {
                Self::Duplicate { what }
            }
            // ON DELETE RESTRICT answers as a trigger does (SQLITE_CONSTRAINT_TRIGGER, 1811), in these words.
            sqlx::Error::Database(answer)
                if answer.is_foreign_key_violation()
                    || answer.message() == "FOREIGN KEY constraint failed" =>
            {
                Self::Reference { what }
            }
            _ => Self::Database { what, source },
        }
    }
}
