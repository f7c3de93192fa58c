//! What a person decides about runs, as it is kept: wishes, opening again, and the secret that a retry needs.

use crate::*;

#[tokio::test]
async fn a_run_keeps_its_secret_while_it_can_be_retried_and_no_longer() {
    let (_folder, store) = workspace().await;
    let secrets = async |n: u128| {
        let (runs, id) = (store.runs(), run_id(n));
        let kept = runs.get(id).await.unwrap().unwrap().has_secret;
        let secret = runs.secret(id).await.unwrap();
        assert_eq!(kept, secret.is_some());
        (secret, runs.conceal(id).await.unwrap())
    };
    let kept = (Some(vec![1, 2, 3]), Some(vec![4, 5]));
    let end = |state| RunEnd {
        state,
        at: noon(),
        error: None,
    };
    let cases = [
        (1, RunState::Done, (None, None)),
        (2, RunState::Undone, (None, None)),
        (3, RunState::Failed, kept.clone()),
        (4, RunState::Unknown, kept.clone()),
        (5, RunState::Cancelled, kept.clone()),
    ];
    for (n, state, expected) in cases {
        store.runs().insert(&run(n, None)).await.unwrap();
        let open = store.runs().forget_secret(run_id(n)).await;
        assert!(matches!(open, Err(StoreError::NotFound { .. })));
        store.runs().end(run_id(n), &end(state)).await.unwrap();
        assert_eq!(secrets(n).await, expected, "{state:?}");
    }
    let runs = store.runs();
    runs.forget_secret(run_id(3)).await.unwrap();
    assert_eq!(secrets(3).await, (None, None));
    assert_eq!(
        runs.forget_secrets(None, noon()).await.unwrap(),
        0,
        "not yet"
    );
    assert_eq!(secrets(4).await, kept);
    // Opened again, it is no longer one that ended.
    runs.reopen(run_id(5), Way::Forward).await.unwrap();
    let later = noon() + TimeDelta::seconds(1);
    assert_eq!(runs.forget_secrets(None, later).await.unwrap(), 1);
    assert_eq!(secrets(4).await, (None, None));
    assert_eq!(secrets(5).await, kept);
    store.close().await;
}

#[tokio::test]
async fn what_is_asked_of_a_run_is_kept_until_it_comes_true() {
    let (_folder, store) = workspace().await;
    let runs = store.runs();
    runs.insert(&run(1, Some(first()))).await.unwrap();
    let wish = async || runs.get(run_id(1)).await.unwrap().unwrap().wish;
    let is = async |state| runs.set_state(run_id(1), state, None, None).await.unwrap();
    runs.set_wish(run_id(1), Some(Wish::Pause)).await.unwrap();
    is(RunState::Running).await;
    assert_eq!(wish().await, Some(Wish::Pause));
    is(RunState::Paused).await;
    assert_eq!(wish().await, None);
    runs.set_wish(run_id(1), Some(Wish::Cancel)).await.unwrap();
    runs.end(run_id(1), &done(noon())).await.unwrap();
    assert_eq!(wish().await, None);
    runs.set_wish(run_id(1), Some(Wish::Pause)).await.unwrap();
    assert_eq!(wish().await, None, "it has ended");
    store.close().await;
}

#[tokio::test]
async fn a_run_that_ends_skips_what_waits_and_opened_again_does_it() {
    let (_folder, store) = workspace().await;
    let runs = store.runs();
    let mut new = run(1, Some(first()));
    new.steps = [
        StepState::Done,
        StepState::Failed,
        StepState::Waiting,
        StepState::Undone,
    ]
    .into_iter()
    .zip(0..)
    .map(|(state, n)| RunStep {
        attempt: n,
        can_undo: n == 0,
        ..step(n, state)
    })
    .collect();
    runs.insert(&new).await.unwrap();
    let at_work = runs.reopen(run_id(1), Way::Forward).await;
    assert!(matches!(at_work, Err(StoreError::NotFound { .. })));
    let steps = async || {
        let steps = store.run_steps().of(run_id(1)).await.unwrap();
        assert_eq!(steps[2].attempt, 2);
        assert!(steps[0].can_undo && !steps[1].can_undo);
        steps.iter().map(|step| step.state).collect::<Vec<_>>()
    };
    use StepState::{Done, Failed, Skipped, Undone, Waiting};
    runs.end(run_id(1), &done(noon())).await.unwrap();
    assert_eq!(steps().await, [Done, Failed, Skipped, Undone]);
    runs.reopen(run_id(1), Way::Back).await.unwrap();
    assert_eq!(steps().await, [Done, Failed, Skipped, Undone]);
    assert_eq!(runs.get(run_id(1)).await.unwrap().unwrap().way, Way::Back);
    runs.end(run_id(1), &done(noon())).await.unwrap();
    runs.reopen(run_id(1), Way::Forward).await.unwrap();
    assert_eq!(steps().await, [Done, Waiting, Waiting, Waiting]);
    store.close().await;
}
