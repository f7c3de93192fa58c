//! The encrypted SQLite database: one file a table.
