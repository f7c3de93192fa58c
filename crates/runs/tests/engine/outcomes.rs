//! Failing, passing, lost, late and cancelled steps.

use crate::fake::*;
use std::time::Duration;
use towerify_domain::run::{RunState, StepState};
use towerify_runs::{EngineError, Plan, Retry, RunEnd, RunEvent};

async fn carried_out(server: &FakeServer, plan: Plan) -> (RunEnd, MemoryJournal) {
    let journal = MemoryJournal::default();
    let engine = engine(&journal);
    let end = engine
        .begin(order(run(1), Some(crate::fake::server(1)), plan))
        .await
        .unwrap()
        .ended()
        .await
        .unwrap();
    let _ = server;
    (end, journal)
}

fn patient(server: &FakeServer, times: u8) -> Plan {
    let mut step = FakeStep::new("app", server);
    step.retry = Retry {
        times,
        wait: Duration::from_millis(500),
    };
    step.time_out = Duration::from_secs(5);
    Plan::new(words("Install")).then(step)
}

#[tokio::test]
async fn a_failing_step_ends_the_run_and_the_steps_after_it_are_not_begun() {
    let server = FakeServer::default();
    server.will("app", [Behaviour::Fails]);
    let (end, journal) = carried_out(&server, plan(&server)).await;
    assert_eq!(end.state, RunState::Failed);
    assert_eq!(end.problem.unwrap().code, "user_unknown");
    assert_eq!(
        journal.step_states(run(1)),
        [StepState::Done, StepState::Failed, StepState::Skipped]
    );
    assert_eq!(server.effects_of(run(1), 3), [1, 0, 0]);
    assert_eq!(journal.said(run(1)), ["✓ user done", "✗ user_unknown"]);
}

#[tokio::test(start_paused = true)]
async fn a_passing_error_is_tried_again_as_often_as_the_step_allows() {
    use Behaviour::{Fails, Passing};
    for (behaviour, times, expected, acts) in [
        (vec![Passing, Passing], 2, RunState::Done, 3),
        (vec![Passing, Passing, Passing], 2, RunState::Failed, 3),
        (vec![Passing], 0, RunState::Failed, 1),
        (vec![Fails], 5, RunState::Failed, 1),
    ] {
        let server = FakeServer::default();
        server.will("app", behaviour.clone());
        let (end, journal) = carried_out(&server, patient(&server, times)).await;
        assert_eq!(end.state, expected, "{behaviour:?}");
        assert_eq!(server.order.lock().unwrap().len(), acts, "{behaviour:?}");
        let warnings = journal
            .said(run(1))
            .iter()
            .filter(|line| line.starts_with('!'))
            .count();
        assert_eq!(
            warnings,
            acts - 1,
            "{behaviour:?}: {:?}",
            journal.said(run(1))
        );
    }
}

