//! Opening a workspace's database: keys, versions, what reaches the disk.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "helpers of tests fail as tests do"
)]

use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use secrecy::{ExposeSecret, SecretString};
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, Connection};
use tempfile::TempDir;
use towerify_domain::Role;
use towerify_domain::id::{AccountId, CustomerId, RunId, SecretId, ServerId};
use towerify_domain::server::ServerState;
use towerify_store::{
    Account, Credential, Customer, NewServer, NowState, ServerEdit, Store, StoreError, large_fleet,
};
use towerify_vault::{DataKey, Sealer};
use uuid::Uuid;

fn noon() -> DateTime<Utc> {
    large_fleet::noon()
}

fn key() -> DataKey {
    DataKey::from_bytes([42; 32])
}

fn place() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("workspace.db");
    (folder, path)
}

async fn add_customer(store: &Store, name: &str) {
    let customer = Customer {
        id: CustomerId::from_uuid(Uuid::from_u128(7)),
        name: name.into(),
        created_at: noon(),
    };
    store.customers().insert(&customer).await.unwrap();
}

fn glycines() -> NewServer {
    NewServer {
        id: ServerId::from_uuid(Uuid::from_u128(2)),
        edit: ServerEdit {
            name: "glycines-01".into(),
            address: "nuage.glycines.example".into(),
            port: 22,
            user: "admin".into(),
            login: "password".into(),
            sudo: "password".into(),
            jump_server_id: None,
            main_domain: None,
            customer: Some("Clinique des Glycines".into()),
            tags: vec!["prod".into()],
        },
        state: NowState {
            state: ServerState::ToDo,
            reasons: Vec::new(),
        },
        created_at: noon(),
    }
}

/// Opens the file with the right key and no check at all, as a test may.
async fn raw(path: &Path) -> sqlx::SqliteConnection {
    SqliteConnectOptions::new()
        .filename(path)
        .pragma(
            "key",
            format!("\"x'{}'\"", key().database_key().expose_hex().as_str()),
        )
        .connect()
        .await
        .unwrap()
}

fn contains(bytes: &[u8], text: &str) -> bool {
    bytes
        .windows(text.len())
        .any(|window| window == text.as_bytes())
}

#[tokio::test]
async fn what_was_written_is_found_again_with_the_same_key() {
    let (_folder, path) = place();
    let store = Store::create(&path, &key()).await.unwrap();
    let camille = Account {
        id: AccountId::from_uuid(Uuid::from_u128(1)),
        name: "Camille Morvan".into(),
        role: Role::Administrator,
        customer_id: None,
        created_at: noon(),
        disabled_at: None,
    };
    store.accounts().insert(&camille).await.unwrap();
    store.close().await;
    let store = Store::open(&path, &key()).await.unwrap();
    assert_eq!(store.accounts().all().await.unwrap(), vec![camille.clone()]);
    assert_eq!(
        store.accounts().get(camille.id).await.unwrap(),
        Some(camille)
    );
    store.close().await;
}

#[tokio::test]
async fn a_wrong_key_and_a_file_that_is_no_database_are_refused_and_left_as_they_are() {
    let (folder, path) = place();
    Store::create(&path, &key()).await.unwrap().close().await;
    let before = std::fs::read(&path).unwrap();
    let wrong = Store::open(&path, &DataKey::from_bytes([43; 32]))
        .await
        .err()
        .unwrap();
    assert!(matches!(wrong, StoreError::WrongKey { .. }), "{wrong:?}");
    assert_eq!(std::fs::read(&path).unwrap(), before);

    let other = folder.path().join("letter.db");
    std::fs::write(&other, "Dear Inès, ".repeat(1000)).unwrap();
    let refused = Store::open(&other, &key()).await.err().unwrap();
    assert!(
        matches!(refused, StoreError::WrongKey { .. }),
        "{refused:?}"
    );
    let missing = Store::open(&folder.path().join("none.db"), &key())
        .await
        .err()
        .unwrap();
    assert!(matches!(missing, StoreError::Missing { .. }), "{missing:?}");
}

