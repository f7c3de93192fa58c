//! The program dies at every point of a run, one after the other; after a restart each effect is there exactly once.

use crate::fake::*;
use towerify_domain::run::{RunState, StepState};
use towerify_runs::{EngineError, RunEnd};

const STEPS: u16 = 3;

/// Dies at `point`, restarts, resumes; the run's end, or `None` when it was over before the death.
async fn die_and_resume(
    point: Point,
    journal: &MemoryJournal,
    server_: &FakeServer,
) -> Option<RunEnd> {
    journal.death.at(point);
    let mut server = server_.clone();
    server.death = journal.death.clone();

    let first = engine(journal);
    first
        .begin(order(run(1), Some(crate::fake::server(1)), plan(&server)))
        .await
        .unwrap();
    journal.death.reached().await;
    drop(first);
    journal.death.nowhere();

    let second = engine(journal);
    match second
        .resume(run(1), Some(crate::fake::server(1)), plan(&server))
        .await
    {
        Ok(handle) => Some(handle.ended().await.unwrap()),
        Err(EngineError::Over(_)) => None,
        Err(error) => panic!("{point:?}: {error}"),
    }
}

#[tokio::test]
async fn wherever_the_program_dies_each_effect_is_there_exactly_once() {
    let points = Point::every(STEPS);
    assert_eq!(points.len(), 4 + 6 * usize::from(STEPS));
    for point in points {
        let (journal, server) = (MemoryJournal::default(), FakeServer::default());
        let end = die_and_resume(point, &journal, &server).await;
        assert_eq!(end.is_none(), point == Point::AfterRunEnded, "{point:?}");
        assert_eq!(server.effects_of(run(1), STEPS), [1, 1, 1], "{point:?}");
        assert_eq!(
            journal.kept(run(1)).state,
            Some(RunState::Done),
            "{point:?}"
        );
        assert_eq!(
            journal.step_states(run(1)),
            [StepState::Done; 3],
            "{point:?}"
        );
        assert_eq!(
            journal.kept(run(1)).about,
            "begun by Camille Morvan",
            "{point:?}"
        );
    }
}

#[tokio::test]
async fn wherever_the_program_dies_twice_each_effect_is_there_exactly_once() {
    for first in Point::every(STEPS) {
        for second in Point::every(STEPS) {
            let (journal, mut server) = (MemoryJournal::default(), FakeServer::default());
            server.death = journal.death.clone();
            journal.death.at(first);
            let one = engine(&journal);
            one.begin(order(run(1), None, plan(&server))).await.unwrap();
            journal.death.reached().await;
            drop(one);

            journal.death.at(second);
            let two = engine(&journal);
            if let Ok(handle) = two.resume(run(1), None, plan(&server)).await {
                // The second point may lie before the first, and never be reached.
                tokio::select! {
                    () = journal.death.reached() => {}
                    end = handle.ended() => assert_eq!(end.unwrap().state, RunState::Done),
                }
            }
            drop(two);

            journal.death.nowhere();
            let three = engine(&journal);
            if let Ok(handle) = three.resume(run(1), None, plan(&server)).await {
                handle.ended().await.unwrap();
            }
            assert_eq!(
                server.effects_of(run(1), STEPS),
                [1, 1, 1],
                "{first:?} then {second:?}"
            );
            assert_eq!(
                journal.kept(run(1)).state,
                Some(RunState::Done),
                "{first:?} then {second:?}"
            );
        }
    }
}

#[tokio::test]
async fn a_step_in_flight_on_a_server_that_is_silent_ends_unknown_and_is_found_out_later() {
    for (point, expected) in [(Point::AfterEffect(1), 1), (Point::BeforeEffect(1), 1)] {
        let (journal, server) = (MemoryJournal::default(), FakeServer::default());
        *server.silent_probes.lock().unwrap() = 1;
        let end = die_and_resume(point, &journal, &server).await.unwrap();
        assert_eq!(end.state, RunState::Unknown, "{point:?}");
        assert_eq!(end.problem.unwrap().code, "no_answer");
        assert_eq!(
            journal.step_states(run(1)),
            [StepState::Done, StepState::Unknown, StepState::Skipped]
        );

        // The server is back: the same run is taken up again, and the truth is found.
        let later = engine(&journal);
        let end = later
            .resume(run(1), None, plan(&server))
            .await
            .unwrap()
            .ended()
            .await
            .unwrap();
        assert_eq!(end.state, RunState::Done, "{point:?}");
        assert_eq!(
            server.effects_of(run(1), STEPS),
            [1, expected, 1],
            "{point:?}"
        );
    }
}

