//! Runs as they are kept: what covers a server, steps, traces and their bound; the journal and the settings.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "helpers of tests fail as tests do"
)]

mod decided;
mod traces;

use chrono::{DateTime, TimeDelta, Utc};
use tempfile::TempDir;
use towerify_domain::id::{AccountId, RunId, ServerId};
use towerify_domain::run::{RunKind, RunState, Sign, StepState, TRACE_LINES_MAX, Way, Wish};
use towerify_domain::server::ServerState;
use towerify_domain::{Role, Within, Words};
use towerify_store::{
    Account, Catalogue, NewRun, NewTraceLine, RunEnd, RunFilter, RunStep, Store, StoreError,
    TRACE_CUT, TraceFilter, large_fleet,
};
use towerify_vault::DataKey;
use uuid::Uuid;

fn noon() -> DateTime<Utc> {
    large_fleet::noon()
}

fn camille() -> AccountId {
    AccountId::from_uuid(Uuid::from_u128(1))
}

fn run_id(n: u128) -> RunId {
    RunId::from_uuid(Uuid::from_u128(n))
}

fn first() -> ServerId {
    large_fleet::server_id(0)
}

async fn workspace() -> (TempDir, Store) {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::create(
        &folder.path().join("workspace.db"),
        &DataKey::from_bytes([42; 32]),
    )
    .await
    .unwrap();
    large_fleet::fill(&store, 3, 1).await.unwrap();
    let account = Account {
        id: camille(),
        name: "Camille Morvan".into(),
        role: Role::Administrator,
        customer_id: None,
        created_at: noon(),
        disabled_at: None,
    };
    store.accounts().insert(&account).await.unwrap();
    (folder, store)
}

fn step(n: u16, state: StepState) -> RunStep {
    RunStep {
        n,
        name: format!("step {n}"),
        intent: Words::new("Create the user", "Créer l’utilisateur"),
        state,
        attempt: 0,
        can_undo: false,
        started_at: None,
        ended_at: None,
        observation: None,
    }
}

fn run(n: u128, server: Option<ServerId>) -> NewRun {
    NewRun {
        id: run_id(n),
        kind: RunKind::UserCreate,
        server_id: server,
        batch_id: None,
        title: Words::new("Create a user", "Création d’un utilisateur"),
        input: serde_json::json!({ "username": "ines.calvet" }),
        secret: Some(vec![1, 2, 3]),
        conceal: Some(vec![4, 5]),
        sealed_under: "administrator".into(),
        state: RunState::Running,
        started_by: camille(),
        started_name: "Camille Morvan".into(),
        started_at: noon() + TimeDelta::seconds(i64::try_from(n).unwrap()),
        steps: vec![step(0, StepState::Waiting), step(1, StepState::Waiting)],
    }
}

fn done(at: DateTime<Utc>) -> RunEnd {
    RunEnd {
        state: RunState::Done,
        at,
        error: None,
    }
}

fn line(text: &str, always: bool) -> NewTraceLine {
    NewTraceLine {
        at: noon(),
        step: 0,
        sign: Sign::Info,
        text: text.into(),
        always,
    }
}

#[tokio::test]
async fn an_open_run_covers_its_servers_state_until_the_last_one_ends() {
    let (_folder, store) = workspace().await;
    let before = store.servers().get(first()).await.unwrap().unwrap();
    store.runs().insert(&run(1, Some(first()))).await.unwrap();
    store.runs().insert(&run(2, Some(first()))).await.unwrap();
    let shown = async || {
        let server = store.servers().get(first()).await.unwrap().unwrap();
        assert_eq!(server.state, before.state, "the state itself stays");
        (server.shown, server.run_id)
    };
    assert_eq!(shown().await, (ServerState::Run, Some(run_id(1))));
    store.runs().end(run_id(1), &done(noon())).await.unwrap();
    assert_eq!(shown().await, (ServerState::Run, Some(run_id(2))));
    store.runs().end(run_id(2), &done(noon())).await.unwrap();
    assert_eq!(shown().await, (before.state, None));
    // Opened again, it covers again.
    store.runs().reopen(run_id(2), Way::Forward).await.unwrap();
    assert_eq!(shown().await, (ServerState::Run, Some(run_id(2))));
    store.close().await;
}

