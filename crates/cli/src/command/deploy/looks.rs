//! What only looks: `towerify envs`, `status`, `open`, `releases`, `logs`; and `run`, which is the developer's own.

use super::here::Here;
use crate::arguments::{Logs, Place, Run};
use crate::failure::Failure;
use crate::screen::{NONE, Screen, moment, some};
use serde_json::json;
use std::process::ExitCode;
use towerify_deploy::server::{self, Event, KnownRelease};
use towerify_domain::{Words, text};

/// The longest line of a server's that is shown.
const LONGEST: usize = 8_000;

/// `towerify envs`.
pub async fn envs(place: &Place, screen: &Screen) -> Result<ExitCode, Failure> {
    let here = Here::new(place, screen);
    let config = here.config()?;
    let server = here.server().await?;
    let mut rows = Vec::new();
    for (name, environment) in &config.envs {
        let facts = server::facts(&server, &environment.id).await?;
        // A deploy key is answered for its own app, whichever it asks.
        let facts = facts.filter(|facts| facts.app == environment.id.as_str());
        let live = facts
            .as_ref()
            .and_then(|facts| facts.releases.iter().find(|release| release.live));
        rows.push((
            name.as_str(),
            environment,
            here.address(environment),
            live.cloned(),
        ));
    }
    let heads = [
        ("Environment", "Environnement"),
        ("App", "Application"),
        ("Address", "Adresse"),
        ("Release", "Version"),
        ("When", "Quand"),
        ("By", "Par"),
    ];
    screen.table(
        &heads,
        rows.iter().map(|(name, environment, address, live)| {
            vec![
                (*name).to_owned(),
                environment.id.as_str().to_owned(),
                some(address.as_ref()),
                some(live.as_ref().map(|live| &live.release)),
                live.as_ref()
                    .map_or_else(|| NONE.to_owned(), |live| when(live.at)),
                some(live.as_ref().and_then(|live| live.by.as_ref())),
            ]
        }),
    );
    let each = rows.iter().map(|(name, environment, address, live)| {
        json!({ "environment": name, "app": environment.id.as_str(), "address": address, "live": live })
    });
    screen.answer(&each.collect::<Vec<_>>());
    Ok(ExitCode::SUCCESS)
}

/// `towerify status`: exit status 1 when the app does not answer.
pub async fn status(place: &Place, screen: &Screen) -> Result<ExitCode, Failure> {
    let here = Here::new(place, screen);
    let app = here.app()?;
    let status = server::status(&here.server().await?, &app).await?;
    let facts = &status.facts;
    let live = facts.releases.iter().find(|release| release.live);
    let answers = if status.answers {
        screen.of("yes", "oui")
    } else {
        screen.of("no", "non")
    };
    let path = facts.path.as_deref().unwrap_or("/");
    let mut said = vec![
        (
            screen.of("App", "Application"),
            format!("{} ({})", facts.app, facts.kind),
        ),
        (
            screen.of("Address", "Adresse"),
            format!("https://{}{path}", facts.domain.as_deref().unwrap_or("?")),
        ),
        (screen.of("Answers", "Répond"), answers.to_owned()),
        (
            screen.of("Release", "Version"),
            some(facts.release.as_ref()),
        ),
    ];
    if let Some(live) = live {
        said.push((screen.of("Commit", "Commit"), commit(live)));
        said.push((screen.of("By", "Par"), some(live.by.as_ref())));
        said.push((screen.of("When", "Quand"), when(live.at)));
    }
    if let Some(state) = status.unit.get("ActiveState") {
        said.push((screen.of("Process", "Processus"), state.clone()));
    }
    if let Some(memory) = status
        .unit
        .get("MemoryCurrent")
        .and_then(|bytes| bytes.parse::<u64>().ok())
    {
        said.push((
            screen.of("Memory", "Mémoire"),
            format!("{} MiB", memory >> 20),
        ));
    }
    for (name, value) in said {
        screen.say(&format!("{name:<14} {}", text::line(&value, 300)));
    }
    screen.answer(&status);
    Ok(if status.answers {
        ExitCode::SUCCESS
    } else {
        ExitCode::from(1)
    })
}

