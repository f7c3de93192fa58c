//! `towerify provision`: looks at a machine, shows what would be done, asks, then makes it into a server, step by step;
//! the report comes at the end. `towerify profiles` has the sets of choices that were kept.

mod choices;

use super::{confirm, reach};
use crate::arguments::{Profiles, Provision};
use crate::failure::Failure;
use crate::following;
use crate::opened::Opened;
use crate::screen::{NONE, Screen, moment};
use serde_json::json;
use std::process::ExitCode;
use towerify_core::provisioning::{
    self, Beginning, Machine, Order, PlannedStep, Preflight, Report, Started, Verdict,
};
use towerify_core::runs::{self, Detail};
use towerify_core::servers::NewServer;
use towerify_core::{AppError, Code};
use towerify_domain::run::{RunState, StepState};
use towerify_domain::{Words, text};

pub async fn carry_out(
    asked: &Provision,
    opened: &Opened,
    screen: &Screen,
) -> Result<ExitCode, Failure> {
    let (workspace, actor) = (&opened.workspace, &opened.actor);
    let order = order(asked, opened, screen).await?;
    let plan = provisioning::plan(workspace, actor, order.clone()).await?;
    if let Some(name) = &asked.save_profile {
        provisioning::save_profile(workspace, actor, name, order.choices.clone()).await?;
    }
    let preflight = provisioning::look(workspace, actor, order.clone()).await?;
    say_preflight(screen, &preflight);
    if asked.plan {
        screen.answer(&json!({ "ok": preflight.may_begin, "preflight": preflight, "plan": plan }));
        say_plan(screen, &plan);
        return Ok(ExitCode::from(u8::from(!preflight.may_begin)));
    }
    if !preflight.may_begin {
        return Err(stopped(&preflight));
    }
    say_plan(screen, &plan);
    let domain = order.choices.domain.clone();
    let what = Words::new(
        format!(
            "{}: this machine becomes the server {domain}.",
            preflight.machine
        ),
        format!(
            "{} : cette machine devient le serveur {domain}.",
            preflight.machine
        ),
    );
    confirm(asked.yes, &what, &domain, screen)?;
    let started = provisioning::begin(workspace, actor, order).await?;
    follow(started, asked.trace, preflight, opened, screen).await
}

async fn order(asked: &Provision, opened: &Opened, screen: &Screen) -> Result<Order, Failure> {
    // What is wrong with the choices is said before anybody is reached.
    let choices = choices::of(&asked.chosen, &asked.secrets, opened, screen).await?;
    let password = choices::password(&asked.secrets, &choices, screen)?;
    let certificate_key = choices::certificate_key(&asked.secrets)?;
    let new = asked.reach.address.is_some() || asked.reach.from_ssh.is_some();
    let machine = if new {
        let way = reach::way(&asked.reach, "root", opened, screen).await?;
        let server = NewServer {
            name: asked.name.clone().or(way.called).unwrap_or_default(),
            address: way.address,
            user: way.user,
            login: way.login,
            fingerprint: way.fingerprint,
            how: way.how,
            customer: choices.customer.clone(),
            tags: choices.tags.clone(),
        };
        Machine::New {
            server: Box::new(server),
        }
    } else {
        Machine::Known {
            server: opened
                .server(asked.name.as_deref().unwrap_or_default())
                .await?,
        }
    };
    Ok(Order {
        machine,
        choices,
        password,
        certificate_key,
    })
}

fn say_preflight(screen: &Screen, preflight: &Preflight) {
    let begins = match preflight.beginning {
        Beginning::Bare => screen.of("bare", "nue"),
        Beginning::Continued => screen.of(
            "YunoHost is there and was never set up: it goes on from there",
            "YunoHost y est, jamais configuré : on continue de là",
        ),
        Beginning::Adopted => screen.of(
            "a server already: it is adopted as it is",
            "déjà un serveur : il est adopté tel quel",
        ),
    };
    screen.say(&format!(
        "{} ({begins})",
        text::line(&preflight.machine, 200)
    ));
    for finding in &preflight.findings {
        let sign = match finding.verdict {
            Verdict::Fine => "✓",
            Verdict::Warn => "!",
            Verdict::Stop => "✗",
        };
        screen.say(&text::line(
            &format!("  {sign} {}", screen.pick(&finding.words)),
            600,
        ));
    }
}

fn say_plan(screen: &Screen, plan: &[PlannedStep]) {
    for (n, step) in plan.iter().enumerate() {
        screen.say(&format!("{:>3}. {}", n + 1, screen.pick(&step.intent)));
        screen.say(&format!("     {}", screen.pick(&step.why)));
    }
}

/// Something stands in the way: it was said already to people, programs get all of it.
fn stopped(preflight: &Preflight) -> Failure {
    let stops = preflight
        .findings
        .iter()
        .filter(|finding| finding.verdict == Verdict::Stop);
    let said = |words: fn(&Words) -> &str| {
        let lines: Vec<&str> = stops.clone().map(|finding| words(&finding.words)).collect();
        lines.join("\n")
    };
    Failure::Refused {
        code: "preflight",
        words: Words::new(
            format!("Nothing was changed.\n{}", said(|words| &words.en)),
            format!("Rien n’a été changé.\n{}", said(|words| &words.fr)),
        ),
        details: json!({ "preflight": preflight }).into(),
    }
}

