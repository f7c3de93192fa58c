//! Fleet runs, their servers and schedules as they are kept: what happens together happens in one commit.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "helpers of tests fail as tests do"
)]

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::json;
use tempfile::TempDir;
use towerify_domain::fleet::{FleetState, MemberState};
use towerify_domain::id::{AccountId, FleetId, RunId, ScheduleId};
use towerify_domain::run::RunKind;
use towerify_domain::schedule::{Missed, Timing, When};
use towerify_domain::{Role, Words};
use towerify_store::{
    Account, Fired, NewFleetMember, NewFleetRun, NewSchedule, Store, StoreError, large_fleet,
};
use towerify_vault::DataKey;
use uuid::Uuid;

fn noon() -> DateTime<Utc> {
    large_fleet::noon()
}

fn camille() -> AccountId {
    AccountId::from_uuid(Uuid::from_u128(1))
}

fn fleet(n: u128) -> FleetId {
    FleetId::from_uuid(Uuid::from_u128(n))
}

fn schedule() -> ScheduleId {
    ScheduleId::from_uuid(Uuid::from_u128(9))
}

fn run(n: u32) -> RunId {
    RunId::from_uuid(Uuid::from_u128(100 + u128::from(n)))
}

async fn workspace() -> (TempDir, Store) {
    let folder = tempfile::tempdir().unwrap();
    let key = DataKey::from_bytes([42; 32]);
    let path = folder.path().join("workspace.db");
    let store = Store::create(&path, &key).await.unwrap();
    large_fleet::fill(&store, 6, 1).await.unwrap();
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

/// Six servers: one, two, three.
fn new(n: u128) -> NewFleetRun {
    let waves = [1, 2, 2, 3, 3, 3];
    NewFleetRun {
        id: fleet(n),
        kind: RunKind::Refresh,
        title: Words::new("Read again on 6 servers", "Relire sur 6 serveurs"),
        order: json!({ "change": { "kind": "refresh" } }),
        secret: Some(vec![1, 2, 3]),
        dry: false,
        schedule: None,
        started_by: camille(),
        started_name: "Camille Morvan".into(),
        started_at: noon() + TimeDelta::minutes(i64::try_from(n).unwrap()),
        members: waves
            .into_iter()
            .zip(0..)
            .map(|(wave, n)| NewFleetMember {
                server: large_fleet::server_id(n),
                name: format!("server {n}"),
                wave,
            })
            .collect(),
    }
}

async fn states(store: &Store) -> Vec<MemberState> {
    let members = store.fleet_members().of(fleet(1)).await.unwrap();
    members.into_iter().map(|member| member.state).collect()
}

async fn end(store: &Store, n: u32, state: MemberState) {
    let members = store.fleet_members();
    let id = fleet(1);
    members.begins(id, n, Some(run(n)), noon()).await.unwrap();
    members.begun(id, n, run(n)).await.unwrap();
    let words = Words::same("seen");
    members
        .ends(id, n, state, Some(run(n)), Some(&words), noon())
        .await
        .unwrap();
}

async fn set(store: &Store, state: FleetState) {
    store
        .fleet_runs()
        .set_state(fleet(1), state, None, noon())
        .await
        .unwrap();
}

#[tokio::test]
async fn a_server_has_its_turn_and_what_became_of_it_is_kept() {
    let (_folder, store) = workspace().await;
    store.fleet_runs().insert(&new(1), None).await.unwrap();
    let members = store.fleet_members();
    members
        .begins(fleet(1), 2, Some(run(2)), noon())
        .await
        .unwrap();
    let member = members.get(fleet(1), 2).await.unwrap().unwrap();
    assert_eq!((member.state, member.tries), (MemberState::Running, 1));
    assert!(!member.begun && member.run == Some(run(2)));
    members.begun(fleet(1), 2, run(2)).await.unwrap();
    assert!(members.get(fleet(1), 2).await.unwrap().unwrap().begun);
    assert_eq!(store.fleet_runs().open().await.unwrap(), [fleet(1)]);
    end(&store, 2, MemberState::Failed).await;
    let member = members.get(fleet(1), 2).await.unwrap().unwrap();
    assert_eq!(member.words, Some(Words::same("seen")));
    assert_eq!(member.tries, 2);
    let counts = members.counts(fleet(1)).await.unwrap();
    let of = |wave: u32, state: MemberState| {
        let found = counts
            .iter()
            .find(|count| (count.wave, count.state) == (wave, state));
        found.map(|count| count.count)
    };
    assert_eq!(of(2, MemberState::Failed), Some(1));
    assert_eq!(of(3, MemberState::Waiting), Some(3));
    assert_eq!(of(3, MemberState::Failed), None);
    let missing = members.begins(fleet(1), 7, None, noon()).await;
    assert!(matches!(missing, Err(StoreError::NotFound { .. })));
    store.close().await;
}

#[tokio::test]
async fn stopped_it_leaves_out_those_that_wait_and_goes_on_with_what_failed_excused() {
    let (_folder, store) = workspace().await;
    let runs = store.fleet_runs();
    runs.insert(&new(1), None).await.unwrap();
    end(&store, 1, MemberState::Done).await;
    end(&store, 2, MemberState::Failed).await;
    set(&store, FleetState::Stopped).await;
    use MemberState::{Done, Failed, Left, Waiting};
    assert_eq!(states(&store).await, [Done, Failed, Left, Left, Left, Left]);
    let kept = runs.get(fleet(1)).await.unwrap().unwrap();
    assert_eq!(kept.left_as, Some(FleetState::Stopped));
    assert!(kept.ended_at.is_some());
    assert!(runs.secret(fleet(1)).await.unwrap().is_some());
    assert!(runs.open().await.unwrap().is_empty());

    runs.go_on(fleet(1)).await.unwrap();
    assert_eq!(
        states(&store).await,
        [Done, Failed, Waiting, Waiting, Waiting, Waiting]
    );
    let members = store.fleet_members().of(fleet(1)).await.unwrap();
    let excused: Vec<u32> = members
        .iter()
        .filter(|member| member.excused)
        .map(|member| member.n)
        .collect();
    assert_eq!(excused, [2]);
    // A pause excuses nobody.
    end(&store, 3, MemberState::Failed).await;
    set(&store, FleetState::Paused).await;
    runs.go_on(fleet(1)).await.unwrap();
    let third = store.fleet_members().get(fleet(1), 3).await.unwrap();
    assert!(!third.unwrap().excused);
    let running = runs.go_on(fleet(1)).await;
    assert!(matches!(running, Err(StoreError::NotFound { .. })));
    store.close().await;
}

#[tokio::test]
async fn retrying_takes_those_that_failed_and_only_when_it_is_over() {
    let (_folder, store) = workspace().await;
    let runs = store.fleet_runs();
    runs.insert(&new(1), None).await.unwrap();
    end(&store, 1, MemberState::Done).await;
    end(&store, 2, MemberState::Unknown).await;
    end(&store, 3, MemberState::Failed).await;
    let running = runs.retry_failed(fleet(1)).await;
    assert!(matches!(running, Err(StoreError::NotFound { .. })));
    assert_eq!(
        states(&store).await[1],
        MemberState::Unknown,
        "nothing of it was written"
    );
    set(&store, FleetState::Cancelled).await;
    assert!(
        runs.secret(fleet(1)).await.unwrap().is_none(),
        "nothing is left that needs it"
    );
    assert_eq!(runs.retry_failed(fleet(1)).await.unwrap(), 2);
    use MemberState::{Done, Left, Waiting};
    assert_eq!(
        states(&store).await,
        [Done, Waiting, Waiting, Left, Left, Left]
    );
    let kept = runs.get(fleet(1)).await.unwrap().unwrap();
    assert_eq!(kept.state, FleetState::Running);
    assert_eq!(kept.left_as, Some(FleetState::Cancelled));
    let second = store.fleet_members().get(fleet(1), 2).await.unwrap();
    let second = second.unwrap();
    assert!(second.run == Some(run(2)) && !second.begun);
    set(&store, FleetState::Done).await;
    end(&store, 2, MemberState::Done).await;
    end(&store, 3, MemberState::Done).await;
    assert_eq!(runs.retry_failed(fleet(1)).await.unwrap(), 0);
    assert_eq!(
        runs.get(fleet(1)).await.unwrap().unwrap().state,
        FleetState::Done
    );
    store.close().await;
}

#[tokio::test]
async fn the_list_comes_newest_first_by_state() {
    let (_folder, store) = workspace().await;
    let runs = store.fleet_runs();
    for n in 1..=3 {
        runs.insert(&new(n), None).await.unwrap();
    }
    set(&store, FleetState::Done).await;
    let page = runs.page(&[], 0, 2).await.unwrap();
    let ids: Vec<FleetId> = page.rows.iter().map(|row| row.id).collect();
    assert_eq!((page.total, ids), (3, vec![fleet(3), fleet(2)]));
    let page = runs.page(&[FleetState::Done], 0, 10).await.unwrap();
    assert_eq!((page.total, page.rows[0].id), (1, fleet(1)));
    assert_eq!(runs.open_count().await.unwrap(), 2);
    let twice = runs.insert(&new(3), None).await;
    assert!(matches!(twice, Err(StoreError::Duplicate { .. })));
    store.close().await;
}

fn nightly() -> NewSchedule {
    NewSchedule {
        id: schedule(),
        name: "Nightly".into(),
        timing: Timing {
            when: When::Daily { hour: 3, minute: 0 },
            zone: "Europe/Paris".into(),
        },
        order: json!({ "change": { "kind": "refresh" } }),
        next_at: Some(noon()),
        created_by: camille(),
        created_name: "Camille Morvan".into(),
        created_at: noon(),
    }
}

#[tokio::test]
async fn a_schedule_fires_in_the_same_commit_as_what_it_begins() {
    let (_folder, store) = workspace().await;
    let schedules = store.schedules();
    schedules.insert(&nightly()).await.unwrap();
    assert_eq!(schedules.first_due().await.unwrap(), Some(noon()));
    assert!(
        schedules
            .due(noon() - TimeDelta::seconds(1))
            .await
            .unwrap()
            .is_empty()
    );
    assert_eq!(schedules.due(noon()).await.unwrap().len(), 1);
    let next_at = Some(noon() + TimeDelta::days(1));
    let fired = Fired {
        schedule: schedule(),
        next_at,
    };
    let begun = NewFleetRun {
        schedule: Some(schedule()),
        ..new(1)
    };
    store
        .fleet_runs()
        .insert(&begun, Some(fired))
        .await
        .unwrap();
    let known = schedules.get(schedule()).await.unwrap().unwrap();
    assert_eq!((known.next_at, known.last_fleet), (next_at, Some(fleet(1))));
    assert_eq!(known.last_at, Some(begun.started_at));
    // What can't begin leaves the schedule as it was.
    let again = Fired {
        schedule: schedule(),
        next_at: None,
    };
    assert!(
        store
            .fleet_runs()
            .insert(&begun, Some(again))
            .await
            .is_err()
    );
    let known = schedules.get(schedule()).await.unwrap().unwrap();
    assert_eq!(known.next_at, next_at);
    // Deleted, what it began stays.
    schedules.remove(schedule()).await.unwrap();
    let kept = store.fleet_runs().get(fleet(1)).await.unwrap().unwrap();
    assert_eq!(kept.schedule, None);
    store.close().await;
}

#[tokio::test]
async fn a_schedule_is_kept_with_what_it_missed() {
    let (_folder, store) = workspace().await;
    let schedules = store.schedules();
    schedules.insert(&nightly()).await.unwrap();
    let again = NewSchedule {
        id: ScheduleId::from_uuid(Uuid::from_u128(10)),
        name: "NIGHTLY".into(),
        ..nightly()
    };
    let twice = schedules.insert(&again).await;
    assert!(matches!(twice, Err(StoreError::Duplicate { .. })));
    let missed = Missed {
        times: 3,
        first: noon(),
        last: noon() + TimeDelta::days(2),
    };
    let next = Some(noon() + TimeDelta::days(3));
    schedules.missed(schedule(), &missed, next).await.unwrap();
    let known = schedules.all().await.unwrap().remove(0);
    assert_eq!((known.missed, known.next_at), (Some(missed), next));
    assert_eq!(known.timing, nightly().timing);
    schedules.decided(schedule()).await.unwrap();
    schedules.enable(schedule(), false, None).await.unwrap();
    assert_eq!(schedules.first_due().await.unwrap(), None);
    schedules.rename(schedule(), "Every night").await.unwrap();
    let why = Words::same("nobody");
    schedules
        .failed(schedule(), &why, noon(), next)
        .await
        .unwrap();
    let known = schedules.get(schedule()).await.unwrap().unwrap();
    assert_eq!((known.name.as_str(), known.enabled), ("Every night", false));
    assert_eq!((known.missed, known.last_problem), (None, Some(why)));
    store.close().await;
}