/// `towerify releases`.
pub async fn releases(place: &Place, screen: &Screen) -> Result<ExitCode, Failure> {
    let here = Here::new(place, screen);
    let app = here.app()?;
    let known = server::releases(&here.server().await?, &app).await?;
    let heads = [
        ("Release", "Version"),
        ("Live", "En service"),
        ("Commit", "Commit"),
        ("When", "Quand"),
        ("By", "Par"),
    ];
    screen.table(
        &heads,
        known.iter().map(|one| {
            vec![
                one.release.clone(),
                if one.live { "●" } else { "" }.to_owned(),
                commit(one),
                when(one.at),
                some(one.by.as_ref()),
            ]
        }),
    );
    screen.answer(&known);
    Ok(ExitCode::SUCCESS)
}

/// The commit, short, with what it says.
fn commit(release: &KnownRelease) -> String {
    let Some(id) = &release.commit else {
        return NONE.to_owned();
    };
    let mark = if id.ends_with('+') { "+" } else { "" };
    let short = id.trim_end_matches('+').get(..10).unwrap_or(id);
    format!(
        "{short}{mark} {}",
        release.message.as_deref().unwrap_or_default()
    )
    .trim_end()
    .to_owned()
}

fn when(at: i64) -> String {
    chrono::DateTime::from_timestamp(at, 0).map_or_else(|| NONE.to_owned(), moment)
}

/// `towerify open`.
pub fn open(place: &Place, screen: &Screen) -> Result<ExitCode, Failure> {
    let here = Here::new(place, screen);
    let config = here.config()?;
    let (_, environment) = here.environment(&config)?;
    let address = here
        .address(environment)
        .ok_or_else(|| Failure::from(towerify_deploy::server::DeployError::NoDomain))?;
    screen.say(&address);
    open::that_detached(&address).map_err(|error| Failure::Refused {
        code: "no_browser",
        words: Words::new(
            format!("No browser could be opened ({error}): open {address} yourself."),
            format!("Aucun navigateur n'a pu être ouvert ({error}) : ouvrez {address} vous-même."),
        ),
        details: json!({ "address": address }).into(),
    })?;
    screen.answer(&json!({ "address": address }));
    Ok(ExitCode::SUCCESS)
}

/// `towerify logs`. With JSON, one object a line.
pub async fn logs(asked: &Logs, screen: &Screen) -> Result<ExitCode, Failure> {
    let here = Here::new(&asked.place, screen);
    let app = here.app()?;
    let server = here.server().await?;
    let wanted = server::Logs {
        lines: asked.lines,
        follow: asked.follow,
        of_deployments: asked.deployments,
    };
    let mut on = |event| line(&event, screen);
    tokio::select! {
        ended = server::logs(&server, &app, wanted, &mut on) => ended?,
        _ = tokio::signal::ctrl_c() => {}
    }
    Ok(ExitCode::SUCCESS)
}

fn line(event: &Event, screen: &Screen) {
    if let Event::Log(said) = event {
        screen.say(&text::line(said, LONGEST));
        screen.answer(&json!({ "line": said }));
    }
}

/// `towerify run`: exit status 1 when the command's is not 0; with JSON, one object a line and its own at the end.
pub async fn run(asked: &Run, screen: &Screen) -> Result<ExitCode, Failure> {
    let here = Here::new(&asked.place, screen);
    let app = here.app()?;
    let server = here.server().await?;
    let command = asked.command.join(" ");
    let exit = server::run(&server, &app, &command, &mut |event| line(&event, screen)).await?;
    screen.answer(&json!({ "exit": exit }));
    if exit == 0 {
        return Ok(ExitCode::SUCCESS);
    }
    here.remark(&Words::new(
        format!("The command ended with {exit}."),
        format!("La commande s'est terminée par {exit}."),
    ));
    Ok(ExitCode::from(1))
}
