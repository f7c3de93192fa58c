//! The fleet as lists show it: filters, orders, pages, counts; and what one refresh writes.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "helpers of tests fail as tests do"
)]

mod apps;
mod servers;
mod sights;

use chrono::{DateTime, TimeDelta, Utc};
use tempfile::TempDir;
use towerify_domain::Within;
use towerify_domain::id::{CustomerId, HostKeyId, ServerId};
use towerify_domain::server::{Reason, ServerState};
use towerify_store::{
    App, AppFilter, AppSort, Customer, Direction, FleetFilter, FleetSort, HostKeyRow, NewServer,
    NewSnapshot, NowState, Refresh, ServerEdit, Sight, StateReason, Store, StoreError, Summary,
    large_fleet,
};
use towerify_vault::DataKey;
use uuid::Uuid;

fn noon() -> DateTime<Utc> {
    large_fleet::noon()
}

fn id(n: u128) -> ServerId {
    ServerId::from_uuid(Uuid::from_u128(n))
}

async fn empty() -> (TempDir, Store) {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::create(
        &folder.path().join("workspace.db"),
        &DataKey::from_bytes([42; 32]),
    )
    .await
    .unwrap();
    let names = [
        "Clinique des Glycines",
        "Atelier Brémont",
        "Lycée Hortense-Vial",
        "Tour & Cie",
        "x",
    ];
    for (n, name) in (1..).zip(names) {
        let customer = Customer {
            id: CustomerId::from_uuid(Uuid::from_u128(n)),
            name: name.into(),
            created_at: noon(),
        };
        store.customers().insert(&customer).await.unwrap();
    }
    (folder, store)
}

fn state(state: ServerState) -> NowState {
    NowState {
        state,
        reasons: Vec::new(),
    }
}

fn server(n: u128, name: &str, customer: &str, tags: &[&str]) -> NewServer {
    NewServer {
        id: id(n),
        edit: ServerEdit {
            name: name.into(),
            address: format!("{name}.example"),
            port: 22,
            user: "admin".into(),
            login: "key".into(),
            sudo: "passwordless".into(),
            jump_server_id: None,
            main_domain: None,
            customer: Some(customer.into()),
            tags: tags.iter().map(|tag| (*tag).to_owned()).collect(),
        },
        state: state(ServerState::ToDo),
        created_at: noon(),
    }
}

fn app(name: &str, label: &str, domain: &str) -> App {
    App {
        app: name.into(),
        manifest: name.split("__").next().unwrap().into(),
        label: label.into(),
        version: Some("30.0.1~ynh2".into()),
        new_version: None,
        upgradable: false,
        domain: Some(domain.into()),
        path: Some("/".into()),
        state: "ok".into(),
    }
}

fn refresh(n: u128, now: ServerState, version: &str, updates: i64, apps: Vec<App>) -> Refresh {
    Refresh {
        server: id(n),
        sight: Sight::Whole,
        at: noon() + TimeDelta::minutes(i64::try_from(n).unwrap()),
        state: state(now),
        main_domain: Some(format!("apps{n}.example")),
        summary: Summary {
            yunohost: Some(version.into()),
            apps: Some(i64::try_from(apps.len()).unwrap()),
            updates: Some(updates),
            certificate_until: Some(noon() + TimeDelta::days(updates + 1)),
            ..Summary::default()
        },
        snapshots: vec![NewSnapshot {
            kind: "users".into(),
            taken_at: noon(),
            json: serde_json::json!({"n": n}),
        }],
        apps: Some(apps),
    }
}

