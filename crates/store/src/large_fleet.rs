//! A large invented fleet, for benchmarks and tests of speed: 10,000 servers with 50,000 apps in seconds.
//! It always gives the same fleet; nothing of the application uses it.

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};
use towerify_domain::id::{CustomerId, ServerId};
use towerify_domain::server::ServerState;
use uuid::Uuid;

use crate::{
    App, NewServer, NowState, Refresh, ServerEdit, Store, StoreError, Summary, apps, servers,
};

const CUSTOMERS: [&str; 5] = [
    "Clinique des Glycines",
    "Atelier Brémont",
    "Lycée Hortense-Vial",
    "Northfold Surveyors",
    "Fondation Ormeau",
];
const TAGS: [&str; 4] = ["prod", "staging", "hds", "eu-west"];
const VERSIONS: [&str; 4] = ["12.1.25", "12.1.24", "12.0.17", "11.3.0"];
const APPS: [(&str, &str); 8] = [
    ("nextcloud", "Nextcloud"),
    ("gitlab", "GitLab"),
    ("mattermost", "Mattermost"),
    ("wordpress", "Site d’accueil"),
    ("etherpad_mypads", "Blocs-notes"),
    ("vaultwarden", "Coffre"),
    ("hedgedoc", "HedgeDoc"),
    ("roundcube", "Courriel"),
];

/// The instant around which the fleet was last seen.
pub fn noon() -> DateTime<Utc> {
    DateTime::from_timestamp(1_772_452_800, 0).unwrap_or_default()
}

/// The id of the `n`-th server.
pub fn server_id(n: u32) -> ServerId {
    ServerId::from_uuid(Uuid::from_u128(
        0x0190_c0de_0000_7000_8000_0000_0000_0000 | u128::from(n),
    ))
}

/// Fills an empty store with `servers` servers of `apps_each` apps, in one transaction.
///
/// # Errors
/// [`StoreError::Duplicate`] when the fleet is there already.
pub async fn fill(store: &Store, servers: u32, apps_each: u32) -> Result<(), StoreError> {
    let during = StoreError::during("filling the store");
    let mut transaction = store.writer.begin().await.map_err(during)?;
    let names: BTreeSet<String> = (0..servers).map(customer).collect();
    for (n, name) in (1u128..).zip(&names) {
        sqlx::query!(
            "INSERT INTO customers (id, name, created_at) VALUES (?1, ?2, ?3)",
            Uuid::from_u128(0x0190_c0de_0000_7000_8000_0001_0000_0000 | n),
            name,
            noon()
        )
        .execute(&mut *transaction)
        .await
        .map_err(during)?;
    }
    for n in 0..servers {
        servers::insert(&mut transaction, &server(n))
            .await
            .map_err(during)?;
        servers::set_summary(&mut transaction, &refresh(n, apps_each))
            .await
            .map_err(during)?;
        let installed: Vec<App> = (0..apps_each).map(|k| app(n, k)).collect();
        apps::replace(&mut transaction, server_id(n), &installed)
            .await
            .map_err(during)?;
    }
    transaction.commit().await.map_err(during)
}

/// Gives the whole fleet to one customer, and says to whom.
///
/// # Errors
/// [`StoreError::NotFound`] when there is none.
pub async fn give_all(store: &Store) -> Result<CustomerId, StoreError> {
    let during = StoreError::during("giving the fleet to a customer");
    let first = customer(0);
    sqlx::query!("UPDATE servers SET customer = ?1", first)
        .execute(&store.writer)
        .await
        .map_err(during)?;
    let known = store.customers().by_name(&first).await?;
    known.map(|known| known.id).ok_or(StoreError::NotFound {
        what: "giving the fleet to a customer",
    })
}

