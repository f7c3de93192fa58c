//! Schedules: begun by themselves while the workspace is open, listed as missed when it was not.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test may stop the program: that is how it fails"
)]

mod training;

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use towerify_core::{
    Code,
    fleet::{self, FleetChange, FleetOrder, FleetQuery, FleetSelection, Sequence},
    schedules::{self, NewSchedule, NewTiming, ScheduleRow},
    workspace,
};
use towerify_domain::{
    fleet::{FleetState, MemberState},
    id::ScheduleId,
    schedule::When,
};
use training::{PASSWORD, Training, program};

#[expect(clippy::disallowed_methods, reason = "a test that waits for the clock")]
fn now() -> DateTime<Utc> {
    Utc::now()
}

/// In so many seconds, by the wall clock of UTC.
fn once_in(seconds: i64) -> NewTiming {
    NewTiming {
        when: When::Once {
            at: (now() + TimeDelta::seconds(seconds)).naive_utc(),
        },
        zone: Some("UTC".into()),
    }
}

fn daily() -> NewTiming {
    NewTiming {
        when: When::Daily { hour: 3, minute: 0 },
        zone: Some("Europe/Paris".into()),
    }
}

fn looking() -> FleetOrder {
    FleetOrder {
        change: FleetChange::Refresh,
        selection: FleetSelection::All,
        sequence: Sequence::ByName,
        waves: Vec::new(),
        stop: None,
        at_once: None,
        dry: true,
    }
}

fn new(name: &str, timing: NewTiming) -> NewSchedule {
    NewSchedule {
        name: name.into(),
        timing,
        order: looking(),
    }
}

impl Training {
    async fn schedule(&self, schedule: NewSchedule) -> ScheduleId {
        let (workspace, actor) = self.desk();
        schedules::create(&workspace, &actor, schedule)
            .await
            .unwrap()
    }

    async fn rows(&self) -> Vec<ScheduleRow> {
        let (workspace, actor) = self.desk();
        schedules::list(&workspace, &actor).await.unwrap()
    }

    async fn fleets(&self) -> Vec<fleet::FleetRow> {
        let (workspace, actor) = self.desk();
        let page = fleet::list(&workspace, &actor, FleetQuery::default()).await;
        page.unwrap().rows
    }