/// Five servers of three customers.
async fn tour_et_cie() -> (TempDir, Store) {
    let (folder, store) = empty().await;
    let servers = store.servers();
    for new in [
        server(1, "glycines-01", "Clinique des Glycines", &["prod", "hds"]),
        server(2, "glycines-02", "Clinique des Glycines", &["prod", "hds"]),
        server(3, "bremont-01", "Atelier Brémont", &["prod"]),
        server(4, "bremont-lab", "Atelier Brémont", &["staging"]),
        server(5, "vial-01", "Lycée Hortense-Vial", &[]),
    ] {
        servers.insert(&new).await.unwrap();
    }
    let cloud = || app("nextcloud", "Nuage", "nuage.example");
    for answer in [
        refresh(
            1,
            ServerState::Ok,
            "12.1.25",
            0,
            vec![cloud(), app("gitlab", "Forge", "forge.example")],
        ),
        refresh(2, ServerState::Stop, "12.1.3", 4, vec![cloud()]),
        refresh(
            3,
            ServerState::Warn,
            "12.0.17",
            11,
            vec![
                cloud(),
                app("nextcloud__2", "Œuvres partagées", "b.example"),
            ],
        ),
        refresh(4, ServerState::Ok, "12.1.25", 1, vec![]),
    ] {
        servers.record(&answer).await.unwrap();
    }
    (folder, store)
}

async fn names(
    store: &Store,
    filter: &FleetFilter,
    sort: FleetSort,
    direction: Direction,
) -> Vec<String> {
    let page = store
        .fleet(Within::All)
        .page(filter, sort, direction, 0, 100)
        .await
        .unwrap();
    assert_eq!(page.total, i64::try_from(page.rows.len()).unwrap());
    let mut ids = store.fleet(Within::All).ids(filter).await.unwrap();
    let mut listed: Vec<_> = page.rows.iter().map(|row| row.id).collect();
    ids.sort();
    listed.sort();
    assert_eq!(ids, listed, "the ids are those of the list");
    page.rows.into_iter().map(|row| row.name).collect()
}

#[tokio::test]
async fn each_filter_lets_through_what_it_says() {
    let (_folder, store) = tour_et_cie().await;
    let all = FleetFilter::default;
    let strings = |values: &[&str]| values.iter().map(|v| (*v).to_owned()).collect::<Vec<_>>();
    let check = async |filter: FleetFilter, expected: &[&str]| {
        let found = names(&store, &filter, FleetSort::Name, Direction::Ascending).await;
        assert_eq!(found, expected, "{filter:?}");
    };
    check(
        all(),
        &[
            "bremont-01",
            "bremont-lab",
            "glycines-01",
            "glycines-02",
            "vial-01",
        ],
    )
    .await;
    check(
        FleetFilter {
            text: "GLYCINES".into(),
            ..all()
        },
        &["glycines-01", "glycines-02"],
    )
    .await;
    check(
        FleetFilter {
            text: "Brémont".into(),
            ..all()
        },
        &["bremont-01", "bremont-lab"],
    )
    .await;
    check(
        FleetFilter {
            text: "brémont 01".into(),
            ..all()
        },
        &["bremont-01"],
    )
    .await;
    check(
        FleetFilter {
            text: "lycee".into(),
            ..all()
        },
        &["vial-01"],
    )
    .await;
    check(
        FleetFilter {
            text: "apps3.exam".into(),
            ..all()
        },
        &["bremont-01"],
    )
    .await;
    check(
        FleetFilter {
            text: "hds".into(),
            ..all()
        },
        &["glycines-01", "glycines-02"],
    )
    .await;
    check(
        FleetFilter {
            text: "%".into(),
            ..all()
        },
        &[],
    )
    .await;
    check(
        FleetFilter {
            text: "' OR 1=1 --".into(),
            ..all()
        },
        &[],
    )
    .await;
    check(
        FleetFilter {
            states: vec![ServerState::Stop, ServerState::ToDo],
            ..all()
        },
        &["glycines-02", "vial-01"],
    )
    .await;
    check(
        FleetFilter {
            tags: strings(&["staging", "HDS"]),
            ..all()
        },
        &["bremont-lab", "glycines-01", "glycines-02"],
    )
    .await;
    check(
        FleetFilter {
            without_tags: strings(&["prod"]),
            ..all()
        },
        &["bremont-lab", "vial-01"],
    )
    .await;
    check(
        FleetFilter {
            versions: strings(&["12.1.3", "12.0.17"]),
            ..all()
        },
        &["bremont-01", "glycines-02"],
    )
    .await;
    check(
        FleetFilter {
            customers: strings(&["Lycée Hortense-Vial"]),
            ..all()
        },
        &["vial-01"],
    )
    .await;
    check(
        FleetFilter {
            with_updates: true,
            ..all()
        },
        &["bremont-01", "bremont-lab", "glycines-02"],
    )
    .await;
    check(
        FleetFilter {
            certificate_before: Some(noon() + TimeDelta::days(3)),
            ..all()
        },
        &["bremont-lab", "glycines-01"],
    )
    .await;
    check(
        FleetFilter {
            tags: strings(&["prod"]),
            versions: strings(&["12.1.25"]),
            text: "nuage".into(),
            ..all()
        },
        &[],
    )
    .await;
    store.close().await;
}

