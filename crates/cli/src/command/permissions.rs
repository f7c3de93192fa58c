//! `towerify permissions …`

use crate::arguments::Permissions;
use crate::failure::Failure;
use crate::following;
use crate::opened::Opened;
use crate::screen::Screen;
use std::process::ExitCode;
use towerify_core::people;

pub async fn carry_out(
    asked: &Permissions,
    opened: &Opened,
    screen: &Screen,
) -> Result<ExitCode, Failure> {
    let (workspace, actor) = (&opened.workspace, &opened.actor);
    let begun = match asked {
        Permissions::List { server } => {
            let people = people::list(workspace, actor, opened.server(server).await?).await?;
            screen.answer(&people.permissions);
            let heads = [
                ("Permission", "Permission"),
                ("Label", "Nom"),
                ("Given to", "Donnée à"),
                ("Address", "Adresse"),
            ];
            let rows = people.permissions.into_iter();
            let line = |row: people::PermissionRow| {
                vec![
                    row.id,
                    row.label,
                    row.allowed.join(" "),
                    row.url.unwrap_or_default(),
                ]
            };
            screen.table(&heads, rows.map(line));
            return Ok(ExitCode::SUCCESS);
        }
        Permissions::Add(access) => {
            let server = opened.server(&access.server).await?;
            people::give(workspace, actor, server, &access.permission, &access.who).await?
        }
        Permissions::Remove(access) => {
            let server = opened.server(&access.server).await?;
            people::take(workspace, actor, server, &access.permission, &access.who).await?
        }
    };
    following::begun(opened, screen, begun).await
}