    async fn until(&self, holds: impl Fn(&ScheduleRow) -> bool) -> ScheduleRow {
        for _ in 0..400 {
            let row = self.rows().await.remove(0);
            if holds(&row) {
                return row;
            }
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
        panic!("{:#?}", self.rows().await);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_due_while_the_workspace_is_open_begins_by_itself_and_once() {
    let training = Training::begin().await;
    training.add("glycines-01").await.unwrap();
    let id = training.schedule(new("Look", once_in(2))).await;
    assert_eq!(training.rows().await[0].next.len(), 1);
    assert!(training.fleets().await.is_empty(), "not before its time");
    let row = training.until(|row| row.last_fleet.is_some()).await;
    assert!(row.next.is_empty() && row.missed.is_none() && row.last_problem.is_none());
    let (workspace, actor) = training.desk();
    let fleet = row.last_fleet.unwrap();
    let state = fleet::wait(&workspace, &actor, fleet).await.unwrap();
    assert_eq!(state, FleetState::Done);
    let detail = fleet::detail(&workspace, &actor, fleet).await.unwrap();
    assert_eq!(detail.row.schedule, Some(id));
    assert_eq!(detail.members[0].state, MemberState::Done);
    tokio::time::sleep(Duration::from_millis(1_500)).await;
    assert_eq!(training.fleets().await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_due_while_the_workspace_was_closed_is_listed_and_not_made_up_for() {
    let training = Training::begin().await;
    training.add("glycines-01").await.unwrap();
    let id = training.schedule(new("Look", once_in(4))).await;
    let disabled = training.schedule(new("Other", once_in(4))).await;
    let (workspace, actor) = training.desk();
    schedules::enable(&workspace, &actor, disabled, false)
        .await
        .unwrap();
    drop(workspace);
    workspace::lock(&training.program).await;
    tokio::time::sleep(Duration::from_millis(4_500)).await;
    workspace::unlock(&training.program, PASSWORD.into())
        .await
        .unwrap();
    let rows = training.rows().await;
    assert_eq!(rows[0].missed.unwrap().times, 1);
    assert!(
        rows[1].missed.is_none(),
        "one that is disabled misses nothing"
    );
    assert!(training.fleets().await.is_empty());

    // It stays listed until a person decides: run now…
    let (workspace, actor) = training.desk();
    let begun = schedules::run_now(&workspace, &actor, id).await.unwrap();
    fleet::wait(&workspace, &actor, begun.fleet).await.unwrap();
    let rows = training.rows().await;
    assert!(rows[0].missed.is_none());
    assert_eq!(rows[0].last_fleet, Some(begun.fleet));
    // …or leave.
    schedules::delete(&workspace, &actor, id).await.unwrap();
    let id = training.schedule(new("Again", once_in(3))).await;
    drop(workspace);
    workspace::lock(&training.program).await;
    tokio::time::sleep(Duration::from_millis(3_500)).await;
    // Another start of the program, with the same folders.
    let other = program(&training.home, Duration::from_secs(3));
    workspace::unlock(&other, PASSWORD.into()).await.unwrap();
    let (workspace, actor) = other.workspace().unwrap();
    let rows = schedules::list(&workspace, &actor).await.unwrap();
    assert!(rows[0].missed.is_some());
    schedules::leave(&workspace, &actor, id).await.unwrap();
    let rows = schedules::list(&workspace, &actor).await.unwrap();
    assert!(rows[0].missed.is_none());
    let all = fleet::list(&workspace, &actor, FleetQuery::default()).await;
    assert_eq!(
        all.unwrap().total,
        1,
        "what was deleted leaves what it began"
    );
    workspace::lock(&other).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_schedule_that_can_begin_nothing_says_why_and_keeps_its_next_time() {
    let training = Training::begin().await;
    let mut nobody = new("Nobody", once_in(2));
    nobody.order.selection = FleetSelection::Tag {
        tag: "nothing-has-this".into(),
    };
    training.schedule(nobody).await;
    let row = training.until(|row| row.last_problem.is_some()).await;
    assert!(row.last_fleet.is_none() && row.last_at.is_some());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_left_the_fleet_keeps_a_schedule_from_none_of_the_others() {
    let training = Training::begin().await;
    let gone = training.add("glycines-01").await.unwrap();
    let stays = training.add("bremont-01").await.unwrap();
    let mut both = new("Both", once_in(3));
    both.order.selection = FleetSelection::Servers {
        ids: vec![gone, stays],
    };
    training.schedule(both).await;
    let (workspace, actor) = training.desk();
    towerify_core::servers::remove(&workspace, &actor, gone)
        .await
        .unwrap();
    let row = training.until(|row| row.last_at.is_some()).await;
    assert!(row.last_problem.is_none(), "{row:?}");
    let fleet = row.last_fleet.unwrap();
    let detail = fleet::detail(&workspace, &actor, fleet).await.unwrap();
    let servers: Vec<_> = detail.members.iter().map(|member| member.server).collect();
    assert_eq!(servers, [Some(stays)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn schedules_are_named_renamed_disabled_and_deleted() {
    let training = Training::begin().await;
    let id = training.schedule(new("Nightly", daily())).await;
    let row = training.rows().await.remove(0);
    assert!(row.enabled && row.next.len() == 5);
    assert!(row.next.windows(2).all(|pair| pair[0] < pair[1]));
    let (workspace, actor) = training.desk();

    let check = async |schedule: NewSchedule, field: &str| {
        let error = schedules::create(&workspace, &actor, schedule)
            .await
            .unwrap_err();
        assert_eq!(error.code, Code::InvalidFields, "{field}");
        assert_eq!(error.fields[0].field, field, "{}", error.message);
    };
    check(new("nightly", daily()), "name").await;
    check(new("  ", daily()), "name").await;
    check(new("Past", once_in(-60)), "when").await;
    let nowhere = NewTiming {
        zone: Some("Europe/Nowhere".into()),
        ..daily()
    };
    check(new("Nowhere", nowhere), "zone").await;
    let mut secret = new("Secret", daily());
    secret.order.change = FleetChange::CreateUser {
        username: "ines".into(),
        fullname: "Inès Calvet".into(),
    };
    check(secret, "change").await;

    schedules::rename(&workspace, &actor, id, "Every night")
        .await
        .unwrap();
    schedules::enable(&workspace, &actor, id, false)
        .await
        .unwrap();
    let row = training.rows().await.remove(0);
    assert_eq!(
        (row.name.as_str(), row.enabled, row.next.len()),
        ("Every night", false, 0)
    );
    schedules::enable(&workspace, &actor, id, true)
        .await
        .unwrap();
    assert_eq!(training.rows().await[0].next.len(), 5);
    schedules::delete(&workspace, &actor, id).await.unwrap();
    assert!(training.rows().await.is_empty());
    let gone = schedules::leave(&workspace, &actor, id).await.unwrap_err();
    assert_eq!(gone.code, Code::NotFound);

    let next = schedules::next_times(&workspace, &actor, daily(), &FleetSelection::All)
        .await
        .unwrap();
    assert_eq!((next.zone.as_str(), next.times.len()), ("Europe/Paris", 5));
    // A server's own zone, where one server is meant.
    let server = training.add("glycines-01").await.unwrap();
    let its_own = FleetSelection::Servers { ids: vec![server] };
    let unsaid = NewTiming {
        zone: None,
        ..daily()
    };
    let next = schedules::next_times(&workspace, &actor, unsaid, &its_own)
        .await
        .unwrap();
    assert_eq!(next.zone, "Europe/Paris");
    let here = NewTiming {
        zone: None,
        ..daily()
    };
    let next = schedules::next_times(&workspace, &actor, here, &FleetSelection::All)
        .await
        .unwrap();
    assert!(!next.zone.is_empty());
}