#[tokio::test]
async fn what_earlier_steps_observed_is_known_after_a_restart() {
    let (journal, server) = (MemoryJournal::default(), FakeServer::default());
    die_and_resume(Point::BeforeStepBegun(2), &journal, &server)
        .await
        .unwrap();
    let access = journal.kept(run(1)).steps[2].observation.clone().unwrap();
    assert_eq!(access.data["user"], "user done");
}

#[tokio::test]
async fn a_failure_written_down_before_the_death_stays_a_failure() {
    let (journal, server) = (MemoryJournal::default(), FakeServer::default());
    server.will("app", [Behaviour::Fails]);
    let end = die_and_resume(Point::AfterStepEnded(1), &journal, &server)
        .await
        .unwrap();
    assert_eq!(
        (end.state, end.problem.unwrap().code.as_str()),
        (RunState::Failed, "user_unknown")
    );
    assert_eq!(server.effects_of(run(1), STEPS), [1, 0, 0]);
}

#[tokio::test]
async fn a_run_is_resumed_only_with_the_plan_that_it_was_begun_with() {
    let (journal, server) = (MemoryJournal::default(), FakeServer::default());
    journal.death.at(Point::AfterStepBegun(0));
    let first = engine(&journal);
    first
        .begin(order(run(1), None, plan(&server)))
        .await
        .unwrap();
    journal.death.reached().await;
    let again = first.resume(run(1), None, plan(&server)).await;
    assert!(matches!(again, Err(EngineError::AtWork(_))), "{again:?}");
    drop(first);
    journal.death.nowhere();

    let second = engine(&journal);
    let other = towerify_runs::Plan::new(words("Other")).then(FakeStep::new("user", &server));
    let refused = second.resume(run(1), None, other).await;
    assert!(
        matches!(refused, Err(EngineError::OtherPlan(_))),
        "{refused:?}"
    );
    let missing = second.resume(run(9), None, plan(&server)).await;
    assert!(
        matches!(missing, Err(EngineError::NoSuchRun(_))),
        "{missing:?}"
    );
    assert_eq!(server.effects_of(run(1), STEPS), [0, 0, 0]);
    assert!(second.at_work().is_empty());
}

#[tokio::test]
async fn a_journal_that_fails_stops_the_run_where_it_is_and_the_run_is_resumed_later() {
    for call in ["run_is", "step_begun", "trace", "step_ended", "run_ended"] {
        let (journal, server) = (MemoryJournal::default(), FakeServer::default());
        *journal.failing.lock().unwrap() = Some(call);
        let first = engine(&journal);
        let ended = first
            .begin(order(run(1), None, plan(&server)))
            .await
            .unwrap()
            .ended()
            .await;
        assert!(
            matches!(ended, Err(EngineError::Interrupted(_))),
            "{call}: {ended:?}"
        );

        *journal.failing.lock().unwrap() = None;
        let end = first
            .resume(run(1), None, plan(&server))
            .await
            .unwrap()
            .ended()
            .await
            .unwrap();
        assert_eq!(end.state, RunState::Done, "{call}");
        assert_eq!(server.effects_of(run(1), STEPS), [1, 1, 1], "{call}");
    }
    let (journal, server) = (MemoryJournal::default(), FakeServer::default());
    *journal.failing.lock().unwrap() = Some("run_begun");
    let refused = engine(&journal)
        .begin(order(run(1), None, plan(&server)))
        .await;
    assert!(
        matches!(refused, Err(EngineError::Journal(_))),
        "{refused:?}"
    );
    assert_eq!(
        server.effects_of(run(1), STEPS),
        [0, 0, 0],
        "nothing is done that is not written down"
    );
}

#[tokio::test]
async fn an_engine_that_is_stopped_leaves_its_runs_open() {
    let (journal, server) = (MemoryJournal::default(), FakeServer::default());
    server.will("app", [Behaviour::Hangs]);
    let first = engine(&journal);
    let handle = first
        .begin(order(run(1), None, plan(&server)))
        .await
        .unwrap();
    while journal.kept(run(1)).begun != [0, 1] {
        tokio::task::yield_now().await;
    }
    first.stop().await;
    assert!(matches!(
        handle.ended().await,
        Err(EngineError::Interrupted(_))
    ));
    assert_eq!(journal.kept(run(1)).state, Some(RunState::Running));
    assert!(first.at_work().is_empty());
}