/// Gives the `n`-th server to the customer of this name.
///
/// # Errors
/// [`StoreError::Reference`] for a name that is no customer's.
pub async fn give(store: &Store, n: u32, name: &str) -> Result<(), StoreError> {
    sqlx::query!(
        "UPDATE servers SET customer = ?1 WHERE id = ?2",
        name,
        server_id(n).uuid()
    )
    .execute(&store.writer)
    .await
    .map_err(StoreError::during("giving a server to a customer"))?;
    Ok(())
}

fn pick<T: Copy>(values: &[T], n: u32, otherwise: T) -> T {
    values
        .get(n as usize % values.len().max(1))
        .copied()
        .unwrap_or(otherwise)
}

fn customer(server: u32) -> String {
    let odd = shuffled(server);
    format!("{} {}", pick(&CUSTOMERS, odd, ""), odd % 40)
}

/// Steps through the numbers in an order that looks like none.
fn shuffled(n: u32) -> u32 {
    n.wrapping_mul(2_654_435_761) >> 7
}

fn server(n: u32) -> NewServer {
    let odd = shuffled(n);
    let state = match odd % 100 {
        0 => ServerState::Stop,
        1 | 2 => ServerState::Fail,
        3 | 4 => ServerState::Unreachable,
        5..15 => ServerState::Warn,
        15 => ServerState::Off,
        _ => ServerState::Ok,
    };
    NewServer {
        id: server_id(n),
        edit: ServerEdit {
            name: format!("srv-{n:05}"),
            address: format!("10.{}.{}.{}", n >> 16, (n >> 8) & 255, n & 255),
            port: 22,
            user: "admin".into(),
            login: "key".into(),
            sudo: "passwordless".into(),
            jump_server_id: None,
            main_domain: Some(format!("apps{n}.client{}.example", odd % 400)),
            customer: Some(customer(n)),
            tags: vec![pick(&TAGS, odd, "").into(), pick(&TAGS, odd / 4, "").into()],
        },
        state: NowState {
            state,
            reasons: Vec::new(),
        },
        created_at: noon() - TimeDelta::minutes(i64::from(odd % 500_000)),
    }
}

fn refresh(n: u32, apps: u32) -> Refresh {
    let odd = shuffled(n);
    Refresh {
        sight: crate::Sight::Whole,
        server: server_id(n),
        at: noon() - TimeDelta::seconds(i64::from(odd % 90_000)),
        state: NowState {
            state: ServerState::Ok,
            reasons: Vec::new(),
        },
        main_domain: None,
        summary: Summary {
            yunohost: Some(pick(&VERSIONS, odd, "").into()),
            debian: Some("bookworm".into()),
            arch: Some("x86_64".into()),
            memory_total: Some(8 << 30),
            memory_used: Some(i64::from(odd % 8) << 30),
            disk_total: Some(200 << 30),
            disk_used: Some(i64::from(odd % 200) << 30),
            apps: Some(i64::from(apps)),
            users: Some(i64::from(odd % 80)),
            updates: Some(i64::from((odd % 12).saturating_sub(8))),
            certificate_until: Some(noon() + TimeDelta::days(i64::from(odd % 90))),
            diagnosis_errors: Some(0),
            diagnosis_warnings: Some(i64::from(odd % 3)),
        },
        snapshots: Vec::new(),
        apps: None,
    }
}

fn app(server: u32, k: u32) -> App {
    let odd = shuffled(server.wrapping_mul(31).wrapping_add(k));
    let (manifest, label) = pick(&APPS, server.wrapping_add(k), ("", ""));
    App {
        app: if k < 8 {
            manifest.into()
        } else {
            format!("{manifest}__{}", k / 8 + 1)
        },
        manifest: manifest.into(),
        label: format!("{label} {}", odd % 300),
        version: Some(format!(
            "{}.{}.{}~ynh{}",
            odd % 30,
            odd % 10,
            odd % 7,
            odd % 4 + 1
        )),
        new_version: None,
        upgradable: odd.is_multiple_of(9),
        domain: Some(format!(
            "apps{server}.client{}.example",
            shuffled(server) % 400
        )),
        path: Some(format!("/{manifest}")),
        state: "ok".into(),
    }
}
