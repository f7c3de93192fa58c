//! What there would be to do on one server: a live look that changes nothing. It is what a dry run does, and what spares a
//! server a run that would have nothing to do.

use towerify_domain::{Words, text};
use towerify_driver::Driver;
use towerify_store::Server;
use towerify_yunohost::{
    Action,
    apps::{App, ListApps},
    permissions::{ListPermissions, Permission},
    users::ListUsers,
};

use crate::{AppError, Code, Result, fleet::FleetChange, servers::can_upgrade, workspace::Reach};

/// What a look found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Looked {
    pub(super) found: Found,
    pub(super) words: Words,
}

/// Whether there is something to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Found {
    /// It would be done.
    Would,
    /// It is so already, or there is nothing there to do it to.
    Nothing,
    /// It would be refused.
    Cannot,
}

/// Looks at a server, for what this change would do there.
///
/// # Errors
/// Those of reaching the server and asking it.
pub(super) async fn look(reach: &Reach, server: &Server, change: &FleetChange) -> Result<Looked> {
    match Box::pin(ask(reach, server, change)).await {
        // What was kept open may have died while nobody looked: once more, with a new line.
        Err(error) if error.code == Code::ConnectionCut => {
            reach.connections.hang_up(server.id).await;
            Box::pin(ask(reach, server, change)).await
        }
        other => other,
    }
}

async fn ask(reach: &Reach, server: &Server, change: &FleetChange) -> Result<Looked> {
    let driver = reach.connections.driver(server).await?;
    Ok(match change {
        FleetChange::Refresh => {
            let facts = driver.ask_facts().await?;
            let version = text::line(facts.yunohost.as_deref().unwrap_or("—"), 40);
            would(
                format!("It answers, YunoHost {version}; it would be read again."),
                format!("Il répond, YunoHost {version} ; il serait relu."),
            )
        }
        FleetChange::UpgradeApps => all_apps(&read(&driver, &ListApps).await?.apps),
        FleetChange::UpgradeApp { app } => {
            let apps = read(&driver, &ListApps).await?.apps;
            one_app(app, apps.iter().find(|known| known.id == *app))
        }
        FleetChange::RemoveApp { app } => {
            let apps = read(&driver, &ListApps).await?.apps;
            match apps.iter().find(|known| known.id == *app) {
                None => not_installed(app),
                Some(known) => {
                    let version = version(known.version.as_deref());
                    would(
                        format!("{app} {version} would be removed, with its data."),
                        format!("{app} {version} serait retirée, avec ses données."),
                    )
                }
            }
        }
        FleetChange::RestartService { service } => {
            let units = driver.units().await?;
            if units.contains_key(service) {
                would(
                    format!("{service} would be restarted."),
                    format!("{service} serait redémarré."),
                )
            } else {
                cannot(
                    format!("There is no service {service}."),
                    format!("Il n’y a pas de service {service}."),
                )
            }
        }
        FleetChange::Diagnose => {
            driver.ask_facts().await?;
            would("The diagnosis would be run.", "Le diagnostic serait lancé.")
        }
        FleetChange::GiveAccess { permission, who } => {
            let all = read(&driver, &ListPermissions).await?.permissions;
            access(permission, who, all.get(permission), true)
        }
        FleetChange::TakeAccess { permission, who } => {
            let all = read(&driver, &ListPermissions).await?.permissions;
            access(permission, who, all.get(permission), false)
        }
        FleetChange::CreateUser { username, .. } => {
            let users = read(&driver, &ListUsers).await?.users;
            match users.contains_key(username) {
                true => cannot(
                    format!("There is a user {username} already."),
                    format!("Il y a déjà un utilisateur {username}."),
                ),
                false => would(
                    format!("{username} would be created."),
                    format!("{username} serait créé."),
                ),
            }
        }
        FleetChange::DeleteUser { username, .. } => {
            let users = read(&driver, &ListUsers).await?.users;
            match users.contains_key(username) {
                true => would(
                    format!("{username} would be deleted."),
                    format!("{username} serait supprimé."),
                ),
                false => nothing(
                    format!("There is no user {username}."),
                    format!("Il n’y a pas d’utilisateur {username}."),
                ),
            }
        }
    })
}

async fn read<A: Action>(driver: &Driver, action: &A) -> Result<A::Reply> {
    driver.read(action).await.map_err(AppError::from)
}

fn all_apps(apps: &[App]) -> Looked {
    let upgrades: Vec<(String, String)> = apps
        .iter()
        .filter(|app| can_upgrade(app))
        .map(|app| from_to(&text::line(&app.id, 80), app))
        .collect();
    if upgrades.is_empty() {
        return nothing("Every app is current.", "Toutes les apps sont à jour.");
    }
    let (en, fr): (Vec<String>, Vec<String>) = upgrades.into_iter().unzip();
    would(
        format!("Would upgrade: {}.", en.join(", ")),
        format!("Mettrait à jour : {}.", fr.join(", ")),
    )
}

fn one_app(name: &str, app: Option<&App>) -> Looked {
    let Some(app) = app else {
        return not_installed(name);
    };
    if can_upgrade(app) {
        let (en, fr) = from_to(name, app);
        return would(format!("Would take {en}."), format!("Ferait passer {fr}."));
    }
    let version = version(app.version.as_deref());
    nothing(
        format!("{name} is current ({version})."),
        format!("{name} est à jour ({version})."),
    )
}

/// "nextcloud from 1.2 to 1.3", in both languages.
fn from_to(name: &str, app: &App) -> (String, String) {
    let from = version(app.version.as_deref());
    let to = version(app.next_version());
    (
        format!("{name} from {from} to {to}"),
        format!("{name} de {from} à {to}"),
    )
}

fn version(said: Option<&str>) -> String {
    said.map_or_else(|| "?".to_owned(), |version| text::line(version, 40))
}

fn not_installed(app: &str) -> Looked {
    nothing(
        format!("{app} is not installed."),
        format!("{app} n’est pas installée."),
    )
}

fn access(permission: &str, who: &str, known: Option<&Permission>, give: bool) -> Looked {
    let Some(known) = known else {
        return match give {
            true => cannot(
                format!("There is no permission {permission}."),
                format!("Il n’y a pas de permission {permission}."),
            ),
            false => nothing(
                format!("There is no permission {permission}."),
                format!("Il n’y a pas de permission {permission}."),
            ),
        };
    };
    let has = known.allowed.iter().any(|allowed| allowed == who);
    match (give, has) {
        (true, true) => nothing(
            format!("{who} has access to {permission} already."),
            format!("{who} a déjà accès à {permission}."),
        ),
        (true, false) => would(
            format!("{who} would be given access to {permission}."),
            format!("{who} recevrait l’accès à {permission}."),
        ),
        (false, true) => would(
            format!("Access to {permission} would be taken from {who}."),
            format!("L’accès à {permission} serait retiré à {who}."),
        ),
        (false, false) => nothing(
            format!("{who} has no access to {permission}."),
            format!("{who} n’a pas accès à {permission}."),
        ),
    }
}

fn would(en: impl Into<String>, fr: impl Into<String>) -> Looked {
    looked(Found::Would, en, fr)
}

fn nothing(en: impl Into<String>, fr: impl Into<String>) -> Looked {
    looked(Found::Nothing, en, fr)
}

fn cannot(en: impl Into<String>, fr: impl Into<String>) -> Looked {
    looked(Found::Cannot, en, fr)
}

fn looked(found: Found, en: impl Into<String>, fr: impl Into<String>) -> Looked {
    Looked {
        found,
        words: Words::new(en, fr),
    }
}
