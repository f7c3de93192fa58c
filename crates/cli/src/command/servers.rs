//! `towerify servers …`

use super::{import, leaving, reach};
use crate::arguments::{Servers, ServersAdd, ServersList, Switch};
use crate::failure::{Failure, SOME_FAILED};
use crate::following;
use crate::opened::Opened;
use crate::screen::{NONE, Screen, moment, some};
use std::process::ExitCode;
use towerify_core::provisioning;
use towerify_core::servers::{self, Detail, ListQuery, NewServer, Page, Row, Selection};

/// The most rows that one question to the core gives.
const PAGE: u32 = 1_000;

pub async fn carry_out(
    asked: &Servers,
    opened: &Opened,
    screen: &Screen,
) -> Result<ExitCode, Failure> {
    match asked {
        Servers::Add(new) => add(new, opened, screen).await,
        Servers::ImportSsh(asked) => import::import(asked, opened, screen).await,
        Servers::List(asked) => list(asked, opened, screen).await,
        Servers::Show { server } => show(server, opened, screen).await,
        Servers::Refresh { servers } => refresh(servers, opened, screen).await,
        Servers::Api { server, switch } => {
            let id = opened.server(server).await?;
            let on = *switch == Switch::On;
            let begun = provisioning::switch_api(&opened.workspace, &opened.actor, id, on).await?;
            following::begun(opened, screen, begun).await
        }
        Servers::Disconnect { server, plan, yes } => {
            leaving::disconnect(server, *plan, *yes, opened, screen).await
        }
        Servers::Forget { server, plan, yes } => {
            leaving::forget(server, *plan, *yes, opened, screen).await
        }
    }
}

async fn add(new: &ServersAdd, opened: &Opened, screen: &Screen) -> Result<ExitCode, Failure> {
    let way = reach::way(&new.reach, "admin", opened, screen).await?;
    let new = NewServer {
        name: new.name.clone().or(way.called).unwrap_or_default(),
        address: way.address,
        user: way.user,
        login: way.login,
        fingerprint: way.fingerprint,
        how: way.how,
        customer: new.customer.clone(),
        tags: new.tags.clone(),
    };
    let id = servers::add(&opened.workspace, &opened.actor, new).await?;
    let detail = servers::detail(&opened.workspace, &opened.actor, id).await?;
    screen.answer(&detail);
    card(screen, &detail);
    Ok(ExitCode::SUCCESS)
}

async fn list(asked: &ServersList, opened: &Opened, screen: &Screen) -> Result<ExitCode, Failure> {
    let page = all(asked, opened).await?;
    screen.answer(&page.rows);
    let heads = [
        ("Server", "Serveur"),
        ("State", "État"),
        ("Customer", "Client"),
        ("YunoHost", "YunoHost"),
        ("Apps", "Apps"),
        ("Updates", "Mises à jour"),
        ("Certificate", "Certificat"),
        ("Seen", "Vu"),
        ("Tags", "Étiquettes"),
    ];
    screen.table(&heads, page.rows.iter().map(|row| line(screen, row)));
    screen.say(&match screen.language {
        towerify_domain::Language::En => format!("{} of {} servers", page.total, page.all),
        towerify_domain::Language::Fr => format!("{} serveurs sur {}", page.total, page.all),
    });
    Ok(ExitCode::SUCCESS)
}

/// Every row that matches, page after page.
async fn all(asked: &ServersList, opened: &Opened) -> Result<Page, Failure> {
    let query = |offset| ListQuery {
        text: asked.text.join(" "),
        states: asked.states.clone(),
        tags: asked.tags.clone(),
        versions: asked.versions.clone(),
        customers: asked.customers.clone(),
        offset,
        limit: PAGE,
        ..ListQuery::default()
    };
    let mut page = servers::list(&opened.workspace, &opened.actor, query(0)).await?;
    loop {
        let had = u32::try_from(page.rows.len()).unwrap_or(u32::MAX);
        if had >= page.total {
            return Ok(page);
        }
        let more = servers::list(&opened.workspace, &opened.actor, query(had))
            .await?
            .rows;
        if more.is_empty() {
            return Ok(page);
        }
        page.rows.extend(more);
    }
}

