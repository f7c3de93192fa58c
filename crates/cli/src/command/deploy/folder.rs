//! What needs no server: `towerify init` and `towerify ci`.

use super::here::{Here, language};
use crate::arguments::{Init, Pipeline};
use crate::failure::Failure;
use crate::screen::Screen;
use serde_json::json;
use std::process::ExitCode;
use towerify_deploy::ci::Ci;
use towerify_deploy::config::{self, AppName, Kind};
use towerify_deploy::folder;
use towerify_domain::Words;

/// `towerify init`.
pub fn init(asked: &Init, screen: &Screen) -> Result<ExitCode, Failure> {
    let base = &asked.place.folder;
    if !base.is_dir() {
        return Err(Failure::Usage(Words::new(
            format!("{} is no folder.", base.display()),
            format!("{} n'est pas un dossier.", base.display()),
        )));
    }
    let mut proposal = match asked.kind.as_deref() {
        None => folder::propose(base),
        Some(word) => {
            let kind = Kind::from_word(word).ok_or_else(|| unknown_type(word))?;
            folder::propose_as(base, kind)
        }
    };
    if let Some(name) = asked.name.as_deref() {
        AppName::new(name).map_err(|problem| Failure::app("name", &problem.words))?;
        name.clone_into(&mut proposal.name);
    }
    let begun = folder::begin(base, &proposal, language(screen), asked.force)
        .map_err(|error| Failure::app("init", &error.words()))?;
    let here = Here::new(&asked.place, screen);
    let (name, kind) = (&proposal.name, proposal.kind.word());
    let because = &proposal.because;
    here.remark(&Words::new(
        format!("{name} is an app of type {kind}: {}.", because.english),
        format!(
            "{name} est une application de type {kind} : {}.",
            because.french
        ),
    ));
    screen.say(&begun.config.display().to_string());
    if let Some(ignore) = &begun.ignore {
        screen.say(&ignore.display().to_string());
    }
    here.remark(&Words::new(
        "Next: look at the file, then `towerify deploy`.",
        "Ensuite : relisez le fichier, puis « towerify deploy ».",
    ));
    screen.answer(&json!({
        "name": name, "type": kind, "because": because.english, "config": begun.config, "ignore": begun.ignore,
    }));
    Ok(ExitCode::SUCCESS)
}

fn unknown_type(word: &str) -> Failure {
    let known: Vec<&str> = Kind::ALL.iter().map(|kind| kind.word()).collect();
    let nearest = config::nearest(word, known.iter().copied());
    let (en, fr) = nearest.map_or_else(Default::default, |near| {
        (
            format!(" Did you mean `{near}`?"),
            format!(" Vouliez-vous dire « {near} » ?"),
        )
    });
    let known = known.join(", ");
    Failure::Usage(Words::new(
        format!("`{word}` is no type of app.{en} Allowed: {known}."),
        format!("« {word} » n'est pas un type d'application.{fr} Sont permis : {known}."),
    ))
}

/// `towerify ci`.
pub fn pipeline(asked: &Pipeline, screen: &Screen) -> Result<ExitCode, Failure> {
    let here = Here::new(&asked.place, screen);
    let config = here.config()?;
    let (env, environment) = here.environment(&config)?;
    let profile = here.profile()?;
    let ci = Ci::from(asked.service);
    let text = ci.pipeline(
        env.as_str(),
        &towerify_deploy::ci::Target {
            server: &profile.server,
            port: profile.port,
            user: &environment.id.deploy_account(),
            host_key: &profile.host_key,
            domain: profile.main_domain.as_deref(),
        },
        language(screen),
    );
    here.remark(&Words::new(
        format!(
            "For the file {}. The key: towerify access grant.",
            ci.file()
        ),
        format!(
            "Pour le fichier {}. La clé : towerify access grant.",
            ci.file()
        ),
    ));
    for line in text.lines() {
        screen.say(line);
    }
    screen.answer(&json!({ "service": ci.word(), "file": ci.file(), "pipeline": text }));
    Ok(ExitCode::SUCCESS)
}
