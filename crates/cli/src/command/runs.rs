//! `towerify runs …`

use super::{confirm, provision};
use crate::arguments::{Runs, RunsList, RunsTrace};
use crate::failure::Failure;
use crate::following;
use crate::opened::Opened;
use crate::screen::{NONE, Screen, moment};
use serde_json::json;
use std::process::ExitCode;
use towerify_core::runs::{self, Begun, Detail, ListQuery, Row, TraceQuery};
use towerify_domain::Words;
use towerify_domain::id::RunId;
use towerify_domain::run::{RunState, TraceLine};

pub async fn carry_out(
    asked: &Runs,
    opened: &Opened,
    screen: &Screen,
) -> Result<ExitCode, Failure> {
    let (workspace, actor) = (&opened.workspace, &opened.actor);
    match asked {
        Runs::List(asked) => list(asked, opened, screen).await,
        Runs::Show { run, trace } => show(run, *trace, opened, screen).await,
        Runs::Follow { run } => {
            let run = named(run, opened).await?;
            following::follow(opened, run, |line| {
                screen.answer(line);
                screen.say(&following::written(line));
            })
            .await?;
            let detail = runs::detail(workspace, actor, run).await?;
            screen.answer(&json!({ "run": detail }));
            Ok(following::outcome(screen, &detail, RunState::Done))
        }
        Runs::Pause { run } => {
            let run = named(run, opened).await?;
            runs::pause(workspace, actor, run).await?;
            decided(run, opened, screen).await
        }
        Runs::Cancel { run } => {
            let run = named(run, opened).await?;
            runs::cancel(workspace, actor, run).await?;
            decided(run, opened, screen).await
        }
        Runs::Resume { run } => {
            let run = named(run, opened).await?;
            runs::go_on(workspace, actor, run).await?;
            following::begun(opened, screen, Begun { run }).await
        }
        Runs::Retry { run } => {
            let run = named(run, opened).await?;
            let begun = runs::retry(workspace, actor, run).await?;
            following::begun(opened, screen, begun).await
        }
        Runs::Undo { run, yes } => undo(run, *yes, opened, screen).await,
        Runs::Report { run } => {
            let run = named(run, opened).await?;
            provision::report(run, opened, screen).await
        }
        Runs::Trace(asked) => trace(asked, opened, screen).await,
    }
}

async fn list(asked: &RunsList, opened: &Opened, screen: &Screen) -> Result<ExitCode, Failure> {
    let server = match &asked.server {
        Some(server) => Some(opened.server(server).await?),
        None => None,
    };
    let query = ListQuery {
        server,
        states: asked.states.clone(),
        kinds: asked.kinds.clone(),
        open: asked.open.then_some(true),
        offset: 0,
        limit: asked.limit,
    };
    let page = runs::list(&opened.workspace, &opened.actor, query).await?;
    screen.answer(&page.rows);
    let heads = [
        ("Run", "Opération"),
        ("What", "Quoi"),
        ("State", "État"),
        ("Step", "Étape"),
        ("Began", "Début"),
        ("By", "Par"),
    ];
    screen.table(&heads, page.rows.iter().map(|row| line(screen, row)));
    Ok(ExitCode::SUCCESS)
}

async fn show(
    run: &str,
    trace: bool,
    opened: &Opened,
    screen: &Screen,
) -> Result<ExitCode, Failure> {
    let run = named(run, opened).await?;
    let detail = runs::detail(&opened.workspace, &opened.actor, run).await?;
    let lines = if trace {
        whole_trace(run, opened).await?
    } else {
        Vec::new()
    };
    if trace {
        screen.answer(&json!({ "run": detail, "trace": lines }));
    } else {
        screen.answer(&json!({ "run": detail }));
    }
    page(screen, &detail);
    lines
        .iter()
        .for_each(|line| screen.say(&following::written(line)));
    Ok(ExitCode::SUCCESS)
}

/// Says how a run stands after something was decided about it.
async fn decided(run: RunId, opened: &Opened, screen: &Screen) -> Result<ExitCode, Failure> {
    let detail = runs::detail(&opened.workspace, &opened.actor, run).await?;
    screen.answer(&json!({ "run": detail }));
    let (title, state) = (&detail.row.title, detail.row.state.words());
    let wish = detail.row.wish.map(|wish| wish.words());
    screen.say(&format!(
        "{}: {}",
        screen.pick(title),
        screen.pick(wish.as_ref().unwrap_or(&state))
    ));
    Ok(ExitCode::SUCCESS)
}