fn line(screen: &Screen, row: &Row) -> Vec<String> {
    vec![
        row.name.clone(),
        state(screen, row),
        row.customer.clone().unwrap_or_else(|| NONE.into()),
        some(row.yunohost.as_ref()),
        some(row.apps),
        some(row.updates),
        row.certificate_days.map_or_else(
            || NONE.into(),
            |days| format!("{days} {}", screen.of("d", "j")),
        ),
        row.last_seen.map_or_else(|| NONE.into(), moment),
        row.tags.join(" "),
    ]
}

/// The state, with its worst reason.
fn state(screen: &Screen, row: &Row) -> String {
    let words = row.state.words();
    match row.reasons.first() {
        Some(reason) => format!("{}: {}", screen.pick(&words), screen.pick(&reason.words)),
        None => screen.pick(&words).to_owned(),
    }
}

async fn show(server: &str, opened: &Opened, screen: &Screen) -> Result<ExitCode, Failure> {
    let id = opened.server(server).await?;
    let detail = servers::detail(&opened.workspace, &opened.actor, id).await?;
    screen.answer(&detail);
    card(screen, &detail);
    Ok(ExitCode::SUCCESS)
}

fn card(screen: &Screen, detail: &Detail) {
    let row = &detail.row;
    let mut facts = vec![
        (screen.of("Server", "Serveur"), row.name.clone()),
        (screen.of("State", "État"), state(screen, row)),
        (
            screen.of("Address", "Adresse"),
            format!("{}@{}:{}", detail.user, row.address, detail.port),
        ),
        (screen.of("Customer", "Client"), some(row.customer.as_ref())),
        (screen.of("Tags", "Étiquettes"), row.tags.join(" ")),
        (screen.of("Domain", "Domaine"), some(row.domain.as_ref())),
        ("YunoHost", some(row.yunohost.as_ref())),
    ];
    if let Some(machine) = &detail.facts {
        facts.push(("Debian", format!("{} ({})", machine.debian, machine.arch)));
        let free = machine.disk_free_kib / 1024;
        let memory = machine.memory_kib / 1024;
        facts.push((
            screen.of("Disk free", "Disque libre"),
            format!("{free} MiB"),
        ));
        facts.push((screen.of("Memory", "Mémoire"), format!("{memory} MiB")));
    }
    let counts = &detail.counts;
    facts.push(("Apps", counts.apps.to_string()));
    facts.push((screen.of("Users", "Utilisateurs"), counts.users.to_string()));
    facts.push((
        screen.of("Seen", "Vu"),
        row.last_seen.map_or_else(|| NONE.into(), moment),
    ));
    for key in &detail.host_keys {
        facts.push((
            screen.of("Host key", "Clé d’hôte"),
            format!("{} {}", key.algorithm, key.fingerprint),
        ));
    }
    for (name, value) in facts {
        screen.say(&format!(
            "{name:<14} {}",
            towerify_domain::text::line(&value, 300)
        ));
    }
}

async fn refresh(asked: &[String], opened: &Opened, screen: &Screen) -> Result<ExitCode, Failure> {
    let selection = if asked.is_empty() {
        Selection::All
    } else {
        let mut ids = Vec::with_capacity(asked.len());
        for server in asked {
            ids.push(opened.server(server).await?);
        }
        Selection::These { ids }
    };
    let sweep = servers::refresh(&opened.workspace, &opened.actor, selection).await?;
    screen.answer(&sweep);
    if !sweep.failed.is_empty() {
        let heads = [("Server", "Serveur"), ("Why", "Pourquoi")];
        let rows = sweep
            .failed
            .iter()
            .map(|failed| vec![failed.name.clone(), failed.error.message.clone()]);
        screen.table(&heads, rows);
    }
    screen.say(&match screen.language {
        towerify_domain::Language::En => format!(
            "{} answered, {} did not",
            sweep.answered,
            sweep.failed.len()
        ),
        towerify_domain::Language::Fr => {
            format!("{} ont répondu, {} non", sweep.answered, sweep.failed.len())
        }
    });
    Ok(match (sweep.answered, sweep.failed.len()) {
        (_, 0) => ExitCode::SUCCESS,
        (0, _) => ExitCode::from(1),
        _ => ExitCode::from(SOME_FAILED),
    })
}