#[tokio::test]
async fn each_order_sorts_as_it_says_in_both_directions_few_or_many() {
    let (_folder, store) = tour_et_cie().await;
    let orders = [
        (
            FleetSort::Severity,
            "glycines-02 bremont-01 bremont-lab glycines-01 vial-01",
        ),
        (
            FleetSort::Name,
            "bremont-01 bremont-lab glycines-01 glycines-02 vial-01",
        ),
        (
            FleetSort::Customer,
            "bremont-01 bremont-lab glycines-01 glycines-02 vial-01",
        ),
        (
            FleetSort::Version,
            "vial-01 bremont-01 glycines-02 bremont-lab glycines-01",
        ),
        (
            FleetSort::Apps,
            "vial-01 bremont-lab glycines-02 bremont-01 glycines-01",
        ),
        (
            FleetSort::Updates,
            "vial-01 glycines-01 bremont-lab glycines-02 bremont-01",
        ),
        (
            FleetSort::Certificate,
            "vial-01 glycines-01 bremont-lab glycines-02 bremont-01",
        ),
        (
            FleetSort::LastSeen,
            "vial-01 glycines-01 glycines-02 bremont-01 bremont-lab",
        ),
    ];
    // Without a filter the index is walked; with one, the few that are found are sorted: both must agree.
    let found_by_text = FleetFilter {
        text: "example".into(),
        ..FleetFilter::default()
    };
    for (sort, expected) in orders {
        let forwards: Vec<&str> = expected.split(' ').collect();
        let backwards: Vec<&str> = forwards.iter().rev().copied().collect();
        for filter in [&FleetFilter::default(), &found_by_text] {
            assert_eq!(
                names(&store, filter, sort, Direction::Ascending).await,
                forwards,
                "{sort:?}"
            );
            assert_eq!(
                names(&store, filter, sort, Direction::Descending).await,
                backwards,
                "{sort:?}"
            );
        }
    }
    store.close().await;
}

#[tokio::test]
async fn severity_sorts_as_the_domain_does() {
    let (_folder, store) = empty().await;
    for (n, now) in ServerState::ALL.into_iter().rev().enumerate() {
        let mut new = server(n as u128, now.name(), "x", &[]);
        new.state = state(now);
        store.servers().insert(&new).await.unwrap();
    }
    let listed = names(
        &store,
        &FleetFilter::default(),
        FleetSort::Severity,
        Direction::Ascending,
    )
    .await;
    assert_eq!(listed, ServerState::ALL.map(ServerState::name));
    store.close().await;
}

#[tokio::test]
async fn pages_follow_each_other_without_gap_or_overlap() {
    let (_folder, store) = empty().await;
    large_fleet::fill(&store, 1_500, 1).await.unwrap();
    for filter in [
        FleetFilter::default(),
        FleetFilter {
            text: "prod".into(),
            ..FleetFilter::default()
        },
    ] {
        for sort in [FleetSort::Severity, FleetSort::Version, FleetSort::Updates] {
            let mut seen = Vec::new();
            loop {
                let offset = i64::try_from(seen.len()).unwrap();
                let page = store
                    .fleet(Within::All)
                    .page(&filter, sort, Direction::Descending, offset, 333)
                    .await
                    .unwrap();
                if page.rows.is_empty() {
                    assert_eq!(offset, page.total);
                    break;
                }
                seen.extend(page.rows.into_iter().map(|row| row.id));
            }
            let count = seen.len();
            seen.sort();
            seen.dedup();
            assert_eq!(seen.len(), count, "{sort:?}");
        }
    }
    store.close().await;
}

