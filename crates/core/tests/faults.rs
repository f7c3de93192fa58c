//! The matrix of faults: each strikes one server while a healthy one beside it does not notice.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test may stop the program: that is how it fails"
)]

mod training;

use std::time::{Duration, Instant};

use towerify_core::{
    Code,
    people::{self, NewUser},
    runs, servers,
};
use towerify_domain::{run::RunState, server::ServerState};
use towerify_sandbox::Fault;
use training::{PASSWORD, Training, program};

const FAULTY: &str = "glycines-01";
const HEALTHY: &str = "bremont-01";

/// What a refresh says of the faulty server, and the state it is put in.
async fn check(fault: Fault, code: Code, state: ServerState) {
    let training = Training::begin().await;
    let id = training.add(FAULTY).await.unwrap();
    training.add(HEALTHY).await.unwrap();
    let (workspace, actor) = training.desk();
    let before = people::list(&workspace, &actor, id).await.unwrap();
    let healthy_before = training.row(HEALTHY).await;

    training.server(FAULTY).faults().set(fault.clone());
    let began = Instant::now();
    let sweep = training.refresh().await;
    assert_eq!(sweep.answered, 1, "{fault:?}: {:?}", sweep.failed);
    let failure = sweep
        .failed
        .first()
        .unwrap_or_else(|| panic!("{fault:?} was not noticed"));
    assert_eq!(
        (failure.name.as_str(), failure.error.code),
        (FAULTY, code),
        "{fault:?}: {}",
        failure.error.message
    );
    assert!(
        began.elapsed() < Duration::from_secs(30),
        "{fault:?} took {:?}",
        began.elapsed()
    );

    let faulty = training.row(FAULTY).await;
    assert_eq!(faulty.state, state, "{fault:?}: {:?}", faulty.reasons);
    assert!(
        faulty.since.is_some()
            && faulty
                .reasons
                .iter()
                .all(|reason| !reason.words.en.is_empty())
    );
    let healthy = training.row(HEALTHY).await;
    assert_eq!(healthy.state, healthy_before.state);
    assert!(healthy.last_seen > healthy_before.last_seen, "{fault:?}");

    // The last snapshot is as it was.
    let after = people::list(&workspace, &actor, id).await.unwrap();
    assert_eq!(
        (after.taken_at, after.users.len()),
        (before.taken_at, before.users.len()),
        "{fault:?}"
    );

    // And when the trouble is over, so is its mark.
    training.server(FAULTY).faults().clear();
    let sweep = training.refresh().await;
    assert_eq!(sweep.answered, 2, "after {fault:?}: {:?}", sweep.failed);
    assert_ne!(training.row(FAULTY).await.state, state, "after {fault:?}");
}

macro_rules! matrix {
    ($($name:ident: $fault:expr, $code:ident, $state:ident;)+) => {$(
        #[tokio::test(flavor = "multi_thread")]
        async fn $name() {
            check($fault, Code::$code, ServerState::$state).await;
        }
    )+};
}

