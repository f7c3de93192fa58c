//! Traces: nothing is lost, nothing is endless, no secret is told.

use crate::fake::*;
use async_trait::async_trait;
use futures::future::BoxFuture;
use secrecy::SecretString;
use serde_json::json;
use std::time::Duration;
use towerify_domain::run::{Sign, TRACE_LINES_MAX, TRACE_TEXT_MAX};
use towerify_domain::{Language, Words};
use towerify_runs::*;

/// A step that does nothing but talk.
struct Talk<F>(F);

#[async_trait]
impl<F> Step for Talk<F>
where
    F: Fn(Context) -> BoxFuture<'static, ()> + Send + Sync,
{
    fn name(&self) -> &str {
        "talk"
    }

    fn intent(&self) -> Words {
        words("talk")
    }

    async fn probe(&self, _context: &Context) -> Result<Probe, StepError> {
        Ok(Probe::NotDone)
    }

    async fn act(&self, context: &Context) -> Result<Observation, StepError> {
        (self.0)(context.clone()).await;
        Ok(Observation::with(
            Words::new("talked", "parlé"),
            json!({ "password": "swordfish" }),
        ))
    }
}

fn talking(say: impl Fn(&Context) + Send + Sync + Copy + 'static) -> Plan {
    Plan::new(words("Talk")).then(Talk(move |context: Context| -> BoxFuture<'static, ()> {
        Box::pin(async move { say(&context) })
    }))
}

async fn carried_out(journal: &MemoryJournal, plan: Plan) {
    engine(journal)
        .begin(order(run(1), None, plan))
        .await
        .unwrap()
        .ended()
        .await
        .unwrap();
}

#[tokio::test]
async fn every_line_is_kept_in_order_and_numbered_without_gaps() {
    let journal = MemoryJournal::default();
    carried_out(
        &journal,
        talking(|context| (0..5_000).for_each(|n| context.trace(Sign::Info, &n.to_string()))),
    )
    .await;
    let kept = journal.kept(run(1));
    assert_eq!(kept.lines.len(), 5_001);
    assert!(kept.lines.iter().zip(1..).all(|(line, n)| line.n == n));
    assert!(
        kept.lines
            .iter()
            .zip(0..5_000)
            .all(|(line, n)| line.text == n.to_string())
    );
}

#[tokio::test(start_paused = true)]
async fn lines_are_written_while_the_step_is_at_work_and_not_one_by_one() {
    let journal = MemoryJournal::default();
    let plan = Plan::new(words("Talk")).then(Talk(|context: Context| -> BoxFuture<'static, ()> {
        Box::pin(async move {
            for n in 0..100 {
                context.trace(Sign::Info, &format!("line {n}"));
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        })
    }));
    let engine = engine(&journal);
    let handle = engine.begin(order(run(1), None, plan)).await.unwrap();
    tokio::time::sleep(Duration::from_secs(1)).await;
    let midway = journal.kept(run(1)).lines.len();
    assert!(
        (35..=50).contains(&midway),
        "{midway} of 50 lines after a second"
    );
    handle.ended().await.unwrap();
    let batches = journal.kept(run(1)).batches;
    assert_eq!(batches.iter().sum::<usize>(), 101);
    assert!(
        (9..=12).contains(&batches.len()),
        "2 s of lines in batches of 200 ms: {batches:?}"
    );
}

#[tokio::test]
async fn a_journal_that_is_busy_for_a_while_loses_no_line() {
    let journal = MemoryJournal::default();
    *journal.failing_traces.lock().unwrap() = 2;
    let plan = Plan::new(words("Talk")).then(Talk(|context: Context| -> BoxFuture<'static, ()> {
        Box::pin(async move {
            for n in 0..12 {
                context.trace(Sign::Info, &format!("line {n}"));
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        })
    }));
    carried_out(&journal, plan).await;
    assert_eq!(
        *journal.failing_traces.lock().unwrap(),
        0,
        "the fault was met"
    );
    let mut expected: Vec<String> = (0..12).map(|n| format!("i line {n}")).collect();
    expected.push("✓ talked".into());
    assert_eq!(journal.said(run(1)), expected);
}

