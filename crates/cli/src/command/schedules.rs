//! `towerify schedules …`: fleet runs that begin by themselves while the program is open, and those that were missed.

use super::{confirm, fleet};
use crate::arguments::{Schedules, SchedulesAdd, day_name};
use crate::failure::Failure;
use crate::opened::Opened;
use crate::screen::{NONE, Screen, moment};
use serde_json::json;
use std::process::ExitCode;
use towerify_core::AppError;
use towerify_core::schedules::{self, NewSchedule, NewTiming, ScheduleRow};
use towerify_domain::id::ScheduleId;
use towerify_domain::schedule::When;
use towerify_domain::{Language, Words};

pub async fn carry_out(
    asked: &Schedules,
    opened: &Opened,
    screen: &Screen,
) -> Result<ExitCode, Failure> {
    let (workspace, actor) = (&opened.workspace, &opened.actor);
    match asked {
        Schedules::List => {
            let rows = schedules::list(workspace, actor).await?;
            screen.answer(&rows);
            table(screen, &rows);
            Ok(ExitCode::SUCCESS)
        }
        Schedules::Add(new) => add(new, opened, screen).await,
        Schedules::Enable { schedule } => {
            let known = named(schedule, opened).await?;
            schedules::enable(workspace, actor, known.id, true).await?;
            decided(known.id, opened, screen).await
        }
        Schedules::Disable { schedule } => {
            let known = named(schedule, opened).await?;
            schedules::enable(workspace, actor, known.id, false).await?;
            decided(known.id, opened, screen).await
        }
        Schedules::Delete { schedule, yes } => {
            let known = named(schedule, opened).await?;
            let what = Words::new(
                format!("The schedule {} goes; what it began stays.", known.name),
                format!(
                    "La planification {} s’en va ; ce qu’elle a commencé reste.",
                    known.name
                ),
            );
            confirm(*yes, &what, &known.name, screen)?;
            schedules::delete(workspace, actor, known.id).await?;
            screen.answer(&json!({ "ok": true }));
            Ok(ExitCode::SUCCESS)
        }
        Schedules::Missed {
            schedule,
            run,
            leave,
        } => missed(schedule.as_deref(), *run, *leave, opened, screen).await,
    }
}

async fn add(new: &SchedulesAdd, opened: &Opened, screen: &Screen) -> Result<ExitCode, Failure> {
    let Some(when) = new.when.told() else {
        return Err(Failure::Usage(Words::new(
            "Say when, in one way: --once, --daily, --weekly or --cron.",
            "Dites quand, d’une seule façon : --once, --daily, --weekly ou --cron.",
        )));
    };
    let schedule = NewSchedule {
        name: new.name.clone(),
        timing: NewTiming {
            when,
            zone: new.when.zone.clone(),
        },
        order: fleet::order(&new.change, &new.on, &new.pace, opened).await?,
    };
    let id = schedules::create(&opened.workspace, &opened.actor, schedule).await?;
    decided(id, opened, screen).await
}

async fn missed(
    schedule: Option<&str>,
    run: bool,
    leave: bool,
    opened: &Opened,
    screen: &Screen,
) -> Result<ExitCode, Failure> {
    let (workspace, actor) = (&opened.workspace, &opened.actor);
    let Some(name) = schedule else {
        let mut rows = schedules::list(workspace, actor).await?;
        rows.retain(|row| row.missed.is_some());
        screen.answer(&rows);
        table(screen, &rows);
        return Ok(ExitCode::SUCCESS);
    };
    let known = named(name, opened).await?;
    if run {
        let begun = schedules::run_now(workspace, actor, known.id).await?;
        return fleet::follow(begun, opened, screen).await;
    }
    if leave {
        schedules::leave(workspace, actor, known.id).await?;
    }
    decided(known.id, opened, screen).await
}

/// Says how a schedule is now.
async fn decided(id: ScheduleId, opened: &Opened, screen: &Screen) -> Result<ExitCode, Failure> {
    let rows = schedules::list(&opened.workspace, &opened.actor).await?;
    let found = rows.into_iter().find(|row| row.id == id);
    let row = found.ok_or_else(|| AppError::not_found("schedule"))?;
    screen.answer(&row);
    table(screen, &[row]);
    Ok(ExitCode::SUCCESS)
}

/// The schedule of this name (letter case does not count) or id.
async fn named(schedule: &str, opened: &Opened) -> Result<ScheduleRow, Failure> {
    let rows = schedules::list(&opened.workspace, &opened.actor).await?;
    let wanted = schedule.to_lowercase();
    let found = rows
        .into_iter()
        .find(|row| row.name.to_lowercase() == wanted || row.id.to_string() == wanted);
    let missing = || AppError::not_found("schedule").with("schedule", schedule);
    found.ok_or_else(|| missing().into())
}

fn table(screen: &Screen, rows: &[ScheduleRow]) {
    let heads = [
        ("Schedule", "Planification"),
        ("What", "Quoi"),
        ("When", "Quand"),
        ("Next", "Prochaine fois"),
        ("Missed", "Manquées"),
        ("Last problem", "Dernier problème"),
    ];
    screen.table(
        &heads,
        rows.iter().map(|row| {
            let next = match (row.enabled, row.next.first()) {
                (false, _) => screen.of("at rest", "au repos").to_owned(),
                (true, Some(next)) => moment(*next),
                (true, None) => NONE.to_owned(),
            };
            let missed = row.missed.map_or_else(
                || NONE.to_owned(),
                |missed| format!("{} ({})", missed.times, moment(missed.last)),
            );
            vec![
                row.name.clone(),
                screen.pick(&row.title).to_owned(),
                format!("{} {}", when(screen, &row.timing.when), row.timing.zone),
                next,
                missed,
                row.last_problem
                    .as_ref()
                    .map_or(NONE, |words| screen.pick(words))
                    .to_owned(),
            ]
        }),
    );
}

fn when(screen: &Screen, when: &When) -> String {
    match when {
        When::Once { at } => at.format("%Y-%m-%d %H:%M").to_string(),
        When::Daily { hour, minute } => {
            format!(
                "{} {hour:02}:{minute:02}",
                screen.of("every day", "chaque jour")
            )
        }
        When::Weekly { days, hour, minute } => {
            let names: Vec<&str> = days
                .iter()
                .map(|day| day_name(*day))
                .map(|(en, fr)| screen.of(en, fr))
                .collect();
            let every = match screen.language {
                Language::En => "every",
                Language::Fr => "chaque",
            };
            format!("{every} {} {hour:02}:{minute:02}", names.join(", "))
        }
        When::Cron { expression } => expression.clone(),
    }
}
