//! `towerify workspace …`

use super::accounts;
use crate::arguments::{Arguments, Workspace};
use crate::failure::Failure;
use crate::opened;
use crate::screen::Screen;
use crate::secret::{self, Source};
use secrecy::{ExposeSecret as _, SecretString};
use std::process::ExitCode;
use towerify_core::workspace::{NewWorkspace, WayIn, create, door};
use towerify_core::{AppError, FieldProblem};
use towerify_domain::{Rule, Words};

pub async fn carry_out(
    asked: &Workspace,
    arguments: &Arguments,
    screen: &Screen,
) -> Result<ExitCode, Failure> {
    match asked {
        Workspace::Create { name, folder } => {
            let account = arguments.opener.as_ref().ok_or_else(|| {
                Failure::Usage(Words::new(
                    "Say who you are: --account NAME is the first administrator.",
                    "Dites qui vous êtes : --account NOM est le premier administrateur.",
                ))
            })?;
            let program = opened::program()?;
            let password = new_password(arguments, screen)?;
            let new = NewWorkspace {
                name: name.clone(),
                account_name: account.clone(),
                password,
            };
            let status = create(&program, new, folder.as_deref()).await?;
            screen.answer(&status);
            if let Some(known) = program.known().first() {
                screen.say(&known.folder);
            }
            program.close().await;
        }
        Workspace::List => {
            let known = opened::program()?.known();
            screen.answer(&known);
            let heads = [
                ("Name", "Nom"),
                ("Account", "Compte"),
                ("Folder", "Dossier"),
            ];
            screen.table(
                &heads,
                known
                    .into_iter()
                    .map(|known| vec![known.name, known.account_name, known.folder]),
            );
        }
        Workspace::Who => {
            let program = opened::program()?;
            let door = door(&program, arguments.workspace.as_deref()).await?;
            screen.answer(&door);
            let heads = [("Name", "Nom"), ("Role", "Rôle"), ("State", "État")];
            screen.table(
                &heads,
                door.accounts.into_iter().map(|account| {
                    let state = match account.disabled {
                        true => screen.of("disabled", "désactivé"),
                        false => screen.of("may work", "peut travailler"),
                    };
                    vec![
                        account.name,
                        screen.pick(&account.role.words()).to_owned(),
                        state.to_owned(),
                    ]
                }),
            );
        }
        Workspace::Recover {
            recovery_key_file,
            new_password,
        } => {
            let source = Source {
                file: recovery_key_file.as_ref(),
                fd: None,
            };
            let ask = Words::new("Recovery key", "Clé de secours");
            let key = source.line_or_asked(&ask, screen)?;
            let password = accounts::told(new_password, screen)?;
            let by = WayIn::Recovery { key, password };
            let opened = opened::enter(arguments, by, screen).await?;
            screen.answer(&opened.program.status());
            opened.close().await;
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// A password for a new workspace; typed twice when it is typed.
fn new_password(arguments: &Arguments, screen: &Screen) -> Result<SecretString, Failure> {
    if let Some(password) = opened::password(arguments).line()? {
        return Ok(password);
    }
    let password = secret::asked(
        &Words::new(
            "Password of the new workspace",
            "Mot de passe du nouvel espace",
        ),
        screen,
    )?;
    let again = secret::asked(&Words::new("The same again", "Encore une fois"), screen)?;
    if password.expose_secret() != again.expose_secret() {
        let problem = FieldProblem {
            field: "password".into(),
            words: Rule::Differs.words(),
        };
        return Err(AppError::invalid(vec![problem]).into());
    }
    Ok(password)
}
