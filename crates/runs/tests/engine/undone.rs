//! Undoing a run: the last step first, each written down, wherever the program dies.

use crate::fake::*;
use std::time::Duration;
use towerify_domain::run::{RunState, StepState};
use towerify_runs::*;

/// Four steps; the third can't be undone.
fn undoable(server: &FakeServer) -> Plan {
    Plan::new(words("Provision"))
        .then(FakeStep::that_can_be_undone("user", server))
        .then(FakeStep::that_can_be_undone("app", server))
        .then(FakeStep::new("read", server))
        .then(FakeStep::that_can_be_undone("access", server))
}

async fn done(journal: &MemoryJournal, server: &FakeServer) -> TestEngine {
    let engine = engine(journal);
    let begun = engine.begin(order(run(1), None, undoable(server))).await;
    let end = begun.unwrap().ended().await.unwrap();
    assert_eq!(end.state, RunState::Done);
    engine
}

#[tokio::test]
async fn undoing_goes_back_step_by_step_and_leaves_what_cannot_be_undone() {
    let (journal, server) = (MemoryJournal::default(), FakeServer::default());
    let engine = done(&journal, &server).await;
    let handle = engine.undo(run(1), None, undoable(&server)).await.unwrap();
    assert_eq!(handle.ended().await.unwrap().state, RunState::Undone);
    assert_eq!(server.undone(), [(3, 2), (1, 2), (0, 2)], "step, attempt");
    assert_eq!(
        journal.step_states(run(1)),
        [
            StepState::Undone,
            StepState::Undone,
            StepState::Done,
            StepState::Undone
        ]
    );
    let seen = journal.kept(run(1)).steps[3].observation.clone().unwrap();
    assert_eq!(
        seen.data["was"]["user"], "user done",
        "it knew what was seen"
    );
    let again = engine.undo(run(1), None, undoable(&server)).await;
    assert!(matches!(again, Err(EngineError::NothingToUndo(_))));

    // Done again, it does what was undone, and only that.
    let handle = engine.retry(run(1), None, undoable(&server)).await.unwrap();
    assert_eq!(handle.ended().await.unwrap().state, RunState::Done);
    assert_eq!(server.effects_of(run(1), 4), [2, 2, 1, 2]);
}

#[tokio::test]
async fn what_was_there_before_the_run_is_not_undone() {
    let (journal, server) = (MemoryJournal::default(), FakeServer::default());
    let mut there = FakeStep::that_can_be_undone("user", &server);
    there.probe_first = true;
    let key = format!("{}-0", run(1));
    server.effects.lock().unwrap().insert(key, 1);
    let plan = |there| {
        Plan::new(words("Provision"))
            .then(there)
            .then(FakeStep::new("app", &server))
    };
    let engine = engine(&journal);
    let begun = engine.begin(order(run(1), None, plan(there))).await;
    begun.unwrap().ended().await.unwrap();
    assert_eq!(journal.step_states(run(1))[0], StepState::Already);
    let there = FakeStep::that_can_be_undone("user", &server);
    let undone = engine.undo(run(1), None, plan(there)).await;
    assert!(matches!(undone, Err(EngineError::NothingToUndo(_))));
}

#[tokio::test]
async fn a_run_that_failed_is_undone_from_the_step_that_failed() {
    let (journal, server) = (MemoryJournal::default(), FakeServer::default());
    server.will("app", [Behaviour::Fails]);
    let engine = engine(&journal);
    let begun = engine.begin(order(run(1), None, undoable(&server))).await;
    begun.unwrap().ended().await.unwrap();
    let handle = engine.undo(run(1), None, undoable(&server)).await.unwrap();
    assert_eq!(handle.ended().await.unwrap().state, RunState::Undone);
    assert_eq!(
        server.undone(),
        [(1, 2), (0, 2)],
        "it may have left something"
    );
    assert_eq!(
        journal.step_states(run(1)),
        [
            StepState::Undone,
            StepState::Undone,
            StepState::Skipped,
            StepState::Skipped
        ]
    );
}