/// Follows the run step by step; at its end, the report. Exit status 0 when it is done, else 1.
async fn follow(
    started: Started,
    trace: bool,
    preflight: Preflight,
    opened: &Opened,
    screen: &Screen,
) -> Result<ExitCode, Failure> {
    let (workspace, actor) = (&opened.workspace, &opened.actor);
    let followed = async {
        if trace {
            let each = |line: &_| screen.say(&following::written(line));
            following::follow(opened, started.run, each).await?;
            return Ok(runs::detail(workspace, actor, started.run).await?);
        }
        steps(started, opened, screen).await
    };
    let detail = tokio::select! {
        detail = followed => detail?,
        _ = tokio::signal::ctrl_c() => {
            following::left(screen, started.run);
            return Ok(ExitCode::from(1));
        }
    };
    let report = provisioning::report(workspace, actor, started.run).await?;
    let ok = detail.row.state == RunState::Done;
    screen.answer(&json!({
        "ok": ok, "server": started.server, "run": detail, "preflight": preflight, "report": report,
    }));
    let status = following::outcome(screen, &detail, RunState::Done);
    say_report(screen, &report);
    Ok(status)
}

/// Tells each step as it ends.
async fn steps(started: Started, opened: &Opened, screen: &Screen) -> Result<Detail, Failure> {
    let (workspace, actor) = (&opened.workspace, &opened.actor);
    let mut heard = opened.program.events().listen();
    let mut end = std::pin::pin!(runs::wait(workspace, actor, started.run));
    let mut told = 0;
    loop {
        let ended = tokio::select! {
            state = &mut end => { state?; true }
            _ = heard.recv() => false,
            () = tokio::time::sleep(following::LOOK) => false,
        };
        let detail = runs::detail(workspace, actor, started.run).await?;
        let over = |state| !matches!(state, StepState::Waiting | StepState::Running);
        for step in detail.steps.iter().skip(told) {
            if !over(step.state) || step.state == StepState::Skipped {
                break;
            }
            told += 1;
            let sign = match step.state {
                StepState::Done | StepState::Already => "✓",
                _ => "✗",
            };
            let seen = step.observation.as_ref().map(|words| screen.pick(words));
            let intent = screen.pick(&step.intent);
            let line = match seen {
                Some(seen) => format!("{sign} {told}/{} {intent}: {seen}", detail.steps.len()),
                None => format!("{sign} {told}/{} {intent}", detail.steps.len()),
            };
            screen.say(&text::line(&line, 600));
        }
        if ended {
            return Ok(detail);
        }
    }
}

fn say_report(screen: &Screen, report: &Report) {
    screen.say("");
    screen.say(screen.pick(&report.title));
    let end = report.ended_at.map_or_else(|| NONE.to_owned(), moment);
    screen.say(&format!(
        "{} – {end}, {}",
        moment(report.started_at),
        report.by
    ));
    for section in &report.sections {
        screen.say("");
        screen.say(screen.pick(&section.title));
        for line in &section.lines {
            let (label, value) = (screen.pick(&line.label), screen.pick(&line.value));
            screen.say(&text::line(&format!("  {label}: {value}"), 1_000));
        }
    }
}

/// `towerify runs report`: the same report again.
pub async fn report(
    run: towerify_domain::id::RunId,
    opened: &Opened,
    screen: &Screen,
) -> Result<ExitCode, Failure> {
    let report = provisioning::report(&opened.workspace, &opened.actor, run).await?;
    screen.answer(&report);
    say_report(screen, &report);
    Ok(ExitCode::SUCCESS)
}

/// `towerify profiles …`.
pub async fn profiles(
    asked: &Profiles,
    opened: &Opened,
    screen: &Screen,
) -> Result<ExitCode, Failure> {
    let (workspace, actor) = (&opened.workspace, &opened.actor);
    let known = provisioning::profiles(workspace, actor).await?;
    match asked {
        Profiles::List => {
            screen.answer(&known);
            let heads = [
                ("Profile", "Profil"),
                ("Saved", "Enregistré"),
                ("By", "Par"),
            ];
            let line = |profile: &provisioning::Profile| {
                vec![
                    profile.name.clone(),
                    moment(profile.saved_at),
                    profile.saved_by.clone(),
                ]
            };
            screen.table(&heads, known.iter().map(line));
        }
        Profiles::Delete { profile } => {
            let found = known.iter().find(|known| &known.name == profile);
            let missing =
                || AppError::new(Code::NotFound, format!("There is no profile {profile}."));
            let found = found.ok_or_else(missing)?;
            provisioning::delete_profile(workspace, actor, &found.id).await?;
            screen.answer(&json!({ "ok": true }));
        }
    }
    Ok(ExitCode::SUCCESS)
}
