//! A run's trace: a part of it, what is looked for in it, the whole of it as text.

use std::fmt::Write as _;

use chrono::{DateTime, Utc};
use towerify_domain::{
    Language, Permit, Within, Words,
    id::RunId,
    policy::may,
    run::{RunState, TraceLine},
};
use towerify_runs::Observation;
use towerify_store::{Run, RunStep, Store, TraceFilter};

use crate::{
    Actor, AppError, Result, Workspace,
    runs::view::{TracePage, TraceQuery},
    servers::Veil,
};

/// The longest page of a trace.
const MOST_LINES: u32 = 5_000;

/// A part of a run's trace: `limit` lines from number `from` on, the first being 1.
///
/// # Errors
/// [`crate::Code::NotFound`].
pub async fn trace(
    workspace: &Workspace,
    actor: &Actor,
    id: RunId,
    from: u32,
    limit: u32,
) -> Result<TracePage> {
    let permit = Permit::<may::SeeRuns>::ask(actor)?;
    let store = workspace.store(&permit);
    let (_, veil) = run(store, permit.within(), id).await?;
    let total = store.run_trace().last(id).await?;
    let lines = store
        .run_trace()
        .page(id, from.max(1), length(limit))
        .await?;
    let lines = lines.into_iter().map(|line| veiled(line, &veil)).collect();
    Ok(TracePage { total, lines })
}

/// What is looked for in a run's trace: the page asked for, and how many lines there are.
///
/// # Errors
/// [`crate::Code::NotFound`].
pub async fn search(
    workspace: &Workspace,
    actor: &Actor,
    id: RunId,
    query: TraceQuery,
) -> Result<TracePage> {
    let permit = Permit::<may::SeeRuns>::ask(actor)?;
    let store = workspace.store(&permit);
    let (_, veil) = run(store, permit.within(), id).await?;
    let filter = TraceFilter {
        text: query.text,
        step: query.step,
        signs: query.signs,
    };
    let (total, lines) = store
        .run_trace()
        .search(id, &filter, query.offset, length(query.limit))
        .await?;
    let lines = lines.into_iter().map(|line| veiled(line, &veil)).collect();
    Ok(TracePage { total, lines })
}

/// A run as text, to be kept or sent: what it was, how it ended, its steps, each with its lines and their instants in
/// UTC. In the reader's language but for what servers said. At most some 20,000 lines. It holds no secret, as the trace.
///
/// # Errors
/// [`crate::Code::NotFound`].
pub async fn export(workspace: &Workspace, actor: &Actor, id: RunId) -> Result<String> {
    let permit = Permit::<may::SeeRuns>::ask(actor)?;
    let store = workspace.store(&permit);
    let (run, veil) = run(store, permit.within(), id).await?;
    let steps = store.run_steps().of(id).await?;
    let mut lines = Vec::new();
    let mut next = 1;
    loop {
        let page = store.run_trace().page(id, next, MOST_LINES).await?;
        let Some(last) = page.last() else { break };
        next = last.n.saturating_add(1);
        lines.extend(page);
    }
    let language = workspace.reach(&permit).language();
    Ok(veil.text(&text(&run, &steps, &lines, language)))
}

/// The run, and what is hidden in what it says.
async fn run(store: &Store, within: Within, id: RunId) -> Result<(Run, Veil)> {
    let run = store.runs().within(within, id).await?;
    let run = run.ok_or_else(|| AppError::not_found("run"))?;
    let veil = Veil::over_run(store, within, &run).await?;
    Ok((run, veil))
}

fn veiled(line: TraceLine, veil: &Veil) -> TraceLine {
    TraceLine {
        text: veil.text(&line.text),
        ..line
    }
}

fn length(limit: u32) -> u32 {
    match limit {
        0 => 1_000,
        limit => limit.min(MOST_LINES),
    }
}

/// The text of a run. A step that was begun more than once stands where its lines stand, each time.
fn text(run: &Run, steps: &[RunStep], lines: &[TraceLine], language: Language) -> String {
    let say = |en: &str, fr: &str| Words::new(en, fr).of(language).to_owned();
    let mut text = String::with_capacity(lines.len() * 80 + 1_000);
    // Writing to a string does not fail.
    let _ = writeln!(text, "{}", run.title.of(language));
    let server = run.server_name.as_deref().unwrap_or("—");
    let _ = writeln!(text, "{}: {server}", say("Server", "Serveur"));
    let _ = writeln!(text, "{}: {}", say("Run", "Opération"), run.id);
    let _ = writeln!(text, "{}: {}", say("By", "Par"), run.started_name);
    let _ = writeln!(
        text,
        "{}: {}",
        say("Begun", "Commencée"),
        at(run.started_at)
    );
    let end = run.ended_at.map_or_else(|| "—".to_owned(), at);
    let _ = writeln!(text, "{}: {end}", say("Ended", "Terminée"));
    let state = run.state.words();
    let _ = writeln!(text, "{}: {}", say("State", "État"), state.of(language));
    if matches!(run.state, RunState::Failed | RunState::Unknown)
        && let Some(kept) = &run.error_message
    {
        let words = super::journal::problem_words(kept);
        let _ = writeln!(text, "{}", words.of(language));
    }
    let _ = writeln!(text);
    for step in steps {
        let (n, state) = (step.n + 1, step.state.words());
        let (intent, state) = (step.intent.of(language), state.of(language));
        let _ = write!(text, "{n}. {intent}: {state}");
        let seen = step.observation.clone();
        let seen = seen.and_then(|seen| serde_json::from_value::<Observation>(seen).ok());
        match seen {
            Some(seen) => {
                let _ = writeln!(text, " ({})", seen.words.of(language));
            }
            None => {
                let _ = writeln!(text);
            }
        }
    }
    let mut under = None;
    for line in lines {
        if under != Some(line.step) {
            under = Some(line.step);
            let intent = steps.iter().find(|step| step.n == line.step);
            let intent = intent.map_or("", |step| step.intent.of(language));
            let _ = writeln!(text, "\n{}. {intent}", u32::from(line.step) + 1);
        }
        let _ = writeln!(text, "{}  {}  {}", at(line.at), line.sign.text(), line.text);
    }
    text
}

/// An instant, to the second.
fn at(instant: DateTime<Utc>) -> String {
    instant.format("%Y-%m-%d %H:%M:%SZ").to_string()
}