#[tokio::test]
async fn where_undoing_fails_the_run_says_so_and_can_be_undone_from_there() {
    let (journal, server) = (MemoryJournal::default(), FakeServer::default());
    let engine = done(&journal, &server).await;
    for (behaviour, expected, code) in [
        (Behaviour::Fails, RunState::Failed, "in_use"),
        (Behaviour::Passing, RunState::Failed, "lock_held"),
        (Behaviour::Lost, RunState::Unknown, "connection_cut"),
        (Behaviour::Panics, RunState::Unknown, "defect"),
    ] {
        server.will("undo app", [behaviour]);
        let handle = engine.undo(run(1), None, undoable(&server)).await.unwrap();
        let end = handle.ended().await.unwrap();
        assert_eq!(
            (end.state, end.problem.unwrap().code.as_str()),
            (expected, code)
        );
        assert_eq!(server.undone(), [(3, 2)], "{code}");
        let step = journal.kept(run(1)).steps[1].clone();
        let data = step.observation.unwrap().data;
        assert_eq!(data["user"], "user done", "what the act saw is kept");
    }
    let handle = engine.undo(run(1), None, undoable(&server)).await.unwrap();
    assert_eq!(handle.ended().await.unwrap().state, RunState::Undone);
    assert_eq!(server.undone(), [(3, 2), (1, 6), (0, 2)]);
}

#[tokio::test(start_paused = true)]
async fn undoing_is_tried_again_as_the_steps_rule_says() {
    let (journal, server) = (MemoryJournal::default(), FakeServer::default());
    let plan = || {
        let mut step = FakeStep::that_can_be_undone("user", &server);
        step.retry = Retry {
            times: 2,
            wait: Duration::from_secs(5),
        };
        Plan::new(words("Provision")).then(step)
    };
    let engine = engine(&journal);
    let begun = engine.begin(order(run(1), None, plan())).await;
    begun.unwrap().ended().await.unwrap();
    server.will("undo user", [Behaviour::Passing, Behaviour::Lost]);
    let handle = engine.undo(run(1), None, plan()).await.unwrap();
    assert_eq!(handle.ended().await.unwrap().state, RunState::Undone);
    assert_eq!(server.undone(), [(0, 2)], "under one key");
}

#[tokio::test]
async fn wherever_the_program_dies_while_undoing_each_step_is_undone_once() {
    for point in Point::every_back(4) {
        let (journal, mut server) = (MemoryJournal::default(), FakeServer::default());
        server.death = journal.death.clone();
        let one = done(&journal, &server).await;
        journal.death.at(point);
        let handle = one.undo(run(1), None, undoable(&server)).await.unwrap();
        // The points of the step that can't be undone are never reached.
        tokio::select! {
            () = journal.death.reached() => {}
            end = handle.ended() => assert_eq!(end.unwrap().state, RunState::Undone),
        }
        drop(one);
        journal.death.nowhere();
        let two = engine(&journal);
        if let Ok(handle) = two.resume(run(1), None, undoable(&server)).await {
            let end = handle.ended().await.unwrap();
            assert_eq!(end.state, RunState::Undone, "{point:?}");
        }
        assert_eq!(server.undone(), [(3, 2), (1, 2), (0, 2)], "{point:?}");
        assert_eq!(
            journal.kept(run(1)).state,
            Some(RunState::Undone),
            "{point:?}"
        );
        assert_eq!(server.effects_of(run(1), 4), [1, 1, 1, 1], "{point:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn undoing_can_be_held_and_cancelled_between_two_steps() {
    let (journal, server) = (MemoryJournal::default(), FakeServer::default());
    let slow = || {
        let mut step = FakeStep::that_can_be_undone("app", &server);
        step.takes = Duration::from_secs(10);
        Plan::new(words("Provision"))
            .then(FakeStep::that_can_be_undone("user", &server))
            .then(step)
    };
    let engine = engine(&journal);
    let begun = engine.begin(order(run(1), None, slow())).await;
    begun.unwrap().ended().await.unwrap();
    let handle = engine.undo(run(1), None, slow()).await.unwrap();
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!(journal.kept(run(1)).state, Some(RunState::Undoing));
    engine.pause(run(1)).await.unwrap();
    assert_eq!(handle.ended().await.unwrap().state, RunState::Paused);
    assert_eq!(
        journal.step_states(run(1)),
        [StepState::Done, StepState::Undone]
    );
    let handle = engine.go_on(run(1), None, slow()).await.unwrap();
    assert_eq!(handle.ended().await.unwrap().state, RunState::Undone);
    assert_eq!(server.undone(), [(1, 2), (0, 2)]);
}
