//! `towerify fleet …`: the same change on many servers, followed server by server.

use super::confirm;
use crate::arguments::{Change, Fleet, FleetPace, FleetRun, On, Told};
use crate::failure::{Failure, SOME_FAILED};
use crate::following;
use crate::opened::Opened;
use crate::screen::{NONE, Screen, moment, some};
use crate::secret::Source;
use serde_json::json;
use std::collections::BTreeSet;
use std::process::ExitCode;
use towerify_core::fleet::{
    self, FleetBegun, FleetDetail, FleetOrder, FleetPlan, FleetQuery, FleetRow, FleetSelection,
    MemberRow, NewFleetRun, Sequence,
};
use towerify_domain::fleet::{FleetState, MemberState};
use towerify_domain::id::FleetId;
use towerify_domain::{Language, Words, text};

pub async fn carry_out(
    asked: &Fleet,
    opened: &Opened,
    screen: &Screen,
) -> Result<ExitCode, Failure> {
    let (workspace, actor) = (&opened.workspace, &opened.actor);
    match asked {
        Fleet::Run(asked) => run(asked, opened, screen).await,
        Fleet::List { states, limit } => {
            let query = FleetQuery {
                states: states.clone(),
                offset: 0,
                limit: *limit,
            };
            let page = fleet::list(workspace, actor, query).await?;
            screen.answer(&page.rows);
            let heads = [
                ("Fleet run", "Opération de parc"),
                ("What", "Quoi"),
                ("State", "État"),
                ("Wave", "Vague"),
                ("Servers", "Serveurs"),
                ("Began", "Début"),
                ("By", "Par"),
            ];
            screen.table(&heads, page.rows.iter().map(|row| line(screen, row)));
            Ok(ExitCode::SUCCESS)
        }
        Fleet::Show { fleet } => {
            let id = named(fleet, opened).await?;
            let detail = fleet::detail(workspace, actor, id).await?;
            screen.answer(&json!({ "fleet": detail }));
            show(screen, &detail);
            Ok(ExitCode::SUCCESS)
        }
        Fleet::Pause { fleet } => {
            let id = named(fleet, opened).await?;
            fleet::pause(workspace, actor, id).await?;
            decided(id, opened, screen).await
        }
        Fleet::Cancel { fleet } => {
            let id = named(fleet, opened).await?;
            fleet::cancel(workspace, actor, id).await?;
            decided(id, opened, screen).await
        }
        Fleet::Resume { fleet } => {
            let id = named(fleet, opened).await?;
            fleet::go_on(workspace, actor, id).await?;
            follow(FleetBegun { fleet: id }, opened, screen).await
        }
        Fleet::Retry { fleet } => {
            let id = named(fleet, opened).await?;
            fleet::retry_failed(workspace, actor, id).await?;
            follow(FleetBegun { fleet: id }, opened, screen).await
        }
    }
}

async fn run(asked: &FleetRun, opened: &Opened, screen: &Screen) -> Result<ExitCode, Failure> {
    let order = FleetOrder {
        dry: asked.dry_run,
        ..order(&asked.change, &asked.on, &asked.pace, opened).await?
    };
    let plan = fleet::plan(&opened.workspace, &opened.actor, &order).await?;
    say_plan(screen, &plan);
    if asked.change.destroys() && !asked.dry_run {
        let title = &plan.title;
        let what = Words::new(
            format!("{}. This can't be undone.", title.en),
            format!("{}. Cela ne peut pas être défait.", title.fr),
        );
        let servers = plan.waves.iter().map(|wave| wave.servers.len());
        let name = servers.sum::<usize>().to_string();
        confirm(asked.yes, &what, &name, screen)?;
    }
    let password = match &asked.change {
        // A dry run only looks: nobody needs to be asked.
        Change::CreateUser {
            username, password, ..
        } if !asked.dry_run => {
            let ask = Words::new(
                format!("Password of {username}"),
                format!("Mot de passe de {username}"),
            );
            let source = Source {
                file: password.user_password_file.as_ref(),
                fd: password.user_password_fd,
            };
            Some(source.line_or_asked(&ask, screen)?)
        }
        _ => None,
    };
    let new = NewFleetRun { order, password };
    let begun = fleet::begin(&opened.workspace, &opened.actor, new).await?;
    follow(begun, opened, screen).await
}

