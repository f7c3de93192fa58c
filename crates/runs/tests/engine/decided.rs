//! What a person decides: to hold a run, to let it go on, to cancel it, to take it up where it failed.

use crate::fake::*;
use std::time::Duration;
use towerify_domain::run::{RunState, StepState, Wish};
use towerify_runs::*;

/// Three steps, of which the second takes a while.
fn slow_plan(server: &FakeServer) -> Plan {
    let mut slow = FakeStep::new("app", server);
    slow.takes = Duration::from_secs(10);
    Plan::new(words("Install"))
        .then(FakeStep::new("user", server))
        .then(slow)
        .then(FakeStep::new("access", server))
}

async fn until_the_second_step(journal: &MemoryJournal) {
    while !journal.kept(run(1)).begun.contains(&1) {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_paused_run_is_held_at_the_end_of_its_step_and_goes_on_when_told() {
    let (journal, fake) = (MemoryJournal::default(), FakeServer::default());
    let engine = engine(&journal);
    let on = Some(server(1));
    let handle = engine
        .begin(order(run(1), on, slow_plan(&fake)))
        .await
        .unwrap();
    until_the_second_step(&journal).await;
    assert!(engine.pause(run(1)).await.unwrap());
    assert_eq!(journal.kept(run(1)).wish, Some(Wish::Pause));
    assert_eq!(handle.ended().await.unwrap().state, RunState::Paused);
    let kept = journal.kept(run(1));
    assert_eq!((kept.state, kept.wish), (Some(RunState::Paused), None));
    assert!(kept.end.is_none(), "it is not over");
    assert_eq!(
        journal.step_states(run(1)),
        [StepState::Done, StepState::Done, StepState::Waiting]
    );

    // It holds up nobody.
    let other = engine.begin(order(run(2), on, plan(&fake))).await.unwrap();
    assert_eq!(other.ended().await.unwrap().state, RunState::Done);
    assert!(!engine.pause(run(1)).await.unwrap(), "it is not at work");

    let handle = engine.go_on(run(1), on, slow_plan(&fake)).await.unwrap();
    assert_eq!(handle.ended().await.unwrap().state, RunState::Done);
    assert_eq!(fake.effects_of(run(1), 3), [1, 1, 1]);
    assert_eq!(journal.kept(run(1)).begun, [0, 1, 2], "each once");
}

#[tokio::test(start_paused = true)]
async fn a_paused_run_stays_paused_after_a_restart() {
    let (journal, fake) = (MemoryJournal::default(), FakeServer::default());
    let one = engine(&journal);
    let handle = one
        .begin(order(run(1), None, slow_plan(&fake)))
        .await
        .unwrap();
    until_the_second_step(&journal).await;
    one.pause(run(1)).await.unwrap();
    handle.ended().await.unwrap();
    drop(one);

    let two = engine(&journal);
    let taken_up = two.resume(run(1), None, slow_plan(&fake)).await;
    assert!(matches!(taken_up, Err(EngineError::Paused(_))));
    assert_eq!(journal.kept(run(1)).state, Some(RunState::Paused));
    let handle = two.go_on(run(1), None, slow_plan(&fake)).await.unwrap();
    assert_eq!(handle.ended().await.unwrap().state, RunState::Done);
    let again = two.go_on(run(1), None, slow_plan(&fake)).await;
    assert!(matches!(again, Err(EngineError::NotPaused(_))));
}

#[tokio::test]
async fn what_was_asked_before_the_program_died_comes_true_after_it() {
    for (wish, expected) in [
        (Wish::Pause, RunState::Paused),
        (Wish::Cancel, RunState::Cancelled),
    ] {
        let (journal, mut fake) = (MemoryJournal::default(), FakeServer::default());
        fake.death = journal.death.clone();
        journal.death.at(Point::AfterEffect(1));
        let one = engine(&journal);
        one.begin(order(run(1), None, plan(&fake))).await.unwrap();
        journal.death.reached().await;
        match wish {
            Wish::Pause => assert!(one.pause(run(1)).await.unwrap()),
            Wish::Cancel => assert!(one.cancel(run(1)).await.unwrap()),
        }
        drop(one);

        journal.death.nowhere();
        let two = engine(&journal);
        let handle = two.resume(run(1), None, plan(&fake)).await.unwrap();
        assert_eq!(handle.ended().await.unwrap().state, expected);
        assert_eq!(fake.effects_of(run(1), 3), [1, 1, 0], "{wish:?}");
        assert_eq!(
            journal.step_states(run(1))[..2],
            [StepState::Done; 2],
            "what was in flight was looked for"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn one_can_think_better_of_a_pause() {
    let (journal, fake) = (MemoryJournal::default(), FakeServer::default());
    let engine = engine(&journal);
    let handle = engine
        .begin(order(run(1), None, slow_plan(&fake)))
        .await
        .unwrap();
    until_the_second_step(&journal).await;
    let not_yet = engine.go_on(run(1), None, slow_plan(&fake)).await;
    assert!(matches!(not_yet, Err(EngineError::NotPaused(_))));
    engine.pause(run(1)).await.unwrap();
    engine.go_on(run(1), None, slow_plan(&fake)).await.unwrap();
    assert_eq!(journal.kept(run(1)).wish, None);
    assert_eq!(handle.ended().await.unwrap().state, RunState::Done);
}

#[tokio::test(start_paused = true)]
async fn a_run_that_waits_is_held_at_once_and_one_that_is_held_is_cancelled_at_once() {
    let (journal, fake) = (MemoryJournal::default(), FakeServer::default());
    let engine = engine(&journal);
    let on = Some(server(1));
    let first = engine
        .begin(order(run(1), on, slow_plan(&fake)))
        .await
        .unwrap();
    let second = engine.begin(order(run(2), on, plan(&fake))).await.unwrap();
    tokio::time::sleep(Duration::from_secs(1)).await;
    engine.pause(run(2)).await.unwrap();
    assert_eq!(second.ended().await.unwrap().state, RunState::Paused);
    assert_eq!(journal.kept(run(1)).state, Some(RunState::Running));

    assert!(engine.cancel(run(2)).await.unwrap());
    assert_eq!(journal.kept(run(2)).state, Some(RunState::Cancelled));
    assert_eq!(journal.step_states(run(2)), [StepState::Skipped; 3]);
    assert!(!engine.cancel(run(2)).await.unwrap(), "it is over");
    assert_eq!(first.ended().await.unwrap().state, RunState::Done);
    assert_eq!(fake.effects_of(run(2), 3), [0, 0, 0]);
}

#[tokio::test]
async fn a_retried_run_is_the_same_one_taken_up_where_it_failed() {
    let (journal, fake) = (MemoryJournal::default(), FakeServer::default());
    // The server remembers the refusal under its key: the same key would meet it for ever.
    fake.will("app", [Behaviour::FailsUnseen, Behaviour::FailsUnseen]);
    let engine = engine(&journal);
    let end = async |handle: Handle| handle.ended().await.unwrap();
    let begun = engine.begin(order(run(1), None, plan(&fake))).await;
    assert_eq!(end(begun.unwrap()).await.state, RunState::Failed);
    let retried = engine.retry(run(1), None, plan(&fake)).await;
    assert_eq!(end(retried.unwrap()).await.state, RunState::Failed);
    assert_eq!(
        journal.step_states(run(1)),
        [StepState::Done, StepState::Failed, StepState::Skipped]
    );
    let retried = engine.retry(run(1), None, plan(&fake)).await;
    assert_eq!(end(retried.unwrap()).await.state, RunState::Done);

    assert_eq!(fake.effects_of(run(1), 3), [1, 1, 1]);
    let kept = journal.kept(run(1));
    assert_eq!(kept.begun, [0, 1, 1, 1, 2], "what was done stayed done");
    assert_eq!(kept.steps[1].attempt, 3);
    let access = kept.steps[2].observation.clone().unwrap();
    assert_eq!(access.data["user"], "user done", "and is known");
    let order = fake.order.lock().unwrap().clone();
    let one = run(1);
    assert_eq!(
        order,
        [
            format!("{one}-0"),
            format!("{one}-1"),
            format!("{one}-1_2"),
            format!("{one}-1_3"),
            format!("{one}-2"),
        ]
    );
}

#[tokio::test]
async fn only_what_came_to_a_halt_is_retried() {
    let (journal, fake) = (MemoryJournal::default(), FakeServer::default());
    let engine = engine(&journal);
    let none = engine.retry(run(1), None, plan(&fake)).await;
    assert!(matches!(none, Err(EngineError::NoSuchRun(_))));
    let handle = engine
        .begin(order(run(1), None, plan(&fake)))
        .await
        .unwrap();
    let at_work = engine.retry(run(1), None, plan(&fake)).await;
    assert!(matches!(at_work, Err(EngineError::AtWork(_))));
    handle.ended().await.unwrap();
    let done = engine.retry(run(1), None, plan(&fake)).await;
    assert!(matches!(done, Err(EngineError::Over(_))));

    // A cancelled run is taken up from the step that it was to do next.
    fake.will("user", [Behaviour::StopsWhenAsked]);
    let handle = engine
        .begin(order(run(2), None, plan(&fake)))
        .await
        .unwrap();
    while journal.kept(run(2)).begun.is_empty() {
        tokio::task::yield_now().await;
    }
    engine.cancel(run(2)).await.unwrap();
    handle.ended().await.unwrap();
    let other = Plan::new(words("Other")).then(FakeStep::new("other", &fake));
    let other = engine.retry(run(2), None, other).await;
    assert!(matches!(other, Err(EngineError::OtherPlan(_))));
    let handle = engine.retry(run(2), None, plan(&fake)).await.unwrap();
    assert_eq!(handle.ended().await.unwrap().state, RunState::Done);
    assert_eq!(fake.effects_of(run(2), 3), [1, 1, 1]);
}

#[tokio::test]
async fn a_retry_that_the_program_dies_in_is_taken_up_like_any_run() {
    for point in Point::every(3) {
        let (journal, mut fake) = (MemoryJournal::default(), FakeServer::default());
        fake.death = journal.death.clone();
        fake.will("app", [Behaviour::Fails]);
        let one = engine(&journal);
        let handle = one.begin(order(run(1), None, plan(&fake))).await.unwrap();
        assert_eq!(handle.ended().await.unwrap().state, RunState::Failed);
        journal.death.at(point);
        let handle = one.retry(run(1), None, plan(&fake)).await.unwrap();
        // The points of the first step lie behind it.
        tokio::select! {
            () = journal.death.reached() => {}
            end = handle.ended() => assert_eq!(end.unwrap().state, RunState::Done),
        }
        drop(one);
        journal.death.nowhere();
        let two = engine(&journal);
        if let Ok(handle) = two.resume(run(1), None, plan(&fake)).await {
            assert_eq!(
                handle.ended().await.unwrap().state,
                RunState::Done,
                "{point:?}"
            );
        }
        assert_eq!(fake.effects_of(run(1), 3), [1, 1, 1], "{point:?}");
        assert_eq!(
            journal.kept(run(1)).state,
            Some(RunState::Done),
            "{point:?}"
        );
    }
}