#[tokio::test]
async fn a_damaged_page_is_an_error_and_never_wrong_data() {
    let (_folder, path) = place();
    let store = Store::create(&path, &key()).await.unwrap();
    large_fleet::fill(&store, 50, 2).await.unwrap();
    store.close().await;
    let whole = std::fs::read(&path).unwrap();
    for page in 0..whole.len() / 4096 {
        let mut damaged = whole.clone();
        damaged[page * 4096 + 1000] ^= 1;
        std::fs::write(&path, &damaged).unwrap();
        let Ok(store) = Store::open(&path, &key()).await else {
            continue;
        };
        // Only pages that are read can be found out.
        for n in 0..50 {
            let server = store.servers().get(large_fleet::server_id(n)).await;
            if let Ok(server) = server {
                assert_eq!(server.unwrap().name, format!("srv-{n:05}"), "page {page}");
            }
        }
        store.close().await;
    }
}

#[tokio::test]
async fn a_new_database_does_not_replace_a_file() {
    let (_folder, path) = place();
    std::fs::write(&path, "something").unwrap();
    assert!(matches!(
        Store::create(&path, &key()).await,
        Err(StoreError::Exists { .. })
    ));
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "something");
}

#[tokio::test]
async fn a_newer_database_is_refused_in_words_and_left_byte_for_byte() {
    for statement in [
        "PRAGMA user_version = 9999",
        "INSERT INTO _sqlx_migrations VALUES (9999, 'later', '2030-01-01', 1, x'00', 1)",
    ] {
        let (folder, path) = place();
        Store::create(&path, &key()).await.unwrap().close().await;
        let mut connection = raw(&path).await;
        sqlx::query(statement)
            .execute(&mut connection)
            .await
            .unwrap();
        connection.close().await.unwrap();
        let before = std::fs::read(&path).unwrap();

        let refused = Store::open(&path, &key()).await.err().unwrap();
        assert!(
            matches!(refused, StoreError::Newer { found: 9999, .. }),
            "{refused:?}"
        );
        assert!(refused.to_string().contains("newer version of Towerify"));
        assert_eq!(std::fs::read(&path).unwrap(), before, "{statement}");
        // No copy was begun either.
        let names: Vec<_> = std::fs::read_dir(folder.path())
            .unwrap()
            .map(|f| f.unwrap().file_name())
            .collect();
        assert!(
            !names
                .iter()
                .any(|name| name.to_string_lossy().contains("before")),
            "{names:?}"
        );
    }
}

#[tokio::test]
async fn a_database_of_another_program_under_our_key_is_refused() {
    let (_folder, path) = place();
    std::fs::write(&path, "").unwrap();
    let mut connection = raw(&path).await;
    sqlx::query("CREATE TABLE recipes (name TEXT)")
        .execute(&mut connection)
        .await
        .unwrap();
    connection.close().await.unwrap();
    assert!(matches!(
        Store::open(&path, &key()).await,
        Err(StoreError::Foreign { .. })
    ));
}