#[tokio::test]
async fn a_run_ends_once() {
    let (_folder, store) = workspace().await;
    store.runs().insert(&run(1, Some(first()))).await.unwrap();
    store
        .runs()
        .set_state(run_id(1), RunState::Running, Some(1), Some(40))
        .await
        .unwrap();
    assert_eq!(
        store.runs().secret(run_id(1)).await.unwrap(),
        Some(vec![1, 2, 3])
    );
    let failed = RunEnd {
        state: RunState::Failed,
        at: noon(),
        error: Some(("username_exists".into(), "The user exists".into())),
    };
    store.runs().end(run_id(1), &failed).await.unwrap();
    store
        .runs()
        .end(run_id(1), &done(noon() + TimeDelta::days(1)))
        .await
        .unwrap();
    let kept = store.runs().get(run_id(1)).await.unwrap().unwrap();
    assert_eq!(
        (kept.state, kept.ended_at, kept.progress),
        (RunState::Failed, Some(noon()), Some(40))
    );
    assert_eq!(kept.error_code.as_deref(), Some("username_exists"));
    let late = store
        .runs()
        .set_state(run_id(1), RunState::Running, None, None)
        .await
        .err()
        .unwrap();
    assert!(matches!(late, StoreError::NotFound { .. }));
    store.close().await;
}

#[tokio::test]
async fn runs_are_listed_the_newest_first_by_state_and_server_and_outlive_their_server() {
    let (_folder, store) = workspace().await;
    for n in 1..=5 {
        store
            .runs()
            .insert(&run(
                n,
                Some(large_fleet::server_id(u32::try_from(n % 2).unwrap())),
            ))
            .await
            .unwrap();
    }
    for n in [2, 3] {
        store.runs().end(run_id(n), &done(noon())).await.unwrap();
    }
    let check = async |filter: RunFilter, expected: &[u128]| {
        let page = store
            .runs()
            .page(Within::All, &filter, 0, 10)
            .await
            .unwrap();
        let ids: Vec<_> = page
            .rows
            .iter()
            .map(|run| run.id.uuid().as_u128())
            .collect();
        assert_eq!(ids, expected, "{filter:?}");
        assert_eq!(page.total, i64::try_from(expected.len()).unwrap());
    };
    let all = RunFilter::default;
    check(all(), &[5, 4, 3, 2, 1]).await;
    check(
        RunFilter {
            states: vec![RunState::Done],
            ..all()
        },
        &[3, 2],
    )
    .await;
    check(
        RunFilter {
            server: Some(first()),
            ..all()
        },
        &[4, 2],
    )
    .await;
    check(
        RunFilter {
            server: Some(first()),
            states: vec![RunState::Running],
            ..all()
        },
        &[4],
    )
    .await;
    let open: Vec<_> = store
        .runs()
        .open()
        .await
        .unwrap()
        .into_iter()
        .map(|run| run.id)
        .collect();
    assert_eq!(open, [run_id(1), run_id(4), run_id(5)]);

    store.servers().delete(first()).await.unwrap();
    let orphan = store.runs().get(run_id(2)).await.unwrap().unwrap();
    assert_eq!(
        (orphan.server_id, orphan.server_name.as_deref()),
        (None, Some("srv-00000"))
    );
    let nowhere = store
        .runs()
        .insert(&run(9, Some(first())))
        .await
        .err()
        .unwrap();
    assert!(
        matches!(nowhere, StoreError::Reference { .. }),
        "{nowhere:?}"
    );
    store.close().await;
}

