//! How SQLite means to answer the lists' queries: along an index, in its order, never by reading whole rows of
//! everything. The texts are those that were checked at compile time, taken from `.sqlx`.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "helpers of tests fail as tests do"
)]

use std::path::Path;

use sqlx::{ConnectOptions, Connection};
use sqlx::{Row, SqliteConnection};
use towerify_store::{Store, large_fleet};
use towerify_vault::DataKey;

/// The texts of all checked queries.
fn queries() -> Vec<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../.sqlx");
    let mut texts: Vec<String> = std::fs::read_dir(folder)
        .unwrap()
        .map(|file| {
            let json: serde_json::Value =
                serde_json::from_slice(&std::fs::read(file.unwrap().path()).unwrap()).unwrap();
            json["query"].as_str().unwrap().to_owned()
        })
        .collect();
    texts.sort();
    texts
}

async fn plan(connection: &mut SqliteConnection, query: &str) -> Vec<String> {
    sqlx::query(sqlx::AssertSqlSafe(format!("EXPLAIN QUERY PLAN {query}")))
        .fetch_all(connection)
        .await
        .unwrap_or_else(|error| panic!("{error}: {query}"))
        .into_iter()
        .map(|row| row.get::<String, _>("detail"))
        .collect()
}

async fn filled() -> (tempfile::TempDir, SqliteConnection) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("workspace.db");
    let key = DataKey::from_bytes([42; 32]);
    let store = Store::create(&path, &key).await.unwrap();
    large_fleet::fill(&store, 1_000, 5).await.unwrap();
    store.close().await;
    let hex = key.database_key().expose_hex();
    let options = sqlx::sqlite::SqliteConnectOptions::new()
        .filename(&path)
        .pragma("key", format!("\"x'{}'\"", hex.as_str()));
    (folder, options.connect().await.unwrap())
}

#[tokio::test]
async fn no_query_reads_a_whole_large_table_row_by_row() {
    let (_folder, mut connection) = filled().await;
    let mut looked_at = 0;
    for query in queries() {
        for line in plan(&mut connection, &query).await {
            for table in [
                "servers",
                "apps",
                "runs",
                "run_steps",
                "run_trace",
                "fleet_runs",
                "fleet_members",
                "journal",
                "snapshots",
                "server_tags",
            ] {
                let scan =
                    line == format!("SCAN {table}") || line.starts_with(&format!("SCAN {table} "));
                // The last row of the journal is where a walk along its own order begins, and ends. Whose a domain is
                // is asked once, before a machine is made into a server.
                let meant = query.contains("FROM journal")
                    && query.contains("ORDER BY n DESC LIMIT 1")
                    || query.contains("json_tree(snapshots.json)")
                    // The invented fleet, given to one customer at once for measuring.
                    || query == "UPDATE servers SET customer = ?1";
                assert!(!scan || line.contains("INDEX") || meant, "{line}\n{query}");
                looked_at += usize::from(scan);
            }
        }
    }
    assert!(looked_at > 30, "the lists are among the queries");
    connection.close().await.unwrap();
}

#[tokio::test]
async fn lists_that_walk_the_fleet_come_in_order_without_sorting() {
    let (_folder, mut connection) = filled().await;
    let mut walks = 0;
    for query in queries() {
        // The few that were found already are sorted; every other page of servers and apps walks an index.
        let list = query.contains("OFFSET ?2")
            && !query.contains("NOT INDEXED")
            && !query.contains("apps_orders");
        if !list {
            continue;
        }
        let plan = plan(&mut connection, &query).await;
        let sorted = plan.iter().any(|line| line.contains("TEMP B-TREE FOR"));
        assert!(!sorted, "{plan:#?}\n{query}");
        walks += 1;
    }
    assert_eq!(
        walks,
        16 + 6,
        "each order of servers and of apps, in both directions"
    );
    connection.close().await.unwrap();
}

/// The name of the index in a part of a plan.
fn index_of(plan: &str) -> &str {
    let name = plan.split("INDEX ").nth(1).unwrap_or(plan);
    name.split(' ').next().unwrap_or(name)
}

#[tokio::test]
async fn a_customers_runs_come_in_order_without_sorting() {
    let (_folder, mut connection) = filled().await;
    let mut walks = 0;
    for query in queries() {
        if query.contains("FROM runs WHERE customer_id = ?1") && query.contains("OFFSET ?8") {
            let plan = plan(&mut connection, &query).await;
            assert!(
                plan[0].contains("runs_by_customer (customer_id=?)"),
                "{plan:#?}"
            );
            assert!(
                !plan.iter().any(|line| line.contains("TEMP B-TREE")),
                "{plan:#?}"
            );
            walks += 1;
        }
    }
    assert_eq!(walks, 1);
    connection.close().await.unwrap();
}

#[tokio::test]
async fn finding_and_counting_read_an_index_and_not_the_rows() {
    let (_folder, mut connection) = filled().await;
    let check = async |connection: &mut SqliteConnection, beginning: &str, index: &str| {
        // A query that names its index is about that one.
        let other =
            |query: &str| query.contains("INDEXED BY servers_") && !query.contains(index_of(index));
        let found: Vec<String> = queries()
            .into_iter()
            .filter(|query| query.starts_with(beginning) && !other(query))
            .collect();
        assert!(!found.is_empty(), "{beginning}");
        for query in found {
            let plan = plan(connection, &query).await;
            assert!(
                plan.iter().any(|line| line.contains(index)),
                "{plan:#?}\n{query}"
            );
        }
    };
    check(
        &mut connection,
        "SELECT count(*) AS \"count!: i64\", json_group_array(rowid) AS \"rows!: String\" FROM servers",
        "USING COVERING INDEX servers_filter",
    )
    .await;
    check(
        &mut connection,
        "SELECT count(*) AS \"count!: i64\", json_group_array(rowid) AS \"rows!: String\" FROM apps_search",
        "VIRTUAL TABLE",
    )
    .await;
    for index in ["servers_filter", "servers_within"] {
        let covering = format!("USING COVERING INDEX {index}");
        check(&mut connection, "SELECT shown AS", &covering).await;
    }
    // What is looked among a customer's is found along that customer's part of an index.
    for (beginning, index) in [
        (
            "SELECT count(*) AS \"count!: i64\", json_group_array(rowid) AS \"rows!: String\" FROM servers INDEXED BY servers_within",
            "USING COVERING INDEX servers_within (customer_id=?)",
        ),
        (
            "SELECT count(*) AS \"count!: i64\" FROM servers WHERE customer_id",
            "(customer_id=?)",
        ),
        (
            "SELECT min(yunohost) AS \"value!: String\", count(*) AS \"count!: i64\"\n               FROM servers INDEXED BY servers_within",
            "USING COVERING INDEX servers_within (customer_id=?)",
        ),
        (
            "SELECT min(customer) AS",
            "USING COVERING INDEX servers_within (customer_id=?)",
        ),
        (
            "SELECT count(*) AS \"count!: i64\" FROM runs INDEXED BY runs_by_customer",
            "USING COVERING INDEX runs_by_customer (customer_id=?)",
        ),
    ] {
        check(&mut connection, beginning, index).await;
    }
    connection.close().await.unwrap();
}