async fn undo(run: &str, yes: bool, opened: &Opened, screen: &Screen) -> Result<ExitCode, Failure> {
    let run = named(run, opened).await?;
    let detail = runs::detail(&opened.workspace, &opened.actor, run).await?;
    let title = &detail.row.title;
    let what = Words::new(
        format!(
            "What the run “{}” did is undone on the server, where its steps can undo it.",
            title.en
        ),
        format!(
            "Ce que l’opération « {} » a fait est défait sur le serveur, là où ses étapes savent le défaire.",
            title.fr
        ),
    );
    let name = detail.row.server_name.unwrap_or_else(|| run.to_string());
    confirm(yes, &what, &name, screen)?;
    let begun = runs::undo(&opened.workspace, &opened.actor, run).await?;
    following::begun_until(opened, screen, begun, RunState::Undone).await
}

async fn trace(asked: &RunsTrace, opened: &Opened, screen: &Screen) -> Result<ExitCode, Failure> {
    let run = named(&asked.run, opened).await?;
    if let Some(file) = &asked.export {
        let text = runs::export(&opened.workspace, &opened.actor, run).await?;
        std::fs::write(file, &text)
            .map_err(|error| Failure::Local(format!("{}: {error}", file.display())))?;
        screen.say(&file.display().to_string());
        screen.answer(&json!({ "file": file, "bytes": text.len() }));
        return Ok(ExitCode::SUCCESS);
    }
    let lines = match &asked.search {
        None => whole_trace(run, opened).await?,
        Some(text) => found(run, text, opened).await?,
    };
    screen.answer(&lines);
    lines
        .iter()
        .for_each(|line| screen.say(&following::written(line)));
    Ok(ExitCode::SUCCESS)
}

async fn found(run: RunId, text: &str, opened: &Opened) -> Result<Vec<TraceLine>, Failure> {
    let mut lines: Vec<TraceLine> = Vec::new();
    loop {
        let query = TraceQuery {
            text: text.to_owned(),
            offset: u32::try_from(lines.len()).unwrap_or(u32::MAX),
            ..TraceQuery::default()
        };
        let page = runs::search(&opened.workspace, &opened.actor, run, query).await?;
        if page.lines.is_empty() {
            return Ok(lines);
        }
        lines.extend(page.lines);
    }
}

/// The run of this id, or the newest one for `last`.
async fn named(run: &str, opened: &Opened) -> Result<RunId, Failure> {
    if run == "last" {
        let query = ListQuery {
            limit: 1,
            ..ListQuery::default()
        };
        let page = runs::list(&opened.workspace, &opened.actor, query).await?;
        let newest = page.rows.first().map(|row| row.id);
        return newest.ok_or_else(|| towerify_core::AppError::not_found("run").into());
    }
    run.parse().map_err(|_| {
        Failure::Usage(Words::new(
            "A run is named by its id (see towerify runs list), or `last`.",
            "Une opération se nomme par son identifiant (voir towerify runs list), ou par « last ».",
        ))
    })
}

async fn whole_trace(run: RunId, opened: &Opened) -> Result<Vec<TraceLine>, Failure> {
    let mut lines: Vec<TraceLine> = Vec::new();
    loop {
        let from = lines.last().map_or(1, |line| line.n.saturating_add(1));
        let page = runs::trace(&opened.workspace, &opened.actor, run, from, 0).await?;
        if page.lines.is_empty() {
            return Ok(lines);
        }
        lines.extend(page.lines);
    }
}

fn line(screen: &Screen, row: &Row) -> Vec<String> {
    vec![
        row.id.to_string(),
        screen.pick(&row.title).to_owned(),
        screen.pick(&row.state.words()).to_owned(),
        format!("{}/{}", row.step, row.steps),
        moment(row.started_at),
        row.started_by.clone(),
    ]
}

fn page(screen: &Screen, detail: &Detail) {
    following::outcome(screen, detail, RunState::Done);
    let heads = [
        ("Step", "Étape"),
        ("State", "État"),
        ("Seen", "Constaté"),
        ("Ended", "Fin"),
    ];
    screen.table(
        &heads,
        detail.steps.iter().map(|step| {
            vec![
                screen.pick(&step.intent).to_owned(),
                screen.pick(&step.state.words()).to_owned(),
                step.observation
                    .as_ref()
                    .map_or(NONE, |words| screen.pick(words))
                    .to_owned(),
                step.ended_at.map_or_else(|| NONE.into(), moment),
            ]
        }),
    );
}