#[tokio::test]
async fn steps_are_replaced_as_they_go() {
    let (_folder, store) = workspace().await;
    store.runs().insert(&run(1, None)).await.unwrap();
    let mut second = step(1, StepState::Done);
    second.observation = Some(serde_json::json!({ "uid": 1001 }));
    second.ended_at = Some(noon());
    store.run_steps().put(run_id(1), &second).await.unwrap();
    assert_eq!(
        store.run_steps().of(run_id(1)).await.unwrap(),
        [step(0, StepState::Waiting), second]
    );
    let nobodys = store
        .run_steps()
        .put(run_id(7), &step(0, StepState::Waiting))
        .await
        .err()
        .unwrap();
    assert!(matches!(nobodys, StoreError::Reference { .. }));
    store.close().await;
}

#[tokio::test]
async fn settings_and_catalogues_have_one_value_each_for_an_owner_or_for_all() {
    let (_folder, store) = workspace().await;
    let settings = store.settings();
    let value = |text: &str| serde_json::json!(text);
    settings
        .set(None, "lock_after", &value("10 min"))
        .await
        .unwrap();
    settings
        .set(Some(camille()), "theme", &value("dark"))
        .await
        .unwrap();
    settings
        .set(Some(camille()), "theme", &value("light"))
        .await
        .unwrap();
    settings.set(None, "theme", &value("system")).await.unwrap();
    assert_eq!(
        settings.get(Some(camille()), "theme").await.unwrap(),
        Some(value("light"))
    );
    assert_eq!(
        settings.get(None, "theme").await.unwrap(),
        Some(value("system"))
    );
    assert_eq!(
        settings.get(Some(camille()), "lock_after").await.unwrap(),
        None
    );
    assert_eq!(settings.all(None).await.unwrap().len(), 2);

    let catalogue = |n: i64| Catalogue {
        taken_at: noon(),
        json: serde_json::json!({ "apps": n }),
    };
    store.catalogues().put(None, &catalogue(1)).await.unwrap();
    store
        .catalogues()
        .put(Some(first()), &catalogue(2))
        .await
        .unwrap();
    store.catalogues().put(None, &catalogue(3)).await.unwrap();
    assert_eq!(
        store.catalogues().get(None).await.unwrap(),
        Some(catalogue(3))
    );
    assert_eq!(
        store.catalogues().get(Some(first())).await.unwrap(),
        Some(catalogue(2))
    );
    assert_eq!(
        store
            .catalogues()
            .get(Some(large_fleet::server_id(1)))
            .await
            .unwrap(),
        None
    );
    store.close().await;
}

#[tokio::test]
async fn runs_are_found_by_what_they_are_for() {
    let (_folder, store) = workspace().await;
    for (n, kind, server) in [
        (1, RunKind::UserCreate, Some(first())),
        (2, RunKind::AppInstall, Some(first())),
        (3, RunKind::AppInstall, None),
    ] {
        let new = NewRun {
            kind,
            ..run(n, server)
        };
        store.runs().insert(&new).await.unwrap();
    }
    let found = async |kinds: &[RunKind], server| {
        let filter = RunFilter {
            kinds: kinds.to_vec(),
            server,
            ..RunFilter::default()
        };
        let page = store
            .runs()
            .page(Within::All, &filter, 0, 10)
            .await
            .unwrap();
        assert_eq!(page.total, i64::try_from(page.rows.len()).unwrap());
        page.rows.iter().map(|run| run.id).collect::<Vec<_>>()
    };
    let install = [RunKind::AppInstall];
    assert_eq!(found(&install, None).await, [run_id(3), run_id(2)]);
    assert_eq!(found(&install, Some(first())).await, [run_id(2)]);
    assert_eq!(found(&[], None).await.len(), 3);
    assert_eq!(found(&[RunKind::Refresh], None).await, []);
    store.close().await;
}
