//! `towerify users …`

use crate::arguments::{UserPassword, Users};
use crate::command::confirm;
use crate::failure::Failure;
use crate::following;
use crate::opened::Opened;
use crate::screen::Screen;
use crate::secret::Source;
use std::process::ExitCode;
use towerify_core::people::{self, NewUser, UserEdit};
use towerify_domain::Words;

pub async fn carry_out(
    asked: &Users,
    opened: &Opened,
    screen: &Screen,
) -> Result<ExitCode, Failure> {
    let (workspace, actor) = (&opened.workspace, &opened.actor);
    let begun = match asked {
        Users::List { server } => {
            let people = people::list(workspace, actor, opened.server(server).await?).await?;
            screen.answer(&people.users);
            let heads = [
                ("User", "Utilisateur"),
                ("Name", "Nom"),
                ("Mail", "Mail"),
                ("Groups", "Groupes"),
            ];
            let rows = people.users.into_iter();
            screen.table(
                &heads,
                rows.map(|user| {
                    vec![
                        user.username,
                        user.fullname,
                        user.mail,
                        user.groups.join(" "),
                    ]
                }),
            );
            return Ok(ExitCode::SUCCESS);
        }
        Users::Create {
            server,
            username,
            fullname,
            domain,
            quota,
            password,
        } => {
            let server = opened.server(server).await?;
            let domain = match domain {
                Some(domain) => domain.clone(),
                None => people::list(workspace, actor, server)
                    .await?
                    .main_domain
                    .unwrap_or_default(),
            };
            let ask = Words::new(
                format!("Password of {username}"),
                format!("Mot de passe de {username}"),
            );
            let password = source(password).line_or_asked(&ask, screen)?;
            let user = NewUser {
                username: username.clone(),
                fullname: fullname.clone(),
                domain,
                password,
                mailbox_quota: quota.clone(),
            };
            people::create(workspace, actor, server, user).await?
        }
        Users::Update {
            server,
            username,
            fullname,
            mail,
            quota,
            new_password,
            password,
        } => {
            let server = opened.server(server).await?;
            let told = source(password).line()?;
            let ask = Words::new(
                format!("New password of {username}"),
                format!("Nouveau mot de passe de {username}"),
            );
            let password = match told {
                None if *new_password => Some(crate::secret::asked(&ask, screen)?),
                told => told,
            };
            let edit = UserEdit {
                fullname: fullname.clone(),
                mail: mail.clone(),
                mailbox_quota: quota.clone(),
                password,
                ..UserEdit::default()
            };
            people::edit(workspace, actor, server, username, edit).await?
        }
        Users::Delete {
            server,
            username,
            purge,
            yes,
        } => {
            let id = opened.server(server).await?;
            let files = if *purge {
                (
                    "and their files and mail ",
                    "avec ses fichiers et ses mails ",
                )
            } else {
                ("", "")
            };
            let what = Words::new(
                format!(
                    "The user {username} {}goes from {server}. This can't be undone.",
                    files.0
                ),
                format!(
                    "L’utilisateur {username} {}part de {server}. Cela ne peut pas être défait.",
                    files.1
                ),
            );
            confirm(*yes, &what, username, screen)?;
            people::delete(workspace, actor, id, username, *purge).await?
        }
    };
    following::begun(opened, screen, begun).await
}

fn source(password: &UserPassword) -> Source<'_> {
    Source {
        file: password.user_password_file.as_ref(),
        fd: password.user_password_fd,
    }
}
