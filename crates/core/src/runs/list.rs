//! The list of runs, one run's page. Its trace is in `trace`.

use towerify_domain::{
    Permit, Within,
    id::{FleetId, RunId},
    policy::may,
    run::{RunState, StepState},
};
use towerify_runs::Observation;
use towerify_store::{Run, RunFilter, RunStep};

use crate::{
    Actor, AppError, Code, Result, Workspace,
    runs::{
        aftermath, decide,
        journal::problem_words,
        view::{Detail, ListQuery, Page, Row, StepView},
    },
    servers::Veil,
};

/// The longest page of runs.
const MOST_ROWS: u32 = 1_000;

/// A part of the list of runs, newest first.
///
/// # Errors
/// [`Code::Denied`].
pub async fn list(workspace: &Workspace, actor: &Actor, query: ListQuery) -> Result<Page> {
    let permit = Permit::<may::SeeRuns>::ask(actor)?;
    let store = workspace.store(&permit);
    let states = match (query.states, query.open) {
        (states, None) => states,
        (states, Some(open)) => RunState::ALL
            .iter()
            .copied()
            .filter(|state| state.is_over() != open)
            .filter(|state| states.is_empty() || states.contains(state))
            .collect(),
    };
    let none = query.open.is_some() && states.is_empty();
    let filter = RunFilter {
        states,
        kinds: query.kinds,
        server: query.server,
        batch: None,
    };
    let limit = if query.limit == 0 {
        200
    } else {
        query.limit.min(MOST_ROWS)
    };
    let mut page = store
        .runs()
        .page(permit.within(), &filter, query.offset.into(), limit.into())
        .await?;
    if none {
        // States that are asked for, and are all on the other side of "open": an empty filter would let all through.
        (page.rows, page.total) = (Vec::new(), 0);
    }
    let open = store.runs().open_count(permit.within()).await?;
    let mut rows = Vec::with_capacity(page.rows.len());
    for run in page.rows {
        let steps = store.run_steps().of(run.id).await?;
        let veil = Veil::over_run(store, permit.within(), &run).await?;
        rows.push(row(&permit, run, &steps, &veil));
    }
    Ok(Page {
        total: u32::try_from(page.total).unwrap_or(u32::MAX),
        open: u32::try_from(open).unwrap_or(u32::MAX),
        rows,
    })
}

/// A run's page.
///
/// # Errors
/// [`Code::NotFound`].
pub async fn detail(workspace: &Workspace, actor: &Actor, id: RunId) -> Result<Detail> {
    let permit = Permit::<may::SeeRuns>::ask(actor)?;
    let store = workspace.store(&permit);
    let run = store
        .runs()
        .within(permit.within(), id)
        .await?
        .ok_or_else(|| AppError::not_found("run"))?;
    let veil = Veil::over_run(store, permit.within(), &run).await?;
    let steps = store.run_steps().of(id).await?;
    let trace_lines = store.run_trace().last(id).await?;
    let happened = run.error_message.as_deref().map(problem_words);
    let happened = happened.map(|words| veil.words(words));
    let can = decide::can(workspace, &permit, &run, &steps);
    let row = row(&permit, run, &steps, &veil);
    let aftermath = aftermath::of_run(row.state, row.error.as_ref(), happened, &steps);
    let steps = steps.into_iter().map(|known| step(known, &veil)).collect();
    Ok(Detail {
        row,
        steps,
        trace_lines,
        aftermath,
        can,
    })
}

fn row(permit: &Permit<may::SeeRuns>, run: Run, steps: &[RunStep], veil: &Veil) -> Row {
    let over = |step: &&RunStep| matches!(step.state, StepState::Done | StepState::Already);
    let error = run.error_code.as_deref().map(|code| {
        let words = run
            .error_message
            .as_deref()
            .map(problem_words)
            .unwrap_or_default();
        let mut error = AppError::new(code_named(code), veil.text(&words.en));
        error.run = Some(run.id);
        error
    });
    Row {
        id: run.id,
        kind: run.kind,
        title: run.title,
        server: run.server_id,
        server_name: run.server_name,
        fleet: run
            .batch_id
            .filter(|_| permit.within() == Within::All)
            .map(FleetId::from_uuid),
        state: run.state,
        wish: run.wish,
        percent: run.progress,
        step: u32::try_from(steps.iter().filter(over).count()).unwrap_or(u32::MAX),
        steps: u32::try_from(steps.len()).unwrap_or(u32::MAX),
        started_by: run.started_name,
        started_at: run.started_at,
        ended_at: run.ended_at,
        error,
    }
}

fn step(step: RunStep, veil: &Veil) -> StepView {
    let observation: Option<Observation> = step
        .observation
        .and_then(|seen| serde_json::from_value(seen).ok());
    StepView {
        n: step.n.into(),
        intent: step.intent,
        state: step.state,
        attempt: step.attempt.into(),
        can_undo: step.can_undo,
        observation: observation.map(|seen| veil.words(seen.words)),
        started_at: step.started_at,
        ended_at: step.ended_at,
    }
}

/// The code of this name. The engine's own (a step's time-out, a crash) are the program's.
fn code_named(name: &str) -> Code {
    match name {
        "timed_out" | "time_out" => Code::TimedOut,
        "unknown" | "outcome_unknown" => Code::OutcomeUnknown,
        name => serde_json::from_value(serde_json::Value::from(name)).unwrap_or(Code::Internal),
    }
}
