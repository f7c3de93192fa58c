//! `towerify delete --env` and `towerify destroy`.

use super::here::Here;
use crate::arguments::{Delete, Destroy};
use crate::command::confirm;
use crate::failure::Failure;
use crate::screen::Screen;
use serde_json::json;
use std::io::IsTerminal as _;
use std::process::ExitCode;
use towerify_core::clock;
use towerify_deploy::config::AppId;
use towerify_deploy::server::{self, Server};
use towerify_domain::Words;

/// `towerify delete --env`.
pub async fn delete(asked: &Delete, screen: &Screen) -> Result<ExitCode, Failure> {
    let here = Here::new(&asked.place, screen);
    if asked.place.env.is_none() {
        return Err(Failure::Usage(Words::new(
            "Which environment? `towerify delete --env dev`.",
            "Quel environnement ? « towerify delete --env dev ».",
        )));
    }
    let app = here.app()?;
    let server = here.server().await?;
    // Whether it is there is known before anybody is asked.
    server::status(&server, &app).await?;
    let what = Words::new(
        format!("{app}, its data and its secrets will be removed from the server."),
        format!("{app}, ses données et ses secrets vont être supprimés du serveur."),
    );
    confirm(asked.yes, &what, app.as_str(), screen)?;
    remove(&here, &server, &app).await?;
    gone(screen, std::slice::from_ref(&app));
    Ok(ExitCode::SUCCESS)
}

/// `towerify destroy`.
pub async fn destroy(asked: &Destroy, screen: &Screen) -> Result<ExitCode, Failure> {
    let here = Here::new(&asked.place, screen);
    let config = here.config()?;
    let name = config.name.as_str();
    if asked.confirm.as_deref().is_some_and(|typed| typed != name) {
        return Err(Failure::Usage(Words::new(
            format!(
                "The app's name is `{name}`, which --confirm did not say. Nothing was changed."
            ),
            format!(
                "L'application se nomme « {name} », ce que --confirm ne dit pas. Rien n'a changé."
            ),
        )));
    }
    let server = here.server().await?;
    let mut there = Vec::new();
    for (_, environment) in &config.envs {
        if server::facts(&server, &environment.id).await?.is_some() {
            there.push(environment.id.clone());
        }
    }
    let listed: Vec<&str> = there.iter().map(AppId::as_str).collect();
    let listed = listed.join(", ");
    if !there.is_empty() {
        let what = Words::new(
            format!(
                "These will be removed from the server, with their data and secrets: {listed}."
            ),
            format!(
                "Vont être supprimés du serveur, avec leurs données et leurs secrets : {listed}."
            ),
        );
        if asked.confirm.is_none() && !std::io::stdin().is_terminal() {
            return Err(Failure::Refused {
                code: "not_confirmed",
                words: Words::new(
                    format!("{} Nobody can be asked here: give --confirm {name}. Nothing was changed.", what.en),
                    format!("{} Personne à qui demander ici : donnez --confirm {name}. Rien n'a changé.", what.fr),
                ),
                details: json!({ "name": name, "apps": there.iter().map(AppId::as_str).collect::<Vec<_>>() }).into(),
            });
        }
        confirm(asked.confirm.is_some(), &what, name, screen)?;
    }
    for app in &there {
        remove(&here, &server, app).await?;
    }
    gone(screen, &there);
    Ok(ExitCode::SUCCESS)
}

async fn remove(here: &Here<'_>, server: &Server, app: &AppId) -> Result<(), Failure> {
    let progress = here.progress();
    let key = clock::new_id().simple().to_string();
    Ok(server::delete(server, app, &key, &mut |event| progress.tell(&event)).await?)
}

fn gone(screen: &Screen, apps: &[AppId]) {
    for app in apps {
        screen.say(&match screen.language {
            towerify_domain::Language::En => format!("{app} is gone."),
            towerify_domain::Language::Fr => format!("{app} n'est plus là."),
        });
    }
    if apps.is_empty() {
        screen.say(screen.of(
            "Nothing of this app is on the server.",
            "Rien de cette application n'est sur le serveur.",
        ));
    }
    let apps: Vec<&str> = apps.iter().map(AppId::as_str).collect();
    screen.answer(&json!({ "removed": apps }));
}
