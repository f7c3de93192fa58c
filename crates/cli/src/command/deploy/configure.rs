//! `towerify configure`: a profile, tested at once.

use super::here::{Here, profile_failure, profiles_file};
use crate::arguments::Configure;
use crate::failure::Failure;
use crate::screen::{Screen, some};
use serde_json::json;
use std::io::{BufRead as _, IsTerminal as _, Write as _};
use std::process::ExitCode;
use towerify_deploy::profile::{HostKey, Profile, ProfileError, Profiles, Role};
use towerify_deploy::server::About;
use towerify_domain::Words;

/// The name of a profile that nobody named.
const NAME: &str = "main";

/// `towerify configure`.
pub async fn configure(asked: &Configure, screen: &Screen) -> Result<ExitCode, Failure> {
    let here = Here::new(&asked.place, screen);
    let name = asked.place.profile.as_deref().unwrap_or(NAME);
    let server = told(
        asked.server.as_deref(),
        "--server",
        ("Server", "Serveur"),
        screen,
    )?;
    let user = told(
        asked.user.as_deref(),
        "--user",
        ("Account", "Compte"),
        screen,
    )?;
    let host_key = host_key(asked, &server, screen).await?;
    let mut profile = Profile {
        server,
        port: asked.port,
        user,
        key_file: asked
            .key_file
            .as_deref()
            .map(std::path::absolute)
            .transpose()
            .map_err(|error| Failure::Local(format!("the private key's file: {error}")))?,
        agent: asked.agent,
        host_key,
        role: Role::from(asked.role),
        main_domain: asked.domain.clone(),
    };
    let about = here.reach(&profile).await?.about().await?;
    let said = match &about {
        About::Server {
            yunohost,
            domains,
            main_domain,
        } => {
            if let Some(domain) = profile
                .main_domain
                .as_ref()
                .filter(|domain| !fits(domain, domains))
            {
                return Err(
                    towerify_deploy::server::DeployError::ForeignDomain(domain.clone()).into(),
                );
            }
            profile.main_domain = profile.main_domain.or_else(|| main_domain.clone());
            json!({ "yunohost": yunohost, "domains": domains })
        }
        About::App(facts) => json!({ "app": facts.app }),
    };
    let file = profiles_file()?;
    let failed = |error: ProfileError| profile_failure(&error);
    let mut profiles = Profiles::read(&file).map_err(failed)?;
    if asked.default || profiles.default.is_none() {
        profiles.default = Some(name.to_owned());
    }
    profiles.profiles.insert(name.to_owned(), profile.clone());
    profiles.write(&file).map_err(failed)?;
    screen.say(&match &about {
        About::Server { yunohost, .. } => {
            let domain = some(profile.main_domain.as_ref());
            match screen.language {
                towerify_domain::Language::En => format!(
                    "{name}: {}@{}, YunoHost {yunohost}, main domain {domain}.",
                    profile.user, profile.server
                ),
                towerify_domain::Language::Fr => format!(
                    "{name} : {}@{}, YunoHost {yunohost}, domaine principal {domain}.",
                    profile.user, profile.server
                ),
            }
        }
        About::App(facts) => match screen.language {
            towerify_domain::Language::En => format!("{name}: a key that deploys {}.", facts.app),
            towerify_domain::Language::Fr => format!("{name} : une clé qui déploie {}.", facts.app),
        },
    });
    screen.answer(&json!({ "profile": name, "file": file, "settings": profile, "server": said }));
    Ok(ExitCode::SUCCESS)
}

/// Whether a domain is the server's, or below one of its domains.
fn fits(domain: &str, known: &[String]) -> bool {
    known.iter().any(|parent| {
        domain
            .strip_suffix(parent.as_str())
            .is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
    })
}

/// What an option says, or a person.
fn told(
    option: Option<&str>,
    name: &str,
    ask: (&str, &str),
    screen: &Screen,
) -> Result<String, Failure> {
    let option = option.map(str::trim).filter(|value| !value.is_empty());
    if let Some(value) = option {
        return Ok(value.to_owned());
    }
    let missing = || {
        Failure::Usage(Words::new(
            format!("{name} is missing, and nobody can be asked here."),
            format!("{name} manque, et il n'y a personne à qui demander ici."),
        ))
    };
    if !std::io::stdin().is_terminal() {
        return Err(missing());
    }
    let typed = typed(screen.of(ask.0, ask.1));
    if typed.is_empty() {
        Err(missing())
    } else {
        Ok(typed)
    }
}

fn typed(ask: &str) -> String {
    let _ = write!(std::io::stderr(), "{ask}: ");
    let mut typed = String::new();
    let _ = std::io::stdin().lock().read_line(&mut typed);
    typed.trim().to_owned()
}

/// The key that the server is known by from now on: as told, or shown and confirmed. Nothing of a login goes there before.
async fn host_key(asked: &Configure, server: &str, screen: &Screen) -> Result<String, Failure> {
    if let Some(key) = asked.host_key.as_deref() {
        let key: HostKey = key
            .trim()
            .parse()
            .map_err(|_| profile_failure(&ProfileError::HostKey))?;
        return Ok(key.to_openssh());
    }
    let shown = Profile::shown_host_key(server, asked.port).await?;
    let fingerprint = shown.fingerprint();
    let refused = |en: String, fr: String| {
        Failure::Refused {
        code: "host_key_unknown",
        words: Words::new(en, fr),
        details: json!({ "algorithm": shown.algorithm(), "fingerprint": fingerprint, "host_key": shown.to_openssh() }).into(),
    }
    };
    match asked.fingerprint.as_deref() {
        Some(known) if known == fingerprint => return Ok(shown.to_openssh()),
        Some(_) => {
            return Err(refused(
                format!("The server shows another key, {fingerprint}. Nothing was sent."),
                format!("Le serveur montre une autre clé, {fingerprint}. Rien n'a été envoyé."),
            ));
        }
        None => {}
    }
    if !std::io::stdin().is_terminal() {
        return Err(refused(
            format!(
                "The server's key is {fingerprint}. If that is right (ssh-keygen -lf on the server says so), give --fingerprint {fingerprint}. Nothing was sent."
            ),
            format!(
                "La clé du serveur est {fingerprint}. Si c'est bien elle (ssh-keygen -lf le dit sur le serveur), donnez --fingerprint {fingerprint}. Rien n'a été envoyé."
            ),
        ));
    }
    let ask = match screen.language {
        towerify_domain::Language::En => format!(
            "The server's key is {} {fingerprint}. Is that it? [y/N]",
            shown.algorithm()
        ),
        towerify_domain::Language::Fr => format!(
            "La clé du serveur est {} {fingerprint}. Est-ce bien elle ? [o/N]",
            shown.algorithm()
        ),
    };
    if matches!(
        typed(&ask).to_lowercase().as_str(),
        "y" | "yes" | "o" | "oui"
    ) {
        return Ok(shown.to_openssh());
    }
    Err(refused(
        "Nothing was sent.".into(),
        "Rien n'a été envoyé.".into(),
    ))
}
