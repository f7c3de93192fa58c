//! The database, row by row, behind the program's back.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::Path;

use sqlx::sqlite::{SqliteConnectOptions, SqliteRow};
use sqlx::{AssertSqlSafe, Column, ConnectOptions, Connection, Row, TypeInfo, ValueRef};
use towerify_vault::DataKey;

/// All rows of all tables, each as a text that names its table and holds every column; bytes in hexadecimal.
pub type Rows = BTreeSet<String>;

/// Reads them. Tables that SQLite itself keeps for an index of words are left out: they follow from the others.
pub async fn rows(database: &Path, key: &DataKey) -> Rows {
    let hex = key.database_key().expose_hex();
    let options = SqliteConnectOptions::new()
        .filename(database)
        .read_only(true)
        .pragma("key", format!("\"x'{}'\"", hex.as_str()));
    let mut connection = options.connect().await.unwrap();
    let tables: Vec<String> = sqlx::query_scalar(
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE '%\\_search%' ESCAPE '\\'
             AND name NOT LIKE '%\\_words%' ESCAPE '\\' AND name NOT LIKE '%\\_terms%' ESCAPE '\\'
             AND name NOT LIKE 'sqlite%' AND name NOT LIKE '\\_sqlx%' ESCAPE '\\'",
    )
    .fetch_all(&mut connection)
    .await
    .unwrap();
    assert!(tables.len() > 15, "{tables:?}");
    let mut all = Rows::new();
    for table in tables {
        let query = sqlx::query(AssertSqlSafe(format!("SELECT * FROM {table}")));
        for row in query.fetch_all(&mut connection).await.unwrap() {
            all.insert(text(&table, &row));
        }
    }
    connection.close().await.unwrap();
    all
}

fn text(table: &str, row: &SqliteRow) -> String {
    let mut text = table.to_owned();
    for (n, column) in row.columns().iter().enumerate() {
        let value = row.try_get_raw(n).unwrap();
        let shown = match value.type_info().name() {
            _ if value.is_null() => "null".to_owned(),
            "INTEGER" => row.get::<i64, _>(n).to_string(),
            "REAL" => row.get::<f64, _>(n).to_string(),
            "BLOB" => row
                .get::<Vec<u8>, _>(n)
                .iter()
                .fold(String::new(), |mut hex, byte| {
                    let _ = write!(hex, "{byte:02x}");
                    hex
                }),
            _ => row.get::<String, _>(n),
        };
        let _ = write!(text, " | {}={shown}", column.name());
    }
    text
}
