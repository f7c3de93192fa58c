//! `towerify customers …`.

use crate::arguments::Customers;
use crate::failure::Failure;
use crate::opened::Opened;
use crate::screen::Screen;
use std::process::ExitCode;
use towerify_core::customers;

pub async fn carry_out(
    asked: &Customers,
    opened: &Opened,
    screen: &Screen,
) -> Result<ExitCode, Failure> {
    let (workspace, actor) = (&opened.workspace, &opened.actor);
    match asked {
        Customers::List => {
            let all = customers::list(workspace, actor).await?;
            screen.answer(&all);
            let heads = [("Name", "Nom"), ("Id", "Identifiant")];
            screen.table(
                &heads,
                all.into_iter()
                    .map(|customer| vec![customer.name, customer.id.to_string()]),
            );
        }
        Customers::Create { name } => {
            let made = customers::create(workspace, actor, name).await?;
            screen.answer(&made);
            screen.say(&made.id.to_string());
        }
    }
    Ok(ExitCode::SUCCESS)
}
