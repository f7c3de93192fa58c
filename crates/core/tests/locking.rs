//! Locking by itself, when nobody is at the window.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test may stop the program: that is how it fails"
)]

mod household;

use std::{sync::Arc, time::Duration};

use household::{CAMILLE, Household};
use towerify_core::{
    locking, preferences,
    workspace::{self, Status},
};

/// Lets so much time go by at once, and what follows from it happen.
async fn later(time: Duration) {
    // A clock that is held goes on by itself to the next deadline whenever nothing is left to do; not while a thread works.
    let (over, waits) = std::sync::mpsc::channel::<()>();
    let works = tokio::task::spawn_blocking(move || waits.recv().is_err());
    tokio::time::pause();
    tokio::time::advance(time).await;
    tokio::time::resume();
    drop(over);
    assert!(works.await.unwrap());
    tokio::time::sleep(Duration::from_millis(500)).await;
}

#[tokio::test]
async fn it_locks_after_the_chosen_time_without_anybody_and_not_while_somebody_is_there() {
    let mut house = Household::begin().await;
    let mut chosen = preferences::get(&house.program);
    assert_eq!(chosen.lock_after, 15, "unless somebody chose otherwise");
    chosen.lock_after = 2;
    preferences::set(&house.program, chosen).await.unwrap();
    let other = house.another_program();
    let program = Arc::new(std::mem::replace(&mut house.program, other));
    let folder = program.known()[0].folder.clone();
    let watching = tokio::spawn(locking::watch(Arc::clone(&program)));
    tokio::time::sleep(Duration::from_millis(200)).await;
    program.touch();
    let open = || matches!(program.status(), Status::Open { .. });
    for _ in 0..4 {
        later(Duration::from_secs(90)).await;
        assert!(open(), "somebody is there");
        program.touch();
    }
    later(Duration::from_secs(121)).await;
    assert!(!open(), "nobody was there for two minutes");
    // The journal says why.
    workspace::open_folder(&program, folder.as_ref(), CAMILLE.password.into())
        .await
        .unwrap();
    let (workspace, actor) = program.workspace().unwrap();
    let query = towerify_core::journal::Query {
        what: Some("workspace.lock".into()),
        ..Default::default()
    };
    let page = towerify_core::journal::list(&workspace, &actor, query)
        .await
        .unwrap();
    assert!(page.rows[0].detail.contains("idle"), "{:?}", page.rows[0]);
    // 0 is never.
    chosen.lock_after = 0;
    preferences::set(&program, chosen).await.unwrap();
    later(Duration::from_secs(86_400)).await;
    assert!(open());
    watching.abort();
}