#[tokio::test]
async fn a_server_that_never_stops_talking_fills_neither_memory_nor_the_journal() {
    let journal = MemoryJournal::default();
    let many = TRACE_LINES_MAX + 5_000;
    carried_out(
        &journal,
        talking(move |context| (0..many).for_each(|_| context.trace(Sign::Info, "again"))),
    )
    .await;
    let kept = journal.kept(run(1)).lines;
    // One more than the bound, by which the journal knows that it is full, and the engine's own line.
    assert_eq!(kept.len(), TRACE_LINES_MAX as usize + 2);
    assert_eq!(kept.last().unwrap().text, "talked");
}

#[tokio::test]
async fn a_hostile_line_is_made_harmless_and_cut() {
    let journal = MemoryJournal::default();
    let say = |context: &Context| {
        context.trace(Sign::Info, "two\nlines\n\n");
        context.trace(Sign::Warning, "\u{1b}]0;owned\u{7} and \u{202E}back");
        context.trace(Sign::Info, &"x".repeat(1_000_000));
    };
    carried_out(&journal, talking(say)).await;
    let said = journal.said(run(1));
    assert_eq!(
        said[..3],
        ["i two", "i lines", "! ␛]0;owned␇ and ⟨U+202E⟩back"]
    );
    assert_eq!(said[3].chars().count(), TRACE_TEXT_MAX + 2);
}

#[tokio::test]
async fn a_secret_of_the_plan_is_told_nowhere() {
    let journal = MemoryJournal::default();
    let engine = engine(&journal);
    let mut events = engine.events();
    let plan = talking(|context| {
        context.trace(Sign::Info, "YNH_USER_PASSWORD=swordfish");
        context.progress(Some(10), words("setting swordfish"));
    });
    let plan = plan.conceal(SecretString::from("swordfish"));
    engine
        .begin(order(run(1), None, plan))
        .await
        .unwrap()
        .ended()
        .await
        .unwrap();
    let mut told = format!("{:?}", journal.kept(run(1)));
    let mut progress = 0;
    while let Ok(event) = events.try_recv() {
        progress += usize::from(matches!(event, RunEvent::Progress { .. }));
        told.push_str(&format!("{event:?}"));
    }
    assert_eq!(progress, 1);
    assert!(told.contains("YNH_USER_PASSWORD=••••••"), "{told}");
    assert!(!told.contains("swordfish"), "{told}");
}

#[tokio::test]
async fn the_engine_speaks_the_language_of_who_began_the_run() {
    let journal = MemoryJournal::default();
    carried_out(&journal, talking(|_| {}).told_in(Language::Fr)).await;
    assert_eq!(journal.said(run(1)), ["✓ parlé"]);
}

#[tokio::test(start_paused = true)]
async fn progress_is_told_at_a_bounded_rate_and_ends_with_the_last() {
    let journal = MemoryJournal::default();
    let engine = engine(&journal);
    let mut events = engine.events();
    let plan = Plan::new(words("Talk")).then(Talk(|context: Context| -> BoxFuture<'static, ()> {
        Box::pin(async move {
            for percent in 0..=200_u8 {
                context.progress(Some(percent), words("copying"));
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        })
    }));
    engine
        .begin(order(run(1), None, plan))
        .await
        .unwrap()
        .ended()
        .await
        .unwrap();
    let mut told = Vec::new();
    while let Ok(event) = events.try_recv() {
        if let RunEvent::Progress { progress, .. } = event {
            told.push(progress.percent.unwrap());
        }
    }
    assert!((4..=7).contains(&told.len()), "1 s at 200 ms: {told:?}");
    assert_eq!(told.last(), Some(&100), "never more than 100");
}
