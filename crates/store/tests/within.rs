//! What is looked among: the lists of one customer's servers, apps and runs are those of everybody with the others left out,
//! however many there are and whatever is asked of them.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "helpers of tests fail as tests do"
)]

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use tempfile::TempDir;
use towerify_domain::id::{AccountId, CustomerId, RunId, ServerId};
use towerify_domain::run::{RunKind, RunState};
use towerify_domain::server::ServerState;
use towerify_domain::{Role, Within, Words};
use towerify_store::{
    Account, AppFilter, AppSort, Direction, FleetFilter, FleetSort, NewRun, RunFilter, Server,
    Store, large_fleet,
};
use towerify_vault::DataKey;
use uuid::Uuid;

fn noon() -> DateTime<Utc> {
    large_fleet::noon()
}

fn account(n: u128) -> AccountId {
    AccountId::from_uuid(Uuid::from_u128(n))
}

fn within(customer: CustomerId) -> Within {
    Within::Customer {
        customer,
        account: account(2),
    }
}

/// A fleet of so many servers in which one customer has all, or as many as chance gave them.
async fn fleet(servers: u32, all: bool) -> (TempDir, Store, CustomerId) {
    let folder = tempfile::tempdir().unwrap();
    let key = DataKey::from_bytes([42; 32]);
    let store = Store::create(&folder.path().join("workspace.db"), &key)
        .await
        .unwrap();
    large_fleet::fill(&store, servers, 2).await.unwrap();
    let customer = match all {
        true => {
            let customer = large_fleet::give_all(&store).await.unwrap();
            // One that is not theirs.
            let other = store.customers().all().await.unwrap();
            let other = other.iter().find(|known| known.id != customer).unwrap();
            large_fleet::give(&store, 0, &other.name).await.unwrap();
            customer
        }
        false => whose(&store, 0).await,
    };
    (folder, store, customer)
}

async fn whose(store: &Store, n: u32) -> CustomerId {
    let id = large_fleet::server_id(n);
    let server = store.servers().get(id).await.unwrap().unwrap();
    server.customer_id.unwrap()
}

fn filters() -> Vec<FleetFilter> {
    let all = FleetFilter::default;
    vec![
        all(),
        FleetFilter {
            text: "srv-00".into(),
            ..all()
        },
        FleetFilter {
            text: "prod client".into(),
            ..all()
        },
        FleetFilter {
            states: vec![ServerState::Warn, ServerState::Fail],
            ..all()
        },
        FleetFilter {
            tags: vec!["hds".into()],
            ..all()
        },
        FleetFilter {
            without_tags: vec!["hds".into()],
            ..all()
        },
        FleetFilter {
            versions: vec!["12.0.17".into()],
            with_updates: true,
            ..all()
        },
        FleetFilter {
            customers: vec!["Fondation Ormeau 19".into()],
            ..all()
        },
        FleetFilter {
            certificate_before: Some(noon() + TimeDelta::days(30)),
            ..all()
        },
    ]
}

