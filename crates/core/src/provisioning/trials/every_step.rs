//! Generated from the real plan: every step done twice does no harm; every step made to fail leaves a run that says so,
//! and goes on from there.

use std::sync::{Arc, atomic::AtomicBool};

use towerify_domain::run::{RunState, StepState};

use super::{
    Point, Trial,
    ground::{become_of, begun, copy_of, ends, home, machine, opened, story},
    within,
};
use crate::{provisioning::plan::kinds, runs};

/// An undisturbed run, for comparison.
pub(super) async fn undisturbed() -> (serde_json::Value, Vec<String>) {
    let home = home().await;
    let (fleet, machine, place) = machine().await;
    let (program, workspace, actor) = opened(home.path()).await;
    let run = begun(&workspace, &actor, &place).await;
    ends(&workspace, &actor, run, RunState::Done).await;
    drop(workspace);
    program.close().await;
    let become_ = become_of(&machine, &place);
    fleet.stop().await;
    become_
}

#[tokio::test(flavor = "multi_thread")]
async fn every_step_done_twice_does_no_harm() {
    let (expected, changes) = undisturbed().await;
    assert!(
        changes.iter().all(|change| change.ends_with("×1")),
        "{changes:#?}"
    );
    let home = home().await;
    let (fleet, machine, place) = machine().await;
    let (program, workspace, actor) = opened(home.path()).await;
    let run = within(Trial::Twice, begun(&workspace, &actor, &place)).await;
    ends(&workspace, &actor, run, RunState::Done).await;
    let (state, made) = become_of(&machine, &place);
    assert_eq!(state, expected);
    assert_eq!(made, changes);
    drop(workspace);
    program.close().await;
    fleet.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_step_made_to_fail_says_so_and_goes_on_from_there() {
    let (expected, changes) = undisturbed().await;
    let empty = home().await;
    let (fleet, _, place) = machine().await;
    fleet.stop().await;
    let names: Vec<&str> = kinds(&place.choices())
        .into_iter()
        .map(|kind| kind.name())
        .collect();
    assert_eq!(names.len(), 19, "the choices of trials need every step");
    for (n, name) in names.iter().enumerate() {
        let when = if n % 2 == 0 {
            Point::Before
        } else {
            Point::After
        };
        let (fleet, machine, place) = machine().await;
        let home = copy_of(empty.path());
        let (program, workspace, actor) = opened(home.path()).await;
        let trial = Trial::Fails {
            step: (*name).into(),
            when,
            done: Arc::new(AtomicBool::new(false)),
        };
        let run = within(trial.clone(), begun(&workspace, &actor, &place)).await;
        ends(&workspace, &actor, run, RunState::Failed).await;
        let detail = runs::detail(&workspace, &actor, run).await.unwrap();
        let failed: Vec<usize> = detail
            .steps
            .iter()
            .enumerate()
            .filter(|(_, step)| step.state == StepState::Failed)
            .map(|(n, _)| n)
            .collect();
        assert_eq!(
            failed,
            [n],
            "{name}: {}",
            story(&workspace, &actor, run).await
        );
        assert!(detail.aftermath.is_some() && detail.can.retry);
        let again = within(trial, runs::retry(&workspace, &actor, run))
            .await
            .unwrap();
        assert_eq!(again.run, run, "the same run goes on");
        ends(&workspace, &actor, run, RunState::Done).await;
        let (state, mut made) = become_of(&machine, &place);
        if *name == "diagnosis" {
            // It changes nothing, so nothing shows that it was done: one that was said to have failed is done anew.
            for change in &mut made {
                *change = change.replace("diagnosis run  ×2", "diagnosis run  ×1");
            }
        }
        assert_eq!(state, expected, "{name} {when:?}");
        assert_eq!(made, changes, "{name} {when:?}");
        drop(workspace);
        program.close().await;
        fleet.stop().await;
    }
}
