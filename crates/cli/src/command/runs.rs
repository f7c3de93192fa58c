//! `towerify runs …`

use crate::arguments::Runs;
use crate::failure::Failure;
use crate::following;
use crate::opened::Opened;
use crate::screen::{NONE, Screen, moment};
use serde_json::json;
use std::process::ExitCode;
use towerify_core::runs::{self, Detail, ListQuery, Row};
use towerify_domain::Words;
use towerify_domain::id::RunId;
use towerify_domain::run::TraceLine;

pub async fn carry_out(
    asked: &Runs,
    opened: &Opened,
    screen: &Screen,
) -> Result<ExitCode, Failure> {
    match asked {
        Runs::List {
            server,
            states,
            limit,
        } => {
            let server = match server {
                Some(server) => Some(opened.server(server).await?),
                None => None,
            };
            let query = ListQuery {
                server,
                states: states.clone(),
                offset: 0,
                limit: *limit,
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
        Runs::Show { run, trace } => {
            let run = named(run, opened).await?;
            let detail = runs::detail(&opened.workspace, &opened.actor, run).await?;
            let lines = if *trace {
                whole_trace(run, opened).await?
            } else {
                Vec::new()
            };
            if *trace {
                screen.answer(&json!({ "run": detail, "trace": lines }));
            } else {
                screen.answer(&json!({ "run": detail }));
            }
            show(screen, &detail);
            lines
                .iter()
                .for_each(|line| screen.say(&following::written(line)));
            Ok(ExitCode::SUCCESS)
        }
        Runs::Follow { run } => {
            let run = named(run, opened).await?;
            following::follow(opened, run, |line| {
                screen.answer(line);
                screen.say(&following::written(line));
            })
            .await?;
            let detail = runs::detail(&opened.workspace, &opened.actor, run).await?;
            screen.answer(&json!({ "run": detail }));
            Ok(following::outcome(screen, &detail))
        }
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

fn show(screen: &Screen, detail: &Detail) {
    following::outcome(screen, detail);
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
