//! `towerify gates …`: the entries of customers' own administrators to servers.

use super::confirm;
use crate::arguments::Gates;
use crate::failure::Failure;
use crate::following;
use crate::opened::Opened;
use crate::screen::{NONE, Screen, moment};
use std::process::ExitCode;
use towerify_core::AppError;
use towerify_core::gates::{self, GateAccount, GateState};
use towerify_domain::Words;
use towerify_domain::id::{AccountId, ServerId};

pub async fn carry_out(
    asked: &Gates,
    opened: &Opened,
    screen: &Screen,
) -> Result<ExitCode, Failure> {
    let (workspace, actor) = (&opened.workspace, &opened.actor);
    match asked {
        Gates::List { server } => list(opened.server(server).await?, opened, screen).await,
        Gates::Install { server, account } => {
            let server = opened.server(server).await?;
            let known = gates::list(workspace, actor, server).await?;
            let all = known.without.into_iter();
            let all = all.chain(known.gates.into_iter().map(|gate| gate.account));
            let account = named(all, account)?;
            let begun = gates::install(workspace, actor, server, account.id).await?;
            following::begun(opened, screen, begun).await
        }
        Gates::Update { server } => {
            let server = opened.server(server).await?;
            let begun = gates::update(workspace, actor, server).await?;
            following::begun(opened, screen, begun).await
        }
        Gates::Remove {
            server,
            account,
            yes,
        } => {
            let server = opened.server(server).await?;
            let known = gates::list(workspace, actor, server).await?;
            let account = named(known.gates.into_iter().map(|gate| gate.account), account)?;
            let what = Words::new(
                format!("{} can no longer do anything on this server.", account.name),
                format!("{} ne pourra plus rien faire sur ce serveur.", account.name),
            );
            confirm(*yes, &what, &account.name, screen)?;
            let begun = gates::remove(workspace, actor, server, account.id).await?;
            following::begun(opened, screen, begun).await
        }
    }
}

/// The account of this name or id.
fn named(
    mut accounts: impl Iterator<Item = GateAccount>,
    told: &str,
) -> Result<GateAccount, Failure> {
    let id = told.parse::<AccountId>().ok();
    let name = told.to_lowercase();
    let found = accounts.find(|known| Some(known.id) == id || known.name.to_lowercase() == name);
    Ok(found.ok_or_else(|| AppError::not_found("account"))?)
}

async fn list(server: ServerId, opened: &Opened, screen: &Screen) -> Result<ExitCode, Failure> {
    let known = gates::list(&opened.workspace, &opened.actor, server).await?;
    screen.answer(&known);
    let heads = [
        ("Account", "Compte"),
        ("On the server", "Sur le serveur"),
        ("State", "État"),
        ("Version", "Version"),
        ("Since", "Depuis"),
    ];
    screen.table(
        &heads,
        known.gates.iter().map(|gate| {
            let state = match gate.state {
                GateState::Planned => screen.of("not there yet", "pas encore là"),
                GateState::Current => screen.of("up to date", "à jour"),
                GateState::Outdated => screen.of("outdated", "à mettre à jour"),
            };
            vec![
                gate.account.name.clone(),
                gate.system_user.clone(),
                state.to_owned(),
                gate.version.clone().unwrap_or_else(|| NONE.to_owned()),
                gate.installed_at.map_or_else(|| NONE.to_owned(), moment),
            ]
        }),
    );
    if !known.without.is_empty() {
        let names: Vec<&str> = known.without.iter().map(|one| one.name.as_str()).collect();
        screen.say(&format!(
            "{}: {}",
            screen.of("Without an entry", "Sans entrée"),
            names.join(", ")
        ));
    }
    screen.say(screen.pick(&known.difference));
    Ok(ExitCode::SUCCESS)
}
