//! The catalogue as a server has it. It changes slowly: what was read within a day is good, and what is older is better
//! than nothing when the server does not answer.

use chrono::Duration;
use serde_json::json;
use towerify_domain::{Permit, id::ServerId, policy::may, text};
use towerify_driver::DriverError;
use towerify_yunohost::{
    Action,
    catalogue::{Catalogue as Known, ShowCatalogue},
};

use crate::{
    Actor, AppError, Result, Workspace,
    apps::{
        list::of_server,
        view::{Catalogue, CatalogueRow, Category},
    },
    clock::now,
    servers::server_of,
};

/// The catalogue of a server.
///
/// # Errors
/// [`crate::Code::NotFound`]; those of asking the server when nothing is kept yet.
pub async fn catalogue(
    workspace: &Workspace,
    actor: &Actor,
    server: ServerId,
) -> Result<Catalogue> {
    let permit = Permit::<may::SeeApps>::ask(actor)?;
    let row = server_of(workspace, &permit, server).await?;
    let store = workspace.store(&permit);
    let kept = store.catalogues().get(Some(server)).await?;
    let kept = kept.and_then(|kept| {
        ShowCatalogue::parse(kept.json)
            .ok()
            .map(|known| (kept.taken_at, known))
    });
    let fresh = kept
        .as_ref()
        .is_some_and(|(at, _)| now() - *at < Duration::days(1));
    let (taken_at, known) = match (kept, fresh) {
        (Some(kept), true) => kept,
        (kept, _) => match read(workspace, &permit, &row).await {
            Ok(known) => {
                let at = now();
                let new = towerify_store::Catalogue {
                    taken_at: at,
                    json: json!(known),
                };
                store.catalogues().put(Some(server), &new).await?;
                (at, known)
            }
            Err(error) => kept.ok_or(error)?,
        },
    };
    let installed = of_server(workspace, &permit, server).await?;
    let line = |text: &str| text::line(text, 300);
    let language = workspace.reach(&permit).language().code();
    let mut apps: Vec<CatalogueRow> = known
        .apps
        .iter()
        .map(|(id, app)| CatalogueRow {
            id: line(id),
            name: line(app.name()),
            description: line(app.summary(language)),
            category: app.category.as_deref().map(line),
            level: app.level,
            state: line(app.state.as_ref().map_or("", |state| state.as_str())),
            version: app
                .manifest
                .as_ref()
                .and_then(|manifest| manifest.version.as_deref())
                .map(line),
            installed: installed
                .iter()
                .any(|there| there.id.split("__").next() == Some(id.as_str())),
            multi_instance: multi_instance(app),
        })
        .collect();
    apps.sort_by_key(|app| app.name.to_lowercase());
    let categories = known
        .categories
        .iter()
        .map(|category| Category {
            id: line(&category.id),
            title: line(category.title.get(language).unwrap_or(&category.id)),
        })
        .collect();
    Ok(Catalogue {
        taken_at: Some(taken_at),
        apps,
        categories,
    })
}

async fn read(
    workspace: &Workspace,
    permit: &Permit<may::SeeApps>,
    server: &towerify_store::Server,
) -> Result<Known> {
    let connections = workspace.connections(permit);
    let first = connections.driver(server).await?.read(&ShowCatalogue).await;
    match first {
        // A kept line may have died while nobody looked.
        Err(DriverError::Cut { .. } | DriverError::Bye(_)) => {
            connections.hang_up(server.id).await;
            Ok(connections
                .driver(server)
                .await?
                .read(&ShowCatalogue)
                .await?)
        }
        other => other.map_err(AppError::from),
    }
}

/// Whether it can be there twice; the catalogue's own manifest says so under `integration`.
fn multi_instance(app: &towerify_yunohost::catalogue::CatalogueApp) -> bool {
    app.manifest
        .as_ref()
        .and_then(|manifest| manifest.extra.get("integration"))
        .and_then(|integration| integration.get("multi_instance"))
        .and_then(serde_json::Value::as_bool)
        .unwrap_or(false)
}
