//! What a person decides about runs, over simulated servers: hold one, let it go on, take it up where it failed; and
//! what one reads of them.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test may stop the program: that is how it fails"
)]

mod training;

use std::time::Duration;

use towerify_core::{
    Actor, Code, Workspace,
    people::{self, NewUser},
    runs::{self, Begun, ListQuery, TraceQuery},
    servers, workspace,
};
use towerify_domain::{
    id::ServerId,
    run::{RunKind, RunState, Sign, StepState},
};
use towerify_sandbox::Fault;
use training::{PASSWORD, Training, program};

const SERVER: &str = "glycines-01";
const USER_PASSWORD: &str = "canari-d-une-reprise-8837";

fn user(training: &Training, username: &str) -> NewUser {
    NewUser {
        username: username.into(),
        fullname: "Inès Calvet".into(),
        domain: training.server(SERVER).main_domain.clone(),
        password: USER_PASSWORD.into(),
        mailbox_quota: None,
    }
}

/// Waits until a run's trace says this.
async fn says(workspace: &Workspace, actor: &Actor, run: Begun, text: &str) {
    let said = tokio::time::timeout(Duration::from_secs(20), async {
        loop {
            let query = TraceQuery {
                text: text.into(),
                ..TraceQuery::default()
            };
            let found = runs::search(workspace, actor, run.run, query).await;
            if found.unwrap().total > 0 {
                break;
            }
            tokio::time::sleep(Duration::from_millis(30)).await;
        }
    });
    said.await
        .unwrap_or_else(|_| panic!("the run never says {text}"));
}

