//! `towerify deploy` and `towerify rollback`.

use super::here::Here;
use super::progress::Progress;
use crate::arguments::{Deploy, Rollback};
use crate::failure::Failure;
use crate::screen::Screen;
use serde_json::json;
use std::io::{BufRead as _, IsTerminal as _, Write as _};
use std::path::Path;
use std::process::ExitCode;
use towerify_core::clock;
use towerify_deploy::build::build_here;
use towerify_deploy::commit::commit_of;
use towerify_deploy::config::{self, Config};
use towerify_deploy::pack::{Limits, Survey, survey};
use towerify_deploy::package::Layout;
use towerify_deploy::server::{self, Deployed, Deployment, Server};
use towerify_domain::Words;

/// How far a server's clock may be off before it is worth a word, in seconds.
const CLOCK: i64 = 300;

/// `towerify deploy`.
pub async fn deploy(asked: &Deploy, screen: &Screen) -> Result<ExitCode, Failure> {
    let (here, folder) = (
        Here::new(&asked.place, screen),
        asked.place.folder.as_path(),
    );
    let progress = here.progress();
    let config = here.config()?;
    let (name, environment) = here.environment(&config)?;
    let profile = here.profile()?;
    let survey = files(folder, &config, progress).await?;
    let (commit, by) = (commit_of(folder).await, here.by(asked.by.as_deref()).await);
    let server = here.reach(&profile).await?;
    if name.as_str() != config::DEFAULT_ENV
        && !asked.yes
        && server::facts(&server, &environment.id).await?.is_none()
    {
        may_begin(name.as_str(), here.address(environment).as_deref(), screen)?;
    }
    let deployment = Deployment {
        folder,
        config: &config,
        name,
        environment,
        tree: &survey.tree,
        main_domain: profile.main_domain.as_deref(),
        by: &by,
        commit: commit
            .as_ref()
            .map(|commit| (commit.id.as_str(), commit.subject.as_str())),
        run_key: &clock::new_id().simple().to_string(),
        layout: &Layout::default(),
    };
    let deployed = server::deploy(&server, deployment, &mut |event| progress.tell(&event)).await?;
    said(&here, &deployed, name.as_str());
    Ok(ExitCode::SUCCESS)
}

/// Builds here, then lists what is to be sent. What looks like a secret is told.
async fn files(folder: &Path, config: &Config, progress: Progress) -> Result<Survey, Failure> {
    if !config.build.commands.is_empty() {
        progress.step("Building", "Fabrication");
    }
    build_here(folder, &config.build, &mut |line| progress.output(line))
        .await
        .map_err(|error| Failure::app("build", &error.words()))?;
    let owned = folder.to_owned();
    let surveyed = tokio::task::spawn_blocking(move || survey(&owned, Limits::default())).await;
    let survey = surveyed
        .map_err(|error| Failure::Local(format!("the folder could not be read: {error}")))?
        .map_err(|error| Failure::app("pack", &error.words()))?;
    for warning in &survey.warnings {
        progress.warning(&warning.words);
    }
    Ok(survey)
}

/// Before an environment that is not there yet, and is not the one for trying things out.
fn may_begin(env: &str, address: Option<&str>, screen: &Screen) -> Result<(), Failure> {
    let address = address.unwrap_or("?");
    let refused = |en: String, fr: String| Failure::Refused {
        code: "not_confirmed",
        words: Words::new(en, fr),
        details: json!({ "environment": env, "address": address }).into(),
    };
    let what = Words::new(
        format!("The environment `{env}` is not on the server yet; it will be at {address}."),
        format!(
            "L'environnement « {env} » n'est pas encore sur le serveur ; il sera à l'adresse {address}."
        ),
    );
    if !std::io::stdin().is_terminal() {
        return Err(refused(
            format!(
                "{} Nobody can be asked here: give --yes. Nothing was changed.",
                what.en
            ),
            format!(
                "{} Personne à qui demander ici : donnez --yes. Rien n'a changé.",
                what.fr
            ),
        ));
    }
    let ask = screen.of("Make it? [y/N]", "Le créer ? [o/N]");
    let _ = write!(std::io::stderr(), "{}\n{ask} ", screen.pick(&what));
    let mut typed = String::new();
    let _ = std::io::stdin().lock().read_line(&mut typed);
    if matches!(
        typed.trim().to_lowercase().as_str(),
        "y" | "yes" | "o" | "oui"
    ) {
        return Ok(());
    }
    Err(refused(
        "Nothing was changed.".into(),
        "Rien n'a changé.".into(),
    ))
}

fn said(here: &Here<'_>, deployed: &Deployed, env: &str) {
    let release = &deployed.release;
    let ahead = deployed.server_time - clock::now().timestamp();
    if deployed.server_time != 0 && ahead.abs() > CLOCK {
        let minutes = ahead / 60;
        here.remark(&Words::new(
            format!("The server's clock differs from this computer's by {minutes} minutes. Releases are counted, not dated, so nothing is wrong with this one; certificates and dates of logs are."),
            format!("L'horloge du serveur diffère de celle-ci de {minutes} minutes. Les versions sont comptées et non datées : celle-ci est bonne ; les certificats et les dates des journaux, non."),
        ));
    }
    here.remark(&if deployed.unchanged {
        Words::new(
            format!("Nothing changed: {release} is live already."),
            format!("Rien n'a changé : {release} est déjà en service."),
        )
    } else {
        Words::new(
            format!("{release} is live ({env})."),
            format!("{release} est en service ({env})."),
        )
    });
    here.screen.say(&deployed.address);
    here.screen.answer(&json!({
        "environment": env, "release": release, "version": deployed.version, "address": deployed.address,
        "unchanged": deployed.unchanged, "sent": deployed.sent, "through_yunohost": deployed.through_yunohost,
    }));
}

/// `towerify rollback`.
pub async fn rollback(asked: &Rollback, screen: &Screen) -> Result<ExitCode, Failure> {
    let here = Here::new(&asked.place, screen);
    let (app, progress) = (here.app()?, here.progress());
    let by = here.by(asked.by.as_deref()).await;
    let server: Server = here.server().await?;
    let wanted = asked.release.as_deref();
    let release = server::rollback(&server, &app, wanted, &by, &mut |event| {
        progress.tell(&event)
    })
    .await?;
    screen.say(&match screen.language {
        towerify_domain::Language::En => format!("{release} is live again."),
        towerify_domain::Language::Fr => format!("{release} est de nouveau en service."),
    });
    screen.answer(&json!({ "release": release }));
    Ok(ExitCode::SUCCESS)
}