async fn check(servers: u32, all: bool) {
    let (_folder, store, customer) = fleet(servers, all).await;
    let (theirs, everybody) = (store.fleet(within(customer)), store.fleet(Within::All));
    let mut seen = 0;
    for filter in filters() {
        for sort in [
            FleetSort::Severity,
            FleetSort::Name,
            FleetSort::Version,
            FleetSort::Updates,
        ] {
            for direction in [Direction::Ascending, Direction::Descending] {
                let whole = everybody
                    .page(&filter, sort, direction, 0, 10_000)
                    .await
                    .unwrap();
                let expected: Vec<Server> = whole
                    .rows
                    .into_iter()
                    .filter(|server| server.customer_id == Some(customer))
                    .collect();
                let page = theirs
                    .page(&filter, sort, direction, 0, 10_000)
                    .await
                    .unwrap();
                assert_eq!(
                    page.total,
                    i64::try_from(expected.len()).unwrap(),
                    "{filter:?}"
                );
                assert_eq!(page.rows, expected, "{filter:?} {sort:?} {direction:?}");
                let part = theirs.page(&filter, sort, direction, 3, 4).await.unwrap();
                let part_of: Vec<Server> = expected.iter().skip(3).take(4).cloned().collect();
                assert_eq!(part.rows, part_of, "{filter:?} {sort:?} {direction:?}");
                seen += expected.len();
            }
        }
        let ids = theirs.ids(&filter).await.unwrap();
        let page = theirs
            .page(&filter, FleetSort::Name, Direction::Ascending, 0, 10_000)
            .await
            .unwrap();
        let listed: Vec<ServerId> = page.rows.iter().map(|server| server.id).collect();
        assert_eq!(ids, listed, "{filter:?}");
    }
    assert!(seen > 100, "something was compared");
    let page = theirs
        .page(
            &FleetFilter::default(),
            FleetSort::Name,
            Direction::Ascending,
            0,
            10_000,
        )
        .await
        .unwrap();
    let ending = noon() + TimeDelta::days(30);
    let summary = theirs.summary(ending).await.unwrap();
    let mut states: BTreeMap<ServerState, i64> = BTreeMap::new();
    for server in &page.rows {
        *states.entry(server.shown).or_default() += 1;
    }
    assert_eq!(summary.total, page.total);
    assert_eq!(summary.states, states.into_iter().collect::<Vec<_>>());
    let updates = |server: &Server| server.summary.updates.unwrap_or(0);
    assert_eq!(summary.updates, page.rows.iter().map(updates).sum::<i64>());
    let facets = theirs.facets().await.unwrap();
    let count = |is: &dyn Fn(&Server) -> bool| {
        i64::try_from(page.rows.iter().filter(|server| is(server)).count()).unwrap()
    };
    assert!(!facets.tags.is_empty() && !facets.versions.is_empty());
    for facet in &facets.tags {
        assert_eq!(
            facet.count,
            count(&|server| server.tags.contains(&facet.value)),
            "{facet:?}"
        );
    }
    for facet in &facets.versions {
        let has = |server: &Server| server.summary.yunohost.as_ref() == Some(&facet.value);
        assert_eq!(facet.count, count(&has), "{facet:?}");
    }
    assert_eq!(facets.customers.len(), 1, "no other customer is named");
    assert_eq!(facets.customers[0].count, page.total);
    store.close().await;
}

#[tokio::test]
async fn a_customers_few_servers_are_listed_counted_and_named_as_if_there_were_no_others() {
    check(1_500, false).await;
}

#[tokio::test]
async fn so_are_a_customers_many() {
    check(1_300, true).await;
}

#[tokio::test]
async fn a_customers_apps_are_found_and_nobody_elses() {
    let (_folder, store, customer) = fleet(900, false).await;
    let all = AppFilter::default;
    let own = store
        .fleet(within(customer))
        .ids(&FleetFilter::default())
        .await
        .unwrap();
    let mut seen = 0;
    for filter in [
        all(),
        AppFilter {
            text: "nextcloud".into(),
            ..all()
        },
        AppFilter {
            text: "ne".into(),
            ..all()
        },
        AppFilter {
            text: "e".into(),
            ..all()
        },
        AppFilter {
            manifests: vec!["gitlab".into(), "nextcloud".into()],
            ..all()
        },
        AppFilter {
            upgradable: true,
            ..all()
        },
        AppFilter {
            server: Some(own[0]),
            ..all()
        },
        AppFilter {
            server: Some(large_fleet::server_id(1)),
            ..all()
        },
        AppFilter {
            server: Some(large_fleet::server_id(1)),
            text: "client".into(),
            ..all()
        },
    ] {
        for sort in [AppSort::Label, AppSort::Version, AppSort::Upgradable] {
            let page = async |within| {
                let apps = store.apps();
                apps.page(within, &filter, sort, Direction::Ascending, 0, 10_000)
                    .await
                    .unwrap()
            };
            let whole = page(Within::All).await;
            let expected: Vec<_> = whole
                .rows
                .into_iter()
                .filter(|row| own.contains(&row.server_id))
                .collect();
            let found = page(within(customer)).await;
            assert_eq!(
                found.total,
                i64::try_from(expected.len()).unwrap(),
                "{filter:?}"
            );
            assert_eq!(found.rows, expected, "{filter:?}");
            seen += expected.len();
        }
    }
    assert!(seen > 20, "something was compared");
    let counted = store.apps().manifests(within(customer)).await.unwrap();
    let installed: i64 = counted.iter().map(|manifest| manifest.count).sum();
    assert_eq!(installed, i64::try_from(own.len() * 2).unwrap());
    store.close().await;
}