async fn usernames(workspace: &Workspace, actor: &Actor, server: ServerId) -> Vec<String> {
    let people = people::list(workspace, actor, server).await.unwrap();
    people.users.into_iter().map(|user| user.username).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_paused_run_lets_others_pass_and_stays_paused_when_the_program_starts_again() {
    let training = Training::begin().await;
    let id = training.add(SERVER).await.unwrap();
    let (workspace, actor) = training.desk();
    let faults = training.server(SERVER).faults();
    faults.set(Fault::LockHeld {
        by: vec!["backup".into(), "create".into()],
    });
    let first = servers::restart_service(&workspace, &actor, id, "nginx")
        .await
        .unwrap();
    says(&workspace, &actor, first, "backup create").await;
    let second = people::create(&workspace, &actor, id, user(&training, "ines.calvet"))
        .await
        .unwrap();
    runs::pause(&workspace, &actor, second.run).await.unwrap();
    let state = runs::wait(&workspace, &actor, second.run).await.unwrap();
    assert_eq!(state, RunState::Paused);

    // The one at work is to be held when its step ends; it says so meanwhile.
    runs::pause(&workspace, &actor, first.run).await.unwrap();
    let detail = runs::detail(&workspace, &actor, first.run).await.unwrap();
    assert!(detail.row.wish.is_some() && detail.can.go_on && !detail.can.pause);
    drop(workspace);
    training.program.close().await;
    faults.clear();

    let again = program(&training.home, Duration::from_secs(3));
    workspace::unlock(&again, PASSWORD.into()).await.unwrap();
    let (workspace, actor) = again.workspace().unwrap();
    let wait = async |run: Begun| {
        let wait = runs::wait(&workspace, &actor, run.run);
        let end = tokio::time::timeout(Duration::from_secs(30), wait).await;
        end.unwrap().unwrap()
    };
    assert_eq!(wait(first).await, RunState::Paused, "as was asked before");
    assert_eq!(wait(second).await, RunState::Paused);
    let detail = runs::detail(&workspace, &actor, first.run).await.unwrap();
    assert_eq!(detail.steps[1].state, StepState::Done, "{detail:#?}");
    assert_eq!(detail.steps[2].state, StepState::Waiting, "{detail:#?}");
    let detail = runs::detail(&workspace, &actor, second.run).await.unwrap();
    assert!(detail.can.go_on && detail.can.cancel && !detail.can.pause && !detail.can.retry);

    let open = ListQuery {
        open: Some(true),
        kinds: vec![RunKind::UserCreate],
        ..ListQuery::default()
    };
    let listed = runs::list(&workspace, &actor, open).await.unwrap();
    assert_eq!(listed.rows.len(), 1);
    assert_eq!(listed.rows[0].id, second.run);
    let over = ListQuery {
        open: Some(false),
        states: vec![RunState::Paused],
        ..ListQuery::default()
    };
    assert_eq!(runs::list(&workspace, &actor, over).await.unwrap().total, 0);

    runs::go_on(&workspace, &actor, second.run).await.unwrap();
    assert_eq!(wait(second).await, RunState::Done);
    let users = usernames(&workspace, &actor, id).await;
    assert!(users.contains(&"ines.calvet".to_owned()), "{users:?}");
    runs::cancel(&workspace, &actor, first.run).await.unwrap();
    assert_eq!(wait(first).await, RunState::Cancelled, "it was not begun");
    drop(workspace);
    again.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_was_refused_is_taken_up_in_the_same_run_with_the_secret_it_kept() {
    let training = Training::begin().await;
    let id = training.add(SERVER).await.unwrap();
    let (workspace, actor) = training.desk();
    let create = async || {
        let new = user(&training, "ines.calvet");
        people::create(&workspace, &actor, id, new).await.unwrap()
    };
    // Ordered twice, before the first is there: the second meets it.
    let faults = training.server(SERVER).faults();
    faults.set(Fault::LockHeld {
        by: vec!["backup".into(), "create".into()],
    });
    let (first, refused) = (create().await, create().await);
    faults.clear();
    training.done(first).await;
    training.ends(refused, RunState::Failed).await;
    let detail = runs::detail(&workspace, &actor, refused.run).await.unwrap();
    assert!(detail.can.retry && detail.can.forget && !detail.can.undo);

    // Refused again, and then the reason is gone.
    runs::retry(&workspace, &actor, refused.run).await.unwrap();
    training.ends(refused, RunState::Failed).await;
    let remove = people::delete(&workspace, &actor, id, "ines.calvet", false).await;
    training.done(remove.unwrap()).await;
    let retried = runs::retry(&workspace, &actor, refused.run).await.unwrap();
    assert_eq!(retried.run, refused.run);
    training.done(retried).await;
    let detail = runs::detail(&workspace, &actor, refused.run).await.unwrap();
    let attempts: Vec<_> = detail.steps.iter().map(|step| step.attempt).collect();
    assert_eq!(attempts, [1, 3, 1], "what was done stayed done");
    assert!(
        !detail.can.retry && !detail.can.forget,
        "its secret is gone"
    );
    let users = usernames(&workspace, &actor, id).await;
    assert!(users.contains(&"ines.calvet".to_owned()), "{users:?}");
    let again = runs::retry(&workspace, &actor, refused.run).await;
    assert!(again.is_err(), "it is done");

    // The whole of it as text, without the password.
    let text = runs::export(&workspace, &actor, refused.run).await.unwrap();
    for part in ["ines.calvet", SERVER, "Camille Morvan", "user create", "✗"] {
        assert!(text.contains(part), "{part}\n{text}");
    }
    assert!(!text.contains(USER_PASSWORD));
    let query = TraceQuery {
        signs: vec![Sign::Failed],
        step: Some(1),
        ..TraceQuery::default()
    };
    let found = runs::search(&workspace, &actor, refused.run, query).await;
    let found = found.unwrap();
    assert!(found.total >= 2, "{found:#?}");
    assert!(found.lines.iter().all(|line| line.step == 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_secret_that_was_forgotten_is_asked_for_again() {
    let training = Training::begin().await;
    let id = training.add(SERVER).await.unwrap();
    let (workspace, actor) = training.desk();
    training.server(SERVER).faults().set(Fault::FullDisk);
    let new = user(&training, "ines.calvet");
    let begun = people::create(&workspace, &actor, id, new).await.unwrap();
    training.ends(begun, RunState::Failed).await;
    runs::forget(&workspace, &actor, begun.run).await.unwrap();
    let detail = runs::detail(&workspace, &actor, begun.run).await.unwrap();
    assert!(!detail.can.retry && !detail.can.forget);
    let error = runs::retry(&workspace, &actor, begun.run).await.err();
    assert_eq!(error.unwrap().code, Code::InvalidFields);
    let error = runs::undo(&workspace, &actor, begun.run).await.err();
    assert_eq!(error.unwrap().code, Code::Busy, "nothing can be undone");

    // One without a secret is always taken up.
    let begun = servers::restart_service(&workspace, &actor, id, "nginx")
        .await
        .unwrap();
    training.ends(begun, RunState::Failed).await;
    training.server(SERVER).faults().clear();
    runs::retry(&workspace, &actor, begun.run).await.unwrap();
    training.done(begun).await;
}