/// What is told, for the core. A schedule keeps the same.
pub async fn order(
    change: &Change,
    on: &On,
    pace: &FleetPace,
    opened: &Opened,
) -> Result<FleetOrder, Failure> {
    let selection = match on.told() {
        Some(Told::Found(selection)) => selection,
        Some(Told::Servers(names)) => FleetSelection::Servers {
            ids: ids(names, opened).await?,
        },
        None => {
            return Err(Failure::Usage(Words::new(
                "Say on which servers, in one way: --server, --tag, --customer, --search or --all.",
                "Dites sur quels serveurs, d’une seule façon : --server, --tag, --customer, --search ou --all.",
            )));
        }
    };
    let sequence = if pace.canaries.is_empty() {
        Sequence::AsGiven
    } else {
        Sequence::CanariesFirst {
            servers: ids(&pace.canaries, opened).await?,
        }
    };
    Ok(FleetOrder {
        change: change.asked(),
        selection,
        sequence,
        waves: pace.waves.clone(),
        stop: pace.stop_after,
        at_once: pace.at_once,
        dry: false,
    })
}

async fn ids(
    names: &[String],
    opened: &Opened,
) -> Result<Vec<towerify_domain::id::ServerId>, Failure> {
    let mut ids = Vec::with_capacity(names.len());
    for name in names {
        ids.push(opened.server(name).await?);
    }
    Ok(ids)
}

fn say_plan(screen: &Screen, plan: &FleetPlan) {
    let sizes: Vec<String> = plan
        .waves
        .iter()
        .map(|wave| wave.servers.len().to_string())
        .collect();
    screen.say(&format!(
        "{} ({} {})",
        screen.pick(&plan.title),
        screen.of("waves:", "vagues :"),
        sizes.join(", ")
    ));
    if let Some(stop) = &plan.stop {
        screen.say(screen.pick(stop));
    }
}

/// Follows a fleet run, telling each server as it ends, and says what came of it.
pub async fn follow(
    begun: FleetBegun,
    opened: &Opened,
    screen: &Screen,
) -> Result<ExitCode, Failure> {
    let detail = tokio::select! {
        detail = to_the_end(begun.fleet, opened, screen) => detail?,
        _ = tokio::signal::ctrl_c() => {
            screen.remark(&Words::new(
                format!("What is at work on a server goes on there; no other one is begun until the workspace is opened again: towerify fleet show {}", begun.fleet),
                format!("Ce qui est en cours sur un serveur y continue ; aucun autre ne commence tant que l’espace de travail n’est pas rouvert : towerify fleet show {}", begun.fleet),
            ));
            return Ok(ExitCode::from(1));
        }
    };
    let status = status(&detail);
    screen.answer(&json!({ "ok": status == 0, "fleet": detail }));
    show(screen, &detail);
    Ok(ExitCode::from(status))
}

async fn to_the_end(id: FleetId, opened: &Opened, screen: &Screen) -> Result<FleetDetail, Failure> {
    let (workspace, actor) = (&opened.workspace, &opened.actor);
    let mut heard = opened.program.events().listen();
    let mut end = std::pin::pin!(fleet::wait(workspace, actor, id));
    // Those that were over before are not told again.
    let before = fleet::detail(workspace, actor, id).await?;
    let over = |member: &&MemberRow| member.state.is_over();
    let mut told: BTreeSet<u32> = before.members.iter().filter(over).map(|m| m.n).collect();
    loop {
        let ended = tokio::select! {
            state = &mut end => { state?; true }
            _ = heard.recv() => false,
            () = tokio::time::sleep(following::LOOK) => false,
        };
        let detail = fleet::detail(workspace, actor, id).await?;
        for member in detail.members.iter().filter(over) {
            if told.insert(member.n) && member.state != MemberState::Left {
                screen.say(&told_of(screen, &detail, member));
            }
        }
        if ended || detail.row.state == FleetState::Paused {
            return Ok(detail);
        }
    }
}