#[tokio::test]
async fn the_summary_and_the_facets_count_what_is_there() {
    let (_folder, store) = tour_et_cie().await;
    let summary = store
        .fleet(Within::All)
        .summary(noon() + TimeDelta::days(3))
        .await
        .unwrap();
    assert_eq!(
        (
            summary.total,
            summary.updates,
            summary.with_updates,
            summary.certificates_ending
        ),
        (5, 16, 3, 2)
    );
    assert_eq!(
        summary.states,
        [
            (ServerState::Stop, 1),
            (ServerState::Warn, 1),
            (ServerState::Ok, 2),
            (ServerState::ToDo, 1)
        ]
    );
    let facets = store.fleet(Within::All).facets().await.unwrap();
    let pairs = |facets: Vec<towerify_store::Facet>| {
        facets
            .into_iter()
            .map(|f| (f.value, f.count))
            .collect::<Vec<_>>()
    };
    assert_eq!(
        pairs(facets.tags),
        [("hds".into(), 2), ("prod".into(), 3), ("staging".into(), 1)]
    );
    assert_eq!(
        pairs(facets.versions),
        [
            ("12.1.25".into(), 2),
            ("12.1.3".into(), 1),
            ("12.0.17".into(), 1)
        ]
    );
    assert_eq!(pairs(facets.customers)[0], ("Atelier Brémont".into(), 2));
    store.close().await;
}

#[tokio::test]
async fn few_or_many_are_counted_as_they_are_by_tag_and_without() {
    let (_folder, store) = empty().await;
    large_fleet::fill(&store, 2_500, 0).await.unwrap();
    // One that few have.
    let mut rare = server(1, "rare", "Tour & Cie", &["rare", "hds"]);
    rare.id = id(1);
    store.servers().insert(&rare).await.unwrap();
    let all = store
        .fleet(Within::All)
        .page(
            &FleetFilter::default(),
            FleetSort::Name,
            Direction::Ascending,
            0,
            5_000,
        )
        .await
        .unwrap()
        .rows;
    let cases: [(&[&str], &[&str]); 7] = [
        (&["hds"], &[]),
        (&["hds", "PROD"], &[]),
        (&["rare"], &[]),
        (&["nowhere"], &[]),
        (&[], &["hds"]),
        (&[], &["prod", "staging", "hds"]),
        (&["hds"], &["prod"]),
    ];
    for (tags, without) in cases {
        let list = |tags: &[&str]| tags.iter().map(|tag| (*tag).to_owned()).collect::<Vec<_>>();
        let filter = FleetFilter {
            tags: list(tags),
            without_tags: list(without),
            ..FleetFilter::default()
        };
        let has = |server: &towerify_store::Server, tags: &[&str]| {
            let like = |tag: &String| tags.iter().any(|one| one.eq_ignore_ascii_case(tag));
            server.tags.iter().any(like)
        };
        let expected: Vec<&str> = all
            .iter()
            .filter(|server| (tags.is_empty() || has(server, tags)) && !has(server, without))
            .map(|server| server.name.as_str())
            .collect();
        let page = store
            .fleet(Within::All)
            .page(&filter, FleetSort::Name, Direction::Ascending, 0, 5_000)
            .await
            .unwrap();
        let found: Vec<&str> = page
            .rows
            .iter()
            .map(|server| server.name.as_str())
            .collect();
        assert_eq!(found, expected, "{tags:?} {without:?}");
        assert_eq!(
            page.total,
            i64::try_from(expected.len()).unwrap(),
            "{tags:?} {without:?}"
        );
    }
    store.close().await;
}