matrix! {
    a_server_that_hangs_times_out_alone: Fault::Hang, TimedOut, Unreachable;
    a_server_that_cuts_the_line_is_unreachable: Fault::CutAfter(64), ConnectionCut, Unreachable;
    a_server_that_answers_nonsense_is_marked: Fault::Garbage, Nonsense, Fail;
    a_server_whose_answer_never_ends_is_marked: Fault::HugeOutput, Nonsense, Fail;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slow_server_delays_nobody() {
    let training = Training::begin().await;
    training.add(FAULTY).await.unwrap();
    training.add(HEALTHY).await.unwrap();
    training
        .server(FAULTY)
        .faults()
        .set(Fault::Slow(Duration::from_millis(400)));
    let (workspace, actor) = training.desk();
    let healthy = training.row(HEALTHY).await;
    let all = tokio::spawn({
        let (workspace, actor) = (workspace.clone(), actor.clone());
        async move { servers::refresh(&workspace, &actor, servers::Selection::All).await }
    });
    // The healthy one is read while the slow one is still at it.
    let seen = tokio::time::timeout(Duration::from_secs(20), async {
        loop {
            let row = training.row(HEALTHY).await;
            if row.last_seen > healthy.last_seen {
                break !all.is_finished();
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    });
    assert!(
        seen.await.unwrap(),
        "the healthy server waited for the slow one"
    );
    assert_eq!(all.await.unwrap().unwrap().answered, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_login_that_is_refused_and_a_missing_yunohost_say_so() {
    let training = Training::begin().await;
    training.add(FAULTY).await.unwrap();
    training.add(HEALTHY).await.unwrap();
    for (fault, code, state) in [
        (
            Fault::RefusedLogin,
            Some(Code::AuthenticationFailed),
            ServerState::Unreachable,
        ),
        (Fault::NoYunohost, None, ServerState::ToDo),
        (Fault::NotPostinstalled, None, ServerState::ToDo),
    ] {
        training.server(FAULTY).faults().set(fault.clone());
        towerify_core::workspace::lock(&training.program).await;
        towerify_core::workspace::unlock(&training.program, PASSWORD.into())
            .await
            .unwrap();
        let sweep = training.refresh().await;
        assert_eq!(
            sweep.failed.first().map(|failure| failure.error.code),
            code,
            "{fault:?}"
        );
        assert_eq!(training.row(FAULTY).await.state, state, "{fault:?}");
        training.server(FAULTY).faults().clear();
    }
}

fn newcomer(training: &Training) -> NewUser {
    NewUser {
        username: "ines.calvet".into(),
        fullname: "Inès Calvet".into(),
        domain: training.server(FAULTY).main_domain.clone(),
        password: "Un-mot-de-passe-unique-77".into(),
        mailbox_quota: None,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_whose_line_is_cut_finds_its_end_when_the_server_is_back() {
    let training = Training::begin().await;
    let id = training.add(FAULTY).await.unwrap();
    let (workspace, actor) = training.desk();
    training.server(FAULTY).faults().set(Fault::CutAfter(900));
    let begun = people::create(&workspace, &actor, id, newcomer(&training))
        .await
        .unwrap();
    tokio::time::sleep(Duration::from_millis(1_500)).await;
    training.server(FAULTY).faults().clear();
    training.ends(begun, RunState::Done).await;
    let users = people::list(&workspace, &actor, id).await.unwrap().users;
    assert_eq!(
        users
            .iter()
            .filter(|user| user.username == "ines.calvet")
            .count(),
        1
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_that_was_under_way_when_the_program_ended_is_taken_up_and_made_once() {
    let training = Training::begin().await;
    let id = training.add(FAULTY).await.unwrap();
    let (workspace, actor) = training.desk();
    // Somebody holds the lock, so that the change is begun and waits on the server.
    training.server(FAULTY).faults().set(Fault::LockHeld {
        by: vec!["backup".into(), "create".into()],
    });
    let begun = people::create(&workspace, &actor, id, newcomer(&training))
        .await
        .unwrap();
    let waits = tokio::time::timeout(Duration::from_secs(20), async {
        loop {
            let trace = runs::trace(&workspace, &actor, begun.run, 1, 100)
                .await
                .unwrap();
            if trace
                .lines
                .iter()
                .any(|line| line.text.contains("backup create"))
            {
                break;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    });
    waits.await.expect("the run should say who holds the lock");
    drop(workspace);
    training.program.close().await;
    training.server(FAULTY).faults().clear();

    let again = program(&training.home, Duration::from_secs(3));
    towerify_core::workspace::unlock(&again, PASSWORD.into())
        .await
        .unwrap();
    let (workspace, actor) = again.workspace().unwrap();
    let end = tokio::time::timeout(
        Duration::from_secs(30),
        runs::wait(&workspace, &actor, begun.run),
    )
    .await;
    let detail = runs::detail(&workspace, &actor, begun.run).await.unwrap();
    assert_eq!(end.unwrap().unwrap(), RunState::Done, "{detail:#?}");
    let users = people::list(&workspace, &actor, id).await.unwrap().users;
    assert_eq!(
        users
            .iter()
            .filter(|user| user.username == "ines.calvet")
            .count(),
        1
    );
    drop(workspace);
    again.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn work_that_was_killed_on_the_server_ends_unknown_and_is_not_begun_again() {
    let training = Training::begin().await;
    let id = training.add(FAULTY).await.unwrap();
    let (workspace, actor) = training.desk();
    training.server(FAULTY).faults().set(Fault::KillRuns);
    let begun = people::create(&workspace, &actor, id, newcomer(&training))
        .await
        .unwrap();
    training.ends(begun, RunState::Unknown).await;
    let detail = runs::detail(&workspace, &actor, begun.run).await.unwrap();
    let aftermath = detail.aftermath.unwrap();
    assert!(aftermath.changed.en.contains("not known"), "{aftermath:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_begins_nothing() {
    let training = Training::begin().await;
    let id = training.add(FAULTY).await.unwrap();
    let (workspace, actor) = training.desk();
    training.server(FAULTY).faults().set(Fault::FullDisk);
    let begun = people::create(&workspace, &actor, id, newcomer(&training))
        .await
        .unwrap();
    training.ends(begun, RunState::Failed).await;
    let detail = runs::detail(&workspace, &actor, begun.run).await.unwrap();
    assert_eq!(
        detail.row.error.map(|error| error.code),
        Some(Code::DiskFull)
    );
    training.server(FAULTY).faults().clear();
    let users = people::list(&workspace, &actor, id).await.unwrap().users;
    assert!(users.iter().all(|user| user.username != "ines.calvet"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_changes_while_a_change_is_under_way_leaves_its_outcome_to_a_person() {
    let training = Training::begin().await;
    let id = training.add(FAULTY).await.unwrap();
    let (workspace, actor) = training.desk();
    // The change waits on the server when the line breaks, and behind the next line stands another key.
    let faults = training.server(FAULTY).faults();
    faults.set(Fault::LockHeld {
        by: vec!["backup".into(), "create".into()],
    });
    let begun = people::create(&workspace, &actor, id, newcomer(&training))
        .await
        .unwrap();
    tokio::time::sleep(Duration::from_millis(1_000)).await;
    faults.set(Fault::ChangedHostKey);
    // Silence is noticed by asking for a sign of life; the answer is what cuts the line.
    faults.set(Fault::CutAfter(0));
    tokio::time::sleep(Duration::from_millis(5_000)).await;
    faults.clear();
    faults.set(Fault::ChangedHostKey);
    training.ends(begun, RunState::Unknown).await;
    // Once the machine is itself again, the same run finds what became of its change, and makes it no second time.
    faults.clear();
    let again = runs::retry(&workspace, &actor, begun.run).await.unwrap();
    assert_eq!(again.run, begun.run);
    training.ends(again, RunState::Done).await;
    let users = people::list(&workspace, &actor, id).await.unwrap().users;
    let made = users.iter().filter(|user| user.username == "ines.calvet");
    assert_eq!(made.count(), 1);
}