#[tokio::test(start_paused = true)]
async fn an_act_whose_answer_is_lost_is_looked_for_and_not_done_twice() {
    use Behaviour::{Lost, WorksUnseen};
    for (behaviour, times, expected, effects) in [
        (vec![WorksUnseen], 0, RunState::Done, 1),
        (vec![Lost], 0, RunState::Failed, 0),
        (vec![Lost, Lost], 2, RunState::Done, 1),
        (vec![Lost, WorksUnseen], 2, RunState::Done, 1),
    ] {
        let server = FakeServer::default();
        server.will("app", behaviour.clone());
        let (end, _) = carried_out(&server, patient(&server, times)).await;
        assert_eq!(end.state, expected, "{behaviour:?}");
        assert_eq!(server.effects_of(run(1), 1), [effects], "{behaviour:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_failure_whose_answer_was_lost_is_found_and_is_a_failure() {
    let server = FakeServer::default();
    server.will("app", [Behaviour::FailsUnseen]);
    let (end, _) = carried_out(&server, patient(&server, 3)).await;
    assert_eq!(
        (end.state, end.problem.unwrap().code.as_str()),
        (RunState::Failed, "user_unknown")
    );
    assert_eq!(
        server.order.lock().unwrap().len(),
        1,
        "what failed for certain is not tried again"
    );
}

#[tokio::test(start_paused = true)]
async fn a_lost_answer_and_a_silent_server_leave_the_outcome_unknown() {
    let server = FakeServer::default();
    server.will("app", [Behaviour::WorksUnseen]);
    *server.silent_probes.lock().unwrap() = 9;
    let (end, journal) = carried_out(&server, patient(&server, 1)).await;
    assert_eq!(end.state, RunState::Unknown);
    assert_eq!(
        end.problem.unwrap().code,
        "connection_cut",
        "what happened first"
    );
    assert_eq!(journal.step_states(run(1)), [StepState::Unknown]);
    assert_eq!(
        *server.silent_probes.lock().unwrap(),
        7,
        "it was looked for twice"
    );
}

#[tokio::test(start_paused = true)]
async fn a_step_that_hangs_is_given_up_after_its_time() {
    let server = FakeServer::default();
    server.will("app", [Behaviour::Hangs]);
    let before = tokio::time::Instant::now();
    let (end, _) = carried_out(&server, patient(&server, 0)).await;
    assert_eq!(before.elapsed().as_secs(), 5);
    assert_eq!(
        (end.state, end.problem.unwrap().code.as_str()),
        (RunState::Failed, "time_out")
    );
}

#[tokio::test]
async fn a_defect_in_a_step_is_a_failure_and_the_engine_lives_on() {
    let server = FakeServer::default();
    server.will("app", [Behaviour::Panics]);
    let journal = MemoryJournal::default();
    let engine = engine(&journal);
    let end = engine
        .begin(order(run(1), None, plan(&server)))
        .await
        .unwrap()
        .ended()
        .await
        .unwrap();
    assert_eq!(
        (end.state, end.problem.unwrap().code.as_str()),
        (RunState::Failed, "defect")
    );
    let end = engine
        .begin(order(run(2), None, plan(&server)))
        .await
        .unwrap()
        .ended()
        .await
        .unwrap();
    assert_eq!(end.state, RunState::Done);
}

#[tokio::test]
async fn a_step_that_looks_first_does_not_do_what_is_there() {
    for there in [true, false] {
        let server = FakeServer::default();
        if there {
            server
                .effects
                .lock()
                .unwrap()
                .insert(format!("{}-0", run(1)), 1);
        }
        let mut step = FakeStep::new("app", &server);
        step.probe_first = true;
        let (end, journal) = carried_out(&server, Plan::new(words("Install")).then(step)).await;
        assert_eq!(end.state, RunState::Done);
        assert_eq!(server.effects_of(run(1), 1), [1]);
        let expected = if there {
            StepState::Already
        } else {
            StepState::Done
        };
        assert_eq!(journal.step_states(run(1)), [expected]);
    }
}

#[tokio::test]
async fn cancelling_ends_the_run_when_the_step_does() {
    let server = FakeServer::default();
    let journal = MemoryJournal::default();
    let engine = engine(&journal);
    let mut slow = FakeStep::new("app", &server);
    slow.takes = Duration::from_millis(50);
    let plan = Plan::new(words("Install"))
        .then(slow)
        .then(FakeStep::new("access", &server));
    let handle = engine.begin(order(run(1), None, plan)).await.unwrap();
    while server.going.lock().unwrap().0 == 0 {
        tokio::task::yield_now().await;
    }
    assert!(engine.cancel(run(1)).await.unwrap());
    assert_eq!(handle.ended().await.unwrap().state, RunState::Cancelled);
    assert_eq!(
        server.effects_of(run(1), 2),
        [1, 0],
        "what was at work came to its end"
    );
    assert_eq!(
        journal.step_states(run(1)),
        [StepState::Done, StepState::Skipped]
    );
    assert!(!engine.cancel(run(1)).await.unwrap(), "it is over");
}

#[tokio::test]
async fn a_step_that_can_stop_midway_does_so_when_asked() {
    let server = FakeServer::default();
    server.will("user", [Behaviour::StopsWhenAsked]);
    let journal = MemoryJournal::default();
    let engine = engine(&journal);
    let handle = engine
        .begin(order(run(1), None, plan(&server)))
        .await
        .unwrap();
    while journal.kept(run(1)).begun.is_empty() {
        tokio::task::yield_now().await;
    }
    engine.cancel(run(1)).await.unwrap();
    assert_eq!(handle.ended().await.unwrap().state, RunState::Cancelled);
    assert_eq!(journal.step_states(run(1)), [StepState::Skipped; 3]);
}

#[tokio::test(start_paused = true)]
async fn cancelling_does_not_wait_for_the_next_try() {
    let server = FakeServer::default();
    server.will("app", [Behaviour::Passing]);
    let journal = MemoryJournal::default();
    let engine = engine(&journal);
    let mut step = FakeStep::new("app", &server);
    step.retry = Retry {
        times: 3,
        wait: Duration::from_secs(50),
    };
    let handle = engine
        .begin(order(run(1), None, Plan::new(words("Install")).then(step)))
        .await
        .unwrap();
    tokio::time::sleep(Duration::from_secs(1)).await;
    engine.cancel(run(1)).await.unwrap();
    let before = tokio::time::Instant::now();
    assert_eq!(handle.ended().await.unwrap().state, RunState::Cancelled);
    assert_eq!(before.elapsed().as_secs(), 0);
}

#[tokio::test]
async fn a_plan_without_steps_is_refused() {
    let journal = MemoryJournal::default();
    let refused = engine(&journal)
        .begin(order(run(1), None, Plan::new(words("Nothing"))))
        .await;
    assert!(
        matches!(refused, Err(EngineError::PlanSize(0))),
        "{refused:?}"
    );
}

#[tokio::test]
async fn what_happens_is_told_in_order() {
    let server = FakeServer::default();
    server.will("app", [Behaviour::Fails]);
    let journal = MemoryJournal::default();
    let engine = engine(&journal);
    let mut events = engine.events();
    engine
        .begin(order(run(1), None, plan(&server)))
        .await
        .unwrap()
        .ended()
        .await
        .unwrap();
    let mut told = Vec::new();
    while let Ok(event) = events.try_recv() {
        assert_eq!(event.run(), run(1));
        told.push(match event {
            RunEvent::State { state, end, .. } => format!(
                "run {}{}",
                state.name(),
                if end.is_some() { "." } else { "" }
            ),
            RunEvent::Step { step, state, .. } => format!("{step} {}", state.name()),
            RunEvent::Trace { lines, .. } => format!("{} {}", lines[0].n, lines[0].text),
            RunEvent::Progress { .. } => continue,
        });
    }
    let expected = [
        "run running",
        "0 running",
        "1 user done",
        "0 done",
        "1 running",
        "2 user_unknown",
        "1 failed",
        "2 skipped",
        "run failed.",
    ];
    assert_eq!(told, expected);
}