fn run(n: u128, server: ServerId, by: AccountId) -> NewRun {
    NewRun {
        id: RunId::from_uuid(Uuid::from_u128(n)),
        kind: RunKind::UserCreate,
        server_id: Some(server),
        batch_id: None,
        title: Words::same("x"),
        input: serde_json::json!({}),
        secret: None,
        conceal: None,
        sealed_under: "administrator".into(),
        state: RunState::Running,
        started_by: by,
        started_name: "x".into(),
        started_at: noon() + TimeDelta::seconds(i64::try_from(n).unwrap()),
        steps: Vec::new(),
    }
}

#[tokio::test]
async fn a_run_is_the_customers_whose_server_it_was_and_stays_so() {
    let (_folder, store, customer) = fleet(60, false).await;
    let mine = large_fleet::server_id(0);
    let others = (1..60).map(large_fleet::server_id).collect::<Vec<_>>();
    let mut foreign = None;
    for id in others {
        let server = store.servers().get(id).await.unwrap().unwrap();
        if server.customer_id != Some(customer) {
            foreign = Some(server);
            break;
        }
    }
    let foreign = foreign.unwrap();
    for n in [1, 2] {
        let new = Account {
            id: account(n),
            name: format!("account {n}"),
            role: Role::Administrator,
            customer_id: None,
            created_at: noon(),
            disabled_at: None,
        };
        store.accounts().insert(&new).await.unwrap();
    }
    for (n, server, by) in [(1, mine, 1), (2, mine, 2), (3, foreign.id, 1)] {
        store
            .runs()
            .insert(&run(n, server, account(by)))
            .await
            .unwrap();
    }
    let check = async |within: Within, server: Option<ServerId>, expected: &[u128]| {
        let filter = RunFilter {
            server,
            ..RunFilter::default()
        };
        let page = store.runs().page(within, &filter, 0, 10).await.unwrap();
        let ids: Vec<u128> = page
            .rows
            .iter()
            .map(|run| run.id.uuid().as_u128())
            .collect();
        assert_eq!(ids, expected, "{within:?} {server:?}");
        assert_eq!(page.total, i64::try_from(expected.len()).unwrap());
        for n in [1_u128, 2, 3, 4] {
            let id = RunId::from_uuid(Uuid::from_u128(n));
            let found = store.runs().within(within, id).await.unwrap();
            if server.is_none() {
                assert_eq!(found.is_some(), expected.contains(&n), "{within:?} {n}");
            }
        }
    };
    check(Within::All, None, &[3, 2, 1]).await;
    check(within(customer), None, &[2, 1]).await;
    check(within(customer), Some(mine), &[2, 1]).await;
    check(within(customer), Some(foreign.id), &[]).await;
    check(within(foreign.customer_id.unwrap()), None, &[3]).await;
    check(Within::Account(account(2)), None, &[2]).await;
    check(Within::Account(account(1)), Some(mine), &[1]).await;
    assert_eq!(store.runs().open_count(Within::All).await.unwrap(), 3);
    assert_eq!(store.runs().open_count(within(customer)).await.unwrap(), 2);

    // The server becomes another's: what was done before stays with whom it was done for.
    large_fleet::give(&store, 0, &foreign.customer.clone().unwrap())
        .await
        .unwrap();
    check(within(customer), None, &[2, 1]).await;
    check(within(foreign.customer_id.unwrap()), Some(mine), &[]).await;
    store.close().await;
}

#[tokio::test]
async fn a_server_is_looked_up_within_and_not_beyond() {
    let (_folder, store, customer) = fleet(40, false).await;
    let servers = store.servers();
    for n in 0..41 {
        let id = large_fleet::server_id(n);
        let known = servers.get(id).await.unwrap();
        let own = known
            .clone()
            .filter(|server| server.customer_id == Some(customer));
        let name = format!("SRV-{n:05}");
        assert_eq!(servers.within(Within::All, id).await.unwrap(), known);
        assert_eq!(servers.within(within(customer), id).await.unwrap(), own);
        assert_eq!(servers.by_name(within(customer), &name).await.unwrap(), own);
        let nobodys = Within::Account(account(2));
        assert_eq!(servers.within(nobodys, id).await.unwrap(), None);
        assert_eq!(servers.by_name(nobodys, &name).await.unwrap(), None);
    }
    store.close().await;
}
