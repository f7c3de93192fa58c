//! Generated from a plan: every step done twice does no harm; every step made to fail leaves a run that says so, and that
//! can be taken up from there.

use crate::fake::*;
use async_trait::async_trait;
use std::time::Duration;
use towerify_domain::Words;
use towerify_domain::run::{RunState, StepState};
use towerify_runs::*;

const NAMES: [&str; 5] = ["user", "app", "access", "certificate", "backup"];
const STEPS: u16 = 5;

fn five(server: &FakeServer) -> Plan {
    NAMES
        .into_iter()
        .fold(Plan::new(words("Provision")), |plan, name| {
            plan.then(FakeStep::new(name, server))
        })
}

/// A step that is done twice each time.
struct Twice(Box<dyn Step>);

#[async_trait]
impl Step for Twice {
    fn name(&self) -> &str {
        self.0.name()
    }

    fn intent(&self) -> Words {
        self.0.intent()
    }

    async fn probe(&self, context: &Context) -> Result<Probe, StepError> {
        self.0.probe(context).await
    }

    async fn act(&self, context: &Context) -> Result<Observation, StepError> {
        self.0.act(context).await?;
        self.0.act(context).await
    }
}

#[tokio::test]
async fn every_step_done_twice_does_no_harm() {
    for twice in 0..NAMES.len() {
        let (journal, server) = (MemoryJournal::default(), FakeServer::default());
        *server.knows_keys.lock().unwrap() = true;
        let mut plan = five(&server);
        let step = plan.steps.remove(twice);
        plan.steps.insert(twice, Box::new(Twice(step)));
        let engine = engine(&journal);
        let handle = engine.begin(order(run(1), None, plan)).await.unwrap();
        assert_eq!(handle.ended().await.unwrap().state, RunState::Done);
        assert_eq!(server.order.lock().unwrap().len(), NAMES.len() + 1);
        assert_eq!(server.effects_of(run(1), STEPS), [1; 5], "{twice}");
    }
}

#[tokio::test(start_paused = true)]
async fn every_step_made_to_fail_says_so_and_is_taken_up_from_there() {
    use Behaviour::{Fails, FailsUnseen, Lost, Panics, Passing};
    let failures = [
        (Fails, "user_unknown"),
        (FailsUnseen, "user_unknown"),
        (Passing, "lock_held"),
        (Lost, "connection_cut"),
        (Panics, "defect"),
        (Behaviour::Hangs, "time_out"),
    ];
    for (failing, name) in (0_u16..).zip(NAMES) {
        for (failure, code) in &failures {
            let (journal, server) = (MemoryJournal::default(), FakeServer::default());
            server.will(name, [failure.clone()]);
            let engine = engine(&journal);
            let begun = engine.begin(order(run(1), None, five(&server))).await;
            let end = begun.unwrap().ended().await.unwrap();
            assert_eq!(
                (
                    end.state,
                    end.problem.as_ref().map(|problem| problem.code.as_str())
                ),
                (RunState::Failed, Some(*code)),
                "{name} {failure:?}"
            );
            let expected: Vec<StepState> = (0..STEPS)
                .map(|step| match step.cmp(&failing) {
                    std::cmp::Ordering::Less => StepState::Done,
                    std::cmp::Ordering::Equal => StepState::Failed,
                    std::cmp::Ordering::Greater => StepState::Skipped,
                })
                .collect();
            assert_eq!(journal.step_states(run(1)), expected, "{name} {failure:?}");
            let said = journal.said(run(1));
            let last = said.last().unwrap();
            assert!(last.starts_with('✗'), "{name} {failure:?}: {last}");

            let before = journal.kept(run(1)).begun;
            tokio::time::sleep(Duration::from_secs(1)).await;
            let handle = engine.retry(run(1), None, five(&server)).await.unwrap();
            let end = handle.ended().await.unwrap();
            assert_eq!(end.state, RunState::Done, "{name} {failure:?}");
            assert_eq!(
                server.effects_of(run(1), STEPS),
                [1; 5],
                "{name} {failure:?}"
            );
            let after = journal.kept(run(1)).begun;
            let rest: Vec<u16> = (failing..STEPS).collect();
            assert_eq!(after[before.len()..], rest, "{name} {failure:?}");
        }
    }
}
