//! `towerify servers disconnect` and `forget`: what was put on a server is taken back, and what is kept of it here goes.

use super::confirm;
use crate::failure::Failure;
use crate::following;
use crate::opened::Opened;
use crate::screen::{Screen, some};
use serde_json::json;
use std::process::ExitCode;
use towerify_core::provisioning::{self, Removal};
use towerify_domain::{Words, text};

/// Shows what would be taken back; takes it back, as a run, once a person said so.
pub async fn disconnect(
    server: &str,
    plan: bool,
    yes: bool,
    opened: &Opened,
    screen: &Screen,
) -> Result<ExitCode, Failure> {
    let (workspace, actor) = (&opened.workspace, &opened.actor);
    let id = opened.server(server).await?;
    let removals = provisioning::disconnect_plan(workspace, actor, id).await?;
    table(screen, &removals);
    if plan {
        screen.answer(&removals);
        return Ok(ExitCode::SUCCESS);
    }
    let what = Words::new(
        format!("{server} is disconnected. It goes on serving."),
        format!("{server} est déconnecté. Il continue de servir."),
    );
    confirm(yes, &what, server, screen)?;
    let begun = provisioning::disconnect(workspace, actor, id).await?;
    following::begun(opened, screen, begun).await
}

/// Says what is lost here and what stays on the server; forgets it once a person said so.
pub async fn forget(
    server: &str,
    plan: bool,
    yes: bool,
    opened: &Opened,
    screen: &Screen,
) -> Result<ExitCode, Failure> {
    let (workspace, actor) = (&opened.workspace, &opened.actor);
    let id = opened.server(server).await?;
    let losses = provisioning::forget_says(workspace, actor, id).await?;
    for words in &losses.lost {
        screen.say(&text::line(screen.pick(words), 600));
    }
    if !losses.stays.is_empty() {
        let name = &losses.server;
        screen.say(&match screen.language {
            towerify_domain::Language::En => {
                format!("This stays on it, unless it is disconnected first (towerify servers disconnect {name}):")
            }
            towerify_domain::Language::Fr => {
                format!("Ceci y reste, si on ne le déconnecte pas d’abord (towerify servers disconnect {name}) :")
            }
        });
        table(screen, &losses.stays);
    }
    if plan {
        screen.answer(&losses);
        return Ok(ExitCode::SUCCESS);
    }
    let what = Words::new(
        format!("{server} goes from the fleet. Nothing changes on it."),
        format!("{server} sort du parc. Rien n’y change."),
    );
    confirm(yes, &what, &losses.server, screen)?;
    provisioning::forget(workspace, actor, id).await?;
    screen.answer(&json!({ "ok": true, "forgotten": losses }));
    Ok(ExitCode::SUCCESS)
}

fn table(screen: &Screen, removals: &[Removal]) {
    let heads = [
        ("What is done", "Ce qui est fait"),
        ("How it was before", "Comme c’était avant"),
    ];
    let line = |removal: &Removal| {
        vec![
            screen.pick(&removal.words).to_owned(),
            some(removal.former.as_ref()),
        ]
    };
    screen.table(&heads, removals.iter().map(line));
}
