//! The commands, one file a noun.

mod accounts;
mod apps;
mod customers;
mod demo;
mod deploy;
mod fleet;
mod gates;
mod import;
mod journal;
mod leaving;
mod permissions;
mod provision;
mod reach;
mod runs;
mod schedules;
mod servers;
mod shell;
mod update;
mod users;
mod workspace;

use crate::arguments::{Arguments, Command, Journal};
use crate::failure::Failure;
use crate::opened::Opened;
use crate::screen::Screen;
use std::io::{BufRead as _, IsTerminal as _, Write as _};
use std::process::ExitCode;
use towerify_domain::Words;

/// Does what is asked; the exit status.
pub async fn carry_out(arguments: &Arguments, screen: &Screen) -> Result<ExitCode, Failure> {
    match &arguments.command {
        Command::Demo(demo) => return demo::demo(demo, screen).await,
        Command::Workspace(asked) => return workspace::carry_out(asked, arguments, screen).await,
        Command::Completions { shell } => return shell::completions(*shell),
        Command::Man { folder } => return shell::man(folder, screen),
        Command::InHouse(asked) => return Box::pin(deploy::carry_out(asked, screen)).await,
        Command::Update(asked) => return update::update(asked, screen),
        Command::Journal(Journal::Verify { file, signer }) => {
            return journal::verify(file, signer.as_deref(), screen);
        }
        Command::Servers(_)
        | Command::Apps(_)
        | Command::Users(_)
        | Command::Permissions(_)
        | Command::Provision(_)
        | Command::Profiles(_)
        | Command::Fleet(_)
        | Command::Schedules(_)
        | Command::Gates(_)
        | Command::Runs(_)
        | Command::Journal(_)
        | Command::Accounts(_)
        | Command::Customers(_) => {}
    }
    let opened = Opened::new(arguments, screen).await?;
    let outcome = in_workspace(&arguments.command, &opened, screen).await;
    opened.close().await;
    outcome
}

/// Does what is asked in an open workspace.
pub async fn in_workspace(
    command: &Command,
    opened: &Opened,
    screen: &Screen,
) -> Result<ExitCode, Failure> {
    match command {
        Command::Servers(asked) => Box::pin(servers::carry_out(asked, opened, screen)).await,
        Command::Apps(asked) => Box::pin(apps::carry_out(asked, opened, screen)).await,
        Command::Users(asked) => Box::pin(users::carry_out(asked, opened, screen)).await,
        Command::Permissions(asked) => {
            Box::pin(permissions::carry_out(asked, opened, screen)).await
        }
        Command::Provision(asked) => Box::pin(provision::carry_out(asked, opened, screen)).await,
        Command::Profiles(asked) => Box::pin(provision::profiles(asked, opened, screen)).await,
        Command::Fleet(asked) => Box::pin(fleet::carry_out(asked, opened, screen)).await,
        Command::Schedules(asked) => Box::pin(schedules::carry_out(asked, opened, screen)).await,
        Command::Runs(asked) => Box::pin(runs::carry_out(asked, opened, screen)).await,
        Command::Accounts(asked) => Box::pin(accounts::carry_out(asked, opened, screen)).await,
        Command::Customers(asked) => Box::pin(customers::carry_out(asked, opened, screen)).await,
        Command::Journal(asked) => Box::pin(journal::carry_out(asked, opened, screen)).await,
        Command::Gates(asked) => Box::pin(gates::carry_out(asked, opened, screen)).await,
        Command::Demo(_)
        | Command::Workspace(_)
        | Command::InHouse(_)
        | Command::Update(_)
        | Command::Completions { .. }
        | Command::Man { .. } => Ok(ExitCode::SUCCESS),
    }
}

/// Before what can't be undone: a person types the thing's own name, or `--yes` was given.
fn confirm(yes: bool, what: &Words, name: &str, screen: &Screen) -> Result<(), Failure> {
    if yes {
        return Ok(());
    }
    let refused = |en: String, fr: String| Failure::Refused {
        code: "not_confirmed",
        words: Words::new(en, fr),
        details: serde_json::json!({ "name": name }).into(),
    };
    if !std::io::stdin().is_terminal() {
        return Err(refused(
            format!(
                "{} Nobody can be asked here: give --yes. Nothing was changed.",
                what.en
            ),
            format!(
                "{} Personne à qui demander ici : donnez --yes. Rien n’a été changé.",
                what.fr
            ),
        ));
    }
    let ask = screen.of("Type its name to go on", "Tapez son nom pour continuer");
    let _ = write!(std::io::stderr(), "{}\n{ask} ({name}): ", screen.pick(what));
    let mut typed = String::new();
    let _ = std::io::stdin().lock().read_line(&mut typed);
    if typed.trim() == name {
        Ok(())
    } else {
        Err(refused(
            "Nothing was changed.".into(),
            "Rien n’a été changé.".into(),
        ))
    }
}