#[tokio::test]
async fn an_older_database_is_copied_under_its_key_and_then_brought_forward() {
    let (folder, path) = place();
    std::fs::write(&path, "").unwrap();
    // As the program was when it knew three migrations.
    let mut connection = raw(&path).await;
    sqlx::migrate!("../../migrations")
        .run_to(3, &mut connection)
        .await
        .unwrap();
    sqlx::query("PRAGMA application_id = 1416591218")
        .execute(&mut connection)
        .await
        .unwrap();
    sqlx::query("INSERT INTO accounts (id, name, role, created_at) VALUES (x'00000000000000000000000000000001', 'Inès Calvet', 'administrator', '2026-03-02T12:00:00+00:00')")
        .execute(&mut connection)
        .await
        .unwrap();
    // Two servers whose customer was a word in two spellings.
    for (n, customer) in [(11, "Atelier Brémont"), (12, "atelier Brémont")] {
        sqlx::query("INSERT INTO servers (id, name, address, port, user, login, sudo, customer, state, state_since, state_reasons, created_at, search)
                     VALUES (?1, ?2, 'x.example', 22, 'admin', 'key', 'none', ?3, 'ok', '2026-03-02T12:00:00+00:00', '[]', '2026-03-02T12:00:00+00:00', '')")
            .bind(Uuid::from_u128(n))
            .bind(format!("bremont-{n}"))
            .bind(customer)
            .execute(&mut connection)
            .await
            .unwrap();
    }
    connection.close().await.unwrap();

    let store = Store::open(&path, &key()).await.unwrap();
    assert_eq!(store.accounts().all().await.unwrap()[0].name, "Inès Calvet");
    let customers = store.customers().all().await.unwrap();
    assert_eq!(
        customers.len(),
        1,
        "a customer is one, however it was spelt"
    );
    for n in [11, 12] {
        let id = ServerId::from_uuid(Uuid::from_u128(n));
        let server = store.servers().get(id).await.unwrap().unwrap();
        assert_eq!(server.customer_id, Some(customers[0].id));
    }
    add_customer(&store, "Clinique des Glycines").await;
    store.servers().insert(&glycines()).await.unwrap();
    store.close().await;

    let copy = folder.path().join("workspace.before-3.db");
    let bytes = std::fs::read(&copy).unwrap();
    assert!(
        !contains(&bytes, "SQLite format 3") && !contains(&bytes, "Calvet"),
        "the copy is not encrypted"
    );
    let mut connection = raw(&copy).await;
    let name: String = sqlx::query_scalar("SELECT name FROM accounts")
        .fetch_one(&mut connection)
        .await
        .unwrap();
    assert_eq!(name, "Inès Calvet");
    let runs: i64 = sqlx::query_scalar("SELECT count(*) FROM sqlite_schema WHERE name = 'runs'")
        .fetch_one(&mut connection)
        .await
        .unwrap();
    assert_eq!(runs, 0, "the copy is of before");
    connection.close().await.unwrap();
    // Opened again, nothing is copied.
    std::fs::remove_file(&copy).unwrap();
    Store::open(&path, &key()).await.unwrap().close().await;
    assert!(!copy.exists());
}

#[tokio::test]
async fn runs_of_an_older_database_hide_the_machines_that_are_on_their_way_now() {
    let (_folder, path) = place();
    std::fs::write(&path, "").unwrap();
    let mut connection = raw(&path).await;
    sqlx::migrate!("../../migrations")
        .run_to(18, &mut connection)
        .await
        .unwrap();
    for sql in [
        "PRAGMA application_id = 1416591218",
        "INSERT INTO customers VALUES (x'00000000000000000000000000000001', 'Atelier Brémont', '2026-03-02T12:00:00+00:00')",
        "INSERT INTO servers (id, name, address, port, user, login, sudo, jump_server_id, customer, state, state_since, state_reasons, created_at, search)
         SELECT CAST(printf('%016d', n) AS BLOB), name, '10.0.0.' || n, 22, 'admin', 'key', 'none',
                CASE WHEN n > 1 THEN CAST(printf('%016d', n - 1) AS BLOB) END, CASE WHEN n > 2 THEN 'Atelier Brémont' END,
                'ok', '2026-03-02T12:00:00+00:00', '[]', '2026-03-02T12:00:00+00:00', ''
         FROM (SELECT 1 AS n, 'far' AS name UNION SELECT 2, 'hop' UNION SELECT 3, 'own' UNION SELECT 4, 'last')",
        "INSERT INTO runs (id, kind, server_id, title_en, title_fr, input, state, started_name, started_at, customer_id)
         SELECT id, 'user_create', id, '', '', '{}', 'done', '', '2026-03-02T12:00:00+00:00', customer_id FROM servers",
    ] {
        sqlx::query(sql).execute(&mut connection).await.unwrap();
    }
    connection.close().await.unwrap();

    let store = Store::open(&path, &key()).await.unwrap();
    let hidden = async |id: &[u8; 16]| {
        let id = RunId::from_uuid(Uuid::from_bytes(*id));
        store.runs().get(id).await.unwrap().unwrap().hidden
    };
    let providers = ["10.0.0.1", "10.0.0.2", "far", "hop"];
    assert_eq!(
        hidden(b"0000000000000004").await,
        providers,
        "a machine of their own is not hidden"
    );
    assert_eq!(hidden(b"0000000000000003").await, providers);
    assert!(
        hidden(b"0000000000000002").await.is_empty(),
        "it is the provider's"
    );
    store.close().await;
}

#[tokio::test]
async fn when_the_copy_cannot_be_made_the_database_is_not_changed() {
    let (folder, path) = place();
    std::fs::write(&path, "").unwrap();
    let mut connection = raw(&path).await;
    sqlx::migrate!("../../migrations")
        .run_to(3, &mut connection)
        .await
        .unwrap();
    sqlx::query("PRAGMA application_id = 1416591218")
        .execute(&mut connection)
        .await
        .unwrap();
    connection.close().await.unwrap();
    // A folder stands where the copy should go.
    std::fs::create_dir(folder.path().join("workspace.before-3.db")).unwrap();
    std::fs::write(folder.path().join("workspace.before-3.db").join("x"), "x").unwrap();
    let refused = Store::open(&path, &key()).await.err().unwrap();
    assert!(matches!(refused, StoreError::File { .. }), "{refused:?}");
    let mut connection = raw(&path).await;
    let version: i64 = sqlx::query_scalar("SELECT max(version) FROM _sqlx_migrations")
        .fetch_one(&mut connection)
        .await
        .unwrap();
    assert_eq!(version, 3);
    connection.close().await.unwrap();
}

#[tokio::test]
async fn the_connections_are_set_as_the_design_says() {
    let (_folder, path) = place();
    let store = Store::create(&path, &key()).await.unwrap();
    let asked = store.pragmas().await.unwrap();
    for (name, expected) in [
        ("journal_mode", "wal"),
        ("synchronous", "2"),
        ("foreign_keys", "1"),
        ("application_id", "1416591218"),
        ("busy_timeout", "5000"),
    ] {
        let found = asked.iter().find(|(asked, _)| asked == name).unwrap();
        assert_eq!(found.1, expected, "{name}");
    }
    store.close().await;
}

#[tokio::test]
async fn a_planted_secret_is_in_no_file_in_clear_nor_in_the_open_database_unsealed() {
    const CANARY: &str = "canari-7f3a9c51-jaune";
    let (folder, path) = place();
    let store = Store::create(&path, &key()).await.unwrap();
    let mut server = glycines();
    server.edit.customer = Some(CANARY.to_uppercase());
    add_customer(&store, &CANARY.to_uppercase()).await;
    store.servers().insert(&server).await.unwrap();
    let sealer = Sealer::new(&key(), "ssh");
    let id = SecretId::from_uuid(Uuid::from_u128(3));
    let secret = sealer
        .seal_text(Credential::place(id), &SecretString::from(CANARY))
        .unwrap();
    let credential = Credential {
        id,
        server_id: server.id,
        kind: "password".into(),
        public: None,
        secret: Some(secret),
        created_at: noon(),
    };
    store.credentials().put(&credential).await.unwrap();

    // Once with the write-ahead log full, once with everything folded into the database.
    for closed in [false, true] {
        if closed {
            store.close().await;
        }
        let mut looked_at = 0;
        for file in std::fs::read_dir(folder.path()).unwrap() {
            let bytes = std::fs::read(file.unwrap().path()).unwrap();
            looked_at += bytes.len();
            assert!(!contains(&bytes, CANARY) && !contains(&bytes, &CANARY.to_uppercase()));
        }
        assert!(looked_at > 4096);
    }
    // Inside, what is merely private is readable, and the secret is not.
    let mut connection = raw(&path).await;
    sqlx::query("ATTACH ':memory:' AS plain KEY ''")
        .execute(&mut connection)
        .await
        .unwrap();
    let stored: Vec<u8> = sqlx::query_scalar("SELECT secret FROM credentials")
        .fetch_one(&mut connection)
        .await
        .unwrap();
    assert!(!contains(&stored, CANARY));
    let opened = sealer.open_text(Credential::place(id), &stored).unwrap();
    assert_eq!(opened.expose_secret(), CANARY);
    connection.close().await.unwrap();
}

#[cfg(unix)]
#[tokio::test]
async fn only_its_owner_can_read_the_database_and_its_log() {
    use std::os::unix::fs::PermissionsExt;
    let (folder, path) = place();
    let store = Store::create(&path, &key()).await.unwrap();
    for file in std::fs::read_dir(folder.path()).unwrap() {
        let file = file.unwrap();
        assert_eq!(
            file.metadata().unwrap().permissions().mode() & 0o077,
            0,
            "{:?}",
            file.file_name()
        );
    }
    store.close().await;
}
