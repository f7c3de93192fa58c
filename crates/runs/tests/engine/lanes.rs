//! One write a server at a time, servers side by side, and a bound on all.

use crate::fake::*;
use std::time::Duration;
use towerify_domain::run::RunState;
use towerify_runs::{Limits, Plan, RunEvent};

fn slow(server: &FakeServer) -> Plan {
    let mut step = FakeStep::new("app", server);
    step.takes = Duration::from_secs(1);
    Plan::new(words("Install")).then(step)
}

async fn all_at_once(limits: Limits, servers: &[Option<u128>]) -> (u32, u64, Vec<String>) {
    let (journal, fake) = (MemoryJournal::default(), FakeServer::default());
    let engine = engine_with(&journal, limits);
    let before = tokio::time::Instant::now();
    let mut handles = Vec::new();
    for (n, on) in (1..).zip(servers) {
        handles.push(
            engine
                .begin(order(run(n), on.map(server), slow(&fake)))
                .await
                .unwrap(),
        );
    }
    for handle in handles {
        assert_eq!(handle.ended().await.unwrap().state, RunState::Done);
    }
    let most = fake.going.lock().unwrap().1;
    let order = fake.order.lock().unwrap().clone();
    (most, before.elapsed().as_secs(), order)
}

#[tokio::test(start_paused = true)]
async fn runs_on_one_server_go_one_after_the_other_in_the_order_in_which_they_were_begun() {
    let (most, seconds, order) = all_at_once(Limits::default(), &[Some(1); 5]).await;
    assert_eq!((most, seconds), (1, 5));
    assert_eq!(
        order,
        (1..=5).map(|n| format!("{}-0", run(n))).collect::<Vec<_>>()
    );
}

#[tokio::test(start_paused = true)]
async fn runs_on_two_servers_and_runs_that_only_read_go_side_by_side() {
    let (most, seconds, _) = all_at_once(Limits::default(), &[Some(1), Some(2)]).await;
    assert_eq!((most, seconds), (2, 1));
    let (most, seconds, _) = all_at_once(Limits::default(), &[None; 6]).await;
    assert_eq!((most, seconds), (6, 1));
}

#[tokio::test(start_paused = true)]
async fn at_most_so_many_runs_are_at_work() {
    let limits = Limits {
        runs_at_once: 3,
        ..Limits::default()
    };
    let (most, seconds, _) =
        all_at_once(limits, &[Some(1), Some(2), Some(3), Some(4), None, None]).await;
    assert_eq!((most, seconds), (3, 2));
}

#[tokio::test(start_paused = true)]
async fn a_run_that_waits_says_why_and_can_be_cancelled_before_it_begins() {
    let (journal, fake) = (MemoryJournal::default(), FakeServer::default());
    let engine = engine(&journal);
    let mut events = engine.events();
    let first = engine
        .begin(order(run(1), Some(server(1)), slow(&fake)))
        .await
        .unwrap();
    let second = engine
        .begin(order(run(2), Some(server(1)), slow(&fake)))
        .await
        .unwrap();
    let third = engine
        .begin(order(run(3), Some(server(1)), slow(&fake)))
        .await
        .unwrap();
    tokio::time::sleep(Duration::from_millis(10)).await;
    assert_eq!(journal.kept(run(2)).state, Some(RunState::Waiting));
    let mut why = None;
    while let Ok(event) = events.try_recv() {
        if let RunEvent::State {
            run: id,
            because: Some(because),
            ..
        } = event
            && id == run(2)
        {
            why = Some(because.en);
        }
    }
    assert_eq!(
        why.as_deref(),
        Some("Another run is at work on this server.")
    );

    engine.cancel(run(2)).await.unwrap();
    assert_eq!(second.ended().await.unwrap().state, RunState::Cancelled);
    assert_eq!(first.ended().await.unwrap().state, RunState::Done);
    assert_eq!(third.ended().await.unwrap().state, RunState::Done);
    assert_eq!(fake.effects_of(run(2), 1), [0]);
}