fn told_of(screen: &Screen, detail: &FleetDetail, member: &MemberRow) -> String {
    let sign = match member.state {
        MemberState::Done | MemberState::Nothing => "✓",
        _ => "✗",
    };
    let words = member.words.as_ref().map(|words| screen.pick(words));
    let said = words.unwrap_or_default();
    text::line(
        &format!(
            "{sign} {}/{} {}: {} {said}",
            member.wave,
            detail.row.waves,
            member.name,
            screen.pick(&member.state.words())
        ),
        400,
    )
}

/// 0: every server had its turn, and none failed. 3: some did not. 1: none did.
fn status(detail: &FleetDetail) -> u8 {
    let good =
        |member: &&MemberRow| matches!(member.state, MemberState::Done | MemberState::Nothing);
    match detail.members.iter().filter(good).count() {
        good if good == detail.members.len() => 0,
        0 => 1,
        _ => SOME_FAILED,
    }
}

fn line(screen: &Screen, row: &FleetRow) -> Vec<String> {
    vec![
        row.id.to_string(),
        title(screen, row),
        screen.pick(&row.state.words()).to_owned(),
        format!("{}/{}", row.wave, row.waves),
        counts(screen, row),
        moment(row.started_at),
        row.started_by.clone(),
    ]
}

fn title(screen: &Screen, row: &FleetRow) -> String {
    let title = screen.pick(&row.title);
    if row.dry {
        format!("{title} ({})", screen.of("dry run", "à blanc"))
    } else {
        title.to_owned()
    }
}

fn counts(screen: &Screen, row: &FleetRow) -> String {
    let of = |count: &fleet::MemberCount| {
        format!(
            "{} {}",
            count.count,
            screen.pick(&count.state.words()).to_lowercase()
        )
    };
    row.counts.iter().map(of).collect::<Vec<_>>().join(", ")
}

fn show(screen: &Screen, detail: &FleetDetail) {
    let row = &detail.row;
    let state = row.state.words();
    screen.say(&format!(
        "{}: {} ({})",
        title(screen, row),
        screen.pick(&state),
        counts(screen, row)
    ));
    for words in [&detail.because, &detail.stop].into_iter().flatten() {
        screen.say(screen.pick(words));
    }
    let heads = [
        ("Server", "Serveur"),
        ("Wave", "Vague"),
        ("State", "État"),
        ("What was seen", "Ce qui a été vu"),
        ("Run", "Opération"),
    ];
    screen.table(
        &heads,
        detail.members.iter().map(|member| {
            vec![
                member.name.clone(),
                member.wave.to_string(),
                screen.pick(&member.state.words()).to_owned(),
                member
                    .words
                    .as_ref()
                    .map_or(NONE, |words| screen.pick(words))
                    .to_owned(),
                some(member.run),
            ]
        }),
    );
    if detail.can_retry > 0 {
        screen.say(&format!("towerify fleet retry {}", row.id));
    }
    if detail.can_go_on {
        screen.say(&format!("towerify fleet resume {}", row.id));
    }
}

async fn decided(id: FleetId, opened: &Opened, screen: &Screen) -> Result<ExitCode, Failure> {
    let detail = fleet::detail(&opened.workspace, &opened.actor, id).await?;
    screen.answer(&json!({ "fleet": detail }));
    screen.say(&match screen.language {
        Language::En => format!(
            "{}: {}",
            title(screen, &detail.row),
            detail.row.state.words().en
        ),
        Language::Fr => format!(
            "{} : {}",
            title(screen, &detail.row),
            detail.row.state.words().fr
        ),
    });
    Ok(ExitCode::SUCCESS)
}

/// The fleet run of this id, or the newest one for `last`.
async fn named(fleet: &str, opened: &Opened) -> Result<FleetId, Failure> {
    if fleet == "last" {
        let query = FleetQuery {
            limit: 1,
            ..FleetQuery::default()
        };
        let page = fleet::list(&opened.workspace, &opened.actor, query).await?;
        let newest = page.rows.first().map(|row| row.id);
        return newest.ok_or_else(|| towerify_core::AppError::not_found("fleet run").into());
    }
    fleet.parse().map_err(|_| {
        Failure::Usage(Words::new(
            "A fleet run is named by its id (see towerify fleet list), or `last`.",
            "Une opération de parc se nomme par son identifiant (voir towerify fleet list), ou par « last ».",
        ))
    })
}
